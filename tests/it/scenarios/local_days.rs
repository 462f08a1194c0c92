//! Edge: scenarios of clocks that change: the key is UTC, days are local.

use chrono_tz::Tz;
use handletime::config::typed::RulesConfig;
use handletime::domain::interaction::Interaction;
use handletime::domain::media::MediaType;
use handletime::domain::row::QueueInterval;
use handletime::domain::time::HOUR_MS;

use super::PT30M;
use crate::support::samples::{all_bases, at, flat_row, with};
use crate::support::stage::Stage;

fn in_zone(zone: Tz) -> RulesConfig {
    RulesConfig { zone, dense: true, ..all_bases() }
}

/// A call of so much talk.
fn call(id: &str, start: &str, talk_ms: i64) -> Interaction {
    let mut call = with(flat_row(id, start, start), |leg| {
        leg.talk_ms = Some(talk_ms);
        leg.end = Some(at(start) + talk_ms);
    });
    call.end = call.legs[0].end;
    crate::support::samples::hashed(call)
}

/// The half hours of the queue's day, by start.
fn half_hours(stage: &Stage) -> Vec<QueueInterval> {
    let mut rows = stage.queues(PT30M);
    rows.sort_by_key(|row| row.interval_start);
    rows
}

fn day(stage: &Stage, start: &str) -> QueueInterval {
    stage.queue("kpi.queue.p1d", "Q1", start).unwrap()
}

/// Scenario 10.
#[test]
fn the_repeated_hour_has_rows_of_its_own_and_the_day_fifty() {
    let calls = [
        call("A", "2024-11-03T05:40:00Z", 300_000),
        call("B", "2024-11-03T06:10:00Z", 200_000),
        call("C", "2024-11-03T06:40:00Z", 400_000),
    ];
    let stage = Stage::of(in_zone(Tz::America__New_York), "2024-11-02T00:00:00Z", &calls);
    let rows = half_hours(&stage);
    let of = |start: &str| {
        let row = stage.queue(PT30M, "Q1", start).unwrap();
        (row.local_start, row.fold, row.handled, row.handle_ms_sum)
    };
    assert_eq!(of("2024-11-03T05:30:00Z"), ("2024-11-03T01:30:00-04:00".to_owned(), 0, 1, 300_000));
    assert_eq!(of("2024-11-03T06:00:00Z"), ("2024-11-03T01:00:00-05:00".to_owned(), 1, 1, 200_000));
    assert_eq!(of("2024-11-03T06:30:00Z"), ("2024-11-03T01:30:00-05:00".to_owned(), 1, 1, 400_000));
    assert_eq!(rows.len(), 50);
    assert_eq!(
        (rows[0].interval_start, rows[49].interval_end),
        (at("2024-11-03T04:00:00Z"), at("2024-11-04T05:00:00Z"))
    );
    let day = day(&stage, "2024-11-03T04:00:00Z");
    assert_eq!((day.handled, day.aht_ms, day.interval_end), (3, Some(300_000.0), at("2024-11-04T05:00:00Z")));
    assert_eq!(day.interval_length_s, 86_400, "R-3: nominal");
}

/// Scenario 11.
#[test]
fn the_skipped_hour_has_no_row_and_lengths_are_measured_in_utc() {
    let told = with(flat_row("x", "2024-03-10T06:50:00Z", "2024-03-10T07:11:00Z"), |leg| {
        (leg.wait_ms, leg.talk_ms, leg.wrap_ms) = (Some(0), Some(1_200_000), Some(60_000));
    });
    let stage = Stage::of(in_zone(Tz::America__New_York), "2024-03-09T00:00:00Z", &[told]);
    let row = stage.queue(PT30M, "Q1", "2024-03-10T06:30:00Z").unwrap();
    assert_eq!((row.handle_ms_sum, row.local_start.as_str()), (1_260_000, "2024-03-10T01:30:00-05:00"));
    let clipped = |start: &str| stage.queue("kpi.queue.pt30m.apportioned", "Q1", start).unwrap().handle_ms_sum;
    assert_eq!([clipped("2024-03-10T06:30:00Z"), clipped("2024-03-10T07:00:00Z")], [600_000, 660_000]);
    let rows = half_hours(&stage);
    assert_eq!(rows.len(), 46);
    assert!(rows.iter().all(|row| !row.local_start.contains("T02:")), "there is no such local time");
    let day = day(&stage, "2024-03-10T05:00:00Z");
    assert_eq!((day.handle_ms_sum, day.interval_end), (1_260_000, at("2024-03-11T04:00:00Z")));
}

