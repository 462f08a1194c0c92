//! Every step of a query that is answered later, but for its pages, against every refusal: how long the platform is left
//! alone, from below and from above. Edge.
//!
//! One query stands at the platform at a time, so that the time between the fault and the next request for the same is
//! the time of the recovery; the jitter of every wait is known.

use super::course::{Course, DIALECTS};
use super::run::{Asked, Outcome, READ_TIMEOUT, Trouble, known, known_backoff_ms, known_pace_ms, run};
use crate::simulate::faults::Requested;

/// Least time between a refusal for the rate and the next request, in milliseconds: requests go slower from then on.
const SLOWED_MS: f64 = 100.0;

/// More than the distance of two requests, and than an answer takes.
const SLACK_MS: f64 = 250.0;

/// Four lists of names are asked for between the first look at the lake and the first submission.
const NAMES_MS: f64 = 500.0;

/// What happens to a request.
struct Case {
    /// Of the rule, but for the step.
    script: &'static str,
    faults: usize,
    /// What the platform named, or what passed until it was clear that no answer comes.
    named_ms: f64,
}

const REFUSALS: [Case; 8] = [
    Case { script: "status = 429", faults: 1, named_ms: 0.0 },
    Case { script: "status = 500", faults: 1, named_ms: 0.0 },
    Case { script: "status = 502", faults: 1, named_ms: 0.0 },
    Case { script: "status = 503", faults: 1, named_ms: 0.0 },
    Case { script: "status = 504", faults: 1, named_ms: 0.0 },
    Case { script: "status = 429\nretry_after_s = 40", faults: 1, named_ms: 40_000.0 },
    Case { script: "status = 429\nretry_after_s = 50\nretry_after_date = true", faults: 1, named_ms: 50_000.0 },
    Case { script: "status = 503\nretry_after_s = 120", faults: 1, named_ms: 120_000.0 },
];

const UNREADABLE: [Case; 2] = [
    Case { script: "kind = \"truncate\"\ntimes = 2", faults: 2, named_ms: 0.0 },
    Case { script: "kind = \"html\"", faults: 1, named_ms: 0.0 },
];

const HANG: Case = Case { script: "kind = \"hang\"\nhang_ms = 600000", faults: 1, named_ms: 0.0 };
const LOGIN_ENDED: Case = Case { script: "status = 401", faults: 1, named_ms: 0.0 };
const PLAIN: Case = Case { script: "kind = \"plain\"", faults: 1, named_ms: 0.0 };

/// How long the wait number `failures` (from 1) of a backoff is.
fn backoff_ms(failures: u32) -> (f64, f64) {
    (known_backoff_ms(failures), known_backoff_ms(failures) + SLACK_MS)
}

/// How long the wait behind look number `looks` (from 1) is.
fn pace_ms(looks: i32) -> (f64, f64) {
    (known_pace_ms(looks), known_pace_ms(looks) + SLACK_MS)
}

fn later() -> impl Iterator<Item = &'static Course> {
    DIALECTS.iter().filter(|course| course.later)
}

/// Runs into the fault at the step; what came of it, and how long after the first fault the step was tried again.
async fn recovered(course: &Course, step: &str, case: &Case) -> (Outcome, f64) {
    let script = format!("[[rule]]\nrequest = \"{step}\"\n{}\n", case.script);
    let trouble = Trouble { at_queries: true, in_flight: 1, chance: known, ..Trouble::default() };
    let outcome = run(course, Trouble { script: &script, ..trouble }).await;
    let name = format!("{} {step} {}", course.dialect.word(), case.script);
    assert_eq!(outcome.ordered().len(), case.faults, "{name}");
    let first = outcome.asked.iter().position(|asked| asked.scripted).unwrap();
    let last = outcome.asked.iter().rposition(|asked| asked.scripted).unwrap();
    let of = |asked: &Asked| Requested::of(&asked.method, &asked.path);
    // Both lanes ask how far the lake is: that the first one knows it shows in its first submission.
    let same = |asked: &&Asked| match of(&outcome.asked[first]) {
        Some(Requested::Availability) => of(asked) == Some(Requested::Submit),
        step => of(asked) == step && asked.path == outcome.asked[first].path,
    };
    let again = outcome.asked[last + 1..].iter().find(same).unwrap_or_else(|| panic!("{name}: not tried again"));
    // Clocks and timers count whole milliseconds.
    let took_ms = (again.arrived_ms - outcome.asked[first].arrived_ms).round();
    outcome.assert_whole(course);
    (outcome, took_ms)
}

