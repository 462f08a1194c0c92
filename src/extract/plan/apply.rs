//! What an answer or a failed attempt does to the plan. Pure.

use xxhash_rust::xxh64::Xxh64;

use super::machine::{Active, Plan};
use super::types::{Ask, Lane, Step};
use crate::domain::dead_letter::DeadLetter;
use crate::domain::interaction::InteractionStatus;
use crate::domain::slice::SliceState;
use crate::domain::time::{InstantMs, TimeRange, format_instant};
use crate::extract::counts::Taken;
use crate::extract::cursor::{Shape as Look, Verdict};
use crate::extract::fit;
use crate::extract::normalize;
use crate::extract::part::is_left_to_others;
use crate::extract::revisit::floor_second;
use crate::extract::source_offset::Kind;
use crate::genesys::dialect::shape::Shape;
use crate::genesys::wire::{MalformedRow, Page, RowRead};
use crate::publish::contract::Publication;

/// The class of a query that selects more than the platform gives.
const TOO_MUCH: &str = "too_much";

/// The same for the same rows in the same order, and else another.
fn fingerprint(rows: &[RowRead]) -> u64 {
    let mut hash = Xxh64::new(0);
    for row in rows {
        hash.update(row.name().as_bytes());
        hash.update(&[0]);
    }
    hash.digest()
}

/// Whether a start lies more than a second outside, which no rounding of the bounds explains.
fn is_far(asked: TimeRange, start: InstantMs) -> bool {
    start < asked.from - 1_000 || asked.to + 1_000 < start
}

/// A failed attempt at a page, as the plan needs to know it.
#[derive(Clone, Copy, Debug)]
pub struct Failure<'a> {
    /// One word.
    pub class: &'a str,
    /// The platform's text, or the network's.
    pub text: &'a str,
    /// The request's body: the dead letter's value when the slice is given up.
    pub request: &'a str,
}

impl Plan {
    /// Takes in the answer to `ask`, which was sent at the platform's instant `sent_at`; `request` is what was sent.
    ///
    /// The plan has moved on when this returns; what it returns must be published before anything later is.
    pub fn page(
        &mut self,
        lane: Lane,
        ask: &Ask,
        page: Page,
        sent_at: InstantMs,
        now: InstantMs,
        request: &str,
    ) -> Step {
        let Some(mut active) = self.take(lane) else { return Step::Again(0) };
        let slice = &mut active.reading.slice;
        if active.reading.kind == Kind::First {
            // The platform's clock turned out to be behind what was believed: the slice's end is not old enough yet.
            let old_enough = floor_second(sent_at - self.settings.freshness_delay_ms);
            if old_enough <= slice.resume_from {
                active.cursor.dropped();
                slice.rewind();
                self.resting = true;
                self.put_back(lane, active);
                return Step::Again(0);
            }
            slice.to = slice.to.min(old_enough);
        }
        active.query = TimeRange { from: ask.from, to: ask.to };
        active.token_since = sent_at;
        slice.attempts += 1;
        slice.first_asked_at.get_or_insert(sent_at);
        if ask.token.is_none() {
            slice.selected_before = slice.counts.selected;
        }
        // A query that resumes is counted without what earlier ones of its window have read.
        let earlier = slice.selected_before - slice.before.counts.selected;
        // A count of more time than the window has says nothing of it.
        let starts = page.starts.filter(|_| ask.to == slice.window().to);
        let total = page.total.filter(|_| ask.token.is_none() && slice.native_count.is_none());
        if let Some(native) = starts.or(total) {
            slice.native_count = Some(native + earlier);
            slice.counts_outside = starts.is_none();
        }
        active.recent = page.recent.or(active.recent);
        let look = Look {
            rows: page.rows.len(),
            next_token: page.next_token.clone(),
            total: page.total,
            fingerprint: fingerprint(&page.rows),
        };
        // An empty answer moves nothing, so its verdict may be asked for before the version is spent.
        // A page out of the lake speaks for no later instant than it says: beside another dialect's, which is not behind,
        // it would else undo what that one knows already.
        let as_said = page.rows.is_empty() || page.speaks_for.is_some();
        let version = if as_said { sent_at } else { self.offset.next_version(sent_at) };
        let keeps_bounds = self.settings.shape(active.reading.kind).is_some_and(Shape::keeps_bounds);
        let publication = self.take_rows(&mut active, page, version, now, keeps_bounds);
        let verdict = active.cursor.answered(look, active.reading.slice.position());
        if let Verdict::Dead(reason) = verdict {
            let failure = Failure { class: "token_gone", text: reason, request };
            return self.failed_attempt(lane, active, failure, publication, now);
        }
        active.reading.slice.pages += 1;
        match verdict {
            Verdict::End => self.window_ended(lane, active, publication, request, now),
            Verdict::More | Verdict::Doubt | Verdict::Dead(_) => {
                let slice = Some(self.slice_status(&active, SliceState::Running, now));
                self.put_back(lane, active);
                let staged = self.stage(Publication { slice, ..publication });
                if verdict == Verdict::Doubt {
                    self.rewind(lane);
                }
                Step::Publish(Box::new(staged))
            }
        }
    }

