//! The row of an agent: state to row, and back. Pure.

use super::said::{Said, ratio};
use crate::domain::agent_row::{AgentInterval, AgentIntervalKey};
use crate::domain::family::Family;
use crate::domain::sums::{Figure, Sums};
use crate::window::accumulator::Accumulator;
use crate::window::spans::Spans;

/// The row that a state says. Busy time stands on rows over all media alone: a call may lie beside a chat.
#[must_use]
pub fn row(key: &AgentIntervalKey, said: &Said<'_>) -> AgentInterval {
    let interval_ms = said.interval.to - said.interval.from;
    let handle_ms = said.sum(Figure::HandleMs);
    let of_all_media = said.topic.family == Family::AgentTotal;
    let busy_union_ms = of_all_media.then(|| said.state.spans.union_ms());
    AgentInterval {
        org_id: key.org_id.clone(),
        interval_start: key.interval_start,
        interval_length_s: key.interval_length_s,
        interval_end: said.interval.to,
        user_id: key.user_id.clone(),
        media_type: key.media_type,
        attribution: key.attribution,
        tz: said.zone.name().to_owned(),
        local_start: said.local.text.clone(),
        utc_offset_s: said.local.utc_offset_s,
        fold: said.local.fold,
        local_date: said.local.date_days,
        handled: said.sum(Figure::Handled),
        thandle_ms: handle_ms,
        tacw_ms: said.sum(Figure::WrapMs),
        thold_ms: said.sum(Figure::CustomerHoldMs),
        ttalk_ms: said.sum(Figure::TalkMs),
        system_hold_ms: said.sum(Figure::SystemHoldMs),
        busy_union_ms,
        interval_ms,
        sum_utilisation: ratio(handle_ms, interval_ms),
        busy_utilisation: busy_union_ms.and_then(|busy_ms| ratio(busy_ms, interval_ms)),
        // No dialect carries routing-status data.
        occupancy: None,
        on_queue_ms: None,
        idle_ms: None,
        busy_spans: of_all_media.then(|| said.state.spans.encode(key.interval_start)),
        revision: said.state.revision,
        restatements: said.state.restatements,
        held: said.state.held,
        result: said.state.result,
        source_watermark: said.publication.source_watermark,
        computed_at: said.publication.computed_at,
        rules_version: said.rules.version.clone(),
    }
}

/// The state that a row says; `None` when its spans cannot be read.
#[must_use]
pub fn state(row: &AgentInterval) -> Option<Accumulator> {
    let mut sums = Sums::default();
    for (figure, amount) in [
        (Figure::Handled, row.handled),
        (Figure::HandleMs, row.thandle_ms),
        (Figure::WrapMs, row.tacw_ms),
        (Figure::CustomerHoldMs, row.thold_ms),
        (Figure::TalkMs, row.ttalk_ms),
        (Figure::SystemHoldMs, row.system_hold_ms),
    ] {
        sums.add(figure, amount);
    }
    Some(Accumulator {
        sums,
        spans: Spans::decode(row.busy_spans.as_deref().unwrap_or_default(), row.interval_start)?,
        revision: row.revision,
        restatements: row.restatements,
        result: row.result,
        held: row.held,
        ..Accumulator::default()
    })
}
