//! Which worker has what, and what it is to do there. Pure.
//!
//! A group shares out slots, the partitions of `status`. A connector's slot follows from its name, its tasks have those behind
//! it: neighbouring slots go to different workers, so the tasks of a connector spread over all of them.

use std::collections::BTreeMap;

use xxhash_rust::xxh64::xxh64;

use super::catalog::{Catalog, Entry};
use super::entities::TargetState;
use super::statuses::Unit;

/// The slots of this worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slots {
    /// All there are: it is by itself.
    All,
    /// These, of so many.
    These {
        /// Its slots.
        own: Vec<i32>,
        /// How many there are in all.
        of: i32,
    },
}

impl Slots {
    /// Whether a connector or task belongs to this worker.
    #[must_use]
    pub fn have(&self, unit: &Unit) -> bool {
        match self {
            Slots::All => true,
            Slots::These { own, of } => own.contains(&slot(unit, *of)),
        }
    }
}

/// The slot of a connector or task.
///
/// WARNING: workers of one group must agree on it.
#[must_use]
pub fn slot(unit: &Unit, of: i32) -> i32 {
    let of = u64::try_from(of).unwrap_or(1).max(1);
    let behind = unit.task.map_or(0, |task| u64::from(task) + 1);
    let slot = (xxh64(unit.connector.as_bytes(), 0) % of + behind) % of;
    i32::try_from(slot).unwrap_or_default()
}

/// What a connector or task of this worker is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Want {
    /// What it is to do.
    pub target: TargetState,
    /// Which settings it runs with: where they stand in the log. Others need another start.
    pub version: i64,
    /// Where the last wish to start it again stands in the log; -1 without one.
    pub restart_at: i64,
    /// Only if it has FAILED.
    pub only_failed: bool,
}

/// What this worker has, and what each of it is to do.
#[must_use]
pub fn wants(catalog: &Catalog, slots: &Slots) -> BTreeMap<Unit, Want> {
    let mut wants = BTreeMap::new();
    for (name, entry) in catalog.all() {
        let connector = Unit::connector(name);
        if slots.have(&connector) {
            wants.insert(connector, of_connector(entry));
        }
        if entry.target == TargetState::Stopped {
            // A stopped connector has no tasks, though they may not have been taken out of the log yet.
            continue;
        }
        for task in 0..u32::try_from(entry.tasks.len()).unwrap_or(u32::MAX) {
            let unit = Unit::task(name, task);
            if slots.have(&unit) {
                wants.insert(unit, of_task(entry, task));
            }
        }
    }
    wants
}

fn of_connector(entry: &Entry) -> Want {
    let restart = entry.restart;
    Want {
        target: entry.target,
        version: entry.version,
        restart_at: restart.map_or(-1, |restart| restart.at),
        only_failed: restart.is_some_and(|restart| restart.scope.only_failed),
    }
}

fn of_task(entry: &Entry, task: u32) -> Want {
    let with_tasks = entry.restart.filter(|restart| restart.scope.include_tasks);
    let alone = entry.restart_tasks.get(&task).copied().unwrap_or(-1);
    let (restart_at, only_failed) = match with_tasks {
        Some(restart) if alone < restart.at => (restart.at, restart.scope.only_failed),
        _ => (alone, false),
    };
    Want { target: entry.target, version: entry.tasks_version, restart_at, only_failed }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connect::catalog::ConfigRecord;
    use crate::connect::herder::RestartScope;

    fn catalog(tasks: usize, more: &[ConfigRecord]) -> Catalog {
        let config = BTreeMap::new();
        let mut records = vec![ConfigRecord::connector("c", &config)];
        records.extend(ConfigRecord::tasks("c", &vec![config; tasks]));
        records.extend_from_slice(more);
        let mut catalog = Catalog::default();
        (0..).zip(&records).for_each(|(at, record)| catalog.take(at, record));
        catalog
    }

    #[test]
    fn workers_that_take_slots_in_turn_have_as_many_tasks_each() {
        for name in ["genesys", "kpi", "a", "b"] {
            for workers in 1..=4 {
                let mut each = vec![0; workers];
                for task in 0..4 {
                    each[usize::try_from(slot(&Unit::task(name, task), 24)).unwrap() % workers] += 1;
                }
                assert!(each.iter().max().unwrap() - each.iter().min().unwrap() <= 1, "{name} {workers} {each:?}");
            }
        }
    }

    #[test]
    fn everything_has_one_worker() {
        let catalog = catalog(4, &[]);
        let of = |own: Vec<i32>| wants(&catalog, &Slots::These { own, of: 24 }).into_keys().collect::<Vec<_>>();
        let mut shared = of((0..24).step_by(2).collect());
        shared.extend(of((1..24).step_by(2).collect()));
        shared.sort();
        assert_eq!(shared, wants(&catalog, &Slots::All).into_keys().collect::<Vec<_>>());
        assert_eq!(shared.len(), 5);
    }

    #[test]
    fn a_stopped_connector_has_no_tasks_and_a_paused_one_keeps_them() {
        let stopped = catalog(2, &[ConfigRecord::target("c", TargetState::Stopped)]);
        assert_eq!(wants(&stopped, &Slots::All).into_keys().collect::<Vec<_>>(), [Unit::connector("c")]);
        let paused = wants(&catalog(2, &[ConfigRecord::target("c", TargetState::Paused)]), &Slots::All);
        assert_eq!(paused[&Unit::task("c", 1)].target, TargetState::Paused);
    }

    #[test]
    fn a_restart_is_for_tasks_only_if_it_says_so() {
        let restart = |include_tasks| ConfigRecord::restart("c", RestartScope { include_tasks, only_failed: true });
        let alone = wants(&catalog(1, &[restart(false)]), &Slots::All);
        assert_eq!((alone[&Unit::connector("c")].restart_at, alone[&Unit::task("c", 0)].restart_at), (3, -1));
        let with = wants(&catalog(1, &[restart(true)]), &Slots::All)[&Unit::task("c", 0)];
        assert_eq!((with.restart_at, with.only_failed), (3, true));
        let later = wants(&catalog(1, &[restart(true), ConfigRecord::restart_task("c", 0)]), &Slots::All);
        assert_eq!((later[&Unit::task("c", 0)].restart_at, later[&Unit::task("c", 0)].only_failed), (4, false));
    }
}
