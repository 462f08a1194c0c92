//! The rules of flat rows. Pure.

use super::{default_rules_config, flat_row, rules_of, with};
use crate::config::typed::DigitalHandle;
use crate::domain::exclusion::DropReason;
use crate::domain::interaction::{Interaction, InteractionStatus};
use crate::domain::leg::Leg;
use crate::domain::media::{Dialect, MediaType};
use crate::domain::time::{DAY_MS, HOUR_MS};
use crate::domain::transfer::TransferKind;
use crate::timeline::measure::{measure, settle};
use crate::timeline::transfers;

fn measured(row: &Interaction) -> Leg {
    measure(row, &rules_of(default_rules_config()), None).legs.remove(0)
}

#[test]
fn null_durations_count_as_zero() {
    let row = with(flat_row("a", "2024-01-15T10:10:00Z", "2024-01-15T10:15:00Z"), |leg| {
        leg.talk_ms = Some(200_000);
        leg.wrap_ms = Some(40_000);
    });
    let leg = measured(&row);
    assert_eq!((leg.handle_ms, leg.customer_hold_ms, leg.kept), (240_000, 0, true));
}

#[test]
fn digital_legs_take_the_agent_duration_and_nothing_else() {
    let row = with(flat_row("a", "2024-01-15T10:10:00Z", "2024-01-15T10:25:00Z"), |leg| {
        leg.media_type = MediaType::Email;
        leg.agent_ms = Some(900_000);
        leg.talk_ms = Some(300_000);
    });
    let leg = measured(&row);
    assert_eq!((leg.handle_ms, leg.talk_ms, leg.parts_known), (900_000, 0, false));
    assert_eq!(leg.elapsed_agent_ms, Some(900_000));
}

#[test]
fn a_leg_has_the_first_reason_in_the_order_of_the_list() {
    let short = with(flat_row("a", "2024-01-15T10:10:00Z", "2024-01-15T10:11:00Z"), |leg| {
        leg.talk_ms = Some(2_999);
        leg.wrap_ms = Some(10_000);
    });
    assert_eq!(measured(&short).drop_reason, Some(DropReason::ShortTalk));
    let agentless = with(short.clone(), |leg| leg.user_id = None);
    assert_eq!(measured(&agentless).drop_reason, Some(DropReason::NoAgent));
    let excluded = with(agentless, |leg| leg.wrapup_code_name = Some("Test Call".to_owned()));
    assert_eq!(measured(&excluded).drop_reason, Some(DropReason::Wrapup));
    let internal = with(excluded, |leg| leg.queue_name = Some("QA_Review".to_owned()));
    assert_eq!(measured(&internal).drop_reason, Some(DropReason::Queue));
    let negative = with(internal, |leg| leg.talk_ms = Some(-5));
    assert_eq!(measured(&negative).drop_reason, Some(DropReason::Malformed));
}

#[test]
fn a_digital_leg_settles_when_the_watermark_has_passed_its_end_by_a_day() {
    let rules = rules_of(default_rules_config());
    let mut row = with(flat_row("a", "2024-05-06T15:00:00Z", "2024-05-07T10:07:00Z"), |leg| {
        leg.media_type = MediaType::Message;
        leg.agent_ms = Some(68_820_000);
    });
    let end = row.end.unwrap();
    row.version = end + HOUR_MS;
    let leg = measure(&row, &rules, Some(end)).legs.remove(0);
    assert_eq!(leg.drop_reason, Some(DropReason::Settling));
    assert_eq!(settle(&leg, &rules, end + DAY_MS), None);
    let settled = settle(&leg, &rules, end + DAY_MS + 1).unwrap();
    assert!(settled.kept && settled.handle_ms == 68_820_000);
    row.version = end + DAY_MS + 1;
    assert!(measure(&row, &rules, Some(end)).legs[0].kept, "read after a day: settled at once");
}

#[test]
fn an_abandoned_visit_without_a_reported_wait_waited_all_its_time() {
    let mut row = with(flat_row("a", "2024-01-15T10:10:00Z", "2024-01-15T10:12:30Z"), |leg| leg.user_id = None);
    row.status = InteractionStatus::Abandoned;
    let leg = measured(&row);
    assert_eq!((leg.wait_ms, leg.drop_reason), (150_000, Some(DropReason::Abandoned)));
    assert!(leg.offered && !leg.short_abandoned && leg.service_level_of && !leg.service_level_within);
}

#[test]
fn an_active_digital_handle_leaves_idle_time_out_where_it_is_known() {
    let mut config = default_rules_config();
    config.digital_handle = DigitalHandle::Active;
    let rules = rules_of(config);
    let row = with(flat_row("a", "2024-01-15T10:00:00Z", "2024-01-15T10:20:00Z"), |leg| {
        leg.media_type = MediaType::Chat;
        leg.agent_ms = Some(900_000);
    });
    let handle_ms = |row: &Interaction| measure(row, &rules, None).legs[0].handle_ms;
    assert_eq!(handle_ms(&row), 900_000, "nothing says how much of it was active");
    let end = row.end.unwrap();
    let known = with(row, |leg| leg.agent_wrap_at = Some(end - 70_000));
    assert_eq!(handle_ms(&known), 70_000);
    let leg = &measure(&known, &rules, None).legs[0];
    assert_eq!((leg.elapsed_agent_ms, leg.genesys_handle_ms), (Some(900_000), Some(900_000)));
    assert_eq!(measured(&known).handle_ms, 900_000);
}

