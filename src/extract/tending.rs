//! Tends the queries that stand at the platform while lanes read: submits the next ones ahead of their turn, looks how far
//! they are, deletes what is over. Edge.
//!
//! One request at a time; what is next is the table's to say (`genesys::query::flights`).

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tokio::time::Instant;
use xxhash_rust::xxh64::xxh64;

use super::fetch::Fetcher;
use super::narrow::{Narrowed, narrowed};
use super::plan::{Ask, Lane, Now, Plan};
use super::queries::Queries;
use super::reach::Reach;
use super::run::Run;
use super::source_offset::Kind;
use crate::domain::selection::Selection;
use crate::domain::time::TimeRange;
use crate::genesys::dialect::asynchronous::Asynchronous;
use crate::genesys::dialect::shape::Query;
use crate::genesys::limiter::Rank;
use crate::genesys::query::flights::{InFlight, Task, Wanted, Wants};
use crate::genesys::query::token::PageToken;

/// Whose turn the requests for queries of first readings take: they decide how soon the next slice can be read.
const RANK: Rank = Rank::First;

/// What tells one query from another in the table: the source partition, and what is asked of it. How it is narrowed to
/// the source partition is left out, since that may change from one moment to the next.
pub(super) fn text_of(of: Asynchronous, part: &Selection, query: &Query) -> String {
    let (_, body) = of.submission(&Query { filter: None, token: None, ..query.clone() });
    let text = format!("{}\n{body}", part.source_partition(of.dialect().word()));
    format!("{:016x}", xxh64(text.as_bytes(), 0))
}

type Carrying = Pin<Box<dyn Future<Output = ()> + Send>>;

enum Waits {
    Nothing,
    Time(Instant),
    Task(Carrying),
}

/// The tending of one source task, beside its lanes.
pub(super) struct Tending {
    waits: Waits,
    submitting: Option<TimeRange>,
}

impl Tending {
    /// One that has nothing to do yet.
    pub(super) fn new() -> Tending {
        Tending { waits: Waits::Nothing, submitting: None }
    }

    /// Whether a query for just this is being submitted: whoever asked for it too would submit it twice.
    pub(super) fn is_submitting(&self, range: TimeRange) -> bool {
        self.submitting == Some(range)
    }

    /// Goes on with what the plan wants at the platform.
    pub(super) fn go_on(&mut self, fetcher: &Arc<Fetcher>, plan: &Plan) {
        if !fetcher.asks_later() {
            return;
        }
        fetcher.queries.want(fetcher.wants(plan));
        if matches!(self.waits, Waits::Task(_)) {
            return;
        }
        self.waits = match fetcher.queries.next_task() {
            Task::Nothing => Waits::Nothing,
            Task::At(at_ms) => Waits::Time(fetcher.queries.instant(at_ms)),
            task => {
                self.submitting = if let Task::Submit(wanted) = &task { Some(wanted.range) } else { None };
                let fetcher = Arc::clone(fetcher);
                Waits::Task(Box::pin(async move { fetcher.carry_out(task).await }))
            }
        };
    }

    /// Waits until there may be something to do, or to store. Safe to drop half-way.
    pub(super) async fn woken(&mut self, fetcher: &Fetcher) {
        let is_done = tokio::select! {
            () = self.waited() => true,
            () = fetcher.queries.changed() => false,
        };
        if is_done {
            *self = Tending::new();
        }
    }

    /// Lets the request under way end, then deletes what nobody needs any more: also what was submitted and stands in no
    /// stored list, since whoever goes on would not know of it.
    pub(super) async fn end(&mut self, fetcher: &Fetcher, plan: &Plan) {
        if let Waits::Task(task) = &mut self.waits {
            task.await;
        }
        fetcher.queries.keep_only(plan.in_flight());
        fetcher.queries.delete_the_rest(RANK).await;
    }

    async fn waited(&mut self) {
        match &mut self.waits {
            Waits::Nothing => std::future::pending().await,
            Waits::Time(at) => tokio::time::sleep_until(*at).await,
            Waits::Task(task) => task.await,
        }
    }
}

