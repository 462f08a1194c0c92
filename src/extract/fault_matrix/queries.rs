//! Queries that are answered later, and end otherwise than they should. Edge.

use std::time::Duration;

use super::course::{Course, DIALECTS};
use super::run::{Asked, Outcome, Trouble, run};

/// The first look, with its jitter, and the backoff behind it.
const FIRST_LOOK: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(10 + 5 + 1 + 1));

/// A query is given up after a day; the look that finds that out may come two minutes and its jitter later.
const GIVEN_UP: (Duration, Duration) = (Duration::from_secs(86_400), Duration::from_secs(86_400 + 125 + 2));

fn submissions(outcome: &Outcome) -> Vec<&Asked> {
    let submits = |asked: &&Asked| ["/details/query", "/details/jobs"].iter().any(|end| asked.path.ends_with(end));
    outcome.asked.iter().filter(submits).collect()
}

/// Runs the dialects whose queries are answered later, one query of which ends so: how long after its submission the
/// next one came, and what came of the run.
async fn ending(fate: &str, wanted: impl Fn(&Course) -> bool, (least, most): (Duration, Duration)) -> Vec<Outcome> {
    let script = format!("[[rule]]\nkind = \"query\"\nfate = \"{fate}\"\nafter_request = 1\n");
    let mut outcomes = Vec::new();
    for course in DIALECTS.iter().filter(|course| course.later && wanted(course)) {
        let outcome =
            run(course, Trouble { script: &script, at_queries: true, in_flight: 1, ..Trouble::default() }).await;
        let name = course.dialect.word();
        let submitted = submissions(&outcome);
        let at = submitted.iter().position(|asked| asked.scripted).expect("the script ordered an end");
        let took = Duration::from_secs_f64((submitted[at + 1].arrived_ms - submitted[at].arrived_ms) / 1_000.0);
        assert!((least..=most).contains(&took), "{name}, {fate}: asked anew after {took:?}");
        outcome.assert_whole(course);
        outcomes.push(outcome);
    }
    assert!(!outcomes.is_empty());
    outcomes
}

#[tokio::test(start_paused = true)]
async fn each_dialect_of_queries_x_failed_cancelled_and_expired() {
    for fate in ["failed", "cancelled", "expired"] {
        ending(fate, |_| true, FIRST_LOOK).await;
    }
}

#[tokio::test(start_paused = true)]
async fn each_dialect_of_queries_x_every_end_of_a_query_while_others_are_in_flight() {
    for fate in ["failed", "cancelled", "expired", "partial", "endless"] {
        for number in 0..5 {
            let script = format!("[[rule]]\nkind = \"query\"\nfate = \"{fate}\"\nafter_request = {number}\n");
            for course in DIALECTS.iter().filter(|course| course.later) {
                let outcome = run(course, Trouble { script: &script, at_queries: true, ..Trouble::default() }).await;
                outcome.assert_whole(course);
                assert_eq!(outcome.left, 0, "{} {fate} {number}", course.dialect.word());
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn report_queries_x_partial() {
    // The half is asked for at once: that it was too much is no failure.
    let partial = |course: &Course| course.dialect.word() == "report-queries";
    for outcome in ending("partial", partial, FIRST_LOOK).await {
        assert_eq!(outcome.snapshot.retries, 1);
        assert!(4 < submissions(&outcome).len(), "four slices, and one of them in two");
    }
}

#[tokio::test(start_paused = true)]
async fn each_dialect_of_queries_x_one_that_never_ends() {
    for outcome in ending("endless", |_| true, GIVEN_UP).await {
        assert!(4 < submissions(&outcome).len(), "four slices, and one of them in two");
    }
}
