//! KPI rows of a whole organisation, by medium and over all media. Pure; plain data, filled by `emit`.

use serde::{Deserialize, Serialize};

use super::attribution::Basis;
use super::media::MediaType;
use super::row::RowResult;
use super::time::InstantMs;

/// Key of a KPI row of a whole organisation.
///
/// The field order is that of `schemas/OrgIntervalKey.avsc`, whose docs say what each field means.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct OrgIntervalKey {
    pub org_id: String,
    pub interval_start: InstantMs,
    pub interval_length_s: i32,
    pub media_type: MediaType,
    pub attribution: Basis,
}

/// KPI row of a whole organisation and interval.
///
/// The field order is that of `schemas/OrgInterval.avsc`, whose docs say what each field means.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct OrgInterval {
    pub org_id: String,
    pub interval_start: InstantMs,
    pub interval_length_s: i32,
    pub interval_end: InstantMs,
    pub media_type: MediaType,
    pub attribution: Basis,
    pub tz: String,
    pub local_start: String,
    pub utc_offset_s: i32,
    pub fold: i32,
    pub local_date: i32,
    pub offered: i64,
    pub answered: i64,
    pub abandoned: i64,
    pub short_abandoned: i64,
    pub flow_out: i64,
    pub handled: i64,
    pub wait_ms_sum: i64,
    pub wait_ms_max: i64,
    pub answered_wait_ms_sum: i64,
    pub handled_wait_ms_sum: i64,
    pub talk_ms_sum: i64,
    pub customer_hold_ms_sum: i64,
    pub wrap_ms_sum: i64,
    pub handle_ms_sum: i64,
    pub system_hold_ms_sum: i64,
    pub genesys_handle_ms_sum: Option<i64>,
    pub active_agent_ms_sum: Option<i64>,
    pub elapsed_agent_ms_sum: Option<i64>,
    pub parts_handled: i64,
    pub parts_handle_ms_sum: i64,
    pub aht_ms: Option<f64>,
    pub asa_ms: Option<f64>,
    pub p90_handle_ms: Option<i64>,
    #[serde(with = "serde_bytes")]
    pub handle_sketch: Option<Vec<u8>>,
    #[serde(with = "serde_bytes")]
    pub wait_sketch: Option<Vec<u8>>,
    pub sketch_kind: String,
    pub contacts: Option<i64>,
    pub contact_handle_ms_sum: Option<i64>,
    pub wrap_ratio: Option<f64>,
    pub hold_ratio: Option<f64>,
    pub weht_ms: Option<f64>,
    pub weht_milli_sum: i64,
    pub weht_tier_gap: i64,
    pub weht_profile: String,
    pub sla_threshold_ms: i64,
    pub sla_breaches: i64,
    pub service_level_within: i64,
    pub service_level_of: i64,
    pub service_level: Option<f64>,
    pub fcr_numerator: i64,
    pub fcr_denominator: i64,
    pub fcr_rate: Option<f64>,
    pub wrapup_missing: i64,
    pub transfers_out: i64,
    pub transfers_in: i64,
    pub excluded_malformed: i64,
    pub excluded_malformed_handle_ms: i64,
    pub excluded_incomplete: i64,
    pub excluded_incomplete_handle_ms: i64,
    pub excluded_settling: i64,
    pub excluded_settling_handle_ms: i64,
    pub excluded_transfer_row: i64,
    pub excluded_transfer_row_handle_ms: i64,
    pub excluded_queue: i64,
    pub excluded_queue_handle_ms: i64,
    pub excluded_wrapup: i64,
    pub excluded_wrapup_handle_ms: i64,
    pub excluded_abandoned: i64,
    pub excluded_abandoned_handle_ms: i64,
    pub excluded_flow_out: i64,
    pub excluded_flow_out_handle_ms: i64,
    pub excluded_no_agent: i64,
    pub excluded_no_agent_handle_ms: i64,
    pub excluded_unmapped_media: i64,
    pub excluded_unmapped_media_handle_ms: i64,
    pub excluded_zero_duration: i64,
    pub excluded_zero_duration_handle_ms: i64,
    pub excluded_short_talk: i64,
    pub excluded_short_talk_handle_ms: i64,
    pub revision: i32,
    pub restatements: i32,
    pub held: bool,
    pub result: RowResult,
    pub source_watermark: Option<InstantMs>,
    pub computed_at: InstantMs,
    pub rules_version: String,
}
