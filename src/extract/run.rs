//! One plan carried out until it ends or its publication fails: the loop over lanes, turns and confirmations. Edge.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tracing::Span;

use super::fetch::{Fetched, Fetcher};
use super::lane::{LaneRun, Waits, Woken};
use super::plan::{Failure, Lane, Next, Plan, PlanSettings, Split, Staged, Step};
use super::progress::{SourceProgress, Summary};
use super::publisher::{PublisherThread, Reply};
use super::reconciling::{Reconciler, Reconciling};
use super::source_offset::SourceOffset;
use super::task::SourceError;
use super::tending::Tending;
use crate::domain::causes::causes;
use crate::domain::dead_letter::{DeadLetter, SLICE_FAILED};
use crate::domain::reference;
use crate::domain::time::format_instant;
use crate::genesys::client::GenesysClient;
use crate::genesys::error::GenesysError;
use crate::genesys::quota::Backoff;
use crate::genesys::reference::ledger::Ledger;
use crate::publish::contract::PublishError;
use crate::runtime::shutdown::Shutdown;
use crate::runtime::spans;

/// How long a publication under way may take after a stop was asked for. With the thread's own deadline it stays below
/// the ten seconds that a stop may take.
const CONFIRM_WITHIN: Duration = Duration::from_secs(7);

/// Why a plan ended.
pub(super) enum Ended {
    /// A stop was asked for.
    Stopped,
    /// Another source took over.
    Fenced,
    /// The publisher was replaced: go on from the committed offset.
    ClaimAgain,
}

/// What happened while a plan runs.
enum Event {
    Stop,
    Reply(Option<Reply>),
    Lane(Lane, Woken),
    Compared,
    Tended,
}

/// A source's parts while it runs.
pub(super) struct Run {
    pub name: String,
    pub client: Arc<GenesysClient>,
    pub fetcher: Arc<Fetcher>,
    pub thread: PublisherThread,
    pub settings: PlanSettings,
    pub backoff: Backoff,
    pub progress: Arc<SourceProgress>,
    pub reconciler: Option<Arc<Reconciler>>,
    pub shutdown: Shutdown,
    /// The generation of the plan since the first claim.
    pub generation: Option<i64>,
    /// What has names here.
    pub named: Vec<reference::Kind>,
    /// What of the names is published; `None` where another source does that.
    pub ledger: Option<Ledger>,
}

/// A plan under way. At most one publication is unconfirmed; the lanes fetch meanwhile.
pub(super) struct Course {
    pub(super) plan: Plan,
    lanes: [LaneRun; 2],
    reconciling: Reconciling,
    tending: Tending,
    unconfirmed: Option<Summary>,
    // The publisher looks for what operators ask.
    pub(super) looking: bool,
    pub(super) looked_at: Instant,
    opened: bool,
}

impl Course {
    /// Whether the publisher has nothing to do.
    fn is_idle(&self) -> bool {
        self.unconfirmed.is_none() && !self.looking
    }
}

