//! Pure: generated readings of flat rows: usual, absent and odd facts.

use handletime::domain::interaction::{Interaction, InteractionLeg, InteractionStatus, LegRole};
use handletime::domain::media::{Dialect, MediaType};
use handletime::domain::time::{DAY_MS, HOUR_MS};
use proptest::prelude::*;
use proptest::sample::select;

use super::history::{BEGIN, MINUTE_MS};
use crate::support::samples::{blank_leg, hashed};

/// When a reading is made, and of what.
#[derive(Clone, Debug)]
struct Frame {
    id: i64,
    moved_ms: i64,
    length_ms: Option<i64>,
    end_at: usize,
    read_after_ms: i64,
    status: InteractionStatus,
}

fn frame() -> impl Strategy<Value = Frame> {
    let lengths = vec![0, 1, 10 * MINUTE_MS, 10 * MINUTE_MS, 45 * MINUTE_MS, 26 * HOUR_MS, 4 * DAY_MS, -2 * DAY_MS];
    let statuses = prop_oneof![
        6 => Just(InteractionStatus::Completed),
        2 => Just(InteractionStatus::Abandoned),
        2 => Just(InteractionStatus::Open),
    ];
    (
        0i64..8,
        select(vec![0, 0, 0, 0, 1, 25 * MINUTE_MS, DAY_MS, -20 * HOUR_MS]),
        prop_oneof![8 => select(lengths).prop_map(Some), 1 => Just(None)],
        0usize..4,
        select(vec![HOUR_MS, HOUR_MS, 10 * HOUR_MS, 23 * HOUR_MS, 25 * HOUR_MS, 60 * HOUR_MS]),
        statuses,
    )
        .prop_map(|(id, moved_ms, length_ms, end_at, read_after_ms, status)| Frame {
            id,
            moved_ms,
            length_ms,
            end_at,
            read_after_ms,
            status,
        })
}

/// Most readings say what this one says: usual, absent and odd lengths of time.
#[derive(Clone, Debug)]
struct Lengths {
    wait_ms: Option<i64>,
    talk_ms: Option<i64>,
    hold_ms: Option<i64>,
    system_hold_ms: Option<i64>,
    wrap_ms: Option<i64>,
    agent_ms: Option<i64>,
    dialing_ms: Option<i64>,
    reported_handle_ms: Option<i64>,
    wrap_before_end_ms: Option<i64>,
}

fn one_of(values: &[i64]) -> impl Strategy<Value = Option<i64>> + use<> {
    prop_oneof![1 => Just(None), 5 => select(values.to_vec()).prop_map(Some)]
}

fn lengths() -> impl Strategy<Value = Lengths> {
    (
        one_of(&[0, 5_000, 20_000, 20_001, 120_000, 120_001]),
        one_of(&[0, 2_999, 3_000, 180_000, 180_000, 181_234, 2 * HOUR_MS, 5 * DAY_MS, -5]),
        one_of(&[0, 40_000]),
        one_of(&[0, 30_000, 100_000]),
        one_of(&[0, 90_000]),
        one_of(&[0, 480_000, 480_000, 30 * HOUR_MS]),
        one_of(&[0, 4_000]),
        prop_oneof![3 => Just(None), 1 => one_of(&[10_000, 300_000])],
        one_of(&[0, 60_000]),
    )
        .prop_map(|(wait, talk, hold, system_hold, wrap, agent, dialing, reported, wrap_before_end)| Lengths {
            wait_ms: wait,
            talk_ms: talk,
            hold_ms: hold,
            system_hold_ms: system_hold,
            wrap_ms: wrap,
            agent_ms: agent,
            dialing_ms: dialing,
            reported_handle_ms: reported,
            wrap_before_end_ms: wrap_before_end,
        })
}

/// Who, where and how.
#[derive(Clone, Debug)]
struct Words {
    media: MediaType,
    queue: Option<&'static str>,
    queue_name: Option<&'static str>,
    user: Option<&'static str>,
    wrapup: (Option<&'static str>, Option<&'static str>),
    transfers: Option<i64>,
    transfer_row: bool,
    target_ms: Option<i64>,
    conversation: Option<&'static str>,
    skill_set: &'static str,
    language: &'static str,
}

