//! Our side of a comparison, gathered record by record from the topics that hold it. Pure.
//!
//! | topic | what of it |
//! |---|---|
//! | `kpi.queue.<grain>` | the rows as they stand |
//! | `legs` | the newest leg of each key that touches the range |
//! | `interactions` | which ids were read, with their starts; `dead-letters`: which could not be |
//! | `slices` | how the range was cut |

use std::collections::{BTreeMap, BTreeSet};

use xxhash_rust::xxh64::xxh64;

use super::contract::processed_to;
use super::jobs::Readings;
use super::ours::Ours;
use crate::avro::{AvroError, Codec};
use crate::config::typed::RulesConfig;
use crate::domain::family::Family;
use crate::domain::interaction::Interaction;
use crate::domain::interval::Grain;
use crate::domain::leg::{Leg, LegKey};
use crate::domain::media::Dialect;
use crate::domain::progress::{Progress, ProgressKey};
use crate::domain::row::{QueueInterval, QueueIntervalKey};
use crate::domain::slice::{SliceState, SliceStatus};
use crate::domain::time::{InstantMs, TimeRange};
use crate::window::row_key::RowTopic;

/// What is compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// Tenant.
    pub org_id: String,
    /// The local days that start in it, and the interactions that start in it.
    pub range: TimeRange,
    /// The rules of the rows; `None`: only interactions are counted.
    pub rules: Option<RulesConfig>,
}

impl Wanted {
    /// The topic, without the prefix, whose rows are compared: days where there are any, else the shortest intervals.
    #[must_use]
    pub fn rows_topic(&self) -> Option<String> {
        let rules = self.rules.as_ref().filter(|rules| rules.families.contains(&Family::Queue))?;
        let days = rules.grains.iter().copied().find(|grain| *grain == Grain::P1d);
        let grain = days.or_else(|| rules.grains.iter().copied().min())?;
        let basis = *rules.attribution.first()?;
        Some(RowTopic { family: Family::Queue, grain, basis }.name(basis))
    }
}

/// Ids of interactions that were read. Hashes: a million ids take sixteen megabytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadIds {
    starts: BTreeMap<u64, InstantMs>,
    set_aside: BTreeSet<u64>,
    // Those of `starts` that a job answered.
    by_jobs: BTreeMap<u64, InstantMs>,
    // Of rows that report queries have: when the first of each conversation starts.
    of_reports: BTreeMap<u64, InstantMs>,
}

fn hash(id: &[u8]) -> u64 {
    xxh64(id, 0)
}

fn within(starts: &BTreeMap<u64, InstantMs>, range: TimeRange) -> i64 {
    starts.values().filter(|start| range.contains(**start)).count() as i64
}

impl ReadIds {
    /// How many distinct interactions that start in `[from, to)` were read.
    #[must_use]
    pub fn count(&self, range: TimeRange) -> i64 {
        within(&self.starts, range)
    }

    /// How many of them a job answered.
    #[must_use]
    pub fn count_by_jobs(&self, range: TimeRange) -> i64 {
        within(&self.by_jobs, range)
    }

    /// How many distinct conversations whose first row starts in `[from, to)` report queries had.
    #[must_use]
    pub fn conversations_of_reports(&self, range: TimeRange) -> i64 {
        within(&self.of_reports, range)
    }

    /// Whether a job answered an interaction. Of one that was set aside it is not known who told it: then, too.
    #[must_use]
    pub fn has_by_jobs(&self, id: &str) -> bool {
        let hash = hash(id.as_bytes());
        self.by_jobs.contains_key(&hash) || self.set_aside.contains(&hash)
    }

    /// Whether an interaction was read, if only to be set aside as a dead letter.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        let hash = hash(id.as_bytes());
        self.starts.contains_key(&hash) || self.set_aside.contains(&hash)
    }
}

/// Our side of a comparison.
#[derive(Clone, Debug)]
pub struct OurSide {
    /// Handle times; `None` where there are no rows of queues.
    pub handle: Option<Ours>,
    /// What was read.
    pub read: ReadIds,
    /// The slices that were read.
    pub slices: Vec<TimeRange>,
    /// Those that were read again.
    pub again: Readings,
    /// Up to where rows and legs are as they will be.
    pub processed_to: InstantMs,
    /// `interactions` may lack what was read before this: retention has taken it.
    pub reaches_back_to: InstantMs,
}

/// Gathers [`OurSide`].
#[derive(Debug)]
pub struct Collect {
    wanted: Wanted,
    ours: Option<Ours>,
    // As they stand: a later record of a key replaces an earlier one.
    rows: BTreeMap<QueueIntervalKey, QueueInterval>,
    legs: BTreeMap<LegKey, Leg>,
    read: ReadIds,
    slices: Vec<TimeRange>,
    again: Readings,
    processed_to: InstantMs,
    reaches_back_to: InstantMs,
    codecs: Codecs,
}

