//! Scenarios of what handle time is made of, and which legs count. Edge: over the in-process log.

use crate::config::typed::RulesConfig;
use crate::domain::exclusion::DropReason;
use crate::domain::interaction::{Interaction, InteractionLeg};
use crate::domain::media::MediaType;
use crate::embedded::driver::Driver;
use crate::timeline::tests::{default_rules_config, flat_row, with};

const PT30M: &str = "kpi.queue.pt30m";
const TEN: &str = "2024-01-15T10:00:00Z";

/// Publishes rows, and runs the topology until nothing is left to do.
fn driven(rules: RulesConfig, rows: &[Interaction]) -> Driver {
    let mut driver = Driver::new(rules, (2, 2), "2024-01-15T00:00:00Z");
    driver.publish(rows);
    driver.run();
    driver
}

/// A voice row from 10:10 to 10:20.
fn row(id: &str, change: impl FnOnce(&mut InteractionLeg)) -> Interaction {
    with(flat_row(id, "2024-01-15T10:10:00Z", "2024-01-15T10:20:00Z"), change)
}

fn parts(id: &str, talk_ms: Option<i64>, hold_ms: Option<i64>, wrap_ms: Option<i64>) -> Interaction {
    row(id, |leg| (leg.talk_ms, leg.hold_ms, leg.wrap_ms) = (talk_ms, hold_ms, wrap_ms))
}

#[test]
fn system_hold_is_excluded_from_handle_time() {
    let call = with(flat_row("a", "2024-01-15T10:02:00Z", "2024-01-15T10:08:50Z"), |leg| {
        leg.wait_ms = Some(30_000);
        leg.talk_ms = Some(260_000);
        leg.hold_ms = Some(70_000);
        leg.system_hold_ms = Some(30_000);
        leg.wrap_ms = Some(50_000);
    });
    let driver = driven(super::all_bases(), &[call]);
    for topic in super::PT30M_OF_BASES {
        let row = driver.row(topic, "Q1", TEN).unwrap();
        assert_eq!((row.handled, row.wait_ms_sum, row.talk_ms_sum), (1, 30_000, 260_000), "{topic}");
        assert_eq!((row.customer_hold_ms_sum, row.system_hold_ms_sum), (40_000, 30_000), "{topic}");
        assert_eq!((row.wrap_ms_sum, row.handle_ms_sum), (50_000, 350_000), "{topic}");
        assert_eq!(row.wrap_ratio, Some(50.0 / 350.0), "{topic}");
        // under APPORTIONED the quotient of clipped time and whole counts means nothing.
        let aht_ms = if topic.ends_with("apportioned") { None } else { Some(350_000.0) };
        assert_eq!(row.aht_ms, aht_ms, "{topic}");
    }
    assert_eq!(driver.leg("a").end, crate::domain::time::parse_instant("2024-01-15T10:08:50Z"));
}

#[test]
fn null_hold_and_null_wrap_count_as_zero() {
    let rows = [parts("a", Some(200_000), None, Some(40_000)), parts("b", Some(100_000), Some(0), None)];
    let row = driven(default_rules_config(), &rows).row(PT30M, "Q1", TEN).unwrap();
    assert_eq!((row.handled, row.handle_ms_sum, row.aht_ms), (2, 340_000, Some(170_000.0)));
    assert_eq!(row.wrap_ratio, Some(40_000.0 / 340_000.0));
}

fn channels() -> Vec<Interaction> {
    let digital = |id: &str, media: MediaType, agent_ms: i64| {
        with(flat_row(id, TEN, "2024-01-15T10:20:00Z"), |leg| (leg.media_type, leg.agent_ms) = (media, Some(agent_ms)))
    };
    vec![
        digital("chat", MediaType::Chat, 420_000),
        with(digital("email", MediaType::Email, 900_000), |leg| leg.talk_ms = Some(300_000)),
        digital("social", MediaType::Social, 60_000),
        with(digital("voice", MediaType::Voice, 999_999), |leg| {
            (leg.talk_ms, leg.hold_ms, leg.wrap_ms) = (Some(100_000), Some(0), Some(20_000));
        }),
        digital("message", MediaType::Message, 600_000),
    ]
}

#[test]
fn digital_channels_are_handled_for_the_agent_duration() {
    let driver = driven(default_rules_config(), &channels());
    let of = |media| {
        let row = driver.media_row(PT30M, "Q1", media, TEN).unwrap();
        (row.handled, row.handle_ms_sum)
    };
    assert_eq!(of(MediaType::Chat), (1, 420_000));
    assert_eq!(of(MediaType::Email), (1, 900_000));
    assert_eq!(of(MediaType::Social), (1, 60_000));
    assert_eq!(of(MediaType::Voice), (1, 120_000));
    assert_eq!(of(MediaType::Message), (1, 600_000));
    let (handled, handle_ms) =
        driver.rows(PT30M).values().fold((0, 0), |sum, row| (sum.0 + row.handled, sum.1 + row.handle_ms_sum));
    assert_eq!((handled, handle_ms / handled), (5, 420_000), "the executive value");
    let digital = driver.media_row(PT30M, "Q1", MediaType::Email, TEN).unwrap();
    assert_eq!((digital.talk_ms_sum, digital.parts_handled, digital.elapsed_agent_ms_sum), (0, 0, Some(900_000)));
}

#[test]
fn a_medium_that_no_setting_maps_is_dropped_and_counted() {
    let rules = RulesConfig {
        media_digital: vec![MediaType::Chat, MediaType::Email, MediaType::Social],
        ..default_rules_config()
    };
    let driver = driven(rules, &channels());
    let message = driver.media_row(PT30M, "Q1", MediaType::Message, TEN).unwrap();
    assert_eq!((message.handled, message.excluded_unmapped_media), (0, 1));
    let handled: i64 = driver.rows(PT30M).values().map(|row| row.handled).sum();
    let handle_ms: i64 = driver.rows(PT30M).values().map(|row| row.handle_ms_sum).sum();
    assert_eq!((handled, handle_ms), (4, 1_500_000));
}

