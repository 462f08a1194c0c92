//! All tasks of a processor agree on the midnight from which changed rules hold (`kpi.rules.change=from-next-day`). Pure.
//!
//! The legs task of partition 0 decides, and writes the midnight into its `progress`; every other task that finds other
//! rules in its own `progress` adopts what it reads there, or waits until it stands there.

use chrono::Duration;

use super::error::TopologyError;
use super::plan::Plans;
use super::rules_history::unchangeable;
use super::setup::{TaskSetup, refuse_other_range};
use crate::config::canonical::differing_keys;
use crate::config::typed::RulesChange;
use crate::domain::interval::{day_start, local_date};
use crate::domain::progress::{Progress, Room};
use crate::domain::time::{DAY_MS, InstantMs};

/// What the committed progress of the other tasks says of the rules.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Peers {
    /// Progress of the legs task of partition 0, if it has any.
    pub leader: Option<Progress>,
    /// The greatest source watermark that any legs task has applied.
    pub watermark: Option<InstantMs>,
}

impl Peers {
    /// Reads the tasks' progress, each with its room and partition.
    #[must_use]
    pub fn of<'a>(tasks: impl Iterator<Item = ((Room, i32), &'a Progress)>) -> Peers {
        let mut peers = Peers::default();
        for ((room, partition), progress) in tasks.filter(|((room, _), _)| *room == Room::Legs) {
            peers.watermark = peers.watermark.max(watermark(progress));
            if (room, partition) == LEADER {
                peers.leader = Some(progress.clone());
            }
        }
        peers
    }
}

/// The task that decides.
const LEADER: (Room, i32) = (Room::Legs, 0);

impl TaskSetup {
    /// Whether a task must know its peers before it starts: its own progress says other rules, or nothing.
    #[must_use]
    pub fn needs_peers(&self, own: Option<&Progress>) -> bool {
        self.rules_change == RulesChange::FromNextDay
            && own.is_none_or(|progress| progress.rules_version != self.rules.version)
    }

    /// The progress with which a task starts: `own`, with the rules that all tasks agree on. `None`: nothing is known.
    ///
    /// # Errors
    /// [`TopologyError::RulesChanged`], `RulesShape`, `RulesTooSoon`; [`TopologyError::RulesAwaited`] when the task that
    /// decides has not said anything yet: to be tried again.
    pub fn agree(
        &self,
        (room, partition): (Room, i32),
        own: Option<Progress>,
        peers: &Peers,
        now: InstantMs,
    ) -> Result<Option<Progress>, TopologyError> {
        if !self.needs_peers(own.as_ref()) {
            return Ok(own);
        }
        let Some(mut progress) = own else {
            // A task that never committed anything, of a processor whose rules have changed meanwhile.
            let Some(leader) = peers.leader.as_ref().filter(|_| (room, partition) != LEADER) else {
                return Ok(None);
            };
            let mut fresh = self.fresh_progress();
            self.adopt(leader, &mut fresh)?;
            return Ok(Some(fresh));
        };
        let differing = differing_keys(&progress.rules_text, &self.rules.text);
        refuse_other_range(&differing)?;
        let shape = unchangeable(&differing);
        if !shape.is_empty() {
            return Err(TopologyError::RulesShape { keys: shape.join(", ") });
        }
        if (room, partition) == LEADER {
            self.decide(&mut progress, peers, now)?;
        } else {
            self.adopt(peers.leader.as_ref().ok_or(TopologyError::RulesAwaited)?, &mut progress)?;
        }
        Ok(Some(progress))
    }

    fn adopt(&self, leader: &Progress, progress: &mut Progress) -> Result<(), TopologyError> {
        if leader.rules_version != self.rules.version {
            return Err(TopologyError::RulesAwaited);
        }
        progress.rules_version.clone_from(&leader.rules_version);
        progress.rules_text.clone_from(&leader.rules_text);
        progress.previous_rules_text.clone_from(&leader.previous_rules_text);
        progress.rules_changed_at = leader.rules_changed_at;
        Ok(())
    }

    fn decide(&self, progress: &mut Progress, peers: &Peers, now: InstantMs) -> Result<(), TopologyError> {
        let watermark = watermark(progress).max(peers.watermark);
        if let Some(changed_at) = progress.rules_changed_at {
            let possible_at = changed_at + self.rules.config.horizon_ms + self.rules.config.leg_length_ms_max;
            if watermark.is_none_or(|at| at < possible_at) {
                return Err(TopologyError::RulesTooSoon { changed_at, possible_at });
            }
        }
        let at = next_midnight(watermark, now, self.rules.config.zone);
        progress.previous_rules_text = Some(std::mem::replace(&mut progress.rules_text, self.rules.text.clone()));
        progress.rules_version.clone_from(&self.rules.version);
        progress.rules_changed_at = Some(at);
        Ok(())
    }
}

/// The first local midnight after the watermark, and after now where now is at most a day ahead of it: further behind, the
/// processor is working off a past that now says nothing about.
fn next_midnight(watermark: Option<InstantMs>, now: InstantMs, zone: chrono_tz::Tz) -> InstantMs {
    let after = watermark.map_or(now, |at| if now <= at + DAY_MS { at.max(now) } else { at });
    day_start(local_date(after, zone) + Duration::days(1), zone)
}

/// The greatest watermark over organisations.
fn watermark(progress: &Progress) -> Option<InstantMs> {
    let plans = Plans::restored(&progress.source_partitions, progress.watermarks_offset);
    plans.orgs().map(|(_, plan)| plan.completeness.watermark).max()
}

/// Forgets the previous rules once no leg that began under them can change any more.
pub fn forget_previous(progress: &mut Progress, untouchable_before: InstantMs) {
    if progress.rules_changed_at.is_some_and(|at| at <= untouchable_before) {
        progress.previous_rules_text = None;
        progress.rules_changed_at = None;
    }
}
