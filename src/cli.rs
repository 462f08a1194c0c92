//! The command line: types only. Pure.

mod bench;
mod log;
mod reconcile;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use self::bench::{
    Bench, BenchArgs, BenchBacklogArgs, BenchBrokerArgs, BenchExtractArgs, BenchGrowthArgs, BenchLatencyArgs,
    BenchProcessorArgs, BenchRestoreArgs, BenchSteadyArgs,
};
pub use self::log::LogFormat;
pub use self::reconcile::ReconcileArgs;

/// Genesys Cloud interactions to Kafka, and Average Handle Time out of them, exactly once.
#[derive(Debug, Parser)]
#[command(name = "handletime", version, max_term_width = 120)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Log filter, as `info` or `handletime=debug`; HANDLETIME_LOG serves when this is absent.
    #[arg(long, global = true, value_name = "FILTER")]
    pub log: Option<String>,
    /// Whether a line of the log is for people or one JSON object; HANDLETIME_LOG_FORMAT serves when this is absent.
    #[arg(long, global = true, value_enum, value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Simulated contact centre, source and processor in one process; nothing to install.
    Demo(DemoArgs),
    /// Run all connectors of a settings file in one process.
    Run(RunArgs),
    /// Share connectors with the other processes of a group; they are managed by Kafka Connect's REST interface.
    Worker(WorkerArgs),
    /// Serve a simulated Genesys Cloud whose true figures are known.
    Simulate(SimulateArgs),
    /// Check a settings file, and with --online the platform and the broker too.
    Check(CheckArgs),
    /// Rebuild rows by the rules of a settings file, or say what that would change.
    Replay(ReplayArgs),
    /// Print the KPI rows of a broker as a table, or the platform's own interval report.
    Report(ReportArgs),
    /// Measure what a part of the program can do on this machine.
    Bench(BenchArgs),
    /// Say what became of each slice of source time, or have held ones read again.
    #[command(subcommand)]
    Slices(SlicesCommand),
    /// Compare what was counted with what the platform counts, and say where the difference comes from.
    Reconcile(ReconcileArgs),
}

/// `handletime demo`.
#[derive(Debug, Clone, Args)]
pub struct DemoArgs {
    /// Seed of the simulated contact centre; the same seed gives the same interactions.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// How many interactions in all.
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub interactions: u64,
    /// Over how many days.
    #[arg(long, default_value_t = 2)]
    pub days: u32,
    /// Where the simulator listens.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDR")]
    pub listen: SocketAddr,
    /// Where the status page is served.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDR")]
    pub page: SocketAddr,
    /// What is read; with --exit by default one dialect after the other, else interaction-details.
    #[arg(long, value_enum)]
    pub dialect: Option<SimulatedDialect>,
    /// Use this Kafka instead of the in-process log.
    #[arg(long, value_name = "HOSTS")]
    pub bootstrap_servers: Option<String>,
    /// End when the history is processed, after comparing every row with the simulator's truth.
    #[arg(long)]
    pub exit: bool,
}

/// `handletime run`.
#[derive(Debug, Clone, Args)]
pub struct RunArgs {
    /// Settings file.
    #[arg(short, long, value_name = "FILE")]
    pub config: PathBuf,
    /// End when every bounded source and all that follows from it is done: status 0, 3 or 4.
    #[arg(long)]
    pub exit_when_complete: bool,
}

/// `handletime worker`.
#[derive(Debug, Clone, Args)]
pub struct WorkerArgs {
    /// Settings file with the table `[worker]` alone; group.id says whose connectors are shared.
    #[arg(short, long, value_name = "FILE")]
    pub config: PathBuf,
}

/// What the simulator tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SimulatedDialect {
    /// Flat rows.
    InteractionDetails,
    /// Whole conversations as events; as details too, but the truth is that of a reader of events.
    InteractionEvents,
    /// Whole conversations as details; as events too, but the truth is that of a reader of details.
    ConversationDetails,
    /// Flat rows, found later.
    ReportQueries,
    /// Whole conversations as details, found later; the truth is that of a reader of details.
    ConversationJobs,
    /// Each agent's part of a conversation as three lengths of time.
    ConversationMetrics,
}

impl SimulatedDialect {
    /// All of them, in the order in which the demonstration goes through them.
    pub const ALL: [SimulatedDialect; 6] = [
        SimulatedDialect::InteractionDetails,
        SimulatedDialect::InteractionEvents,
        SimulatedDialect::ConversationDetails,
        SimulatedDialect::ReportQueries,
        SimulatedDialect::ConversationJobs,
        SimulatedDialect::ConversationMetrics,
    ];

    /// The word of the setting `genesys.dialect`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            SimulatedDialect::InteractionDetails => "interaction-details",
            SimulatedDialect::InteractionEvents => "interaction-events",
            SimulatedDialect::ConversationDetails => "conversation-details",
            SimulatedDialect::ReportQueries => "report-queries",
            SimulatedDialect::ConversationJobs => "conversation-jobs",
            SimulatedDialect::ConversationMetrics => "conversation-metrics",
        }
    }
}

