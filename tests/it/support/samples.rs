//! Pure: readings and settings that tests start from.

use std::collections::BTreeMap;

use handletime::config::typed::RulesConfig;
use handletime::domain::attribution::Basis;
use handletime::domain::interaction::{
    Interaction, InteractionLeg, InteractionStatus, InteractionTransfer, LegRole, Phase, PhaseKind,
};
use handletime::domain::media::{Dialect, MediaType};
use handletime::domain::time::{DAY_MS, InstantMs, parse_instant};
use handletime::domain::transfer::TransferKind;

/// The defaults of all settings that change numbers.
pub fn defaults() -> RulesConfig {
    handletime::config::rules_of(&BTreeMap::new()).expect("the defaults are sound")
}

/// The defaults with all three bases, START first.
pub fn all_bases() -> RulesConfig {
    RulesConfig { attribution: vec![Basis::Start, Basis::Completion, Basis::Apportioned], ..defaults() }
}

/// An instant that a test writes down.
pub fn at(text: &str) -> InstantMs {
    parse_instant(text).unwrap_or_else(|| panic!("{text} is no instant"))
}

/// A leg of which nothing is said.
pub fn blank_leg(role: LegRole, session: &str, media: MediaType) -> InteractionLeg {
    InteractionLeg { session_id: session.to_owned(), media_type: media, ..InteractionLeg::blank(role) }
}

/// A completed interaction that is read long after its end.
pub fn interaction(id: &str, source: Dialect, start: InstantMs, end: InstantMs) -> Interaction {
    hashed(Interaction {
        org_id: "acme".to_owned(),
        interaction_id: id.to_owned(),
        conversation_id: None,
        source,
        version: end + 30 * DAY_MS,
        extracted_at: end + 30 * DAY_MS,
        content_hash: 0,
        status: InteractionStatus::Completed,
        start,
        end: Some(end),
        legs: Vec::new(),
        direction: None,
        contact_hash: None,
        transfers: Vec::new(),
        dispositions: Vec::new(),
        raw: "{}".to_owned(),
    })
}

/// The same with the hash of its content.
pub fn hashed(mut interaction: Interaction) -> Interaction {
    interaction.content_hash = interaction.computed_hash();
    interaction
}

/// A flat row of voice in Q1 by A1, completed.
pub fn flat_row(id: &str, start: &str, end: &str) -> Interaction {
    let (start, end) = (at(start), at(end));
    let mut row = interaction(id, Dialect::InteractionDetails, start, end);
    let mut leg = blank_leg(LegRole::Row, id, MediaType::Voice);
    (leg.queue_id, leg.user_id) = (Some("Q1".to_owned()), Some("A1".to_owned()));
    (leg.start, leg.end) = (Some(start), Some(end));
    row.legs.push(leg);
    hashed(row)
}

/// The same row with its only leg changed.
pub fn with(mut interaction: Interaction, change: impl FnOnce(&mut InteractionLeg)) -> Interaction {
    change(&mut interaction.legs[0]);
    hashed(interaction)
}

/// A conversation of events on 2024-01-15 unless told otherwise: who waited, who did what, phases as written.
pub struct Told {
    day: String,
    media: MediaType,
    reading: Interaction,
}

impl Told {
    pub fn new(id: &str) -> Told {
        let mut reading = interaction(id, Dialect::InteractionEvents, 0, 0);
        reading.conversation_id = Some(id.to_owned());
        Told { day: "2024-01-15".to_owned(), media: MediaType::Voice, reading }
    }

    pub fn on(mut self, day: &str) -> Told {
        day.clone_into(&mut self.day);
        self
    }

    pub fn media(mut self, media: MediaType) -> Told {
        self.media = media;
        self
    }

    fn instant(&self, text: &str) -> InstantMs {
        let whole = if text.contains('T') { text.to_owned() } else { format!("{}T{text}", self.day) };
        at(&format!("{whole}Z"))
    }

    fn leg(&mut self, role: LegRole, session: &str, queue: &str, user: Option<&str>) -> &mut InteractionLeg {
        let known = self.reading.legs.iter().position(|leg| leg.session_id == session);
        let index = known.unwrap_or_else(|| {
            let mut leg = blank_leg(role, session, self.media);
            leg.queue_id = Some(queue.to_owned()).filter(|queue| !queue.is_empty());
            leg.user_id = user.map(str::to_owned);
            self.reading.legs.push(leg);
            self.reading.legs.len() - 1
        });
        &mut self.reading.legs[index]
    }

    /// A wait in a queue, `[from, to)`; times without a date are of the day.
    pub fn wait(mut self, queue: &str, from: &str, to: &str) -> Told {
        let phase = Phase { kind: PhaseKind::Wait, start: self.instant(from), end: self.instant(to) };
        self.leg(LegRole::Queue, queue, queue, None).phases.push(phase);
        self
    }

    /// What an agent of a queue does, `[from, to)`.
    pub fn does(mut self, queue: &str, user: &str, kind: PhaseKind, from: &str, to: &str) -> Told {
        let phase = Phase { kind, start: self.instant(from), end: self.instant(to) };
        self.leg(LegRole::Agent, &format!("{queue}/{user}"), queue, Some(user)).phases.push(phase);
        self
    }

    pub fn talks(self, queue: &str, user: &str, from: &str, to: &str) -> Told {
        self.does(queue, user, PhaseKind::Talk, from, to)
    }

    pub fn wraps(self, queue: &str, user: &str, from: &str, to: &str) -> Told {
        self.does(queue, user, PhaseKind::Wrap, from, to)
    }

    /// The agent hands the contact on to a queue.
    pub fn transfers(mut self, user: &str, when: &str, to_queue: &str) -> Told {
        self.reading.transfers.push(InteractionTransfer {
            at: self.instant(when),
            kind: TransferKind::Unknown,
            session_id: None,
            user_id: Some(user.to_owned()),
            to_queue_id: Some(to_queue.to_owned()),
            to_user_id: None,
        });
        self
    }

    /// The platform says when the customer left a queue, or a flow took the contact.
    pub fn left(mut self, queue: &str, abandoned_at: Option<&str>, flow_out_at: Option<&str>) -> Told {
        let abandoned_at = abandoned_at.map(|text| self.instant(text));
        let flow_out_at = flow_out_at.map(|text| self.instant(text));
        let leg = self.leg(LegRole::Queue, queue, queue, None);
        (leg.abandoned_at, leg.flow_out_at) = (abandoned_at, flow_out_at);
        self
    }

    /// The reading; it begins with the first phase, and ends with the last.
    pub fn read(mut self) -> Interaction {
        let phases = || self.reading.legs.iter().flat_map(|leg| &leg.phases);
        let start = phases().map(|phase| phase.start).min().expect("something happens");
        let end = phases().map(|phase| phase.end).max().expect("something happens");
        (self.reading.start, self.reading.end) = (start, Some(end));
        self.reading.version = end + 30 * DAY_MS;
        self.reading.extracted_at = self.reading.version;
        for leg in &mut self.reading.legs {
            leg.start = leg.phases.iter().map(|phase| phase.start).min();
            leg.end = leg.phases.iter().map(|phase| phase.end).max();
        }
        hashed(self.reading)
    }
}
