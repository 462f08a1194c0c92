//! Why a process is late or failing, one rule each: what is the matter, and what helps. Pure.

use super::page::words::{count, length, percent, utc};
use super::verdict::{
    Cause, Counted, Health, Heard, LAG_ALLOWED_MS, Moved, REFUSED_ALLOWED_MS, SILENCE_ALLOWED_MS, STILL_ALLOWED_MS,
    THROTTLED_ALLOWED_MS, WATERMARK_ALLOWED_MS,
};
use super::vitals::{Completeness, ConnectorVitals, ProcessorVitals, SourceVitals, Vitals};
use crate::domain::reconciliation::Check;
use crate::domain::time::InstantMs;
use crate::reconcile::verdict::is_apart;

/// Longest part of a trace that stands in a cause; all of it stands beside the task.
const TRACE_CHARS_MAX: usize = 200;

fn failing(what: String, helps: impl Into<String>) -> Cause {
    Cause { health: Health::Failing, what, helps: helps.into() }
}

fn late(what: String, helps: impl Into<String>) -> Cause {
    Cause { health: Health::Late, what, helps: helps.into() }
}

/// What connectors and tasks are that are not at work.
pub(super) fn connectors(all: &[ConnectorVitals]) -> Vec<Cause> {
    let mut causes = Vec::new();
    for connector in all {
        let name = &connector.name;
        causes.extend(of_state(&format!("connector {name}"), &connector.state, &connector.trace, name));
        for task in &connector.tasks {
            // A task of a connector that was paused is paused: said once.
            if task.state == connector.state && task.state != "FAILED" {
                continue;
            }
            causes.extend(of_state(&format!("task {} of connector {name}", task.id), &task.state, &task.trace, name));
        }
    }
    causes
}

fn of_state(what: &str, state: &str, trace: &str, connector: &str) -> Option<Cause> {
    let restart = format!("POST /connectors/{connector}/restart?includeTasks=true&onlyFailed=true");
    let resume = format!("PUT /connectors/{connector}/resume");
    match state {
        "FAILED" => {
            let said = first_line(trace);
            let colon = if said.is_empty() { "" } else { ": " };
            Some(failing(
                format!("{what} has failed{colon}{said}"),
                format!("mend what the trace names, then {restart}; without REST start the process again"),
            ))
        }
        "UNASSIGNED" => Some(late(format!("{what} has no worker"), "a rebalance gives it one; else start a worker")),
        "RESTARTING" => Some(late(format!("{what} is being restarted"), "it goes on where it was")),
        "PAUSED" => Some(late(format!("{what} is paused"), resume)),
        "STOPPED" => Some(late(format!("{what} is stopped"), resume)),
        _ => None,
    }
}

fn first_line(trace: &str) -> String {
    let line = trace.lines().next().unwrap_or_default().trim();
    if line.chars().count() <= TRACE_CHARS_MAX {
        return line.to_owned();
    }
    let cut: String = line.chars().take(TRACE_CHARS_MAX).collect();
    format!("{cut}…")
}

/// Whether brokers answer and take what is sent.
pub(super) fn broker(vitals: &Vitals, heard: Option<&Heard>, rise: Counted) -> Vec<Cause> {
    let kafka = &vitals.kafka;
    let mut causes = Vec::new();
    let failures = kafka.request_errors + kafka.request_timeouts;
    let silent = heard
        .filter(|heard| 0 < kafka.clients && SILENCE_ALLOWED_MS <= vitals.at - heard.at && heard.failures < failures);
    if let Some(heard) = silent {
        causes.push(failing(
            format!("no broker has answered for {}", length(vitals.at - heard.at)),
            "look at bootstrap.servers, the network and the brokers; all goes on by itself once they answer",
        ));
    }
    if 0 < rise.delivery_errors {
        causes.push(late(
            format!("{} records could not be delivered lately; they are sent again", count(rise.delivery_errors)),
            "look at the brokers' logs, min.insync.replicas and disk space",
        ));
    }
    if 0 < rise.aborted {
        causes.push(late(
            format!("{} transactions were aborted lately and are repeated", count(rise.aborted)),
            "once is nothing; often: look at rebalances and at the brokers' load",
        ));
    }
    causes
}

