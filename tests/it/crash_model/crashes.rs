//! Edge: a process is killed before or after a call, and another one takes over.

use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

use super::judge::wrong;
use super::story::Story;
use crate::support::model::{Fault, Model, Outcome, Processor, scene_of};

/// Moments between a commit and its markers that tests are run with.
const LAG: u64 = 6;

/// Runs processes until one comes to the end of its work; returns how many were needed.
pub fn run_to_the_end(story: &Story, model: &Model) -> usize {
    let scene = scene_of(story.source.setup.clone());
    for processes in 1..=20 {
        let mut processor = Processor::inheriting(model, &scene);
        let mut outcome = processor.run();
        if matches!(outcome, Outcome::Idle) {
            outcome = processor.stop();
        }
        match outcome {
            Outcome::Crashed => {}
            Outcome::Idle => return processes,
            Outcome::Failed(failure) => panic!("FAILED: {failure}"),
        }
    }
    panic!("twenty processes did not come to the end");
}

/// The calls of a run that nothing disturbs.
pub fn calls_of(story: &mut Story, at_once: usize) -> Vec<&'static str> {
    let model = story.model(LAG, at_once);
    assert_eq!(run_to_the_end(story, &model), 1);
    assert_eq!(wrong(story, &model), Vec::<String>::new());
    model.calls()
}

fn with_crashes(story: &mut Story, (lag, at_once): (u64, usize), crashes: &[(usize, Fault)]) {
    let model = story.model(lag, at_once);
    model.befall(crashes.iter().copied());
    run_to_the_end(story, &model);
    let calls = model.calls();
    let at: Vec<_> = crashes.iter().map(|(call, fault)| (call, calls.get(*call), fault)).collect();
    assert_eq!(wrong(story, &model), Vec::<String>::new(), "with a lag of {lag} and crashes at {at:?}");
}

#[test]
fn a_crash_before_or_after_any_call_changes_no_number() {
    let mut story = Story::told();
    let calls = calls_of(&mut story, usize::MAX);
    for call in 0..calls.len() {
        for after in [false, true] {
            with_crashes(&mut story, (LAG, usize::MAX), &[(call, Fault::Crash { after })]);
        }
    }
}

#[test]
fn a_crash_at_any_step_of_any_of_many_small_transactions_changes_no_number() {
    let mut story = Story::told();
    let calls = calls_of(&mut story, 1);
    let commits = calls.iter().filter(|call| **call == "commit").count();
    assert!(20 < commits, "{commits} transactions are few");
    let of_transactions = ["begin", "send", "drain", "metadata", "send_offset", "commit"];
    for (call, _) in calls.iter().enumerate().filter(|(_, doing)| of_transactions.contains(doing)) {
        for after in [false, true] {
            with_crashes(&mut story, (LAG, 1), &[(call, Fault::Crash { after })]);
        }
    }
}

/// A broker that ends too, and comes back while its partitions have no leader, takes them for deleted: it calls what it had
/// decided complete, and never says so in the partitions.
#[test]
fn a_crash_of_the_broker_that_loses_markers_changes_no_number() {
    let mut story = Story::told();
    for at_once in [1, usize::MAX] {
        let calls = calls_of(&mut story, at_once).len();
        for call in 0..calls {
            with_crashes(&mut story, (LAG, at_once), &[(call, Fault::CrashOfAll)]);
        }
    }
}

fn crash() -> impl Strategy<Value = Fault> {
    prop_oneof![any::<bool>().prop_map(|after| Fault::Crash { after }), Just(Fault::CrashOfAll)]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 150,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct("proptest-regressions/it/crashes.txt"))),
        ..ProptestConfig::default()
    })]

    // Whoever takes over may crash while it does so, and so may the next.
    #[test]
    fn crashes_of_successors_change_no_number(
        crashes in prop::collection::vec((0..300_usize, crash()), 2..8),
        lag in 0..12_u64,
        at_once in 1..4_usize,
    ) {
        let mut story = Story::told();
        calls_of(&mut story, 1);
        with_crashes(&mut story, (lag, at_once), &crashes);
    }
}

/// A transaction costs these calls and no others: each is a round trip, or waits for one.
#[test]
fn a_commit_takes_six_calls_in_their_order() {
    let calls = calls_of(&mut Story::told(), 1);
    let mut commits = 0;
    for (at, _) in calls.iter().enumerate().filter(|(_, doing)| **doing == "commit") {
        let steps = &calls[at - 5..=at];
        assert_eq!(steps, ["begin", "send", "drain", "metadata", "send_offset", "commit"]);
        commits += 1;
    }
    let count = |doing: &str| calls.iter().filter(|call| **call == doing).count();
    for step in ["begin", "send", "drain", "metadata", "send_offset"] {
        assert_eq!(count(step), commits, "{step}");
    }
    assert_eq!(count("abort"), 0);
}

/// However many transactions a history falls into, nothing else is asked of the broker than what each of them takes.
#[test]
fn more_transactions_ask_the_broker_for_nothing_besides() {
    let besides = |at_once: usize| {
        let of_transactions = ["poll", "begin", "send", "drain", "metadata", "send_offset", "commit"];
        let calls = calls_of(&mut Story::told(), at_once).into_iter();
        calls.filter(|call| !of_transactions.contains(call)).collect::<Vec<_>>()
    };
    let (few, many) = (besides(usize::MAX), besides(1));
    assert!(!few.is_empty(), "a task takes over first");
    assert_eq!(few, many);
}
