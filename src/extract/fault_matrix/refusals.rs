//! The platform refuses: too many requests, trouble of its own, a login that ended. Edge.

use super::cost::{A_REQUEST_MS, Expected, ROUNDING_MS, assert_waits};
use super::course::{DIALECTS, starts};
use super::run::{Outcome, Trouble, known, known_backoff_ms, known_backoffs_ms, run};
use crate::domain::dead_letter::DeadLetter;
use crate::domain::time::InstantMs;

const LOGIN_PATH: &str = "/oauth/token";

/// The waits of a backoff behind so many failures in a row.
fn backoffs_ms(failures: u32) -> Vec<f64> {
    (1..=failures).map(known_backoff_ms).collect()
}

/// Four refusals in a row: one more of some of them would open the breaker, which waits as well.
async fn costs_a_backoff(status: u16) {
    let script = format!("[[rule]]\nstatus = {status}\nafter_request = 7\ntimes = 4\n");
    Expected { script: &script, waits_ms: &backoffs_ms(4), query_lost: false }.of_each_dialect().await;
}

async fn costs_what_is_asked_for(status: u16, retry_after_s: u32) {
    let script = format!("[[rule]]\nstatus = {status}\nretry_after_s = {retry_after_s}\nafter_request = 7\n");
    let waits_ms = [1_000.0 * f64::from(retry_after_s)];
    Expected { script: &script, waits_ms: &waits_ms, query_lost: false }.of_each_dialect().await;
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
    costs_what_is_asked_for(429, 40).await;
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_429_without_retry_after() {
    costs_a_backoff(429).await;
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_500() {
    costs_a_backoff(500).await;
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_502() {
    costs_a_backoff(502).await;
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_503() {
    costs_a_backoff(503).await;
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_503_with_retry_after() {
    costs_what_is_asked_for(503, 120).await;
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_504() {
    costs_a_backoff(504).await;
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_a_backoff_by_chance() {
    // Nine failures in a row, with true jitter. Each wait is a share, spread evenly, of its longest: 1, 2, 4, 8, 16, 32
    // and three times 60 seconds. That their sum is less than x seconds has at most the chance x⁹ ÷ (9! · 1 · 2 · 4 · 8 ·
    // 16 · 32 · 60³): the volume of a simplex in a box. For 7 seconds that is 1.6e-8, for all dialects 1e-7. Requests
    // that do not wait are over in two seconds.
    let script = "[[rule]]\nstatus = 500\nafter_request = 7\ntimes = 9\n";
    let (least_ms, most_ms) = (7_000.0, 243_000.0 + 9.0 * A_REQUEST_MS);
    let mut all = Vec::new();
    for course in &DIALECTS {
        let outcome = run(course, Trouble { script, in_flight: 1, ..Trouble::default() }).await;
        let gaps_ms = outcome.waits_ms(|asked| asked.scripted, |asked| course.is_page(asked));
        let (took_ms, name) = (gaps_ms.iter().sum::<f64>(), course.dialect.word());
        assert_eq!(gaps_ms.len(), 9, "{name}");
        assert!((least_ms..=most_ms).contains(&took_ms), "{name}: back after {took_ms} ms");
        // None is longer than it may be.
        for (gap_ms, known_ms) in gaps_ms.iter().zip(backoffs_ms(9)) {
            assert!(*gap_ms <= known_ms / known() + A_REQUEST_MS, "{name}: {gaps_ms:?}");
        }
        all.extend(gaps_ms);
        outcome.assert_whole(course);
    }
    // Chance it is: no two waits are alike.
    all.sort_by(f64::total_cmp);
    all.dedup();
    assert!(50 < all.len(), "{all:?}");
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_503_for_a_while() {
    // The backoff is longer than the breaker, which opens for five seconds at the fifth refusal and is doubled with each.
    let script = "[[rule]]\nstatus = 503\nafter_request = 7\ntimes = 8\n";
    Expected { script, waits_ms: &backoffs_ms(8), query_lost: false }.of_each_dialect().await;
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_503_for_a_while_when_chance_lets_no_one_wait() {
    // That leaves the breaker.
    let script = "[[rule]]\nstatus = 503\nafter_request = 7\ntimes = 8\n";
    let waits_ms = [0.0, 0.0, 0.0, 0.0, 5_000.0, 10_000.0, 20_000.0, 40_000.0];
    for course in &DIALECTS {
        let outcome = run(course, Trouble { script, in_flight: 1, chance: || 0.0, ..Trouble::default() }).await;
        outcome.assert_waited(course, &waits_ms);
        outcome.assert_whole(course);
    }
}

fn logins(outcome: &Outcome) -> usize {
    outcome.asked.iter().filter(|asked| asked.path == LOGIN_PATH).count()
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_401_in_the_middle() {
    let script = "[[rule]]\nstatus = 401\nafter_request = 9\n";
    for course in &DIALECTS {
        let usual = run(course, Trouble { in_flight: 1, chance: known, ..Trouble::default() }).await;
        let outcome = run(course, Trouble { script, in_flight: 1, chance: known, ..Trouble::default() }).await;
        let name = course.dialect.word();
        let at = outcome.asked.iter().position(|asked| asked.scripted).unwrap();
        // One login and the request again, at once: nothing lies between, and no other request is refused.
        let [refused, login, again] = &outcome.asked[at..at + 3] else { panic!("{name}") };
        assert_eq!((login.path.as_str(), login.status), (LOGIN_PATH, 200), "{name}");
        assert_eq!((&again.method, &again.path, again.status), (&refused.method, &refused.path, 200), "{name}");
        let unauthorised = outcome.asked.iter().filter(|asked| asked.status == 401).count();
        assert_eq!((unauthorised, logins(&usual), logins(&outcome)), (1, 1, 2), "{name}");
        // Each comes when the budget lets the request of its number go, as in the run in which nothing went wrong.
        for (asked, before) in outcome.asked[at..at + 3].iter().zip(&usual.asked[at..]) {
            let late_ms =
                (asked.arrived_ms - outcome.asked[0].arrived_ms) - (before.arrived_ms - usual.asked[0].arrived_ms);
            assert!(late_ms.abs() <= ROUNDING_MS, "{name}: {} {late_ms} ms late", asked.path);
        }
        outcome.assert_later(course, &usual, &[]);
        outcome.assert_whole(course);
    }
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_a_login_that_ends_by_itself() {
    for course in &DIALECTS {
        let outcome = run(course, Trouble { login_s: 2, ..Trouble::default() }).await;
        outcome.assert_whole(course);
        assert!(1 < logins(&outcome), "{}: {}", course.dialect.word(), logins(&outcome));
        // It is renewed ahead of its end.
        assert!(outcome.asked.iter().all(|asked| (200..300).contains(&asked.status)), "{}", course.dialect.word());
    }
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_login_refused_for_a_while() {
    let script = "[[rule]]\npath_contains = \"/oauth/token\"\nstatus = 503\ntimes = 3\n";
    for course in &DIALECTS {
        let outcome = run(course, Trouble { script, chance: known, ..Trouble::default() }).await;
        let waits_ms = outcome.waits_ms(|asked| asked.scripted, |asked| asked.path == LOGIN_PATH);
        assert_waits(course.dialect.word(), &waits_ms, &backoffs_ms(3));
        // Names are asked for before the first page.
        assert!(outcome.recovery_ms() <= known_backoffs_ms(3) + 10.0 * A_REQUEST_MS, "{}", outcome.recovery_ms());
        outcome.assert_whole(course);
    }
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_names_that_cannot_be_had_at_first() {
    let script = "[[rule]]\npath_contains = \"/routing/queues\"\nstatus = 500\ntimes = 2\n";
    for course in &DIALECTS {
        let outcome = run(course, Trouble { script, chance: known, ..Trouble::default() }).await;
        let waits_ms = outcome.waits_ms(|asked| asked.scripted, |asked| asked.path.contains("/routing/queues"));
        assert_waits(course.dialect.word(), &waits_ms, &backoffs_ms(2));
        outcome.assert_whole(course);
    }
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_500_for_longer_than_it_is_tried_again() {
    let script = "[[rule]]\nstatus = 500\nafter_request = 7\ntimes = 10\n";
    for course in &DIALECTS {
        let outcome = run(course, Trouble { script, in_flight: 1, chance: known, ..Trouble::default() }).await;
        let name = course.dialect.word();
        // What was given up is waited for as any failure; then comes the first page of the next slice.
        let mut waits_ms = backoffs_ms(10);
        waits_ms[9] += course.known_first_page_ms();
        outcome.assert_waited(course, &waits_ms);
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
