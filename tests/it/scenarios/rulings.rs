//! Edge: rulings that touch a number and that no scenario shows.

use handletime::config::typed::{CustomKpi, DigitalHandle, RulesConfig};
use handletime::domain::contact::{Contact, ContactKey};
use handletime::domain::family::Family;
use handletime::domain::interaction::{Interaction, InteractionLeg, InteractionStatus};
use handletime::domain::media::MediaType;

use super::{DAY, PT30M, PT30M_OF_BASES, TEN};
use crate::support::samples::{Told, all_bases, at, defaults, flat_row, hashed, with};
use crate::support::stage::Stage;

fn row(id: &str, change: impl FnOnce(&mut InteractionLeg)) -> Interaction {
    with(flat_row(id, "2024-01-15T10:10:00Z", "2024-01-15T10:20:00Z"), change)
}

///
#[test]
fn a_leg_without_a_queue_has_a_row_and_so_has_a_dropped_one() {
    let told = [row("a", |leg| (leg.queue_id, leg.talk_ms) = (None, Some(60_000))), row("b", |leg| leg.user_id = None)];
    let stage = Stage::of(all_bases(), DAY, &told);
    for topic in PT30M_OF_BASES {
        let without = stage.queue(topic, "", TEN).unwrap();
        assert_eq!((without.handled, without.offered), (1, 0), "{topic}");
        let dropped = stage.queue(topic, "Q1", TEN).unwrap();
        assert_eq!((dropped.handled, dropped.excluded_no_agent, dropped.offered), (0, 1, 1), "{topic}");
    }
}

/// R-1 with `kpi.queue.dimensions`.
#[test]
fn rows_are_split_by_the_dimensions_and_a_dimension_left_out_is_empty() {
    let told = [
        row("a", |leg| (leg.talk_ms, leg.skill_set) = (Some(60_000), "Billing|||Refunds".to_owned())),
        row("b", |leg| (leg.talk_ms, leg.language) = (Some(90_000), "en".to_owned())),
    ];
    let whole = Stage::of(defaults(), DAY, &told);
    assert_eq!(whole.queue(PT30M, "Q1", TEN).unwrap().handled, 2);
    let dimensions = ["media", "skill_set", "language"].map(str::to_owned).to_vec();
    let split = Stage::of(RulesConfig { queue_dimensions: dimensions, ..defaults() }, DAY, &told);
    let mut keys: Vec<(String, String, i64)> =
        split.queues(PT30M).into_iter().map(|row| (row.skill_set, row.language, row.handle_ms_sum)).collect();
    keys.sort();
    assert_eq!(
        keys,
        [(String::new(), "en".to_owned(), 90_000), ("Billing|||Refunds".to_owned(), String::new(), 60_000)]
    );
}

///
#[test]
fn the_three_seconds_hold_for_voice_and_callback_only() {
    let told = [
        row("a", |leg| (leg.media_type, leg.talk_ms, leg.wrap_ms) = (MediaType::Callback, Some(2_999), Some(1_000))),
        row("b", |leg| (leg.media_type, leg.agent_ms) = (MediaType::Chat, Some(2_000))),
    ];
    let stage = Stage::of(defaults(), DAY, &told);
    assert_eq!(stage.queue_media(PT30M, "Q1", MediaType::Callback, TEN).unwrap().excluded_short_talk, 1);
    assert_eq!(stage.queue_media(PT30M, "Q1", MediaType::Chat, TEN).unwrap().handle_ms_sum, 2_000);
}

/// answered also where the leg is dropped later.
#[test]
fn a_visit_that_ended_with_talk_is_answered_although_its_leg_is_dropped() {
    let told = [
        row("short", |leg| (leg.talk_ms, leg.wait_ms) = (Some(2_000), Some(7_000))),
        row("test", |leg| (leg.talk_ms, leg.wrapup_code_id) = (Some(60_000), Some("Test Call".to_owned()))),
    ];
    let row = Stage::of(all_bases(), DAY, &told).queue(PT30M, "Q1", TEN).unwrap();
    assert_eq!((row.offered, row.answered, row.handled), (2, 2, 0));
    assert_eq!((row.answered_wait_ms_sum, row.handled_wait_ms_sum, row.wait_ms_max), (7_000, 0, 7_000), "R-19");
    assert_eq!((row.excluded_short_talk, row.excluded_wrapup), (1, 1), "R-7: by id too");
}