    /// Takes in a failed attempt at the lane's page: the token is dropped, the slice resumes at its last published
    /// instant, and is given up when its retries are spent. A query that selects too much is no failed attempt: the
    /// next one asks for less time.
    pub fn failed(&mut self, lane: Lane, failure: Failure<'_>, now: InstantMs) -> Step {
        let Some(mut active) = self.take(lane) else { return Step::Again(0) };
        active.reading.slice.attempts += 1;
        if failure.class == TOO_MUCH {
            return self.too_much(lane, active, failure, now);
        }
        let survives = self.token_survives(active.reading.kind, failure.class);
        if survives && active.cursor.token().is_some() && active.cursor.failures() + 1 < self.settings.retries_max {
            let failures = active.cursor.failed_at_page();
            active.last_error_class = Some(failure.class.to_owned());
            self.put_back(lane, active);
            return Step::Again(failures);
        }
        self.failed_attempt(lane, active, failure, Publication::default(), now)
    }

    /// An attempt of that class did not count: its cause is repaired, only a token that does not survive it is lost.
    pub fn repaired(&mut self, lane: Lane, class: &str) {
        if let Some(mut active) = self.take(lane) {
            active.reading.slice.attempts += 1;
            if !self.token_survives(active.reading.kind, class) {
                active.cursor.dropped();
                active.reading.slice.rewind();
            }
            self.put_back(lane, active);
        }
    }

    fn token_survives(&self, kind: Kind, class: &str) -> bool {
        self.settings.shape(kind).is_some_and(|shape| shape.token_survives(class))
    }

    pub(super) fn take(&mut self, lane: Lane) -> Option<Active> {
        match lane {
            Lane::Fresh => self.fresh.take(),
            Lane::Revisit => self.revisit.take(),
        }
    }

    pub(super) fn put_back(&mut self, lane: Lane, active: Active) {
        match lane {
            Lane::Fresh => self.fresh = Some(active),
            Lane::Revisit => self.revisit = Some(active),
        }
    }

    pub(super) fn rewind(&mut self, lane: Lane) {
        if let Some(mut active) = self.take(lane) {
            active.reading.slice.rewind();
            self.put_back(lane, active);
        }
    }

    /// Counts the page's rows into the slice and turns them into what is published.
    ///
    /// Where the platform promises to keep to the bounds, a row far outside shows that it reads them otherwise: then no
    /// other slice is sure to have the row, and it is published at once.
    fn take_rows(
        &self,
        active: &mut Active,
        page: Page,
        version: InstantMs,
        now: InstantMs,
        keeps_bounds: bool,
    ) -> Publication {
        let mut publication = Publication::default();
        let page_number = active.reading.slice.pages + 1;
        let origin = &self.settings.origin;
        // A server may answer more than was asked for. A row at or after `to` belongs to the next window or slice, one
        // before `from` to an earlier one or to the pages before the token was dropped; a row whose start cannot be
        // read belongs to no other.
        let window = active.reading.slice.window();
        let range = TimeRange { from: active.query.from, to: window.to };
        let is_counted = active.reading.slice.counts_outside;
        for (number, row) in page.rows.into_iter().enumerate() {
            let elsewhere = row.start().filter(|start| !range.contains(*start));
            if let Some(start) = elsewhere {
                // What starts before a query that resumes came with the queries before it.
                let again = start < active.query.from && window.from < active.query.from;
                if is_counted && !again && !window.contains(start) {
                    active.reading.slice.pass_over(start);
                }
                if !keeps_bounds || !is_far(active.query, start) {
                    continue;
                }
            }
            if active.reading.kind != Kind::Retry && is_left_to_others(&self.settings.selection, &row) {
                // Part of the platform's count of the query, and of nothing that this source partition publishes.
                if is_counted {
                    active.reading.slice.pass_over(row.start().unwrap_or(active.reading.slice.resume_from));
                }
                continue;
            }
            let read = match row {
                RowRead::Row(row) => Ok(normalize::interaction(*row, origin, version, now)),
                RowRead::Whole(read) => Ok(normalize::whole(*read, origin, version, now)),
                RowRead::Malformed(row) => Err(row),
            };
            match read {
                Ok(read) => {
                    let read = normalize::named(read, &page.names);
                    let (start, end) = (read.start, read.end);
                    let open = matches!(read.status, InteractionStatus::Open | InteractionStatus::Unknown);
                    let place = || format!("{} page {page_number} row {number}", self.origin_of(active));
                    let fitted = fit::fitted(read, place);
                    let taken = match &fitted {
                        Err(_) => Taken::SetAside,
                        Ok(_) if open => Taken::Open,
                        Ok(_) => Taken::Ended,
                    };
                    if elsewhere.is_none() {
                        active.reading.slice.take(Some(start), taken);
                    }
                    let news = match active.reading.ended_since {
                        Some(since) => !open && end.is_none_or(|end| since <= end),
                        None => true,
                    };
                    if news {
                        match fitted {
                            Ok(read) => publication.interactions.push(read),
                            Err(letter) => publication.dead_letters.push(fit::cut(letter)),
                        }
                    }
                }
                Err(row) => {
                    if elsewhere.is_none() {
                        active.reading.slice.take(row.start, Taken::SetAside);
                    }
                    publication.dead_letters.push(fit::cut(self.malformed(active, row, page_number, number)));
                }
            }
        }
        publication
    }

    fn malformed(&self, active: &Active, row: MalformedRow, page: i64, number: usize) -> DeadLetter {
        DeadLetter {
            key: row.id.map(String::into_bytes),
            value: Some(row.json.into_bytes()),
            reason: "malformed".to_owned(),
            rule: row.rule,
            origin: format!("{} page {page} row {number}", self.origin_of(active)),
        }
    }

    pub(super) fn origin_of(&self, active: &Active) -> String {
        let slice = &active.reading.slice;
        format!("{} [{}, {})", self.settings.source_partition, format_instant(slice.from), format_instant(slice.to))
    }
}