/// The same, and the time lies within `(least, most)`.
async fn within(course: &Course, step: &str, case: &Case, (least, most): (f64, f64)) -> Outcome {
    let (outcome, took_ms) = recovered(course, step, case).await;
    let most = if step == "availability" { most + NAMES_MS } else { most };
    let name = format!("{} {step} {}", course.dialect.word(), case.script);
    assert!((least..=most).contains(&took_ms), "{name}: again after {took_ms} ms, not within {least} to {most}");
    outcome
}

/// No sooner than the platform named, and at once then; else as `own` says.
fn named(case: &Case, own: (f64, f64)) -> (f64, f64) {
    let slowed_ms = if case.script.starts_with("status = 429") { SLOWED_MS } else { 0.0 };
    match case.named_ms {
        0.0 => (own.0.max(slowed_ms), own.1),
        named_ms => (named_ms.max(own.0), named_ms.max(own.0) + SLACK_MS),
    }
}

#[tokio::test(start_paused = true)]
async fn each_dialect_of_queries_x_submissions_that_are_refused() {
    for course in later() {
        for case in &REFUSALS {
            let outcome = within(course, "submit", case, named(case, backoff_ms(1))).await;
            assert_eq!((outcome.snapshot.retries, outcome.left), (1, 0));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn each_dialect_of_queries_x_submissions_that_come_to_nothing() {
    for course in later() {
        let timeout_ms = READ_TIMEOUT.as_secs_f64() * 1_000.0;
        within(course, "submit", &HANG, (timeout_ms + backoff_ms(1).0, timeout_ms + backoff_ms(1).1)).await;
        // A login and the submission again, without any wait.
        within(course, "submit", &LOGIN_ENDED, (0.0, 2.0 * SLACK_MS)).await;
        let [truncated, html] = &UNREADABLE;
        let both = (backoff_ms(1).0 + backoff_ms(2).0, backoff_ms(1).1 + backoff_ms(2).1);
        // The platform took them in, and no one knows what it calls them: it forgets them by itself.
        assert_eq!(within(course, "submit", truncated, both).await.left, 2, "{}", course.dialect.word());
        within(course, "submit", html, backoff_ms(1)).await;
        // What can be read is read: the next submission is that of the next slice.
        assert_eq!(recovered(course, "submit", &PLAIN).await.0.snapshot.retries, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn each_dialect_of_queries_x_looks_that_are_refused() {
    for course in later() {
        for case in &REFUSALS {
            let outcome = within(course, "look", case, named(case, pace_ms(1))).await;
            // The query goes on all the while: it is submitted once, and no attempt at its slice is lost.
            let submitted = outcome.asked.iter().filter(|asked| asked.method == "POST" && asked.is_for_data()).count();
            assert_eq!((submitted, outcome.snapshot.retries, outcome.left), (4, 0, 0));
        }
        within(course, "look", &LOGIN_ENDED, pace_ms(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn each_dialect_of_queries_x_looks_that_come_to_nothing() {
    for course in later() {
        let timeout_ms = READ_TIMEOUT.as_secs_f64() * 1_000.0;
        let (least, most) = pace_ms(1);
        within(course, "look", &HANG, (timeout_ms + least, timeout_ms + most)).await;
        let [truncated, html] = &UNREADABLE;
        let ((first_least, first_most), (second_least, second_most)) = (pace_ms(1), pace_ms(2));
        within(course, "look", truncated, (first_least + second_least, first_most + second_most)).await;
        within(course, "look", html, pace_ms(1)).await;
        let script = format!("[[rule]]\nrequest = \"look\"\n{}\n", PLAIN.script);
        let plain = run(course, Trouble { script: &script, at_queries: true, ..Trouble::default() }).await;
        plain.assert_whole(course);
        assert_eq!((plain.ordered().len(), plain.snapshot.retries, plain.left), (1, 0, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn each_dialect_of_queries_x_looks_that_fail_too_often_cost_the_query_and_no_row() {
    for course in later() {
        let case = Case { script: "status = 500\ntimes = 10", faults: 10, named_ms: 0.0 };
        let script = format!("[[rule]]\nrequest = \"look\"\n{}\n", case.script);
        let outcome =
            run(course, Trouble { script: &script, at_queries: true, in_flight: 1, ..Trouble::default() }).await;
        outcome.assert_whole(course);
        assert_eq!((outcome.ordered().len(), outcome.snapshot.retries, outcome.left), (10, 1, 0));
        let submitted = outcome.asked.iter().filter(|asked| asked.method == "POST" && asked.is_for_data()).count();
        assert_eq!(submitted, 5, "{}: one more than slices", course.dialect.word());
    }
}

#[tokio::test(start_paused = true)]
async fn each_dialect_of_queries_x_deletions_that_are_refused() {
    for course in later() {
        for case in &REFUSALS {
            let outcome = within(course, "delete", case, named(case, backoff_ms(1))).await;
            // Reading does not wait for it, but every query is deleted in the end.
            assert_eq!((outcome.snapshot.retries, outcome.left), (0, 0));
        }
        let outcome = within(course, "delete", &LOGIN_ENDED, backoff_ms(1)).await;
        assert_eq!(outcome.left, 0);
        let timeout_ms = READ_TIMEOUT.as_secs_f64() * 1_000.0;
        within(course, "delete", &HANG, (timeout_ms + backoff_ms(1).0, timeout_ms + backoff_ms(1).1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn each_dialect_of_queries_x_deletions_that_are_forbidden_are_left_to_the_platform() {
    for course in later() {
        let script = "[[rule]]\nrequest = \"delete\"\nstatus = 403\nevery = 1\n";
        let outcome = run(course, Trouble { script, at_queries: true, ..Trouble::default() }).await;
        outcome.assert_whole(course);
        // Each is asked for once.
        assert_eq!((outcome.ordered().len(), outcome.snapshot.retries, outcome.left), (4, 0, 4));
    }
}

#[tokio::test(start_paused = true)]
async fn conversation_jobs_x_an_availability_that_cannot_be_had() {
    let jobs = later().find(|course| course.dialect.word() == "conversation-jobs").unwrap();
    for case in &REFUSALS {
        within(jobs, "availability", case, named(case, backoff_ms(1))).await;
    }
    within(jobs, "availability", &LOGIN_ENDED, backoff_ms(1)).await;
    let timeout_ms = READ_TIMEOUT.as_secs_f64() * 1_000.0;
    within(jobs, "availability", &HANG, (timeout_ms + backoff_ms(1).0, timeout_ms + backoff_ms(1).1)).await;
    let [truncated, html] = &UNREADABLE;
    // Each lane asks, and fails once.
    within(jobs, "availability", truncated, backoff_ms(1)).await;
    within(jobs, "availability", html, backoff_ms(1)).await;
    let script = format!("[[rule]]\nrequest = \"availability\"\n{}\n", PLAIN.script);
    let plain = run(jobs, Trouble { script: &script, at_queries: true, ..Trouble::default() }).await;
    plain.assert_whole(jobs);
    assert_eq!((plain.ordered().len(), plain.snapshot.retries), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn each_dialect_of_queries_x_everything_at_once_with_several_in_flight() {
    for course in later() {
        let mut script = "seed = 5\n".to_owned();
        for step in ["submit", "look", "page", "delete"] {
            for fault in ["status = 503", "status = 429\nretry_after_s = 7", "kind = \"html\"", "kind = \"hang\""] {
                script.push_str(&format!("[[rule]]\nrequest = \"{step}\"\n{fault}\nprobability = 0.12\n"));
            }
        }
        let outcome = run(course, Trouble { script: &script, at_queries: true, ..Trouble::default() }).await;
        assert!(3 < outcome.ordered().len(), "{}", outcome.ordered().len());
        outcome.assert_whole(course);
    }
}
