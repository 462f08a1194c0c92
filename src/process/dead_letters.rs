//! Counts the dead letters of connectors, for the exit status of a run that is complete. Edge.

use std::collections::BTreeMap;

use super::failure::TaskFailure;
use super::scene::Scene;
use crate::domain::progress::Room;
use crate::kafka::bounds::Bounds;
use crate::kafka::reader::{header_of, read_range};
use crate::topology::record::topic;

/// Dead letters of one reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Letters {
    /// How many.
    pub count: u64,
    /// How many broke each rule.
    pub by_rule: BTreeMap<String, u64>,
}

/// Rules that a line tells, those that were broken most often first.
const RULES_TOLD: usize = 3;

/// Rules that are told apart: a rule may name what it found, and so be one of very many.
const RULES_MAX: usize = 1_000;

impl Letters {
    fn add(&mut self, rule: Option<String>) {
        self.count += 1;
        let Some(rule) = rule else { return };
        if let Some(count) = self.by_rule.get_mut(&rule) {
            *count += 1;
        } else if self.by_rule.len() < RULES_MAX {
            self.by_rule.insert(rule, 1);
        }
    }

    /// The rules that were broken most often, each with how often, in brackets; empty where none is known.
    #[must_use]
    pub fn rules(&self) -> String {
        let mut rules: Vec<(&str, u64)> = self.by_rule.iter().map(|(rule, count)| (rule.as_str(), *count)).collect();
        rules.sort_by_key(|(rule, count)| (std::cmp::Reverse(*count), *rule));
        let mut told: Vec<String> =
            rules.iter().take(RULES_TOLD).map(|(rule, count)| format!("{count} {rule}")).collect();
        if RULES_TOLD < rules.len() {
            told.push("…".to_owned());
        }
        if told.is_empty() { String::new() } else { format!(" ({})", told.join("; ")) }
    }
}

/// Dead letters by reason that these connectors wrote and retention has left.
///
/// # Errors
/// As [`TaskFailure`] says.
pub fn by_reason(
    scene: &Scene,
    bounds: &Bounds,
    connectors: &[&str],
) -> Result<BTreeMap<String, Letters>, TaskFailure> {
    let full = scene.names.topic(topic::DEAD_LETTERS);
    let group = scene.names.group(Room::Legs);
    let mut all: BTreeMap<String, Letters> = BTreeMap::new();
    for partition in 0..bounds.partitions(&full)?.unwrap_or(0) {
        let range = bounds.all(&full, partition)?;
        read_range::<TaskFailure>(
            &scene.worker,
            bounds,
            &group,
            (&full, partition),
            range,
            &mut || {},
            &mut |record| {
                let ours = header_of(record, "__connect.errors.connector.name");
                if ours.is_some_and(|name| connectors.contains(&name.as_str())) {
                    let reason = header_of(record, "handletime.reason").unwrap_or_else(|| "unknown".to_owned());
                    all.entry(reason).or_default().add(header_of(record, "handletime.rule"));
                }
                Ok(())
            },
        )?;
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_that_were_broken_most_often_are_told() {
        let mut letters = Letters::default();
        for rule in ["b", "a", "c", "c", "d", "e"] {
            letters.add(Some(rule.to_owned()));
        }
        letters.add(None);
        assert_eq!((letters.count, letters.rules().as_str()), (7, " (2 c; 1 a; 1 b; …)"));
        assert_eq!(Letters::default().rules(), "");
    }
}
