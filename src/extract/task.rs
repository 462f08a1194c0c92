//! The source task: claims, plans, fetches on two lanes at once and publishes page by page. Edge.
//!
//! ```text
//!  claim ─▶ log in ─▶ opening watermark ─▶ ┌ lanes ask, the plan applies one answer at a time, the thread publishes ┐
//!    ▲                                     └ confirmed ─▶ progress ─────────────────────────────────────────────────┘
//!    └──────────── the publication failed: plan and pages in flight are dropped, all begins at the committed offset
//! ```

use std::sync::Arc;

use super::fetch::{AskedAgain, FetchSettings, Fetcher};
use super::normalize::Origin;
use super::pace::{PAGES_OF_A_QUERY, PAGES_OF_A_SLICE, PaceRules};
use super::plan::{Compared, PlanSettings};
use super::progress::SourceProgress;
use super::publisher::PublisherThread;
use super::reconciling::Reconciler;
use super::revisit::RevisitRules;
use super::run::Run;
use super::source_offset::OffsetError;
use crate::config::typed::{RevisitDialect, SourceConfig};
use crate::domain::reference::Kind;
use crate::domain::selection::Selection;
use crate::genesys::client::{ClientError, GenesysClient};
use crate::genesys::counters::Account;
use crate::genesys::dialect::asynchronous::Asynchronous;
use crate::genesys::dialect::shape::Shape;
use crate::genesys::error::GenesysError;
use crate::genesys::privacy::Privacy;
use crate::genesys::query::machine::Pace;
use crate::genesys::quota::Backoff;
use crate::genesys::reference::cache::NameCache;
use crate::genesys::reference::ledger::Ledger;
use crate::publish::contract::{Publish, PublishError};
use crate::reconcile::contract::ReadOurs;
use crate::reconcile::platform::Platform;
use crate::runtime::shutdown::Shutdown;