/// The shapes of aggregates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SimulatedAggregates {
    /// Metrics by queue and interval, as the platform has them.
    Metrics,
    /// A count and a handle time for each interval, as guide 003 has them.
    Buckets,
}

/// `handletime simulate`.
#[derive(Debug, Clone, Args)]
pub struct SimulateArgs {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:9080", value_name = "ADDR")]
    pub listen: SocketAddr,
    /// Seed of the contact centre; the same seed and range give the same bytes.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// First instant of the simulated history.
    #[arg(long, default_value = "2026-01-01T00:00:00Z", value_name = "T")]
    pub from: String,
    /// First instant after the simulated history.
    #[arg(long, default_value = "2026-01-03T00:00:00Z", value_name = "T")]
    pub to: String,
    /// What it tells.
    #[arg(long, value_enum, default_value = "interaction-details")]
    pub dialect: SimulatedDialect,
    /// Interactions on an average day.
    #[arg(long, default_value_t = 10_000)]
    pub interactions_per_day: u64,
    /// Let the interactions begin and complete as time goes by, from --from on.
    #[arg(long)]
    pub live: bool,
    /// With --live: simulated seconds per second.
    #[arg(long, default_value_t = 1.0, requires = "live")]
    pub speed: f64,
    /// With --live: the longest that a late wrap-up keeps one waiting, in simulated milliseconds.
    #[arg(long, default_value_t = 7_200_000, requires = "live", value_name = "MS")]
    pub late_wrap_max_ms: i64,
    /// How far the data of conversation-jobs is behind, in simulated milliseconds.
    #[arg(long, default_value_t = 0, value_name = "MS")]
    pub availability_lag_ms: i64,
    /// Open some e-mails again after they were closed, and correct some records two days later, as the platform does.
    #[arg(long)]
    pub restate: bool,
    /// Let some pages of conversations begin with the last one of the page before; pages of flat rows always do.
    #[arg(long)]
    pub overlapping_pages: bool,
    /// Leave out events at or after a request's `until`.
    #[arg(long)]
    pub cut_at_until: bool,
    /// Results that a query of conversation-details can be paged through.
    #[arg(long, default_value_t = 100_000, value_name = "N")]
    pub results_max: usize,
    /// Entities on a page of conversation-metrics.
    #[arg(long, default_value_t = 1_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub metrics_page: u32,
    /// The one shape in which aggregates are answered; without it in either.
    #[arg(long, value_enum, value_name = "SHAPE")]
    pub aggregates: Option<SimulatedAggregates>,
    /// Scripted faults.
    #[arg(long, value_name = "FILE")]
    pub faults: Option<PathBuf>,
    /// Id of the one OAuth client.
    #[arg(long, default_value = "demo-client", value_name = "ID")]
    pub client_id: String,
    /// Secret of the one OAuth client; it protects nothing but simulated figures.
    #[arg(long, default_value = "demo-secret", value_name = "SECRET")]
    pub client_secret: String,
    /// How long a bearer token lives.
    #[arg(long, default_value_t = 86_399, value_name = "SECONDS")]
    pub token_expires_s: u64,
    /// Requests that a client may make in any second. By default 20; of conversation-details and conversation-jobs, whose
    /// platform counts by the minute, any number.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub requests_per_second: Option<u32>,
    /// Requests that a client may make in any minute. By default 300 of conversation-details and conversation-jobs, as the
    /// real platform has it, unless --requests-per-second says what they may; of the others any number.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub requests_per_minute: Option<u32>,
    /// Refuse details queries that select more conversations; by default only the pages beyond 100000 are refused.
    #[arg(long, value_name = "N")]
    pub hits_max: Option<u64>,
    /// Leave rows out that start exactly at a request's `to`; otherwise they are part of its answer.
    #[arg(long)]
    pub to_exclusive: bool,
}

/// `handletime check`.
#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    /// Settings file.
    #[arg(short, long, value_name = "FILE")]
    pub config: PathBuf,
    /// Also log in at the platform and look at the broker's topics.
    #[arg(long)]
    pub online: bool,
}

/// `handletime replay`.
#[derive(Debug, Clone, Args)]
pub struct ReplayArgs {
    /// Settings file: the rules of its processor are those that are to hold.
    #[arg(short, long, value_name = "FILE")]
    pub config: PathBuf,
    /// First interval start, a local midnight; with changed rules these hold from there on.
    #[arg(long, value_name = "T")]
    pub from: Option<String>,
    /// First interval start after the range, a local midnight; not with changed rules.
    #[arg(long, value_name = "T")]
    pub to: Option<String>,
    /// Which processor, by its pipeline.name; needed when the file has several.
    #[arg(long, value_name = "NAME")]
    pub pipeline: Option<String>,
    /// Do not ask: the processor is stopped.
    #[arg(long)]
    pub yes: bool,
    /// Publish nothing: print what differs from the published rows; status 1 when anything does.
    #[arg(long)]
    pub diff: bool,
    /// Where interactions are read from.
    #[arg(long, value_enum, default_value = "log", value_name = "SOURCE")]
    pub source: ReplaySource,
}

