//! State to KPI row, with everything that is derived from sums, and back. Pure.

use chrono_tz::Tz;

use crate::domain::attribution::Basis;
use crate::domain::exclusion::DropReason;
use crate::domain::interval::{interval_at, local_start};
use crate::domain::row::{QueueInterval, QueueIntervalKey, RowResult};
use crate::domain::sums::{Figure, Sums};
use crate::domain::time::InstantMs;
use crate::timeline::rules::{Formula, Rules};
use crate::window::accumulator::Accumulator;
use crate::window::distribution::Distribution;
use crate::window::merge::Attributes;
use crate::window::row_key::RowKey;

/// The word for distributions of the values themselves.
const EXACT: &str = "exact";
/// The word for distributions of buckets.
const LOG: &str = "log0.1pct";

/// What stands on a row besides its figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Publication {
    /// Source time up to which the input was complete.
    pub source_watermark: Option<InstantMs>,
    /// When the row is computed.
    pub computed_at: InstantMs,
}

/// The row that a state says. Ratios are null on an empty denominator, never 0.
#[must_use]
pub fn row(key: &RowKey, state: &Accumulator, publication: Publication, rules: &Rules) -> QueueInterval {
    let QueueIntervalKey { interval_start, media_type, attribution, .. } = key.key;
    let zone: Tz = rules.config.zone;
    let interval = interval_at(interval_start, key.topic.grain, zone);
    let local = local_start(interval_start, zone);
    let sum = |figure| state.sums.at(figure);
    let excluded = |reason| state.sums.excluded(reason);
    // under APPORTIONED, counts and clipped lengths do not belong to the same legs, so their quotients mean nothing.
    let whole = attribution != Basis::Apportioned;
    let digital = rules.formula(media_type) == Formula::Digital;
    let ratio = |of: Figure, by: Figure| ratio(sum(of), sum(by));
    let handle_p90 = if whole { state.handle.percentile_tenths(9) } else { None };
    QueueInterval {
        org_id: key.key.org_id.clone(),
        interval_start,
        interval_length_s: key.key.interval_length_s,
        interval_end: interval.to,
        attribution,
        tz: zone.name().to_owned(),
        local_start: local.text,
        utc_offset_s: local.utc_offset_s,
        fold: local.fold,
        local_date: local.date_days,
        queue_id: key.key.queue_id.clone(),
        queue_name: state.attributes.queue_name.clone(),
        media_type,
        skill_set: key.key.skill_set.clone(),
        language: key.key.language.clone(),
        offered: sum(Figure::Offered),
        answered: sum(Figure::Answered),
        abandoned: sum(Figure::Abandoned),
        short_abandoned: sum(Figure::ShortAbandoned),
        flow_out: sum(Figure::FlowOut),
        handled: sum(Figure::Handled),
        wait_ms_sum: sum(Figure::WaitMs),
        wait_ms_max: state.wait.max().unwrap_or(0),
        answered_wait_ms_sum: sum(Figure::AnsweredWaitMs),
        handled_wait_ms_sum: sum(Figure::HandledWaitMs),
        talk_ms_sum: sum(Figure::TalkMs),
        customer_hold_ms_sum: sum(Figure::CustomerHoldMs),
        wrap_ms_sum: sum(Figure::WrapMs),
        handle_ms_sum: sum(Figure::HandleMs),
        system_hold_ms_sum: sum(Figure::SystemHoldMs),
        genesys_handle_ms_sum: Some(sum(Figure::GenesysHandleMs)),
        active_agent_ms_sum: digital.then(|| sum(Figure::ActiveAgentMs)),
        elapsed_agent_ms_sum: digital.then(|| sum(Figure::ElapsedAgentMs)),
        parts_handled: sum(Figure::PartsHandled),
        parts_handle_ms_sum: sum(Figure::PartsHandleMs),
        aht_ms: if whole { ratio(Figure::HandleMs, Figure::Handled) } else { None },
        asa_ms: ratio(Figure::AnsweredWaitMs, Figure::Answered),
        p90_handle_ms: handle_p90,
        handle_sketch: Some(state.handle.encode()),
        wait_sketch: Some(state.wait.encode()),
        sketch_kind: if state.bucketed { LOG } else { EXACT }.to_owned(),
        contacts: None,
        contact_handle_ms_sum: None,
        wrap_ratio: ratio(Figure::WrapMs, Figure::PartsHandleMs),
        hold_ratio: ratio(Figure::CustomerHoldMs, Figure::PartsHandleMs),
        weht_ms: if whole { ratio(Figure::WehtMilli, Figure::PartsHandled).map(|mean| mean / 1_000.0) } else { None },
        weht_milli_sum: sum(Figure::WehtMilli),
        weht_tier_gap: sum(Figure::WehtTierGap),
        weht_profile: rules.config.weht_profile.clone(),
        attributes_version: state.attributes.version,
        sla_threshold_ms: rules.config.sla_threshold_ms,
        sla_breaches: sum(Figure::SlaBreaches),
        service_level_target_ms: state.attributes.service_level_target_ms,
        service_level_within: sum(Figure::ServiceLevelWithin),
        service_level_of: sum(Figure::ServiceLevelOf),
        service_level: ratio(Figure::ServiceLevelWithin, Figure::ServiceLevelOf),
        fcr_numerator: sum(Figure::FcrNumerator),
        fcr_denominator: sum(Figure::FcrDenominator),
        fcr_rate: ratio(Figure::FcrNumerator, Figure::FcrDenominator),
        wrapup_missing: sum(Figure::WrapupMissing),
        transfers_out: sum(Figure::TransfersOut),
        transfers_in: sum(Figure::TransfersIn),
        excluded_malformed: excluded(DropReason::Malformed).0,
        excluded_malformed_handle_ms: excluded(DropReason::Malformed).1,
        excluded_incomplete: excluded(DropReason::Incomplete).0,
        excluded_incomplete_handle_ms: excluded(DropReason::Incomplete).1,
        excluded_settling: excluded(DropReason::Settling).0,
        excluded_settling_handle_ms: excluded(DropReason::Settling).1,
        excluded_transfer_row: excluded(DropReason::TransferRow).0,
        excluded_transfer_row_handle_ms: excluded(DropReason::TransferRow).1,
        excluded_queue: excluded(DropReason::Queue).0,
        excluded_queue_handle_ms: excluded(DropReason::Queue).1,
        excluded_wrapup: excluded(DropReason::Wrapup).0,
        excluded_wrapup_handle_ms: excluded(DropReason::Wrapup).1,
        excluded_abandoned: excluded(DropReason::Abandoned).0,
        excluded_abandoned_handle_ms: excluded(DropReason::Abandoned).1,
        excluded_flow_out: excluded(DropReason::FlowOut).0,
        excluded_flow_out_handle_ms: excluded(DropReason::FlowOut).1,
        excluded_no_agent: excluded(DropReason::NoAgent).0,
        excluded_no_agent_handle_ms: excluded(DropReason::NoAgent).1,
        excluded_unmapped_media: excluded(DropReason::UnmappedMedia).0,
        excluded_unmapped_media_handle_ms: excluded(DropReason::UnmappedMedia).1,
        excluded_zero_duration: excluded(DropReason::ZeroDuration).0,
        excluded_zero_duration_handle_ms: excluded(DropReason::ZeroDuration).1,
        excluded_short_talk: excluded(DropReason::ShortTalk).0,
        excluded_short_talk_handle_ms: excluded(DropReason::ShortTalk).1,
        revision: state.revision,
        restatements: state.restatements,
        held: state.held,
        result: state.result,
        source_watermark: publication.source_watermark,
        computed_at: publication.computed_at,
        rules_version: rules.version.clone(),
    }
}

