//! Pure: made-up histories, each with one thing wrong that is to be found.

use handletime::config::canonical::{canonical_text, rules_version};
use handletime::config::rules_of;
use handletime::domain::attribution::Basis;
use handletime::domain::family::Family;
use handletime::domain::interval::Grain;
use handletime::domain::media::MediaType;
use handletime::domain::progress::{PassedWatermark, SourcePartitionProgress};
use handletime::domain::row::{QueueInterval, QueueIntervalKey};
use handletime::emit::row::{Publication, RowRecord, row};
use handletime::timeline::rules::Rules as Measuring;
use handletime::window::accumulator::Accumulator;
use handletime::window::row_key::{KeyRecord, RowKey, RowTopic};

use super::*;

const HALF_HOUR_MS: i64 = 1_800_000;
const RULES: Rules = Rules { grace_ms: 1_000, extract_end: 10 * HALF_HOUR_MS, history_end: None, opens_again: false };

/// Revision, result and watermark of the row that ends half an hour after 1970 began.
fn revised(revision: i32, result: RowResult, watermark: InstantMs) -> (QueueIntervalKey, QueueInterval) {
    let key = QueueIntervalKey {
        org_id: "acme".to_owned(),
        interval_start: 0,
        interval_length_s: 1_800,
        queue_id: "Q1".to_owned(),
        media_type: MediaType::Voice,
        skill_set: String::new(),
        language: String::new(),
        attribution: Basis::Start,
    };
    let config = rules_of(&BTreeMap::new()).unwrap();
    let text = canonical_text(&config);
    let version = rules_version(&text);
    let topic = RowTopic { family: Family::Queue, grain: Grain::Pt30m, basis: Basis::Start };
    let state = Accumulator { revision, result, ..Accumulator::default() };
    let publication = Publication { source_watermark: Some(watermark), computed_at: 0 };
    let row_key = RowKey { topic, key: KeyRecord::Queue(key.clone()) };
    match row(&row_key, &state, publication, &Measuring::new(config, text, version)) {
        RowRecord::Queue(row) => (key, *row),
        other => panic!("{other:?}"),
    }
}

fn faults(history: &[(i32, RowResult, InstantMs)]) -> Vec<String> {
    let rows: Vec<_> = history.iter().map(|(revision, result, at)| revised(*revision, *result, *at)).collect();
    broken_rows(&rows, RULES)
}

#[test]
fn a_row_that_grows_becomes_final_and_is_corrected_breaks_nothing() {
    use RowResult::{Corrected, Final, Provisional};
    let due = HALF_HOUR_MS + 1_000;
    let history = [(0, Provisional, 0), (1, Provisional, 5), (2, Final, due), (3, Corrected, due), (4, Corrected, due)];
    assert_eq!(faults(&history), Vec::<String>::new());
    assert_eq!(faults(&[(0, Corrected, due)]), Vec::<String>::new(), "first published after its close");
    assert_eq!(faults(&[(0, Final, RULES.extract_end)]), Vec::<String>::new());
}

#[test]
fn a_row_of_history_closes_where_its_own_source_ends_and_no_other_row_does() {
    let closed_at = |at| [revised(0, RowResult::Final, at)];
    let until = |end| Rules { history_end: Some(end), ..RULES };
    let (own_end, before_grace) = (HALF_HOUR_MS, HALF_HOUR_MS);
    assert_eq!(broken_rows(&closed_at(before_grace), RULES).len(), 1);
    assert_eq!(broken_rows(&closed_at(before_grace), until(own_end)), Vec::<String>::new());
    assert_eq!(broken_rows(&closed_at(before_grace), until(own_end - 1)).len(), 1, "a row of the other pipeline");
    assert_eq!(broken_rows(&closed_at(RULES.extract_end - 1), until(own_end)), Vec::<String>::new());
}

