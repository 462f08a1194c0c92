//! The legs task: interactions in, leg rows and contributions out. Pure.

use std::collections::BTreeMap;

use super::error::TopologyError;
use super::interactions::Interactions;
use super::plan::Plans;
use super::record::{InputRecord, Produce, topic};
use super::row_codecs::RowCodecs;
use super::rules_change::forget_previous;
use super::rules_history::RulesHistory;
use super::setup::{TaskSetup, leg_floor, owned_range};
use super::tally::Tally;
use crate::avro::{AvroError, Codec};
use crate::dedupe::decision::{Reading, rules_number};
use crate::domain::causes::causes;
use crate::domain::contact::{Contact, ContactKey};
use crate::domain::contribution::{Contribution, ContributionKey};
use crate::domain::interaction::Interaction;
use crate::domain::leg::{Leg, LegKey};
use crate::domain::progress::{Progress, ProgressKey, Room};
use crate::domain::range::OwnedRange;
use crate::domain::time::InstantMs;
use crate::domain::transfer::{Transfer, TransferKey};
use crate::domain::watermark::Watermark;
use crate::timeline::measure::settle;
use crate::window::merge::Merged;

mod claim;
mod contribute;
mod counts;
mod dead;
mod dense;
mod outcomes;
mod reading;
mod replay;
mod restore;

pub use counts::Counts;

/// One partition of `interactions`.
#[derive(Debug)]
pub struct LegsTask {
    setup: TaskSetup,
    rules: RulesHistory,
    partition: i32,
    interactions: Interactions,
    progress: Progress,
    plans: Plans,
    // What is staged of the progress, and what it falls back to on abort.
    committed: (Progress, Plans),
    merged: Merged,
    outputs: Vec<Produce>,
    announce: bool,
    // Whether no other pipeline claims a row of the range. Until then nothing is taken that leads to a row.
    alone: bool,
    // Whether the task has committed an announcement since it began.
    announced: bool,
    changed: bool,
    counts: Counts,
    // As they were when the transaction began, the dead letters of it, and what committed ones have counted.
    counted: Counts,
    letters: BTreeMap<String, u64>,
    tally: Tally,
    restoring: BTreeMap<String, Vec<(Leg, i64)>>,
    // Offset after the last leg row of this task's partition and the commit marker behind it, and how many rows the
    // transaction adds.
    legs_end: i64,
    legs_staged: i64,
    // For each organisation the first local day whose dense rows were not asked for.
    days_entered: BTreeMap<String, InstantMs>,
    codecs: Codecs,
}

#[derive(Debug, Default)]
struct Codecs {
    interaction: Codec<Interaction>,
    watermark: Codec<Watermark>,
    leg_key: Codec<LegKey>,
    leg: Codec<Leg>,
    contribution_key: Codec<ContributionKey>,
    contribution: Codec<Contribution>,
    rows: RowCodecs,
    contact_key: Codec<ContactKey>,
    contact: Codec<Contact>,
    transfer_key: Codec<TransferKey>,
    transfer: Codec<Transfer>,
    progress_key: Codec<ProgressKey>,
    progress: Codec<Progress>,
}

impl LegsTask {
    /// Begins taking over from `progress`, or from nothing; leg rows are then given to [`LegsTask::restore`].
    ///
    /// # Errors
    /// When `progress` was made by other rules, partition counts or framing.
    pub fn new(setup: TaskSetup, partition: i32, progress: Option<Progress>) -> Result<LegsTask, TopologyError> {
        if let Some(progress) = &progress {
            setup.accept(progress)?;
        }
        let progress = progress.unwrap_or_else(|| setup.fresh_progress());
        let plans = Plans::restored(&progress.source_partitions, progress.watermarks_offset);
        Ok(LegsTask {
            rules: setup.history(&progress)?,
            alone: progress.has_begun(),
            setup,
            partition,
            interactions: Interactions::default(),
            committed: (progress.clone(), plans.clone()),
            progress,
            plans,
            merged: Merged::default(),
            outputs: Vec::new(),
            announce: true,
            announced: false,
            changed: true,
            counts: Counts::default(),
            counted: Counts::default(),
            letters: BTreeMap::new(),
            tally: Tally::default(),
            restoring: BTreeMap::new(),
            legs_end: 0,
            legs_staged: 0,
            days_entered: BTreeMap::new(),
            codecs: Codecs::default(),
        })
    }

