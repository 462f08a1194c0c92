//! The row of a KPI of the user's own: state to row, and back. Pure.

use super::said::{Said, ratio};
use crate::domain::custom_row::{CustomInterval, CustomIntervalKey};
use crate::domain::sums::{Figure, Sums};
use crate::window::accumulator::Accumulator;

/// The row that a state says.
#[must_use]
pub fn row(key: &CustomIntervalKey, said: &Said<'_>) -> CustomInterval {
    let (sum, over) = (said.sum(Figure::CustomSumMillionths), said.sum(Figure::CustomOverMillionths));
    CustomInterval {
        org_id: key.org_id.clone(),
        interval_start: key.interval_start,
        interval_length_s: key.interval_length_s,
        interval_end: said.interval.to,
        queue_id: key.queue_id.clone(),
        media_type: key.media_type,
        skill_set: key.skill_set.clone(),
        language: key.language.clone(),
        attribution: key.attribution,
        name: key.name.clone(),
        tz: said.zone.name().to_owned(),
        local_start: said.local.text.clone(),
        utc_offset_s: said.local.utc_offset_s,
        fold: said.local.fold,
        local_date: said.local.date_days,
        handled: said.sum(Figure::Handled),
        sum: sum as f64 / 1e6,
        over: over as f64 / 1e6,
        value: ratio(sum, over),
        sum_millionths: sum,
        over_millionths: over,
        revision: said.state.revision,
        restatements: said.state.restatements,
        held: said.state.held,
        result: said.state.result,
        source_watermark: said.publication.source_watermark,
        computed_at: said.publication.computed_at,
        rules_version: said.rules.version.clone(),
    }
}

/// The state that a row says.
#[must_use]
pub fn state(row: &CustomInterval) -> Accumulator {
    let mut sums = Sums::default();
    sums.add(Figure::Handled, row.handled);
    sums.add(Figure::CustomSumMillionths, row.sum_millionths);
    sums.add(Figure::CustomOverMillionths, row.over_millionths);
    Accumulator {
        sums,
        revision: row.revision,
        restatements: row.restatements,
        result: row.result,
        held: row.held,
        ..Accumulator::default()
    }
}
