//! Edge: the rows of a run beside the true ones, and the records of a run beside the rules.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use handletime::avro::Codec;
use handletime::avro::schema::AvroRecord;
use handletime::domain::contact::{Contact, ContactKey};
use handletime::domain::media::Dialect;
use handletime::domain::transfer::{Transfer, TransferKey};
use handletime::process::rows;
use handletime::simulate::comparison::{Comparison, compare};
use handletime::timeline::carries::carries;
use serde::Serialize;
use serde_json::Value;

use super::checker::{Rules, assert_rules};
use super::settings::Settings;
use super::simulator::Simulator;

/// The topics of KPI rows that a processor has where nothing else is set.
pub const KPI_TOPICS: [&str; 10] = [
    "kpi.queue.pt30m",
    "kpi.queue.p1d",
    "kpi.agent.pt30m",
    "kpi.agent.p1d",
    "kpi.agent-total.pt30m",
    "kpi.agent-total.p1d",
    "kpi.org.pt30m",
    "kpi.org.p1d",
    "kpi.org-total.pt30m",
    "kpi.org-total.p1d",
];
const CONTACTS: &str = "contacts";
const TRANSFERS: &str = "transfers";

/// The true records of every topic that is published.
#[derive(Debug)]
pub struct Truth(Vec<(&'static str, Vec<Value>)>);

impl Truth {
    /// Asks the simulator.
    pub fn of(simulator: &Simulator) -> Self {
        let topics = KPI_TOPICS.into_iter().chain([CONTACTS, TRANSFERS]);
        let truth = Self(topics.map(|topic| (topic, simulator.truth(topic))).collect());
        // Where an interaction is no whole conversation there are no contacts; what an agent did tells of no transfer.
        let whole = carries(simulator.dialect()).conversation;
        let transferless = simulator.dialect() == Dialect::ConversationMetrics;
        let none_known = |topic: &str| (topic == CONTACTS && !whole) || (topic == TRANSFERS && transferless);
        for (topic, rows) in &truth.0 {
            assert_eq!(rows.is_empty(), none_known(topic), "{} true rows of {topic}", rows.len());
        }
        truth
    }

    /// How many rows were compared.
    ///
    /// # Panics
    /// With the first differences, when a committed row is not as it should be.
    pub fn assert_equal(&self, settings: &Settings) -> usize {
        let compared = self.compare(settings).into_iter().map(|(topic, comparison)| {
            assert!(comparison.equal(), "{topic}: {comparison}");
            comparison.compared
        });
        compared.sum()
    }

    /// Looks again and again until the rows are the true ones.
    ///
    /// # Panics
    /// With the first differences that are left after `limit`.
    pub fn wait_until_equal(&self, settings: &Settings, limit: Duration) {
        if !self.are_equal_within(settings, limit) {
            self.assert_equal(settings);
        }
    }

    /// Looks again and again until the rows are the true ones; `false` when they are not after `limit`.
    pub fn are_equal_within(&self, settings: &Settings, limit: Duration) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < limit {
            if self.compare(settings).iter().all(|(_, comparison)| comparison.equal()) {
                return true;
            }
            std::thread::sleep(Duration::from_secs(1));
        }
        false
    }

    fn compare(&self, settings: &Settings) -> Vec<(&'static str, Comparison)> {
        self.0.iter().map(|(topic, truth)| (*topic, compare(topic, &committed(settings, topic), truth))).collect()
    }
}

/// Rows equal to the truth, and every record on the way there by the rules; how many of each there were.
pub fn assert_true_and_by_the_rules(settings: &Settings, truth: &Truth, rules: Rules) -> (usize, usize) {
    (truth.assert_equal(settings), assert_rules(settings, &KPI_TOPICS, rules))
}

fn committed(settings: &Settings, topic: &str) -> Vec<Value> {
    match topic {
        CONTACTS => newest::<ContactKey, Contact>(settings, topic),
        TRANSFERS => newest::<TransferKey, Transfer>(settings, topic),
        _ => {
            let (full, family) = (settings.topic(topic), super::topics::family(topic));
            let read = patiently(&full, || rows::read(&settings.worker(), &full, family));
            read.values().map(|row| serde_json::to_value(row).expect("a row is JSON")).collect()
        }
    }
}

/// The newest record of each key of a compacted topic.
fn newest<K: AvroRecord + Ord, V: AvroRecord + Serialize>(settings: &Settings, topic: &str) -> Vec<Value> {
    let (keys, values, full) = (Codec::<K>::default(), Codec::<V>::default(), settings.topic(topic));
    let mut newest: BTreeMap<K, V> = BTreeMap::new();
    patiently(&full, || {
        newest.clear();
        rows::each(&settings.worker(), &full, |key, value| {
            let key = keys.read_framed(key)?;
            match value {
                Some(value) => newest.insert(key, values.read_framed(value)?),
                None => newest.remove(&key),
            };
            Ok(())
        })
    });
    newest.values().map(|record| serde_json::to_value(record).expect("a record is JSON")).collect()
}

/// A topic that was created a moment ago is not known to every client yet; what lasts is a failure.
fn patiently<T, E: std::fmt::Display>(full: &str, mut read: impl FnMut() -> Result<T, E>) -> T {
    for _ in 0..20 {
        if let Ok(read) = read() {
            return read;
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    read().unwrap_or_else(|error| panic!("{full}: {error}"))
}