    /// Stages a record of `watermarks`.
    ///
    /// # Errors
    /// When it cannot be read: a watermark that is passed over would close rows too early or never.
    pub fn watermark(&mut self, record: InputRecord<'_>) -> Result<(), TopologyError> {
        let read = self.codecs.watermark.read_framed(record.value.unwrap_or_default());
        let watermark =
            read.map_err(|source| TopologyError::State { what: topic::WATERMARKS, offset: record.offset, source })?;
        if self.progress.range_start.is_none() {
            // Whatever it is a watermark of, it says where the plan begins, and with it the rows.
            self.claim(watermark.extract_start)?;
        }
        self.plans.take(record.offset, watermark);
        self.advance()
    }

    /// Whether interactions may be given: not before the first watermark says where the rows begin, and not before it is
    /// known that they are nobody else's.
    #[must_use]
    pub fn accepts_input(&self) -> bool {
        self.alone && self.progress.range_start.is_some()
    }

    /// Stages a record of `interactions`.
    ///
    /// # Errors
    /// When an output cannot be encoded. A record that cannot be read is dead-lettered, and no error.
    pub fn input(&mut self, record: InputRecord<'_>) -> Result<(), TopologyError> {
        self.changed = true;
        self.counts.records += 1;
        match record.value.map(|value| self.codecs.interaction.read_framed(value)) {
            Some(Ok(interaction)) => self.reading(&interaction, record)?,
            Some(Err(error)) => self.dead_letter(record, "unreadable", &causes(&error)),
            None => self.dead_letter(record, "unsupported_command", "this version knows no commands"),
        }
        self.progress.input_offset = record.offset + 1;
        self.advance()
    }

    /// Moves the position over offsets that hold no records for the task (commit markers, aborted records).
    pub fn skip_to(&mut self, input_offset: i64) {
        if self.progress.input_offset < input_offset {
            self.progress.input_offset = input_offset;
            self.changed = true;
        }
    }

    /// The next input offset with everything staged.
    #[must_use]
    pub fn staged_input_offset(&self) -> i64 {
        self.progress.input_offset
    }

    /// The next offset of `watermarks` with everything taken, waiting ones included.
    #[must_use]
    pub fn staged_watermarks_offset(&self) -> i64 {
        self.plans.taken()
    }

    /// Whether a transaction is worth while.
    #[must_use]
    pub fn has_staged(&self) -> bool {
        self.changed || self.announce
    }

    /// Everything that the transaction is to hold: leg rows, dead letters, contributions, watermarks, progress.
    ///
    /// # Errors
    /// When an output cannot be encoded.
    pub fn outputs(&mut self, now: InstantMs) -> Result<Vec<Produce>, TopologyError> {
        let mut outputs = std::mem::take(&mut self.outputs);
        self.counts.out_of_range += self.merged.take_out_of_range();
        self.contribute(&mut outputs)?;
        // After the rows: an intervals task that reads the watermark has read all that it speaks for.
        if std::mem::take(&mut self.announce) {
            self.pass_watermarks(&mut outputs)?;
        }
        self.progress.source_partitions = self.plans.applied();
        self.progress.watermarks_offset = self.plans.position();
        self.legs_staged = outputs.iter().filter(|record| record.topic == topic::LEGS).count() as i64;
        // With nothing held, nothing of what stands on `legs` is needed: retention may take all of it.
        let floor = self.interactions.legs_floor().unwrap_or(self.legs_end);
        self.progress.legs_floor_offset = floor.max(self.progress.legs_floor_offset);
        self.progress.written_at = now;
        if let Some(watermark) = self.source_watermark() {
            forget_previous(&mut self.progress, leg_floor(watermark, &self.setup.rules));
        }
        let key = ProgressKey { room: Room::Legs.word().to_owned(), partition: self.partition };
        outputs.push(Produce {
            topic: topic::PROGRESS.to_owned(),
            partition: Some(self.partition),
            key: Some(self.codecs.progress_key.framed(&key)?),
            value: Some(self.codecs.progress.framed(&self.progress)?),
            ..Produce::default()
        });
        Ok(outputs)
    }

