//! The parts of a difference, each provoked alone; what is lost, by slice and queue. Pure.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;

use super::ours::{Amount, Ours};
use super::split::{Split, split};
use super::theirs::{Outward, Theirs};
use super::verdict::{Origin, agreement, counted, handle_time, is_apart, whole_handle_time};
use super::volume::{Slices, Told, lost};
use crate::domain::attribution::Basis;
use crate::domain::exclusion::DropReason;
use crate::domain::leg::Leg;
use crate::domain::media::Dialect;
use crate::domain::reconciliation::{Agreement, Check, Reconciliation};
use crate::domain::row::QueueInterval;
use crate::domain::time::{DAY_MS, HOUR_MS, InstantMs, TimeRange, parse_instant};
use crate::timeline::tests::sample_leg;

const DAY: &str = "2024-01-15T00:00:00Z";

fn day() -> TimeRange {
    let from = parse_instant(DAY).unwrap();
    TimeRange { from, to: from + DAY_MS }
}

fn origin() -> Origin {
    Origin { org_id: "acme".to_owned(), written_at: 1 }
}

/// A kept leg of an agent in Q1, told with metrics, from noon on: handle 100 s, reported 100 s.
fn leg() -> Leg {
    let start = day().from + 12 * HOUR_MS;
    Leg {
        source: Dialect::ConversationDetails,
        start: Some(start),
        end: Some(start + 100_000),
        queue_id: Some("Q1".to_owned()),
        queue_name: None,
        user_id: Some("A1".to_owned()),
        talk_ms: 80_000,
        wrap_ms: 20_000,
        customer_hold_ms: 0,
        system_hold_ms: 0,
        dialing_ms: 0,
        contacting_ms: 0,
        handle_ms: 100_000,
        reported_handle_ms: Some(100_000),
        genesys_handle_ms: Some(100_000),
        kept: true,
        drop_reason: None,
        transfer_row: false,
        offered: false,
        ..sample_leg()
    }
}

fn dropped(reason: DropReason) -> Leg {
    Leg { kept: false, drop_reason: Some(reason), ..leg() }
}

fn row(handled: i64, handle_ms: i64) -> QueueInterval {
    let mut row = crate::emit::row::sample_row();
    row.queue_id = "Q1".to_owned();
    row.interval_start = day().from;
    row.interval_length_s = 86_400;
    row.attribution = Basis::Start;
    row.handled = handled;
    row.handle_ms_sum = handle_ms;
    row
}

fn ours(rows: &[QueueInterval], legs: &[Leg]) -> Ours {
    let mut ours = Ours::new(day(), Basis::Start, Tz::UTC);
    rows.iter().for_each(|row| ours.row(row));
    legs.iter().for_each(|leg| ours.leg(leg));
    ours
}

/// The split of Q1's day.
fn taken_apart(rows: &[QueueInterval], legs: &[Leg], theirs: (i64, i64)) -> Split {
    let known = ours(rows, legs);
    let of_queue = known.queues(day().from).find(|(queue, _)| *queue == "Q1").map(|(_, day)| day.clone());
    split(&of_queue.unwrap_or_default(), &Theirs::of(amount(theirs.0, theirs.1)))
}

fn amount(count: i64, handle_ms: i64) -> Amount {
    Amount { count, handle_ms }
}

#[test]
fn rows_that_say_what_the_platform_says_have_no_difference() {
    let split = taken_apart(&[row(1, 100_000)], &[leg()], (1, 100_000));
    assert_eq!(split, Split { ours: amount(1, 100_000), theirs: amount(1, 100_000), ..Split::default() });
    assert_eq!(agreement(&split), Agreement::Within);
}

#[test]
fn a_leg_that_ends_on_another_day_is_a_difference_of_basis() {
    let midnight = day().to;
    let over = Leg { start: Some(midnight - 50_000), end: Some(midnight + 50_000), ..leg() };
    let split = taken_apart(&[row(1, 100_000)], &[over], (0, 0));
    let expected = Split { ours: amount(1, 100_000), basis: amount(-1, -100_000), ..Split::default() };
    assert_eq!((split, agreement(&split)), (expected, Agreement::Within));
    let into = Leg { start: Some(day().from - 50_000), end: Some(day().from + 50_000), ..leg() };
    let split = taken_apart(&[], &[into], (1, 100_000));
    assert_eq!((split.basis, split.unexplained), (amount(1, 100_000), amount(0, 0)));
}

