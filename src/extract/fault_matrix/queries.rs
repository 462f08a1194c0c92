//! Queries that are answered later, and end otherwise than they should. Edge.

use super::cost::ROUNDING_MS;
use super::course::{Course, DIALECTS};
use super::run::{Asked, Outcome, Trouble, known, known_backoff_ms, known_pace_ms, run};

/// What is asked between the end of a query and the next one: the rows of a part are counted, names a day old are read.
const REQUESTS_MS: f64 = 500.0;

/// A query is given up after a day, at which it is looked at for the last time.
const GIVEN_UP_MS: f64 = 86_400_000.0;

fn submissions(outcome: &Outcome) -> Vec<&Asked> {
    outcome.asked.iter().filter(|asked| asked.submits_a_query()).collect()
}

/// Runs the dialects whose queries are answered later, one query of which ends so, and `wait_ms` after its submission the
/// next one comes: what came of the runs.
async fn ending(fate: &str, wanted: impl Fn(&Course) -> bool, wait_ms: f64) -> Vec<Outcome> {
    let script = format!("[[rule]]\nkind = \"query\"\nfate = \"{fate}\"\nafter_request = 1\n");
    let mut outcomes = Vec::new();
    for course in DIALECTS.iter().filter(|course| course.later && wanted(course)) {
        let trouble = Trouble { at_queries: true, in_flight: 1, chance: known, ..Trouble::default() };
        let outcome = run(course, Trouble { script: &script, ..trouble }).await;
        let submitted = submissions(&outcome);
        let at = submitted.iter().position(|asked| asked.scripted).expect("the script ordered an end");
        let took_ms = submitted[at + 1].arrived_ms - submitted[at].arrived_ms;
        let (within, name) = (wait_ms - ROUNDING_MS..=wait_ms + REQUESTS_MS, course.dialect.word());
        assert!(within.contains(&took_ms), "{name}, {fate}: asked anew after {took_ms} ms, not {within:?}");
        outcome.assert_whole(course);
        outcomes.push(outcome);
    }
    assert!(!outcomes.is_empty());
    outcomes
}

#[tokio::test(start_paused = true)]
async fn each_dialect_of_queries_x_failed_cancelled_and_expired() {
    for fate in ["failed", "cancelled", "expired"] {
        ending(fate, |_| true, known_pace_ms(0) + known_backoff_ms(1)).await;
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
    for outcome in ending("partial", partial, known_pace_ms(0)).await {
        assert_eq!(outcome.snapshot.retries, 1);
        assert!(4 < submissions(&outcome).len(), "four slices, and one of them in two");
    }
}

#[tokio::test(start_paused = true)]
async fn each_dialect_of_queries_x_one_that_never_ends() {
    for outcome in ending("endless", |_| true, GIVEN_UP_MS).await {
        assert!(4 < submissions(&outcome).len(), "four slices, and one of them in two");
    }
}
