//! Contacts and transfers: one row each, without intervals. Pure.

use serde_json::{Value, json};

use super::conversation::{TrueConversation, TrueTransferKind};
use super::flat;
use super::input::FinalRow;
use super::judge::Judged;
use super::session::answered;
use crate::domain::media::MediaType;
use crate::domain::time::{DurationMs, InstantMs};

/// Legs of one conversation and medium together.
#[derive(Clone, Debug)]
pub(super) struct Contact {
    pub media: MediaType,
    pub start: InstantMs,
    pub end: InstantMs,
    pub legs: i64,
    pub handled: i64,
    pub handle_ms: DurationMs,
}

/// The contacts of a conversation, by medium; its legs all have its direction.
pub(super) fn contacts(legs: &[Judged]) -> Vec<Contact> {
    let mut contacts: Vec<Contact> = Vec::new();
    for leg in legs.iter().filter(|leg| leg.in_contact()) {
        let blank = Contact { media: leg.media, start: leg.start, end: leg.end, legs: 0, handled: 0, handle_ms: 0 };
        let place = contacts.iter().position(|contact| contact.media == leg.media).unwrap_or_else(|| {
            contacts.push(blank);
            contacts.len() - 1
        });
        let contact = &mut contacts[place];
        contact.start = contact.start.min(leg.start);
        contact.end = contact.end.max(leg.end);
        contact.legs += 1;
        if leg.kept() {
            contact.handled += 1;
            contact.handle_ms += leg.handle_ms();
        }
    }
    contacts
}

/// A row of the topic `contacts` or `transfers`, and by what it is sorted and belongs to a range.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub start: InstantMs,
    pub conversation_id: String,
    /// The contact's medium, or the transfer's number.
    pub number: usize,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Contact(&'static str, Contact),
    Transfer(Box<Transfer>),
}

#[derive(Clone, Debug)]
struct Transfer {
    at: InstantMs,
    kind: &'static str,
    from_queue_id: Option<String>,
    from_user_id: Option<String>,
    to_queue_id: Option<String>,
    to_user_id: Option<String>,
    target_wait_ms: Option<DurationMs>,
    target_handle_ms: Option<DurationMs>,
    completed: bool,
    malformed: bool,
}

impl Record {
    pub(super) fn contact(conversation: &TrueConversation, contact: Contact) -> Record {
        Record {
            start: contact.start,
            conversation_id: conversation.id.clone(),
            number: contact.media as usize,
            kind: Kind::Contact(conversation.direction.unwrap_or_default(), contact),
        }
    }

    /// The row that a flat row which reports a transfer makes: all that it says is who transferred.
    pub(super) fn of_row(row: &FinalRow<'_>) -> Option<Record> {
        let transfer = Transfer {
            at: row.start,
            kind: "UNKNOWN",
            from_queue_id: row.queue_id.map(str::to_owned),
            from_user_id: row.user_id.clone(),
            to_queue_id: None,
            to_user_id: None,
            target_wait_ms: None,
            target_handle_ms: None,
            completed: false,
            malformed: false,
        };
        let kind = Kind::Transfer(Box::new(transfer));
        let record = Record { start: row.start, conversation_id: row.id.clone(), number: 0, kind };
        (flat::is_transfer(row) && !flat::is_rejected(row)).then_some(record)
    }

    pub(super) fn json(&self, org_id: &str) -> Value {
        match &self.kind {
            Kind::Contact(direction, contact) => json!({
                "org_id": org_id,
                "conversation_id": self.conversation_id,
                "direction": direction,
                "media_type": contact.media.symbol(),
                "start": contact.start,
                "end": contact.end,
                "legs": contact.legs,
                "handled": contact.handled,
                "handle_ms": contact.handle_ms,
            }),
            Kind::Transfer(transfer) => json!({
                "org_id": org_id,
                "conversation_id": self.conversation_id,
                "transfer_seq": self.number,
                "transfer_time": transfer.at,
                "kind": transfer.kind,
                "from_queue_id": transfer.from_queue_id,
                "from_user_id": transfer.from_user_id,
                "to_queue_id": transfer.to_queue_id,
                "to_user_id": transfer.to_user_id,
                "target_wait_ms": transfer.target_wait_ms,
                "target_handle_ms": transfer.target_handle_ms,
                "completed": transfer.completed,
                "malformed": transfer.malformed,
            }),
        }
    }
}

/// The transfers of a conversation, numbered in the order of time. `judged` are its legs in their order.
pub(super) fn transfers(conversation: &TrueConversation, judged: &[Judged]) -> Vec<Record> {
    let Some(start) = conversation.legs.iter().map(|leg| leg.start).min() else { return Vec::new() };
    let mut made: Vec<Transfer> = Vec::new();
    for leg in &conversation.legs {
        for transfer in &leg.transfers {
            let target = transfer.target.and_then(|place| Some((conversation.legs.get(place)?, judged.get(place)?)));
            let taken = target.filter(|(leg, _)| answered(leg));
            made.push(Transfer {
                at: transfer.at,
                kind: match transfer.kind {
                    TrueTransferKind::Blind => "BLIND",
                    TrueTransferKind::Consult => "CONSULT",
                    TrueTransferKind::Unknown => "UNKNOWN",
                },
                from_queue_id: leg.queue_id.clone(),
                from_user_id: leg.user_id.clone(),
                to_queue_id: transfer.to_queue_id.clone(),
                to_user_id: target.and_then(|(leg, _)| leg.user_id.clone()),
                target_wait_ms: target.map(|(leg, _)| leg.wait_ms),
                target_handle_ms: taken.map(|(_, judged)| judged.handle_ms()),
                completed: taken.is_some(),
                malformed: transfer.malformed,
            });
        }
    }
    made.sort_by_key(|transfer| transfer.at);
    let record = |(number, transfer)| {
        let kind = Kind::Transfer(Box::new(transfer));
        Record { start, conversation_id: conversation.id.clone(), number, kind }
    };
    made.into_iter().enumerate().map(record).collect()
}
