//! Answers requests for what is answered later: submissions, states, pages, deletions. Edge: it answers HTTP requests.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::conversation::query::{parameters, read_details};
use super::super::conversation::seen::Moment;
use super::super::conversation::world::ConversationWorld;
use super::super::queries::desk::{Asked, Entry, Fate, LIFE_MS, Stage};
use super::super::queries::mark::Mark;
use super::super::queries::{job, report};
use super::super::query::Refusal;
use super::super::world::World;
use super::answer::Answer;
use super::simulator::Simulator;
use crate::domain::time::{DAY_MS, InstantMs, TimeRange, format_instant};

/// Where report queries live.
pub(super) const REPORTS: &str = "/api/v2/analytics/report-queries/";

/// Where jobs live.
pub(super) const JOBS: &str = "/api/v2/analytics/conversations/details/jobs";

/// A request for what is answered later.
pub(super) struct Later<'a> {
    pub simulator: &'a Simulator,
    pub query: &'a str,
    pub context: &'a str,
    /// The fault script lets the mark of a page be dead.
    pub mark_dead: bool,
    /// How the fault script lets a query end.
    pub fate: Option<Fate>,
}

impl Later<'_> {
    /// Takes in a report query.
    pub fn submit_report(&self, world: &World, body: Option<&Value>) -> Answer {
        let Some(body) = body else { return self.no_json() };
        match report::read(body, self.simulator.options.to_inclusive) {
            Ok(query) => {
                let number = self.simulator.desk().queries.submitted();
                let own = query.own_fate(world, self.simulator.options.clock.horizon(), number);
                let id = self.submit(Asked::Report(query), self.fate.unwrap_or(own));
                Answer::ok(json!({"queryId": id, "status": "pending"}).to_string())
            }
            Err(refusal) => self.refused(&refusal),
        }
    }

    /// Answers a query that asks at once: flat rows are no conversations, so these are counted and not told.
    pub fn count_conversations(&self, world: &World, body: &Value) -> Answer {
        let starts = match read_details(body) {
            Ok(query) if query.is_filtered() => {
                let message = "conversations of this history are counted and not told: no filter is answered here";
                return Answer::error(400, "invalid.value", message, self.context);
            }
            Ok(query) => query.starts(),
            Err(refusal) => return self.refused(&refusal),
        };
        let known_to = self.simulator.options.clock.horizon().map_or(starts.to, |now| starts.to.min(now + 1));
        // Its first row may lie on the day before.
        let rows = world.rows(TimeRange { from: starts.from - DAY_MS, to: known_to }, None);
        let mut first: BTreeMap<u128, InstantMs> = BTreeMap::new();
        for row in rows {
            let at = first.entry(row.conversation).or_insert(row.start);
            *at = row.start.min(*at);
        }
        let hits = first.values().filter(|at| starts.contains(**at)).count();
        Answer::ok(json!({"totalHits": hits}).to_string())
    }

    /// Takes in a job.
    pub fn submit_job(&self, body: Option<&Value>) -> Answer {
        let Some(body) = body else { return self.no_json() };
        match job::read(body) {
            Ok(query) => {
                let id = self.submit(Asked::Job(query), self.fate.unwrap_or_default());
                Answer { status: 202, ..Answer::ok(json!({"jobId": id}).to_string()) }
            }
            Err(refusal) => self.refused(&refusal),
        }
    }

    fn submit(&self, asked: Asked, fate: Fate) -> String {
        let clock = self.simulator.options.clock;
        let (now, available_at) = (clock.now(), self.available_at());
        // Reports are up to date; the lake that jobs read is behind.
        let known_to = match asked {
            Asked::Report(_) => clock.horizon(),
            Asked::Job(_) => clock.horizon().map(|horizon| horizon.min(available_at)),
        };
        self.simulator.desk().queries.submit(asked, fate, Moment(known_to), available_at, now)
    }

    /// Answers how far the lake is.
    pub fn availability(&self) -> Answer {
        Answer::ok(json!({"dataAvailabilityDate": format_instant(self.available_at())}).to_string())
    }

    fn available_at(&self) -> InstantMs {
        self.simulator.options.clock.now() - self.simulator.options.availability_lag_ms
    }

    /// Answers for a report query: its state, or a page.
    pub fn report(&self, world: &World, rest: &str) -> Answer {
        let now = self.simulator.options.clock.now();
        let (id, results) = split(rest);
        let Some(entry) = self.entry(id, now) else { return self.unknown() };
        let Asked::Report(query) = &entry.asked else { return self.unknown() };
        if !results {
            return Answer::ok(report_status(world, id, &entry, now).to_string());
        }
        if !matches!(entry.stage(now), Stage::Done(Fate::Completed | Fate::Short | Fate::Partial)) {
            return self.not_ready(id);
        }
        match self.mark(&entry, "pageToken") {
            Ok(mark) => {
                let options = &self.simulator.options;
                let page = query.page(world, &options.faults.odd_rows, &entry, mark, options.report_page);
                let next = page.next.map(|next| next.to_text(world.seed(), entry.number));
                Answer::with_rows(json!({"nextPageToken": next}), "data", page.data)
            }
            Err(text) => Answer::error(410, "gone", &format!("The pageToken [{text}] is gone."), self.context),
        }
    }

    /// Answers for a job: its state, or a page.
    pub fn job(&self, world: &ConversationWorld, rest: &str) -> Answer {
        let now = self.simulator.options.clock.now();
        let (id, results) = split(rest);
        let Some(entry) = self.entry(id, now) else { return self.unknown() };
        let Asked::Job(query) = &entry.asked else { return self.unknown() };
        if !results {
            return Answer::ok(job_status(&entry, now).to_string());
        }
        if !matches!(entry.stage(now), Stage::Done(Fate::Completed | Fate::Short)) {
            return self.not_ready(id);
        }
        let size = match parameters(self.query).get("pageSize").map(|text| text.parse()) {
            None => job::PAGE_MAX,
            Some(Ok(size)) if (1..=job::PAGE_MAX).contains(&size) => size,
            Some(_) => {
                let message = format!("pageSize must be a number from 1 to {}", job::PAGE_MAX);
                return Answer::error(400, "invalid.value", &message, self.context);
            }
        };
        match self.mark(&entry, "cursor") {
            Ok(mark) => {
                let page = query.page(world, &self.simulator.options.faults.odd_rows, &entry, mark, size);
                let mut body = json!({"dataAvailabilityDate": format_instant(entry.available_at)});
                if !page.conversations.is_empty() {
                    body["conversations"] = Value::Array(page.conversations);
                }
                if let Some(next) = page.next {
                    body["cursor"] = json!(next.to_text(world.seed(), entry.number));
                }
                Answer::ok(body.to_string())
            }
            Err(text) => Answer::error(400, "bad.request", &format!("The cursor [{text}] has expired."), self.context),
        }
    }

    /// Forgets a query.
    pub fn delete(&self, rest: &str) -> Answer {
        let (id, results) = split(rest);
        if results || !self.simulator.desk().queries.delete(id) {
            return self.unknown();
        }
        Answer { status: 204, ..Answer::ok(String::new()) }
    }

    fn entry(&self, id: &str, now: InstantMs) -> Option<Entry> {
        self.simulator.desk().queries.entry(id, now).cloned()
    }

    /// The place that the request names, or the text that names none.
    fn mark(&self, entry: &Entry, name: &str) -> Result<Option<Mark>, String> {
        let parameters = parameters(self.query);
        let Some(text) = parameters.get(name).filter(|text| !text.is_empty()) else { return Ok(None) };
        let mark = Mark::from_text(text, self.simulator.history.seed(), entry.number);
        mark.filter(|_| !self.mark_dead).map(Some).ok_or_else(|| text.clone())
    }

    fn unknown(&self) -> Answer {
        Answer::of_status(404, None, self.context)
    }

    fn not_ready(&self, id: &str) -> Answer {
        Answer::error(400, "bad.request", &format!("The query {id} has no results."), self.context)
    }

    fn no_json(&self) -> Answer {
        Answer::error(400, "bad.request", "The request body is no JSON.", self.context)
    }

    fn refused(&self, refusal: &Refusal) -> Answer {
        Answer::error(400, refusal.code, &refusal.message, self.context)
    }
}

