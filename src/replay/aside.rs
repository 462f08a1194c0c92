//! Rows from interactions, aside of everything that is published: the product's own tasks of both rooms, one partition
//! each, fed from memory. Pure.
//!
//! The legs task knows no watermark until all interactions are in, so that no horizon keeps any out; then it gets the one
//! that the processor has, which settles legs and says what is held.

use std::collections::{BTreeMap, BTreeSet};

use crate::avro::Codec;
use crate::avro::framing::HEADER_BYTES;
use crate::domain::contribution::{Contribution, ContributionKey, ContributionRow};
use crate::domain::leg::Leg;
use crate::domain::progress::{Progress, SourcePartitionProgress};
use crate::domain::watermark::Watermark;
use crate::topology::TopologyError;
use crate::topology::intervals::IntervalsTask;
use crate::topology::legs::{Counts, LegsTask};
use crate::topology::record::{InputRecord, Produce, topic};
use crate::topology::setup::TaskSetup;

/// A row: its topic without the prefix, and its key as Avro without a frame.
pub type RowId = (String, Vec<u8>);

/// A record of a KPI topic as it stands there: a decoded row takes many times as much memory.
#[derive(Clone, Debug, PartialEq)]
pub struct RowRecord {
    /// Key, framed.
    pub key: Vec<u8>,
    /// Value, framed.
    pub value: Vec<u8>,
}

/// A row as rebuilt.
#[derive(Clone, Debug, PartialEq)]
pub struct RebuiltRow {
    /// Everything that adds up to it.
    pub contribution: ContributionRow,
    /// Its record.
    pub record: RowRecord,
}

/// What rebuilding gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Rebuilt {
    /// The rows.
    pub rows: BTreeMap<RowId, RebuiltRow>,
    /// What became of the readings.
    pub counts: Counts,
}

/// A rebuilding under way.
#[derive(Debug)]
pub struct Aside {
    setup: TaskSetup,
    progress: Progress,
    sources: Vec<SourcePartitionProgress>,
    task: LegsTask,
    // Interactions that count with their legs as they stand; their readings are passed over.
    standing: BTreeSet<String>,
    restored: bool,
    leg: Codec<Leg>,
    next_offset: i64,
}

impl Aside {
    /// Begins with the rules, the range and the watermarks of `progress`, a legs task's. The interactions of `standing`
    /// count as their leg rows say, which are then to be given to [`Aside::leg`].
    ///
    /// # Errors
    /// When `progress` is of other rules than the setup, or its previous rules cannot be read.
    pub fn new(setup: &TaskSetup, progress: &Progress, standing: BTreeSet<String>) -> Result<Aside, TopologyError> {
        let setup = TaskSetup { interactions_partitions: 1, contributions_partitions: 1, ..setup.clone() };
        let mut progress = Progress {
            input_offset: 0,
            watermarks_offset: 0,
            passed: Vec::new(),
            interactions_partitions: 1,
            contributions_partitions: 1,
            ..progress.clone()
        };
        let sources = std::mem::take(&mut progress.source_partitions);
        let mut task = LegsTask::new(setup.clone(), 0, Some(progress.clone()))?;
        // The rows are the pipeline's own, and nothing is written.
        task.stand_alone()?;
        let (restored, next_offset) = (false, 0);
        Ok(Aside { setup, progress, sources, task, standing, restored, leg: Codec::default(), next_offset })
    }

