//! How many requests a source's settings come to in a day, and whether the platform lets it have them. Pure.
//!
//! What a day comes to is counted as the source asks: a first reading a poll, the revisits of each age in pieces of an
//! eighth of it, a further request for each further page, the lists of names, the comparison. What depends on the day,
//! such as interactions that stay open, is not in it; so is no retry.

use crate::config::typed::SourceConfig;
use crate::domain::media::Dialect;
use crate::domain::time::{DAY_MS, DurationMs};
use crate::extract::revisit::RevisitRules;
use crate::genesys::dialect::asynchronous::Asynchronous;
use crate::genesys::dialect::shape::Shape;

/// Seconds of a day.
const DAY_S: f64 = 86_400.0;

/// Requests of one comparison of a local day: its count, its handle times, and what becomes of either.
const COMPARISON: f64 = 3.0;

/// Requests a day, about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Budget {
    /// To look for what is new.
    pub(super) first: f64,
    /// To read again, at all ages.
    pub(super) again: f64,
    /// For pages beyond the first of each query; `None`: the platform does not say how much there is.
    pub(super) pages: Option<f64>,
    /// For lists of names, comparisons and logins.
    pub(super) other: f64,
}

/// Requests that one query takes until its first page is there, and for what goes with it.
fn of_a_query(dialect: Dialect) -> f64 {
    match Shape::of(dialect).and_then(Shape::asynchronous) {
        // Submission, a look, the page, the deletion.
        Some(Asynchronous::ReportQueries) => 4.0,
        // How far the lake is comes before them.
        Some(Asynchronous::ConversationJobs) => 5.0,
        // Two summaries: of what was asked for, and of its last minutes.
        None if dialect == Dialect::InteractionEvents => 3.0,
        None => 1.0,
    }
}

fn a_day(every_ms: DurationMs) -> f64 {
    DAY_MS as f64 / every_ms.max(1) as f64
}

impl Budget {
    /// Of a source without an end that has caught up; `interactions` start on a day, where that is known, and a list of
    /// names has `lists` of requests, all kinds together.
    pub(super) fn of(source: &SourceConfig, interactions: Option<i64>, lists: usize) -> Budget {
        let tasks = source.partitions.len().max(1) as f64;
        let poll_ms = i64::try_from(source.poll_interval.as_millis()).unwrap_or(i64::MAX);
        let waits = Shape::of(source.dialect).and_then(Shape::asynchronous).is_some();
        // The next look comes a poll after the answer.
        let look_ms = poll_ms.saturating_add(if waits { source.query_poll_ms } else { 0 });
        let rules = RevisitRules {
            ages_ms: source.revisit_ms.clone(),
            slice_ms: source.slice_ms,
            poll_ms,
            leg_length_ms_max: source.leg_length_ms_max,
        };
        let further = |page_size: u32| interactions.map(|count| count as f64 / f64::from(page_size.max(1)));
        let asked_again = |age_ms: DurationMs| {
            let again = source.revisit_dialect.filter(|again| again.from_age_ms <= age_ms);
            again.map_or((source.dialect, source.page_size), |again| (again.dialect, again.page_size))
        };
        let ages = || source.revisit_ms.iter().map(|age_ms| (*age_ms, asked_again(*age_ms)));
        let readings: f64 = ages().map(|(age_ms, (of, _))| a_day(rules.least_ms(age_ms)) * of_a_query(of)).sum();
        let pages_again: Option<f64> = ages().map(|(_, (_, page_size))| further(page_size)).sum();
        let comparisons = source.reconcile_interval.map_or(0.0, |_| COMPARISON);
        Budget {
            first: tasks * a_day(look_ms) * of_a_query(source.dialect),
            again: tasks * readings,
            pages: further(source.page_size).zip(pages_again).map(|(first, again)| first + again),
            other: lists as f64 * a_day(source.reference_refresh_ms) + comparisons + 1.0,
        }
    }

    /// All of them.
    pub(super) fn total(&self) -> f64 {
        self.first + self.again + self.pages.unwrap_or(0.0) + self.other
    }

