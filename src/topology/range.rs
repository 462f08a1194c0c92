//! Which rows a task owns: by the settings, by where its source begins, by what was owned so far. Pure.

use super::error::TopologyError;
use super::setup::{TaskSetup, owned_range};
use crate::config::typed::RulesConfig;
use crate::domain::interval::midnight_from;
use crate::domain::progress::Progress;
use crate::domain::time::InstantMs;
use crate::window::range::OwnedRange;

/// The rows of a source that begins at `extract_start`: as the settings say, else from the first local midnight from
/// there on, without an end.
///
/// # Errors
/// When they would begin before what is read whole, or be none.
pub fn range_of(config: &RulesConfig, extract_start: InstantMs) -> Result<OwnedRange, TopologyError> {
    let first = midnight_from(extract_start, config.zone);
    let start = config.range_start.unwrap_or(first);
    if start < first {
        return Err(TopologyError::RangeUnread { start, first });
    }
    match config.range_end {
        Some(end) if end <= start => Err(TopologyError::RangeEmpty { start, end }),
        end => Ok(OwnedRange { start, end }),
    }
}

impl TaskSetup {
    /// The rows that the settings add to those of an accepted `progress`, which takes them over. `None`: none.
    ///
    /// # Errors
    /// [`TopologyError::RangeMoved`] when they do more than move the end out.
    pub fn adopt_range(&self, progress: &mut Progress) -> Result<Option<OwnedRange>, TopologyError> {
        if progress.rules_version == self.rules.version {
            return Ok(None);
        }
        let joining = self.joining(progress)?;
        progress.rules_version.clone_from(&self.rules.version);
        progress.rules_text.clone_from(&self.rules.text);
        if progress.range_start.is_some() {
            progress.range_end = self.rules.config.range_end;
        }
        Ok(joining)
    }

    /// The same, of a `progress` that may differ in more than the range, which is for [`TaskSetup::accept`] to refuse.
    #[must_use]
    pub fn joining_if_accepted(&self, progress: &Progress) -> Option<OwnedRange> {
        let accepted = progress.rules_version != self.rules.version && self.accept(progress).is_ok();
        if accepted { self.joining(progress).ok().flatten() } else { None }
    }

    /// The rows that the settings add to those of `progress`.
    ///
    /// # Errors
    /// [`TopologyError::RangeMoved`] when they do more than move the end out.
    pub fn joining(&self, progress: &Progress) -> Result<Option<OwnedRange>, TopologyError> {
        // What never owned a row may own any.
        let Some(owned) = owned_range(progress) else { return Ok(None) };
        let config = &self.rules.config;
        let plan = || {
            let of_legs = progress.source_partitions.iter().map(|source| source.extract_start);
            let of_intervals = progress.passed.iter().map(|passed| passed.extract_start);
            of_legs.chain(of_intervals).min().map(|start| midnight_from(start, config.zone))
        };
        let start = config.range_start.or_else(plan).unwrap_or(owned.start);
        let asked = OwnedRange { start, end: config.range_end };
        if asked == owned {
            return Ok(None);
        }
        match owned.end.filter(|_| asked.start == owned.start && asked.covers(&owned)) {
            Some(end) => Ok(Some(OwnedRange { start: end, end: asked.end })),
            None => Err(TopologyError::RangeMoved { asked, owned }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::typed::RulesChange;
    use crate::timeline::tests::{default_rules_config, rules_of};

    fn setup(range_start: Option<InstantMs>, range_end: Option<InstantMs>) -> TaskSetup {
        let config =
            RulesConfig { range_start: range_start.map(day), range_end: range_end.map(day), ..default_rules_config() };
        TaskSetup {
            rules: rules_of(config),
            rules_change: RulesChange::Refuse,
            interactions_partitions: 1,
            contributions_partitions: 1,
            connector: "kpi".to_owned(),
        }
    }

    fn day(number: i64) -> InstantMs {
        number * crate::domain::time::DAY_MS
    }

    fn owned(start: i64, end: Option<i64>) -> OwnedRange {
        OwnedRange { start: day(start), end: end.map(day) }
    }

    /// Progress of a task of these settings whose source begins at day 1.
    fn progress(setup: &TaskSetup) -> Progress {
        let OwnedRange { start, end } = range_of(&setup.rules.config, day(1)).unwrap();
        Progress { range_start: Some(start), range_end: end, ..setup.fresh_progress() }
    }

    #[test]
    fn rows_begin_where_the_settings_say_or_at_the_first_midnight_that_is_read_whole() {
        let of = |setup: TaskSetup, extract_start| range_of(&setup.rules.config, extract_start);
        assert_eq!(of(setup(None, None), day(1)).unwrap(), owned(1, None));
        assert_eq!(of(setup(None, None), day(1) + 1).unwrap(), owned(2, None));
        assert_eq!(of(setup(Some(3), Some(5)), day(1)).unwrap(), owned(3, Some(5)));
        let unread = of(setup(Some(1), None), day(1) + 1);
        assert!(
            matches!(unread, Err(TopologyError::RangeUnread { start, first }) if (start, first) == (day(1), day(2)))
        );
        assert!(matches!(of(setup(None, Some(2)), day(1) + 1), Err(TopologyError::RangeEmpty { .. })));
    }

    #[test]
    fn an_end_may_move_out_and_go_and_nothing_else_may_move() {
        let stored = progress(&setup(None, Some(5)));
        let joining = |to: TaskSetup| {
            to.accept(&stored)?;
            let mut adopted = stored.clone();
            let joining = to.adopt_range(&mut adopted)?;
            assert_eq!((adopted.rules_text, adopted.range_end), (to.rules.text.clone(), to.rules.config.range_end));
            Ok::<_, TopologyError>(joining)
        };
        assert_eq!(joining(setup(None, Some(5))).unwrap(), None);
        assert_eq!(joining(setup(Some(1), Some(5))).unwrap(), None, "the same rows, said otherwise");
        assert_eq!(joining(setup(None, Some(9))).unwrap(), Some(owned(5, Some(9))));
        assert_eq!(joining(setup(Some(1), None)).unwrap(), Some(owned(5, None)));
        for moved in [setup(None, Some(4)), setup(Some(2), Some(5)), setup(Some(2), None)] {
            assert!(matches!(joining(moved), Err(TopologyError::RangeMoved { .. })));
        }
        // An open range has no end to move.
        let open = progress(&setup(None, None));
        assert!(matches!(setup(None, Some(9)).accept(&open), Err(TopologyError::RangeMoved { .. })));
        // What never owned a row may own any.
        let fresh = setup(Some(3), Some(4)).fresh_progress();
        assert!(setup(Some(7), None).accept(&fresh).is_ok());
    }

    #[test]
    fn with_another_rule_changed_too_both_are_named() {
        let mut to = setup(None, Some(9));
        to.rules = rules_of(RulesConfig { talk_min_ms: 1, ..to.rules.config });
        let refused = to.accept(&progress(&setup(None, Some(5)))).unwrap_err().to_string();
        assert!(refused.contains("kpi.range.start or kpi.range.end, kpi.talk.min.ms"), "{refused}");
    }
}
