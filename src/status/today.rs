//! The intervals of a day, queue by queue, as the page shows them. Pure: rows come in, in the order of their offsets.
//!
//! The day is the local day of `kpi.zone` that it is now; as long as that has no rows, the newest that has some: a
//! backfill lies in the past. Only these two are kept, whatever else stands on the topic.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use serde::Serialize;
use xxhash_rust::xxh64::Xxh64;

use super::compared::{Comparisons, Reconciled, Theirs};
use crate::domain::attribution::Basis;
use crate::domain::interval::{Grain, day_start, local_start};
use crate::domain::media::MediaType;
use crate::domain::reconciliation::{Reconciliation, ReconciliationKey};
use crate::domain::row::{QueueInterval, QueueIntervalKey, RowResult};
use crate::domain::time::InstantMs;

/// Most rows that are kept of a day; more are counted and left out.
///
/// Smaller: an organisation with many queues, skills and languages is not shown whole. Larger: more memory: a row takes
/// about 300 bytes.
pub const ROWS_MAX: usize = 200_000;

/// Which rows of which pipeline are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// `pipeline.name`.
    pub pipeline: String,
    /// `kpi.zone`.
    pub zone: Tz,
    /// The finest grain of `kpi.grains`.
    pub grain: Grain,
    /// The first basis of `kpi.attribution`.
    pub basis: Basis,
}

/// A day of a pipeline.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Today {
    /// `pipeline.name`.
    pub pipeline: String,
    /// The local date, `2026-01-02`; empty while no row was read.
    pub day: String,
    /// Whether it is the day that it is now.
    pub is_current: bool,
    /// First instant of the day.
    pub from: InstantMs,
    /// First instant after it.
    pub to: InstantMs,
    /// `kpi.zone`.
    pub zone: String,
    /// Grain of the rows: `pt30m`.
    pub grain: String,
    /// Which interval a leg belongs to: `start`.
    pub basis: String,
    /// Queues, those that handled most first.
    pub queues: Vec<QueueDay>,
    /// Comparisons of this day with the platform; where it has none, of the newest day that has.
    pub reconciliation: Vec<Reconciled>,
    /// Rows beyond [`ROWS_MAX`].
    pub left_out: u64,
    /// Why the rows may not be all, or not the newest; empty where they are.
    pub problem: String,
}

/// A queue and medium over a day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QueueDay {
    /// Short name in addresses; the same as long as the queue is the same.
    pub key: String,
    /// Tenant.
    pub org_id: String,
    /// Id; empty for legs without a queue.
    pub id: String,
    /// Name as last known; the id where none is.
    pub name: String,
    /// Medium.
    pub media: String,
    /// Skills, where rows are split by them.
    pub skill_set: String,
    /// Language, where rows are split by it.
    pub language: String,
    /// Sum of the rows' `handled`.
    pub handled: i64,
    /// Sum of the rows' `offered`.
    pub offered: i64,
    /// Sum of the rows' `abandoned`.
    pub abandoned: i64,
    /// Sum of handle times by `handled`, in milliseconds; `None` when none was handled.
    pub aht_ms: Option<f64>,
    /// What the platform says of this queue and day, every medium together.
    pub theirs: Option<Theirs>,
    /// Its rows, by their start.
    pub rows: Vec<IntervalCell>,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IntervalCell {
    /// First instant.
    pub start: InstantMs,
    /// First instant after it.
    pub end: InstantMs,
    /// Local time of the start, with its offset.
    pub local_start: String,
    /// Legs handled.
    pub handled: i64,
    /// Their handle time, in milliseconds.
    pub handle_ms: i64,
    /// AHT in milliseconds; `None` when none was handled.
    pub aht_ms: Option<f64>,
    /// 90th percentile of handle times in milliseconds.
    pub p90_ms: Option<i64>,
    /// Offered.
    pub offered: i64,
    /// Answered.
    pub answered: i64,
    /// Abandoned.
    pub abandoned: i64,
    /// Share that was answered within the target.
    pub service_level: Option<f64>,
    /// Whether it may still change.
    pub result: RowResult,
    /// It touches a range that is held.
    pub held: bool,
    /// Publications of the row, from 0.
    pub revision: i32,
    /// Changes after it was final.
    pub restatements: i32,
    /// Of a row that was restated: its AHT when it was first final; `None` where that record is gone.
    pub first_aht_ms: Option<f64>,
    /// What the platform says of this queue and interval, every medium together.
    pub theirs: Option<Theirs>,
}

