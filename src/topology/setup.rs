//! What a task must know before it starts, and the check against what an earlier one wrote. Pure.

use super::error::TopologyError;
use super::rules_history::RulesHistory;
use crate::avro::framing::SINGLE_OBJECT;
use crate::config::canonical;
use crate::config::typed::RulesChange;
use crate::domain::progress::Progress;
use crate::domain::range::OwnedRange;
use crate::domain::time::InstantMs;
use crate::timeline::rules::Rules;

/// What all tasks of a processor share.
#[derive(Clone, Debug)]
pub struct TaskSetup {
    /// The rules of the settings.
    pub rules: Rules,
    /// What becomes of it when other rules stand in `progress`.
    pub rules_change: RulesChange,
    /// Partitions of `interactions`, which are those of `legs`.
    pub interactions_partitions: i32,
    /// Partitions of `contributions`, which are those of `kpi.*`.
    pub contributions_partitions: i32,
    /// The connector's name, for the headers of dead letters.
    pub connector: String,
}

impl TaskSetup {
    /// A progress record that says nothing yet.
    #[must_use]
    pub fn fresh_progress(&self) -> Progress {
        Progress {
            input_offset: 0,
            watermarks_offset: 0,
            source_partitions: Vec::new(),
            passed: Vec::new(),
            rules_version: self.rules.version.clone(),
            rules_text: self.rules.text.clone(),
            previous_rules_text: None,
            rules_changed_at: None,
            range_start: None,
            range_end: None,
            interactions_partitions: self.interactions_partitions,
            contributions_partitions: self.contributions_partitions,
            framing: SINGLE_OBJECT.to_owned(),
            legs_floor_offset: 0,
            written_at: 0,
        }
    }

    /// Refuses to go on from a progress record that was made by other rules, partition counts or framing.
    ///
    /// # Errors
    /// The first of these that differs, naming both sides.
    pub fn accept(&self, progress: &Progress) -> Result<(), TopologyError> {
        if progress.framing != SINGLE_OBJECT {
            let expected = progress.framing.clone();
            return Err(TopologyError::Framing { found: SINGLE_OBJECT.to_owned(), expected });
        }
        for (topic, found, expected) in [
            ("interactions", self.interactions_partitions, progress.interactions_partitions),
            ("contributions", self.contributions_partitions, progress.contributions_partitions),
        ] {
            if found != expected {
                return Err(TopologyError::PartitionCount { topic, found, expected });
            }
        }
        if progress.rules_version != self.rules.version {
            let keys = canonical::differing_keys(&progress.rules_text, &self.rules.text);
            refuse_other_range(&keys)?;
            return Err(TopologyError::RulesChanged { keys: keys.join(", ") });
        }
        Ok(())
    }

    /// Which rules hold when, by an accepted progress.
    ///
    /// # Errors
    /// When the previous rules in it cannot be read.
    pub fn history(&self, progress: &Progress) -> Result<RulesHistory, TopologyError> {
        Ok(RulesHistory::of(&self.rules, progress)?)
    }
}

/// Refuses another range by its own name: nothing that may be done about other rules helps with it.
///
/// # Errors
/// [`TopologyError::RangeChanged`].
pub fn refuse_other_range(differing_keys: &[String]) -> Result<(), TopologyError> {
    if differing_keys.iter().any(|key| key == "kpi.range") { Err(TopologyError::RangeChanged) } else { Ok(()) }
}

/// The rows that a processor owns by its progress; `None` while the plan is not known.
#[must_use]
pub fn owned_range(progress: &Progress) -> Option<OwnedRange> {
    progress.range_start.map(|start| OwnedRange { start, end: progress.range_end })
}

/// The instant before which no leg began that can still change: an interaction that old is let go of.
#[must_use]
pub fn leg_floor(watermark: InstantMs, rules: &Rules) -> InstantMs {
    watermark - rules.config.horizon_ms - rules.config.leg_length_ms_max
}

/// The interval end at or before which rows are neither held in memory nor changed any more (DESIGN "one formula").
#[must_use]
pub fn row_floor(watermark: InstantMs, rules: &Rules) -> InstantMs {
    // The longest local day has 25 hours.
    leg_floor(watermark, rules) - crate::domain::time::DAY_MS - crate::domain::time::HOUR_MS
}
