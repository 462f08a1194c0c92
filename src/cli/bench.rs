//! The arguments of `handletime bench`: types only. Pure.

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