#[derive(Debug, Default)]
struct Day {
    rows: BTreeMap<QueueIntervalKey, Kept>,
    left_out: u64,
}

#[derive(Debug)]
struct Kept {
    name: Option<String>,
    // AHT as it was first final.
    settled_aht_ms: Option<f64>,
    cell: IntervalCell,
}

/// The rows of the days that may be shown.
#[derive(Debug)]
pub struct TodayRows {
    shown: Shown,
    days: BTreeMap<i32, Day>,
    compared: Comparisons,
    rows_max: usize,
}

impl TodayRows {
    /// No rows yet.
    #[must_use]
    pub fn new(shown: Shown) -> TodayRows {
        TodayRows { shown, days: BTreeMap::new(), compared: Comparisons::default(), rows_max: ROWS_MAX }
    }

    /// Takes the newest row of a key, or that it is gone.
    pub fn take_row(&mut self, key: QueueIntervalKey, row: Option<QueueInterval>, now: InstantMs) {
        let date = local_start(key.interval_start, self.shown.zone).date_days;
        let Some(row) = row else {
            if let Some(day) = self.days.get_mut(&date) {
                day.rows.remove(&key);
            }
            return;
        };
        let today = local_start(now, self.shown.zone).date_days;
        // An older day than the newest is of no use, unless it is today's: a newer one may be a clock that is ahead.
        if date != today && self.days.last_key_value().is_some_and(|(newest, _)| date < *newest) {
            return;
        }
        let rows_max = self.rows_max;
        let day = self.days.entry(date).or_default();
        if rows_max <= day.rows.len() && !day.rows.contains_key(&key) {
            day.left_out += 1;
            return;
        }
        let before = day.rows.get(&key).and_then(|kept| kept.settled_aht_ms);
        day.rows.insert(key, Kept::of(row, before));
        let newest = self.days.keys().next_back().copied();
        self.days.retain(|date, _| *date == today || Some(*date) == newest);
    }

    /// Takes the newest comparison of a key, or that it is gone.
    pub fn take_comparison(&mut self, key: &ReconciliationKey, record: Option<Reconciliation>) {
        self.compared.take(key, record);
    }

    /// The day as it is to be shown now.
    #[must_use]
    pub fn day(&self, now: InstantMs) -> Today {
        let zone = self.shown.zone;
        let today = local_start(now, zone).date_days;
        let chosen = self.days.get_key_value(&today).filter(|(_, day)| !day.rows.is_empty());
        let chosen = chosen.or_else(|| self.days.last_key_value().filter(|(_, day)| !day.rows.is_empty()));
        let mut shown = Today::empty(&self.shown);
        let Some((date, day)) = chosen else { return shown };
        let date_of = |days: i32| chrono::NaiveDate::default() + chrono::Duration::days(i64::from(days));
        shown.day = date_of(*date).to_string();
        shown.is_current = *date == today;
        shown.from = day_start(date_of(*date), zone);
        shown.to = day_start(date_of(date.saturating_add(1)), zone);
        shown.left_out = day.left_out;
        shown.reconciliation = self.compared.of_day(shown.from, shown.to);
        let mut queues: BTreeMap<Place<'_>, QueueDay> = BTreeMap::new();
        for (key, kept) in &day.rows {
            let of = || self.queue(key, shown.from, shown.to);
            let queue = queues.entry(Place::of(key)).or_insert_with(of);
            queue.take(kept, self.compared.of_queue(key, kept.cell.start, kept.cell.end));
        }
        shown.queues = queues.into_values().collect();
        shown.queues.sort_by(|a, b| b.handled.cmp(&a.handled).then_with(|| a.name.cmp(&b.name)));
        shown
    }