#[test]
fn dialing_and_contacting_are_the_platforms_alone() {
    let outward = Leg {
        dialing_ms: 6_000,
        contacting_ms: 4_000,
        reported_handle_ms: Some(110_000),
        genesys_handle_ms: Some(110_000),
        ..leg()
    };
    let split = taken_apart(&[row(1, 100_000)], &[outward], (1, 110_000));
    assert_eq!((split.dialing_contacting, split.unexplained), (amount(0, 10_000), amount(0, 0)));
    assert_eq!(agreement(&split), Agreement::Within, "ten per cent, and explained");
}

#[test]
fn calls_of_which_a_dialect_tells_nothing_are_dialing_and_contacting_as_the_platform_adds_them_up() {
    let unanswered = Leg { talk_ms: 0, handle_ms: 20_000, reported_handle_ms: Some(20_000), ..leg() };
    let known = ours(&[row(2, 120_000)], &[leg(), unanswered]);
    let theirs = |unanswered, handled| {
        let outward = Some(Outward { unanswered, dialing_contacting_ms: 30_000 });
        BTreeMap::from([("Q1".to_owned(), Theirs { handled, outward })])
    };
    // Three calls that nobody answered: one was wrapped up, and is a leg of ours; two were nothing else.
    let [record] =
        <[Reconciliation; 1]>::try_from(handle_time(&origin(), &known, day(), &theirs(3, amount(4, 150_000)))).unwrap();
    assert_eq!((record.dialing_contacting_count, record.dialing_contacting_ms), (2, 30_000));
    assert_eq!((record.unexplained_count, record.unexplained_handle_ms, record.agreement), (0, 0, Agreement::Within));
    // Wrap-up alone is no call where the platform made none.
    let [record] =
        <[Reconciliation; 1]>::try_from(handle_time(&origin(), &known, day(), &theirs(0, amount(2, 150_000)))).unwrap();
    assert_eq!((record.dialing_contacting_count, record.unexplained_count), (0, 0));
}

#[test]
fn all_queues_together_are_one_comparison_with_a_name_of_its_own() {
    let other = |leg: Leg| Leg { queue_id: Some("Q2".to_owned()), session_id: "s2".to_owned(), ..leg };
    let mut second = row(1, 100_000);
    second.queue_id = "Q2".to_owned();
    let known = ours(&[row(1, 100_000), second], &[leg(), other(leg()), other(dropped(DropReason::ShortTalk))]);
    let record = whole_handle_time(&origin(), &known, day(), &Theirs::of(amount(3, 300_000)));
    assert_eq!((record.queue_id.as_str(), record.queue_name.as_deref()), ("", Some("(all queues)")));
    assert_eq!((record.ours_count, record.excluded_count, record.unexplained_count), (2, 1, 0));
    assert_eq!((record.unexplained_handle_ms, record.agreement), (0, Agreement::Within));
}

#[test]
fn hold_by_the_system_is_a_part_only_where_the_platform_counts_it() {
    let counted = Leg { system_hold_ms: 30_000, reported_handle_ms: Some(130_000), ..leg() };
    let split = taken_apart(&[row(1, 100_000)], &[counted], (1, 130_000));
    assert_eq!((split.system_hold_ms, split.mismatch_ms, split.unexplained), (30_000, 0, amount(0, 0)));
    let uncounted = Leg { system_hold_ms: 30_000, ..leg() };
    let split = taken_apart(&[row(1, 100_000)], &[uncounted], (1, 100_000));
    assert_eq!((split.system_hold_ms, split.unexplained), (0, amount(0, 0)));
}

#[test]
fn a_leg_that_a_rule_leaves_out_is_excluded_and_the_platform_counts_it() {
    // METRICS scenario 14 (d): an alert, no talk, a wrap-up of 57 s.
    let short = Leg { reported_handle_ms: Some(57_000), handle_ms: 57_000, ..dropped(DropReason::ShortTalk) };
    let split = taken_apart(&[row(1, 100_000)], &[leg(), short], (2, 157_000));
    assert_eq!((split.excluded, split.unexplained), (amount(1, 57_000), amount(0, 0)));
    assert_eq!(agreement(&split), Agreement::Within);
    let abandoned = Leg { user_id: None, reported_handle_ms: None, ..dropped(DropReason::Abandoned) };
    let split = taken_apart(&[row(1, 100_000)], &[leg(), abandoned], (1, 100_000));
    assert_eq!(split.excluded, amount(0, 0), "nobody handled it");
}

