//! Rows of KPIs of the user's own. Pure; plain data, filled by `emit`.

use serde::{Deserialize, Serialize};

use super::attribution::Basis;
use super::media::MediaType;
use super::row::RowResult;
use super::time::InstantMs;

/// Key of a row of a KPI of the user's own.
///
/// The field order is that of `schemas/CustomIntervalKey.avsc`, whose docs say what each field means.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct CustomIntervalKey {
    pub org_id: String,
    pub interval_start: InstantMs,
    pub interval_length_s: i32,
    pub queue_id: String,
    pub media_type: MediaType,
    pub skill_set: String,
    pub language: String,
    pub attribution: Basis,
    pub name: String,
}

/// Row of a KPI of the user's own.
///
/// The field order is that of `schemas/CustomInterval.avsc`, whose docs say what each field means.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct CustomInterval {
    pub org_id: String,
    pub interval_start: InstantMs,
    pub interval_length_s: i32,
    pub interval_end: InstantMs,
    pub queue_id: String,
    pub media_type: MediaType,
    pub skill_set: String,
    pub language: String,
    pub attribution: Basis,
    pub name: String,
    pub tz: String,
    pub local_start: String,
    pub utc_offset_s: i32,
    pub fold: i32,
    pub local_date: i32,
    pub handled: i64,
    pub sum: f64,
    pub over: f64,
    pub value: Option<f64>,
    pub sum_millionths: i64,
    pub over_millionths: i64,
    pub revision: i32,
    pub restatements: i32,
    pub held: bool,
    pub result: RowResult,
    pub source_watermark: Option<InstantMs>,
    pub computed_at: InstantMs,
    pub rules_version: String,
}
