//! Which rows the other pipelines claim. Pure.

use std::collections::BTreeMap;

use super::setup::owned_range;
use crate::domain::progress::{Progress, Room};
use crate::domain::range::OwnedRange;
use crate::domain::time::InstantMs;

/// The rows that pipelines claim, by the pipeline's name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    // Each of a pipeline's tasks claims by itself; they claim the same, but for those that have not claimed yet.
    by_pipeline: BTreeMap<String, Vec<OwnedRange>>,
}

impl Claims {
    /// Takes what the newest committed progress of a pipeline's tasks says. Only legs tasks claim: intervals tasks write
    /// what they contribute.
    pub fn take<'a>(&mut self, pipeline: &str, tasks: impl Iterator<Item = (Room, &'a Progress)>) {
        for range in tasks.filter(|(room, _)| *room == Room::Legs).filter_map(|(_, progress)| owned_range(progress)) {
            let ranges = self.by_pipeline.entry(pipeline.to_owned()).or_default();
            if !ranges.contains(&range) {
                ranges.push(range);
            }
        }
    }

    /// Who claims a row that `own` has, and what.
    #[must_use]
    pub fn overlapping(&self, own: &OwnedRange) -> Option<(&str, OwnedRange)> {
        self.find(|range| range.overlaps(own))
    }

    /// Who claims the rows that start then.
    #[must_use]
    pub fn owner(&self, interval_start: InstantMs) -> Option<&str> {
        self.find(|range| range.owns(interval_start)).map(|(pipeline, _)| pipeline)
    }

    fn find(&self, fits: impl Fn(&OwnedRange) -> bool) -> Option<(&str, OwnedRange)> {
        let all = self.by_pipeline.iter().flat_map(|(name, ranges)| ranges.iter().map(move |range| (name, range)));
        all.filter(|(_, range)| fits(range)).map(|(name, range)| (name.as_str(), *range)).next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::typed::RulesChange;
    use crate::timeline::tests::{default_rules_config, rules_of};
    use crate::topology::setup::TaskSetup;

    fn progress(range: Option<(InstantMs, Option<InstantMs>)>) -> Progress {
        let setup = TaskSetup {
            rules: rules_of(default_rules_config()),
            rules_change: RulesChange::Refuse,
            interactions_partitions: 1,
            contributions_partitions: 1,
            connector: "kpi".to_owned(),
        };
        let (range_start, range_end) = range.map_or((None, None), |(start, end)| (Some(start), end));
        Progress { range_start, range_end, ..setup.fresh_progress() }
    }

    #[test]
    fn what_legs_tasks_claim_is_found_by_row_and_by_range() {
        let (live, history) = (progress(Some((10, None))), progress(Some((0, Some(9)))));
        let mut claims = Claims::default();
        claims.take("default", [(Room::Legs, &live), (Room::Legs, &progress(None))].into_iter());
        claims.take("history", [(Room::Legs, &history), (Room::Intervals, &live)].into_iter());
        assert_eq!([8, 9, 10].map(|start| claims.owner(start)), [Some("history"), None, Some("default")]);
        let own = |start, end| OwnedRange { start, end };
        assert_eq!(claims.overlapping(&own(9, Some(10))), None);
        assert_eq!(claims.overlapping(&own(9, None)), Some(("default", own(10, None))));
        assert_eq!(claims.overlapping(&own(0, Some(1))), Some(("history", own(0, Some(9)))));
    }
}
