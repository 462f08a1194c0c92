//! Pure: the rules that the records of a topic keep in their order, each key by itself.

use std::collections::BTreeMap;
use std::fmt::Debug;

use handletime::domain::leg::{Leg, LegKey};
use handletime::domain::progress::{Progress, ProgressKey};
use handletime::domain::row::RowResult;
use handletime::domain::time::{DurationMs, InstantMs};
use handletime::emit::revised::Revised;
use handletime::simulate::comparison::Revisions;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What the rules depend on.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// `kpi.grace.ms`.
    pub grace_ms: DurationMs,
    /// `extract.end`: a row may close early only because nothing at or after it is ever read.
    pub extract_end: InstantMs,
    /// `extract.end` of the pipeline that fills in history, if any does: it owns the rows that end by then.
    pub history_end: Option<InstantMs>,
    /// Whether the platform opens interactions again that were over: what they say of a row comes, goes and comes again.
    pub opens_again: bool,
}

/// The one number of a row that may be negative: a zone west of Greenwich.
const SIGNED: &str = "utc_offset_s";

/// What rows of every family say of themselves.
#[derive(Clone, Copy, Debug, Deserialize)]
struct Standing {
    interval_end: InstantMs,
    revision: i32,
    restatements: i32,
    result: RowResult,
    held: bool,
    source_watermark: Option<InstantMs>,
}

/// What is wrong with the rows of one KPI topic, of whatever family.
pub fn broken_rows<K: Ord + Debug, R: Serialize>(rows: &[(K, R)], rules: Rules) -> Vec<String> {
    let mut broken = Vec::new();
    let mut before: BTreeMap<&K, Standing> = BTreeMap::new();
    for (key, row) in rows {
        let fields = serde_json::to_value(row).expect("a row is JSON");
        let row = Standing::deserialize(&fields).unwrap_or_else(|error| panic!("no KPI row: {error}: {fields}"));
        let mut say = |what: String| broken.push(format!("{what} in revision {} of {key:?}", row.revision));
        negative(&fields).into_iter().for_each(&mut say);
        let earlier = before.insert(key, row);
        // Counted from 0. Every publication is a committed record, so none may be missing either.
        let expected = earlier.map_or(0, |earlier| earlier.revision + 1);
        if row.revision != expected {
            say(format!("revision {} where {expected} was due", row.revision));
        }
        if let Some(earlier) = earlier {
            if !may_follow(earlier.result, row.result) {
                say(format!("{:?} after {:?}", row.result, earlier.result));
            }
            if row.restatements < earlier.restatements {
                say(format!("{} restatements after {}", row.restatements, earlier.restatements));
            }
        }
        if row.result != RowResult::Provisional && !may_be_closed(row, rules) {
            say(format!("{:?} at a watermark of {:?}", row.result, row.source_watermark));
        }
        if row.result != RowResult::Provisional && row.held {
            say(format!("{:?} in a range that is held", row.result));
        }
    }
    broken
}

/// What is needless among the revisions of the rows of one KPI topic, and how many revisions rows had. A platform that
/// opens nothing again gives no row a reason to return to what it measured before, but for those that had one of the legs
/// that were `taken_back`.
pub fn needless_revisions<K, R: Serialize>(
    topic: &str,
    rows: &[(K, R)],
    rules: Rules,
    taken_back: &[Stood],
) -> (Vec<String>, Revised) {
    // Rows that may return, and the others.
    let mut both = [(); 2].map(|()| Revisions::of_topic(topic).unwrap_or_else(|| panic!("{topic} is no KPI topic")));
    for (_, row) in rows {
        let row = serde_json::to_value(row).expect("a row is JSON");
        let may_return = rules.opens_again || taken_back.iter().any(|leg| leg.is_of(&row));
        both[usize::from(!may_return)].take(&row);
    }
    let found = both[0].repeated().iter().chain(both[1].repeated()).chain(both[1].returned());
    (found.cloned().collect(), both.iter().flat_map(Revisions::counts).collect())
}