impl Run {
    /// Carries out the plan that goes on from `stored`. `failures` is set to 0 by every confirmation.
    pub(super) async fn plan_until_interrupted(
        &mut self,
        stored: Option<SourceOffset>,
        failures: &mut u32,
    ) -> Result<Ended, SourceError> {
        let mut plan = Plan::new(self.settings.clone(), stored)?;
        self.fetcher.queries.adopt(plan.in_flight());
        let Some(request) = self.first_request().await? else { return Ok(Ended::Stopped) };
        if let Some(request) = request {
            // The opening makes it last.
            plan.ask_again(&request, self.client.now());
        }
        let lanes = [LaneRun::new(Lane::Fresh), LaneRun::new(Lane::Revisit)];
        let reconciling = Reconciling::new(self.reconciler.clone());
        let mut course = Course {
            plan,
            lanes,
            reconciling,
            tending: Tending::new(),
            unconfirmed: None,
            looking: false,
            looked_at: Instant::now(),
            opened: false,
        };
        let opening = course.plan.opening(self.client.now());
        self.publish(&mut course, opening).await?;
        tracing::info!(source = self.name, at = format_instant(course.plan.standing().cursor), "source begins");
        loop {
            self.advance(&mut course).await?;
            let is_busy = !course.is_idle();
            let event = {
                let [fresh, revisit] = &mut course.lanes;
                let (reconciling, tending) = (&mut course.reconciling, &mut course.tending);
                tokio::select! {
                    biased;
                    () = self.shutdown.wait() => Event::Stop,
                    reply = self.thread.reply(), if is_busy => Event::Reply(reply),
                    woken = fresh.woken() => Event::Lane(Lane::Fresh, woken),
                    woken = revisit.woken() => Event::Lane(Lane::Revisit, woken),
                    () = reconciling.woken(&self.name, &self.progress) => Event::Compared,
                    () = tending.woken(&self.fetcher) => Event::Tended,
                }
            };
            match event {
                Event::Stop => return self.stop(course).await,
                Event::Reply(reply) if course.looking => self.requested(&mut course, reply).await?,
                Event::Reply(reply) => {
                    if let Some(ended) = self.confirmed(&mut course, reply)? {
                        return Ok(ended);
                    }
                    *failures = 0;
                }
                Event::Lane(lane, woken) => self.woken(&mut course, lane, woken)?,
                Event::Compared | Event::Tended => {}
            }
        }
    }

    /// Does what can be done without waiting: applies an answer whose turn it is, and lets idle lanes ask.
    async fn advance(&mut self, course: &mut Course) -> Result<(), SourceError> {
        self.take_in_queries(&mut course.plan);
        for index in 0..course.lanes.len() {
            if course.is_idle() {
                self.apply(course, index).await?;
            }
        }
        if course.is_idle()
            && let Some(staged) = course.plan.housekeeping(self.client.now())
        {
            self.publish(course, staged).await?;
        }
        if course.is_idle()
            && let Some(staged) = course.reconciling.staged(&mut course.plan, self.client.now())
        {
            self.publish(course, staged).await?;
        }
        if course.opened && course.is_idle() {
            self.look_for_requests(course).await;
        }
        if course.opened {
            course.reconciling.begin(&course.plan);
            for lane in &mut course.lanes {
                self.ask(&mut course.plan, lane, &course.tending);
            }
            if let Some(now) = self.reach(Lane::Fresh) {
                course.plan.look_ahead(now.first, self.fetcher.ahead_max());
            }
            course.tending.go_on(&self.fetcher, &course.plan);
        }
        self.progress.has_in_hand(course.plan.in_hand());
        Ok(())
    }

    fn ask(&self, plan: &mut Plan, lane: &mut LaneRun, tending: &Tending) {
        if !matches!(lane.waits, Waits::Plan) {
            return;
        }
        let of = lane.lane;
        let Some(now) = self.reach(of) else {
            let fetcher = Arc::clone(&self.fetcher);
            lane.waits = Waits::Reach(Box::pin(async move { fetcher.ask_reach(of).await }));
            return;
        };
        lane.waits = match plan.next(of, now) {
            // Its turn came while it is being submitted: it is asked for as soon as that is done.
            Next::Ask(ask) if of == Lane::Fresh && tending.is_submitting(ask.range()) => Waits::Plan,
            Next::Ask(ask) => lane.page(&self.name, &self.fetcher, ask),
            // Until it is heard that the lake is further, nothing changes.
            Next::Wait(_) if self.fetcher.shapes().iter().all(|shape| shape.availability_path().is_some()) => {
                lane.rest(Instant::now() + self.poll_interval())
            }
            Next::Wait(wait_ms) => lane.rest(Instant::now() + Duration::from_millis(wait_ms)),
        };
    }

