//! What faults cost: how long the platform is left alone after each, and how much later the whole run comes to its end.
//! Edge.
//!
//! In these runs the jitter of every wait is known, so each time is exact but for the distance of requests: a wait that
//! is missing shows as much as one that is too long, and two runs differ by the fault alone.

use super::course::{Course, DIALECTS};
use super::run::{Asked, Outcome, RATE, Trouble, known, run};

/// More than the distance of two requests, in milliseconds.
pub(super) const A_REQUEST_MS: f64 = 200.0;

/// Whole milliseconds of clocks and timers, twice.
pub(super) const ROUNDING_MS: f64 = 2.0;

/// The distance of two requests that follow one another as the rate allows.
pub(super) const DISTANCE_MS: f64 = 1_000.0 / RATE as f64;

/// More than the budget of requests makes any of them wait in these runs.
const BUDGET_MS: f64 = 500.0;

/// Requests that may follow a wait at once, because it is caught up with.
const CAUGHT_UP: f64 = 4.0;

/// A script, and what it costs.
pub(super) struct Expected<'a> {
    pub(super) script: &'a str,
    /// The wait behind each of its faults, in milliseconds.
    pub(super) waits_ms: &'a [f64],
    /// Whether the last one costs the query too, where it is answered later: it is submitted anew then.
    pub(super) query_lost: bool,
}

impl Expected<'_> {
    /// Runs every dialect into the script.
    pub(super) async fn of_each_dialect(&self) {
        let Expected { script, waits_ms, query_lost } = *self;
        for course in &DIALECTS {
            // Queries beside the one that meets the fault would be answered meanwhile.
            let outcome = run(course, Trouble { script, in_flight: 1, chance: known, ..Trouble::default() }).await;
            let mut waits_ms = waits_ms.to_vec();
            if let Some(last_ms) = waits_ms.last_mut().filter(|_| query_lost) {
                *last_ms += course.known_first_page_ms();
            }
            outcome.assert_waited(course, &waits_ms);
            outcome.assert_whole(course);
        }
    }
}

impl Outcome {
    /// Milliseconds from each fault to the next request that is meant; what is behind the last one is good.
    pub(super) fn waits_ms(&self, is_fault: impl Fn(&Asked) -> bool, is_meant: impl Fn(&Asked) -> bool) -> Vec<f64> {
        let faults: Vec<usize> = (0..self.asked.len()).filter(|number| is_fault(&self.asked[*number])).collect();
        let wait_ms = |number: &usize| {
            let next = self.asked[number + 1..].iter().find(|asked| is_meant(asked)).expect("it is not asked again");
            let is_good = (200..300).contains(&next.status);
            assert!(is_good || Some(number) != faults.last(), "behind the last fault: {next:?}");
            next.arrived_ms - self.asked[*number].arrived_ms
        };
        faults.iter().map(wait_ms).collect()
    }

    /// Behind each ordered fault the next page is asked for exactly as late as it should be.
    pub(super) fn assert_waited(&self, course: &Course, expected_ms: &[f64]) {
        let waits_ms = self.waits_ms(|asked| asked.scripted, |asked| course.is_page(asked));
        assert_waits(course.dialect.word(), &waits_ms, expected_ms);
    }

    /// How long nothing was asked for at a time, in milliseconds, shortest first; deletions come when they can.
    pub(super) fn pauses_ms(&self) -> Vec<f64> {
        let asked: Vec<&Asked> = self.asked.iter().filter(|asked| asked.method != "DELETE").collect();
        let mut pauses_ms: Vec<f64> = asked.windows(2).map(|pair| pair[1].arrived_ms - pair[0].arrived_ms).collect();
        pauses_ms.retain(|pause_ms| BUDGET_MS < *pause_ms);
        pauses_ms.sort_by(f64::total_cmp);
        pauses_ms
    }

    /// When the last page was asked for, in milliseconds since the first request of all, and what was asked until then.
    fn end(&self, course: &Course) -> (f64, usize) {
        let last = self.asked.iter().rposition(|asked| course.is_page(asked)).expect("no page was asked for");
        (self.asked[last].arrived_ms - self.asked[0].arrived_ms, last)
    }

    /// The run ends later than the one in which nothing went wrong by its waits, and by what the requests took that it
    /// needed besides; by nothing else.
    pub(super) fn assert_later(&self, course: &Course, usual: &Outcome, waits_ms: &[f64]) {
        let ((end_ms, requests), (usual_ms, usual_requests)) = (self.end(course), usual.end(course));
        let (later_ms, besides) = (end_ms - usual_ms, requests as f64 - usual_requests as f64);
        let caught_up_ms = |wait_ms: &f64| wait_ms - CAUGHT_UP * DISTANCE_MS;
        let least_ms = waits_ms.iter().map(caught_up_ms).sum::<f64>() - ROUNDING_MS;
        // The first requests of all may go at once, so what they are ahead by is lost when the run is longer.
        let ahead_ms = if besides == 0.0 { 0.0 } else { 2.0 * DISTANCE_MS };
        let most_ms = waits_ms.iter().sum::<f64>() + DISTANCE_MS * besides + ahead_ms + ROUNDING_MS;
        let name = course.dialect.word();
        assert!(
            (least_ms..=most_ms).contains(&later_ms),
            "{name}: {later_ms} ms later with {besides} requests besides, not {least_ms} to {most_ms}"
        );
    }
}

/// Each is as long as expected, and at most the distance of requests longer.
pub(super) fn assert_waits(name: &str, waits_ms: &[f64], expected_ms: &[f64]) {
    assert_eq!(waits_ms.len(), expected_ms.len(), "{name}: {waits_ms:?}");
    let fits = |(wait, expected): (&f64, &f64)| (expected - ROUNDING_MS..=expected + A_REQUEST_MS).contains(wait);
    assert!(waits_ms.iter().zip(expected_ms).all(fits), "{name}: {waits_ms:?} and not {expected_ms:?}");
}