/// Whether a source gets on with the platform.
pub(super) fn platform(at: InstantMs, source: &SourceVitals, moved: Option<&Moved>) -> Option<Cause> {
    let moved = moved.filter(|_| !source.complete)?;
    let still_ms = at - moved.at;
    let failures = source.failures.values().sum::<u64>().saturating_sub(moved.failures);
    let name = named(source);
    if 0 < failures && REFUSED_ALLOWED_MS <= still_ms {
        let refused = 0 < source.failures.get("unauthorized").copied().unwrap_or(0);
        let helps = if refused {
            "the platform may not know the client any more: look at genesys.client.id, its secret and its permissions"
        } else {
            "look at the platform's status, genesys.api.url and the network; it is tried again all the time"
        };
        let what = format!("{name} has read nothing for {}: {} requests failed", length(still_ms), count(failures));
        return Some(failing(what, helps));
    }
    (STILL_ALLOWED_MS <= still_ms).then(|| {
        failing(
            format!("{name} has read nothing for {}", length(still_ms)),
            "look at the log of this process; handletime check --online says what the platform permits",
        )
    })
}

/// Whether a source is as far as it promises, and has all that there is.
pub(super) fn sources(at: InstantMs, source: &SourceVitals) -> Vec<Cause> {
    let mut causes = Vec::new();
    let name = named(source);
    if let Some((from, to)) = source.held.first() {
        let ranges = if source.held.len() == 1 { "range is" } else { "ranges are" };
        causes.push(failing(
            format!(
                "{name}: {} {ranges} held, the first from {} to {}: nothing there becomes final",
                source.held.len(),
                utc(*from),
                utc(*to)
            ),
            "retry below, or handletime slices retry -c FILE",
        ));
    }
    if let Some(behind_ms) = behind_ms(at, source) {
        causes.push(late(
            format!("{name} is {} behind what it promises", length(behind_ms)),
            "it catches up as the quota allows: quota.requests.per.second, extract.slice.ms and tasks.max say how fast",
        ));
    }
    if let Some(window) = source.completeness.last().filter(|window| !is_whole(window)) {
        let lacks = percent(1.0 - window.ours as f64 / window.theirs.max(1) as f64);
        let (ours, theirs) = (count(window.ours), count(window.theirs));
        causes.push(late(
            format!("{name}: {ours} of {theirs} interactions from {}, {lacks} off", utc(window.from)),
            "its slice is read again; handletime reconcile -c FILE names what is missing",
        ));
    }
    causes
}

/// How far a source's watermark is behind its freshness delay and the allowance; `None` when it is not, or reads a past
/// that has an end.
pub(super) fn behind_ms(at: InstantMs, source: &SourceVitals) -> Option<i64> {
    let now = at + source.clock_offset_ms.unwrap_or(0);
    let promised = now - source.freshness_delay_ms - WATERMARK_ALLOWED_MS;
    let is_history = source.extract_end.is_some_and(|end| end <= now - source.freshness_delay_ms);
    let behind_ms = now - source.freshness_delay_ms - source.watermark;
    (source.watermark < promised && !is_history && !source.complete).then_some(behind_ms)
}

/// Whether two counts of a window agree within the tolerance of volumes.
pub(super) fn is_whole(window: &Completeness) -> bool {
    let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    !is_apart(signed(window.ours), signed(window.theirs), Check::Volume.tolerance_permille())
}

/// Whether processors keep up.
pub(super) fn processors(all: &[ProcessorVitals]) -> Vec<Cause> {
    let mut causes = Vec::new();
    for processor in all {
        let name = &processor.connector;
        let restoring: Vec<(u64, u64)> = processor.tasks.iter().filter_map(|task| task.restoring).collect();
        if !restoring.is_empty() {
            let passed: u64 = restoring.iter().map(|(passed, _)| passed).sum();
            let all: u64 = restoring.iter().map(|(_, all)| all).sum();
            causes.push(late(
                format!("{name} restores its state: {} of {} offsets", count(passed), count(all)),
                "it takes seconds to minutes and needs nothing",
            ));
        }
        let lag_ms = processor.tasks.iter().filter_map(|task| task.lag_ms).max().unwrap_or(0);
        if LAG_ALLOWED_MS < lag_ms {
            let lag: u64 = processor.tasks.iter().filter_map(|task| task.lag_records).sum();
            causes.push(late(
                format!(
                    "{name} has input that has waited for {}: {} records",
                    length(i64::try_from(lag_ms).unwrap_or(i64::MAX)),
                    count(lag)
                ),
                "more tasks.max, or another process with the same settings, share the partitions",
            ));
        }
    }
    causes
}

/// Whether the platform slows the requests down.
pub(super) fn slowed(rise: Counted) -> Option<Cause> {
    (THROTTLED_ALLOWED_MS < rise.throttled_ms).then(|| {
        let waited = length(i64::try_from(rise.throttled_ms).unwrap_or(i64::MAX));
        late(
            format!("requests waited {waited} in the last 5 min, {} were answered 429", count(rise.rate_limited)),
            "others use the same OAuth client, or quota.requests.per.second is above what the platform grants",
        )
    })
}

fn named(source: &SourceVitals) -> String {
    format!("source {} (task {})", source.connector, source.task)
}