    fn woken(&self, course: &mut Course, lane: Lane, woken: Woken) -> Result<(), SourceError> {
        let run = &mut course.lanes[lane as usize];
        match woken {
            Woken::Page(fetched) => {
                let Err(error) = &fetched.outcome else {
                    run.waits = Waits::Turn(fetched);
                    return Ok(());
                };
                self.progress.retried();
                // A login renewed or a column dropped: ask again at once, unless that did not help.
                let repaired = error.repaired() && run.repaired() <= 1;
                let refused = error.is_configuration() || matches!(error, GenesysError::AuthExpired { .. });
                if !repaired && refused && !self.fetcher.ever_answered() {
                    return fetched.outcome.map(|_| ()).map_err(SourceError::Refused);
                }
                if repaired {
                    tracing::info!(source = self.name, class = error.class(), "asking again after a repair");
                    course.plan.repaired(lane, error.class());
                    run.waits = Waits::Plan;
                } else {
                    run.waits = Waits::Turn(fetched);
                }
            }
            Woken::Time => {
                let stale = self.client.clock_age().is_none_or(|age| self.poll_interval() <= age);
                // Past the end only revisits are left, and their time comes by the platform's clock.
                let probe = lane == Lane::Revisit && stale && course.plan.fresh_is_finished();
                run.waits = if probe && matches!(run.waits, Waits::Time(_)) {
                    let client = Arc::clone(&self.client);
                    Waits::Clock(Box::pin(async move {
                        if let Err(error) = client.read_clock().await {
                            tracing::debug!(error = error.class(), "the platform's clock could not be asked");
                        }
                    }))
                } else {
                    Waits::Plan
                };
            }
            Woken::Clock | Woken::Reach(Ok(())) => run.waits = Waits::Plan,
            Woken::Reach(Err(error)) => {
                self.progress.retried();
                if error.is_configuration() && !self.fetcher.ever_answered() {
                    return Err(SourceError::Refused(error));
                }
                let reason = causes(&error);
                let wait_ms = run.failed(self.backoff, self.client.chance(), error.retry_after_ms()).as_millis() as u64;
                tracing::warn!(source = self.name, reason, wait_ms, "it is not known how far the data lake is");
            }
        }
        Ok(())
    }

