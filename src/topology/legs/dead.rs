//! Inputs that the legs task cannot count, as they came, with Connect's headers and ours. Pure.

use super::LegsTask;
use crate::topology::record::{InputRecord, Produce, topic};

impl LegsTask {
    /// Stages a dead letter and counts it.
    pub(super) fn dead_letter(&mut self, record: InputRecord<'_>, reason: &str, rule: &str) {
        self.counts.dead_letters += 1;
        *self.letters.entry(reason.to_owned()).or_default() += 1;
        let header = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
        self.outputs.push(Produce {
            topic: topic::DEAD_LETTERS.to_owned(),
            key: record.key.map(<[u8]>::to_vec),
            value: record.value.map(<[u8]>::to_vec),
            headers: vec![
                header("__connect.errors.topic", topic::INTERACTIONS),
                header("__connect.errors.partition", &self.partition.to_string()),
                header("__connect.errors.offset", &record.offset.to_string()),
                header("__connect.errors.connector.name", &self.setup.connector),
                header("__connect.errors.task.id", &self.partition.to_string()),
                header("__connect.errors.stage", "TRANSFORMATION"),
                header("__connect.errors.class.name", "handletime.HandleTimeProcessor"),
                header("__connect.errors.exception.class.name", reason),
                header("__connect.errors.exception.message", rule),
                header("handletime.reason", reason),
                header("handletime.rule", rule),
            ],
            ..Produce::default()
        });
    }
}
