//! Edge: history through a second pair of connectors while the live pair runs, into the same rows.

use std::time::Duration;

use handletime::domain::media::Dialect;
use handletime::domain::time::parse_instant;

use crate::support::checker::{Rules, assert_rules};
use crate::support::process::Process;
use crate::support::settings::{Connectors, Settings, UNTIL_COMPLETE};
use crate::support::simulator::Simulator;
use crate::support::topics::read_committed_until;
use crate::support::verdict::{KPI_TOPICS, Truth};
use crate::whole_run::{FEW_CONVERSATIONS, rules};

const MIDNIGHT: &str = "2026-01-02T00:00:00Z";
const LIMIT: Duration = Duration::from_secs(180);

/// The second of two days, with what began on the first and reaches into it.
fn live(both_days: Settings) -> Settings {
    both_days.source("extract.start", MIDNIGHT).source("extract.lookback.ms", "86400000")
}

/// The first of the two days.
fn backfill(live: &Settings) -> Settings {
    let backfill = live.of_pipeline("history").without("extract.lookback.ms");
    let backfill = backfill.source("extract.start", "2026-01-01T00:00:00Z").source("extract.end", MIDNIGHT);
    backfill.processor("kpi.range.end", "2026-01-02")
}

fn wait_for_records(settings: &Settings, topic: &str, count: usize) {
    read_committed_until(settings.bootstrap_servers(), &settings.topic(topic), LIMIT, |all| count <= all.len());
}

#[test]
fn history_is_filled_in_while_the_live_pair_runs_and_both_are_killed() {
    let platform = FEW_CONVERSATIONS.platform("backfill", &[]);
    let live = live(FEW_CONVERSATIONS.settings("backfill", &platform));
    let backfill = backfill(&live);
    let mut of_today = live.run("live", Connectors::Both, &[]);
    of_today.wait_for_line("source begins", LIMIT);
    wait_for_records(&live, "kpi.queue.pt30m", 20);
    let mut of_history = backfill.run("history", Connectors::Both, &[]);
    of_history.wait_for_line("source begins", LIMIT);
    // In the middle of its work: each of the two then finds rows of the other where its own state stands.
    wait_for_records(&live, "history.legs", 1_000);
    of_history.kill();
    of_today.kill();
    let mut again: Vec<Process> =
        vec![backfill.run_until_complete("history-again"), live.run_until_complete("live-again")];
    for process in &mut again {
        assert_eq!(process.wait(LIMIT).code(), Some(FEW_CONVERSATIONS.status), "{}", process.stderr());
    }
    assert!(0 < Truth::of(&platform).assert_equal(&live));
    let rules = Rules { history_end: parse_instant(MIDNIGHT), ..rules() };
    assert_rules(&live, &KPI_TOPICS, rules);
}

#[test]
fn rows_of_another_pipeline_are_refused_by_its_name_and_it_goes_on() {
    let few = ["--interactions-per-day", "300", "--requests-per-second", "20"];
    let platform = Simulator::start("overlap", Dialect::InteractionDetails, &few);
    let live = live(Settings::new("overlap", 3, &platform));
    let mut first = live.run_until_complete("live");
    assert_eq!(first.wait(LIMIT).code(), Some(0), "{}", first.stderr());
    let rows = |name: &str| read_committed_until(live.bootstrap_servers(), &live.topic(name), LIMIT, |_| true);
    let (before, name) = (rows("kpi.queue.pt30m").len(), "kpi.range.end");
    // Its end is left out, so its rows would run into those of the first.
    let overlapping = backfill(&live).without(name);
    let mut overlapping = overlapping.run("overlapping", Connectors::Both, &[UNTIL_COMPLETE]);
    assert_eq!(overlapping.wait(LIMIT).code(), Some(1), "{}", overlapping.stderr());
    for text in [
        "pipeline \"default\" owns the rows from 2026-01-02T00:00:00.000Z on",
        "this one would own those from 2026-01-01T00:00:00.000Z on",
        name,
    ] {
        assert!(overlapping.stderr().contains(text), "{text}: {}", overlapping.stderr());
    }
    assert_eq!(rows("kpi.queue.pt30m").len(), before, "it wrote nothing");
    // What was refused is in nobody's way, and with other dates it is the pipeline that it was meant to be.
    let history = backfill(&live);
    let mut processes = vec![live.run_until_complete("live-again"), history.run_until_complete("history")];
    for process in &mut processes {
        assert_eq!(process.wait(LIMIT).code(), Some(0), "{}", process.stderr());
    }
    Truth::of(&platform).assert_equal(&live);
    // Rows of a pipeline never change hands.
    let moved = live.processor("kpi.range.start", "2026-01-03").source("extract.end", "2026-01-05T00:00:00Z");
    let mut moved = moved.run("moved", Connectors::Both, &[UNTIL_COMPLETE]);
    assert_eq!(moved.wait(LIMIT).code(), Some(1), "{}", moved.stderr());
    assert!(moved.stderr().contains("use another pipeline.name for other rows"), "{}", moved.stderr());
}