#[test]
fn what_is_not_counted_yet_is_late_and_so_is_what_the_platform_had_not_counted() {
    for reason in [DropReason::Settling, DropReason::Incomplete] {
        let split = taken_apart(&[row(1, 100_000)], &[leg(), dropped(reason)], (2, 200_000));
        assert_eq!((split.late, split.excluded, split.unexplained), (amount(1, 100_000), amount(0, 0), amount(0, 0)));
    }
    let unwrapped = Leg { handle_ms: 80_000, wrap_ms: 0, reported_handle_ms: None, ..leg() };
    let split = taken_apart(&[row(1, 80_000)], &[unwrapped], (0, 0));
    assert_eq!((split.late, split.unexplained), (amount(-1, -80_000), amount(0, 0)));
}

#[test]
fn what_the_platform_reports_beyond_its_own_parts_is_named_and_not_excused() {
    let excess = Leg { reported_handle_ms: Some(110_000), genesys_handle_ms: Some(110_000), ..leg() };
    let split = taken_apart(&[row(1, 100_000)], &[excess], (1, 110_000));
    assert_eq!((split.mismatch_ms, split.unexplained), (10_000, amount(0, 0)));
    assert_eq!(agreement(&split), Agreement::Beyond);
}

#[test]
fn a_leg_that_is_missing_or_a_row_that_disagrees_with_its_legs_is_unexplained() {
    let split = taken_apart(&[row(1, 100_000)], &[leg()], (2, 200_000));
    assert_eq!(split.unexplained, amount(1, 100_000));
    assert_eq!(agreement(&split), Agreement::Beyond, "the averages are equal, a leg is missing");
    let split = taken_apart(&[row(2, 200_000)], &[leg()], (1, 100_000));
    assert_eq!(split.unexplained, amount(-1, -100_000));
    let split = taken_apart(&[], &[], (1, 50_000));
    assert_eq!((split.unexplained, agreement(&split)), (amount(1, 50_000), Agreement::Beyond));
}

#[test]
fn the_parts_add_up_to_the_difference_whatever_is_mixed() {
    let midnight = day().to;
    let legs = [
        leg(),
        Leg { start: Some(midnight - 1), end: Some(midnight + 9), ..leg() },
        Leg { dialing_ms: 7_000, system_hold_ms: 3_000, reported_handle_ms: Some(112_345), ..leg() },
        dropped(DropReason::Wrapup),
        dropped(DropReason::Settling),
        Leg { reported_handle_ms: None, ..leg() },
    ];
    for theirs in [(0, 0), (5, 612_345), (1_000, 1)] {
        let record = handle_time(
            &origin(),
            &ours(&[row(4, 400_001)], &legs),
            day(),
            &BTreeMap::from([("Q1".to_owned(), Theirs::of(amount(theirs.0, theirs.1)))]),
        );
        let [record] = <[Reconciliation; 1]>::try_from(record).unwrap();
        let times = record.basis_handle_ms
            + record.dialing_contacting_ms
            + record.system_hold_ms
            + record.excluded_handle_ms
            + record.late_handle_ms
            + record.mismatch_handle_ms
            + record.unexplained_handle_ms;
        let counts = record.basis_count
            + record.dialing_contacting_count
            + record.excluded_count
            + record.late_count
            + record.unexplained_count;
        assert_eq!((record.difference_count, record.difference_handle_ms), (theirs.0 - 4, theirs.1 - 400_001));
        assert_eq!((counts, times), (record.difference_count, record.difference_handle_ms));
        assert_ne!((record.basis_count, record.excluded_count, record.late_count), (0, 0, 0));
    }
}

#[test]
fn flat_legs_are_counted_by_the_platform_once_an_agent_has_handled_them() {
    let flat = |leg: Leg| Leg { source: Dialect::InteractionDetails, reported_handle_ms: None, ..leg };
    let legs = [flat(leg()), flat(dropped(DropReason::ZeroDuration)), flat(dropped(DropReason::ShortTalk))];
    let split = taken_apart(&[row(1, 100_000)], &legs, (3, 300_000));
    assert_eq!((split.excluded, split.unexplained), (amount(2, 200_000), amount(0, 0)));
    let nobody = Leg { user_id: None, ..flat(dropped(DropReason::NoAgent)) };
    let transfer = Leg { transfer_row: true, ..flat(dropped(DropReason::TransferRow)) };
    let split = taken_apart(&[row(1, 100_000)], &[flat(leg()), nobody, transfer], (1, 100_000));
    assert_eq!((split.excluded, split.unexplained), (amount(0, 0), amount(0, 0)));
}

