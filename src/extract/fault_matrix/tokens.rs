//! Page tokens and cursors that are dead, and rows on two pages. Edge.

use std::time::Duration;

use super::cost::assert_waits;
use super::course::{Course, DIALECTS};
use super::run::{Asked, Outcome, Trouble, known, known_backoff_ms, run};
use crate::domain::media::Dialect;
use crate::genesys::dialect::shape::Shape;

async fn whole(course: &Course, trouble: Trouble<'_>) -> Outcome {
    let outcome = run(course, Trouble { chance: known, ..trouble }).await;
    outcome.assert_whole(course);
    outcome
}

/// A token that is told to be dead three times in a row.
async fn dead_tokens(reuse: &str) {
    let script = format!("token_reuse = \"{reuse}\"\n[[rule]]\nkind = \"token\"\nafter_request = 3\ntimes = 3\n");
    for course in &DIALECTS {
        let usual = whole(course, Trouble::default()).await;
        let outcome = whole(course, Trouble { script: &script, ..Trouble::default() }).await;
        let expected = if course.has_tokens { 3 } else { 0 };
        assert_eq!(outcome.ordered().len(), expected, "{}", course.dialect.word());
        // Each is a first failure, since the page between them was good; a query that is answered later is submitted anew.
        // An empty answer is no failure, only a doubt: it is asked again at once.
        let is_doubt = reuse == "empty" && course.dialect == Dialect::InteractionDetails;
        let each_ms = if is_doubt { 0.0 } else { known_backoff_ms(1) } + course.known_first_page_ms();
        let waits_ms = vec![each_ms; expected];
        outcome.assert_waited(course, &waits_ms);
        outcome.assert_later(course, &usual, if is_doubt { &[] } else { &waits_ms });
        // A token costs the last row of the page before, and another one where two share its instant.
        assert!(outcome.published_again() <= usual.published_again() + 2 * 3, "{}", outcome.published_again());
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

const LONG: Duration = Duration::from_secs(86_400 + 60);

/// Some publications take longer than any token lives: of each dialect at least one between two pages of a query.
fn slow(number: usize) -> Duration {
    if (4..=6).contains(&number) { LONG } else { Duration::ZERO }
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_token_expired_while_a_publication_took_long() {
    for course in &DIALECTS {
        let usual = whole(course, Trouble::default()).await;
        let outcome = whole(course, Trouble { publishing: slow, ..Trouble::default() }).await;
        // The query begins again at the last row that was published, and only where there was a token to lose.
        let again = outcome.published_again() > usual.published_again();
        let name = course.dialect.word();
        assert_eq!(again, course.token_life.is_some(), "{name}");
        // Where the source does not know how long a token lives, it is told that it is dead: that is a failure, and what is
        // answered later is submitted anew. The first comes while the next publication takes long, and waits for its turn;
        // of what is answered later the three that were submitted ahead are dead as well.
        let is_told = again && Shape::of(course.dialect).unwrap().token_life_ms().is_none();
        let dead_ms = known_backoff_ms(1) + course.known_first_page_ms();
        let mut expected_ms = vec![
            dead_ms;
            if !is_told {
                0
            } else if course.later {
                4
            } else {
                1
            }
        ];
        if let Some(first_ms) = expected_ms.first_mut() {
            *first_ms += 1_000.0 * LONG.as_secs_f64();
        }
        let is_dead = |asked: &Asked| course.is_page(asked) && !(200..300).contains(&asked.status);
        assert_waits(name, &outcome.waits_ms(is_dead, |asked| course.is_page(asked)), &expected_ms);
        // Else the next page is asked for as soon as a publication ends, and the names that are a day old are read.
        let first_page_ms = |published_ms: &f64| {
            let mut behind = outcome.asked.iter().filter(|asked| *published_ms <= asked.arrived_ms);
            behind.find(|asked| course.is_page(asked)).unwrap().arrived_ms - published_ms
        };
        let first_pages_ms: Vec<f64> = outcome.published_at_ms[3..6].iter().map(first_page_ms).collect();
        assert_waits(name, &first_pages_ms, &[0.0, if is_told { dead_ms } else { 0.0 }, 0.0]);
    }
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_rows_on_two_pages() {
    let script = "[[rule]]\nkind = \"repeat\"\nafter_request = 2\nevery = 2\n";
    for course in &DIALECTS {
        let usual = whole(course, Trouble::default()).await;
        let outcome = whole(course, Trouble { script, ..Trouble::default() }).await;
        assert!(3 < outcome.ordered().len(), "{}", course.dialect.word());
        assert!(0 < outcome.published_again(), "{}", course.dialect.word());
        // It costs nothing: no request, and no wait.
        assert_eq!(outcome.asked.len(), usual.asked.len(), "{}", course.dialect.word());
        outcome.assert_later(course, &usual, &[]);
    }
}
