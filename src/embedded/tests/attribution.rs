//! Scenarios of which interval a leg belongs to. Edge: over the in-process log.

use chrono_tz::Tz;

use crate::config::typed::RulesConfig;
use crate::embedded::driver::Driver;
use crate::timeline::tests::{default_rules_config, flat_row, with};

fn across_midnight() -> crate::domain::interaction::Interaction {
    with(flat_row("m", "2024-01-15T23:55:00Z", "2024-01-16T00:05:00Z"), |leg| {
        leg.wait_ms = Some(30_000);
        leg.talk_ms = Some(360_000);
        leg.wrap_ms = Some(210_000);
    })
}

#[test]
fn a_leg_across_midnight_is_counted_once_however_many_windows_deliver_it() {
    let mut driver = Driver::new(super::all_bases(), (2, 3), "2024-01-15T00:00:00Z");
    driver.publish(&[across_midnight()]);
    driver.run();
    // The window that begins at midnight delivers it again, as it stands then.
    let mut again = across_midnight();
    again.version += 60_000;
    driver.publish(&[again]);
    driver.run();
    let figures = |basis: usize, start: &str| {
        let row = driver.row(super::PT30M_OF_BASES[basis], "Q1", start);
        row.map(|row| (row.handled, row.handle_ms_sum, row.talk_ms_sum, row.wrap_ms_sum))
    };
    let (before, after) = ("2024-01-15T23:30:00Z", "2024-01-16T00:00:00Z");
    assert_eq!((figures(0, before), figures(0, after)), (Some((1, 570_000, 360_000, 210_000)), None));
    // R-24 leaves the arrival and the answer where they were.
    assert_eq!(figures(1, before), Some((0, 0, 0, 0)));
    assert_eq!(figures(1, after), Some((1, 570_000, 360_000, 210_000)));
    assert_eq!(figures(2, before), Some((1, 270_000, 270_000, 0)));
    assert_eq!(figures(2, after), Some((0, 300_000, 90_000, 210_000)));
    let day = |start: &str| driver.row("kpi.queue.p1d", "Q1", start).map(|row| (row.handled, row.handle_ms_sum));
    assert_eq!((day("2024-01-15T00:00:00Z"), day(after)), (Some((1, 570_000)), None));
}

#[test]
fn a_leg_across_midnight_lies_in_the_local_day_of_another_zone_under_every_basis() {
    let rules = RulesConfig { zone: Tz::America__New_York, ..super::all_bases() };
    let mut driver = Driver::new(rules, (1, 1), "2024-01-15T00:00:00Z");
    driver.publish(&[across_midnight()]);
    driver.run();
    for topic in ["kpi.queue.p1d", "kpi.queue.p1d.completion", "kpi.queue.p1d.apportioned"] {
        let rows = driver.rows(topic);
        assert_eq!(rows.len(), 1, "{topic}");
        let row = driver.row(topic, "Q1", "2024-01-15T05:00:00Z").unwrap();
        assert_eq!((row.handled, row.handle_ms_sum), (1, 570_000), "{topic}");
        assert_eq!(row.local_start, "2024-01-15T00:00:00-05:00", "{topic}");
    }
}

#[test]
fn intervals_are_half_open_and_overlapping_windows_count_once() {
    let call = |start: &str| with(flat_row(start, start, "2024-01-15T11:10:00Z"), |leg| leg.talk_ms = Some(60_000));
    let starts = [
        "2024-01-15T10:29:59.999Z",
        "2024-01-15T10:30:00.000Z",
        "2024-01-15T10:59:59.999Z",
        "2024-01-15T11:00:00.000Z",
    ];
    let mut driver = Driver::new(default_rules_config(), (3, 1), "2024-01-15T00:00:00Z");
    // Windows [10:00, 10:30] and [10:30, 11:00] that both return what starts at 10:30.
    driver.publish(&[call(starts[0]), call(starts[1])]);
    driver.publish(&[call(starts[1]), call(starts[2]), call(starts[3])]);
    driver.run();
    let handled = |start: &str| driver.row("kpi.queue.pt30m", "Q1", start).map(|row| row.handled);
    assert_eq!(handled("2024-01-15T10:00:00Z"), Some(1));
    assert_eq!(handled("2024-01-15T10:30:00Z"), Some(2));
    assert_eq!(handled("2024-01-15T11:00:00Z"), Some(1));
    assert_eq!(driver.rows("kpi.queue.pt30m").len(), 3);
}
