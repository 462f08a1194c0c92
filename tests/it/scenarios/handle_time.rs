//! Edge: scenarios of what handle time is made of, and which legs count.

use handletime::config::typed::RulesConfig;
use handletime::domain::exclusion::DropReason;
use handletime::domain::interaction::{Interaction, InteractionLeg, PhaseKind};
use handletime::domain::interval::Grain;
use handletime::domain::media::MediaType;

use super::{DAY, PT30M, PT30M_OF_BASES, TEN};
use crate::support::samples::{Told, all_bases, at, defaults, flat_row, with};
use crate::support::stage::Stage;

/// Publishes rows, runs the topology until nothing is left to do, and holds all of it against the book.
fn driven(rules: RulesConfig, rows: &[Interaction]) -> Stage {
    Stage::of(rules, DAY, rows)
}

/// A voice row from 10:10 to 10:20.
fn row(id: &str, change: impl FnOnce(&mut InteractionLeg)) -> Interaction {
    with(flat_row(id, "2024-01-15T10:10:00Z", "2024-01-15T10:20:00Z"), change)
}

fn parts(id: &str, talk_ms: Option<i64>, hold_ms: Option<i64>, wrap_ms: Option<i64>) -> Interaction {
    row(id, |leg| (leg.talk_ms, leg.hold_ms, leg.wrap_ms) = (talk_ms, hold_ms, wrap_ms))
}

/// Scenario 1.
#[test]
fn system_hold_is_excluded_from_handle_time() {
    let call = Told::new("a")
        .wait("Q1", "10:02:00", "10:02:30")
        .talks("Q1", "A1", "10:02:30", "10:05:30")
        .does("Q1", "A1", PhaseKind::CustomerHold, "10:05:30", "10:06:10")
        .talks("Q1", "A1", "10:06:10", "10:07:10")
        .does("Q1", "A1", PhaseKind::SystemHold, "10:07:10", "10:07:35")
        .does("Q1", "A1", PhaseKind::SystemHold, "10:07:35", "10:07:40")
        .talks("Q1", "A1", "10:07:40", "10:08:00")
        .wraps("Q1", "A1", "10:08:00", "10:08:50")
        .read();
    let row = with(flat_row("a", "2024-01-15T10:02:00Z", "2024-01-15T10:08:50Z"), |leg| {
        leg.wait_ms = Some(30_000);
        leg.talk_ms = Some(260_000);
        leg.hold_ms = Some(70_000);
        leg.system_hold_ms = Some(30_000);
        leg.wrap_ms = Some(50_000);
    });
    for told in [call, row] {
        let stage = driven(all_bases(), &[told]);
        for topic in PT30M_OF_BASES {
            let row = stage.queue(topic, "Q1", TEN).unwrap();
            assert_eq!((row.handled, row.wait_ms_sum, row.talk_ms_sum), (1, 30_000, 260_000), "{topic}");
            assert_eq!((row.customer_hold_ms_sum, row.system_hold_ms_sum), (40_000, 30_000), "{topic}");
            assert_eq!((row.wrap_ms_sum, row.handle_ms_sum), (50_000, 350_000), "{topic}");
            assert_eq!(row.wrap_ratio, Some(50.0 / 350.0), "{topic}");
            // under APPORTIONED the quotient of clipped time and whole counts means nothing.
            let aht_ms = if topic.ends_with("apportioned") { None } else { Some(350_000.0) };
            assert_eq!(row.aht_ms, aht_ms, "{topic}");
        }
        assert_eq!(stage.legs("a")[0].end, Some(at("2024-01-15T10:08:50Z")));
    }
}

