//! KPI rows of one agent, by medium and over all media. Pure; plain data, filled by `emit`.

use serde::{Deserialize, Serialize};

use super::attribution::Basis;
use super::media::MediaType;
use super::row::RowResult;
use super::time::InstantMs;

/// Key of a KPI row of one agent.
///
/// The field order is that of `schemas/AgentIntervalKey.avsc`, whose docs say what each field means.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct AgentIntervalKey {
    pub org_id: String,
    pub interval_start: InstantMs,
    pub interval_length_s: i32,
    pub user_id: String,
    pub media_type: MediaType,
    pub attribution: Basis,
}

/// KPI row of one agent and interval.
///
/// The field order is that of `schemas/AgentInterval.avsc`, whose docs say what each field means.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct AgentInterval {
    pub org_id: String,
    pub interval_start: InstantMs,
    pub interval_length_s: i32,
    pub interval_end: InstantMs,
    pub user_id: String,
    pub media_type: MediaType,
    pub attribution: Basis,
    pub tz: String,
    pub local_start: String,
    pub utc_offset_s: i32,
    pub fold: i32,
    pub local_date: i32,
    pub handled: i64,
    pub thandle_ms: i64,
    pub tacw_ms: i64,
    pub thold_ms: i64,
    pub ttalk_ms: i64,
    pub system_hold_ms: i64,
    pub busy_union_ms: Option<i64>,
    pub interval_ms: i64,
    pub sum_utilisation: Option<f64>,
    pub busy_utilisation: Option<f64>,
    pub occupancy: Option<f64>,
    pub on_queue_ms: Option<i64>,
    pub idle_ms: Option<i64>,
    #[serde(with = "serde_bytes")]
    pub busy_spans: Option<Vec<u8>>,
    pub revision: i32,
    pub restatements: i32,
    pub held: bool,
    pub result: RowResult,
    pub source_watermark: Option<InstantMs>,
    pub computed_at: InstantMs,
    pub rules_version: String,
}
