//! Edge: what a run over the model left behind. A run that nothing befell is held against the book; all others against it.

use std::collections::BTreeMap;

use handletime::embedded::log::Log;
use handletime::topology::record::{Produce, topic};
use serde_json::{Map, Value};

use super::story::{PARTITIONS, Story};
use crate::support::audit::Audit;
use crate::support::model::{Model, PREFIX, Standing};
use crate::support::oracle::compare::{beside_differences, kpi_differences};

/// What stands in the end: KPI rows by topic and key, without what hangs on the path; and by topic and key the newest
/// records of the topics beside them.
#[derive(Clone, Debug, PartialEq)]
pub struct Standings {
    rows: BTreeMap<(String, String), Map<String, Value>>,
    beside: Newest,
}

/// The newest records by topic and key.
type Newest = BTreeMap<(String, Vec<u8>), Vec<u8>>;

const BESIDE: [&str; 3] = [topic::LEGS, topic::CONTACTS, topic::TRANSFERS];

/// Everything that is wrong with what stands on the model's topics.
///
/// # Panics
/// When a committed record breaks a rule of the audit.
pub fn wrong(story: &mut Story, model: &Model) -> Vec<String> {
    wrong_of(story, model, |full| full.strip_prefix(PREFIX).map(str::to_owned))
}

/// As [`wrong`], where `name` tells which of the model's topics are to be looked at, and what they are.
///
/// # Panics
/// As [`wrong`].
pub fn wrong_of(story: &mut Story, model: &Model, name: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let mut wrong = Vec::new();
    if 0 < model.open_transactions() {
        wrong.push(format!("{} transactions have no end", model.open_transactions()));
    }
    let (log, beside) = outputs(model, name);
    let own = std::mem::replace(&mut story.source.log, log);
    let mut audit = Audit::default();
    audit.look(&story.source, story.close);
    wrong.extend(audit.open_rows());
    let found = Standings { rows: audit.comparable(), beside };
    match &story.truth {
        None => {
            wrong.extend(beside_differences(&story.source, &story.book));
            wrong.extend(kpi_differences(&story.source, &story.book));
            story.truth = Some(found);
        }
        Some(truth) => {
            let keys = truth.rows.keys().chain(found.rows.keys());
            let differ = keys.filter(|key| truth.rows.get(*key) != found.rows.get(*key));
            wrong
                .extend(differ.map(|key| format!("{key:?}: {:?}, not {:?}", found.rows.get(key), truth.rows.get(key))));
            let keys = truth.beside.keys().chain(found.beside.keys());
            let differ = keys.filter(|key| truth.beside.get(*key) != found.beside.get(*key));
            wrong.extend(differ.map(|(topic, key)| format!("{topic}: another record of {key:?}")));
        }
    }
    story.source.log = own;
    wrong.truncate(5);
    wrong
}

/// A log of all that the tasks have committed, and the newest records of the topics beside the rows.
fn outputs(model: &Model, name: impl Fn(&str) -> Option<String>) -> (Log, Newest) {
    let (log, mut beside) = (Log::new(PARTITIONS, PARTITIONS), BTreeMap::new());
    for ((full, partition), records) in model.committed() {
        let Some(name) = name(&full) else { continue };
        if [topic::INTERACTIONS, topic::WATERMARKS].contains(&name.as_str()) {
            continue;
        }
        for record in records.iter().filter(|_| BESIDE.contains(&name.as_str())) {
            let key = (name.clone(), record.key.clone().unwrap_or_default());
            match &record.value {
                Some(value) => beside.insert(key, value.clone()),
                None => beside.remove(&key),
            };
        }
        let produce = |Standing { key, value, headers }| {
            let (topic, partition) = (name.clone(), Some(partition));
            Produce { topic, partition, key, value, headers, timestamp: None }
        };
        log.append(records.into_iter().map(produce).collect(), 0).expect("the log takes it");
    }
    (log, beside)
}
