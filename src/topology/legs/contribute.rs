//! What a transaction sends to intervals tasks: additions to rows, and watermarks passed on. Pure.

use super::LegsTask;
use crate::domain::contribution::{Contribution, ContributionKey, ContributionRow, ContributionWatermark};
use crate::topology::error::TopologyError;
use crate::topology::partition::partition_of;
use crate::topology::record::{Produce, topic};

impl LegsTask {
    /// One record for each row that the transaction changes, on the partition of the row's key.
    pub(super) fn contribute(&mut self, outputs: &mut Vec<Produce>) -> Result<(), TopologyError> {
        let range = self.range();
        for (key, addition) in self.merged.take(&self.setup.rules, range) {
            let mut row = Vec::with_capacity(96);
            self.codecs.rows.write_key(&key.key, &mut row)?;
            let partition = partition_of(&row, self.setup.contributions_partitions);
            let first = self.setup.rules.config.attribution[0];
            let value = ContributionRow {
                sums: addition.sums.encode(),
                handle: addition.handle.encode(),
                wait: addition.wait.encode(),
                queue_name: addition.attributes.queue_name,
                service_level_target_ms: addition.attributes.service_level_target_ms,
                attributes_version: addition.attributes.version,
                spans: if addition.spans.is_empty() { Vec::new() } else { addition.spans.encode(0) },
                conversations: addition.conversations,
                replace_revision: None,
                replace_restatements: None,
            };
            let key = ContributionKey { topic: key.topic.name(first), row };
            outputs.push(self.contribution(partition, &key, Contribution { row: Some(value), watermark: None })?);
        }
        Ok(())
    }

    /// The watermark of every organisation, to every intervals task.
    pub(super) fn pass_watermarks(&self, outputs: &mut Vec<Produce>) -> Result<(), TopologyError> {
        let key = ContributionKey { topic: String::new(), row: Vec::new() };
        for (org_id, plan) in self.plans.orgs() {
            let watermark = ContributionWatermark {
                org_id: org_id.clone(),
                legs_partition: self.partition,
                watermark: plan.completeness.watermark,
                extract_start: plan.extract_start,
                closed: plan.completeness.closed,
                held: plan.completeness.held.clone(),
            };
            for partition in 0..self.setup.contributions_partitions {
                let value = Contribution { row: None, watermark: Some(watermark.clone()) };
                outputs.push(self.contribution(partition, &key, value)?);
            }
        }
        Ok(())
    }

    fn contribution(
        &self,
        partition: i32,
        key: &ContributionKey,
        value: Contribution,
    ) -> Result<Produce, TopologyError> {
        Ok(Produce {
            topic: topic::CONTRIBUTIONS.to_owned(),
            partition: Some(partition),
            key: Some(self.codecs.contribution_key.framed(key)?),
            value: Some(self.codecs.contribution.framed(&value)?),
            ..Produce::default()
        })
    }
}