#[test]
fn averages_may_differ_by_two_per_cent_and_no_more() {
    let of = |theirs_ms: i64| {
        agreement(&taken_apart(
            &[row(1, 98_000)],
            &[Leg { handle_ms: 98_000, reported_handle_ms: Some(98_000), ..leg() }],
            (1, theirs_ms),
        ))
    };
    assert_eq!(of(100_000), Agreement::Within);
    assert_eq!(of(100_001), Agreement::Beyond);
    assert_eq!(of(96_079), Agreement::Within);
    assert_eq!(of(96_078), Agreement::Beyond);
}

#[test]
fn days_are_local_and_each_side_may_know_a_queue_alone() {
    let zone = Tz::America__New_York;
    let from = parse_instant("2024-11-03T04:00:00Z").unwrap();
    let mut ours = Ours::new(TimeRange { from, to: from + 1 }, Basis::Completion, zone);
    let [day] = <[TimeRange; 1]>::try_from(ours.days()).unwrap();
    assert_eq!(day.to - day.from, 25 * HOUR_MS);
    let late = |at: InstantMs| Leg { start: Some(at - 100_000), end: Some(at), ..leg() };
    ours.leg(&late(day.to - 1));
    ours.leg(&late(day.to));
    let theirs = BTreeMap::from([("Q2".to_owned(), Theirs::of(amount(1, 5)))]);
    let records = handle_time(&origin(), &ours, day, &theirs);
    let said: Vec<(&str, i64, i64)> =
        records.iter().map(|one| (one.queue_id.as_str(), one.basis_count, one.theirs_count)).collect();
    assert_eq!(said, [("Q1", 0, 0), ("Q2", 0, 1)]);
    assert_eq!(records.iter().map(Reconciliation::is_beyond).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn half_a_per_cent_of_the_volume_may_be_missing_and_five_of_a_hundred_of_a_job() {
    let of = |check, ours, theirs| counted(&origin(), check, day(), (ours, theirs)).agreement;
    assert_eq!(of(Check::Volume, 1_990, 2_000), Agreement::Within);
    assert_eq!(of(Check::Volume, 1_989, 2_000), Agreement::Beyond);
    assert_eq!(of(Check::Volume, 2_100, 2_000), Agreement::Within, "more is no loss");
    assert_eq!(of(Check::Volume, 0, 1), Agreement::Beyond);
    assert_eq!(of(Check::JobCount, 1_900, 2_000), Agreement::Within);
    assert_eq!(of(Check::JobCount, 1_899, 2_000), Agreement::Beyond);
    assert_eq!(of(Check::JobCount, 2_101, 2_000), Agreement::Beyond);
    assert!(!is_apart(0, 0, 0) && is_apart(i64::MAX, i64::MIN, 1_000));
}

#[test]
fn what_is_missing_is_named_by_slice_and_queue() {
    let told = |number: i64| Told {
        id: format!("i{number}"),
        start: number * 60_000,
        queues: BTreeSet::from([if number % 2 == 0 { "even" } else { "odd" }.to_owned()]),
    };
    let mut all: Vec<Told> = (0..90).map(told).collect();
    all.push(told(35));
    let slices = Slices::new([], 0, 1_800_000);
    let missing = |id: &str| ["i31", "i33", "i34", "i61"].contains(&id);
    let found = lost(&all, |id| !missing(id), &slices);
    let said: Vec<(TimeRange, i64, i64, String)> = found
        .iter()
        .map(|one| (one.slice, one.theirs, one.missing, one.record(Check::Volume, &origin()).queues))
        .collect();
    let slice = |from: i64| TimeRange { from, to: from + 1_800_000 };
    assert_eq!(said, [(slice(1_800_000), 30, 3, "even,odd".into()), (slice(3_600_000), 30, 1, "odd".into())]);
    assert!(found.iter().all(|one| one.is_beyond(Check::Volume)));
    let of_jobs: Vec<bool> = found.iter().map(|one| one.is_beyond(Check::JobCount)).collect();
    assert_eq!(of_jobs, [true, false], "three of thirty, and one");
    assert!(lost(&all, |_| true, &slices).is_empty());
}

#[test]
fn slices_are_those_that_were_read_and_gaps_are_cut_on_the_grid() {
    let read = [TimeRange { from: 0, to: 70 }, TimeRange { from: 230, to: 300 }];
    let slices = Slices::new(read, 0, 100);
    let of = |at| (slices.of(at).from, slices.of(at).to);
    assert_eq!(
        [of(0), of(69), of(70), of(150), of(229), of(230)],
        [(0, 70), (0, 70), (70, 100), (100, 200), (200, 230), (230, 300)]
    );
    assert_eq!(of(-1), (-100, 0));
}
