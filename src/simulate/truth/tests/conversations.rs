//! Conversations under the three bases: positions, metrics that differ from them, digital legs, visits. Pure.

use serde_json::json;

use super::super::conversation::Stretch::{
    Alert, Contacting, CustomerHold, Dialing, Parked, SystemHold, Talk, Wait, Wrap,
};
use super::super::conversation::TrueLeg;
use super::rows::{at, check, topic};
use super::talks::{by_time, conversation, leg, times, told, unanswered};

#[test]
fn system_hold_is_no_handle_time() {
    // METRICS scenario 1.
    let call = leg(
        "Q1",
        "A1",
        &[
            (Wait, "10:02:00", "10:02:30"),
            (Talk, "10:02:30", "10:05:30"),
            (CustomerHold, "10:05:30", "10:06:10"),
            (Talk, "10:06:10", "10:07:10"),
            (SystemHold, "10:07:10", "10:07:40"),
            (Talk, "10:07:40", "10:08:00"),
            (Wrap, "10:08:00", "10:08:50"),
        ],
    );
    let rows = told(&topic("kpi.queue.pt30m"), &[conversation("C1", vec![call.clone()])]);
    let expected = [
        ("wait_ms_sum", json!(30_000)),
        ("talk_ms_sum", json!(260_000)),
        ("customer_hold_ms_sum", json!(40_000)),
        ("system_hold_ms_sum", json!(30_000)),
        ("wrap_ms_sum", json!(50_000)),
        ("handle_ms_sum", json!(350_000)),
        ("genesys_handle_ms_sum", json!(380_000)),
        ("wrap_ratio", json!(0.142_857)),
        ("service_level_within", json!(0)),
    ];
    check(&rows[0], &expected);
    // The queue's own target decides; the platform's own handle time is its own.
    let told_more = TrueLeg { service_level_target_ms: Some(30_000), reported_handle_ms: Some(351_000), ..call };
    let rows = told(&topic("kpi.queue.pt30m"), &[conversation("C1", vec![told_more])]);
    check(&rows[0], &[("service_level_within", json!(1)), ("service_level_target_ms", json!(30_000))]);
    check(&rows[0], &[("genesys_handle_ms_sum", json!(351_000)), ("handle_ms_sum", json!(350_000))]);
}

#[test]
fn dialing_and_contacting_are_the_platforms_handle_time_and_not_ours() {
    // METRICS scenario 19, row b.
    let outbound = leg(
        "",
        "A1",
        &[
            (Contacting, "10:00:00", "10:00:04"),
            (Dialing, "10:00:04", "10:00:10"),
            (Talk, "10:00:10", "10:01:50"),
            (Wrap, "10:01:50", "10:02:10"),
        ],
    );
    let rows = told(&topic("kpi.queue.pt30m"), &[conversation("C1", vec![outbound])]);
    let expected = [
        ("queue_id", json!("")),
        ("queue_name", json!(null)),
        ("handle_ms_sum", json!(120_000)),
        ("genesys_handle_ms_sum", json!(130_000)),
        ("offered", json!(0)),
    ];
    check(&rows[0], &expected);
}

#[test]
fn the_vendors_table_comes_out_of_conversations_too() {
    // METRICS scenario 26.
    let first = leg("Q1", "A1", &[(Talk, "09:35:00", "10:05:00")]);
    let second = leg("Q1", "A2", &[(Talk, "09:16:00", "09:32:00")]);
    let calls = [conversation("C1", vec![first]), conversation("C2", vec![second])];
    let handles = |name: &str| by_time(&told(&topic(name), &calls), "handle_ms_sum");
    assert_eq!(handles("kpi.org.pt30m.completion"), times(&[("09:00", 0), ("09:30", 960_000), ("10:00", 1_800_000)]));
    let apportioned = handles("kpi.org.pt30m.apportioned");
    assert_eq!(apportioned, times(&[("09:00", 840_000), ("09:30", 1_620_000), ("10:00", 300_000)]));
    assert_eq!(handles("kpi.org.pt30m"), times(&[("09:00", 960_000), ("09:30", 1_800_000)]));
}

#[test]
fn a_spring_night_has_its_true_length() {
    // METRICS scenario 11.
    let talk = (Talk, "2024-03-10T06:50:00Z", "2024-03-10T07:10:00Z");
    let call = leg("Q1", "A1", &[talk, (Wrap, "2024-03-10T07:10:00Z", "2024-03-10T07:11:00Z")]);
    let mut settings = topic("kpi.queue.pt30m.apportioned");
    settings.set("kpi.zone", "America/New_York").unwrap();
    let rows = told(&settings, &[conversation("C1", vec![call])]);
    assert_eq!(by_time(&rows, "handle_ms_sum"), times(&[("01:30", 600_000), ("03:00", 660_000)]));
}

