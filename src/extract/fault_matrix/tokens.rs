//! Page tokens and cursors that are dead, rows on two pages, totals that move. Edge.

use std::time::Duration;

use super::course::{Course, DIALECTS, ids};
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
        let expected = if course.has_tokens { 3 } else { 0 };
        assert_eq!(outcome.ordered().len(), expected, "{}", course.dialect.word());
        if 0 < expected {
            let most_ms = 7_500.0 + 4.0 * course.first_page_ms();
            assert!(outcome.recovery_ms() <= most_ms, "{}", outcome.recovery_ms());
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

/// Some publications take longer than any token lives: of each dialect at least one between two pages of a query.
fn slow(number: usize) -> Duration {
    if (4..=6).contains(&number) { Duration::from_secs(86_400 + 60) } else { Duration::ZERO }
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_token_expired_while_a_publication_took_long() {
    for course in &DIALECTS {
        let usual = whole(course, Trouble::default()).await;
        let outcome = whole(course, Trouble { publishing: slow, ..Trouble::default() }).await;
        // The query begins again at the last row that was published, and only where there was a token to lose.
        let again = outcome.published_again() > usual.published_again();
        assert_eq!(again, course.token_life.is_some(), "{}", course.dialect.word());
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

/// The dialects that are told totals, with a script whose totals are off, by so much and as often as `when` says.
fn off_by(by: i64, when: &str) -> Vec<(&'static Course, String)> {
    let scripted = |course: &'static Course| {
        let path = course.total_path?;
        Some((course, format!("[[rule]]\nkind = \"total\"\nby = {by}\npath_contains = \"{path}\"\n{when}\n")))
    };
    DIALECTS.iter().filter_map(scripted).collect()
}

async fn moving_totals(by: i64, when: &str) {
    for (course, script) in off_by(by, when) {
        let outcome = whole(course, Trouble { script: &script, ..Trouble::default() }).await;
        assert!(!outcome.ordered().is_empty(), "{}", course.dialect.word());
    }
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_a_total_that_is_too_high() {
    moving_totals(7, "after_request = 1").await;
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_totals_that_are_too_low_now_and_then() {
    moving_totals(-7, "every = 3").await;
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_totals_that_are_a_page_too_low_all_the_time() {
    moving_totals(-10, "every = 1").await;
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_totals_that_are_too_high_all_the_time() {
    for (course, script) in off_by(7, "every = 1") {
        let outcome = run(course, Trouble { script: &script, ..Trouble::default() }).await;
        let name = course.dialect.word();
        // All that there is was published; that the platform counts more is said, and the rows are held for it.
        assert_eq!(outcome.published(), ids(&outcome.history), "{name}");
        let letters = outcome.publications.iter().flat_map(|publication| &publication.dead_letters);
        let told: Vec<(&str, bool)> =
            letters.map(|letter| (letter.reason.as_str(), letter.rule.contains("the platform counts"))).collect();
        assert!(!told.is_empty() && told.iter().all(|told| *told == ("slice_failed", true)), "{name}: {told:?}");
        assert!(0 < outcome.snapshot.held, "{name}");
    }
}