    pub(super) fn poll_interval(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.settings.rules.poll_ms).unwrap_or(1))
    }

    /// Applies what the lane holds, if it waits for its turn.
    async fn apply(&mut self, course: &mut Course, index: usize) -> Result<(), SourceError> {
        let run = &mut course.lanes[index];
        let Some(Fetched { ask, request, outcome }) = run.take_turn() else { return Ok(()) };
        let now = self.client.now();
        let (step, at_least_ms, reason) = match outcome {
            Ok((page, sent_at)) => {
                let new = self.progress.drifted(&page.drift);
                if !new.unknown.is_empty() {
                    let (source, fields) = (&self.name, new.unknown);
                    tracing::warn!(source, ?fields, "answers have fields or words that nobody knows; they are counted");
                }
                if !new.missing.is_empty() {
                    tracing::debug!(source = self.name, fields = ?new.missing, "answers lack these now and then");
                }
                let step = course.plan.page(run.lane, &ask, page, sent_at, now, &request);
                (step, None, "the page token was dead".to_owned())
            }
            Err(error) => {
                let text = causes(&error);
                let failure = Failure { class: error.class(), text: &text, request: &request };
                (course.plan.failed(run.lane, failure, now), error.retry_after_ms(), text)
            }
        };
        match step {
            Step::Publish(staged) => {
                if let Some(kind) = staged.gave_up {
                    run.failed(self.backoff, self.client.chance(), at_least_ms);
                    let (source, from, to) = (&self.name, format_instant(ask.slice.from), format_instant(ask.slice.to));
                    let letter = staged.publication.dead_letters.iter().find(|letter| letter.reason == SLICE_FAILED);
                    if let Some(DeadLetter { rule, .. }) = letter {
                        tracing::error!(source, ?kind, from, to, rule, "slice given up; it is held and dead-lettered");
                    } else {
                        tracing::warn!(source, ?kind, from, to, reason, "revisit failed; it is tried again later");
                    }
                } else {
                    run.succeeded();
                }
                let slice = run.slice_span();
                self.publish_of(course, *staged, &slice).await?;
            }
            Step::Again(0) => {}
            Step::Narrowed(Split { from, to, window_ms, rows }) => {
                run.succeeded();
                let (source, from, to) = (&self.name, format_instant(from), format_instant(to));
                tracing::info!(source, from, to, window_ms, rows, reason, "asking for less time at once");
            }
            Step::Again(attempts) => {
                let wait_ms = run.failed(self.backoff, self.client.chance(), at_least_ms).as_millis() as u64;
                tracing::warn!(source = self.name, reason, attempts, wait_ms, "page failed, trying again");
            }
        }
        Ok(())
    }

    pub(super) async fn publish(&mut self, course: &mut Course, staged: Staged) -> Result<(), SourceError> {
        self.publish_of(course, staged, &Span::none()).await
    }

    async fn publish_of(&mut self, course: &mut Course, mut staged: Staged, slice: &Span) -> Result<(), SourceError> {
        course.unconfirmed = Some(Summary::of(&staged));
        for read in staged.publication.interactions.iter().filter(|read| read.raw.is_empty()) {
            let id = &read.interaction_id;
            tracing::warn!(
                source = self.name,
                id,
                "its JSON does not fit a record and is left out; its legs are whole"
            );
        }
        if let Some(ledger) = &mut self.ledger {
            staged.publication.reference = ledger.news(&self.fetcher.names().known(), self.client.now());
        }
        let span = spans::publication(slice, &self.name, staged.publication.interactions.len());
        if self.thread.publish(staged.publication, span).await { Ok(()) } else { Err(SourceError::ThreadGone(None)) }
    }

    fn confirmed(&mut self, course: &mut Course, reply: Option<Reply>) -> Result<Option<Ended>, SourceError> {
        match reply {
            Some(Reply::Published(Ok(()))) => {
                course.opened = true;
                if let Some(ledger) = &mut self.ledger {
                    ledger.confirmed();
                }
                if let Some(summary) = course.unconfirmed.take() {
                    self.progress.confirmed(summary);
                }
                // What was confirmed may be what the revisit lane waited for.
                let revisit = &mut course.lanes[Lane::Revisit as usize];
                if matches!(revisit.waits, Waits::Time(_)) {
                    revisit.waits = Waits::Plan;
                }
                Ok(None)
            }
            Some(Reply::Published(Err(PublishError::Retry(reason)))) => {
                tracing::warn!(source = self.name, reason, "publication failed, claiming again");
                Ok(Some(Ended::ClaimAgain))
            }
            Some(Reply::Published(Err(PublishError::Fenced))) => {
                tracing::info!(source = self.name, "another source took over");
                Ok(Some(Ended::Fenced))
            }
            Some(Reply::Published(Err(error @ PublishError::Fatal(_)))) => Err(SourceError::Publish(error)),
            Some(Reply::Claimed(_) | Reply::Requested(_)) | None => Err(SourceError::ThreadGone(None)),
        }
    }

    /// Waits for the publication under way, and deletes queries that are over meanwhile; pages in flight are dropped with
    /// the course.
    async fn stop(&mut self, mut course: Course) -> Result<Ended, SourceError> {
        let (fetcher, Course { plan, tending, opened, unconfirmed, .. }) = (Arc::clone(&self.fetcher), &mut course);
        let tidied = async {
            // Before the first page it is not known what is still needed.
            if *opened && tokio::time::timeout(CONFIRM_WITHIN, tending.end(&fetcher, plan)).await.is_err() {
                tracing::info!("queries are left to the platform, which forgets them by itself");
            }
        };
        let confirmed = async {
            unconfirmed.as_ref()?;
            Some(tokio::time::timeout(CONFIRM_WITHIN, self.thread.reply()).await)
        };
        let ((), confirmed) = tokio::join!(tidied, confirmed);
        if let Some(confirmed) = confirmed {
            match confirmed {
                Ok(reply) => {
                    self.confirmed(&mut course, reply)?;
                }
                Err(_) => tracing::warn!(source = self.name, "a publication was not confirmed before the stop"),
            }
        }
        Ok(Ended::Stopped)
    }
}
