//! Edge: scenarios of which interval a leg belongs to.

use chrono_tz::Tz;
use handletime::config::typed::RulesConfig;
use handletime::domain::interaction::{Interaction, PhaseKind};
use handletime::domain::media::MediaType;
use handletime::domain::time::DAY_MS;

use super::{DAY, PT30M, PT30M_OF_BASES};
use crate::support::samples::{Told, all_bases, at, defaults, flat_row, hashed, with};
use crate::support::stage::Stage;

fn across_midnight() -> Interaction {
    with(flat_row("m", "2024-01-15T23:55:00Z", "2024-01-16T00:05:00Z"), |leg| {
        leg.wait_ms = Some(30_000);
        leg.talk_ms = Some(360_000);
        leg.wrap_ms = Some(210_000);
    })
}

/// Scenario 9.
#[test]
fn a_leg_across_midnight_is_counted_once_however_many_windows_deliver_it() {
    let mut driver = Stage::new(all_bases(), DAY);
    driver.deliver(&[across_midnight()]);
    // The window that begins at midnight delivers it again, as it stands then.
    let mut again = across_midnight();
    again.version += 60_000;
    driver.deliver(&[again]);
    driver.check();
    let figures = |basis: usize, start: &str| {
        let row = driver.queue(PT30M_OF_BASES[basis], "Q1", start);
        row.map(|row| (row.handled, row.handle_ms_sum, row.talk_ms_sum, row.wrap_ms_sum))
    };
    let (before, after) = ("2024-01-15T23:30:00Z", "2024-01-16T00:00:00Z");
    assert_eq!((figures(0, before), figures(0, after)), (Some((1, 570_000, 360_000, 210_000)), None));
    // R-24 leaves the arrival and the answer where they were.
    assert_eq!(figures(1, before), Some((0, 0, 0, 0)));
    assert_eq!(figures(1, after), Some((1, 570_000, 360_000, 210_000)));
    assert_eq!(figures(2, before), Some((1, 270_000, 270_000, 0)));
    assert_eq!(figures(2, after), Some((0, 300_000, 90_000, 210_000)));
    let day = |start: &str| driver.queue("kpi.queue.p1d", "Q1", start).map(|row| (row.handled, row.handle_ms_sum));
    assert_eq!((day("2024-01-15T00:00:00Z"), day(after)), (Some((1, 570_000)), None));
}

/// Scenario 9.
#[test]
fn a_leg_across_midnight_lies_in_the_local_day_of_another_zone_under_every_basis() {
    let rules = RulesConfig { zone: Tz::America__New_York, ..all_bases() };
    let mut driver = Stage::new(rules, DAY);
    driver.deliver(&[across_midnight()]);
    for topic in ["kpi.queue.p1d", "kpi.queue.p1d.completion", "kpi.queue.p1d.apportioned"] {
        assert_eq!(driver.queues(topic).len(), 1, "{topic}");
        let row = driver.queue(topic, "Q1", "2024-01-15T05:00:00Z").unwrap();
        assert_eq!((row.handled, row.handle_ms_sum), (1, 570_000), "{topic}");
        assert_eq!(row.local_start, "2024-01-15T00:00:00-05:00", "{topic}");
    }
}

/// Scenario 24.
#[test]
fn intervals_are_half_open_and_overlapping_windows_count_once() {
    let call = |start: &str| with(flat_row(start, start, "2024-01-15T11:10:00Z"), |leg| leg.talk_ms = Some(60_000));
    let starts = [
        "2024-01-15T10:29:59.999Z",
        "2024-01-15T10:30:00.000Z",
        "2024-01-15T10:59:59.999Z",
        "2024-01-15T11:00:00.000Z",
    ];
    let mut driver = Stage::new(defaults(), DAY);
    // Windows [10:00, 10:30] and [10:30, 11:00] that both return what starts at 10:30.
    driver.deliver(&[call(starts[0]), call(starts[1])]);
    driver.deliver(&[call(starts[1]), call(starts[2]), call(starts[3])]);
    let handled = |start: &str| driver.queue(PT30M, "Q1", start).map(|row| row.handled);
    assert_eq!(handled("2024-01-15T10:00:00Z"), Some(1));
    assert_eq!(handled("2024-01-15T10:30:00Z"), Some(2));
    assert_eq!(handled("2024-01-15T11:00:00Z"), Some(1));
    assert_eq!(driver.queues(PT30M).len(), 3);
}