impl Run {
    /// Takes in what happened to queries that are answered later.
    pub(super) fn take_in_queries(&self, plan: &mut Plan) {
        plan.note_in_flight(self.fetcher.queries.in_flight());
        let new = self.progress.drifted(&self.fetcher.queries.take_drift()).unknown;
        if !new.is_empty() {
            tracing::warn!(source = self.name, states = ?new, "queries are in states that no one knows");
        }
    }

    /// Up to when a lane may ask, by each of the dialects that it uses; `None` when that is to be heard first.
    pub(super) fn reach(&self, lane: Lane) -> Option<Now> {
        let of = |shape| match self.fetcher.reach(shape, self.poll_interval()) {
            Reach::Clock => Some(self.client.now()),
            Reach::Before(at) => Some(self.client.now().min(at)),
            Reach::Unknown => None,
        };
        let [first, again] = self.fetcher.shapes();
        let first = of(first)?;
        Some(Now { first, again: if lane == Lane::Revisit { of(again)? } else { first } })
    }
}

impl Fetcher {
    /// Whether any lane's queries are answered later.
    fn asks_later(&self) -> bool {
        self.shapes().into_iter().any(|shape| shape.asynchronous().is_some())
    }

    /// How many slices may be fixed ahead of their turn.
    pub(super) fn ahead_max(&self) -> usize {
        if self.shape(Kind::First).asynchronous().is_some() { self.queries.ahead_max() } else { 0 }
    }

    fn wants(&self, plan: &Plan) -> Wants {
        let mut wants = Wants::default();
        for ask in plan.under_way() {
            let Some(of) = self.shape(ask.kind).asynchronous() else { continue };
            wants.query_ids.extend(ask.token.as_deref().and_then(PageToken::from_text).map(|token| token.query_id));
            wants.asked.push(text_of(of, self.part(ask.kind), &self.query(&ask)));
        }
        if let Some(of) = self.shape(Kind::First).asynchronous() {
            wants.ahead = plan
                .planned()
                .map(|range| {
                    let asked = text_of(of, self.part(Kind::First), &self.query(&first(range)));
                    Wanted { range, asked }
                })
                .collect();
        }
        wants
    }

    async fn carry_out(&self, task: Task) {
        match task {
            Task::Submit(wanted) => self.submit_ahead(&wanted).await,
            Task::Look(query) => {
                if let Some(of) = Asynchronous::of_word(&query.dialect) {
                    // What is lost is asked for anew by the lane whose turn it is, and told then.
                    let _ = self.queries.look(RANK, of, &query.query_id).await;
                }
            }
            Task::Delete(query) => self.queries.delete_one(RANK, &query).await,
            Task::At(_) | Task::Nothing => {}
        }
    }

    async fn submit_ahead(&self, wanted: &Wanted) {
        let shape = self.shape(Kind::First);
        let Some(of) = shape.asynchronous() else { return };
        let mut query = self.query(&first(wanted.range));
        let part = (self.part(Kind::First), &self.settings.privacy);
        let submitted = match narrowed(&self.client, RANK, shape, &query, part).await {
            Ok(Narrowed::Nothing) => return self.queries.nothing_to_ask(&wanted.asked),
            Ok(Narrowed::To(filter)) => {
                query.filter = filter;
                self.queries.submit(RANK, of, &query, &wanted.asked).await
            }
            Err(error) => Err(error),
        };
        if let Err(error) = submitted {
            self.queries.not_submitted(&error);
        }
    }
}

impl Queries {
    /// Deletes what nobody needs any more, as far as the platform lets it.
    pub async fn delete_the_rest(&self, rank: Rank) {
        while let Task::Delete(query) = self.next_task() {
            self.delete_one(rank, &query).await;
        }
    }

    async fn delete_one(&self, rank: Rank, query: &InFlight) {
        match Asynchronous::of_word(&query.dialect) {
            Some(of) => self.delete(rank, of, &query.query_id).await,
            None => self.forget(&query.query_id),
        }
    }
}

fn first(range: TimeRange) -> Ask {
    Ask { kind: Kind::First, slice: range, from: range.from, to: range.to, token: None }
}
