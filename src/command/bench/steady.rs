//! `handletime bench steady`: hours of source time at a steady rate, a tenth of it corrected, and what memory that takes. Edge.
//!
//! What a processor holds is bounded by its horizon: its memory may not grow once the first interactions are let go of. Rows
//! are held for 25 hours longer than interactions, so in a day none of them is let go of; but they are few beside the legs.
//! Source time goes by as fast as the processor works, and the horizon is short, so that a day takes minutes and the horizon
//! is full in the first hours of it.

use std::time::{Duration, Instant};

use anyhow::Context;
use serde::Serialize;

use super::super::status::ExitStatus;
use super::super::table::lined_up;
use super::arguments;
use super::backlog::{FROM, origin, read};
use super::broker::Stage;
use super::child::Processor;
use super::figures::{keep, verdict};
use super::load::Publisher;
use super::machine::Machine;
use super::progress::Follower;
use crate::cli::{BenchBrokerArgs, BenchSteadyArgs};
use crate::domain::time::{HOUR_MS, InstantMs, MINUTE_MS, format_instant, parse_instant};
use crate::topology::record::Produce;

/// The most that memory may grow from when the horizon is first full.
const GROWTH_MAX: f64 = 1.1;
/// What is set unless it is given: a horizon that is full after three hours.
const SHORTENED: [(&str, &str); 4] = [
    ("kpi.lateness.horizon.ms", "7200000"),
    ("kpi.leg.length.ms.max", "3600000"),
    ("kpi.settling.ms", "1800000"),
    ("kpi.grace.ms", "1800000"),
];
/// One in so many is read again, with a longer wrap-up.
const CORRECTED_EVERY: u64 = 10;
/// How long after its first reading.
const CORRECTED_AFTER_MIN: u64 = 60;
/// How far the processor may be behind what is published: a backlog is the broker's to hold, but the rate is to be steady.
const BEHIND_MAX_MS: i64 = 30 * MINUTE_MS;
/// Source time from one watermark to the next.
const WATERMARK_EVERY_MIN: u64 = 10;
/// How long the processor may take for any of it.
const WITHIN: Duration = Duration::from_secs(600);
const QUEUES: u64 = 64;
const AGENTS: u64 = 400;

/// What was resident when the processor had passed an hour.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
struct Sample {
    hours: i64,
    resident_bytes: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Results {
    interactions: u64,
    corrections: u64,
    seconds: f64,
    cpu_s: f64,
    samples: Vec<Sample>,
    /// When the horizon was first full.
    first_full: Sample,
    at_the_end: Sample,
    growth: f64,
}

/// Runs the command.
///
/// # Errors
/// Whatever keeps it from running, with its causes.
pub fn run(args: &BenchSteadyArgs) -> anyhow::Result<ExitStatus> {
    let machine = Machine::here();
    println!("{}", machine.line());
    let settings = arguments::settings(&with_short_horizon(&args.broker))?;
    let rules = &settings.settings.processors[0].rules;
    let full_after_ms = rules.horizon_ms + rules.leg_length_ms_max;
    let from = parse_instant(FROM).context("the first instant")?;
    let stage = Stage::new(&settings, args.broker.keep)?;
    let mut steady = Steady {
        publisher: Publisher::new(&stage.scene, from)?,
        follower: Follower::new(&stage.scene)?,
        processor: Processor::start(&settings.text)?,
        from,
        rate: args.rate,
        samples: Vec::new(),
    };
    let began = Instant::now();
    let corrections = steady.run(u64::from(args.hours) * 60)?;
    let usage = steady.processor.usage()?;
    let results = results(steady.samples, full_after_ms).map(|results| Results {
        interactions: u64::from(args.hours) * 3_600 * args.rate,
        corrections,
        seconds: began.elapsed().as_secs_f64(),
        cpu_s: usage.cpu.as_secs_f64(),
        ..results
    });
    steady.processor.stop()?;
    stage.leave()?;
    let results = results.context("the run is too short for the horizon to be full: give it more --hours")?;
    let met = report(&results);
    let arguments = serde_json::json!({
        "rate": args.rate, "hours": args.hours, "partitions": args.broker.partitions, "tasks": args.broker.tasks,
        "topics": args.broker.topics, "horizon_ms": rules.horizon_ms, "leg_length_ms_max": rules.leg_length_ms_max,
    });
    keep(args.broker.json.as_deref(), &machine, "steady", arguments, &results)?;
    Ok(if met { ExitStatus::Success } else { ExitStatus::Failure })
}

/// The arguments with a horizon that is full soon, where they name none.
fn with_short_horizon(args: &BenchBrokerArgs) -> BenchBrokerArgs {
    let mut args = args.clone();
    for (key, value) in SHORTENED {
        let given =
            args.processor_settings.iter().filter_map(|pair| pair.split_once('=')).any(|(name, _)| name.trim() == key);
        if !given {
            args.processor_settings.push(format!("{key}={value}"));
        }
    }
    args
}

/// Compares the last sample with the first that has a full horizon; `None` unless there are both.
fn results(samples: Vec<Sample>, full_after_ms: i64) -> Option<Results> {
    let first_full = *samples.iter().find(|sample| full_after_ms <= sample.hours * HOUR_MS)?;
    let at_the_end = *samples.last().filter(|last| first_full.hours < last.hours)?;
    let growth = at_the_end.resident_bytes as f64 / first_full.resident_bytes.max(1) as f64;
    let none = (0, 0, 0.0, 0.0);
    let (interactions, corrections, seconds, cpu_s) = none;
    Some(Results { interactions, corrections, seconds, cpu_s, samples, first_full, at_the_end, growth })
}

fn report(results: &Results) -> bool {
    let mib = |sample: &Sample| format!("{:.0}", sample.resident_bytes as f64 / f64::from(1 << 20));
    let mut lines = vec![vec!["source time, h".to_owned(), "resident, MiB".to_owned()]];
    lines.extend(results.samples.iter().map(|sample| vec![sample.hours.to_string(), mib(sample)]));
    println!();
    print!("{}", lined_up(&lines, |_| false));
    println!(
        "\n{} interactions and {} corrections in {:.0} s, {:.0} s of CPU",
        results.interactions, results.corrections, results.seconds, results.cpu_s
    );
    let met = results.growth <= GROWTH_MAX;
    println!(
        "from hour {} (the horizon is full) to hour {}   target at most {GROWTH_MAX} times the memory: {:.3}, {}",
        results.first_full.hours,
        results.at_the_end.hours,
        results.growth,
        verdict(met)
    );
    met
}

/// Publishes minute after minute of source time beside a processor.
struct Steady {
    publisher: Publisher,
    follower: Follower,
    processor: Processor,
    from: InstantMs,
    rate: u64,
    samples: Vec<Sample>,
}

impl Steady {
    /// All minutes, and the watermark that closes them; how many corrections there were among them.
    fn run(&mut self, minutes: u64) -> anyhow::Result<u64> {
        let mut corrections = 0;
        for minute in 0..minutes {
            let mut rows: Vec<String> = self.of_minute(minute).map(|number| self.row(number, 20_000)).collect();
            if let Some(before) = minute.checked_sub(CORRECTED_AFTER_MIN) {
                let again = self.of_minute(before).filter(|number| number % CORRECTED_EVERY == 0);
                let again: Vec<String> = again.map(|number| self.row(number, 50_000)).collect();
                corrections += again.len() as u64;
                rows.extend(again);
            }
            let now = self.at(minute + 1);
            // Read when the longest of them has ended.
            let interactions = read(&rows.join(","), &origin(), now + 5 * MINUTE_MS)?;
            let records = interactions.iter().map(|one| self.publisher.record(one, None));
            self.publisher.publish(&records.collect::<anyhow::Result<Vec<Produce>>>()?)?;
            if (minute + 1) % WATERMARK_EVERY_MIN == 0 || minute + 1 == minutes {
                self.publisher.complete_up_to(now, minute + 1 == minutes)?;
                self.wait_until_passed(now - BEHIND_MAX_MS)?;
            }
        }
        self.wait_until_passed(self.at(minutes))?;
        Ok(corrections)
    }