    /// What they come to, in a sentence's part.
    pub(super) fn text(&self) -> String {
        let Budget { first, again, pages, other } = self;
        let pages = match pages {
            Some(pages) => format!("{pages:.0} for further pages"),
            None => "further pages (the platform does not say how many interactions there are)".to_owned(),
        };
        format!(
            "about {:.0} requests a day: {first:.0} to look for something new, {again:.0} to read again, {pages}, \
             {other:.0} for names, comparisons and logins",
            self.total()
        )
    }
}

/// Requests that reading `length_ms` of past time takes once, with `interactions` a day.
pub(super) fn of_a_backfill(source: &SourceConfig, length_ms: DurationMs, interactions: Option<i64>) -> f64 {
    let tasks = source.partitions.len().max(1) as f64;
    let slices = length_ms.max(0) as f64 / source.slice_ms.max(1) as f64;
    let rows = interactions.map_or(0.0, |count| count as f64 * length_ms.max(0) as f64 / DAY_MS as f64);
    tasks * slices.ceil() * of_a_query(source.dialect) + rows / f64::from(source.page_size.max(1))
}

/// Requests that a day has room for: as many as the source sends at most, and the platform takes.
pub(super) fn room(source: &SourceConfig, allowed_a_minute: Option<u64>) -> f64 {
    let own = source.quota_requests_per_second * DAY_S;
    allowed_a_minute.map_or(own, |allowed| own.min(allowed as f64 * DAY_S / 60.0))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::typed::RevisitDialect;
    use crate::genesys::fixture::offline_config;

    fn config(dialect: Dialect) -> SourceConfig {
        SourceConfig {
            dialect,
            page_size: 100,
            slice_ms: 1_800_000,
            poll_interval: Duration::from_secs(60),
            revisit_ms: vec![300_000, 90_000_000],
            query_poll_ms: 10_000,
            reference_refresh_ms: 3_600_000,
            reconcile_interval: Some(Duration::from_secs(86_400)),
            ..offline_config()
        }
    }

    #[test]
    fn a_day_is_polls_revisits_pages_names_and_comparisons() {
        let budget = Budget::of(&config(Dialect::ConversationDetails), Some(10_000), 5);
        // A poll a minute; an age of five minutes every minute, one of 25 hours every half hour.
        assert_eq!((budget.first, budget.again), (1_440.0, 1_440.0 + 48.0));
        // Each of three readings has a hundred pages.
        assert_eq!((budget.pages, budget.other), (Some(300.0), 124.0));
        let text = budget.text();
        assert!(text.starts_with("about 3352 requests a day: 1440 to look for something new, 1488 to read"), "{text}");
        let unknown = Budget::of(&config(Dialect::ConversationDetails), None, 5);
        assert_eq!(unknown.total(), 3_052.0);
        assert!(unknown.text().contains("does not say how many"), "{}", unknown.text());
    }

    #[test]
    fn revisits_by_jobs_take_what_jobs_take_and_tasks_multiply() {
        let split = SourceConfig {
            revisit_dialect: Some(RevisitDialect {
                dialect: Dialect::ConversationJobs,
                page_size: 1_000,
                from_age_ms: 0,
            }),
            partitions: vec![crate::domain::selection::Selection::All; 2],
            ..config(Dialect::ConversationDetails)
        };
        let budget = Budget::of(&split, Some(10_000), 5);
        assert_eq!((budget.first, budget.again), (2_880.0, 2.0 * 1_488.0 * 5.0));
        assert_eq!(budget.pages, Some(100.0 + 2.0 * 10.0));
        // An asynchronous first reading is looked at later, and so comes round less often.
        let jobs = Budget::of(&config(Dialect::ConversationJobs), None, 0);
        assert_eq!(jobs.first, 86_400.0 / 70.0 * 5.0);
        let events = Budget::of(&config(Dialect::InteractionEvents), None, 0);
        assert_eq!(events.first, 3.0 * 1_440.0);
    }

    #[test]
    fn a_backfill_is_read_once_and_the_room_is_the_smaller_one() {
        let source = SourceConfig { quota_requests_per_second: 5.0, ..config(Dialect::ConversationDetails) };
        assert_eq!(of_a_backfill(&source, 2 * DAY_MS, Some(10_000)), 96.0 + 200.0);
        assert_eq!((room(&source, None), room(&source, Some(180))), (432_000.0, 259_200.0));
    }
}
