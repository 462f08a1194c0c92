//! Edge: one undisturbed run over two days and a hundred thousand interactions, which several rules are read from.

use std::sync::OnceLock;
use std::time::Duration;

use handletime::domain::time::parse_instant;

use crate::support::broker;
use crate::support::checker::Rules;
use crate::support::settings::Settings;
use crate::support::simulator::{Asked, Simulator};
use crate::support::topics;
use crate::support::verdict::{Truth, assert_true_and_by_the_rules};

/// `kpi.grace.ms` where nothing else is set.
const GRACE_MS: i64 = 4_500_000;
/// The program's own limit of 12 requests a second, and the one that may just have left before.
const REQUESTS_IN_A_SECOND: usize = 13;

/// The rules of a run with the default settings over the two days that a simulator makes.
pub fn rules() -> Rules {
    let extract_end = parse_instant("2026-01-03T00:00:00Z").expect("an instant");
    Rules { grace_ms: GRACE_MS, extract_end }
}

/// What is left of the run. Nothing in here is a process: a static is never dropped.
#[derive(Debug)]
struct WholeRun {
    settings: Settings,
    truth: Truth,
    requests: Vec<Asked>,
}

const HISTORY: [&str; 2] = ["--interactions-per-day", "50000"];

/// The run, made by the first test that asks.
fn whole_run() -> &'static WholeRun {
    static RUN: OnceLock<WholeRun> = OnceLock::new();
    RUN.get_or_init(|| {
        let simulator = Simulator::start("whole", &HISTORY);
        let settings = Settings::new("whole", 3, &simulator);
        let mut run = settings.run_until_complete("whole");
        assert_eq!(run.wait(Duration::from_secs(300)).code(), Some(0));
        WholeRun { truth: Truth::of(&simulator), requests: simulator.requests(), settings }
    })
}

/// That a platform with a limit of its own would have had no reason to complain.
///
/// # Panics
/// When some second saw more requests than the program may send, or the platform refused one of its own accord.
pub fn assert_within_the_limit(requests: &[Asked]) {
    assert!(REQUESTS_IN_A_SECOND < requests.len(), "{} requests show nothing", requests.len());
    for window in requests.windows(REQUESTS_IN_A_SECOND + 1) {
        let span_ms = window[REQUESTS_IN_A_SECOND].arrived_ms - window[0].arrived_ms;
        assert!(1_000.0 <= span_ms, "{} requests within {span_ms} ms: {window:?}", window.len());
    }
    let refused: Vec<&Asked> = requests.iter().filter(|asked| asked.status == 429 && !asked.scripted).collect();
    assert!(refused.is_empty(), "{refused:?}");
}

#[test]
fn rows_equal_the_truth_after_a_run() {
    let run = whole_run();
    assert_true_and_by_the_rules(&run.settings, &run.truth, rules());
    let wrong: Vec<&Asked> = run.requests.iter().filter(|asked| asked.status != 200).collect();
    assert!(wrong.is_empty(), "the platform refused {} requests: {wrong:?}", wrong.len());
}

#[test]
fn at_most_thirteen_requests_reach_the_platform_in_any_second() {
    let requests = &whole_run().requests;
    let pages = requests.iter().filter(|asked| asked.path.contains("/interactions/details")).count();
    assert!(100 <= pages, "{pages} pages are too few for a hundred thousand interactions");
    assert_within_the_limit(requests);
}

#[test]
fn a_second_start_finds_the_run_complete() {
    let run = whole_run();
    let interactions = run.settings.topic("interactions");
    let before = topics::ends(broker::shared(), &interactions);
    let simulator = Simulator::start("again", &HISTORY);
    let mut again = run.settings.run_again_at(&simulator);
    assert_eq!(again.wait(Duration::from_secs(60)).code(), Some(0));
    assert_eq!(topics::ends(broker::shared(), &interactions), before, "interactions were published again");
    let details = simulator.requests().into_iter().filter(|asked| asked.path.contains("/interactions/details"));
    assert_eq!(details.count(), 0, "what is known was asked for again");
    assert_true_and_by_the_rules(&run.settings, &run.truth, rules());
}