/// Why a source stopped.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A setting asks for what this program does not have.
    #[error(
        "genesys.dialect {dialect} is not built; this program reads interaction-details, interaction-events, \
         conversation-metrics, conversation-details, report-queries and conversation-jobs"
    )]
    Dialect {
        /// The setting's word.
        dialect: &'static str,
    },
    /// The network library refuses to start.
    #[error("the source cannot reach out")]
    Client(#[from] ClientError),
    /// The platform refuses what the settings say, before it ever answered.
    #[error("the platform refuses this source")]
    Refused(#[source] GenesysError),
    /// The stored source offset cannot be used.
    #[error("the source cannot go on from its offset")]
    Offset(#[from] OffsetError),
    /// Nothing can be published.
    #[error("the source cannot publish")]
    Publish(#[source] PublishError),
    /// The publishing thread ended or could not start.
    #[error("the publishing thread is gone")]
    ThreadGone(#[source] Option<std::io::Error>),
}

/// Why a source that did not fail came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceReport {
    /// It was asked to stop.
    Stopped,
    /// Another source of the same pipeline and organisation took over.
    Fenced,
}

/// A source that has not begun, or one task of it: one source partition.
pub struct SourceTask {
    name: String,
    names: Arc<NameCache>,
    client: Arc<GenesysClient>,
    publisher: Box<dyn Publish>,
    settings: PlanSettings,
    fetch: FetchSettings,
    backoff: Backoff,
    progress: Arc<SourceProgress>,
    ledger: Option<Ledger>,
    reconciler: Option<Arc<Reconciler>>,
}

/// What this source publishes of names. An agent whose id is hashed has none.
fn published(config: &SourceConfig) -> Vec<Kind> {
    let hashed = config.privacy.user_hash_key.is_some();
    config.reference_lists.iter().copied().filter(|kind| !hashed || *kind != Kind::User).collect()
}

/// What this source asks the names of.
#[must_use]
pub fn named(config: &SourceConfig) -> Vec<Kind> {
    let published = published(config);
    Kind::ALL.into_iter().filter(|kind| kind.is_joined() || published.contains(kind)).collect()
}

/// The names of the organisation, of which nothing is known yet.
fn names_of(config: &SourceConfig) -> Arc<NameCache> {
    Arc::new(NameCache::new(named(config), config.reference_refresh_ms))
}

/// Rows that a slice is to have. A query that is answered later is waited for, so it is to find many; half of what it may
/// find at most leaves room for traffic that grows.
fn rows_of_a_slice(config: &SourceConfig, shape: Shape) -> i64 {
    let page_rows = i64::from(config.page_size);
    match shape.asynchronous() {
        None => page_rows * PAGES_OF_A_SLICE,
        Some(Asynchronous::ConversationJobs) => page_rows * PAGES_OF_A_QUERY,
        Some(Asynchronous::ReportQueries) => (page_rows * PAGES_OF_A_QUERY).min(config.query_limit_rows / 2).max(1),
    }
}

impl SourceTask {
    /// A source for `config` that reads everything by itself, however many tasks are configured, and publishes with
    /// `publisher`; nothing is sent yet.
    ///
    /// # Errors
    /// When the dialect is not built yet, or the network library refuses to start.
    pub fn new(config: &SourceConfig, publisher: Box<dyn Publish>) -> Result<SourceTask, SourceError> {
        SourceTask::asking(Arc::new(GenesysClient::new(config)?), config, publisher)
    }

    /// The same with a client that is already there.
    ///
    /// # Errors
    /// When the dialect is not built yet.
    pub fn asking(
        client: Arc<GenesysClient>,
        config: &SourceConfig,
        publisher: Box<dyn Publish>,
    ) -> Result<SourceTask, SourceError> {
        let plan = vec![Selection::All.source_partition(config.dialect.word())];
        SourceTask::of_part(config, publisher, client, names_of(config), (&Selection::All, plan))
    }

    /// The tasks of a source, one a source partition of `config`. They share the login, the budget of requests, the
    /// breaker and the names, and take turns. `publisher` is given the source partition's name and all of them.
    ///
    /// # Errors
    /// As [`SourceTask::new`].
    pub fn all_of(
        config: &SourceConfig,
        publisher: impl FnMut(&str, &[String]) -> Box<dyn Publish>,
    ) -> Result<Vec<SourceTask>, SourceError> {
        SourceTask::all_by(&GenesysClient::new(config)?, config, publisher)
    }

    /// As [`SourceTask::all_of`], by a client that others may share a budget with.
    ///
    /// # Errors
    /// As [`SourceTask::all_of`].
    pub fn all_by(
        client: &GenesysClient,
        config: &SourceConfig,
        mut publisher: impl FnMut(&str, &[String]) -> Box<dyn Publish>,
    ) -> Result<Vec<SourceTask>, SourceError> {
        let names = names_of(config);
        let dialect = config.dialect.word();
        let plan: Vec<String> = config.partitions.iter().map(|part| part.source_partition(dialect)).collect();
        let mut tasks = Vec::with_capacity(plan.len());
        for (number, (part, name)) in (1..).zip(config.partitions.iter().zip(&plan)) {
            let (client, names) = (Arc::new(client.of_task(number)), Arc::clone(&names));
            let mut task = SourceTask::of_part(config, publisher(name, &plan), client, names, (part, plan.clone()))?;
            if 1 < plan.len() {
                task.name = format!("{}-{}", config.name, number - 1);
            }
            if 1 < number {
                // The first publishes what ids are called, for all of them.
                task = task.without_reference();
            }
            tasks.push(task);
        }
        Ok(tasks)
    }

    fn of_part(
        config: &SourceConfig,
        publisher: Box<dyn Publish>,
        client: Arc<GenesysClient>,
        names: Arc<NameCache>,
        (part, plan): (&Selection, Vec<String>),
    ) -> Result<SourceTask, SourceError> {
        let dialect = config.dialect.word();
        let shape = Shape::of(config.dialect).ok_or(SourceError::Dialect { dialect })?;
        let revisit = match config.revisit_dialect {
            None => None,
            Some(RevisitDialect { dialect: again, page_size, from_age_ms }) => {
                let shape = Shape::of(again).ok_or(SourceError::Dialect { dialect: again.word() })?;
                Some(AskedAgain { shape, page_size, from_age_ms })
            }
        };
        let account: Arc<dyn Account> = client.clone();
        let progress = SourceProgress::new(config.extract_start, config.extract_end, client.counters());
        let progress = progress.with_account(account);
        Ok(SourceTask {
            name: config.name.clone(),
            names,
            client,
            publisher,
            settings: PlanSettings {
                origin: Origin {
                    org_id: config.org_id.clone(),
                    dialect: config.dialect,
                    media_default: config.media_default,
                },
                revisit_dialect: config.revisit_dialect,
                source_partition: part.source_partition(dialect),
                selection: part.clone(),
                plan,
                extract_start: config.extract_start,
                lookback_ms: config.lookback_ms,
                extract_end: config.extract_end,
                freshness_delay_ms: config.freshness_delay_ms,
                horizon_ms: config.horizon_ms,
                retries_max: config.retries_max,
                compares: None,
                pace: PaceRules {
                    least_ms: config.slice_ms_min,
                    most_ms: config.slice_ms,
                    rows: rows_of_a_slice(config, shape),
                },
                rules: RevisitRules {
                    ages_ms: config.revisit_ms.clone(),
                    slice_ms: config.slice_ms,
                    poll_ms: i64::try_from(config.poll_interval.as_millis()).unwrap_or(i64::MAX),
                    leg_length_ms_max: config.leg_length_ms_max,
                },
            },
            fetch: FetchSettings {
                shape,
                revisit,
                selection: part.clone(),
                status_filter: config.status_filter.clone(),
                agents: config.agents.clone(),
                page_size: config.page_size,
                forward_buffer_ms: config.forward_buffer_ms,
                privacy: Privacy::of(config),
                named: named(config),
                limit_rows: config.query_limit_rows,
                pace: Pace::from_first(config.query_poll_ms),
                in_flight_max: (config.queries_in_flight_max / config.partitions.len().max(1)).max(1),
            },
            backoff: Backoff::default(),
            progress: Arc::new(progress),
            ledger: Some(Ledger::new(config.org_id.clone(), published(config))),
            reconciler: None,
        })
    }

    /// The same source, comparing what has settled with the platform's own figures as `reconcile.interval.ms` says, and a
    /// bounded one all that it has read, before it is complete; `ours` reads what became of what it published. One source
    /// of an organisation is enough.
    #[must_use]
    pub fn with_ours(mut self, config: &SourceConfig, ours: Arc<dyn ReadOurs>) -> SourceTask {
        self.settings.compares = config.reconcile_interval.map(|_| Compared { zone: ours.zone(), range: ours.range() });
        self.reconciler = config.reconcile_interval.map(|interval| {
            let platform = Platform::new(Arc::clone(&self.client), config);
            let (org_id, slice_ms) = (config.org_id.clone(), config.slice_ms);
            Arc::new(Reconciler { ours, platform, org_id, slice_ms, interval })
        });
        self
    }

    /// The same source with another backoff than 1 s doubling to 60 s, so that tests of failures need not wait.
    #[must_use]
    pub fn with_backoff(mut self, backoff: Backoff) -> SourceTask {
        self.backoff = backoff;
        self
    }

    /// The connector's name, with the task's number behind it where there are several.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same source, which leaves the publishing of names to another of its organisation.
    #[must_use]
    pub fn without_reference(mut self) -> SourceTask {
        self.ledger = None;
        self
    }

    /// Where the source stands, from now until after its end.
    #[must_use]
    pub fn progress(&self) -> Arc<SourceProgress> {
        Arc::clone(&self.progress)
    }

    /// Runs until a stop is asked for, another source takes over, or it cannot go on. A page in flight at the stop is
    /// dropped, a publication under way is waited for; it ends within ten seconds.
    ///
    /// # Errors
    /// As [`SourceError`] says; what was confirmed before stays published.
    pub async fn run(self, shutdown: Shutdown) -> Result<SourceReport, SourceError> {
        self.run_on(PublisherThread::start, shutdown).await
    }

    /// Runs with the publisher carried by what `start` makes of it.
    pub(super) async fn run_on(
        self,
        start: impl FnOnce(&str, Box<dyn Publish>) -> std::io::Result<PublisherThread>,
        shutdown: Shutdown,
    ) -> Result<SourceReport, SourceError> {
        let SourceTask { name, names, client, publisher, settings, fetch, backoff, progress, ledger, reconciler } =
            self;
        let thread = start(&name, publisher).map_err(|error| SourceError::ThreadGone(Some(error)))?;
        let named = fetch.named.clone();
        let fetcher = Arc::new(Fetcher::new(Arc::clone(&client), fetch, names));
        let mut run = Run {
            name,
            client,
            fetcher,
            thread,
            settings,
            backoff,
            progress,
            reconciler,
            shutdown,
            generation: None,
            named,
            ledger,
        };
        let outcome = run.until_stopped().await;
        run.thread.end().await;
        outcome
    }
}