/// Scenario 8. The handle time of a conversation is what the agent did; R-25 leaves active and elapsed time at the start.
#[test]
fn messaging_over_two_days_settles_and_leaves_parked_time_out() {
    let mut told = Told::new("m")
        .on("2024-05-06")
        .media(MediaType::Message)
        .talks("Q1", "A3", "15:00:00", "15:04:00")
        .does("Q1", "A3", PhaseKind::Parked, "15:04:00", "2024-05-07T10:00:00")
        .talks("Q1", "A3", "2024-05-07T10:00:00", "2024-05-07T10:06:00")
        .wraps("Q1", "A3", "2024-05-07T10:06:00", "2024-05-07T10:07:00")
        .read();
    told.version = at("2024-05-07T12:00:00Z");
    let end = at("2024-05-07T10:07:00Z");
    let mut stage = Stage::new(all_bases(), "2024-05-06T00:00:00Z");
    stage.deliver(&[hashed(told)]);
    stage.watermark(end + DAY_MS);
    let (first, last) = ("2024-05-06T15:00:00Z", "2024-05-07T10:00:00Z");
    let row = |stage: &Stage, basis: usize, start: &str| {
        let row = stage.queue_media(PT30M_OF_BASES[basis], "Q1", MediaType::Message, start);
        row.map(|row| (row.handled, row.handle_ms_sum, row.active_agent_ms_sum, row.elapsed_agent_ms_sum))
    };
    assert_eq!(row(&stage, 0, first), Some((0, 0, Some(0), Some(0))), "it settles");
    let leg = stage.legs("m").remove(0);
    assert_eq!((leg.kept, leg.drop_reason), (false, Some(handletime::domain::exclusion::DropReason::Settling)));
    assert_eq!((leg.active_agent_ms, leg.elapsed_agent_ms), (Some(660_000), Some(68_820_000)), "published meanwhile");
    stage.check();
    stage.watermark(end + DAY_MS + 1);
    stage.check();
    assert_eq!(row(&stage, 0, first), Some((1, 660_000, Some(660_000), Some(68_820_000))));
    assert_eq!(row(&stage, 1, last), Some((1, 660_000, Some(660_000), Some(68_820_000))));
    assert_eq!(row(&stage, 2, first).map(|row| row.1), Some(240_000));
    assert_eq!(row(&stage, 2, last).map(|row| row.1), Some(420_000));
}

/// Scenario 20.
#[test]
fn an_agents_half_hours_add_up_to_the_same_under_every_basis() {
    let row = |id: &str, start: &str, end: &str, parts: [i64; 3]| {
        with(flat_row(id, start, end), |leg| {
            leg.user_id = Some("A5".to_owned());
            [leg.talk_ms, leg.hold_ms, leg.wrap_ms] = parts.map(Some);
        })
    };
    let rows = [
        row("U1", "2024-01-15T10:05:00Z", "2024-01-15T10:15:00Z", [420_000, 60_000, 120_000]),
        row("U2", "2024-01-15T10:25:00Z", "2024-01-15T10:40:00Z", [600_000, 0, 300_000]),
        with(flat_row("U3", "2024-01-15T10:30:00.000Z", "2024-01-15T10:35:00Z"), |leg| {
            (leg.media_type, leg.agent_ms) = (MediaType::Chat, Some(300_000));
            leg.user_id = Some("A5".to_owned());
        }),
    ];
    let stage = Stage::of(all_bases(), DAY, &rows);
    let total = |basis: &str, start: &str| {
        let topic = format!("kpi.agent-total.pt30m{basis}");
        let row = stage.agent(&topic, "A5", MediaType::All, start).unwrap();
        assert_eq!(row.busy_union_ms, Some(if start.contains("10:00") { 900_000 } else { 600_000 }), "{topic}");
        (row.handled, row.thandle_ms, row.tacw_ms, row.thold_ms, row.sum_utilisation)
    };
    let (ten, half) = ("2024-01-15T10:00:00Z", "2024-01-15T10:30:00Z");
    assert_eq!(total("", ten), (2, 1_500_000, 420_000, 60_000, Some(1_500_000.0 / 1_800_000.0)));
    assert_eq!(total("", half), (1, 300_000, 0, 0, Some(300_000.0 / 1_800_000.0)));
    assert_eq!(total(".completion", ten), (1, 600_000, 120_000, 60_000, Some(600_000.0 / 1_800_000.0)));
    assert_eq!(total(".completion", half), (2, 1_200_000, 300_000, 0, Some(1_200_000.0 / 1_800_000.0)));
    let apportioned = [total(".apportioned", ten), total(".apportioned", half)];
    assert_eq!(apportioned.map(|row| (row.1, row.4)), [(900_000, Some(0.5)); 2]);
    let busy = stage.agent("kpi.agent-total.pt30m", "A5", MediaType::All, half).unwrap();
    assert_eq!(busy.busy_utilisation, Some(1.0 / 3.0));
    assert_eq!((busy.occupancy, busy.on_queue_ms), (None, None), "R-5");
    let voice = stage.agent("kpi.agent.pt30m", "A5", MediaType::Voice, ten).unwrap();
    assert_eq!((voice.thandle_ms, voice.busy_union_ms), (1_500_000, None), "R-5: only the total row has the union");
}

/// Scenario 26.
#[test]
fn the_official_table_is_reproduced_under_completion_and_clipping() {
    let call = |id: &str, start: &str, end: &str| {
        with(flat_row(id, start, end), |leg| leg.talk_ms = Some(at(end) - at(start)))
    };
    let calls = [
        call("1", "2024-01-15T09:35:00Z", "2024-01-15T10:05:00Z"),
        call("2", "2024-01-15T09:16:00Z", "2024-01-15T09:32:00Z"),
    ];
    let stage = Stage::of(all_bases(), DAY, &calls);
    let handle = |basis: usize| {
        ["09:00", "09:30", "10:00"].map(|start| {
            let row = stage.queue(PT30M_OF_BASES[basis], "Q1", &format!("2024-01-15T{start}:00Z"));
            row.map_or(0, |row| row.handle_ms_sum)
        })
    };
    assert_eq!(handle(0), [960_000, 1_800_000, 0]);
    assert_eq!(handle(1), [0, 960_000, 1_800_000]);
    assert_eq!(handle(2), [840_000, 1_620_000, 300_000]);
}