/// a zero-length talk is an answer.
#[test]
fn a_zero_length_talk_is_an_answer() {
    let told = Told::new("x").wait("Q1", "10:00:00", "10:00:30").talks("Q1", "A1", "10:00:30", "10:00:30").read();
    let row = Stage::of(all_bases(), DAY, &[told]).queue(PT30M, "Q1", TEN).unwrap();
    assert_eq!((row.offered, row.answered, row.abandoned, row.excluded_zero_duration), (1, 1, 0, 1));
}

/// D-5, R-18, R-41.
#[test]
fn flat_digital_rows_have_elapsed_and_active_time_and_no_parts() {
    let told = [
        row("a", |leg| {
            (leg.media_type, leg.agent_ms) = (MediaType::Chat, Some(500_000));
            leg.agent_wrap_at = Some(at("2024-01-15T10:18:00Z"));
        }),
        row("b", |leg| leg.talk_ms = Some(60_000)),
    ];
    let stage = Stage::of(all_bases(), DAY, &told);
    let chat = stage.queue_media(PT30M, "Q1", MediaType::Chat, TEN).unwrap();
    assert_eq!((chat.active_agent_ms_sum, chat.elapsed_agent_ms_sum), (Some(120_000), Some(500_000)));
    assert_eq!((chat.handle_ms_sum, chat.parts_handled, chat.parts_handle_ms_sum), (500_000, 0, 0));
    assert_eq!((chat.wrap_ratio, chat.hold_ratio, chat.weht_ms), (None, None, None));
    let voice = stage.queue(PT30M, "Q1", TEN).unwrap();
    assert_eq!((voice.active_agent_ms_sum, voice.elapsed_agent_ms_sum, voice.parts_handled), (None, None, 1));
    let active = RulesConfig { digital_handle: DigitalHandle::Active, ..all_bases() };
    let chat = Stage::of(active, DAY, &told).queue_media(PT30M, "Q1", MediaType::Chat, TEN).unwrap();
    assert_eq!(chat.handle_ms_sum, 120_000);
}

/// the queue's own target counts before the setting.
#[test]
fn the_target_of_the_queue_wins_over_the_setting() {
    let told = [
        row("a", |leg| (leg.talk_ms, leg.wait_ms) = (Some(60_000), Some(20_000))),
        row("b", |leg| {
            (leg.talk_ms, leg.wait_ms, leg.service_level_target_ms) = (Some(60_000), Some(20_000), Some(19_999));
        }),
    ];
    let row = Stage::of(all_bases(), DAY, &told).queue(PT30M, "Q1", TEN).unwrap();
    assert_eq!((row.service_level_within, row.service_level_of), (1, 2));
    assert_eq!(row.service_level_target_ms, 20_000, "ties go to the greater value");
}

///
#[test]
fn transfers_count_whether_or_not_the_leg_is_kept_but_for_open_ones() {
    let moved = |id: &str, talk_ms: i64| row(id, |leg| (leg.talk_ms, leg.transfers) = (Some(talk_ms), Some(2)));
    let mut open = moved("open", 60_000);
    (open.status, open.end, open.legs[0].end) = (InteractionStatus::Open, None, None);
    let told = [moved("kept", 60_000), moved("short", 1_000), hashed(open)];
    let row = Stage::of(all_bases(), DAY, &told).queue(PT30M, "Q1", TEN).unwrap();
    assert_eq!((row.handled, row.excluded_incomplete, row.transfers_out), (1, 1, 4));
}

/// where arrival, answer and end lie in different half hours.
#[test]
fn each_figure_completes_where_it_happens() {
    let told = Told::new("x")
        .wait("Q1", "10:20:00", "10:31:00")
        .talks("Q1", "A1", "10:31:00", "11:10:00")
        .transfers("A1", "10:50:00", "Q2")
        .wait("Q2", "10:50:00", "11:05:00")
        .talks("Q2", "A2", "11:05:00", "11:20:00")
        .read();
    let stage = Stage::of(all_bases(), DAY, &[told]);
    let row = |queue: &str, start: &str| {
        let row = stage.queue(PT30M_OF_BASES[1], queue, &format!("2024-01-15T{start}:00Z")).unwrap();
        [
            row.offered,
            row.wait_ms_sum,
            row.answered,
            row.answered_wait_ms_sum,
            row.handled,
            row.transfers_out,
            row.transfers_in,
        ]
    };
    assert_eq!(row("Q1", "10:00"), [1, 660_000, 0, 0, 0, 0, 0]);
    assert_eq!(row("Q1", "10:30"), [0, 0, 1, 660_000, 0, 1, 0]);
    assert_eq!(row("Q1", "11:00"), [0, 0, 0, 0, 1, 0, 0]);
    assert_eq!(row("Q2", "10:30"), [1, 900_000, 0, 0, 0, 0, 1]);
    assert_eq!(row("Q2", "11:00"), [0, 0, 1, 900_000, 1, 0, 0]);
    let start = stage.queue(PT30M, "Q1", TEN).unwrap();
    assert_eq!((start.handled, start.transfers_out, start.answered), (1, 1, 1), "R-23");
}

