//! The three bases on legs whose figures are known.

use super::*;
use crate::domain::time::parse_instant;
use crate::timeline::measure::measure;
use crate::timeline::tests::{default_rules_config, flat_row, rules_of, sample_leg, with};

fn across_midnight() -> Leg {
    let row = with(flat_row("m", "2024-01-15T23:55:00Z", "2024-01-16T00:05:00Z"), |leg| {
        leg.wait_ms = Some(30_000);
        leg.talk_ms = Some(360_000);
        leg.wrap_ms = Some(210_000);
    });
    measure(&row, &rules_of(default_rules_config()), None).legs.remove(0)
}

fn figure(pieces: &[Piece], at: &str, figure: Figure) -> i64 {
    let at = parse_instant(at).unwrap();
    pieces.iter().filter(|piece| piece.interval.from == at).map(|piece| piece.delta.sums.at(figure)).sum()
}

#[test]
fn a_leg_across_midnight_counts_once_under_every_basis() {
    let leg = across_midnight();
    let (before, after) = ("2024-01-15T23:30:00Z", "2024-01-16T00:00:00Z");
    let start = attribute(&leg, Basis::Start, Grain::Pt30m, Tz::UTC);
    assert_eq!(figure(&start, before, Figure::HandleMs), 570_000);
    assert_eq!(figure(&start, after, Figure::HandleMs), 0);
    let completion = attribute(&leg, Basis::Completion, Grain::Pt30m, Tz::UTC);
    assert_eq!(figure(&completion, after, Figure::HandleMs), 570_000);
    assert_eq!(figure(&completion, after, Figure::Handled), 1);
    assert_eq!(figure(&completion, before, Figure::Offered), 1);
    assert_eq!(figure(&completion, before, Figure::Answered), 1);
    let apportioned = attribute(&leg, Basis::Apportioned, Grain::Pt30m, Tz::UTC);
    assert_eq!(figure(&apportioned, before, Figure::HandleMs), 270_000);
    assert_eq!(figure(&apportioned, after, Figure::HandleMs), 300_000);
    assert_eq!(figure(&apportioned, after, Figure::TalkMs), 90_000);
    assert_eq!(figure(&apportioned, after, Figure::WrapMs), 210_000);
    assert_eq!(figure(&apportioned, before, Figure::Handled), 1);
}

#[test]
fn the_local_day_of_another_zone_holds_the_whole_leg() {
    let leg = across_midnight();
    for basis in [Basis::Start, Basis::Completion, Basis::Apportioned] {
        let days = attribute(&leg, basis, Grain::P1d, Tz::America__New_York);
        assert_eq!(days.len(), 1, "{basis:?}");
        assert_eq!(figure(&days, "2024-01-15T05:00:00Z", Figure::HandleMs), 570_000);
    }
}

#[test]
fn totals_are_equal_under_every_basis_at_every_grain() {
    for leg in [across_midnight(), sample_leg()] {
        for grain in Grain::ALL {
            let totals = [Basis::Start, Basis::Completion, Basis::Apportioned].map(|basis| {
                let mut total = Sums::default();
                let pieces = attribute(&leg, basis, grain, Tz::Asia__Kathmandu);
                pieces.iter().for_each(|piece| total.merge(&piece.delta.sums, 1));
                total
            });
            assert_eq!(totals[0], totals[1]);
            assert_eq!(totals[0], totals[2]);
        }
    }
}

#[test]
fn a_dropped_leg_stands_at_its_start_and_its_row_exists() {
    let mut row = with(flat_row("d", "2024-01-15T10:29:59.999Z", "2024-01-15T10:45:00Z"), |leg| leg.user_id = None);
    row = with(row, |leg| leg.talk_ms = Some(200_000));
    let leg = measure(&row, &rules_of(default_rules_config()), None).legs.remove(0);
    let pieces = attribute(&leg, Basis::Completion, Grain::Pt30m, Tz::UTC);
    assert_eq!(pieces[0].interval.from, parse_instant("2024-01-15T10:00:00Z").unwrap());
    let reason = crate::domain::exclusion::DropReason::NoAgent;
    assert_eq!(pieces[0].delta.sums.excluded(reason), (1, 200_000));
}
