//! Hand-made conversations. Pure.

use serde_json::Value;

use super::super::conversation::{Stretch, TrueConversation, TrueLeg, TrueTransfer, TrueTransferKind};
use super::super::of_conversations;
use super::super::settings::TruthSettings;
use super::rows::at;
use crate::domain::time::DurationMs;

/// A voice leg whose lengths are those of its stretches, given as `hh:mm:ss` of 2024-01-15 or in full.
pub(super) fn leg(queue: &str, user: &str, stretches: &[(Stretch, &str, &str)]) -> TrueLeg {
    let instant = |text: &str| at(&if text.len() == 8 { format!("2024-01-15T{text}Z") } else { text.to_owned() });
    let stretches: Vec<_> = stretches.iter().map(|(kind, from, to)| (*kind, instant(from), instant(to))).collect();
    let length_ms = |wanted: Stretch| -> DurationMs {
        stretches.iter().filter(|(kind, _, _)| *kind == wanted).map(|(_, from, to)| to - from).sum()
    };
    let first = |wanted: Stretch| stretches.iter().find(|(kind, _, _)| *kind == wanted).map(|(_, from, _)| *from);
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    TrueLeg {
        media: "voice",
        queue_id: some(queue),
        queue_name: (!queue.is_empty()).then(|| format!("Name of {queue}")),
        user_id: some(user),
        start: stretches[0].1,
        end: stretches.iter().map(|(_, _, to)| *to).max().unwrap(),
        arrival: first(Stretch::Wait),
        answered_at: first(Stretch::Wait).and(first(Stretch::Talk)),
        abandoned_at: None,
        flow_out_at: None,
        wait_ms: length_ms(Stretch::Wait),
        talk_ms: length_ms(Stretch::Talk),
        customer_hold_ms: length_ms(Stretch::CustomerHold),
        system_hold_ms: length_ms(Stretch::SystemHold),
        wrap_ms: length_ms(Stretch::Wrap),
        dialing_ms: length_ms(Stretch::Dialing),
        contacting_ms: length_ms(Stretch::Contacting),
        reported_handle_ms: None,
        wrapup_id: None,
        wrapup_name: None,
        transfers: Vec::new(),
        transferred_in_at: None,
        malformed: false,
        skill_set: String::new(),
        language: String::new(),
        service_level_target_ms: None,
        stretches,
    }
}

/// A queue visit from ten o'clock on that the customer left, or that a flow took away.
pub(super) fn unanswered(to: &str, flow: bool) -> TrueLeg {
    let visit = leg("Q1", "", &[(Stretch::Wait, "10:00:00", to)]);
    let (abandoned_at, flow_out_at) = if flow { (None, Some(visit.end)) } else { (Some(visit.end), None) };
    TrueLeg { abandoned_at, flow_out_at, ..visit }
}

pub(super) fn conversation(id: &str, legs: Vec<TrueLeg>) -> TrueConversation {
    TrueConversation { id: id.to_owned(), direction: Some("inbound"), legs }
}

/// METRICS scenario 7.
pub(super) fn transferred() -> TrueConversation {
    use Stretch::{CustomerHold, Talk, Wait, Wrap};
    let mut first = leg(
        "Q1",
        "A1",
        &[(Wait, "09:10:00", "09:10:20"), (Talk, "09:10:20", "09:12:20"), (Wrap, "09:12:20", "09:12:50")],
    );
    let mut second = leg(
        "Q2",
        "A2",
        &[
            (Wait, "09:12:20", "09:13:05"),
            (Talk, "09:13:05", "09:15:05"),
            (CustomerHold, "09:15:05", "09:15:25"),
            (Talk, "09:15:25", "09:17:25"),
            (Wrap, "09:17:25", "09:18:25"),
        ],
    );
    let made_at = at("2024-01-15T09:12:20Z");
    let (to_queue_id, target) = (Some("Q2".to_owned()), Some(1));
    first.transfers =
        vec![TrueTransfer { at: made_at, kind: TrueTransferKind::Blind, to_queue_id, target, malformed: false }];
    second.transferred_in_at = Some(made_at);
    conversation("C7", vec![first, second])
}

pub(super) fn told(settings: &TruthSettings, conversations: &[TrueConversation]) -> Vec<Value> {
    of_conversations(settings, conversations.iter()).rows().collect()
}

/// The values of one field, by the local hour and minute of the rows.
pub(super) fn by_time(rows: &[Value], field: &str) -> Vec<(String, Value)> {
    rows.iter().map(|row| (row["local_start"].as_str().unwrap()[11..16].to_owned(), row[field].clone())).collect()
}

pub(super) fn times(expected: &[(&str, i64)]) -> Vec<(String, Value)> {
    expected.iter().map(|(time, value)| ((*time).to_owned(), Value::from(*value))).collect()
}
