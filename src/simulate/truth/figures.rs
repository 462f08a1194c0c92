//! The figures of one topic: a history in, rows out. Pure.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;
use serde_json::Value;

use super::calendar::Calendar;
use super::conversation::TrueConversation;
use super::input::FinalRow;
use super::judge::Judged;
use super::record::{self, Record};
use super::settings::{TruthGrain, TruthSettings, TruthSubject};
use super::tally::Tally;
use super::{flat, place, session, write};
use crate::domain::time::InstantMs;

/// Whose row it is, whatever its interval.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Owner {
    /// Queue or agent; empty on the organisation's rows.
    pub subject: String,
    /// The medium's symbol.
    pub media: &'static str,
    pub skill_set: String,
    pub language: String,
    /// Of a KPI of the user's own.
    pub name: String,
}

/// The figures of one topic.
#[derive(Debug)]
pub struct Truth {
    pub(super) settings: TruthSettings,
    pub(super) calendar: Calendar,
    /// Whether the history tells conversations, not rows.
    pub(super) conversations: bool,
    tallies: BTreeMap<(InstantMs, Owner), Tally>,
    records: Vec<Record>,
}

/// The first local midnight of `zone` at or after `at`: where the rows of a history that begins at `at` begin.
#[must_use]
pub fn first_midnight(zone: Tz, at: InstantMs) -> InstantMs {
    Calendar::new(TruthGrain::Day, zone).midnight_from(at)
}

/// Computes the figures of flat rows under `settings`.
#[must_use]
pub fn of<'a>(settings: &TruthSettings, rows: impl Iterator<Item = FinalRow<'a>>) -> Truth {
    let mut truth = Truth::new(settings, false);
    for row in rows {
        if settings.subject == TruthSubject::Transfers {
            truth.records.extend(Record::of_row(&row));
        } else if let Some(judged) = flat::judge(settings, &row) {
            place::place(&mut truth, &judged);
        }
    }
    truth.finished()
}

/// Computes the figures of conversations under `settings`.
#[must_use]
pub fn of_conversations(
    settings: &TruthSettings,
    conversations: impl Iterator<Item = impl Borrow<TrueConversation>>,
) -> Truth {
    let mut truth = Truth::new(settings, true);
    for conversation in conversations {
        let conversation = conversation.borrow();
        let judged: Vec<Judged> = conversation.legs.iter().map(|leg| session::judge(settings, leg)).collect();
        let contacts = record::contacts(&judged);
        match settings.subject {
            TruthSubject::Transfers => truth.records.extend(record::transfers(conversation, &judged)),
            TruthSubject::Contacts => {
                truth.records.extend(contacts.into_iter().map(|contact| Record::contact(conversation, contact)));
            }
            TruthSubject::Org | TruthSubject::OrgTotal => {
                judged.iter().for_each(|leg| place::place(&mut truth, leg));
                for contact in contacts {
                    let media = if settings.subject.is_total() { "ALL" } else { contact.media.symbol() };
                    let tally = truth.tally(contact.start, &Owner::organisation(media));
                    tally.contacts += 1;
                    tally.contact_handle_ms += contact.handle_ms;
                }
            }
            _ => judged.iter().for_each(|leg| place::place(&mut truth, leg)),
        }
    }
    truth.finished()
}

impl Owner {
    fn organisation(media: &'static str) -> Owner {
        Owner { subject: String::new(), media, skill_set: String::new(), language: String::new(), name: String::new() }
    }
}

impl Truth {
    fn new(settings: &TruthSettings, conversations: bool) -> Truth {
        let calendar = Calendar::new(settings.grain, settings.zone);
        let (tallies, records) = (BTreeMap::new(), Vec::new());
        Truth { settings: settings.clone(), calendar, conversations, tallies, records }
    }

    /// The rows as JSON objects with the fields of the topic's record: KPI rows sorted by interval start, queue or agent,
    /// and medium; contacts and transfers by start and conversation.
    pub fn rows(&self) -> impl Iterator<Item = Value> + '_ {
        self.rows_from(0)
    }

    /// The same, without the first `skip`.
    pub fn rows_from(&self, skip: usize) -> impl Iterator<Item = Value> + '_ {
        // A topic has either tallies or records.
        let records = self.records.iter().skip(skip).map(|record| record.json(&self.settings.org_id));
        let tallies = self.tallies.iter().skip(skip);
        tallies.map(|((start, owner), tally)| write::row(self, *start, owner, tally)).chain(records)
    }

    pub(super) fn tally(&mut self, at: InstantMs, owner: &Owner) -> &mut Tally {
        let start = self.calendar.interval_start(at);
        self.tallies.entry((start, owner.clone())).or_default()
    }

    /// `[from, to)` cut at the boundaries of the intervals.
    pub(super) fn pieces(&self, from: InstantMs, to: InstantMs) -> Vec<(InstantMs, InstantMs)> {
        let mut pieces = Vec::new();
        let mut at = from;
        while at < to {
            let until = self.calendar.interval_end(self.calendar.interval_start(at)).min(to);
            pieces.push((at, until));
            at = until;
        }
        pieces
    }

    fn finished(mut self) -> Truth {
        let (from, to) = (self.settings.from, self.settings.to);
        let wanted = |at: InstantMs| from.is_none_or(|from| from <= at) && to.is_none_or(|to| at < to);
        self.tallies.retain(|(start, _), _| wanted(*start));
        self.records.retain(|record| wanted(record.start));
        self.records.sort_by(|one, other| {
            (one.start, &one.conversation_id, one.number).cmp(&(other.start, &other.conversation_id, other.number))
        });
        if self.settings.dense {
            self.fill();
            self.tallies.retain(|(start, _), _| wanted(*start));
        }
        self
    }

    /// A row of zeros for every interval of a local day in which a row's owner has none, but has others that day; and of
    /// every day for the queues that are always to have rows.
    fn fill(&mut self) {
        let mut days: BTreeMap<InstantMs, BTreeSet<Owner>> = BTreeMap::new();
        let mut said: BTreeMap<Owner, Tally> = BTreeMap::new();
        for ((start, owner), tally) in &self.tallies {
            days.entry(self.calendar.day(*start).0).or_default().insert(owner.clone());
            let known = said.entry(owner.clone()).or_default();
            known.queue_name = known.queue_name.clone().max(tally.queue_name.clone());
            known.target_ms = known.target_ms.max(tally.target_ms);
        }
        let always = self.always();
        let (Some(first), Some(last)) = (days.keys().next().copied(), days.keys().next_back().copied()) else { return };
        let mut day = first;
        while day <= last {
            let (from, to) = self.calendar.day(day);
            let seen = days.get(&day).into_iter().flatten();
            for owner in seen.chain(&always) {
                for start in self.calendar.starts(from, to) {
                    let unknown = Tally { target_ms: self.settings.service_level_ms, ..Tally::default() };
                    let blank = || said.get(owner).cloned().unwrap_or(unknown);
                    self.tallies.entry((start, owner.clone())).or_insert_with(blank);
                }
            }
            day = to;
        }
    }

    /// The queues that are always to have rows.
    fn always(&self) -> Vec<Owner> {
        if self.settings.subject != TruthSubject::Queue {
            return Vec::new();
        }
        let keys = self.settings.dense_keys.iter();
        keys.map(|(queue, media)| Owner { subject: queue.clone(), ..Owner::organisation(media.symbol()) }).collect()
    }
}