/// Where a leg that is not dropped stands among the rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Stood {
    pub start: InstantMs,
    pub end: InstantMs,
    /// By the names that rows have for them.
    pub dimensions: [(&'static str, Value); 3],
}

impl Stood {
    /// `None` for a leg that is dropped, or that never began.
    pub fn of(leg: &Leg) -> Option<Stood> {
        let start = leg.start.filter(|_| leg.drop_reason.is_none())?;
        let id = |id: &Option<String>| Value::from(id.clone().unwrap_or_default());
        let media_type = serde_json::to_value(leg.media_type).expect("a medium is a word");
        let dimensions = [("user_id", id(&leg.user_id)), ("queue_id", id(&leg.queue_id)), ("media_type", media_type)];
        Some(Stood { start, end: leg.end.unwrap_or(start), dimensions })
    }

    /// Whether the row's interval, and its dimensions where it has them, are those of the leg. Rows in total are of all media.
    fn is_of(&self, row: &Value) -> bool {
        let number = |name: &str| row[name].as_i64().unwrap_or_else(|| panic!("a row has {name}: {row}"));
        let from = number("interval_start");
        self.start < from + number("interval_length_s") * 1_000
            && from <= self.end
            && self
                .dimensions
                .iter()
                .all(|(name, value)| row.get(name).is_none_or(|told| told == value || told == "ALL"))
    }
}

/// Where legs stood that are dropped or gone in the end, as when a wrap-up that comes late begins before its talk ends.
pub fn taken_back<K: Ord>(legs: impl IntoIterator<Item = (K, Option<Stood>)>) -> Vec<Stood> {
    let mut known = BTreeMap::<K, (Vec<Stood>, bool)>::new();
    for (key, leg) in legs {
        let (stood, stands) = known.entry(key).or_default();
        *stands = leg.is_some();
        stood.extend(leg);
    }
    known.into_values().filter(|(_, stands)| !stands).flat_map(|(stood, _)| stood).collect()
}

/// What is looked at of a leg.
#[derive(Clone, Copy, Debug)]
pub struct LegSight {
    pub version: InstantMs,
    pub lengths_ms: [(&'static str, DurationMs); 6],
}

impl From<&Leg> for LegSight {
    fn from(leg: &Leg) -> Self {
        let lengths_ms = [
            ("wait_ms", leg.wait_ms),
            ("talk_ms", leg.talk_ms),
            ("customer_hold_ms", leg.customer_hold_ms),
            ("system_hold_ms", leg.system_hold_ms),
            ("wrap_ms", leg.wrap_ms),
            ("handle_ms", leg.handle_ms),
        ];
        Self { version: leg.version, lengths_ms }
    }
}

/// What is wrong with the rows of legs, tombstones left out.
pub fn broken_legs(legs: &[(LegKey, LegSight)]) -> Vec<String> {
    let mut broken = Vec::new();
    let mut newest: BTreeMap<&LegKey, InstantMs> = BTreeMap::new();
    for (key, leg) in legs {
        for (name, length_ms) in leg.lengths_ms.iter().filter(|(_, length_ms)| *length_ms < 0) {
            broken.push(format!("legs: {name} is {length_ms} in {key:?}"));
        }
        let before = newest.insert(key, leg.version);
        if before.is_some_and(|before| leg.version < before) {
            broken.push(format!("legs: version {} after {before:?} of {key:?}", leg.version));
        }
    }
    broken
}

/// What is wrong with the positions of the tasks.
pub fn broken_progress(records: &[(ProgressKey, Progress)]) -> Vec<String> {
    let mut broken = Vec::new();
    let mut positions: BTreeMap<(&ProgressKey, String), i64> = BTreeMap::new();
    for (key, progress) in records {
        let mut said = vec![
            ("input_offset".to_owned(), progress.input_offset),
            ("watermarks_offset".to_owned(), progress.watermarks_offset),
            ("legs_floor_offset".to_owned(), progress.legs_floor_offset),
        ];
        said.extend(progress.source_partitions.iter().map(|known| {
            let name = format!("watermark of {} {}", known.org_id, known.source_partition);
            (name, known.watermark)
        }));
        said.extend(progress.passed.iter().map(|known| {
            let name = format!("watermark of {} from legs {}", known.org_id, known.legs_partition);
            (name, known.watermark)
        }));
        for (name, position) in said {
            let before = positions.insert((key, name.clone()), position);
            if before.is_some_and(|before| position < before) {
                let ProgressKey { room, partition } = key;
                broken.push(format!("progress: {name} is {position} after {before:?} in {room} {partition}"));
            }
        }
    }
    broken
}

fn negative(fields: &Value) -> Vec<String> {
    let fields = fields.as_object().into_iter().flatten().filter(|(name, _)| *name != SIGNED);
    let below = fields.filter(|(_, value)| value.as_f64().is_some_and(|value| value < 0.0));
    below.map(|(name, value)| format!("{name} is {value}")).collect()
}

fn may_follow(before: RowResult, after: RowResult) -> bool {
    use RowResult::{Corrected, Final, Provisional};
    matches!(
        (before, after),
        (Provisional, Provisional | Final | Corrected) | (Final, Final | Corrected) | (Corrected, Corrected)
    )
}

fn may_be_closed(row: Standing, rules: Rules) -> bool {
    // A closed plan says `extract.end`, and nothing later.
    let end = rules.history_end.filter(|end| row.interval_end <= *end).unwrap_or(rules.extract_end);
    row.source_watermark.is_some_and(|at| row.interval_end + rules.grace_ms <= at || end == at)
}

#[cfg(test)]
mod tests;
