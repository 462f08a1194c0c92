//! What became of an interaction as a whole: its contacts, and the transfers that its legs made. Pure.

use std::collections::BTreeSet;

use super::LegsTask;
use crate::domain::contact::{Contact, ContactKey};
use crate::domain::leg::Leg;
use crate::domain::time::InstantMs;
use crate::domain::transfer::{Transfer, TransferKey};
use crate::timeline::contact::contacts;
use crate::timeline::transfers;
use crate::topology::error::TopologyError;
use crate::topology::record::{Produce, topic};

impl LegsTask {
    /// Stages the contacts that changed, and tombstones of those that are gone. A contact belongs to the range that it
    /// starts in.
    pub(super) fn contact_rows(&mut self, old: &[Leg], new: &[Leg]) -> Result<(), TopologyError> {
        if !self.setup.rules.config.contacts_topic {
            return Ok(());
        }
        let range = self.range();
        let owned = |legs: &[Leg]| -> Vec<Contact> {
            contacts(legs).into_iter().filter(|contact| range.owns(contact.start)).collect()
        };
        let (before, after) = (owned(old), owned(new));
        let kept: BTreeSet<ContactKey> = after.iter().map(contact_key).collect();
        for key in before.iter().map(contact_key).filter(|key| !kept.contains(key)) {
            let key = self.codecs.contact_key.framed(&key)?;
            self.outcome(topic::CONTACTS, key, None);
        }
        for contact in after.iter().filter(|contact| !before.iter().any(|known| says_the_same(known, contact))) {
            let key = self.codecs.contact_key.framed(&contact_key(contact))?;
            let value = self.codecs.contact.framed(contact)?;
            self.outcome(topic::CONTACTS, key, Some(value));
        }
        Ok(())
    }

    /// Stages the transfers of a new reading, and tombstones of those that the old legs made and the new ones do not.
    pub(super) fn transfer_rows(&mut self, old: &[Leg], new: &[Leg], made: &[Transfer]) -> Result<(), TopologyError> {
        if !self.setup.rules.config.transfers_topic {
            return Ok(());
        }
        let range = self.range();
        let owned = |legs: &[Leg]| start(legs).is_some_and(|start| range.owns(start));
        let made = if owned(new) { made } else { &[] };
        let kept: BTreeSet<TransferKey> = made.iter().map(transfer_key).collect();
        let gone: BTreeSet<TransferKey> =
            old.iter().filter(|_| owned(old)).flat_map(keys_made).filter(|key| !kept.contains(key)).collect();
        for key in gone {
            let key = self.codecs.transfer_key.framed(&key)?;
            self.outcome(topic::TRANSFERS, key, None);
        }
        for transfer in made {
            let key = self.codecs.transfer_key.framed(&transfer_key(transfer))?;
            let value = self.codecs.transfer.framed(transfer)?;
            self.outcome(topic::TRANSFERS, key, Some(value));
        }
        Ok(())
    }

    fn outcome(&mut self, name: &str, key: Vec<u8>, value: Option<Vec<u8>>) {
        self.outputs.push(Produce {
            topic: name.to_owned(),
            partition: Some(self.partition),
            key: Some(key),
            value,
            ..Produce::default()
        });
    }
}

/// When the contact began, as its legs say.
fn start(legs: &[Leg]) -> Option<InstantMs> {
    legs.iter().filter_map(|leg| leg.start).min()
}

fn contact_key(contact: &Contact) -> ContactKey {
    ContactKey {
        org_id: contact.org_id.clone(),
        conversation_id: contact.conversation_id.clone(),
        direction: contact.direction.clone(),
        media_type: contact.media_type,
    }
}

/// Whether two readings say the same of a contact, whichever of them is the newer one.
fn says_the_same(one: &Contact, other: &Contact) -> bool {
    let alike = Contact { version: other.version, rules_version: other.rules_version.clone(), ..one.clone() };
    alike == *other
}

fn transfer_key(transfer: &Transfer) -> TransferKey {
    TransferKey {
        org_id: transfer.org_id.clone(),
        conversation_id: transfer.conversation_id.clone(),
        transfer_seq: transfer.transfer_seq,
    }
}

/// The keys of the transfers that a leg's row says it made.
fn keys_made(leg: &Leg) -> Vec<TransferKey> {
    let made = transfers::decode(&leg.transfers).unwrap_or_default();
    let of = |(transfer_seq, _)| TransferKey {
        org_id: leg.org_id.clone(),
        conversation_id: leg.interaction_id.clone(),
        transfer_seq,
    };
    made.into_iter().map(of).collect()
}
