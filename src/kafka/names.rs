//! Names of topics, groups and transactional ids of a pipeline, and how each topic must be. Pure.

use super::topics::TopicSpec;
use crate::config::typed::RulesConfig;
use crate::domain::interaction::RECORD_BYTES_MAX;
use crate::domain::progress::Room;
use crate::domain::reference::Kind;
use crate::domain::time::{DAY_MS, DurationMs};
use crate::topology::record::topic;

/// The pipeline whose topics have the plain names.
pub const DEFAULT_PIPELINE: &str = "default";

/// Largest row: two distributions of at most 2^10 buckets an octave over 42 octaves (a life of 139 years in ms), at
/// most eight bytes a bucket, and less than 8 KiB of fields. An agent's day of three calls at a time, none longer than
/// three seconds, is smaller.
const ROW_BYTES_MAX: usize = 2 * 1_024 * 42 * 8 + 8 * 1_024;

/// Names within one prefix and pipeline.
///
/// WARNING: stored state is found by these names, and a predecessor is fenced by them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    prefix: String,
    pipeline: String,
}

impl Names {
    /// Names of a pipeline; `prefix` ends in a dot.
    #[must_use]
    pub fn new(prefix: &str, pipeline: &str) -> Names {
        Names { prefix: prefix.to_owned(), pipeline: pipeline.to_owned() }
    }

    /// Full name of a topic that is given without the prefix.
    #[must_use]
    pub fn topic(&self, name: &str) -> String {
        let of_pipeline = [topic::INTERACTIONS, topic::WATERMARKS, topic::LEGS, topic::CONTRIBUTIONS, topic::PROGRESS];
        if self.pipeline != DEFAULT_PIPELINE && of_pipeline.contains(&name) {
            format!("{}{}.{name}", self.prefix, self.pipeline)
        } else {
            format!("{}{name}", self.prefix)
        }
    }