#[test]
fn what_has_no_position_lies_at_the_end_and_what_has_too_much_loses_it_there() {
    // Talk over ten o'clock, ten minutes on each side, wrap-up into the half hour after.
    let call = |talk_ms, wrap_ms| {
        let drawn = leg("Q1", "A1", &[(Talk, "09:50:00", "10:10:00"), (Wrap, "10:10:00", "10:31:00")]);
        vec![conversation("C1", vec![TrueLeg { talk_ms, wrap_ms, ..drawn }])]
    };
    let parts = |talk_ms, wrap_ms, field: &str| {
        by_time(&told(&topic("kpi.queue.pt30m.apportioned"), &call(talk_ms, wrap_ms)), field)
    };
    let same = parts(1_200_000, 1_260_000, "talk_ms_sum");
    assert_eq!(same, times(&[("09:30", 600_000), ("10:00", 600_000), ("10:30", 0)]));
    let longer = parts(1_300_000, 1_260_000, "talk_ms_sum");
    assert_eq!(longer, times(&[("09:30", 600_000), ("10:00", 600_000), ("10:30", 100_000)]));
    let shorter = parts(500_000, 1_230_000, "talk_ms_sum");
    assert_eq!(shorter, times(&[("09:30", 500_000), ("10:00", 0), ("10:30", 0)]));
    let wraps = parts(500_000, 1_230_000, "wrap_ms_sum");
    assert_eq!(wraps, times(&[("09:30", 0), ("10:00", 1_200_000), ("10:30", 30_000)]));
    // The parts of an interval make up its handle time, and the totals are those of the other bases.
    let handles = parts(500_000, 1_230_000, "handle_ms_sum");
    assert_eq!(handles, times(&[("09:30", 500_000), ("10:00", 1_200_000), ("10:30", 30_000)]));
    let start = told(&topic("kpi.queue.pt30m"), &call(500_000, 1_230_000));
    assert_eq!(by_time(&start, "handle_ms_sum"), times(&[("09:30", 1_730_000)]));
}

/// METRICS scenario 8.
fn two_days() -> TrueLeg {
    let message = leg(
        "Q1",
        "A3",
        &[
            (Talk, "2024-05-06T15:00:00Z", "2024-05-06T15:04:00Z"),
            (Parked, "2024-05-06T15:04:00Z", "2024-05-07T10:00:00Z"),
            (Talk, "2024-05-07T10:00:00Z", "2024-05-07T10:06:00Z"),
            (Wrap, "2024-05-07T10:06:00Z", "2024-05-07T10:07:00Z"),
        ],
    );
    TrueLeg { media: "message", ..message }
}

#[test]
fn a_message_over_two_days_settles_and_counts_without_the_time_set_aside() {
    let conversations = [conversation("C8", vec![two_days()])];
    let at_noon = |watermark: &str| {
        let mut settings = topic("kpi.queue.pt30m");
        settings.set("watermark", watermark).unwrap();
        told(&settings, &conversations)
    };
    for watermark in ["2024-05-07T12:00:00Z", "2024-05-08T10:07:00.000Z"] {
        check(&at_noon(watermark)[0], &[("excluded_settling", json!(1)), ("handled", json!(0))]);
    }
    let expected = [
        ("handled", json!(1)),
        ("elapsed_agent_ms_sum", json!(68_820_000)),
        ("active_agent_ms_sum", json!(660_000)),
        ("handle_ms_sum", json!(660_000)),
        ("parts_handled", json!(1)),
        ("local_start", json!("2024-05-06T15:00:00+00:00")),
    ];
    check(&at_noon("2024-05-08T10:07:00.001Z")[0], &expected);
    let completion = told(&topic("kpi.queue.pt30m.completion"), &conversations);
    assert_eq!(by_time(&completion, "active_agent_ms_sum"), times(&[("15:00", 0), ("10:00", 660_000)]));
    let apportioned = told(&topic("kpi.queue.pt30m.apportioned"), &conversations);
    assert_eq!(by_time(&apportioned, "handle_ms_sum"), times(&[("15:00", 240_000), ("10:00", 420_000)]));
    assert_eq!(by_time(&apportioned, "elapsed_agent_ms_sum"), times(&[("15:00", 68_820_000), ("10:00", 0)]));
    let voice = [conversation("C8", vec![TrueLeg { media: "call", ..two_days() }])];
    check(&told(&topic("kpi.org.p1d"), &voice)[0], &[("active_agent_ms_sum", json!(null)), ("handled", json!(1))]);
}

