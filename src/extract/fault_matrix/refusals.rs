//! The platform refuses: too many requests, trouble of its own, a login that ended. Edge.

use super::course::{DIALECTS, starts};
use super::run::{Trouble, run};
use crate::domain::dead_letter::DeadLetter;
use crate::domain::time::InstantMs;

/// One hundred milliseconds more than the time between two requests.
const A_REQUEST_MS: f64 = 200.0;

/// The longest first wait of the backoff.
const FIRST_WAIT_MS: f64 = 1_000.0;

/// Runs every dialect into a script whose faults cost between `least` and `most` milliseconds in all.
async fn costs(script: &str, faults: usize, least_ms: f64, most_ms: f64) {
    for course in &DIALECTS {
        // Queries beside the one that meets the fault would be answered meanwhile.
        let outcome = run(course, Trouble { script, in_flight: 1, ..Trouble::default() }).await;
        let name = course.dialect.word();
        assert_eq!(outcome.ordered().len(), faults, "{name}");
        let took_ms = outcome.recovery_ms();
        assert!((least_ms..=most_ms).contains(&took_ms), "{name}: back after {took_ms} ms");
        outcome.assert_whole(course);
    }
}

async fn costs_a_first_wait(status: u16) {
    let script = format!("[[rule]]\nstatus = {status}\nafter_request = 7\n");
    costs(&script, 1, 0.0, FIRST_WAIT_MS + A_REQUEST_MS).await;
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_nothing_wrong() {
    for course in &DIALECTS {
        let outcome = run(course, Trouble::default()).await;
        outcome.assert_whole(course);
        assert!(10 < outcome.asked.iter().filter(|asked| asked.is_for_data()).count());
    }
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_429_with_retry_after() {
    let script = "[[rule]]\nstatus = 429\nretry_after_s = 40\nafter_request = 7\n";
    costs(script, 1, 40_000.0, 40_000.0 + A_REQUEST_MS).await;
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_429_without_retry_after() {
    costs_a_first_wait(429).await;
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_500() {
    costs_a_first_wait(500).await;
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_502() {
    costs_a_first_wait(502).await;
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_503() {
    costs_a_first_wait(503).await;
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_503_with_retry_after() {
    let script = "[[rule]]\nstatus = 503\nretry_after_s = 120\nafter_request = 7\n";
    costs(script, 1, 120_000.0, 120_000.0 + A_REQUEST_MS).await;
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_504() {
    costs_a_first_wait(504).await;
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_503_for_a_while() {
    // Five refusals in a row open the breaker for five seconds, and each one more doubles that; the backoff of nine
    // failures comes to at most three minutes.
    let script = "[[rule]]\nstatus = 503\nafter_request = 7\ntimes = 8\n";
    costs(script, 8, 35_000.0, 300_000.0).await;
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_401_in_the_middle() {
    // A login and the request again, without any wait.
    costs("[[rule]]\nstatus = 401\nafter_request = 7\n", 1, 0.0, 2.0 * A_REQUEST_MS).await;
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_a_login_that_ends_by_itself() {
    for course in &DIALECTS {
        let outcome = run(course, Trouble { login_s: 2, ..Trouble::default() }).await;
        outcome.assert_whole(course);
        let logins = outcome.asked.iter().filter(|asked| asked.path == "/oauth/token").count();
        assert!(1 < logins, "{}: {logins}", course.dialect.word());
        // It is renewed ahead of its end.
        assert!(outcome.asked.iter().all(|asked| (200..300).contains(&asked.status)), "{}", course.dialect.word());
    }
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_login_refused_for_a_while() {
    let script = "[[rule]]\npath_contains = \"/oauth/token\"\nstatus = 503\ntimes = 3\n";
    for course in &DIALECTS {
        let outcome = run(course, Trouble { script, ..Trouble::default() }).await;
        assert_eq!(outcome.ordered().len(), 3);
        assert!(outcome.recovery_ms() <= 1_000.0 + 2_000.0 + 4_000.0 + 10.0 * A_REQUEST_MS);
        outcome.assert_whole(course);
    }
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_names_that_cannot_be_had_at_first() {
    let script = "[[rule]]\npath_contains = \"/routing/queues\"\nstatus = 500\ntimes = 2\n";
    for course in &DIALECTS {
        let outcome = run(course, Trouble { script, ..Trouble::default() }).await;
        assert_eq!(outcome.ordered().len(), 2);
        outcome.assert_whole(course);
    }
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_500_for_longer_than_it_is_tried_again() {
    let script = "[[rule]]\nstatus = 500\nafter_request = 7\ntimes = 10\n";
    for course in &DIALECTS {
        let outcome = run(course, Trouble { script, ..Trouble::default() }).await;
        let name = course.dialect.word();
        let letters: Vec<&DeadLetter> =
            outcome.publications.iter().flat_map(|publication| &publication.dead_letters).collect();
        assert_eq!(letters.len(), 1, "{name}: {letters:?}");
        assert!(letters[0].reason == "slice_failed" && letters[0].rule.contains("unavailable"), "{name}: {letters:?}");
        // What is missing lies in the range that is held, and nowhere else.
        let watermark =
            outcome.publications.iter().filter_map(|publication| publication.watermark.as_ref()).next_back();
        let held = &watermark.unwrap().held;
        assert_eq!((held.len(), outcome.snapshot.held), (1, 1), "{name}");
        let published = outcome.published();
        let missing: Vec<InstantMs> = starts(&outcome.history)
            .into_iter()
            .filter(|(id, _)| !published.contains(id))
            .map(|(_, start)| start)
            .collect();
        assert!(!missing.is_empty() && missing.iter().all(|start| held[0].contains(*start)), "{name}: {missing:?}");
    }
}