    /// The transaction is committed; `legs_offset` is the first offset that its leg rows got.
    pub fn promote(&mut self, legs_offset: Option<i64>) {
        let watermark = self.plans.orgs().map(|(_, plan)| plan.completeness.watermark).min();
        self.interactions.promote(legs_offset, watermark);
        self.legs_end = legs_offset.map_or(self.legs_end, |first| first + self.legs_staged + 1);
        self.committed = (self.progress.clone(), self.plans.clone());
        self.announced = true;
        self.changed = false;
        self.tally.add_legs(&self.counted, &self.counts);
        self.tally.add(Tally { dead_letters: std::mem::take(&mut self.letters), ..Tally::default() });
        self.counted = self.counts;
    }

    /// The transaction was aborted: the caller goes on from [`LegsTask::progress`].
    pub fn abort(&mut self) {
        self.interactions.abort();
        (self.progress, self.plans) = self.committed.clone();
        self.plans.forget_waiting();
        self.merged.abort();
        self.days_entered.clear();
        self.outputs.clear();
        self.counted = self.counts;
        self.letters.clear();
        // What the transaction announced is announced anew when its watermarks are read again.
        self.announce = !self.announced;
        self.changed = true;
    }

    /// The committed progress, with waiting watermarks to be read again.
    #[must_use]
    pub fn progress(&self) -> &Progress {
        &self.committed.0
    }

    /// What the task has done since it began.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// What the transactions that were committed since this was last asked have counted.
    pub fn take_tally(&mut self) -> Tally {
        std::mem::take(&mut self.tally)
    }

    /// How many interactions are held.
    #[must_use]
    pub fn interactions_held(&self) -> usize {
        self.interactions.len()
    }

    /// The source watermark that the task has staged or passed; the minimum over organisations.
    #[must_use]
    pub fn source_watermark(&self) -> Option<InstantMs> {
        self.plans.orgs().map(|(_, plan)| plan.completeness.watermark).min()
    }

    fn range(&self) -> OwnedRange {
        owned_range(&self.progress).unwrap_or(OwnedRange::EVERYTHING)
    }

    fn leg_row(&mut self, key: &LegKey, value: Option<Vec<u8>>) -> Result<(), TopologyError> {
        self.outputs.push(Produce {
            topic: topic::LEGS.to_owned(),
            partition: Some(self.partition),
            key: Some(self.codecs.leg_key.framed(key)?),
            value,
            ..Produce::default()
        });
        Ok(())
    }

    /// Applies the watermarks that the position reaches, and settles what is due.
    fn advance(&mut self) -> Result<(), TopologyError> {
        if !self.alone {
            return Ok(());
        }
        let moved = self.plans.advance(self.partition, self.progress.input_offset);
        if moved.is_empty() {
            return Ok(());
        }
        self.announce = true;
        self.changed = true;
        for org_id in moved {
            let Some(plan) = self.plans.org(&org_id) else {
                continue;
            };
            let watermark = plan.completeness.watermark;
            self.enter_days(&org_id, watermark);
            for id in self.interactions.settling_before(watermark) {
                self.settle(&id, &org_id, watermark)?;
            }
        }
        Ok(())
    }

    fn settle(&mut self, id: &str, org_id: &str, watermark: InstantMs) -> Result<(), TopologyError> {
        // Held at the watermark before, so not let go of yet, although this one may have leapt over the horizon.
        let old = self.legs_held(id, None)?;
        if old.first().is_none_or(|leg| leg.org_id != org_id) {
            return Ok(());
        }
        // A leg of rules that nobody knows any more is being replayed: it is measured anew when it comes.
        let settled = |leg: &Leg| settle(leg, self.rules.of_version(&leg.rules_version)?, watermark);
        let new: Vec<Leg> = old.iter().map(|leg| settled(leg).unwrap_or_else(|| leg.clone())).collect();
        if new != old {
            self.counts.settled += 1;
            self.replace(id, &old, &new)?;
        }
        Ok(())
    }

    fn legs_held(&self, id: &str, watermark: Option<InstantMs>) -> Result<Vec<Leg>, AvroError> {
        let held = self.interactions.at(id, watermark);
        held.map_or(Ok(Vec::new()), |held| held.legs.iter().map(|body| self.codecs.leg.read_body(body)).collect())
    }

    fn watermark_of(&self, org_id: &str) -> Option<InstantMs> {
        self.plans.org(org_id).map(|plan| plan.completeness.watermark)
    }
}

/// The reading that a leg row was made from.
fn reading_of(leg: &Leg) -> Reading {
    Reading { version: leg.version, content_hash: leg.content_hash, rules: rules_number(&leg.rules_version) }
}
