//! The checked settings as the rest of the program sees them. Pure; nothing here can be invalid on its own.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono_tz::Tz;
use url::Url;

use super::rest::RestConfig;
use super::secret::Secret;
use super::telemetry::TelemetryConfig;
use crate::domain::attribution::Basis;
use crate::domain::family::Family;
use crate::domain::interval::Grain;
use crate::domain::media::{Dialect, MediaType};
use crate::domain::range::RangeDates;
use crate::domain::reference::Kind;
use crate::domain::selection::Selection;
use crate::domain::time::{DurationMs, InstantMs};

/// `[worker]`: what all connectors of a process share. Its `Debug` names the Kafka properties without their values,
/// some of which are secrets.
#[derive(Clone, PartialEq)]
pub struct WorkerConfig {
    /// `bootstrap.servers`.
    pub bootstrap_servers: String,
    /// `topic.prefix`, with its trailing dot.
    pub topic_prefix: String,
    /// `topics.partitions`: partitions of topics that the program creates.
    pub topics_partitions: i32,
    /// `topics.replication.factor`.
    pub topics_replication_factor: i32,
    /// `kafka.<property>` without the `kafka.`: passed to every client as it stands.
    pub kafka: BTreeMap<String, String>,
    /// `security.sasl.oauthbearer.token`.
    pub oauth_token: Option<Secret>,
    /// `rest.*`.
    pub rest: RestConfig,
    /// `group.id`; only `handletime worker` has one.
    pub group_id: Option<String>,
    /// `log.*` and `otel.*`.
    pub telemetry: TelemetryConfig,
}

impl std::fmt::Debug for WorkerConfig {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("WorkerConfig")
            .field("bootstrap_servers", &self.bootstrap_servers)
            .field("topic_prefix", &self.topic_prefix)
            .field("topics_partitions", &self.topics_partitions)
            .field("topics_replication_factor", &self.topics_replication_factor)
            .field("kafka", &self.kafka.keys().collect::<Vec<_>>())
            .field("oauth_token", &self.oauth_token)
            .field("rest", &self.rest)
            .field("group_id", &self.group_id)
            .field("telemetry", &self.telemetry)
            .finish()
    }
}

/// The dialect of second and later readings, where it is another than that of the first ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevisitDialect {
    /// Which.
    pub dialect: Dialect,
    /// Rows a page.
    pub page_size: u32,
    /// `extract.revisit.handover.ms`: younger revisits are made by the first readings' dialect.
    pub from_age_ms: DurationMs,
}

