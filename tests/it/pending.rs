//! Edge: a source that is killed while queries of its own are pending, and starts again.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use handletime::domain::interaction::Interaction;

use crate::support::checker::values;
use crate::support::process::Process;
use crate::support::settings::Settings;
use crate::support::simulator::{Asked, Simulator};
use crate::support::verdict::assert_true_and_by_the_rules;
use crate::whole_run::{History, JOBS, REPORTS, rules};

const LIMIT: Duration = Duration::from_secs(90);
const LOOK: Duration = Duration::from_millis(20);
/// The platform needs less than half a second for a query: from its submission to the first look it is pending.
const POLL_MS: &str = "1500";

/// How many queries were submitted so far.
fn submitted(requests: &[Asked]) -> usize {
    requests.iter().filter(|asked| asked.submits()).count()
}

/// How many queries the platform still holds.
fn held(requests: &[Asked]) -> usize {
    submitted(requests) - requests.iter().filter(|asked| asked.deletes()).count()
}

/// Waits until the platform has seen enough, and kills the run at once; answers what was asked so far.
fn kill_when(run: &mut Process, platform: &Simulator, enough: impl Fn(&[Asked]) -> bool) -> Vec<Asked> {
    let begun = Instant::now();
    while !enough(&platform.requests()) {
        assert!(run.ended().is_none() && begun.elapsed() < LIMIT, "it ended, or does not go on: {:?}", run.ended());
        std::thread::sleep(LOOK);
    }
    run.kill();
    platform.requests()
}

/// Kills the run three times: while its first query is pending, while a later one is, and while pages are being read.
fn assert_nothing_is_lost_twice_or_left_behind(test: &str, history: &History) {
    let platform = history.platform(test, &[]);
    let settings = history.settings(test, &platform).source("extract.query.poll.ms", POLL_MS);
    let settings = settings.source("extract.slice.ms", "21600000");
    let mut left_behind = 0;
    for blow in 0..3 {
        let (before, mut run) = (platform.requests(), settings.run_until_complete(test));
        let results = |asked: &&Asked| asked.status == 200 && asked.path.ends_with("/results");
        let read = before.iter().filter(results).count();
        let requests = kill_when(&mut run, &platform, |requests| match blow {
            2 => read < requests.iter().filter(results).count(),
            _ => submitted(&before) + blow < submitted(requests),
        });
        let now_held = held(&requests);
        assert!(left_behind < now_held || blow == 2, "blow {blow}: no query was pending");
        println!("blow {blow}: {} queries submitted, {now_held} held by the platform", submitted(&requests));
        left_behind = now_held;
    }
    let last_start = platform.requests().len();
    let mut run = settings.run_until_complete(test);
    assert_eq!(run.wait(LIMIT).code(), Some(history.status));

    assert_true_and_by_the_rules(&settings, history.truth(&platform), rules());
    assert_each_is_published_once(&settings);
    let requests = platform.requests();
    let held = held(&requests);
    println!("{} queries submitted, {held} held by the platform in the end", submitted(&requests));
    // A killed source cannot delete what it had open; the platform forgets it. Whoever comes after it adds nothing.
    assert!(held <= left_behind, "{held} queries are held, {left_behind} were open at a kill");
    let used: BTreeSet<&str> = requests[last_start..].iter().filter_map(Asked::query_id).collect();
    let deleted: BTreeSet<&str> = requests.iter().filter(|asked| asked.deletes()).filter_map(Asked::query_id).collect();
    assert!(!used.is_empty() && used.is_subset(&deleted), "used and not deleted: {:?}", used.difference(&deleted));
}

/// What was committed before a kill is not asked for again, and what was not is: every interaction stands there once.
fn assert_each_is_published_once(settings: &Settings) {
    let published = values::<Interaction>(settings, "interactions");
    let ids: BTreeSet<&String> = published.iter().map(|read| &read.interaction_id).collect();
    println!("{} interactions, {} records", ids.len(), published.len());
    assert_eq!(ids.len(), published.len(), "some interactions were published twice");
}

#[test]
fn nothing_is_lost_twice_or_left_behind_when_a_source_dies_while_report_queries_are_pending() {
    assert_nothing_is_lost_twice_or_left_behind("pending-reports", &REPORTS);
}

#[test]
fn nothing_is_lost_twice_or_left_behind_when_a_source_dies_while_jobs_are_pending() {
    assert_nothing_is_lost_twice_or_left_behind("pending-jobs", &JOBS);
}
