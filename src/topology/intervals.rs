//! The intervals task: contributions in, KPI rows out. Pure.

use std::collections::BTreeMap;

use hashbrown::HashSet;

use super::claims::Claims;
use super::error::TopologyError;
use super::partition::partition_of;
use super::passed::Passed;
use super::record::{InputRecord, Produce, topic};
use super::row_codecs::RowCodecs;
use super::rows::{Rows, interval_of};
use super::rules_change::forget_previous;
use super::rules_history::RulesHistory;
use super::setup::{TaskSetup, row_floor};
use super::tally::{Tally, Written};
use crate::avro::Codec;
use crate::domain::contribution::{Contribution, ContributionKey, ContributionRow};
use crate::domain::progress::{Progress, ProgressKey, Room};
use crate::domain::range::OwnedRange;
use crate::domain::row::RowResult;
use crate::domain::sums::Sums;
use crate::domain::time::InstantMs;
use crate::emit::finality::{Completeness, result};
use crate::emit::row::{Publication, row};
use crate::window::accumulator::Accumulator;
use crate::window::addition::{Addition, Attributes};
use crate::window::distribution::Distribution;
use crate::window::row_key::{RowKey, RowTopic};
use crate::window::spans::Spans;

mod restore;

/// One partition of `contributions`.
#[derive(Debug)]
pub struct IntervalsTask {
    setup: TaskSetup,
    rules: RulesHistory,
    partition: i32,
    rows: Rows,
    progress: Progress,
    passed: Passed,
    // The rows of the pipeline as its legs tasks say.
    own: Option<OwnedRange>,
    // Whose rows are none of the task's while its own range is not known.
    others: Claims,
    committed: (Progress, Passed),
    // Rows whose figures changed in this transaction, as opposed to rows that only became final.
    touched: HashSet<RowKey>,
    // Rows that replay has rebuilt in this transaction: no held range touches them any more.
    replaced: HashSet<RowKey>,
    started: bool,
    changed: bool,
    // Rows of the transaction, and what committed ones have counted.
    written: Written,
    tally: Tally,
    codecs: Codecs,
}

/// How complete an organisation's input is.
#[derive(Debug, Default)]
struct Known {
    now: Option<Completeness>,
    before: Option<Completeness>,
}

#[derive(Debug, Default)]
struct Codecs {
    contribution_key: Codec<ContributionKey>,
    contribution: Codec<Contribution>,
    rows: RowCodecs,
    progress_key: Codec<ProgressKey>,
    progress: Codec<Progress>,
}

impl IntervalsTask {
    /// Begins taking over from `progress`, or from nothing; KPI rows are then given to [`IntervalsTask::restore`].
    ///
    /// # Errors
    /// When `progress` was made by other rules, partition counts or framing.
    pub fn new(setup: TaskSetup, partition: i32, progress: Option<Progress>) -> Result<IntervalsTask, TopologyError> {
        if let Some(progress) = &progress {
            setup.accept(progress)?;
        }
        let progress = progress.unwrap_or_else(|| setup.fresh_progress());
        let passed = Passed::restored(&progress.passed);
        Ok(IntervalsTask {
            rules: setup.history(&progress)?,
            setup,
            partition,
            rows: Rows::default(),
            committed: (progress.clone(), passed.clone()),
            progress,
            passed,
            own: None,
            others: Claims::default(),
            touched: HashSet::new(),
            replaced: HashSet::new(),
            started: false,
            changed: true,
            written: Written::default(),
            tally: Tally::default(),
            codecs: Codecs::default(),
        })
    }

    /// The KPI topics that hold the task's state, without the prefix.
    #[must_use]
    pub fn state_topics(setup: &TaskSetup) -> Vec<String> {
        let config = &setup.rules.config;
        let topics = RowTopic::all(&config.families, &config.grains, &config.attribution);
        topics.into_iter().map(|topic| topic.name(config.attribution[0])).collect()
    }