/// A `GenesysSource`.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceConfig {
    /// The connector's name; only in logs and answers.
    pub name: String,
    /// `pipeline.name`.
    pub pipeline: String,
    /// `genesys.api.url`.
    pub api_url: Url,
    /// `genesys.login.url`.
    pub login_url: Url,
    /// `genesys.client.id`.
    pub client_id: String,
    /// `genesys.client.secret`.
    pub client_secret: super::secret::Secret,
    /// `genesys.client.secondary.id` and `.secret`: tried when the first pair is refused.
    pub secondary: Option<super::secret::ClientCredentials>,
    /// `genesys.org.id`.
    pub org_id: String,
    /// `genesys.dialect`.
    pub dialect: Dialect,
    /// `genesys.media.default`: the medium of rows that name none.
    pub media_default: MediaType,
    /// `genesys.aggregates`; `None`: as the host of the dialect answers.
    pub aggregates: Option<AggregatesShape>,
    /// `genesys.http.connect.timeout.ms`.
    pub http_connect_timeout: Duration,
    /// `genesys.http.read.timeout.ms`: longest wait for an answer.
    pub http_read_timeout: Duration,
    /// `genesys.http.summary.timeout.ms`: longest wait for sums over many interactions.
    pub http_summary_timeout: Duration,
    /// `genesys.http.body.max.bytes`: a longer answer is refused.
    pub http_body_bytes_max: usize,
    /// `extract.start`.
    pub extract_start: InstantMs,
    /// `extract.end`, exclusive; `None`: goes on for ever.
    pub extract_end: Option<InstantMs>,
    /// `extract.slice.ms`: the longest slice.
    pub slice_ms: DurationMs,
    /// `extract.slice.ms.min`: the shortest slice that dense traffic leads to.
    pub slice_ms_min: DurationMs,
    /// `extract.page.size`.
    pub page_size: u32,
    /// `extract.forward.buffer.ms`: how far beyond a slice's end events are asked for; 0 but for `interaction-events`.
    pub forward_buffer_ms: DurationMs,
    /// `reference.refresh.interval.ms`: age at which lists of names are asked for again.
    pub reference_refresh_ms: DurationMs,
    /// `reference.lists`: which are published.
    pub reference_lists: Vec<Kind>,
    /// `privacy.*`: what of people is kept.
    pub privacy: super::privacy::PrivacyConfig,
    /// `extract.poll.interval.ms`.
    pub poll_interval: Duration,
    /// `extract.freshness.delay.ms`: nothing younger is asked for.
    pub freshness_delay_ms: DurationMs,
    /// `extract.revisit.ms`, ascending; may be empty.
    pub revisit_ms: Vec<DurationMs>,
    /// `extract.revisit.dialect` where it differs from `dialect`.
    pub revisit_dialect: Option<RevisitDialect>,
    /// `extract.query.poll.ms`: the wait before the first look at an asynchronous query.
    pub query_poll_ms: DurationMs,
    /// `extract.query.in.flight.max`: asynchronous queries of first readings at once, over all tasks.
    pub queries_in_flight_max: usize,
    /// `extract.query.limit.rows`.
    pub query_limit_rows: i64,
    /// `extract.status.filter`.
    pub status_filter: Option<String>,
    /// `extract.lookback.ms`: reading begins so long before `extract.start`.
    pub lookback_ms: DurationMs,
    /// `extract.agent.filter`: only these agents; empty: all.
    pub agents: Vec<String>,
    /// `extract.retries.max`: failed attempts at a slice before it is given up.
    pub retries_max: u32,
    /// `reconcile.interval.ms`; `None`: what was read is not compared with the platform's own figures.
    pub reconcile_interval: Option<Duration>,
    /// `kpi.leg.length.ms.max` as the source needs it: open interactions are asked again up to this age.
    pub leg_length_ms_max: DurationMs,
    /// `kpi.lateness.horizon.ms` of the pipeline: what is older is no longer read again on request.
    pub horizon_ms: DurationMs,
    /// `quota.requests.per.second`.
    pub quota_requests_per_second: f64,
    /// `quota.window.ms`: the platform counts requests in windows of this length.
    pub quota_window: Duration,
    /// What each task reads, by `tasks.max` and `extract.partitions`; together they read everything.
    pub partitions: Vec<Selection>,
}

/// In which shape the platform's aggregates are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AggregatesShape {
    /// The platform's own: metrics by queue, agent or medium.
    Metrics,
    /// The guide's: a count and a handle time for each interval, of all queues together.
    Buckets,
}

/// A `HandleTimeProcessor`.
#[derive(Clone, Debug, PartialEq)]
pub struct ProcessorConfig {
    /// The connector's name; only in logs and answers.
    pub name: String,
    /// `pipeline.name`.
    pub pipeline: String,
    /// Every setting that can change a number.
    pub rules: RulesConfig,
    /// `kpi.rules.change`.
    pub rules_change: RulesChange,
    /// `transaction.interval.ms`.
    pub transaction_interval: Duration,
    /// `tasks.max`: threads that carry tasks.
    pub tasks_max: u32,
}

/// What a processor does when its rules differ from those that its rows were made by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RulesChange {
    /// It refuses to start; `handletime replay` rebuilds.
    Refuse,
    /// The new rules hold from the next local midnight on.
    FromNextDay,
}

/// What a digital leg of a flat dialect is handled for (D-5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigitalHandle {
    /// The agent duration as reported, idle time included.
    AgentDuration,
    /// `active_agent_ms` where it is known, else the agent duration.
    Active,
}

/// Which percentile rows publish (D-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Percentile {
    /// The smallest value that so many are at or below: a value that occurred.
    NearestRank,
    /// Between the two neighbours in proportion, to the millisecond.
    Interpolated,
}

/// A KPI of the user's own: two expressions over a leg's fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomKpi {
    /// `<name>` of `kpi.custom.<name>.sum` and `.over`.
    pub name: String,
    /// What is added up.
    pub sum: String,
    /// What it is divided by.
    pub over: String,
}

