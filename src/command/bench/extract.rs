//! `handletime bench extract`: the real source against a simulated platform, publishing to a counter. Edge.
//!
//! The platform runs as a child of the same program, so that the memory of this process is the source's alone. What is
//! permitted is counted from the first page that is published until the first task has read all of its part: from then
//! on fewer requests are left to ask than the platform permits.
//!
//! Where queries are answered later, most of the time none may be asked: what counts there is how much of the history is
//! read in a minute, unless the pages alone use the permitted rate.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;

use super::super::status::ExitStatus;
use super::usage::Usage;
use crate::cli::{BenchExtractArgs, SimulatedDialect};
use crate::config::{self, typed::SourceConfig};
use crate::domain::time::{DAY_MS, format_instant, parse_instant};
use crate::extract::progress::{SourceProgress, SourceSnapshot};
use crate::extract::task::SourceTask;
use crate::genesys::dialect::shape::Shape;
use crate::publish::contract::{Claimed, Publication, Publish, PublishError};
use crate::runtime::shutdown::{Shutdown, on_signal};
use crate::runtime::supervisor::Supervisor;

/// First instant of the backlog, a Monday.
const FROM: &str = "2026-01-05T00:00:00Z";
/// How often the source is looked at. Longer makes what is permitted inexact.
const LOOK: Duration = Duration::from_millis(20);
/// How long the source gets to end.
const STOP: Duration = Duration::from_secs(10);
/// Share of the permitted requests that must be sent.
const USED_MIN: f64 = 0.98;
/// Days of history that must be read in a minute where queries are answered later. One query at a time, first looked at
/// after ten to fifteen seconds, comes to four or five.
const DAYS_A_MINUTE_MIN: f64 = 8.0;
/// Memory that any backfill must do with, besides one page a task.
const MEMORY_BYTES_MAX: u64 = 64 << 20;

/// A simulated platform in a process of its own; it ends with this.
struct Platform {
    process: Child,
    url: String,
    // How many interactions it has.
    interactions: u64,
    // Kept open: the platform goes on talking.
    said: BufReader<ChildStdout>,
}

impl Drop for Platform {
    fn drop(&mut self) {
        // An error means that it has ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Platform {
    fn start(args: &BenchExtractArgs, to: &str) -> anyhow::Result<Platform> {
        let program = std::env::current_exe().context("finding this program")?;
        let per_day = args.interactions.div_ceil(u64::from(args.weeks) * 7);
        let (a_second, a_minute) = match args.requests_per_minute {
            // Whatever comes within a second, the minute decides.
            Some(a_minute) => (a_minute, Some(a_minute)),
            None => (args.requests_per_second, None),
        };
        let mut command = Command::new(program);
        command
            .args(["--log", "warn", "simulate", "--listen", "127.0.0.1:0", "--from", FROM, "--to", to])
            .args(["--dialect", args.dialect.word(), "--seed", &args.seed.to_string()])
            .args(["--interactions-per-day", &per_day.to_string(), "--requests-per-second", &a_second.to_string()]);
        if let Some(a_minute) = a_minute {
            command.args(["--requests-per-minute", &a_minute.to_string()]);
        }
        let mut process = command.stdout(Stdio::piped()).spawn().context("starting the simulated platform")?;
        let stdout = process.stdout.take().context("the simulated platform says nothing")?;
        let mut platform = Platform { process, url: String::new(), interactions: 0, said: BufReader::new(stdout) };
        let mut line = String::new();
        platform.said.read_line(&mut line).context("reading where the simulated platform listens")?;
        let number = line.split_whitespace().nth(1).and_then(|number| number.parse().ok());
        platform.interactions =
            number.with_context(|| format!("the simulated platform does not say how much it has: {line}"))?;
        let address = line.trim().rsplit_once(" on ").map(|(_, address)| address.to_owned());
        platform.url =
            address.with_context(|| format!("the simulated platform does not say where it listens: {line}"))?;
        Ok(platform)
    }
}

/// Takes what a source publishes, and keeps nothing but the count.
struct Counter(Arc<AtomicU64>);

impl Publish for Counter {
    fn claim(&mut self) -> Result<Claimed, PublishError> {
        Ok(Claimed::default())
    }

