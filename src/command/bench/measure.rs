//! One run of a processor over a backlog that stands on the broker: from nothing until all is committed. Edge.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::arguments::Written;
use super::broker::Stage;
use super::child::Processor;
use super::progress::Follower;
use super::usage::{Usage, machine_busy};

/// How long a run may take.
const COMPLETE_WITHIN: Duration = Duration::from_secs(3_600);

/// What was seen of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Run {
    /// Seconds from the first task that had its state until all was committed.
    pub seconds: f64,
    /// Seconds from the start of the process until all was committed.
    pub seconds_from_start: f64,
    /// Time on cores of the whole process, in seconds.
    pub cpu_s: f64,
    /// The most memory that the process had.
    pub memory_peak_bytes: u64,
    /// Transactions of the legs room.
    pub legs_transactions: u64,
    /// Transactions of the intervals room.
    pub intervals_transactions: u64,
    /// Time on cores of everything else on the machine meanwhile, this measurement and a broker here included.
    pub others_s: f64,
}

impl Run {
    /// Time on cores for each interaction, in microseconds.
    #[must_use]
    pub fn cpu_us(&self, interactions: u64) -> f64 {
        self.cpu_s * 1e6 / interactions.max(1) as f64
    }

    /// Interactions a second.
    #[must_use]
    pub fn rate(&self, interactions: u64) -> f64 {
        interactions as f64 / self.seconds.max(0.001)
    }
}

/// Lets a processor work the backlog off; it still runs, with its whole state, when this returns.
///
/// # Errors
/// When it ends before, or not all is committed in time.
pub fn run(stage: &Stage, written: &Written) -> anyhow::Result<(Run, Processor)> {
    let mut follower = Follower::new(&stage.scene)?;
    let busy_before = machine_busy();
    let mut processor = Processor::start(&written.text)?;
    let complete = loop {
        if let Some(at) = follower.look()? {
            break at;
        }
        processor.check()?;
        let late = COMPLETE_WITHIN < processor.started().elapsed();
        anyhow::ensure!(!late, "the processor is not through after {} s", COMPLETE_WITHIN.as_secs());
    };
    let usage: Usage = processor.usage()?;
    let busy = machine_busy().saturating_sub(busy_before);
    let (running, _) = processor.wait_until_running(1)?;
    let seconds_since = |instant: Instant| complete.saturating_duration_since(instant).as_secs_f64();
    let (legs_transactions, intervals_transactions) = follower.transactions();
    let run = Run {
        seconds: seconds_since(running),
        seconds_from_start: seconds_since(processor.started()),
        cpu_s: usage.cpu.as_secs_f64(),
        memory_peak_bytes: usage.memory_peak_bytes,
        legs_transactions,
        intervals_transactions,
        others_s: busy.saturating_sub(usage.cpu).as_secs_f64(),
    };
    Ok((run, processor))
}
