//! A row gives back the state that it was made of.

use super::row::{Publication, RowRecord, row, state};
use crate::domain::family::Family;
use crate::domain::interval::Grain;
use crate::domain::range::OwnedRange;
use crate::domain::row::QueueInterval;
use crate::domain::time::parse_instant;
use crate::timeline::tests::{default_rules_config, rules_of, sample_leg};
use crate::window::accumulator::Accumulator;
use crate::window::merge::Merged;
use crate::window::row_key::RowKey;

fn samples() -> Vec<(RowKey, Accumulator)> {
    let rules = rules_of(default_rules_config());
    let mut merged = Merged::default();
    let range = OwnedRange { start: 0, end: None };
    merged.replace(&[], &[sample_leg()], &rules, range);
    let of = |(key, addition): (RowKey, Box<_>)| {
        let mut state = Accumulator::default();
        state.apply(&addition);
        state.revision = 3;
        (key, state)
    };
    merged.take(&rules, range).into_iter().map(of).collect()
}

fn sample() -> (RowKey, Accumulator) {
    let wanted = |key: &RowKey| key.topic.grain == Grain::Pt30m && key.topic.family == Family::Queue;
    samples().into_iter().find(|(key, _)| wanted(key)).unwrap()
}

fn queue_row(key: &RowKey, state: &Accumulator, publication: Publication) -> QueueInterval {
    match row(key, state, publication, &rules_of(default_rules_config())) {
        RowRecord::Queue(row) => *row,
        other => panic!("{other:?}"),
    }
}

/// A row for tests of other rooms.
#[must_use]
pub fn sample_row() -> QueueInterval {
    let (key, state) = sample();
    let publication = Publication { source_watermark: Some(7), computed_at: 8 };
    queue_row(&key, &state, publication)
}

#[test]
fn a_row_gives_back_its_state() {
    let families: std::collections::BTreeSet<Family> = samples().iter().map(|(key, _)| key.topic.family).collect();
    assert_eq!(families.len(), 5, "all but those of the user's own");
    let publication = Publication { source_watermark: Some(7), computed_at: 8 };
    for (key, before) in samples() {
        let said = row(&key, &before, publication, &rules_of(default_rules_config()));
        assert_eq!(state(&said).unwrap(), before, "{key:?}");
    }
}

#[test]
fn derived_figures_come_from_sums_and_are_null_on_nothing() {
    let row = sample_row();
    assert_eq!((row.handled, row.handle_ms_sum, row.aht_ms), (1, 570_000, Some(570_000.0)));
    assert_eq!(row.wrap_ratio, Some(120.0 / 570.0));
    assert_eq!((row.weht_ms, row.weht_tier_gap), (Some(520_000.0), 1));
    assert_eq!(row.interval_start, parse_instant("2024-01-15T10:00:00Z").unwrap());
    let (key, _) = sample();
    let publication = Publication { source_watermark: None, computed_at: 0 };
    let empty = queue_row(&key, &Accumulator::default(), publication);
    assert_eq!((empty.aht_ms, empty.asa_ms, empty.p90_handle_ms, empty.service_level), (None, None, None, None));
}