/// Where a replay reads interactions from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReplaySource {
    /// From the topic `interactions`.
    Log,
    /// From the platform, which is asked again.
    Platform,
}

/// `handletime report`.
#[derive(Debug, Clone, Args)]
#[command(group(clap::ArgGroup::new("local_days").args(["from_platform", "repeat_contacts"]).multiple(true)))]
pub struct ReportArgs {
    /// Settings file: its `[worker]` says where the broker is.
    #[arg(short, long, value_name = "FILE", required_unless_present = "bootstrap_servers")]
    pub config: Option<PathBuf>,
    /// The broker, instead of a settings file.
    #[arg(long, value_name = "HOSTS", conflicts_with = "config")]
    pub bootstrap_servers: Option<String>,
    /// Topic prefix, with --bootstrap-servers.
    #[arg(long, default_value = "handletime.")]
    pub topic_prefix: String,
    /// Grain of the rows: pt15m, pt30m, pt1h or p1d.
    #[arg(long, default_value = "pt30m")]
    pub grain: String,
    /// Basis of a topic with a suffix; empty: the topic with the plain name, the first of kpi.attribution.
    #[arg(long, default_value = "")]
    pub attribution: String,
    /// First interval start, included.
    #[arg(long, value_name = "T")]
    pub from: Option<String>,
    /// Last interval start, excluded.
    #[arg(long, value_name = "T")]
    pub to: Option<String>,
    /// Instead of rows: the platform's own interval report, asked as the settings file's source says. Without --from
    /// and --to the last 24 hours.
    #[arg(long, requires = "config", conflicts_with_all = ["repeat_contacts", "queue", "attribution"])]
    pub from_platform: bool,
    /// With --from-platform: which source, by its pipeline.name; needed when the file has several.
    #[arg(long, value_name = "NAME", requires = "from_platform")]
    pub pipeline: Option<String>,
    /// Only this queue, by id or name.
    #[arg(long, conflicts_with = "repeat_contacts")]
    pub queue: Option<String>,
    /// Instead of rows: first contact resolution by local day, a repeat being a contact of the same customer within so
    /// many local days. Needs privacy.contact.hash.key at the source.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(0..=366))]
    pub repeat_contacts: Option<u16>,
    /// With --repeat-contacts or --from-platform: the zone of local days. By default UTC, and with --from-platform the
    /// kpi.zone of the source's pipeline.
    #[arg(long, requires = "local_days", value_name = "ZONE")]
    pub zone: Option<String>,
}

/// `handletime slices`.
#[derive(Debug, Clone, Subcommand)]
pub enum SlicesCommand {
    /// Print what became of each slice.
    List(SlicesListArgs),
    /// Have held ranges read again, by the running source or by the next one that starts.
    Retry(SlicesRetryArgs),
}

/// Which slices are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SliceFilter {
    /// Being read.
    Running,
    /// Read whole.
    Done,
    /// Given up.
    Failed,
    /// In a range that is held: nothing in it is final.
    Held,
}

/// `handletime slices list`.
#[derive(Debug, Clone, Args)]
pub struct SlicesListArgs {
    /// Settings file: its `[worker]` says where the broker is.
    #[arg(short, long, value_name = "FILE")]
    pub config: PathBuf,
    /// Only the sources of this pipeline.name.
    #[arg(long, value_name = "NAME")]
    pub pipeline: Option<String>,
    /// Only slices in one of these states.
    #[arg(long, value_enum)]
    pub state: Vec<SliceFilter>,
    /// First instant of source time.
    #[arg(long, value_name = "T")]
    pub from: Option<String>,
    /// First instant after it.
    #[arg(long, value_name = "T")]
    pub to: Option<String>,
    /// Time zone of the local column.
    #[arg(long, default_value = "UTC", value_name = "ZONE")]
    pub zone: String,
}

/// `handletime slices retry`.
#[derive(Debug, Clone, Args)]
pub struct SlicesRetryArgs {
    /// Settings file: its sources are asked.
    #[arg(short, long, value_name = "FILE")]
    pub config: PathBuf,
    /// Only the sources of this pipeline.name.
    #[arg(long, value_name = "NAME")]
    pub pipeline: Option<String>,
    /// First instant of source time; by default everything that is held.
    #[arg(long, value_name = "T")]
    pub from: Option<String>,
    /// First instant after it.
    #[arg(long, value_name = "T")]
    pub to: Option<String>,
}
