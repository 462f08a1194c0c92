//! Answers that do not come, break off, or are not the platform's. Edge.

use super::cost::Expected;
use super::course::DIALECTS;
use super::run::{READ_TIMEOUT, Trouble, known, known_backoff_ms, run};

const READ_TIMEOUT_MS: f64 = 1_000.0 * READ_TIMEOUT.as_secs() as f64;

#[tokio::test(start_paused = true)]
async fn each_dialect_x_hang() {
    let script = "[[rule]]\nkind = \"hang\"\nhang_ms = 600000\nafter_request = 7\ntimes = 3\n";
    let waits_ms = [1, 2, 3].map(|failures| READ_TIMEOUT_MS + known_backoff_ms(failures));
    Expected { script, waits_ms: &waits_ms, query_lost: false }.of_each_dialect().await;
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_an_answer_just_in_time_is_a_refusal_of_the_platform() {
    let script = "[[rule]]\nkind = \"hang\"\nhang_ms = 29900\nafter_request = 7\n";
    Expected { script, waits_ms: &[29_900.0 + known_backoff_ms(1)], query_lost: false }.of_each_dialect().await;
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_json_that_breaks_off() {
    // The connection breaks, and the same page can be asked for again; then the answer ends too early, and what cannot be
    // read costs the query.
    let script = "[[rule]]\nkind = \"truncate\"\nafter_request = 7\ntimes = 2\n";
    Expected { script, waits_ms: &[1, 2].map(known_backoff_ms), query_lost: true }.of_each_dialect().await;
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_a_page_of_html() {
    let script = "[[rule]]\nkind = \"html\"\nafter_request = 7\n";
    Expected { script, waits_ms: &[known_backoff_ms(1)], query_lost: true }.of_each_dialect().await;
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_json_under_another_content_type() {
    // What can be read is read: nothing is asked for again.
    let script = "[[rule]]\nkind = \"plain\"\nafter_request = 7\n";
    for course in &DIALECTS {
        let usual = run(course, Trouble { chance: known, ..Trouble::default() }).await;
        let outcome = run(course, Trouble { script, chance: known, ..Trouble::default() }).await;
        assert_eq!(outcome.ordered().len(), 1, "{}", course.dialect.word());
        assert_eq!(outcome.asked.len(), usual.asked.len(), "{}", course.dialect.word());
        outcome.assert_later(course, &usual, &[]);
        outcome.assert_whole(course);
    }
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_connection_lost() {
    for course in &DIALECTS {
        let usual = run(course, Trouble { chance: known, ..Trouble::default() }).await;
        let outcome = run(course, Trouble { lost: Some(7), chance: known, ..Trouble::default() }).await;
        // The page that was lost is all that the platform was asked for less, and what a lost token costs more.
        let [asked, before] =
            [&outcome, &usual].map(|run| run.asked.iter().filter(|asked| course.is_page(asked)).count());
        assert!(before <= asked && asked <= before + 1, "{}: {asked} and {before}", course.dialect.word());
        assert_eq!(outcome.snapshot.retries, 1);
        outcome.assert_later(course, &usual, &[known_backoff_ms(1)]);
        outcome.assert_whole(course);
    }
}