#[test]
fn a_revision_that_is_repeated_left_out_or_goes_back_is_found() {
    use RowResult::Provisional;
    for revisions in [[0, 0], [0, 2], [1, 2]] {
        let history = revisions.map(|revision| (revision, Provisional, 0));
        assert_eq!(faults(&history).len(), 1, "{revisions:?}");
    }
    assert_eq!(faults(&[(0, Provisional, 0), (1, Provisional, 0), (0, Provisional, 0)]).len(), 1);
}

#[test]
fn a_revision_that_repeats_or_returns_to_an_earlier_one_is_found() {
    use RowResult::{Final, Provisional};
    let history = |handled: &[(i64, RowResult)]| -> Vec<_> {
        let row = |(number, (handled, result)): (usize, &(i64, RowResult))| {
            let (key, row) = revised(number as i32, *result, 0);
            (key, QueueInterval { handled: *handled, ..row })
        };
        handled.iter().enumerate().map(row).collect()
    };
    let found = |handled: &[(i64, RowResult)]| needless_revisions("kpi.queue.pt30m", &history(handled), RULES, &[]);
    let (needless, counted) = found(&[(1, Provisional), (2, Provisional), (2, Final)]);
    assert_eq!((needless, counted.revisions(), counted.again()), (Vec::new(), 3, 1));
    assert_eq!(found(&[(1, Provisional), (2, Provisional), (1, Provisional)]).0.len(), 1, "it returns");
    assert_eq!(found(&[(1, Provisional), (1, Provisional)]).0.len(), 1, "it repeats");
}

#[test]
fn a_row_may_return_where_a_leg_was_taken_back_for_good_and_nowhere_else() {
    let history: Vec<_> = [1, 2, 1]
        .into_iter()
        .zip(0..)
        .map(|(handled, number)| {
            let (key, row) = revised(number, RowResult::Provisional, 0);
            (key, QueueInterval { handled, ..row })
        })
        .collect();
    let stood = |(start, end), queue: &str, media_type: &str| {
        let dimensions = [("user_id", "A1"), ("queue_id", queue), ("media_type", media_type)];
        Stood { start, end, dimensions: dimensions.map(|(name, value)| (name, Value::from(value))) }
    };
    let needless = |leg: Stood| needless_revisions("kpi.queue.pt30m", &history, RULES, &[leg]).0.len();
    assert_eq!(needless(stood((HALF_HOUR_MS - 1, HALF_HOUR_MS), "Q1", "VOICE")), 0);
    assert_eq!(needless(stood((HALF_HOUR_MS, HALF_HOUR_MS), "Q1", "VOICE")), 1, "of the next interval");
    assert_eq!(needless(stood((-2, -1), "Q1", "VOICE")), 1, "of the one before");
    assert_eq!(needless(stood((0, 1), "Q2", "VOICE")), 1, "of another queue");
    assert_eq!(needless(stood((0, 1), "Q1", "CHAT")), 1, "of another medium");

    let totals: Vec<_> = history
        .iter()
        .map(|(key, row)| (key.clone(), QueueInterval { media_type: MediaType::All, ..row.clone() }))
        .collect();
    let chat = stood((0, 1), "Q1", "CHAT");
    assert_eq!(needless_revisions("kpi.queue.pt30m", &totals, RULES, &[chat]).0.len(), 0, "a row of all media");

    let leg = || stood((0, 1), "Q1", "VOICE");
    assert_eq!(taken_back([(1, Some(leg())), (2, Some(leg())), (1, None)]), [leg()]);
    assert_eq!(taken_back([(1, Some(leg())), (1, None), (1, Some(leg()))]), [], "it stands in the end");
}

#[test]
fn a_result_that_goes_back_is_found() {
    use RowResult::{Corrected, Final, Provisional};
    let due = HALF_HOUR_MS + 1_000;
    for (before, after) in [(Final, Provisional), (Corrected, Final), (Corrected, Provisional)] {
        let found = faults(&[(0, before, due), (1, after, due)]);
        assert_eq!(found.len(), 1, "{found:?}");
    }
}