/// METRICS scenario 19.
#[test]
fn reported_handle_times_that_conflict_are_explained_or_flagged() {
    let row = flat_row("a", "2024-01-15T10:00:00Z", "2024-01-15T10:20:00Z");
    let a = measured(&with(row.clone(), |leg| {
        (leg.talk_ms, leg.hold_ms, leg.wrap_ms) = (Some(200_000), Some(40_000), Some(50_000));
        leg.reported_handle_ms = Some(300_000);
    }));
    assert_eq!((a.handle_ms, a.handle_mismatch_ms, a.kept), (290_000, Some(10_000), true));
    assert_eq!(a.flags, ["HANDLE_MISMATCH"]);
    let b = measured(&with(row.clone(), |leg| {
        (leg.contacting_ms, leg.dialing_ms) = (Some(4_000), Some(6_000));
        (leg.talk_ms, leg.wrap_ms, leg.reported_handle_ms) = (Some(100_000), Some(20_000), Some(130_000));
    }));
    assert_eq!((b.handle_ms, b.genesys_handle_ms, b.handle_mismatch_ms), (120_000, Some(130_000), None));
    assert!(b.flags.is_empty());
    let c = measured(&with(row, |leg| {
        (leg.reported_handle_ms, leg.hold_ms, leg.wrap_ms) = (Some(90_000), Some(10_000), Some(20_000));
    }));
    assert_eq!((c.talk_ms, c.handle_ms, c.kept), (60_000, 90_000, true));
    assert_eq!(c.flags, ["TALK_DERIVED"]);
}

/// The share is of our parts: 2.02 % of them, 1.98 % of what is reported.
#[test]
fn the_mismatch_is_a_share_of_the_parts() {
    let row = with(flat_row("a", "2024-01-15T10:00:00Z", "2024-01-15T10:20:00Z"), |leg| {
        (leg.talk_ms, leg.reported_handle_ms) = (Some(100_000), Some(102_020));
    });
    assert_eq!(measured(&row).handle_mismatch_ms, Some(2_020));
    let within = with(row, |leg| leg.reported_handle_ms = Some(102_000));
    assert_eq!(measured(&within).handle_mismatch_ms, None);
}

#[test]
fn talk_that_the_other_parts_leave_nothing_of_is_none() {
    let row = with(flat_row("a", "2024-01-15T10:00:00Z", "2024-01-15T10:20:00Z"), |leg| {
        (leg.wrap_ms, leg.reported_handle_ms) = (Some(57_000), Some(56_000));
    });
    let leg = measured(&row);
    assert_eq!((leg.talk_ms, leg.handle_ms, leg.drop_reason), (0, 57_000, Some(DropReason::ShortTalk)));
    assert!(!leg.flags.iter().any(|flag| flag == "TALK_DERIVED"));
}

#[test]
fn a_rule_about_what_a_dialect_cannot_say_is_off_for_it() {
    let mut row = with(flat_row("a", "2024-01-15T10:00:00Z", "2024-01-15T10:20:00Z"), |leg| {
        leg.user_id = None;
        leg.wrap_ms = Some(20_000);
    });
    assert_eq!(measured(&row).drop_reason, Some(DropReason::NoAgent));
    row.source = Dialect::ReportQueries;
    let leg = measured(&row);
    assert_eq!((leg.drop_reason, leg.flags.as_slice()), (None, ["TALK_UNKNOWN".to_owned()].as_slice()));
    let short = with(row, |leg| leg.talk_ms = Some(2_999));
    assert_eq!(measured(&short).drop_reason, Some(DropReason::ShortTalk), "what it does say counts");
    let mut config = default_rules_config();
    config.included_queues = vec!["Q1".to_owned()];
    let rules = rules_of(config);
    let mut metrics = with(short, |leg| {
        (leg.queue_id, leg.user_id, leg.talk_ms) = (None, Some("A1".to_owned()), Some(60_000));
    });
    assert_eq!(measure(&metrics, &rules, None).legs[0].drop_reason, Some(DropReason::Queue));
    metrics.source = Dialect::ConversationMetrics;
    assert!(measure(&metrics, &rules, None).legs[0].kept);
}

#[test]
fn a_transfer_row_makes_one_transfer_and_counts_as_nothing_else() {
    let row = with(flat_row("t1", "2024-01-15T09:12:20Z", "2024-01-15T09:12:35Z"), |leg| {
        leg.transfer_row = true;
        leg.media_type = MediaType::Unknown;
    });
    let rules = rules_of(default_rules_config());
    let measured = measure(&row, &rules, None);
    let (leg, transfer) = (&measured.legs[0], &measured.transfers[0]);
    assert_eq!(measured.transfers.len(), 1);
    assert_eq!(
        (transfer.conversation_id.as_str(), transfer.transfer_seq, transfer.kind),
        ("t1", 0, TransferKind::Unknown)
    );
    assert_eq!((transfer.from_queue_id.as_deref(), transfer.from_user_id.as_deref()), (Some("Q1"), Some("A1")));
    assert!(!transfer.completed && !transfer.malformed && transfer.target_wait_ms.is_none());
    assert_eq!(transfers::decode(&leg.transfers), Some(vec![(0, row.start)]));
    assert_eq!((leg.drop_reason, leg.transfers_out), (Some(DropReason::TransferRow), 0));
    let mut open = row;
    open.status = InteractionStatus::Open;
    assert!(measure(&open, &rules, None).transfers.is_empty());
}
