//! Rows of the queues that `kpi.dense.keys` names, for every local day that the watermark enters. Pure.

use super::LegsTask;
use crate::domain::family::Family;
use crate::domain::interval::{Grain, interval_at};
use crate::domain::row::QueueIntervalKey;
use crate::domain::time::InstantMs;
use crate::window::dense::starts;
use crate::window::row_key::{KeyRecord, RowKey, RowTopic};

impl LegsTask {
    /// Touches the rows of the named queues in the local days that begin before `watermark` and were not entered before.
    /// One legs task does it for all.
    pub(super) fn enter_days(&mut self, org_id: &str, watermark: InstantMs) {
        let config = &self.setup.rules.config;
        let range = self.range();
        if self.partition != 0 || !config.dense || config.dense_keys.is_empty() || range.start == InstantMs::MIN {
            return;
        }
        let entered = self.committed.1.org(org_id).map(|plan| plan.completeness.watermark);
        let from = self.days_entered.get(org_id).copied().or(entered).unwrap_or(range.start).max(range.start);
        let mut day = interval_at(from, Grain::P1d, config.zone);
        let topics = RowTopic::all(&[Family::Queue], &config.grains, &config.attribution);
        while day.from < watermark && day.from < day.to {
            for topic in topics.iter().filter(|_| config.families.contains(&Family::Queue)) {
                for start in starts(day, topic.grain, config.zone).filter(|start| range.owns(*start)) {
                    for (queue_id, media_type) in &config.dense_keys {
                        let key = KeyRecord::Queue(QueueIntervalKey {
                            org_id: org_id.to_owned(),
                            interval_start: start,
                            interval_length_s: topic.grain.length_s(),
                            queue_id: queue_id.clone(),
                            media_type: *media_type,
                            skill_set: String::new(),
                            language: String::new(),
                            attribution: topic.basis,
                        });
                        self.merged.touch(RowKey { topic: *topic, key });
                    }
                }
            }
            day = interval_at(day.to, Grain::P1d, config.zone);
        }
        self.days_entered.insert(org_id.to_owned(), day.from);
    }
}