/// Scenario 2.
#[test]
fn null_hold_and_null_wrap_count_as_zero() {
    let rows = [parts("a", Some(200_000), None, Some(40_000)), parts("b", Some(100_000), Some(0), None)];
    let row = driven(defaults(), &rows).queue(PT30M, "Q1", TEN).unwrap();
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

/// Scenario 3.
#[test]
fn digital_channels_are_handled_for_the_agent_duration() {
    let driver = driven(defaults(), &channels());
    let of = |media| {
        let row = driver.queue_media(PT30M, "Q1", media, TEN).unwrap();
        (row.handled, row.handle_ms_sum)
    };
    assert_eq!(of(MediaType::Chat), (1, 420_000));
    assert_eq!(of(MediaType::Email), (1, 900_000));
    assert_eq!(of(MediaType::Social), (1, 60_000));
    assert_eq!(of(MediaType::Voice), (1, 120_000));
    assert_eq!(of(MediaType::Message), (1, 600_000));
    let (handled, handle_ms) =
        driver.queues(PT30M).iter().fold((0, 0), |sum, row| (sum.0 + row.handled, sum.1 + row.handle_ms_sum));
    assert_eq!((handled, handle_ms / handled), (5, 420_000), "the executive value");
    let digital = driver.queue_media(PT30M, "Q1", MediaType::Email, TEN).unwrap();
    assert_eq!((digital.talk_ms_sum, digital.parts_handled, digital.elapsed_agent_ms_sum), (0, 0, Some(900_000)));
}

/// Scenario 3.
#[test]
fn a_medium_that_no_setting_maps_is_dropped_and_counted() {
    let rules = RulesConfig { media_digital: vec![MediaType::Chat, MediaType::Email, MediaType::Social], ..defaults() };
    let driver = driven(rules, &channels());
    let message = driver.queue_media(PT30M, "Q1", MediaType::Message, TEN).unwrap();
    assert_eq!((message.handled, message.excluded_unmapped_media), (0, 1));
    let handled: i64 = driver.queues(PT30M).iter().map(|row| row.handled).sum();
    let handle_ms: i64 = driver.queues(PT30M).iter().map(|row| row.handle_ms_sum).sum();
    assert_eq!((handled, handle_ms), (4, 1_500_000));
}

/// Scenario 4.
#[test]
fn zero_duration_is_excluded() {
    let rows = [
        parts("a", Some(300_000), None, None),
        parts("b", Some(0), Some(0), Some(0)),
        parts("c", None, None, None),
        parts("d", Some(150_000), None, Some(30_000)),
    ];
    let row = driven(defaults(), &rows).queue(PT30M, "Q1", TEN).unwrap();
    assert_eq!((row.handled, row.handle_ms_sum, row.aht_ms), (2, 480_000, Some(240_000.0)));
    assert_eq!((row.excluded_zero_duration, row.excluded_zero_duration_handle_ms), (2, 0));
}

/// Scenario 5.
#[test]
fn talk_under_three_seconds_is_excluded_and_exactly_three_only_when_asked_for() {
    let rows = [2_999, 3_000, 3_001].map(|talk| parts(&format!("{talk}"), Some(talk), None, Some(10_000)));
    let row = driven(defaults(), &rows).queue(PT30M, "Q1", TEN).unwrap();
    assert_eq!((row.handled, row.handle_ms_sum, row.aht_ms), (2, 26_001, Some(13_000.5)));
    assert_eq!((row.excluded_short_talk, row.excluded_short_talk_handle_ms), (1, 12_999));
    let strict = RulesConfig { talk_min_exclusive: true, ..defaults() };
    let row = driven(strict, &rows).queue(PT30M, "Q1", TEN).unwrap();
    assert_eq!((row.handled, row.aht_ms, row.excluded_short_talk), (1, Some(13_001.0), 2));
}

/// Scenario 6.
#[test]
fn interactions_of_tests_of_internal_queues_and_without_an_agent_are_excluded() {
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
    let driver = driven(defaults(), &rows);
    let row = driver.queue(PT30M, "Q1", TEN).unwrap();
    assert_eq!((row.handled, row.aht_ms), (2, Some(400_000.0)));
    assert_eq!((row.excluded_wrapup, row.excluded_wrapup_handle_ms), (1, 240_000));
    assert_eq!((row.excluded_no_agent, row.excluded_no_agent_handle_ms), (1, 200_000));
    assert!(driver.queues(PT30M).iter().all(|row| row.queue_id == "Q1"), "no row at all for internal queues");
    for internal in ["internal-1", "internal-2", "internal-3"] {
        assert_eq!(driver.legs(internal)[0].drop_reason, Some(DropReason::Queue));
    }
    // the organisation's row carries every exclusion of every queue and of none.
    let org = driver.org("kpi.org.pt30m", MediaType::Voice, TEN).unwrap();
    assert_eq!((org.handled, org.aht_ms, org.excluded_queue), (2, Some(400_000.0), 3));
    assert_eq!((org.excluded_queue_handle_ms, org.excluded_wrapup, org.excluded_no_agent), (95_000, 1, 1));
}

/// Scenario 15.
#[test]
fn p90_is_the_nearest_rank_and_is_not_the_mean_of_p90s() {
    let handles_s = [100, 120, 150, 180, 200, 240, 300, 360, 420, 900];
    let call = |(at, handle_s): (usize, &i64), start: &str| {
        with(flat_row(&format!("{at}"), start, "2024-01-15T10:59:00Z"), |leg| leg.talk_ms = Some(handle_s * 1_000))
    };
    let one: Vec<_> = handles_s.iter().enumerate().map(|handle| call(handle, TEN)).collect();
    let row = driven(defaults(), &one).queue(PT30M, "Q1", TEN).unwrap();
    assert_eq!((row.aht_ms, row.p90_handle_ms), (Some(297_000.0), Some(420_000)));

    let half = |at: usize| if at < 5 { TEN } else { "2024-01-15T10:30:00Z" };
    let two: Vec<_> = handles_s.iter().enumerate().map(|(at, handle)| call((at, handle), half(at))).collect();
    let grains = vec![Grain::Pt30m, Grain::Pt1h];
    let driver = driven(RulesConfig { grains, ..defaults() }, &two);
    let p90 = |topic: &str, start: &str| driver.queue(topic, "Q1", start).unwrap().p90_handle_ms;
    assert_eq!((p90(PT30M, TEN), p90(PT30M, "2024-01-15T10:30:00Z")), (Some(200_000), Some(900_000)));
    assert_eq!(p90("kpi.queue.pt1h", TEN), Some(420_000));

    let row = driven(defaults(), &[parts("a", Some(250_000), None, None)]).queue(PT30M, "Q1", TEN).unwrap();
    assert_eq!(row.p90_handle_ms, Some(250_000));
    let row = driven(defaults(), &[parts("a", None, None, None)]).queue(PT30M, "Q1", TEN).unwrap();
    assert_eq!((row.p90_handle_ms, row.aht_ms), (None, None));
}