    fn publish(&mut self, publication: &Publication) -> Result<(), PublishError> {
        self.0.fetch_add(publication.interactions.len() as u64, Ordering::Relaxed);
        Ok(())
    }
}

/// What was seen of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Seen {
    /// Seconds during which the whole rate could be used.
    busy_s: f64,
    /// Requests sent in them.
    sent: u64,
    /// Requests that were refused for their rate, in all.
    refused: u64,
    /// Interactions published, in all.
    interactions: u64,
    /// Seconds in all.
    seconds: f64,
    /// Milliseconds of history that every task has read.
    history_ms: i64,
    /// Bytes of an average answer.
    page_bytes: u64,
    /// Slices that were given up.
    slices_failed: u64,
    /// All of the backlog was read.
    complete: bool,
    /// Interactions that the platform has; unknown where it tells the parts that agents had in them.
    backlog: Option<u64>,
}

/// Runs the command.
///
/// # Errors
/// Whatever keeps it from running, with its causes.
pub async fn run(args: &BenchExtractArgs) -> anyhow::Result<ExitStatus> {
    let from = parse_instant(FROM).context("the backlog's first instant")?;
    let to = format_instant(from + i64::from(args.weeks) * 7 * DAY_MS);
    let platform = Platform::start(args, &to)?;
    let source = source(args, &platform.url, &to)?;
    let rate = rate(args);
    println!(
        "{} in {} tasks, {} permitted; {} interactions over {} weeks",
        args.dialect.word(),
        source.partitions.len(),
        match args.requests_per_minute {
            Some(a_minute) => format!("{a_minute} requests a minute"),
            None => format!("{} requests a second", args.requests_per_second),
        },
        args.interactions,
        args.weeks
    );
    let seen = watch(&source, args.seconds.map(Duration::from_secs)).await?;
    let told_whole = args.dialect != SimulatedDialect::ConversationMetrics;
    let seen = Seen { backlog: told_whole.then_some(platform.interactions), ..seen };
    drop(platform);
    let memory = Usage::of_this_process().context("reading how much memory was used")?.memory_peak_bytes;
    let is_later = Shape::of(source.dialect).is_some_and(|shape| shape.asynchronous().is_some());
    let met = report(&seen, rate, memory, source.partitions.len(), is_later);
    Ok(if met { ExitStatus::Success } else { ExitStatus::Failure })
}

fn rate(args: &BenchExtractArgs) -> f64 {
    args.requests_per_minute.map_or(f64::from(args.requests_per_second), |a_minute| f64::from(a_minute) / 60.0)
}

/// The settings of the source, through the same parser as a file's.
fn source(args: &BenchExtractArgs, url: &str, to: &str) -> anyhow::Result<SourceConfig> {
    let text = format!(
        r#"
        [worker]
        bootstrap.servers = "nowhere:9092"
        [connectors.genesys]
        connector.class = "GenesysSource"
        genesys.api.url = "{url}"
        genesys.login.url = "{url}"
        genesys.client.id = "demo-client"
        genesys.client.secret = "demo-secret"
        genesys.org.id = "acme"
        genesys.dialect = "{dialect}"
        extract.start = "{FROM}"
        extract.end = "{to}"
        {slice}
        extract.revisit.ms = ""
        quota.requests.per.second = {rate}
        quota.window.ms = {window_ms}
        tasks.max = {tasks}
        "#,
        dialect = args.dialect.word(),
        slice = args.slice_ms.map(|slice_ms| format!("extract.slice.ms = {slice_ms}")).unwrap_or_default(),
        rate = rate(args),
        window_ms = if args.requests_per_minute.is_some() { 60_000 } else { 1_000 },
        tasks = args.tasks,
    );
    let mut problems = Vec::new();
    let no_name = |name: &_| Err(format!("{name} is not asked for here"));
    let file = config::toml_text::read("the measurement's settings", &text, &no_name, &mut problems);
    let settings = config::parse::settings(&file, problems).map_err(|problems| anyhow::anyhow!("{problems}"))?;
    settings.sources.into_iter().next().context("the measurement has a source")
}