/// what has no position goes to the end, what is too much is taken off there.
#[test]
fn what_figures_and_positions_differ_by_lies_at_the_end() {
    let metered = |talk_ms: i64| {
        let mut told = Told::new("x").talks("Q1", "A1", "10:20:00", "10:40:00").read();
        told.source = handletime::domain::media::Dialect::ConversationDetails;
        told.legs[0].talk_ms = Some(talk_ms);
        hashed(told)
    };
    for (talk_ms, expected) in [(1_260_000, [600_000, 660_000]), (700_000, [600_000, 100_000]), (500_000, [500_000, 0])]
    {
        let stage = Stage::of(all_bases(), DAY, &[metered(talk_ms)]);
        let clipped = ["2024-01-15T10:00:00Z", "2024-01-15T10:30:00Z"]
            .map(|start| stage.queue(PT30M_OF_BASES[2], "Q1", start).map_or(0, |row| row.handle_ms_sum));
        assert_eq!(clipped, expected, "{talk_ms}");
        let row = stage.queue(PT30M_OF_BASES[2], "Q1", TEN).unwrap();
        assert_eq!((row.aht_ms, row.p90_handle_ms, row.weht_ms), (None, None, None));
    }
}

///
#[test]
fn a_contact_is_one_conversation_of_one_medium() {
    let mut told = Told::new("C")
        .wait("Q1", "10:20:00", "10:20:10")
        .talks("Q1", "A1", "10:20:10", "10:25:00")
        .transfers("A1", "10:25:00", "Q2")
        .wait("Q2", "10:25:00", "10:31:00")
        .talks("Q2", "A2", "10:31:00", "10:40:00")
        .read();
    told.direction = Some("inbound".to_owned());
    let stage = Stage::of(all_bases(), DAY, &[hashed(told)]);
    let contacts: Vec<Contact> = stage.all.rows::<ContactKey, Contact>("contacts").unwrap().into_values().collect();
    assert_eq!(contacts.len(), 1);
    assert_eq!((contacts[0].legs, contacts[0].handled, contacts[0].handle_ms), (2, 2, 290_000 + 540_000));
    assert_eq!((contacts[0].start, contacts[0].end), (at("2024-01-15T10:20:00Z"), Some(at("2024-01-15T10:40:00Z"))));
    for topic in ["kpi.org.pt30m", "kpi.org.pt30m.completion", "kpi.org.pt30m.apportioned"] {
        let row = stage.org(topic, MediaType::Voice, TEN).unwrap();
        assert_eq!((row.contacts, row.contact_handle_ms_sum), (Some(1), Some(830_000)), "{topic}");
    }
}

///
#[test]
fn a_kpi_of_ones_own_is_two_sums_and_their_quotient() {
    let custom = vec![CustomKpi {
        name: "active_share".to_owned(),
        sum: "talk_ms + wrap_ms".to_owned(),
        over: "handle_ms".to_owned(),
    }];
    let mut families = all_bases().families;
    families.push(Family::Custom);
    let rules = RulesConfig { custom, families, ..all_bases() };
    let mut stage = Stage::new(rules, DAY);
    stage.book.custom =
        vec![("active_share", |leg| (1_000_000 * (leg.talk_ms + leg.wrap_ms), 1_000_000 * leg.handle_ms))];
    let told = [
        row("a", |leg| (leg.talk_ms, leg.hold_ms, leg.wrap_ms) = (Some(60_000), Some(30_000), Some(10_000))),
        row("b", |leg| (leg.talk_ms, leg.user_id) = (Some(60_000), None)),
    ];
    stage.deliver(&told);
    stage.check();
    let mut corrected = with(told[0].clone(), |leg| leg.hold_ms = Some(0));
    corrected.version += 1;
    stage.deliver(&[corrected]);
    stage.check();
}