fn words() -> impl Strategy<Value = Words> {
    use MediaType::{Callback, Chat, Email, Unknown, Voice};
    (
        select(vec![Voice, Voice, Voice, Callback, Chat, Email, Unknown]),
        select(vec![Some("Q1"), Some("Q1"), Some("Q1"), Some("Q2"), Some("QA_Review"), None]),
        select(vec![None, Some("First"), Some("First"), Some("Second"), Some("System_Health")]),
        select(vec![Some("A1"), Some("A1"), Some("A2"), None]),
        select(vec![
            (None, None),
            (Some("c1"), Some("Issue Resolved")),
            (None, Some("Follow Up")),
            (Some("c2"), None),
            (Some("c3"), Some("Test Call")),
        ]),
        select(vec![None, Some(0), Some(1), Some(2), Some(3), Some(5)]),
        prop::bool::weighted(0.1),
        select(vec![None, None, Some(10_000)]),
        (
            select(vec![None, None, None, Some("C1")]),
            select(vec!["", "Billing", "Billing|||Refunds"]),
            select(vec!["", "en"]),
        ),
    )
        .prop_map(|(media, queue, queue_name, user, wrapup, transfers, transfer_row, target_ms, kind)| {
            let (conversation, skill_set, language) = kind;
            Words {
                media,
                queue,
                queue_name,
                user,
                wrapup,
                transfers,
                transfer_row,
                target_ms,
                conversation,
                skill_set,
                language,
            }
        })
}

/// One reading of any of eight rows.
pub fn reading() -> impl Strategy<Value = Interaction> {
    (frame(), lengths(), words()).prop_map(|(frame, lengths, words)| interaction(&frame, &lengths, &words))
}

fn interaction(frame: &Frame, lengths: &Lengths, words: &Words) -> Interaction {
    // Seven and a half hours apart, each ten minutes before a boundary of half hours: the last begins on the third day.
    let usual = BEGIN + 10 * HOUR_MS + frame.id * (7 * HOUR_MS + 30 * MINUTE_MS) + 20 * MINUTE_MS;
    let start = usual + frame.moved_ms;
    let open = frame.status == InteractionStatus::Open;
    let end = frame.length_ms.filter(|_| !open).map(|length_ms| start + length_ms);
    let session = format!("id-{}", frame.id);
    let leg = InteractionLeg {
        transfer_row: words.transfer_row,
        queue_id: words.queue.map(str::to_owned),
        queue_name: words.queue_name.map(str::to_owned),
        user_id: words.user.map(str::to_owned),
        start: (frame.end_at != 1).then_some(start),
        end: end.filter(|_| frame.end_at < 2),
        wait_ms: lengths.wait_ms,
        talk_ms: lengths.talk_ms,
        hold_ms: lengths.hold_ms,
        system_hold_ms: lengths.system_hold_ms,
        wrap_ms: lengths.wrap_ms,
        agent_ms: lengths.agent_ms,
        dialing_ms: lengths.dialing_ms,
        reported_handle_ms: lengths.reported_handle_ms,
        agent_wrap_at: end.and_then(|end| lengths.wrap_before_end_ms.map(|before_ms| end - before_ms)),
        wrapup_code_id: words.wrapup.0.map(str::to_owned),
        wrapup_code_name: words.wrapup.1.map(str::to_owned),
        transfers: words.transfers,
        skill_set: words.skill_set.to_owned(),
        language: words.language.to_owned(),
        service_level_target_ms: words.target_ms,
        ..blank_leg(LegRole::Row, &session, words.media)
    };
    hashed(Interaction {
        org_id: "acme".to_owned(),
        interaction_id: session,
        conversation_id: words.conversation.map(str::to_owned),
        source: Dialect::InteractionDetails,
        version: usual + frame.read_after_ms,
        extracted_at: usual + frame.read_after_ms,
        content_hash: 0,
        status: frame.status,
        start,
        end,
        legs: vec![leg],
        direction: None,
        contact_hash: None,
        transfers: Vec::new(),
        dispositions: Vec::new(),
        raw: "{}".to_owned(),
    })
}
