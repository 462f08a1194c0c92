//! The row of a queue: state to row, and back. Pure.

use super::said::{LOG, Said};
use crate::domain::exclusion::DropReason;
use crate::domain::row::{QueueInterval, QueueIntervalKey};
use crate::domain::sums::{Figure, Sums};
use crate::window::accumulator::Accumulator;
use crate::window::addition::Attributes;
use crate::window::distribution::Distribution;
use crate::window::spans::Spans;

/// The row that a state says.
#[must_use]
pub fn row(key: &QueueIntervalKey, said: &Said<'_>) -> QueueInterval {
    let attributes = &said.state.attributes;
    QueueInterval {
        org_id: key.org_id.clone(),
        interval_start: key.interval_start,
        interval_length_s: key.interval_length_s,
        interval_end: said.interval.to,
        attribution: key.attribution,
        tz: said.zone.name().to_owned(),
        local_start: said.local.text.clone(),
        utc_offset_s: said.local.utc_offset_s,
        fold: said.local.fold,
        local_date: said.local.date_days,
        queue_id: key.queue_id.clone(),
        queue_name: attributes.queue_name.clone(),
        media_type: key.media_type,
        skill_set: key.skill_set.clone(),
        language: key.language.clone(),
        attributes_version: attributes.version,
        service_level_target_ms: attributes.service_level_target_ms,
        offered: said.sum(Figure::Offered),
        answered: said.sum(Figure::Answered),
        abandoned: said.sum(Figure::Abandoned),
        short_abandoned: said.sum(Figure::ShortAbandoned),
        flow_out: said.sum(Figure::FlowOut),
        handled: said.sum(Figure::Handled),
        wait_ms_sum: said.sum(Figure::WaitMs),
        wait_ms_max: said.state.wait.max().unwrap_or(0),
        answered_wait_ms_sum: said.sum(Figure::AnsweredWaitMs),
        handled_wait_ms_sum: said.sum(Figure::HandledWaitMs),
        talk_ms_sum: said.sum(Figure::TalkMs),
        customer_hold_ms_sum: said.sum(Figure::CustomerHoldMs),
        wrap_ms_sum: said.sum(Figure::WrapMs),
        handle_ms_sum: said.sum(Figure::HandleMs),
        system_hold_ms_sum: said.sum(Figure::SystemHoldMs),
        genesys_handle_ms_sum: Some(said.sum(Figure::GenesysHandleMs)),
        active_agent_ms_sum: said.if_digital(Figure::ActiveAgentMs),
        elapsed_agent_ms_sum: said.if_digital(Figure::ElapsedAgentMs),
        parts_handled: said.sum(Figure::PartsHandled),
        parts_handle_ms_sum: said.sum(Figure::PartsHandleMs),
        aht_ms: said.whole(Figure::HandleMs, Figure::Handled),
        asa_ms: said.ratio(Figure::AnsweredWaitMs, Figure::Answered),
        p90_handle_ms: said.p90_handle_ms(),
        handle_sketch: Some(said.state.handle.encode()),
        wait_sketch: Some(said.state.wait.encode()),
        sketch_kind: said.sketch_kind(),
        contacts: said.contacts(Figure::Contacts),
        contact_handle_ms_sum: said.contacts(Figure::ContactHandleMs),
        wrap_ratio: said.ratio(Figure::WrapMs, Figure::PartsHandleMs),
        hold_ratio: said.ratio(Figure::CustomerHoldMs, Figure::PartsHandleMs),
        weht_ms: said.whole(Figure::WehtMilli, Figure::PartsHandled).map(|mean| mean / 1_000.0),
        weht_milli_sum: said.sum(Figure::WehtMilli),
        weht_tier_gap: said.sum(Figure::WehtTierGap),
        weht_profile: said.rules.config.weht_profile.clone(),
        sla_threshold_ms: said.rules.config.sla_threshold_ms,
        sla_breaches: said.sum(Figure::SlaBreaches),
        service_level_within: said.sum(Figure::ServiceLevelWithin),
        service_level_of: said.sum(Figure::ServiceLevelOf),
        service_level: said.ratio(Figure::ServiceLevelWithin, Figure::ServiceLevelOf),
        fcr_numerator: said.sum(Figure::FcrNumerator),
        fcr_denominator: said.sum(Figure::FcrDenominator),
        fcr_rate: said.ratio(Figure::FcrNumerator, Figure::FcrDenominator),
        wrapup_missing: said.sum(Figure::WrapupMissing),
        transfers_out: said.sum(Figure::TransfersOut),
        transfers_in: said.sum(Figure::TransfersIn),
        excluded_malformed: said.excluded(DropReason::Malformed).0,
        excluded_malformed_handle_ms: said.excluded(DropReason::Malformed).1,
        excluded_incomplete: said.excluded(DropReason::Incomplete).0,
        excluded_incomplete_handle_ms: said.excluded(DropReason::Incomplete).1,
        excluded_settling: said.excluded(DropReason::Settling).0,
        excluded_settling_handle_ms: said.excluded(DropReason::Settling).1,
        excluded_transfer_row: said.excluded(DropReason::TransferRow).0,
        excluded_transfer_row_handle_ms: said.excluded(DropReason::TransferRow).1,
        excluded_queue: said.excluded(DropReason::Queue).0,
        excluded_queue_handle_ms: said.excluded(DropReason::Queue).1,
        excluded_wrapup: said.excluded(DropReason::Wrapup).0,
        excluded_wrapup_handle_ms: said.excluded(DropReason::Wrapup).1,
        excluded_abandoned: said.excluded(DropReason::Abandoned).0,
        excluded_abandoned_handle_ms: said.excluded(DropReason::Abandoned).1,
        excluded_flow_out: said.excluded(DropReason::FlowOut).0,
        excluded_flow_out_handle_ms: said.excluded(DropReason::FlowOut).1,
        excluded_no_agent: said.excluded(DropReason::NoAgent).0,
        excluded_no_agent_handle_ms: said.excluded(DropReason::NoAgent).1,
        excluded_unmapped_media: said.excluded(DropReason::UnmappedMedia).0,
        excluded_unmapped_media_handle_ms: said.excluded(DropReason::UnmappedMedia).1,
        excluded_zero_duration: said.excluded(DropReason::ZeroDuration).0,
        excluded_zero_duration_handle_ms: said.excluded(DropReason::ZeroDuration).1,
        excluded_short_talk: said.excluded(DropReason::ShortTalk).0,
        excluded_short_talk_handle_ms: said.excluded(DropReason::ShortTalk).1,
        revision: said.state.revision,
        restatements: said.state.restatements,
        held: said.state.held,
        result: said.state.result,
        source_watermark: said.publication.source_watermark,
        computed_at: said.publication.computed_at,
        rules_version: said.rules.version.clone(),
    }
}

/// The state that a row says; `None` when its distributions cannot be read.
#[must_use]
pub fn state(row: &QueueInterval) -> Option<Accumulator> {
    Some(Accumulator {
        sums: sums(row),
        handle: Distribution::of(row.handle_sketch.as_deref())?,
        wait: Distribution::of(row.wait_sketch.as_deref())?,
        spans: Spans::default(),
        conversations: false,
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