/// Every setting that can change a number; its canonical text and hash are `rules_version`.
#[derive(Clone, Debug, PartialEq)]
pub struct RulesConfig {
    /// `kpi.grains`.
    pub grains: Vec<Grain>,
    /// `kpi.attribution`; the first has the plain topic names.
    pub attribution: Vec<Basis>,
    /// `kpi.zone`.
    pub zone: Tz,
    /// `kpi.range.start` and `kpi.range.end`, in that zone.
    pub range: RangeDates,
    /// `kpi.queue.dimensions`: any of `media`, `skill_set`, `language`.
    pub queue_dimensions: Vec<String>,
    /// `kpi.media.voice`: media with the talk + hold + wrap formula.
    pub media_voice: Vec<MediaType>,
    /// `kpi.media.digital`: media with the agent-duration formula.
    pub media_digital: Vec<MediaType>,
    /// `kpi.talk.min.ms`.
    pub talk_min_ms: DurationMs,
    /// `kpi.talk.min.exclusive`: exactly the minimum is dropped (D-2).
    pub talk_min_exclusive: bool,
    /// `kpi.included.queues`; empty: all.
    pub included_queues: Vec<String>,
    /// `kpi.excluded.queues`.
    pub excluded_queues: Vec<String>,
    /// `kpi.excluded.wrapup.codes`.
    pub excluded_wrapup_codes: Vec<String>,
    /// `kpi.fcr.resolved.wrapup.codes`.
    pub resolved_wrapup_codes: Vec<String>,
    /// `kpi.weht.profile`: the profile's name, which stands on each row.
    pub weht_profile: String,
    /// Weight of 0, 1, 2, and 3 or more transfers in that profile, × 1000.
    pub weht_tiers_milli: [i64; 4],
    /// `kpi.sla.threshold.ms`.
    pub sla_threshold_ms: DurationMs,
    /// `kpi.service.level.ms`: target where the platform names none.
    pub service_level_ms: DurationMs,
    /// `kpi.service.level.abandons`: count abandons in the denominator.
    pub service_level_abandons: bool,
    /// `kpi.service.level.short.abandons`.
    pub service_level_short_abandons: bool,
    /// `kpi.service.level.flow.outs`.
    pub service_level_flow_outs: bool,
    /// `kpi.short.abandon.ms`: an abandon after less wait is short.
    pub short_abandon_ms: DurationMs,
    /// `kpi.handle.mismatch.tolerance`: share of the reported handle time above which a leg is flagged.
    pub handle_mismatch_tolerance: f64,
    /// `kpi.settling.ms`.
    pub settling_ms: DurationMs,
    /// `kpi.grace.ms`.
    pub grace_ms: DurationMs,
    /// `kpi.lateness.horizon.ms`.
    pub horizon_ms: DurationMs,
    /// `kpi.leg.length.ms.max`.
    pub leg_length_ms_max: DurationMs,
    /// The families of `kpi.topics`, `Custom` among them when there are KPIs of the user's own; sorted.
    pub families: Vec<Family>,
    /// `kpi.topics` names `contacts`.
    pub contacts_topic: bool,
    /// `kpi.topics` names `transfers`.
    pub transfers_topic: bool,
    /// `kpi.overlap.tolerance.ms`: phases that overlap by more are flagged (D-10).
    pub overlap_tolerance_ms: DurationMs,
    /// `kpi.digital.handle`.
    pub digital_handle: DigitalHandle,
    /// `kpi.percentile`.
    pub percentile: Percentile,
    /// `kpi.transfer.without.wait`: the leg that transfers to a queue in which no wait follows is malformed (D-8).
    pub transfer_without_wait_is_malformed: bool,
    /// `kpi.weht.channel.factors` × 1000; 1000 where a medium is absent.
    pub weht_channel_milli: BTreeMap<MediaType, i64>,
    /// `kpi.weht.disposition.factors` × 1000 by id or name of the wrap-up code; 1000 where it is absent.
    pub weht_disposition_milli: BTreeMap<String, i64>,
    /// `kpi.custom.*`, by name.
    pub custom: Vec<CustomKpi>,
    /// `kpi.dense.enabled`: rows for intervals in which nothing happened.
    pub dense: bool,
    /// `kpi.dense.keys`: queue ids and media that have them in any case.
    pub dense_keys: Vec<(String, MediaType)>,
}