#[derive(Debug, Default)]
struct Codecs {
    row_key: Codec<QueueIntervalKey>,
    row: Codec<QueueInterval>,
    leg_key: Codec<LegKey>,
    leg: Codec<Leg>,
    interaction: Codec<Interaction>,
    slice: Codec<SliceStatus>,
}

impl Collect {
    /// Nothing yet of what is wanted.
    #[must_use]
    pub fn new(wanted: Wanted) -> Collect {
        let of_rules = |rules: &RulesConfig| Some(Ours::new(wanted.range, *rules.attribution.first()?, rules.zone));
        let ours = wanted.rules.as_ref().filter(|_| wanted.rows_topic().is_some()).and_then(of_rules);
        Collect {
            wanted,
            ours,
            rows: BTreeMap::new(),
            legs: BTreeMap::new(),
            read: ReadIds::default(),
            slices: Vec::new(),
            again: Readings::new(),
            processed_to: InstantMs::MIN,
            reaches_back_to: InstantMs::MIN,
            codecs: Codecs::default(),
        }
    }

    /// Takes how far the tasks are, by which rows and legs are judged complete.
    pub fn progress(&mut self, all: &BTreeMap<ProgressKey, Progress>) {
        self.processed_to = processed_to(all, &self.wanted.org_id);
    }

    /// Takes a record of the rows' topic.
    ///
    /// # Errors
    /// When it is no such record.
    pub fn row(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), AvroError> {
        let key = self.codecs.row_key.read_framed(key)?;
        let row = value.map(|value| self.codecs.row.read_framed(value)).transpose()?;
        match row.filter(|row| row.org_id == self.wanted.org_id) {
            Some(row) => drop(self.rows.insert(key, row)),
            None => drop(self.rows.remove(&key)),
        }
        Ok(())
    }

    /// Takes a record of `legs`.
    ///
    /// # Errors
    /// When it is no such record.
    pub fn leg(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), AvroError> {
        let Some(ours) = &self.ours else { return Ok(()) };
        let key = self.codecs.leg_key.read_framed(key)?;
        let leg = value.map(|value| self.codecs.leg.read_framed(value)).transpose()?;
        match leg.filter(|leg| leg.org_id == self.wanted.org_id && ours.concerns(leg)) {
            Some(leg) => drop(self.legs.insert(key, leg)),
            None => drop(self.legs.remove(&key)),
        }
        Ok(())
    }

    /// Takes a record of `interactions`; a command has no value.
    ///
    /// # Errors
    /// When it is no such record.
    pub fn interaction(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), AvroError> {
        let Some(value) = value else { return Ok(()) };
        let read = self.codecs.interaction.read_framed(value)?;
        if read.org_id != self.wanted.org_id || !self.wanted.range.contains(read.start) {
            return Ok(());
        }
        self.read.starts.insert(hash(key), read.start);
        match read.source {
            Dialect::ConversationJobs => drop(self.read.by_jobs.insert(hash(key), read.start)),
            Dialect::ReportQueries => {
                let conversation = read.conversation_id.as_ref().map_or(key, |id| id.as_bytes());
                let first = self.read.of_reports.entry(hash(conversation)).or_insert(read.start);
                *first = read.start.min(*first);
            }
            _ => {}
        }
        Ok(())
    }

    /// Notes that a partition of `interactions` begins behind offset 0, with what was read at `first`.
    ///
    /// # Errors
    /// When it is no such record.
    pub fn begins_with(&mut self, first: Option<&[u8]>) -> Result<(), AvroError> {
        let read_at = match first {
            Some(value) => self.codecs.interaction.read_framed(value)?.extracted_at,
            None => InstantMs::MIN,
        };
        self.reaches_back_to = self.reaches_back_to.max(read_at);
        Ok(())
    }

    /// Takes the key of a dead letter.
    pub fn dead_letter(&mut self, key: &[u8]) {
        self.read.set_aside.insert(hash(key));
    }

    /// Takes a record of `slices`.
    ///
    /// # Errors
    /// When it is no such record.
    pub fn slice(&mut self, value: Option<&[u8]>) -> Result<(), AvroError> {
        let Some(value) = value else { return Ok(()) };
        let slice = self.codecs.slice.read_framed(value)?;
        let range = TimeRange { from: slice.from, to: slice.to };
        if slice.org_id != self.wanted.org_id || !range.intersects(&self.wanted.range) {
            return Ok(());
        }
        match (slice.revisit_ms, slice.state) {
            (0, state) if state != SliceState::Running => self.slices.push(range),
            (age_ms, SliceState::Done) if age_ms != 0 => {
                self.again.entry(slice.source_partition).or_default().push((age_ms, range));
            }
            _ => {}
        }
        Ok(())
    }

    /// All of it.
    #[must_use]
    pub fn finish(self) -> OurSide {
        let mut handle = self.ours;
        if let Some(ours) = &mut handle {
            self.rows.values().for_each(|row| ours.row(row));
            self.legs.values().for_each(|leg| ours.leg(leg));
        }
        let Collect { read, slices, again, processed_to, reaches_back_to, .. } = self;
        OurSide { handle, read, slices, again, processed_to, reaches_back_to }
    }
}
