//! The arguments of `handletime bench`: types only. Pure.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::SimulatedDialect;

/// `handletime bench`.
#[derive(Debug, Clone, Args)]
pub struct BenchArgs {
    /// What is measured.
    #[command(subcommand)]
    pub what: Bench,
}

/// What can be measured.
#[derive(Debug, Clone, Subcommand)]
pub enum Bench {
    /// Read a backlog from a simulated platform in a process of its own, without Kafka: how much of the permitted rate
    /// is used (where queries are answered later: how fast the history goes by), whether anything is refused, and how much
    /// memory it takes. Status 1 when a target is missed.
    Extract(BenchExtractArgs),
    /// Let a processor work off a backlog on a broker, beside a bare consumer that only decodes the same records:
    /// interactions a second, CPU, memory, bytes written. Status 1 when a target is missed.
    Processor(BenchProcessorArgs),
    /// Append interactions at a steady rate: how long until the row that counts each can be read. Status 1 when a
    /// target is missed.
    Latency(BenchLatencyArgs),
    /// Restart a processor that holds a large state: from the start of the process until its tasks run.
    Restore(BenchRestoreArgs),
    /// Work off a backlog, and others of ten times as many interactions: what an interaction costs then. Status 1
    /// when a target is missed.
    Growth(BenchGrowthArgs),
    /// Publish hours of source time at a steady rate, a tenth of it corrected, as fast as the processor works: its memory may
    /// not grow once the horizon is full. Status 1 when it does.
    Steady(BenchSteadyArgs),
    /// Read and decode a topic, and do nothing else; settings come by standard input. Started by the others.
    #[command(hide = true)]
    Bare,
}

/// Where and how a processor is measured.
#[derive(Debug, Clone, Args)]
pub struct BenchBrokerArgs {
    /// The broker: one of your own, with nothing else to do. Topics that begin with `handletime-bench.` are deleted
    /// there before and after.
    #[arg(long, default_value = "localhost:9092", value_name = "HOSTS")]
    pub bootstrap_servers: String,
    /// Partitions of the topics.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=128))]
    pub partitions: u32,
    /// Threads that carry tasks, in each of the two rooms.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub tasks: u32,
    /// What is published: `kpi.topics`.
    #[arg(long, default_value = "queue,agent,agent-total,org,org-total,contacts,transfers", value_name = "LIST")]
    pub topics: String,
    /// Time between two commits: `transaction.interval.ms`.
    #[arg(long, default_value_t = 100, value_name = "MS")]
    pub transaction_interval_ms: u64,
    /// Any other setting of the processor; may be given more than once.
    #[arg(long = "processor", value_name = "KEY=VALUE")]
    pub processor_settings: Vec<String>,
    /// Any other setting of the worker, such as `kafka.security.protocol=SSL`; may be given more than once.
    #[arg(long = "worker", value_name = "KEY=VALUE")]
    pub worker_settings: Vec<String>,
    /// Seed of the simulated contact centre.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// Write the figures and what machine they come from to this file too, as JSON.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Leave the topics on the broker.
    #[arg(long)]
    pub keep: bool,
}

/// What is measured, and how often.
#[derive(Debug, Clone, Args)]
pub struct BenchBacklogArgs {
    /// Interactions of the backlog.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1_000..))]
    pub interactions: u64,
    /// Over how many days; with fewer than the horizon has, the state holds all of it.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=500))]
    pub days: u32,
    /// How often; medians count.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub runs: u32,
}

/// `handletime bench processor`.
#[derive(Debug, Clone, Args)]
pub struct BenchProcessorArgs {
    /// Where and how.
    #[command(flatten)]
    pub broker: BenchBrokerArgs,
    /// Of what, and how often.
    #[command(flatten)]
    pub backlog: BenchBacklogArgs,
    /// A command that measures another program on the same records, run after each run by `sh`. It finds BENCH_TOPIC,
    /// BENCH_BOOTSTRAP_SERVERS, BENCH_INTERACTIONS and BENCH_PARTITIONS in its environment.
    #[arg(long, value_name = "COMMAND")]
    pub beside: Option<String>,
}

/// `handletime bench latency`.
#[derive(Debug, Clone, Args)]
pub struct BenchLatencyArgs {
    /// Where and how.
    #[command(flatten)]
    pub broker: BenchBrokerArgs,
    /// Interactions a second.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub rate: u64,
    /// For how long, in seconds.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub seconds: u64,
    /// How long before that without counting, in seconds.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(0..=3_600))]
    pub warm_up: u64,
}

/// `handletime bench restore`.
#[derive(Debug, Clone, Args)]
pub struct BenchRestoreArgs {
    /// Where and how.
    #[command(flatten)]
    pub broker: BenchBrokerArgs,
    /// Of what, and how often.
    #[command(flatten)]
    pub backlog: BenchBacklogArgs,
}

/// `handletime bench growth`.
#[derive(Debug, Clone, Args)]
pub struct BenchGrowthArgs {
    /// Where and how.
    #[command(flatten)]
    pub broker: BenchBrokerArgs,
    /// Interactions of the small backlog; the others have ten times as many.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1_000..=5_000_000))]
    pub interactions: u64,
    /// Over how many days; the longer one of the others lasts ten times as long.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=50))]
    pub days: u32,
    /// How often; medians count.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub runs: u32,
}

/// `handletime bench steady`.
#[derive(Debug, Clone, Args)]
pub struct BenchSteadyArgs {
    /// Where and how. The horizon is shortened, unless it is given by --processor.
    #[command(flatten)]
    pub broker: BenchBrokerArgs,
    /// Interactions in each second of source time.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub rate: u64,
    /// Hours of source time.
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=240))]
    pub hours: u32,
}

/// `handletime bench extract`.
#[derive(Debug, Clone, Args)]
pub struct BenchExtractArgs {
    /// Interactions of the backlog.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub interactions: u64,
    /// Over how many weeks.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=500))]
    pub weeks: u32,
    /// Seed of the simulated contact centre.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// What is read.
    #[arg(long, value_enum, default_value = "interaction-details")]
    pub dialect: SimulatedDialect,
    /// Tasks that read side by side: media by volume, and the rest.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub tasks: u32,
    /// Requests that the platform permits in any second.
    #[arg(long, default_value_t = 12, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=5_000))]
    pub requests_per_second: u32,
    /// Requests that the platform permits in any minute, instead.
    #[arg(long, value_name = "N", conflicts_with = "requests_per_second",
        value_parser = clap::value_parser!(u32).range(1..=300_000))]
    pub requests_per_minute: Option<u32>,
    /// Source time that one query asks for, in milliseconds; by default what the dialect does.
    #[arg(long, value_name = "MS")]
    pub slice_ms: Option<u64>,
    /// Stop after so many seconds, although the backlog is not read to its end.
    #[arg(long, value_name = "N")]
    pub seconds: Option<u64>,
}