#[test]
fn an_alert_that_nobody_answered_is_short_talk_and_not_offered() {
    // METRICS scenario 14 d.
    let missed = leg("Q1", "A1", &[(Alert, "10:00:00", "10:00:07"), (Wrap, "10:00:07", "10:01:04")]);
    let rows = told(&topic("kpi.queue.pt30m"), &[conversation("C1", vec![missed])]);
    let expected = [
        ("excluded_short_talk", json!(1)),
        ("excluded_short_talk_handle_ms", json!(57_000)),
        ("offered", json!(0)),
        ("handled", json!(0)),
    ];
    check(&rows[0], &expected);
}

#[test]
fn visits_count_where_they_happen_under_completion() {
    let answered = leg("Q1", "A1", &[(Wait, "09:55:00", "10:02:00"), (Talk, "10:02:00", "10:31:00")]);
    let left = leg("Q1", "", &[(Wait, "09:58:00", "10:01:00")]);
    let left = TrueLeg { abandoned_at: Some(left.end), ..left };
    let flown = leg("Q1", "", &[(Wait, "09:59:00", "10:30:00")]);
    let flown = TrueLeg { flow_out_at: Some(flown.end), ..flown };
    let conversations = [answered, left, flown].map(|leg| conversation("C1", vec![leg]));
    let rows = told(&topic("kpi.queue.pt30m.completion"), &conversations);
    let expected = [
        ("offered", [3, 0, 0]),
        ("wait_ms_sum", [2_460_000, 0, 0]),
        ("answered", [0, 1, 0]),
        ("answered_wait_ms_sum", [0, 420_000, 0]),
        ("abandoned", [0, 1, 0]),
        ("excluded_abandoned", [1, 0, 0]),
        ("excluded_flow_out", [1, 0, 0]),
        ("flow_out", [0, 0, 1]),
        ("handled", [0, 0, 1]),
        ("handle_ms_sum", [0, 0, 1_740_000]),
    ];
    for (field, [early, middle, late]) in expected {
        assert_eq!(by_time(&rows, field), times(&[("09:30", early), ("10:00", middle), ("10:30", late)]), "{field}");
    }
    let start = told(&topic("kpi.queue.pt30m"), &conversations);
    assert_eq!(start.len(), 1);
    check(&start[0], &[("offered", json!(3)), ("answered", json!(1)), ("abandoned", json!(1)), ("flow_out", json!(1))]);
    check(&start[0], &[("wait_ms_max", json!(1_860_000)), ("interval_start", json!(at("2024-01-15T09:30:00Z")))]);
}

#[test]
fn the_service_level_has_three_switches() {
    // METRICS scenario 21.
    let answered = |wait_s: i64| {
        let mut call = leg("Q1", "A1", &[(Wait, "10:00:00", "10:00:10"), (Talk, "10:00:10", "10:05:00")]);
        call.wait_ms = wait_s * 1_000;
        call
    };
    let legs = [
        answered(10),
        answered(130),
        answered(20),
        unanswered("10:02:30", false),
        unanswered("10:00:03", false),
        unanswered("10:01:00", true),
    ];
    let conversations = legs.map(|leg| conversation("C1", vec![leg]));
    for (abandons, short, flow_outs, of) in
        [(true, false, false, 4), (true, true, true, 6), (false, false, false, 3), (false, false, true, 4)]
    {
        let mut settings = topic("kpi.queue.pt1h");
        settings.set("kpi.service.level.abandons", &abandons.to_string()).unwrap();
        settings.set("kpi.service.level.short.abandons", &short.to_string()).unwrap();
        settings.set("kpi.service.level.flow.outs", &flow_outs.to_string()).unwrap();
        let rows = told(&settings, &conversations);
        let expected = [
            ("offered", json!(6)),
            ("answered", json!(3)),
            ("abandoned", json!(2)),
            ("short_abandoned", json!(1)),
            ("flow_out", json!(1)),
            ("service_level_within", json!(2)),
            ("service_level_of", json!(of)),
            ("service_level", json!(2.0 / f64::from(of))),
            ("sla_breaches", json!(1)),
        ];
        check(&rows[0], &expected);
    }
}
