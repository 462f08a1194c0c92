//! Edge: the rows of a run beside the true ones, and the records of a run beside the rules.

use std::time::{Duration, Instant};

use handletime::process::rows;
use handletime::simulate::comparison::{Comparison, compare};
use serde_json::Value;

use super::checker::{Rules, assert_rules};
use super::settings::Settings;
use super::simulator::Simulator;

/// The topics that every test looks at.
pub const TOPICS: [&str; 2] = ["kpi.queue.pt30m", "kpi.queue.p1d"];

/// The true rows of [`TOPICS`].
#[derive(Debug)]
pub struct Truth(Vec<(&'static str, Vec<Value>)>);

impl Truth {
    /// Asks the simulator.
    pub fn of(simulator: &Simulator) -> Self {
        let truth = Self(TOPICS.iter().map(|topic| (*topic, simulator.truth(topic))).collect());
        assert!(truth.0.iter().all(|(_, rows)| !rows.is_empty()), "a truth without rows shows nothing");
        truth
    }

    /// # Panics
    /// With the first differences, when a committed row is not as it should be.
    pub fn assert_equal(&self, settings: &Settings) {
        for (topic, comparison) in self.compare(settings) {
            assert!(comparison.equal(), "{topic}: {comparison}");
        }
    }

    /// Looks again and again until the rows are the true ones.
    ///
    /// # Panics
    /// With the first differences that are left after `limit`.
    pub fn wait_until_equal(&self, settings: &Settings, limit: Duration) {
        let begun = Instant::now();
        while begun.elapsed() < limit {
            if self.compare(settings).iter().all(|(_, comparison)| comparison.equal()) {
                return;
            }
            std::thread::sleep(Duration::from_secs(1));
        }
        self.assert_equal(settings);
    }

    fn compare(&self, settings: &Settings) -> Vec<(&'static str, Comparison)> {
        self.0.iter().map(|(topic, truth)| (*topic, compare(topic, &committed(settings, topic), truth))).collect()
    }
}

/// Rows equal to the truth, and every record on the way there by the rules.
pub fn assert_true_and_by_the_rules(settings: &Settings, truth: &Truth, rules: Rules) {
    truth.assert_equal(settings);
    assert_rules(settings, &TOPICS, rules);
}

fn committed(settings: &Settings, topic: &str) -> Vec<Value> {
    let (topic, family) = (settings.topic(topic), super::topics::family(topic));
    let read = rows::read(&settings.worker(), &topic, family).unwrap_or_else(|error| panic!("{topic}: {error}"));
    read.values().map(|row| serde_json::to_value(row).expect("a row is JSON")).collect()
}