    /// Stages a record of `contributions`.
    ///
    /// # Errors
    /// When it cannot be read, or speaks of a row that no longer can change: then nothing may be published.
    pub fn input(&mut self, record: InputRecord<'_>) -> Result<(), TopologyError> {
        self.changed = true;
        let unreadable = |source| TopologyError::State { what: topic::CONTRIBUTIONS, offset: record.offset, source };
        let read = self.codecs.contribution.read_framed(record.value.unwrap_or_default()).map_err(unreadable)?;
        if let Some(passed) = read.watermark {
            self.passed.take(passed);
        }
        if let Some(addition) = read.row {
            let key = self.codecs.contribution_key.read_framed(record.key.unwrap_or_default()).map_err(unreadable)?;
            self.add(&key, addition, record.offset)?;
        }
        self.progress.input_offset = record.offset + 1;
        Ok(())
    }

    /// Moves the position over offsets that hold no records for the task; not before the first record, so that the position
    /// tells whether there was any ([`Progress::has_begun`]). Nothing but the task itself has its input purged.
    pub fn skip_to(&mut self, input_offset: i64) {
        if 0 < self.progress.input_offset && self.progress.input_offset < input_offset {
            self.progress.input_offset = input_offset;
            self.changed = true;
        }
    }

    /// The next input offset with everything staged.
    #[must_use]
    pub fn staged_input_offset(&self) -> i64 {
        self.progress.input_offset
    }

    /// Whether a transaction is worth while.
    #[must_use]
    pub fn has_staged(&self) -> bool {
        self.changed || !self.started
    }

    /// Everything that the transaction is to hold: rows that changed or closed, progress.
    ///
    /// # Errors
    /// When a row would be wrong, or cannot be encoded.
    pub fn outputs(&mut self, now: InstantMs) -> Result<Vec<Produce>, TopologyError> {
        self.started = true;
        self.close_rows();
        let mut outputs = Vec::new();
        let known = self.known();
        let nothing = Known::default();
        for (key, mut staged) in self.rows.take_staged() {
            if let Some(broken) = staged.broken() {
                return Err(TopologyError::Broken(format!("{broken} in {key:?}")));
            }
            let known = known.get(key.key.org_id()).unwrap_or(&nothing);
            let restatements = staged.restatements;
            if self.decide(&key, &mut staged, known) {
                staged.revision += 1;
                let restated = restatements < staged.restatements;
                let age_ms = || now - interval_of(&key, self.setup.rules.config.zone).to;
                let age_ms = restated.then(age_ms);
                self.written.row(staged.result, age_ms);
                outputs.push(self.row(&key, &staged, known, now)?);
            }
            self.rows.put(key, staged);
        }
        if self.progress.range_start.is_none() {
            let config = &self.setup.rules.config;
            if let Some(start) = self.passed.extract_start() {
                let range = config.range.owned(start, config.zone)?;
                (self.progress.range_start, self.progress.range_end) = (Some(range.start), range.end);
            }
        }
        self.progress.passed = self.passed.received();
        self.progress.written_at = now;
        if let Some(floor) = self.row_floor() {
            forget_previous(&mut self.progress, floor);
        }
        let key = ProgressKey { room: Room::Intervals.word().to_owned(), partition: self.partition };
        outputs.push(Produce {
            topic: topic::PROGRESS.to_owned(),
            partition: Some(self.partition),
            key: Some(self.codecs.progress_key.framed(&key)?),
            value: Some(self.codecs.progress.framed(&self.progress)?),
            ..Produce::default()
        });
        Ok(outputs)
    }

    /// The transaction is committed.
    pub fn promote(&mut self) {
        let zone = self.setup.rules.config.zone;
        self.rows.promote(|key| interval_of(key, zone).to);
        if let Some(floor) = self.row_floor() {
            self.rows.evict(floor);
        }
        self.committed = (self.progress.clone(), self.passed.clone());
        self.touched.clear();
        self.replaced.clear();
        self.changed = false;
        self.tally.add_rows(&std::mem::take(&mut self.written));
    }

