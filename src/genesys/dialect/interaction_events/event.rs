//! One event as reported, and the order of events. Pure.

use crate::domain::time::{DurationMs, InstantMs};
use crate::domain::transfer::TransferKind;
use crate::genesys::wire::fields::Paths;

/// What happened. The order is that of events of one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum EventKind {
    Wait,
    Talk,
    Hold,
    Transfer,
    WrapUp,
    Disposition,
    System,
    Unknown,
}

impl EventKind {
    fn of(word: &str) -> EventKind {
        match word.to_ascii_lowercase().as_str() {
            "wait" => EventKind::Wait,
            "talk" => EventKind::Talk,
            "hold" => EventKind::Hold,
            "transfer" => EventKind::Transfer,
            "wrapup" => EventKind::WrapUp,
            "disposition" => EventKind::Disposition,
            "system" => EventKind::System,
            _ => EventKind::Unknown,
        }
    }

    /// Whether it takes time that is a phase.
    pub(super) fn is_phase(self) -> bool {
        matches!(self, EventKind::Wait | EventKind::Talk | EventKind::Hold | EventKind::WrapUp)
    }
}

/// An event. Events that differ in nothing are the same to every reader, so the derived order is a total one: time
/// first, then kind, then the rest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Event {
    pub(super) at: InstantMs,
    pub(super) kind: EventKind,
    pub(super) duration_ms: Option<DurationMs>,
    pub(super) queue_id: Option<String>,
    pub(super) agent_id: Option<String>,
    pub(super) skill_id: Option<String>,
    pub(super) code: Option<String>,
    pub(super) by_system: bool,
    pub(super) transfer_kind: TransferKind,
    pub(super) word: String,
}

impl Event {
    /// Reads an event.
    pub(super) fn read(json: &str) -> Result<Event, String> {
        let paths = Paths::of(json)?;
        let word = paths.text("eventType")?.ok_or("an event has an eventType")?;
        let transfer_word = paths.text("transferType")?.unwrap_or_default().to_ascii_lowercase();
        Ok(Event {
            at: paths.instant("timestamp")?.ok_or("an event has a timestamp")?,
            kind: EventKind::of(&word),
            duration_ms: paths.seconds("duration")?,
            queue_id: paths.text("routing.queue.id")?,
            agent_id: paths.text("agent.id")?,
            skill_id: paths.text("routing.skill.id")?,
            code: paths.text("wrapUp.code")?,
            by_system: paths.flag("systemInitiated")?
                || paths.text("holdType")?.is_some_and(|word| word.eq_ignore_ascii_case("system")),
            transfer_kind: match transfer_word.as_str() {
                "blind" => TransferKind::Blind,
                "consult" => TransferKind::Consult,
                _ => TransferKind::Unknown,
            },
            word,
        })
    }

    /// First instant after it; an event without a duration is a moment.
    pub(super) fn end(&self) -> InstantMs {
        self.at.saturating_add(self.duration_ms.unwrap_or(0))
    }
}

/// Gives events that name no agent or no queue the one that was named last before them; `events` are in their order.
///
/// A transfer's queue is its target, which handles nothing until an event of its own names it.
pub(super) fn fill_in(events: &mut [Event]) {
    let (mut agent_id, mut queue_id) = (None, None);
    for event in events.iter_mut().filter(|event| event.kind != EventKind::Unknown) {
        let of_an_agent = matches!(event.kind, EventKind::Talk | EventKind::Hold | EventKind::WrapUp);
        if of_an_agent && event.agent_id.is_none() {
            event.agent_id.clone_from(&agent_id);
        } else if event.agent_id.is_some() {
            agent_id.clone_from(&event.agent_id);
        }
        if event.kind == EventKind::Transfer {
            continue;
        }
        let at_an_agent = of_an_agent || (event.kind == EventKind::Wait && event.agent_id.is_some());
        if at_an_agent && event.queue_id.is_none() {
            event.queue_id.clone_from(&queue_id);
        } else if event.queue_id.is_some() {
            queue_id.clone_from(&event.queue_id);
        }
    }
}
