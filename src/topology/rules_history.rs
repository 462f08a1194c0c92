//! Which rules hold when: those in force, and those before the last change (`kpi.rules.change`). Pure.

use crate::config::canonical::rules_version;
use crate::config::stored_rules::{StoredRulesError, rules_of_text};
use crate::domain::progress::Progress;
use crate::domain::time::InstantMs;
use crate::timeline::rules::Rules;

/// The rules by the instant that something began at. A leg is measured by those at its interaction's start, a row is
/// published by those at its interval's start: so a correction of what began before a change is judged as it was then.
#[derive(Clone, Debug, PartialEq)]
pub struct RulesHistory {
    current: Rules,
    previous: Option<(Rules, InstantMs)>,
}

impl RulesHistory {
    /// These rules since ever.
    #[must_use]
    pub fn since_ever(current: Rules) -> RulesHistory {
        RulesHistory { current, previous: None }
    }

    /// `current`, and what `progress` says of the rules before them.
    ///
    /// # Errors
    /// When the text of the previous rules cannot be read.
    pub fn of(current: &Rules, progress: &Progress) -> Result<RulesHistory, StoredRulesError> {
        let previous = match (&progress.previous_rules_text, progress.rules_changed_at) {
            (Some(text), Some(at)) => Some((Rules::new(rules_of_text(text)?, text.clone(), rules_version(text)), at)),
            _ => None,
        };
        Ok(RulesHistory { current: current.clone(), previous })
    }

    /// The rules at an instant; those of the change's own instant are the new ones.
    #[must_use]
    pub fn at(&self, instant: InstantMs) -> &Rules {
        match &self.previous {
            Some((rules, until)) if instant < *until => rules,
            _ => &self.current,
        }
    }

    /// The rules of a version; `None` when no leg is measured by them any more.
    #[must_use]
    pub fn of_version(&self, version: &str) -> Option<&Rules> {
        let previous = self.previous.as_ref().map(|(rules, _)| rules);
        std::iter::once(&self.current).chain(previous).find(|rules| rules.version == version)
    }
}

/// The settings that may change from a day on: they decide what becomes of a leg, but neither which rows there are nor
/// how long anything is kept or waited for.
const CHANGEABLE: [&str; 20] = [
    "kpi.digital.handle",
    "kpi.excluded.queues",
    "kpi.excluded.wrapup.codes",
    "kpi.fcr.resolved.wrapup.codes",
    "kpi.handle.mismatch.tolerance",
    "kpi.included.queues",
    "kpi.overlap.tolerance.ms",
    "kpi.percentile",
    "kpi.service.level.abandons",
    "kpi.service.level.flow.outs",
    "kpi.service.level.ms",
    "kpi.service.level.short.abandons",
    "kpi.short.abandon.ms",
    "kpi.sla.threshold.ms",
    "kpi.talk.min.exclusive",
    "kpi.talk.min.ms",
    "kpi.transfer.without.wait",
    "kpi.weht.channel.factors",
    "kpi.weht.disposition.factors",
    "kpi.weht.profile",
];

/// Those of the keys that cannot change from a day on.
#[must_use]
pub fn unchangeable(keys: &[String]) -> Vec<String> {
    keys.iter().filter(|key| !CHANGEABLE.contains(&key.as_str())).cloned().collect()
}