#[test]
fn a_row_that_closes_before_its_time_is_found() {
    let early = HALF_HOUR_MS + 999;
    assert_eq!(faults(&[(0, RowResult::Final, early)]).len(), 1);
    assert_eq!(faults(&[(0, RowResult::Provisional, early), (1, RowResult::Corrected, early)]).len(), 1);
    let (key, mut row) = revised(0, RowResult::Final, 0);
    row.source_watermark = None;
    assert_eq!(broken_rows(&[(key, row)], RULES).len(), 1);
    // What closes every row is `extract.end`, and not any watermark of a plan that goes on.
    let before_its_end = Rules { extract_end: early - 1, ..RULES };
    let (key, row) = revised(0, RowResult::Final, early);
    assert_eq!(broken_rows(&[(key, row)], before_its_end).len(), 1);
}

#[test]
fn a_count_or_sum_below_zero_is_found_and_a_zone_west_of_greenwich_is_not() {
    let (key, mut row) = revised(0, RowResult::Provisional, 0);
    row.utc_offset_s = -18_000;
    assert_eq!(broken_rows(&[(key.clone(), row.clone())], RULES), Vec::<String>::new());
    row.offered = -1;
    row.excluded_settling_handle_ms = -5;
    assert_eq!(broken_rows(&[(key, row)], RULES).len(), 2);
}

#[test]
fn a_leg_with_a_negative_length_or_an_older_version_is_found() {
    let key = |id: &str| LegKey {
        org_id: "acme".to_owned(),
        conversation_id: "c".to_owned(),
        participant_id: String::new(),
        session_id: id.to_owned(),
    };
    let leg = |version, wait_ms| LegSight { version, lengths_ms: [("wait_ms", wait_ms); 6] };
    let good = [(key("a"), leg(2, 0)), (key("b"), leg(1, 0)), (key("a"), leg(2, 1)), (key("a"), leg(3, 1))];
    assert_eq!(broken_legs(&good), Vec::<String>::new());
    assert_eq!(broken_legs(&[(key("a"), leg(2, 0)), (key("a"), leg(1, 0))]).len(), 1);
    assert_eq!(broken_legs(&[(key("a"), leg(2, -1))]).len(), 6);
}

#[test]
fn a_position_that_goes_back_is_found_in_its_own_task_only() {
    let of = |room: &str, partition| ProgressKey { room: room.to_owned(), partition };
    let at = |input_offset, watermarks_offset, source: InstantMs, passed: InstantMs| Progress {
        input_offset,
        watermarks_offset,
        source_partitions: vec![SourcePartitionProgress {
            org_id: "acme".to_owned(),
            source_partition: "interaction-details".to_owned(),
            watermark: source,
            plan_generation: 1,
            plan_size: 1,
            extract_start: 0,
            closed: false,
            held: Vec::new(),
        }],
        passed: vec![PassedWatermark {
            org_id: "acme".to_owned(),
            legs_partition: 0,
            watermark: passed,
            extract_start: 0,
            closed: false,
            held: Vec::new(),
        }],
        rules_version: String::new(),
        rules_text: String::new(),
        previous_rules_text: None,
        rules_changed_at: None,
        range_start: None,
        range_end: None,
        interactions_partitions: 1,
        contributions_partitions: 1,
        framing: String::new(),
        legs_floor_offset: 0,
        written_at: 0,
    };
    let good = [(of("legs", 0), at(5, 5, 5, 5)), (of("legs", 1), at(1, 1, 1, 1)), (of("intervals", 0), at(2, 2, 2, 2))];
    assert_eq!(broken_progress(&good), Vec::<String>::new());
    for after in [at(4, 5, 5, 5), at(5, 4, 5, 5), at(5, 5, 4, 5), at(5, 5, 5, 4)] {
        let found = broken_progress(&[good[0].clone(), (of("legs", 0), after)]);
        assert_eq!(found.len(), 1, "{found:?}");
    }
}