/// Runs the source until its end, or until `longest` has passed.
async fn watch(config: &SourceConfig, longest: Option<Duration>) -> anyhow::Result<Seen> {
    let shutdown = Shutdown::default();
    let mut supervisor = Supervisor::new(shutdown.clone());
    let signals = shutdown.clone();
    supervisor.start("signals", async move { on_signal(signals).await.map_err(|error| error.to_string()) });
    let published = Arc::new(AtomicU64::new(0));
    let tasks = SourceTask::all_of(config, |_, _| Box::new(Counter(Arc::clone(&published))))?;
    let progress: Vec<Arc<SourceProgress>> = tasks.iter().map(SourceTask::progress).collect();
    for task in tasks {
        let name = task.name().to_owned();
        super::super::pipeline::start_source(task, name, &mut supervisor);
    }
    let (began, mut busy_since, mut seen) = (Instant::now(), None, Seen::default());
    while !shutdown.sleep(LOOK).await {
        let now = Instant::now();
        let at: Vec<SourceSnapshot> = progress.iter().map(|one| one.snapshot()).collect();
        // The budget is one, and so are its counters: each task tells the same.
        let first = at.first().context("the measurement has a task")?;
        (seen.refused, seen.seconds) = (first.rate_limited, (now - began).as_secs_f64());
        seen.page_bytes = first.body_bytes / first.requests.max(1);
        let furthest = |one: &SourceSnapshot| one.cursor - one.extract_start;
        seen.history_ms = at.iter().map(furthest).min().unwrap_or(0);
        seen.slices_failed = at.iter().map(|one| one.slices_failed).sum();
        if busy_since.is_none() && 0 < published.load(Ordering::Relaxed) {
            busy_since = Some((now, first.requests));
        }
        seen.complete = at.iter().all(|one| one.complete);
        if let Some((since, sent)) = busy_since
            && !at.iter().any(|one| one.complete)
        {
            (seen.busy_s, seen.sent) = ((now - since).as_secs_f64(), first.requests - sent);
        }
        if seen.complete || longest.is_some_and(|longest| longest <= began.elapsed()) {
            break;
        }
    }
    shutdown.trigger();
    supervisor.join(STOP).await.map_err(anyhow::Error::msg)?;
    seen.interactions = published.load(Ordering::Relaxed);
    Ok(seen)
}

