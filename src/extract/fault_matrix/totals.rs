//! Totals that move: what the platform counts is not what it gives. Edge.

use super::cost::assert_waits;
use super::course::{Course, DIALECTS, ids};
use super::run::{Outcome, Trouble, known, known_backoff_ms, run};
use crate::domain::media::Dialect;
use crate::genesys::dialect::shape::Shape;

#[test]
fn every_dialect_whose_platform_counts_is_told_totals_here() {
    for course in &DIALECTS {
        let counts = Shape::of(course.dialect).unwrap().facts().native_count;
        assert_eq!(course.total_at.is_some(), counts, "{}", course.dialect.word());
    }
}

/// The dialects that are told totals, with a script whose totals are off, by so much and as often as `when` says.
fn off_by(by: i64, when: &str) -> Vec<(&'static Course, String)> {
    let scripted = |course: &'static Course| {
        Some((course, format!("[[rule]]\nkind = \"total\"\nby = {by}\n{}\n{when}\n", course.total_at?)))
    };
    DIALECTS.iter().filter_map(scripted).collect()
}

/// One query that is answered later after the other, and all waits are known.
fn in_order() -> Trouble<'static> {
    Trouble { at_queries: true, in_flight: 1, chance: known, ..Trouble::default() }
}

/// The same run with and without a script.
async fn with_and_without(course: &Course, script: &str) -> (Outcome, Outcome) {
    (run(course, Trouble { script, ..in_order() }).await, run(course, in_order()).await)
}

/// The waits for the queries that are answered later and were asked besides those of a run in which nothing went wrong.
fn first_pages_ms(course: &Course, outcome: &Outcome, usual: &Outcome) -> Vec<f64> {
    if !course.later {
        return Vec::new();
    }
    let submitted = |run: &Outcome| run.asked.iter().filter(|asked| asked.submits_a_query()).count();
    vec![course.known_first_page_ms(); submitted(outcome) - submitted(usual)]
}

async fn moving_totals(by: i64, when: &str) {
    for (course, script) in off_by(by, when) {
        let (outcome, usual) = with_and_without(course, &script).await;
        outcome.assert_whole(course);
        assert!(!outcome.ordered().is_empty(), "{}", course.dialect.word());
        // What is doubted is asked for again at once; only a query that is answered later has to be waited for.
        outcome.assert_later(course, &usual, &first_pages_ms(course, &outcome, &usual));
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
        let outcome = run(course, Trouble { script: &script, ..in_order() }).await;
        let name = course.dialect.word();
        // All that there is was published; that the platform counts more is said, and the rows are held for it.
        assert_eq!(outcome.published(), ids(&outcome.history), "{name}");
        let letters = outcome.publications.iter().flat_map(|publication| &publication.dead_letters);
        let told: Vec<(&str, bool)> =
            letters.map(|letter| (letter.reason.as_str(), letter.rule.contains("the platform counts"))).collect();
        assert!(!told.is_empty() && told.iter().all(|told| *told == ("slice_failed", true)), "{name}: {told:?}");
        assert!(0 < outcome.snapshot.held, "{name}");
        // What is given up is waited for as any failure, unless nothing comes behind it; so is a query that is answered
        // later.
        let mut expected_ms = vec![known_backoff_ms(1); told.len() - 1];
        if course.later {
            let queries = outcome.asked.iter().filter(|asked| asked.submits_a_query()).count();
            expected_ms.extend(vec![course.known_first_page_ms(); queries]);
        }
        if course.dialect == Dialect::ConversationDetails {
            // The count leads to a page that is empty: a failure, and ten of them end a slice. Nothing comes of the first
            // slice between them, so each is longer than the one before; in two more the last row is read again between,
            // and each is a first one; the last slice has one in each of its two readings.
            expected_ms = (1..=10).map(known_backoff_ms).collect();
            expected_ms.extend([known_backoff_ms(1); 10 + 10 + 2]);
        }
        expected_ms.sort_by(f64::total_cmp);
        assert_waits(name, &outcome.pauses_ms(), &expected_ms);
    }
}