    fn of_minute(&self, minute: u64) -> std::ops::Range<u64> {
        minute * 60 * self.rate..(minute + 1) * 60 * self.rate
    }

    fn at(&self, minute: u64) -> InstantMs {
        self.from + i64::try_from(minute).unwrap_or(i64::MAX / MINUTE_MS) * MINUTE_MS
    }

    /// A completed voice row of three minutes; those of a second begin together.
    fn row(&self, number: u64, wrap_ms: i64) -> String {
        let start_ms = self.from + i64::try_from(number / self.rate).unwrap_or_default() * 1_000;
        let (start, end) = (format_instant(start_ms), format_instant(start_ms + 160_000 + wrap_ms));
        // Every agent answers in every queue.
        let (queue, agent) = (number % QUEUES, number / QUEUES % AGENTS);
        format!(
            r#"{{"id":"{number:032x}","conversationId":"c{number:031x}","type":"voice","status":"completed","queueId":"bench-{queue}","agentId":"agent-{agent}","talkDuration":140000,"holdDuration":10000,"wrapUpDuration":{wrap_ms},"agentDuration":{},"waitDuration":10000,"transfers":0,"wrapUpCode":"Sale","startTimestamp":"{start}","endTimestamp":"{end}"}}"#,
            150_000 + wrap_ms
        )
    }

    /// Waits until all legs tasks have passed an instant, and takes a sample at every hour that they pass.
    fn wait_until_passed(&mut self, at: InstantMs) -> anyhow::Result<()> {
        let began = Instant::now();
        loop {
            self.follower.look()?;
            let passed = self.follower.passed().unwrap_or(self.from);
            let hours = (passed - self.from).div_euclid(HOUR_MS);
            if self.samples.last().map_or(0, |last| last.hours) < hours {
                self.samples.push(Sample { hours, resident_bytes: self.processor.usage()?.memory_bytes });
            }
            if at <= passed {
                return Ok(());
            }
            self.processor.check()?;
            let late = WITHIN < began.elapsed();
            anyhow::ensure!(!late, "the processor has not passed {} after {} s", format_instant(at), WITHIN.as_secs());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(mib: &[u64]) -> Vec<Sample> {
        (1..).zip(mib).map(|(hours, mib)| Sample { hours, resident_bytes: mib << 20 }).collect()
    }

    #[test]
    fn the_end_is_compared_with_the_first_hour_that_has_a_full_horizon() {
        let found = results(samples(&[10, 100, 200, 150, 220]), 3 * HOUR_MS).unwrap();
        assert_eq!((found.first_full.hours, found.at_the_end.hours), (3, 5));
        assert!(report(&found), "{}", found.growth);
        assert!(!report(&results(samples(&[10, 100, 200, 150, 221]), 3 * HOUR_MS).unwrap()));
        assert_eq!(results(samples(&[10, 100, 200]), 3 * HOUR_MS), None, "nothing comes after it");
        assert_eq!(results(samples(&[10]), 3 * HOUR_MS), None);
    }
}
