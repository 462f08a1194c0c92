//! Page tokens and cursors that are dead, rows on two pages, totals that move. Edge.

use std::time::Duration;

use super::course::{Course, DIALECTS};
use super::run::{Outcome, Trouble, run};

async fn whole(course: &Course, trouble: Trouble<'_>) -> Outcome {
    let outcome = run(course, trouble).await;
    outcome.assert_whole(course);
    outcome
}

/// A token that is told to be dead three times in a row.
async fn dead_tokens(reuse: &str) {
    let script = format!("token_reuse = \"{reuse}\"\n[[rule]]\nkind = \"token\"\nafter_request = 3\ntimes = 3\n");
    for course in &DIALECTS {
        let outcome = whole(course, Trouble { script: &script, ..Trouble::default() }).await;
        let expected = if course.token_life.is_some() { 3 } else { 0 };
        assert_eq!(outcome.ordered().len(), expected, "{}", course.dialect.word());
        if 0 < expected {
            assert!(outcome.recovery_ms() <= 7_500.0, "{}", outcome.recovery_ms());
        }
        // A token costs the last row of the page before, and another one where two share its instant.
        let usual = run(course, Trouble::default()).await.published_again();
        assert!(outcome.published_again() <= usual + 2 * 3, "{}", outcome.published_again());
    }
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_token_used_up_answered_410() {
    dead_tokens("gone").await;
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_token_used_up_answered_with_nothing() {
    dead_tokens("empty").await;
}

/// The fourth publication takes longer than any token lives.
fn slow(number: usize) -> Duration {
    if number == 4 { Duration::from_secs(86_400 + 60) } else { Duration::ZERO }
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_token_expired_while_a_publication_took_long() {
    for course in &DIALECTS {
        let usual = whole(course, Trouble::default()).await;
        let outcome = whole(course, Trouble { publishing: slow, ..Trouble::default() }).await;
        // The query begins again, and only where there was a token to lose.
        let more = outcome.snapshot.retries - usual.snapshot.retries;
        assert_eq!(more > 0, course.token_life.is_some(), "{}: {more}", course.dialect.word());
    }
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_rows_on_two_pages() {
    let script = "[[rule]]\nkind = \"repeat\"\nafter_request = 2\nevery = 2\n";
    for course in &DIALECTS {
        let outcome = whole(course, Trouble { script, ..Trouble::default() }).await;
        assert!(3 < outcome.ordered().len(), "{}", course.dialect.word());
        assert!(0 < outcome.published_again(), "{}", course.dialect.word());
    }
}

/// Totals that are off on some pages.
async fn moving_totals(by: i64) {
    for course in &DIALECTS {
        let path = course.total_path;
        let script = format!("[[rule]]\nkind = \"total\"\nby = {by}\npath_contains = \"{path}\"\nevery = 3\n");
        let outcome = whole(course, Trouble { script: &script, ..Trouble::default() }).await;
        assert!(!outcome.ordered().is_empty(), "{}", course.dialect.word());
    }
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_totals_that_are_too_high() {
    moving_totals(7).await;
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_totals_that_are_too_low() {
    moving_totals(-7).await;
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_totals_that_are_a_page_too_low_all_the_time() {
    for course in &DIALECTS {
        let path = course.total_path;
        let script = format!("[[rule]]\nkind = \"total\"\nby = -10\npath_contains = \"{path}\"\nevery = 1\n");
        whole(course, Trouble { script: &script, ..Trouble::default() }).await;
    }
}