    fn queue(&self, key: &QueueIntervalKey, from: InstantMs, to: InstantMs) -> QueueDay {
        QueueDay {
            key: Place::of(key).short(),
            org_id: key.org_id.clone(),
            id: key.queue_id.clone(),
            name: if key.queue_id.is_empty() { "(no queue)".to_owned() } else { key.queue_id.clone() },
            media: key.media_type.symbol().to_owned(),
            skill_set: key.skill_set.clone(),
            language: key.language.clone(),
            handled: 0,
            offered: 0,
            abandoned: 0,
            aht_ms: None,
            theirs: self.compared.of_queue(key, from, to),
            rows: Vec::new(),
        }
    }
}

impl Today {
    /// A day of which nothing is known yet.
    #[must_use]
    pub fn empty(shown: &Shown) -> Today {
        Today {
            pipeline: shown.pipeline.clone(),
            day: String::new(),
            is_current: false,
            from: 0,
            to: 0,
            zone: shown.zone.name().to_owned(),
            grain: shown.grain.word().to_owned(),
            basis: shown.basis.word().to_owned(),
            queues: Vec::new(),
            reconciliation: Vec::new(),
            left_out: 0,
            problem: String::new(),
        }
    }
}

impl QueueDay {
    fn take(&mut self, kept: &Kept, theirs: Option<Theirs>) {
        if let Some(name) = &kept.name {
            self.name.clone_from(name);
        }
        self.rows.push(IntervalCell { theirs, ..kept.cell.clone() });
        self.handled += kept.cell.handled;
        self.offered += kept.cell.offered;
        self.abandoned += kept.cell.abandoned;
        let handle_ms: i64 = self.rows.iter().map(|row| row.handle_ms).sum();
        self.aht_ms = (0 < self.handled).then(|| handle_ms as f64 / self.handled as f64);
    }
}

impl Kept {
    fn of(row: QueueInterval, settled_before: Option<f64>) -> Kept {
        let is_first_final = row.restatements == 0 && row.result != RowResult::Provisional;
        let settled_aht_ms = if is_first_final { row.aht_ms } else { settled_before };
        let cell = IntervalCell {
            start: row.interval_start,
            end: row.interval_end,
            local_start: row.local_start,
            handled: row.handled,
            handle_ms: row.handle_ms_sum,
            aht_ms: row.aht_ms,
            p90_ms: row.p90_handle_ms,
            offered: row.offered,
            answered: row.answered,
            abandoned: row.abandoned,
            service_level: row.service_level,
            result: row.result,
            held: row.held,
            revision: row.revision,
            restatements: row.restatements,
            first_aht_ms: settled_aht_ms.filter(|_| 0 < row.restatements),
            theirs: None,
        };
        Kept { name: row.queue_name, settled_aht_ms, cell }
    }
}

/// A queue, medium and what else rows are split by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place<'a>(&'a str, &'a str, MediaType, &'a str, &'a str);

impl<'a> Place<'a> {
    fn of(key: &'a QueueIntervalKey) -> Place<'a> {
        Place(&key.org_id, &key.queue_id, key.media_type, &key.skill_set, &key.language)
    }

    fn short(self) -> String {
        let mut hash = Xxh64::new(0);
        for part in [self.0, self.1, self.2.symbol(), self.3, self.4] {
            hash.update(part.as_bytes());
            hash.update(&[0]);
        }
        format!("{:016x}", hash.digest())
    }
}

#[cfg(test)]
pub(super) mod tests;
