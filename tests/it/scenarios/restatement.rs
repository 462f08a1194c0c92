//! Edge: scenarios of readings that come again, late or changed.

use handletime::domain::interaction::{Interaction, InteractionStatus};
use handletime::domain::row::{QueueInterval, QueueIntervalKey};
use handletime::domain::time::{DAY_MS, HOUR_MS};
use handletime::embedded::ByHand;

use super::{DAY, PT30M, PT30M_OF_BASES};
use crate::support::samples::{all_bases, at, defaults, flat_row, with};
use crate::support::stage::Stage;

const ELEVEN: &str = "2024-01-15T11:00:00Z";

fn without_wrapup() -> Interaction {
    let mut row = with(flat_row("X", ELEVEN, "2024-01-15T11:03:30Z"), |leg| {
        leg.wait_ms = Some(30_000);
        leg.talk_ms = Some(180_000);
    });
    row.version = row.start + HOUR_MS;
    row
}

fn with_wrapup() -> Interaction {
    let mut row = with(flat_row("X", ELEVEN, "2024-01-15T11:05:00Z"), |leg| {
        leg.wait_ms = Some(30_000);
        leg.talk_ms = Some(180_000);
        leg.wrap_ms = Some(90_000);
        leg.wrapup_code_name = Some("Issue Resolved".to_owned());
    });
    row.version = row.start + 2 * DAY_MS;
    row
}

/// Scenario 12.
#[test]
fn a_duplicate_changes_nothing_and_a_late_wrapup_restates_the_row() {
    let mut driver = Stage::new(defaults(), DAY);
    let mut deliver = |row: &Interaction| {
        driver.deliver(std::slice::from_ref(row));
        let row = driver.queue(PT30M, "Q1", ELEVEN).unwrap();
        let published = driver.all.all::<QueueIntervalKey, QueueInterval>(PT30M).unwrap().len();
        (row, published)
    };
    let (first, published) = deliver(&without_wrapup());
    assert_eq!((first.handled, first.handle_ms_sum, first.wrap_ratio), (1, 180_000, Some(0.0)));
    assert_eq!((first.fcr_numerator, first.fcr_denominator, first.revision, published), (0, 1, 0, 1));

    let (second, published) = deliver(&without_wrapup());
    assert_eq!((second, published), (first, 1), "nothing is published for a duplicate");

    let (third, published) = deliver(&with_wrapup());
    assert_eq!((third.handled, third.handle_ms_sum, third.wrap_ratio), (1, 270_000, Some(90.0 / 270.0)));
    assert_eq!((third.fcr_numerator, third.fcr_denominator, third.revision, published), (1, 1, 1, 2));

    let (replayed, published) = deliver(&without_wrapup());
    assert_eq!((replayed, published), (third, 2), "an older version is ignored");
}

#[test]
fn what_a_correction_moves_away_leaves_an_all_zero_row() {
    let mut driver = Stage::new(all_bases(), DAY);
    driver.deliver(&[with_wrapup()]);
    let mut moved = with(with_wrapup(), |leg| leg.queue_id = Some("Q2".to_owned()));
    moved.version += 1;
    driver.deliver(&[moved]);
    for topic in PT30M_OF_BASES {
        let row = driver.queue(topic, "Q1", ELEVEN).unwrap();
        let figures = [row.offered, row.answered, row.handled, row.wait_ms_sum, row.talk_ms_sum, row.handle_ms_sum];
        assert_eq!(figures, [0; 6], "{topic}");
        assert_eq!((row.wait_ms_max, row.aht_ms, row.asa_ms, row.p90_handle_ms), (0, None, None, None), "{topic}");
        assert_eq!((row.service_level, row.fcr_rate, row.weht_ms, row.wrap_ratio), (None, None, None, None), "{topic}");
        assert_eq!(row.handle_sketch, Some(vec![1]), "{topic}");
        assert_eq!(row.revision, 1, "{topic}");
        assert_eq!(driver.queue(topic, "Q2", ELEVEN).unwrap().handle_ms_sum, 270_000, "{topic}");
    }
}

#[test]
fn an_open_interaction_is_incomplete_until_a_reading_says_that_it_is_over() {
    let mut driver = Stage::new(defaults(), DAY);
    let mut open = with(without_wrapup(), |leg| leg.end = None);
    (open.status, open.end) = (InteractionStatus::Open, None);
    open.content_hash = open.computed_hash();
    driver.deliver(&[open]);
    let row = driver.queue(PT30M, "Q1", ELEVEN).unwrap();
    assert_eq!((row.handled, row.excluded_incomplete, row.excluded_incomplete_handle_ms), (0, 1, 180_000));
    driver.deliver(&[with_wrapup()]);
    let row = driver.queue(PT30M, "Q1", ELEVEN).unwrap();
    assert_eq!((row.handled, row.excluded_incomplete, row.excluded_incomplete_handle_ms), (1, 0, 0));
}

#[test]
fn the_name_of_a_queue_does_not_depend_on_how_readings_fall_into_transactions() {
    let named = |id: &str, version: i64, agent: &str, name: &str| {
        let mut row = with(flat_row(id, ELEVEN, "2024-01-15T11:05:00Z"), |leg| {
            leg.talk_ms = Some(180_000);
            leg.user_id = Some(agent.to_owned());
            leg.queue_name = Some(name.to_owned());
        });
        row.version = version;
        row
    };
    let readings = [
        named("a", 10, "A1", "Sales"),
        named("b", 20, "A1", "Sales Europe"),
        // Confirmed, and corrected in what no figure of the row shows: neither says anything of the queue.
        named("a", 40, "A1", "Sales"),
        named("a", 50, "A2", "Sales"),
        named("c", 30, "A1", "Sales North"),
    ];
    let outcome = |records_max: usize| {
        let mut stage = Stage::new(defaults(), DAY);
        stage.all = ByHand::new(defaults(), (1, 1), at(DAY)).unwrap();
        stage.all.publish(&readings).unwrap();
        stage.all.run(records_max).unwrap();
        let row = stage.queue(PT30M, "Q1", ELEVEN).unwrap();
        (row.handled, row.queue_name, row.attributes_version)
    };
    assert_eq!(outcome(1), (3, Some("Sales North".to_owned()), 30));
    assert_eq!([outcome(2), outcome(3), outcome(4), outcome(5)], [(); 4].map(|()| outcome(1)));
}