fn ratio(of: i64, by: i64) -> Option<f64> {
    (by != 0).then(|| of as f64 / by as f64)
}

/// The state that a row says; `None` when its distributions cannot be read.
#[must_use]
pub fn state(row: &QueueInterval) -> Option<Accumulator> {
    let read = |bytes: &Option<Vec<u8>>| bytes.as_deref().map_or(Some(Distribution::default()), Distribution::decode);
    Some(Accumulator {
        sums: sums(row),
        handle: read(&row.handle_sketch)?,
        wait: read(&row.wait_sketch)?,
        bucketed: row.sketch_kind == LOG,
        attributes: Attributes {
            version: row.attributes_version,
            queue_name: row.queue_name.clone(),
            service_level_target_ms: row.service_level_target_ms,
        },
        revision: row.revision,
        restatements: row.restatements,
        result: row.result,
        held: row.held,
    })
}

fn sums(row: &QueueInterval) -> Sums {
    let mut sums = Sums::default();
    for (figure, amount) in [
        (Figure::Offered, row.offered),
        (Figure::Answered, row.answered),
        (Figure::Abandoned, row.abandoned),
        (Figure::ShortAbandoned, row.short_abandoned),
        (Figure::FlowOut, row.flow_out),
        (Figure::Handled, row.handled),
        (Figure::WaitMs, row.wait_ms_sum),
        (Figure::AnsweredWaitMs, row.answered_wait_ms_sum),
        (Figure::HandledWaitMs, row.handled_wait_ms_sum),
        (Figure::TalkMs, row.talk_ms_sum),
        (Figure::CustomerHoldMs, row.customer_hold_ms_sum),
        (Figure::SystemHoldMs, row.system_hold_ms_sum),
        (Figure::WrapMs, row.wrap_ms_sum),
        (Figure::HandleMs, row.handle_ms_sum),
        (Figure::GenesysHandleMs, row.genesys_handle_ms_sum.unwrap_or(0)),
        (Figure::ActiveAgentMs, row.active_agent_ms_sum.unwrap_or(0)),
        (Figure::ElapsedAgentMs, row.elapsed_agent_ms_sum.unwrap_or(0)),
        (Figure::PartsHandled, row.parts_handled),
        (Figure::PartsHandleMs, row.parts_handle_ms_sum),
        (Figure::WehtMilli, row.weht_milli_sum),
        (Figure::WehtTierGap, row.weht_tier_gap),
        (Figure::SlaBreaches, row.sla_breaches),
        (Figure::ServiceLevelWithin, row.service_level_within),
        (Figure::ServiceLevelOf, row.service_level_of),
        (Figure::FcrNumerator, row.fcr_numerator),
        (Figure::FcrDenominator, row.fcr_denominator),
        (Figure::WrapupMissing, row.wrapup_missing),
        (Figure::TransfersOut, row.transfers_out),
        (Figure::TransfersIn, row.transfers_in),
        (Figure::Contacts, row.contacts.unwrap_or(0)),
        (Figure::ContactHandleMs, row.contact_handle_ms_sum.unwrap_or(0)),
    ] {
        sums.add(figure, amount);
    }
    for (reason, count, handle_ms) in [
        (DropReason::Malformed, row.excluded_malformed, row.excluded_malformed_handle_ms),
        (DropReason::Incomplete, row.excluded_incomplete, row.excluded_incomplete_handle_ms),
        (DropReason::Settling, row.excluded_settling, row.excluded_settling_handle_ms),
        (DropReason::TransferRow, row.excluded_transfer_row, row.excluded_transfer_row_handle_ms),
        (DropReason::Queue, row.excluded_queue, row.excluded_queue_handle_ms),
        (DropReason::Wrapup, row.excluded_wrapup, row.excluded_wrapup_handle_ms),
        (DropReason::Abandoned, row.excluded_abandoned, row.excluded_abandoned_handle_ms),
        (DropReason::FlowOut, row.excluded_flow_out, row.excluded_flow_out_handle_ms),
        (DropReason::NoAgent, row.excluded_no_agent, row.excluded_no_agent_handle_ms),
        (DropReason::UnmappedMedia, row.excluded_unmapped_media, row.excluded_unmapped_media_handle_ms),
        (DropReason::ZeroDuration, row.excluded_zero_duration, row.excluded_zero_duration_handle_ms),
        (DropReason::ShortTalk, row.excluded_short_talk, row.excluded_short_talk_handle_ms),
    ] {
        sums.exclude(reason, count, handle_ms);
    }
    sums
}

/// Whether a row's result says that it may no longer change as a matter of course.
#[must_use]
pub fn is_settled(result: RowResult) -> bool {
    matches!(result, RowResult::Final | RowResult::Corrected)
}

#[cfg(test)]
pub(crate) mod tests;
