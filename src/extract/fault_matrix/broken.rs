//! Answers that do not come, break off, or are not the platform's. Edge.

use std::time::Duration;

use super::course::DIALECTS;
use super::run::{Asked, READ_TIMEOUT, Trouble, run};

const A_REQUEST: Duration = Duration::from_millis(200);
const FIRST_WAIT: Duration = Duration::from_secs(1);
const SECOND_WAIT: Duration = Duration::from_secs(2);

/// Runs every dialect into a script whose faults cost between `least` and `most` in all.
async fn costs(script: &str, faults: usize, least: Duration, most: Duration) {
    for course in &DIALECTS {
        // Queries beside the one that meets the fault would be answered meanwhile.
        let outcome = run(course, Trouble { script, in_flight: 1, ..Trouble::default() }).await;
        let name = course.dialect.word();
        assert_eq!(outcome.ordered().len(), faults, "{name}");
        let took = Duration::from_secs_f64(outcome.recovery_ms() / 1_000.0);
        // An answer that cannot be read costs a query that is answered later, which is submitted anew.
        let most = most + Duration::from_secs_f64(course.first_page_ms() / 1_000.0);
        assert!((least..=most).contains(&took), "{name}: back after {took:?}");
        outcome.assert_whole(course);
    }
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_hang() {
    let script = "[[rule]]\nkind = \"hang\"\nhang_ms = 600000\nafter_request = 7\n";
    costs(script, 1, READ_TIMEOUT, READ_TIMEOUT + FIRST_WAIT + A_REQUEST).await;
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_an_answer_just_in_time_is_a_refusal_of_the_platform() {
    let script = "[[rule]]\nkind = \"hang\"\nhang_ms = 29900\nafter_request = 7\n";
    costs(script, 1, READ_TIMEOUT - A_REQUEST, READ_TIMEOUT + FIRST_WAIT + A_REQUEST).await;
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_json_that_breaks_off() {
    // The connection breaks, then the answer ends too early.
    let script = "[[rule]]\nkind = \"truncate\"\nafter_request = 7\ntimes = 2\n";
    costs(script, 2, Duration::ZERO, FIRST_WAIT + SECOND_WAIT + 4 * A_REQUEST).await;
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_a_page_of_html() {
    let script = "[[rule]]\nkind = \"html\"\nafter_request = 7\n";
    costs(script, 1, Duration::ZERO, FIRST_WAIT + A_REQUEST).await;
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_json_under_another_content_type() {
    // What can be read is read: nothing is asked for again.
    let script = "[[rule]]\nkind = \"plain\"\nafter_request = 7\n";
    costs(script, 1, Duration::ZERO, A_REQUEST).await;
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_connection_lost() {
    for course in &DIALECTS {
        let whole = run(course, Trouble::default()).await;
        let outcome = run(course, Trouble { lost: Some(7), ..Trouble::default() }).await;
        // The page that was lost is all that the platform was asked for less, and what a lost token costs more.
        let pages = |asked: &&Asked| course.page_paths().iter().any(|path| asked.path.contains(path));
        let [asked, usual] = [&outcome, &whole].map(|run| run.asked.iter().filter(pages).count());
        assert!(usual <= asked && asked <= usual + 1, "{}: {asked} and {usual}", course.dialect.word());
        assert_eq!(outcome.snapshot.retries, 1);
        outcome.assert_whole(course);
    }
}
