//! Samples that the tests of several rooms share, and the rules of flat rows. Pure.

use super::measure::{measure, settle};
use super::rules::Rules;
use crate::config::canonical::{canonical_text, rules_version};
use crate::config::typed::RulesConfig;
use crate::domain::exclusion::DropReason;
use crate::domain::interaction::{Interaction, InteractionLeg, InteractionStatus, LegRole};
use crate::domain::leg::Leg;
use crate::domain::media::{Dialect, MediaType};
use crate::domain::time::{DAY_MS, HOUR_MS, parse_instant};

/// The defaults of all settings that change numbers.
#[must_use]
pub fn default_rules_config() -> RulesConfig {
    crate::config::rules_of(&std::collections::BTreeMap::new()).unwrap()
}

/// Rules of these settings.
#[must_use]
pub fn rules_of(config: RulesConfig) -> Rules {
    let text = canonical_text(&config);
    let version = rules_version(&text);
    Rules::new(config, text, version)
}

/// A flat row of voice in Q1, completed, that starts at `start` and lasts until `end`; read long after.
#[must_use]
pub fn flat_row(id: &str, start: &str, end: &str) -> Interaction {
    let (start, end) = (parse_instant(start).unwrap(), parse_instant(end).unwrap());
    let leg = InteractionLeg {
        role: LegRole::Row,
        participant_id: String::new(),
        session_id: id.to_owned(),
        transfer_row: false,
        media_type: MediaType::Voice,
        media_reported: Some("voice".to_owned()),
        queue_id: Some("Q1".to_owned()),
        queue_name: None,
        user_id: Some("A1".to_owned()),
        direction: None,
        start: Some(start),
        end: Some(end),
        wait_ms: None,
        talk_ms: None,
        hold_ms: None,
        system_hold_ms: None,
        wrap_ms: None,
        agent_ms: None,
        dialing_ms: None,
        contacting_ms: None,
        reported_handle_ms: None,
        agent_wrap_at: None,
        wrapup_code_id: None,
        wrapup_code_name: None,
        transfers: None,
        skill_set: String::new(),
        language: String::new(),
        service_level_target_ms: None,
        abandoned_at: None,
        flow_out_at: None,
        phases: Vec::new(),
    };
    let mut interaction = Interaction {
        org_id: "acme".to_owned(),
        interaction_id: id.to_owned(),
        conversation_id: None,
        source: Dialect::InteractionDetails,
        version: end + 30 * DAY_MS,
        extracted_at: end + 30 * DAY_MS,
        content_hash: 0,
        status: InteractionStatus::Completed,
        start,
        end: Some(end),
        legs: vec![leg],
        direction: None,
        contact_hash: None,
        transfers: Vec::new(),
        dispositions: Vec::new(),
        raw: "{}".to_owned(),
    };
    interaction.content_hash = interaction.computed_hash();
    interaction
}

/// The same row with its only leg changed.
#[must_use]
pub fn with(mut interaction: Interaction, change: impl FnOnce(&mut InteractionLeg)) -> Interaction {
    change(&mut interaction.legs[0]);
    interaction.content_hash = interaction.computed_hash();
    interaction
}

/// A measured leg for tests of other rooms.
#[must_use]
pub fn sample_leg() -> Leg {
    let row = with(flat_row("x", "2024-01-15T10:10:00Z", "2024-01-15T10:20:00Z"), |leg| {
        leg.wait_ms = Some(30_000);
        leg.talk_ms = Some(400_000);
        leg.hold_ms = Some(50_000);
        leg.wrap_ms = Some(120_000);
        leg.transfers = Some(2);
        leg.wrapup_code_name = Some("Issue Resolved".to_owned());
    });
    measured(&row)
}

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