    /// The transaction was aborted: the caller goes on from [`IntervalsTask::progress`].
    pub fn abort(&mut self) {
        self.rows.abort();
        (self.progress, self.passed) = self.committed.clone();
        self.touched.clear();
        self.replaced.clear();
        self.written = Written::default();
        self.changed = true;
    }

    /// The committed progress.
    #[must_use]
    pub fn progress(&self) -> &Progress {
        &self.committed.0
    }

    /// How many rows are held.
    #[must_use]
    pub fn rows_held(&self) -> usize {
        self.rows.len()
    }

    /// What the transactions that were committed since this was last asked have counted.
    pub fn take_tally(&mut self) -> Tally {
        std::mem::take(&mut self.tally)
    }

    /// The source watermark that all legs tasks have passed on; the minimum over organisations, `None` while one of them
    /// has said nothing.
    #[must_use]
    pub fn source_watermark(&self) -> Option<InstantMs> {
        let known = self.known();
        let watermarks = known.values().map(|known| known.now.as_ref().map(|now| now.watermark));
        watermarks.collect::<Option<Vec<_>>>()?.into_iter().min()
    }

    fn add(&mut self, key: &ContributionKey, said: ContributionRow, offset: i64) -> Result<(), TopologyError> {
        let broken = |what: &str| TopologyError::Broken(format!("{what} in contributions at offset {offset}"));
        let first = self.setup.rules.config.attribution[0];
        let topic = RowTopic::from_name(&key.topic, first).ok_or_else(|| broken("an unknown topic"))?;
        let row_key = self.codecs.rows.read_key(topic.family, &key.row)?;
        debug_assert_eq!(partition_of(&key.row, self.setup.contributions_partitions), self.partition);
        let addition = Addition {
            sums: Sums::decode(&said.sums).ok_or_else(|| broken("unreadable sums"))?,
            handle: Distribution::decode(&said.handle).ok_or_else(|| broken("unreadable handle times"))?,
            wait: Distribution::decode(&said.wait).ok_or_else(|| broken("unreadable waits"))?,
            attributes: Attributes {
                version: said.attributes_version,
                queue_name: said.queue_name,
                service_level_target_ms: said.service_level_target_ms,
            },
            spans: Spans::decode(&said.spans, 0).ok_or_else(|| broken("unreadable busy spans"))?,
            conversations: said.conversations,
            ..Addition::default()
        };
        let key = RowKey { topic, key: row_key };
        if let Some(revision) = said.replace_revision {
            let restatements = said.replace_restatements.unwrap_or(0);
            if let Some(state) = Accumulator::replaced(self.rows.at(&key), &addition, revision, restatements) {
                self.touched.insert(key.clone());
                self.replaced.insert(key.clone());
                self.rows.put(key, Box::new(state));
            }
            return Ok(());
        }
        match self.rows.at(&key) {
            Some(known) if known.holds(&addition) => return Ok(()),
            Some(_) => {}
            None => {
                let end = interval_of(&key, self.setup.rules.config.zone).to;
                if self.floor(key.key.org_id()).is_some_and(|floor| end <= floor) {
                    // Its state may have been let go: a new row over an old one would lose all that the old one said.
                    return Err(broken("a contribution to a row that is too old to change"));
                }
            }
        }
        self.rows.staged_mut(&key).apply(&addition);
        self.touched.insert(key);
        Ok(())
    }

    /// Stages committed rows that became final, or whose held ranges changed.
    fn close_rows(&mut self) {
        let known = self.completeness();
        for (org_id, completeness) in &known {
            let before = self.committed.1.completeness(org_id, self.setup.interactions_partitions);
            let held_before = before.map_or_else(Vec::new, |before| before.held);
            let due = if held_before == completeness.held {
                self.rows.due(org_id, completeness, self.setup.rules.config.grace_ms)
            } else {
                // Closed rows too: a comparison may find a loss after they have closed, or find it made good.
                let ranges = held_before.iter().chain(&completeness.held);
                let touched = ranges.map(|held| held.from).min().unwrap_or(InstantMs::MAX);
                let mut due = self.rows.provisional(org_id);
                due.extend(self.rows.ending_after(org_id, touched));
                due
            };
            for key in due {
                self.rows.stage(key);
            }
        }
    }

