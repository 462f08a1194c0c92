//! The requests that a source will make beside those that the platform lets it have. Edge: asks how much there is.

use std::sync::Arc;
use std::time::Duration;

use super::budget::{self, Budget};
use super::finding::Verdict;
use super::platform::Look;
use crate::config::regions;
use crate::domain::time::{DAY_MS, TimeRange, format_instant};
use crate::extract::task::named;
use crate::genesys::counters::read;
use crate::reconcile::platform::Platform;

/// How long somebody waits for the count of a day.
const COUNT_WITHIN: Duration = Duration::from_secs(30);

/// What the platform allows an OAuth client in a minute unless it says otherwise.
const PLATFORM_A_MINUTE: u64 = 300;

/// A source that needs more than this share of its room takes long to catch up after a stop.
const SHARE_MAX: f64 = 0.5;

impl Look<'_> {
    /// What the settings come to, and whether there is room for it.
    pub(super) async fn quota(&mut self) {
        let source = self.source;
        let said = read(&self.client.counters().limit_allowed);
        // A simulator's figures are no one's contract.
        let of_the_platform = source.api_url.host_str().is_some_and(is_the_platforms);
        let allowed = of_the_platform.then_some(if said == 0 { PLATFORM_A_MINUTE } else { said });
        let a_minute = (source.quota_requests_per_second * 60.0).round() as u64;
        if let Some(allowed) = allowed.filter(|allowed| 0 < said && *allowed < a_minute) {
            let what = format!("{a_minute} requests a minute, of which the platform allows {allowed}");
            let way_out = format!("set quota.requests.per.second to {}", allowed / 60);
            self.say("quota", Verdict::Wrong, what).way_out = way_out;
        }
        let counted = self.interactions_of_a_day().await;
        let interactions = counted.map(|(_, count)| count);
        let basis = counted.map_or_else(String::new, |(day, count)| {
            format!("; {count} interactions on {}", &format_instant(day.from)[..10])
        });
        let room = budget::room(source, allowed);
        if let Some(end) = source.extract_end.filter(|end| *end <= self.client.now()) {
            let from = source.extract_start - source.lookback_ms;
            let requests = budget::of_a_backfill(source, end - from, interactions);
            let minutes = requests / room * 24.0 * 60.0;
            let what =
                format!("about {requests:.0} requests read all of it: {minutes:.0} min at the rate that is set{basis}");
            self.say("quota", Verdict::Ok, what);
            return;
        }
        let budget = Budget::of(source, interactions, named(source).len());
        let share = budget.total() / room;
        let what = format!("{}, of {room:.0} that there is room for{basis}", budget.text());
        let verdict = match share {
            share if 1.0 < share => Verdict::Wrong,
            share if SHARE_MAX < share => Verdict::Note,
            _ => Verdict::Ok,
        };
        let finding = self.say("quota", verdict, what);
        if verdict != Verdict::Ok {
            finding.way_out = format!(
                "{}: set extract.poll.interval.ms higher, extract.revisit.ms to fewer ages, or quota.requests.per.second \
                 higher if the platform grants more",
                if verdict == Verdict::Wrong { "the source would fall behind" } else { "it will be slow to catch up" }
            );
        }
    }

    /// The last whole UTC day that the source reads, and how many interactions start on it; `None` where that is not said.
    async fn interactions_of_a_day(&self) -> Option<(TimeRange, i64)> {
        let reached = self.source.extract_end.map_or(self.client.now(), |end| end.min(self.client.now()));
        let begin = |at: i64| at.div_euclid(DAY_MS) * DAY_MS;
        let from = (begin(reached) - DAY_MS).max(begin(self.source.extract_start));
        let day = TimeRange { from, to: from + DAY_MS };
        let platform = Platform::new(Arc::clone(&self.client), self.source);
        let counted = tokio::time::timeout(COUNT_WITHIN, platform.volume(day)).await;
        Some((day, counted.ok()?.ok()??))
    }
}

fn is_the_platforms(host: &str) -> bool {
    let domain = host.strip_prefix("api.").unwrap_or(host);
    regions::WORDS.iter().any(|word| regions::domain(word) == Some(domain))
}