/// Prints what was seen beside what is wanted; whether all of it is met. `is_later`: queries are answered later.
fn report(seen: &Seen, rate: f64, memory_bytes: u64, tasks: usize, is_later: bool) -> bool {
    let permitted = rate * seen.busy_s;
    let used = seen.sent as f64 / permitted.max(1.0);
    let memory_bytes_max = MEMORY_BYTES_MAX + seen.page_bytes * tasks as u64;
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let days_a_minute = seen.history_ms as f64 / DAY_MS as f64 / (seen.seconds / 60.0).max(0.001);
    let fast = used >= USED_MIN || (is_later && days_a_minute >= DAYS_A_MINUTE_MIN);
    // What was stopped on purpose is no backfill, and proves no more than what it came to.
    let whole =
        seen.backlog.is_none_or(|all| if seen.complete { seen.interactions == all } else { seen.interactions <= all });
    let met = [fast, seen.refused == 0, memory_bytes <= memory_bytes_max, seen.slices_failed == 0, whole];
    let verdict = |met: bool| if met { "met" } else { "MISSED" };
    let share = format!("requests permitted {permitted:.0}, sent {} = {:.2} %", seen.sent, used * 100.0);
    if is_later {
        println!(
            "history {days_a_minute:.1} days a minute   target at least {DAYS_A_MINUTE_MIN:.0}, or {:.0} % of the \
             requests: {} ({share})",
            USED_MIN * 100.0,
            verdict(met[0])
        );
    } else {
        println!("{share}   target at least {:.0} %: {}", USED_MIN * 100.0, verdict(met[0]));
    }
    println!("refused {}   target 0: {}", seen.refused, verdict(met[1]));
    println!(
        "interactions {} in {:.1} s = {:.0} a second   {}: {}",
        seen.interactions,
        seen.seconds,
        seen.interactions as f64 / seen.seconds.max(0.001),
        match (seen.complete, seen.backlog) {
            (true, Some(all)) => format!("target all of {all}"),
            (true, None) => "all parts of agents".to_owned(),
            (false, _) => "stopped before the end".to_owned(),
        },
        if !whole || (seen.complete && seen.backlog.is_some()) { verdict(whole) } else { "not judged" }
    );
    println!(
        "peak memory{} {:.1} MiB   target at most {:.1} MiB, which is 64 and a page of {:.2} for each task: {}",
        if seen.complete { "" } else { " of that part" },
        mib(memory_bytes),
        mib(memory_bytes_max),
        mib(seen.page_bytes),
        verdict(met[2])
    );
    println!("slices given up {}   target 0: {}", seen.slices_failed, verdict(met[3]));
    met.iter().all(|met| *met)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Bench, Cli};

    fn args(words: &[&str]) -> BenchExtractArgs {
        let words = ["handletime", "bench", "extract"].iter().chain(words);
        match Cli::try_parse_from(words).unwrap().command {
            crate::cli::Command::Bench(args) => match args.what {
                Bench::Extract(args) => args,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_source_is_set_up_as_a_file_would_and_a_minute_is_sixty_seconds() {
        let args = args(&["--requests-per-minute", "300", "--tasks", "3", "--dialect", "conversation-details"]);
        let source = source(&args, "http://127.0.0.1:1", "2026-02-23T00:00:00Z").unwrap();
        assert_eq!((source.partitions.len(), source.quota_requests_per_second, source.page_size), (3, 5.0, 100));
        assert_eq!(source.quota_window, Duration::from_secs(60));
        assert_eq!(source.extract_end.unwrap() - source.extract_start, 49 * DAY_MS);
        assert_eq!(source.slice_ms, 1_800_000);
    }

    #[test]
    fn each_target_that_is_missed_is_a_failure() {
        let good = Seen {
            busy_s: 100.0,
            sent: 1_180,
            complete: true,
            page_bytes: 1 << 20,
            backlog: Some(0),
            ..Seen::default()
        };
        let memory = MEMORY_BYTES_MAX + (2 << 20);
        assert!(report(&good, 12.0, memory, 2, false));
        assert!(!report(&good, 12.0, memory, 1, false));
        assert!(!report(&Seen { sent: 1_170, ..good }, 12.0, 0, 1, false));
        assert!(!report(&Seen { refused: 1, ..good }, 12.0, 0, 1, false));
        assert!(!report(&Seen { slices_failed: 1, ..good }, 12.0, 0, 1, false));
        assert!(!report(&Seen { backlog: Some(1), ..good }, 12.0, 0, 1, false), "one interaction is lost");
        assert!(
            !report(&Seen { interactions: 1, backlog: Some(0), ..good }, 12.0, 0, 1, false),
            "one is published twice"
        );
        assert!(
            report(&Seen { backlog: Some(1), complete: false, ..good }, 12.0, 0, 1, false),
            "stopped before the end"
        );
    }

    #[test]
    fn where_queries_are_answered_later_the_history_must_go_by_or_the_rate_be_used() {
        let days =
            |days: i64| Seen { busy_s: 100.0, sent: 40, seconds: 120.0, history_ms: days * DAY_MS, ..Seen::default() };
        assert!(report(&days(16), 12.0, 0, 1, true));
        assert!(!report(&days(15), 12.0, 0, 1, true));
        assert!(!report(&days(16), 12.0, 0, 1, false), "others have no such excuse");
        assert!(report(&Seen { sent: 1_180, ..days(1) }, 12.0, 0, 1, true));
        assert!(!report(&Seen { refused: 1, ..days(16) }, 12.0, 0, 1, true));
    }
}