    /// Sets the row's result and held; whether it differs from what was last published.
    fn decide(&self, key: &RowKey, staged: &mut Accumulator, known: &Known) -> bool {
        let interval = interval_of(key, self.setup.rules.config.zone);
        let first = staged.revision < 0;
        // A row of zeros that dense mode asked for changes nothing, however late it is first said.
        let changed = self.touched.contains(key) && !(first && staged.is_zero());
        let (before_result, before_held) = (staged.result, staged.held);
        let provisional = before_result == RowResult::Provisional;
        let holds = |known: &Completeness| !self.replaced.contains(key) && known.holds(&interval);
        // A row that has closed keeps its result; what is found to be missing afterwards is said all the same. What was
        // held before it closed is made good.
        let found_since = match (&known.now, &known.before) {
            (Some(now), Some(before)) => now.holds_more_than(before, &interval),
            _ => false,
        };
        staged.held = (provisional || before_held || found_since) && known.now.as_ref().is_some_and(holds);
        let grace_ms = self.setup.rules.config.grace_ms;
        let has_passed = |known: &Completeness| known.has_passed(interval.to, grace_ms) && !holds(known);
        let passed = known.now.as_ref().is_some_and(has_passed);
        // Whether it had passed before this transaction: only then does a first publication come too late.
        let passed_before = known.before.as_ref().is_some_and(has_passed);
        staged.result = result(before_result, first && passed_before, passed, changed);
        if staged.result == RowResult::Corrected && changed {
            staged.restatements += 1;
        }
        first || changed || staged.result != before_result || staged.held != before_held
    }

    fn row(&self, key: &RowKey, staged: &Accumulator, known: &Known, now: InstantMs) -> Result<Produce, TopologyError> {
        let source_watermark = known.now.as_ref().map(|known| known.watermark);
        let publication = Publication { source_watermark, computed_at: now };
        let value = row(key, staged, publication, self.rules.at(key.key.interval_start()));
        Ok(Produce {
            topic: key.topic.name(self.setup.rules.config.attribution[0]),
            partition: Some(self.partition),
            key: Some(self.codecs.rows.framed_key(&key.key)?),
            value: Some(self.codecs.rows.framed_row(&value)?),
            // Sinks partition files by record timestamps: the interval's start puts a row in the same place every time.
            timestamp: Some(key.key.interval_start()),
            ..Produce::default()
        })
    }

    fn completeness(&self) -> BTreeMap<String, Completeness> {
        let of = |org_id: String| {
            let known = self.passed.completeness(&org_id, self.setup.interactions_partitions)?;
            Some((org_id, known))
        };
        self.passed.orgs().into_iter().filter_map(of).collect()
    }

    /// The same for every organisation, before this transaction and with it.
    fn known(&self) -> BTreeMap<String, Known> {
        let partitions = self.setup.interactions_partitions;
        let of = |org_id: String| {
            let now = self.passed.completeness(&org_id, partitions);
            let before = self.committed.1.completeness(&org_id, partitions);
            (org_id, Known { now, before })
        };
        self.passed.orgs().into_iter().map(of).collect()
    }

    /// The lowest floor of all organisations.
    fn row_floor(&self) -> Option<InstantMs> {
        let floors = self.passed.orgs().into_iter().map(|org_id| self.floor(&org_id)).collect::<Option<Vec<_>>>();
        floors.and_then(|floors| floors.into_iter().min())
    }

    fn floor(&self, org_id: &str) -> Option<InstantMs> {
        let known = self.passed.completeness(org_id, self.setup.interactions_partitions)?;
        Some(row_floor(known.watermark, &self.setup.rules))
    }
}