    /// Takes a record of `legs`; those of interactions that do not stand are passed over. All before any reading.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn leg(&mut self, record: InputRecord<'_>) -> Result<(), TopologyError> {
        if let Some(value) = record.value {
            let unreadable = |source| TopologyError::State { what: topic::LEGS, offset: record.offset, source };
            let leg = self.leg.read_framed(value).map_err(unreadable)?;
            if !self.standing.contains(&leg.interaction_id) {
                return Ok(());
            }
        }
        let offset = self.offset();
        self.task.restore(InputRecord { offset, ..record })
    }

    /// Takes a record of `interactions`; the readings of an interaction in the order of their offsets.
    ///
    /// # Errors
    /// When an output cannot be encoded.
    pub fn reading(&mut self, record: InputRecord<'_>) -> Result<(), TopologyError> {
        self.begin()?;
        let id = record.key.and_then(|key| std::str::from_utf8(key).ok());
        if id.is_some_and(|id| self.standing.contains(id)) {
            return Ok(());
        }
        let offset = self.offset();
        self.task.input(InputRecord { offset, ..record })
    }

    /// Ends the rebuilding at the watermarks of the processor.
    ///
    /// # Errors
    /// When a row would be wrong, or cannot be encoded.
    pub fn finish(mut self) -> Result<Rebuilt, TopologyError> {
        self.begin()?;
        let watermarks = Codec::<Watermark>::default();
        for (offset, source) in (0..).zip(std::mem::take(&mut self.sources)) {
            let value = watermarks.framed(&watermark_of(source))?;
            self.task.watermark(InputRecord { offset, key: None, value: Some(&value) })?;
        }
        let outputs = self.task.outputs(0)?;
        let counts = self.task.counts();
        let mut intervals = IntervalsTask::new(self.setup, 0, Some(self.progress))?;
        let mut contributions = BTreeMap::new();
        let (keys, values) = (Codec::<ContributionKey>::default(), Codec::<Contribution>::default());
        for (offset, said) in (0..).zip(outputs.iter().filter(|said| said.topic == topic::CONTRIBUTIONS)) {
            let (key, value) = (said.key.as_deref(), said.value.as_deref());
            intervals.input(InputRecord { offset, key, value })?;
            if let Some(row) = values.read_framed(value.unwrap_or_default())?.row {
                let key = keys.read_framed(key.unwrap_or_default())?;
                contributions.insert((key.topic, key.row), row);
            }
        }
        let rows = intervals.outputs(0)?;
        let rebuilt = |said: Produce| {
            let key = said.key?;
            let id = row_id(&said.topic, &key)?;
            let contribution = contributions.remove(&id)?;
            Some((id, RebuiltRow { contribution, record: RowRecord { key, value: said.value? } }))
        };
        Ok(Rebuilt { rows: rows.into_iter().filter_map(rebuilt).collect(), counts })
    }

    /// Ends the restore before the first reading.
    fn begin(&mut self) -> Result<(), TopologyError> {
        if !std::mem::replace(&mut self.restored, true) {
            self.task.restored()?;
            self.task.contribute_held()?;
        }
        Ok(())
    }

    fn offset(&mut self) -> i64 {
        self.next_offset += 1;
        self.next_offset - 1
    }
}

/// The row that a record of a KPI topic is of; `None` when its key is too short for a frame.
#[must_use]
pub fn row_id(topic: &str, framed_key: &[u8]) -> Option<RowId> {
    Some((topic.to_owned(), framed_key.get(HEADER_BYTES..)?.to_vec()))
}

/// The interactions that a legs task holds and that were measured by other rules than those of `progress`.
#[derive(Debug)]
pub struct Held {
    task: LegsTask,
}

impl Held {
    /// Begins with the progress of the task, which has the rules that are to hold.
    ///
    /// # Errors
    /// When it is of other rules than the setup, or other partition counts.
    pub fn new(setup: &TaskSetup, partition: i32, progress: Progress) -> Result<Held, TopologyError> {
        Ok(Held { task: LegsTask::new(setup.clone(), partition, Some(progress))? })
    }

    /// Takes a record of the task's partition of `legs`, in order.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn leg(&mut self, record: InputRecord<'_>) -> Result<(), TopologyError> {
        self.task.restore(record)
    }

    /// The ids.
    ///
    /// # Errors
    /// When a leg cannot be read.
    pub fn finish(mut self) -> Result<BTreeSet<String>, TopologyError> {
        self.task.restored()?;
        Ok(self.task.held_by_other_rules()?)
    }
}

/// The watermark of the slowest legs task for each source partition, with all that any of them holds back.
#[must_use]
pub fn slowest(tasks: &[Progress]) -> Vec<SourcePartitionProgress> {
    let mut slowest: BTreeMap<(String, String), SourcePartitionProgress> = BTreeMap::new();
    for source in tasks.iter().flat_map(|progress| &progress.source_partitions) {
        let key = (source.org_id.clone(), source.source_partition.clone());
        let known = slowest.entry(key).or_insert_with(|| source.clone());
        known.watermark = known.watermark.min(source.watermark);
        known.closed &= source.closed;
        known.held.extend(source.held.iter().filter(|held| !known.held.contains(held)).copied().collect::<Vec<_>>());
    }
    slowest.into_values().collect()
}

fn watermark_of(source: SourcePartitionProgress) -> Watermark {
    Watermark {
        org_id: source.org_id,
        source_partition: source.source_partition,
        watermark: source.watermark,
        interactions_offsets: Vec::new(),
        plan_generation: source.plan_generation,
        plan_size: source.plan_size,
        extract_start: source.extract_start,
        held: source.held,
        closed: source.closed,
        written_at: 0,
    }
}