/// Section 1.4 with: a zone of 45 minutes keeps half hours of UTC, and a leg is in its local day directly.
#[test]
fn a_day_of_kathmandu_begins_at_a_quarter_past_an_hour_of_utc() {
    let calls = [call("before", "2024-01-15T18:14:59.999Z", 60_000), call("after", "2024-01-15T18:15:00Z", 60_000)];
    let stage = Stage::of(in_zone(Tz::Asia__Kathmandu), "2024-01-14T00:00:00Z", &calls);
    assert_eq!(day(&stage, "2024-01-14T18:15:00Z").handled, 1);
    let next = day(&stage, "2024-01-15T18:15:00Z");
    assert_eq!((next.handled, next.local_start.as_str()), (1, "2024-01-16T00:00:00+05:45"));
    assert_eq!(next.interval_end - next.interval_start, 24 * HOUR_MS);
    assert_eq!(stage.queue(PT30M, "Q1", "2024-01-15T18:00:00Z").unwrap().handled, 2, "one half hour of UTC");
}

/// Section 1.4: clocks that go back by half an hour.
#[test]
fn a_day_of_lord_howe_has_24_and_a_half_hours() {
    // 2024-04-07T01:59:59+11:00 is followed by 01:30:00+10:30.
    let calls = [call("A", "2024-04-06T14:40:00Z", 300_000), call("B", "2024-04-06T15:10:00Z", 200_000)];
    let stage = Stage::of(in_zone(Tz::Australia__Lord_Howe), "2024-04-05T00:00:00Z", &calls);
    let of = |start: &str| {
        let row = stage.queue(PT30M, "Q1", start).unwrap();
        (row.local_start, row.fold, row.handled)
    };
    assert_eq!(of("2024-04-06T14:30:00Z"), ("2024-04-07T01:30:00+11:00".to_owned(), 0, 1));
    assert_eq!(of("2024-04-06T15:00:00Z"), ("2024-04-07T01:30:00+10:30".to_owned(), 1, 1));
    assert_eq!(half_hours(&stage).len(), 49);
    let day = day(&stage, "2024-04-06T13:00:00Z");
    assert_eq!((day.handled, day.interval_end - day.interval_start), (2, 49 * HOUR_MS / 2));
    let agent = stage.agent("kpi.agent-total.p1d", "A1", MediaType::All, "2024-04-06T13:00:00Z").unwrap();
    assert_eq!(agent.interval_ms, 49 * HOUR_MS / 2, "R-35: the divisor is the true length");
    assert_eq!(agent.sum_utilisation, Some(500_000.0 / (49.0 * 1_800_000.0)));
}

/// the day on which Sao Paulo had no midnight.
#[test]
fn a_day_without_a_midnight_begins_at_its_first_instant() {
    let calls = [call("before", "2018-11-04T02:59:59.999Z", 60_000), call("after", "2018-11-04T03:00:00Z", 60_000)];
    let stage = Stage::of(in_zone(Tz::America__Sao_Paulo), "2018-11-02T00:00:00Z", &calls);
    assert_eq!(day(&stage, "2018-11-03T03:00:00Z").handled, 1);
    let short = day(&stage, "2018-11-04T03:00:00Z");
    assert_eq!((short.handled, short.local_start.as_str()), (1, "2018-11-04T01:00:00-02:00"));
    assert_eq!(short.interval_end - short.interval_start, 23 * HOUR_MS);
    let of_day = |row: &&QueueInterval| at("2018-11-04T03:00:00Z") <= row.interval_start;
    assert_eq!(half_hours(&stage).iter().filter(of_day).count(), 46);
}

/// Scenario 25, R-33.
#[test]
fn dense_mode_fills_the_day_with_rows_of_zeros() {
    let stage = Stage::of(in_zone(Tz::UTC), "2024-01-15T00:00:00Z", &[call("x", "2024-01-15T09:10:00Z", 60_000)]);
    let rows = half_hours(&stage);
    assert_eq!(rows.len(), 48);
    let silent = rows.iter().filter(|row| row.handled == 0 && row.offered == 0 && row.handle_ms_sum == 0);
    assert_eq!(silent.clone().count(), 47);
    assert!(silent.clone().all(|row| row.aht_ms.is_none() && row.service_level.is_none() && row.fcr_rate.is_none()));
    assert!(silent.clone().all(|row| row.asa_ms.is_none() && row.wrap_ratio.is_none() && row.p90_handle_ms.is_none()));
    let keys = RulesConfig { dense_keys: vec![("Q5".to_owned(), MediaType::Voice)], ..in_zone(Tz::UTC) };
    let mut stage = Stage::new(keys, "2024-01-15T00:00:00Z");
    stage.deliver(&[call("x", "2024-01-15T09:10:00Z", 60_000)]);
    stage.watermark(at("2024-01-16T00:00:00Z"));
    stage.check();
    let of_key = |row: &&QueueInterval| row.queue_id == "Q5" && row.local_start.starts_with("2024-01-15");
    assert_eq!(half_hours(&stage).iter().filter(of_key).count(), 48, "a queue of kpi.dense.keys without a contact");
}
