//! A row gives back the state that it was made of.

use super::*;
use crate::domain::interval::Grain;
use crate::domain::time::parse_instant;
use crate::timeline::tests::{default_rules_config, rules_of, sample_leg};
use crate::window::merge::{Merged, OwnedRange};

fn sample() -> (RowKey, Accumulator) {
    let rules = rules_of(default_rules_config());
    let mut merged = Merged::default();
    merged.leg(&sample_leg(), 1, &rules, OwnedRange { start: 0, end: None });
    let (key, addition) = merged.take().into_iter().find(|(key, _)| key.topic.grain == Grain::Pt30m).unwrap();
    let mut state = Accumulator::default();
    state.apply(&addition);
    state.revision = 3;
    (key, state)
}

/// A row for tests of other rooms.
#[must_use]
pub fn sample_row() -> QueueInterval {
    let (key, state) = sample();
    let publication = Publication { source_watermark: Some(7), computed_at: 8 };
    row(&key, &state, publication, &rules_of(default_rules_config()))
}

#[test]
fn a_row_gives_back_its_state() {
    let (_, before) = sample();
    assert_eq!(state(&sample_row()).unwrap(), before);
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
    let empty = super::row(&key, &Accumulator::default(), publication, &rules_of(default_rules_config()));
    assert_eq!((empty.aht_ms, empty.asa_ms, empty.p90_handle_ms, empty.service_level), (None, None, None, None));
}