    /// The other pipeline whose `progress` a topic is; `None` when it is none, or this one's.
    #[must_use]
    pub fn rival<'a>(&self, full: &'a str) -> Option<&'a str> {
        let name = full.strip_prefix(&self.prefix)?.strip_suffix(topic::PROGRESS)?;
        let pipeline = if name.is_empty() { DEFAULT_PIPELINE } else { name.strip_suffix('.')? };
        // No name of a pipeline has a dot: what has one is of another prefix that begins as this one does.
        (!pipeline.contains('.') && !pipeline.is_empty() && pipeline != self.pipeline).then_some(pipeline)
    }

    /// Whether a topic of rows shows that what looks like a pipeline of this prefix is an installation whose prefix begins as
    /// this one does: its rows are not shared with anybody here.
    #[must_use]
    pub fn is_row_of_longer_prefix(&self, full: &str, pipeline: &str) -> bool {
        let rest = full.strip_prefix(&self.prefix).and_then(|name| name.strip_prefix(pipeline));
        rest.is_some_and(|rest| rest.starts_with(".kpi."))
    }

    /// The `progress` of a pipeline within the same prefix.
    #[must_use]
    pub fn progress_of(&self, pipeline: &str) -> String {
        Names::new(&self.prefix, pipeline).topic(topic::PROGRESS)
    }

    /// Group of the tasks of a room.
    #[must_use]
    pub fn group(&self, room: Room) -> String {
        format!("{}{}.{}", self.prefix, self.pipeline, room.word())
    }

    /// Transactional id of a task.
    #[must_use]
    pub fn task_transactional_id(&self, room: Room, partition: i32) -> String {
        format!("{}.{partition}", self.group(room))
    }

    /// Transactional id of a source partition.
    #[must_use]
    pub fn source_transactional_id(&self, org_id: &str, source_partition: &str) -> String {
        format!("{}{}.source.{org_id}.{source_partition}", self.prefix, self.pipeline)
    }

    /// Transactional id of requests that commands leave for sources.
    #[must_use]
    pub fn requests_transactional_id(&self) -> String {
        format!("{}{}.slices.retry", self.prefix, self.pipeline)
    }

    /// Transactional id of a comparison that no source makes.
    #[must_use]
    pub fn reconcile_transactional_id(&self, org_id: &str) -> String {
        format!("{}{}.reconcile.{org_id}", self.prefix, self.pipeline)
    }

    /// The topics of a source.
    #[must_use]
    pub fn source_topics(&self, partitions: i32) -> Vec<TopicSpec> {
        let mut specs = vec![
            self.spec(topic::INTERACTIONS, partitions, "delete", interactions_settings()),
            self.spec(topic::WATERMARKS, 1, "delete", vec![retention(7 * DAY_MS)]),
            self.spec(topic::SLICES, 1, "compact,delete", vec![retention(90 * DAY_MS)]),
            self.spec(topic::RECONCILIATION, 1, "compact", vec![("delete.retention.ms", (7 * DAY_MS).to_string())]),
            self.spec(topic::OFFSETS, 1, "compact", Vec::new()),
            self.dead_letters(partitions),
        ];
        // One partition: small, and read back whole.
        specs.extend(Kind::ALL.map(|kind| self.spec(&topic::reference(kind), 1, "compact", Vec::new())));
        specs
    }

    /// The topics of a processor; `kpi` without the prefix.
    #[must_use]
    pub fn processor_topics(&self, partitions: i32, kpi: &[String], rules: &RulesConfig) -> Vec<TopicSpec> {
        // State must outlive whatever may still be corrected, with a week for a processor that is away meanwhile.
        let legs_ms = (30 * DAY_MS).max(rules.horizon_ms + rules.leg_length_ms_max + 7 * DAY_MS);
        // Sinks that are away for a few days must still see what was taken away.
        let tombstones = ("delete.retention.ms", (7 * DAY_MS).to_string());
        // A leg is never larger than the interaction that it was read in.
        let legs = vec![retention(legs_ms), tombstones.clone(), largest()];
        let mut specs = vec![
            self.spec(topic::INTERACTIONS, partitions, "delete", interactions_settings()),
            self.spec(topic::WATERMARKS, 1, "delete", vec![retention(7 * DAY_MS)]),
            self.spec(topic::LEGS, partitions, "compact,delete", legs),
            // Purged behind the position in `progress`: time must not delete what was not read.
            self.spec(topic::CONTRIBUTIONS, partitions, "delete", vec![retention(-1)]),
            // Small segments, so that compaction keeps a task's takeover short.
            self.spec(topic::PROGRESS, partitions, "compact", vec![("segment.bytes", (8 * 1024 * 1024).to_string())]),
            self.dead_letters(partitions),
        ];
        let of_conversations = [(topic::CONTACTS, rules.contacts_topic), (topic::TRANSFERS, rules.transfers_topic)];
        for (name, _) in of_conversations.into_iter().filter(|(_, wanted)| *wanted) {
            specs.push(self.spec(name, partitions, "compact", vec![tombstones.clone()]));
        }
        for name in kpi {
            let settings = vec![tombstones.clone(), ("max.message.bytes", ROW_BYTES_MAX.max(1_048_588).to_string())];
            specs.push(self.spec(name, partitions, "compact", settings));
        }
        specs
    }

    fn dead_letters(&self, partitions: i32) -> TopicSpec {
        self.spec(topic::DEAD_LETTERS, partitions, "delete", vec![retention(30 * DAY_MS), largest()])
    }

    fn spec(
        &self,
        name: &str,
        partitions: i32,
        cleanup: &'static str,
        settings: Vec<(&'static str, String)>,
    ) -> TopicSpec {
        TopicSpec { name: self.topic(name), partitions, cleanup, settings }
    }
}

fn interactions_settings() -> Vec<(&'static str, String)> {
    vec![retention(7 * DAY_MS), largest()]
}

fn largest() -> (&'static str, String) {
    ("max.message.bytes", RECORD_BYTES_MAX.to_string())
}

fn retention(length_ms: DurationMs) -> (&'static str, String) {
    ("retention.ms", length_ms.to_string())
}

#[cfg(test)]
mod tests;