#[test]
fn zero_duration_is_excluded() {
    let rows = [
        parts("a", Some(300_000), None, None),
        parts("b", Some(0), Some(0), Some(0)),
        parts("c", None, None, None),
        parts("d", Some(150_000), None, Some(30_000)),
    ];
    let row = driven(default_rules_config(), &rows).row(PT30M, "Q1", TEN).unwrap();
    assert_eq!((row.handled, row.handle_ms_sum, row.aht_ms), (2, 480_000, Some(240_000.0)));
    assert_eq!((row.excluded_zero_duration, row.excluded_zero_duration_handle_ms), (2, 0));
}

#[test]
fn talk_under_three_seconds_is_excluded_and_exactly_three_only_when_asked_for() {
    let rows = [2_999, 3_000, 3_001].map(|talk| parts(&format!("{talk}"), Some(talk), None, Some(10_000)));
    let row = driven(default_rules_config(), &rows).row(PT30M, "Q1", TEN).unwrap();
    assert_eq!((row.handled, row.handle_ms_sum, row.aht_ms), (2, 26_001, Some(13_000.5)));
    assert_eq!((row.excluded_short_talk, row.excluded_short_talk_handle_ms), (1, 12_999));
    let strict = RulesConfig { talk_min_exclusive: true, ..default_rules_config() };
    let row = driven(strict, &rows).row(PT30M, "Q1", TEN).unwrap();
    assert_eq!((row.handled, row.aht_ms, row.excluded_short_talk), (1, Some(13_001.0), 2));
}

#[test]
fn test_internal_and_agentless_interactions_are_excluded() {
    let talked = |id: &str, talk_ms: i64, queue: &str| {
        with(parts(id, Some(talk_ms), None, None), |leg| leg.queue_id = Some(queue.to_owned()))
    };
    let rows = [
        talked("kept-1", 300_000, "Q1"),
        talked("kept-2", 500_000, "Q1"),
        talked("internal-1", 60_000, "QA_Review"),
        talked("internal-2", 30_000, "Training_Simulation"),
        // An internal queue is known by its name as well as by its id.
        with(talked("internal-3", 5_000, "f3a0"), |leg| leg.queue_name = Some("System_Health".to_owned())),
        with(talked("test", 240_000, "Q1"), |leg| leg.wrapup_code_name = Some("Test Call".to_owned())),
        with(talked("agentless", 200_000, "Q1"), |leg| leg.user_id = None),
    ];
    let driver = driven(default_rules_config(), &rows);
    let row = driver.row(PT30M, "Q1", TEN).unwrap();
    assert_eq!((row.handled, row.aht_ms), (2, Some(400_000.0)));
    assert_eq!((row.excluded_wrapup, row.excluded_wrapup_handle_ms), (1, 240_000));
    assert_eq!((row.excluded_no_agent, row.excluded_no_agent_handle_ms), (1, 200_000));
    assert!(driver.rows(PT30M).keys().all(|key| key.queue_id == "Q1"), "no row at all for internal queues");
    let legs = driver.legs();
    let internal: Vec<&str> = legs
        .values()
        .filter(|leg| leg.drop_reason == Some(DropReason::Queue) && leg.queue_excluded)
        .map(|leg| leg.interaction_id.as_str())
        .collect();
    assert_eq!(internal, ["internal-1", "internal-2", "internal-3"], "they are counted on their leg rows");
}

#[test]
fn p90_is_the_nearest_rank_and_is_not_the_mean_of_p90s() {
    let handles_s = [100, 120, 150, 180, 200, 240, 300, 360, 420, 900];
    let call = |(at, handle_s): (usize, &i64), start: &str| {
        with(flat_row(&format!("{at}"), start, "2024-01-15T10:59:00Z"), |leg| leg.talk_ms = Some(handle_s * 1_000))
    };
    let one: Vec<_> = handles_s.iter().enumerate().map(|handle| call(handle, TEN)).collect();
    let row = driven(default_rules_config(), &one).row(PT30M, "Q1", TEN).unwrap();
    assert_eq!((row.aht_ms, row.p90_handle_ms), (Some(297_000.0), Some(420_000)));

    let half = |at: usize| if at < 5 { TEN } else { "2024-01-15T10:30:00Z" };
    let two: Vec<_> = handles_s.iter().enumerate().map(|(at, handle)| call((at, handle), half(at))).collect();
    let grains = vec![crate::domain::interval::Grain::Pt30m, crate::domain::interval::Grain::Pt1h];
    let driver = driven(RulesConfig { grains, ..default_rules_config() }, &two);
    let p90 = |topic: &str, start: &str| driver.row(topic, "Q1", start).unwrap().p90_handle_ms;
    assert_eq!((p90(PT30M, TEN), p90(PT30M, "2024-01-15T10:30:00Z")), (Some(200_000), Some(900_000)));
    assert_eq!(p90("kpi.queue.pt1h", TEN), Some(420_000));

    let row = driven(default_rules_config(), &[parts("a", Some(250_000), None, None)]).row(PT30M, "Q1", TEN).unwrap();
    assert_eq!(row.p90_handle_ms, Some(250_000));
    let row = driven(default_rules_config(), &[parts("a", None, None, None)]).row(PT30M, "Q1", TEN).unwrap();
    assert_eq!((row.p90_handle_ms, row.aht_ms), (None, None));
}