/// The id, and whether its results are asked for.
fn split(rest: &str) -> (&str, bool) {
    rest.strip_suffix("/results").map_or((rest, false), |id| (id, true))
}

fn report_status(world: &World, id: &str, entry: &Entry, now: InstantMs) -> Value {
    let word = match entry.stage(now) {
        Stage::Pending => "pending",
        Stage::Running | Stage::Done(Fate::Endless) => "running",
        Stage::Done(Fate::Completed | Fate::Short) => "completed",
        Stage::Done(Fate::Partial) => "partial",
        Stage::Done(Fate::Failed | Fate::Cancelled | Fate::Expired) => "failed",
    };
    let uri = format!("{REPORTS}{id}/results");
    let mut body = json!({
        "id": id,
        "status": word,
        "progress": entry.progress(now),
        "resultsUri": uri,
        "createdTime": format_instant(entry.submitted_at),
        "updatedTime": format_instant(now.min(entry.done_at)),
    });
    match (word, &entry.asked) {
        ("failed", _) => body["error"] = json!("Internal Server Error"),
        ("completed" | "partial", Asked::Report(query)) => body["count"] = json!(query.count(world, entry)),
        _ => {}
    }
    body
}

fn job_status(entry: &Entry, now: InstantMs) -> Value {
    let (word, message) = match entry.stage(now) {
        Stage::Pending => ("QUEUED", None),
        Stage::Running | Stage::Done(Fate::Endless) => ("PENDING", None),
        Stage::Done(Fate::Completed | Fate::Short) => ("FULFILLED", None),
        // A job knows no part of a result.
        Stage::Done(Fate::Failed | Fate::Partial) => ("FAILED", Some("The query could not be processed.")),
        Stage::Done(Fate::Cancelled) => ("CANCELLED", Some("The query was cancelled.")),
        Stage::Done(Fate::Expired) => ("EXPIRED", Some("The query has expired.")),
    };
    let mut body = json!({"state": word, "submissionDate": format_instant(entry.submitted_at)});
    if let Stage::Done(_) = entry.stage(now) {
        body["completionDate"] = json!(format_instant(entry.done_at));
        body["expirationDate"] = json!(format_instant(entry.done_at + LIFE_MS));
    }
    if let Some(message) = message {
        body["errorMessage"] = json!(message);
    }
    body
}
