//! Edge: scenarios of conversations: transfers, order, contradictions.

use handletime::domain::exclusion::DropReason;
use handletime::domain::interaction::PhaseKind;
use handletime::domain::media::{Dialect, MediaType};
use handletime::domain::transfer::{Transfer, TransferKey};

use super::{DAY, PT30M, PT30M_OF_BASES};
use crate::support::samples::{Told, all_bases, at, blank_leg, defaults, flat_row, hashed, interaction, with};
use crate::support::stage::Stage;

fn c7() -> Told {
    Told::new("C7")
        .wait("Q1", "09:10:00", "09:10:20")
        .talks("Q1", "A1", "09:10:20", "09:12:20")
        .transfers("A1", "09:12:20", "Q2")
        .wraps("Q1", "A1", "09:12:20", "09:12:50")
        .wait("Q2", "09:12:20", "09:13:05")
        .talks("Q2", "A2", "09:13:05", "09:15:05")
        .does("Q2", "A2", PhaseKind::CustomerHold, "09:15:05", "09:15:25")
        .talks("Q2", "A2", "09:15:25", "09:17:25")
        .wraps("Q2", "A2", "09:17:25", "09:18:25")
}

/// Scenario 7, as a conversation: the second delivery of it changes nothing.
#[test]
fn every_leg_of_a_transferred_contact_counts_for_its_own_queue() {
    let nine = "2024-01-15T09:00:00Z";
    let mut stage = Stage::new(all_bases(), DAY);
    stage.deliver(&[c7().read()]);
    stage.deliver(&[c7().read()]);
    stage.check();
    for topic in PT30M_OF_BASES {
        let (one, two) = (stage.queue(topic, "Q1", nine).unwrap(), stage.queue(topic, "Q2", nine).unwrap());
        assert_eq!(
            (one.handled, one.handle_ms_sum, one.transfers_out, one.transfers_in),
            (1, 150_000, 1, 0),
            "{topic}"
        );
        assert_eq!(
            (two.handled, two.handle_ms_sum, two.transfers_out, two.transfers_in),
            (1, 320_000, 0, 1),
            "{topic}"
        );
        assert_eq!((one.offered, two.offered, one.answered, two.answered), (1, 1, 1, 1), "{topic}");
    }
    let org = stage.org("kpi.org.pt30m", MediaType::Voice, nine).unwrap();
    assert_eq!((org.handled, org.aht_ms), (2, Some(235_000.0)));
    assert_eq!((org.contacts, org.contact_handle_ms_sum), (Some(1), Some(470_000)));
    let transfers = stage.all.rows::<TransferKey, Transfer>("transfers").unwrap();
    let moved: Vec<&Transfer> = transfers.values().collect();
    assert_eq!(moved.len(), 1);
    assert_eq!((moved[0].target_wait_ms, moved[0].target_handle_ms), (Some(45_000), Some(320_000)));
    assert!(moved[0].completed && !moved[0].malformed);
    assert_eq!(moved[0].transfer_time, at("2024-01-15T09:12:20Z"));
}

/// Scenario 7, the row of type transfer, which only flat dialects have: in no average, counted, and a transfer.
#[test]
fn a_row_that_reports_a_transfer_is_no_leg() {
    let nine = "2024-01-15T09:00:00Z";
    let leg = |id: &str, queue: &str, ms: i64| {
        with(flat_row(id, "2024-01-15T09:10:00Z", "2024-01-15T09:18:25Z"), |leg| {
            (leg.queue_id, leg.talk_ms) = (Some(queue.to_owned()), Some(ms));
        })
    };
    let report = with(leg("T", "Q1", 15_000), |leg| {
        (leg.transfer_row, leg.media_type, leg.user_id) = (true, MediaType::Unknown, None);
    });
    let stage = Stage::of(all_bases(), DAY, &[leg("L1", "Q1", 150_000), leg("L2", "Q2", 320_000), report]);
    let org = stage.org("kpi.org-total.pt30m", MediaType::All, nine).unwrap();
    assert_eq!((org.handled, org.aht_ms, org.excluded_transfer_row), (2, Some(235_000.0), 1));
    for topic in PT30M_OF_BASES {
        let row = stage.queue_media(topic, "Q1", MediaType::Unknown, nine).unwrap();
        assert_eq!((row.handled, row.offered, row.excluded_transfer_row), (0, 0, 1), "{topic}");
    }
    assert_eq!(stage.all.rows::<TransferKey, Transfer>("transfers").unwrap().len(), 1);
}

