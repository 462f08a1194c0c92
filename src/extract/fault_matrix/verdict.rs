//! What must be true of every run, whatever went wrong. Edge: it drives the topology over the in-process log.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::course::{Course, ids, range};
use super::run::{Asked, Outcome, RATE};
use crate::avro::schema::AvroRecord;
use crate::domain::agent_row::{AgentInterval, AgentIntervalKey};
use crate::domain::org_row::{OrgInterval, OrgIntervalKey};
use crate::domain::row::{QueueInterval, QueueIntervalKey};
use crate::embedded::ByHand;
use crate::embedded::by_hand::ALL;
use crate::simulate::comparison::compare;
use crate::simulate::truth::settings::TruthSettings;
use crate::timeline::tests::default_rules_config;

/// Platform's refusals of which the script knows nothing would mean that the source asked for too much.
const TOO_MANY: u16 = 429;

impl Outcome {
    /// Nothing is lost, nothing is counted twice, nothing is set aside, and the rate is kept.
    pub(super) fn assert_whole(&self, course: &Course) {
        let name = course.dialect.word();
        self.assert_rate_kept(name);
        let letters = self.publications.iter().flat_map(|publication| &publication.dead_letters);
        let rules: Vec<&str> = letters.map(|letter| letter.rule.as_str()).collect();
        assert!(rules.is_empty(), "{name}: {rules:?}");
        assert_eq!((self.snapshot.held, self.snapshot.slices_failed), (0, 0), "{name}: {:?}", self.snapshot);
        assert_eq!(self.published(), ids(&self.history), "{name}");
        self.assert_rows_true(name);
    }

    /// The ids of all that was published, each once.
    pub(super) fn published(&self) -> Vec<String> {
        let all = self.publications.iter().flat_map(|publication| &publication.interactions);
        let ids: BTreeSet<String> = all.map(|read| read.interaction_id.clone()).collect();
        ids.into_iter().collect()
    }

    /// How often anything was published again.
    pub(super) fn published_again(&self) -> usize {
        let all: usize = self.publications.iter().map(|publication| publication.interactions.len()).sum();
        all - self.published().len()
    }

    /// The rows that come of what was published are the true ones.
    fn assert_rows_true(&self, name: &str) {
        let mut all = ByHand::new(default_rules_config(), (1, 1), range().from).unwrap();
        for publication in &self.publications {
            all.publish(&publication.interactions).unwrap();
            all.run(ALL).unwrap();
        }
        all.close(range().to).unwrap();
        all.run(ALL).unwrap();
        self.assert_topic_true::<QueueIntervalKey, QueueInterval>(&all, name, "kpi.queue.p1d");
        self.assert_topic_true::<AgentIntervalKey, AgentInterval>(&all, name, "kpi.agent.pt30m");
        self.assert_topic_true::<OrgIntervalKey, OrgInterval>(&all, name, "kpi.org-total.p1d");
    }

    fn assert_topic_true<K: AvroRecord + Ord, V: AvroRecord + Serialize>(&self, all: &ByHand, name: &str, topic: &str) {
        let rows: BTreeMap<K, V> = all.rows(topic).unwrap();
        let ours: Vec<Value> = rows.values().map(|row| serde_json::to_value(row).unwrap()).collect();
        let truth: Vec<Value> = self.history.truth(&TruthSettings::of_topic(topic).unwrap()).rows().collect();
        let comparison = compare(topic, &ours, &truth);
        assert!(comparison.equal() && !truth.is_empty(), "{name} {topic}: {comparison}");
    }

    fn assert_rate_kept(&self, name: &str) {
        let refused = |asked: &&Asked| asked.status == TOO_MANY && !asked.scripted;
        assert_eq!(self.asked.iter().filter(refused).count(), 0, "{name}: the platform's limit was exceeded");
        let at: Vec<f64> = self.asked.iter().map(|asked| asked.arrived_ms).collect();
        for (number, first) in at.iter().enumerate() {
            let within = at[number..].iter().take_while(|at| **at < first + 1_000.0).count();
            assert!(within <= RATE, "{name}: {within} requests in a second");
        }
    }

    /// The faults that the script ordered, in the order of the requests.
    pub(super) fn ordered(&self) -> Vec<&Asked> {
        self.asked.iter().filter(|asked| asked.scripted).collect()
    }

    /// Milliseconds from the first ordered fault to the first good answer behind the last one.
    pub(super) fn recovery_ms(&self) -> f64 {
        let first = self.asked.iter().position(|asked| asked.scripted).expect("the script ordered nothing");
        let last = self.asked.iter().rposition(|asked| asked.scripted).unwrap_or(first);
        let good = |asked: &&Asked| asked.status == 200 && asked.is_for_data();
        let next = self.asked[last + 1..].iter().find(good).expect("nothing was asked for behind the fault");
        next.arrived_ms - self.asked[first].arrived_ms
    }
}
