//! The numbers of one process at one instant. Pure: plain data.
//!
//! Metrics, JSON and the page are made of these and of nothing else, so that they cannot contradict each other. What is
//! counted, is counted since the process started, unless it says otherwise.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::time::{DurationMs, InstantMs};

/// A process.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Vitals {
    /// When all of this was looked at, by this machine's clock.
    pub at: InstantMs,
    /// When the process started.
    pub started_at: InstantMs,
    /// Address under which it stands in states; empty where it has none.
    pub worker_id: String,
    /// Version of the program.
    pub version: String,
    /// Hash of all connectors' settings as written.
    pub config_hash: String,
    /// Fingerprints of the schemas of written records, by record name.
    pub schemas: BTreeMap<String, String>,
    /// All connectors of the group, here and elsewhere.
    pub connectors: Vec<ConnectorVitals>,
    /// Tasks of sources that run here.
    pub sources: Vec<SourceVitals>,
    /// Processors of which tasks run here.
    pub processors: Vec<ProcessorVitals>,
    /// What the Kafka clients of this process tell of themselves, all together.
    pub kafka: KafkaVitals,
}

/// A connector and its tasks, wherever they run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ConnectorVitals {
    /// Name.
    pub name: String,
    /// `connector.class`.
    pub class: String,
    /// `source` or `sink`.
    pub kind: String,
    /// State, in Connect's words.
    pub state: String,
    /// Why it failed; empty where it did not.
    pub trace: String,
    /// Worker that has it.
    pub worker_id: String,
    /// Its tasks, by number.
    pub tasks: Vec<TaskVitals>,
}

/// A task of a connector.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TaskVitals {
    /// Number, from 0.
    pub id: u32,
    /// State, in Connect's words.
    pub state: String,
    /// Why it failed; empty where it did not.
    pub trace: String,
    /// Worker that has it.
    pub worker_id: String,
}

/// A task of a source: one source partition.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SourceVitals {
    /// Connector.
    pub connector: String,
    /// Number of the task, from 0.
    pub task: u32,
    /// `pipeline.name`.
    pub pipeline: String,
    /// `genesys.org.id`.
    pub org_id: String,
    /// What of the organisation it reads.
    pub source_partition: String,
    /// Where reading began: `extract.start`.
    pub extract_start: InstantMs,
    /// `extract.end`.
    pub extract_end: Option<InstantMs>,
    /// Nothing younger is asked for: `extract.freshness.delay.ms`.
    pub freshness_delay_ms: DurationMs,
    /// Everything before this was read once or is held: the source watermark.
    pub watermark: InstantMs,
    /// Latest instant that any published interaction tells of.
    pub last_event_at: Option<InstantMs>,
    /// When the last slice was read whole.
    pub last_slice_at: Option<InstantMs>,
    /// Pages and interactions published, and rows that could not be read.
    pub pages: u64,
    /// Interactions published.
    pub interactions: u64,
    /// Slices by state: `running`, `done`, `retrying`, `failed`.
    pub slices: BTreeMap<String, u64>,
    /// Ranges of source time in which nothing is final, because a slice of them could not be read: `[from, to)`.
    pub held: Vec<(InstantMs, InstantMs)>,
    /// Closed windows compared with the platform's own count, newest last.
    pub completeness: Vec<Completeness>,
    /// Dead letters by reason.
    pub dead_letters: BTreeMap<String, u64>,
    /// Requests sent, logins included.
    pub requests: u64,
    /// Requests that failed, by kind: `rate_limited`, `server`, `timeout`, `connection`, `unauthorized`, `other`.
    pub failures: BTreeMap<String, u64>,
    /// Bytes of answers, after decompression.
    pub body_bytes: u64,
    /// How long requests waited because the platform had asked to, or nothing was left of the budget.
    pub throttled_ms: u64,
    /// Requests left in the budget now; `None` where it is not known.
    pub tokens_left: Option<f64>,
    /// Id of the OAuth client; never its secret.
    pub client_id: String,
    /// When the bearer token ends.
    pub token_expires_at: Option<InstantMs>,
    /// When it was last asked for.
    pub token_refreshed_at: Option<InstantMs>,
    /// How far this machine's clock is behind the platform's.
    pub clock_offset_ms: Option<DurationMs>,
    /// Every slice final or given up, nothing left to be read.
    pub complete: bool,
}

/// A closed window of source time: our volume beside the platform's.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Completeness {
    /// First instant.
    pub from: InstantMs,
    /// First instant after it.
    pub to: InstantMs,
    /// Interactions that we have.
    pub ours: u64,
    /// Interactions that the platform counts.
    pub theirs: u64,
}

/// A processor, as far as its tasks run here.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ProcessorVitals {
    /// Connector.
    pub connector: String,
    /// `pipeline.name`.
    pub pipeline: String,
    /// Its tasks: one a partition of a room.
    pub tasks: Vec<PartitionVitals>,
    /// Legs that are not counted, by reason.
    pub excluded: BTreeMap<String, u64>,
    /// Dead letters by reason.
    pub dead_letters: BTreeMap<String, u64>,
    /// Duplicates, stale versions and corrections that the legs tasks met.
    pub decisions: BTreeMap<String, u64>,
    /// Rows said again after they were final, by how old their interval was: `1h`, `24h`, `7d`, `older`.
    pub restatements: BTreeMap<String, u64>,
    /// Rows written, by result: `provisional`, `final`, `corrected`.
    pub rows: BTreeMap<String, u64>,
    /// How long commits took.
    pub commit_latency: Histogram,
}

/// A task: one partition of one room.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PartitionVitals {
    /// `legs` or `intervals`.
    pub room: String,
    /// Partition.
    pub partition: i32,
    /// Committed next input offset.
    pub input_offset: i64,
    /// Input records that wait; `None` where it is not known.
    pub lag_records: Option<u64>,
    /// Age of the oldest of them; 0 when none waits.
    pub lag_ms: Option<u64>,
    /// Transactions committed.
    pub committed: u64,
    /// Transactions aborted.
    pub aborted: u64,
    /// Input records in committed transactions.
    pub records: u64,
    /// The watermark it has passed, the lowest of its organisations.
    pub watermark: Option<InstantMs>,
    /// While it restores its state: offsets passed, and offsets in all.
    pub restoring: Option<(u64, u64)>,
}

/// Counts by upper bound.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Histogram {
    /// Upper bounds in seconds, ascending, each with how many values are at or below it.
    pub buckets: Vec<(f64, u64)>,
    /// How many values there are.
    pub count: u64,
    /// Their sum in seconds.
    pub sum_s: f64,
}

/// Kafka clients, together.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct KafkaVitals {
    /// Clients that have told of themselves.
    pub clients: u64,
    /// Records that wait for their confirmation.
    pub unconfirmed: u64,
    /// Bytes of them.
    pub unconfirmed_bytes: u64,
    /// Records whose delivery failed.
    pub delivery_errors: u64,
    /// Requests sent to brokers that were answered with an error or not at all.
    pub request_errors: u64,
    /// Requests that ran into their timeout.
    pub request_timeouts: u64,
    /// Bytes sent to brokers.
    pub sent_bytes: u64,
    /// Bytes received from brokers.
    pub received_bytes: u64,
    /// Median and 99th percentile of the brokers' round trip, the highest of all clients, in seconds.
    pub round_trip_s: Option<(f64, f64)>,
    /// Times that partitions of a group were shared out anew.
    pub rebalances: u64,
}