/// Scenario 13: the order in which events are told means nothing; a wait and a talk of the same instant are in order.
#[test]
fn events_out_of_order_and_ties_are_well_formed() {
    let first = |id: &str| Told::new(id);
    let told = first("a")
        .wraps("Q1", "A1", "14:05:00", "14:05:30")
        .talks("Q1", "A1", "14:01:00", "14:03:00")
        .does("Q1", "A1", PhaseKind::CustomerHold, "14:03:00", "14:04:00")
        .wait("Q1", "14:00:00", "14:01:00")
        .talks("Q1", "A1", "14:04:00", "14:05:00")
        .read();
    let tie = first("b")
        .wait("Q1", "14:10:00", "14:10:00")
        .talks("Q1", "A1", "14:10:00", "14:11:30")
        .wraps("Q1", "A1", "14:11:30", "14:11:40")
        .read();
    let stage = Stage::of(all_bases(), DAY, &[told.clone(), tie]);
    let row = stage.queue(PT30M, "Q1", "2024-01-15T14:00:00Z").unwrap();
    assert_eq!((row.handled, row.handle_ms_sum, row.excluded_malformed), (2, 370_000, 0));
    assert_eq!((row.wait_ms_sum, row.talk_ms_sum), (60_000, 270_000));
    assert_eq!((row.customer_hold_ms_sum, row.wrap_ms_sum, row.offered, row.answered), (60_000, 40_000, 2, 2));
    let leg = stage.legs("a").remove(0);
    assert_eq!((leg.start, leg.end), (Some(at("2024-01-15T14:00:00Z")), Some(at("2024-01-15T14:05:30Z"))));
    let mut turned = told.clone();
    turned.legs.reverse();
    turned.legs.iter_mut().for_each(|leg| leg.phases.reverse());
    assert_eq!(hashed(turned.clone()).content_hash, told.content_hash, "a permutation is the same reading");
    let other = Stage::of(all_bases(), DAY, &[turned]);
    assert_eq!(other.legs("a"), [leg]);
}

/// Scenario 14 (a): wrap-up before any talk contradicts itself; its other legs are measured.
#[test]
fn wrapup_before_talk_is_malformed_and_the_rest_goes_on() {
    let broken = Told::new("x")
        .wait("Q1", "15:00:00", "15:00:10")
        .wraps("Q1", "A1", "15:00:10", "15:00:30")
        .talks("Q1", "A1", "15:00:40", "15:02:20")
        .wait("Q2", "15:02:20", "15:02:30")
        .talks("Q2", "A2", "15:02:30", "15:03:30")
        .read();
    let stage = Stage::of(all_bases(), DAY, &[broken]);
    let row = stage.queue(PT30M, "Q1", "2024-01-15T15:00:00Z").unwrap();
    assert_eq!((row.handled, row.excluded_malformed, row.excluded_malformed_handle_ms, row.offered), (0, 1, 0, 0));
    assert_eq!(stage.queue(PT30M, "Q2", "2024-01-15T15:00:00Z").unwrap().handle_ms_sum, 60_000);
    assert_eq!(stage.dead_letters(), [("malformed".to_owned(), "x".to_owned())]);
    assert!(stage.letter_rules()[0].starts_with("WRAPUP_BEFORE_TALK"), "{:?}", stage.letter_rules());
}

/// Scenario 14 (b), R-30: a transfer to a queue in which nobody waits; D-8: to a person it is valid.
#[test]
fn a_transfer_to_a_queue_without_a_wait_is_malformed() {
    let told = || {
        Told::new("x")
            .wait("Q1", "15:08:00", "15:08:10")
            .talks("Q1", "A1", "15:08:10", "15:10:00")
            .transfers("A1", "15:10:00", "Q9")
    };
    let stage = Stage::of(all_bases(), DAY, &[told().read()]);
    let row = stage.queue(PT30M, "Q1", "2024-01-15T15:00:00Z").unwrap();
    assert_eq!((row.handled, row.excluded_malformed, row.transfers_out), (0, 1, 0));
    assert!(stage.letter_rules()[0].starts_with("TRANSFER_WITHOUT_TARGET_WAIT"), "{:?}", stage.letter_rules());
    assert_eq!(stage.dead_letters().len(), 1);
    let transfers = stage.all.rows::<TransferKey, Transfer>("transfers").unwrap();
    assert!(transfers.values().all(|moved| moved.malformed && !moved.completed));

    let keep = handletime::config::typed::RulesConfig { transfer_without_wait_is_malformed: false, ..all_bases() };
    let stage = Stage::of(keep, DAY, &[told().read()]);
    assert_eq!(stage.queue(PT30M, "Q1", "2024-01-15T15:00:00Z").unwrap().handled, 1);

    let mut to_person = told().read();
    (to_person.transfers[0].to_queue_id, to_person.transfers[0].to_user_id) = (None, Some("A7".to_owned()));
    let stage = Stage::of(all_bases(), DAY, &[hashed(to_person)]);
    let row = stage.queue(PT30M, "Q1", "2024-01-15T15:00:00Z").unwrap();
    assert_eq!((row.handled, row.transfers_out, stage.dead_letters().len()), (1, 1, 0));
}

/// Scenario 14 (c): an overlap within the tolerance is clipped out of talk; R-15: a larger one too, and flagged.
#[test]
fn an_overlap_of_talk_and_wrapup_is_clipped_out_of_talk() {
    let told = |talk_end: &str| {
        Told::new("x")
            .wait("Q1", "15:19:00", "15:20:00")
            .talks("Q1", "A1", "15:20:00.000", talk_end)
            .wraps("Q1", "A1", "15:21:00.000", "15:21:05.000")
            .read()
    };
    for (end, flagged) in [("15:21:00.283", false), ("15:21:02", true)] {
        let stage = Stage::of(all_bases(), DAY, &[told(end)]);
        let row = stage.queue(PT30M, "Q1", "2024-01-15T15:00:00Z").unwrap();
        assert_eq!((row.handled, row.talk_ms_sum, row.wrap_ms_sum, row.handle_ms_sum), (1, 60_000, 5_000, 65_000));
        assert_eq!(stage.legs("x")[0].flags.iter().any(|flag| flag == "OVERLAP_LARGE"), flagged, "{end}");
    }
}

/// Scenario 14 (d): an agent who did not answer and has wrap-up; R-13: the alert adds no visit.
#[test]
fn an_alert_that_nobody_answered_is_short_talk_and_no_visit() {
    let (start, end) = (at("2024-01-15T15:30:00Z"), at("2024-01-15T15:31:04.421Z"));
    let mut told = interaction("x", Dialect::ConversationDetails, start, end);
    let mut leg = blank_leg(handletime::domain::interaction::LegRole::Agent, "s1", MediaType::Voice);
    (leg.queue_id, leg.user_id) = (Some("Q1".to_owned()), Some("A1".to_owned()));
    (leg.start, leg.end) = (Some(start), Some(end));
    (leg.wrap_ms, leg.reported_handle_ms) = (Some(57_000), Some(57_000));
    let phase = |kind, start, end| handletime::domain::interaction::Phase { kind, start, end };
    leg.phases = vec![phase(PhaseKind::Alert, start, start + 7_421), phase(PhaseKind::Wrap, start + 7_421, end)];
    told.conversation_id = Some("x".to_owned());
    told.legs.push(leg);
    let stage = Stage::of(defaults(), DAY, &[hashed(told)]);
    let row = stage.queue(PT30M, "Q1", "2024-01-15T15:30:00Z").unwrap();
    assert_eq!((row.handled, row.offered, row.excluded_malformed), (0, 0, 0));
    assert_eq!((row.excluded_short_talk, row.excluded_short_talk_handle_ms), (1, 57_000));
    assert_eq!(stage.legs("x")[0].drop_reason, Some(DropReason::ShortTalk));
}

/// after a transfer a second visit to the same queue and agent is a leg of its own, and a visit of its own.
#[test]
fn a_second_visit_to_the_same_agent_is_a_leg_of_its_own() {
    let told = c7()
        .transfers("A2", "09:17:25", "Q1")
        .wait("Q1", "09:17:25", "09:19:00")
        .talks("Q1", "A1", "09:19:00", "09:35:00")
        .wraps("Q1", "A1", "09:35:00", "09:36:00")
        .read();
    let stage = Stage::of(all_bases(), DAY, &[told]);
    assert_eq!(stage.legs("C7").len(), 3);
    let row = stage.queue(PT30M, "Q1", "2024-01-15T09:00:00Z").unwrap();
    assert_eq!((row.offered, row.answered, row.handled, row.handle_ms_sum), (2, 2, 2, 150_000 + 1_020_000));
    assert_eq!((row.transfers_in, row.transfers_out), (1, 1));
    let completion = stage.queue(PT30M_OF_BASES[1], "Q1", "2024-01-15T09:30:00Z").unwrap();
    assert_eq!((completion.handled, completion.handle_ms_sum, completion.offered), (1, 1_020_000, 0), "R-24");
    let clipped = stage.queue(PT30M_OF_BASES[2], "Q1", "2024-01-15T09:30:00Z").unwrap();
    assert_eq!((clipped.handled, clipped.talk_ms_sum, clipped.wrap_ms_sum), (0, 300_000, 60_000), "R-25");
}
