//! The source offset: all that a restarted source knows of its predecessor. Pure; stored as JSON in every transaction.
//!
//! ```json
//! {"format": 2, "extract_start": ms, "plan_generation": n, "plan": [names of all source partitions], "version": ms,
//!  "cursor": ms, "slice": null | {the slice being read first},
//!  "revisits": [{"age_ms": ms, "cursor": ms}], "again": null | {"kind": …, "slice": {…}},
//!  "open_days": [{"day": ms, "open": n, "read_at": ms}], "open_given_up": n, "held": [{"from": ms, "to": ms}],
//!  "retries": [{"from": ms, "to": ms}], "request": n, "pace": {…}, "reconciled": ms, once something was compared,
//!  "in_flight": [queries that stand at the platform], where there are any}
//! ```
//!
//! WARNING: fields may be added with a default, never renamed; what an older program cannot read needs a new `format`.
//! The publisher keeps a field of its own beside these; unknown fields are ignored here.

use serde::{Deserialize, Serialize};

use super::pace::Pace;
use super::slice::SliceReading;
use crate::domain::time::{DurationMs, InstantMs, TimeRange};
use crate::genesys::query::flights::InFlight;

/// The layout that this program writes, and the newest that it reads.
pub const FORMAT: u32 = 2;

/// Why a slice is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// For the first time.
    First,
    /// Again, at an age of `extract.revisit.ms`.
    Revisit {
        /// That age.
        age_ms: i64,
    },
    /// A held range again, because an operator asked for it. Format 1 does not know it.
    Retry,
    /// A day again that had open interactions at its last reading.
    OpenDay {
        /// First instant of that UTC day.
        day: InstantMs,
    },
}

impl Kind {
    /// One word for traces.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Kind::First => "first",
            Kind::Revisit { .. } => "revisit",
            Kind::Retry => "retry",
            Kind::OpenDay { .. } => "open_day",
        }
    }

    /// Whether it is a later reading of that age or an older one. What was held is read as if for the first time.
    #[must_use]
    pub fn is_at_least(self, from_age_ms: i64) -> bool {
        match self {
            Kind::First | Kind::Retry => false,
            Kind::Revisit { age_ms } => from_age_ms <= age_ms,
            Kind::OpenDay { .. } => true,
        }
    }
}

/// One age's cursor: everything that starts before it was read at that age or later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevisitCursor {
    /// The age, as in `extract.revisit.ms`.
    pub age_ms: i64,
    /// First instant that was not read at that age.
    pub cursor: InstantMs,
}

/// A UTC day that had open interactions when it was read last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenDay {
    /// First instant of the day.
    pub day: InstantMs,
    /// How many were open.
    pub open: i64,
    /// Platform's instant of the earliest of the day's last readings.
    pub read_at: InstantMs,
}

/// A second or later reading of a slice that is under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Again {
    /// Why it is read.
    pub kind: Kind,
    /// How far it has come.
    pub slice: SliceReading,
    /// For an open day: its count when the reading began.
    #[serde(default)]
    pub open_before: i64,
    /// Only interactions that ended at or after this are published; `None`: all of them.
    #[serde(default)]
    pub ended_since: Option<InstantMs>,
}

/// See the file's head.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceOffset {
    /// Layout of the rest.
    pub format: u32,
    /// `extract.start` of the plan; it never changes.
    pub extract_start: InstantMs,
    /// Where reading began, when that is earlier: `extract.start` less `extract.lookback.ms` as it was then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_from: Option<InstantMs>,
    /// Counts the splits of the extraction.
    pub plan_generation: i64,
    /// The source partitions of that split, in order; empty in offsets of before there were any.
    #[serde(default)]
    pub plan: Vec<String>,
    /// The version that was given last; the next one is greater.
    pub version: InstantMs,
    /// Everything that starts before this was read once or is held: the watermark.
    pub cursor: InstantMs,
    /// The slice that is being read for the first time.
    pub slice: Option<SliceReading>,
    /// One cursor an age, ages ascending.
    pub revisits: Vec<RevisitCursor>,
    /// The slice that is being read again.
    pub again: Option<Again>,
    /// Days with open interactions, ascending.
    pub open_days: Vec<OpenDay>,
    /// Interactions that were open until they were too old to be asked for.
    #[serde(default)]
    pub open_given_up: i64,
    /// Ranges whose first reading was given up, ascending, apart from each other.
    pub held: Vec<TimeRange>,
    /// Held ranges that are to be read again on request.
    #[serde(default)]
    pub retries: Vec<TimeRange>,
    /// The number of the last request that was taken.
    #[serde(default)]
    pub request: i64,
    /// What the last readings have taught of the traffic.
    #[serde(default)]
    pub pace: Pace,
    /// Everything before this was compared with the platform's own figures; `None` while nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reconciled: Option<InstantMs>,
    /// Queries that were submitted and not deleted: a restarted source goes on with them, or deletes them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub in_flight: Vec<InFlight>,
}

/// Why a stored offset cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OffsetError {
    /// Not a source offset.
    #[error("the stored source offset cannot be read")]
    Unreadable(#[from] serde_json::Error),
    /// Written by a newer program.
    #[error("the stored source offset has format {found}, this program reads up to {FORMAT}")]
    Newer {
        /// Its format.
        found: u32,
    },
    /// The plan began elsewhere: what lies between would never be read.
    #[error(
        "extract.start is {configured}, but this source began at {stored}; use another pipeline.name for earlier time"
    )]
    StartDiffers {
        /// The setting.
        configured: String,
        /// The stored one.
        stored: String,
    },
}

impl SourceOffset {
    /// The offset of a source that has read nothing.
    #[must_use]
    pub fn new(extract_start: InstantMs) -> SourceOffset {
        SourceOffset {
            format: FORMAT,
            extract_start,
            read_from: None,
            plan_generation: 0,
            plan: Vec::new(),
            version: InstantMs::MIN,
            cursor: extract_start,
            slice: None,
            revisits: Vec::new(),
            again: None,
            open_days: Vec::new(),
            open_given_up: 0,
            held: Vec::new(),
            retries: Vec::new(),
            request: 0,
            pace: Pace::default(),
            reconciled: None,
            in_flight: Vec::new(),
        }
    }

    /// The same, reading from so long before `extract_start` on: what began there may still reach into the range.
    #[must_use]
    pub fn looking_back(self, lookback_ms: DurationMs) -> SourceOffset {
        let from = self.extract_start - lookback_ms;
        SourceOffset { read_from: (0 < lookback_ms).then_some(from), cursor: from, ..self }
    }

    /// The first instant that is read.
    #[must_use]
    pub fn first_read(&self) -> InstantMs {
        self.read_from.unwrap_or(self.extract_start)
    }

    /// Reads a stored offset.
    ///
    /// # Errors
    /// When it is not one, or is of a newer format.
    pub fn from_json(json: &str) -> Result<SourceOffset, OffsetError> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let Format { format } = serde_json::from_str(json)?;
        if FORMAT < format {
            return Err(OffsetError::Newer { found: format });
        }
        // Older formats lack fields, which have defaults; what is written from now on is the newest.
        Ok(SourceOffset { format: FORMAT, ..serde_json::from_str(json)? })
    }

    /// Writes it.
    ///
    /// # Panics
    /// Never: numbers and text always serialize.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("numbers, text and lists of them always serialize")
    }

    /// Adds a held range; ranges that touch become one.
    pub fn hold(&mut self, range: TimeRange) {
        self.held.push(range);
        self.held.sort_unstable();
        let mut joined: Vec<TimeRange> = Vec::with_capacity(self.held.len());
        for range in self.held.drain(..) {
            match joined.last_mut() {
                Some(last) if range.from <= last.to => last.to = last.to.max(range.to),
                _ => joined.push(range),
            }
        }
        self.held = joined;
    }

    /// Queues what is held of these ranges to be read again; ranges that are queued already are not queued twice.
    pub fn ask_again(&mut self, ranges: &[TimeRange]) {
        let held = self.held.clone();
        for range in ranges {
            for held in held.iter().filter(|held| held.intersects(range)) {
                let wanted = TimeRange { from: range.from.max(held.from), to: range.to.min(held.to) };
                let queued = self.retries.clone();
                self.retries.extend(queued.iter().fold(vec![wanted], |left, queued| without(&left, *queued)));
            }
        }
        self.retries.sort_unstable();
    }

    /// The next version for an answer that speaks for `sent_at`: greater than every one before.
    pub fn next_version(&mut self, sent_at: InstantMs) -> InstantMs {
        self.version = sent_at.max(self.version.saturating_add(1));
        self.version
    }
}

/// What of the ranges lies outside `cut`.
#[must_use]
pub fn without(ranges: &[TimeRange], cut: TimeRange) -> Vec<TimeRange> {
    let parts = |range: &TimeRange| {
        let before = TimeRange { to: range.to.min(cut.from), ..*range };
        let behind = TimeRange { from: range.from.max(cut.to), ..*range };
        if range.intersects(&cut) { [before, behind] } else { [*range, TimeRange { to: range.from, ..*range }] }
    };
    ranges.iter().flat_map(parts).filter(|part| part.from < part.to).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_reads_back_as_it_was_written_and_ignores_the_publishers_field() {
        let mut offset = SourceOffset::new(5);
        let mut slice = SliceReading::new(5, 10);
        slice.take(Some(7), crate::extract::counts::Taken::Open);
        offset.slice = Some(slice.clone());
        offset.again = Some(Again { kind: Kind::Revisit { age_ms: 3 }, slice, open_before: 0, ended_since: None });
        offset.revisits.push(RevisitCursor { age_ms: 3, cursor: 6 });
        let json = offset.to_json();
        assert_eq!(SourceOffset::from_json(&json).unwrap(), offset);
        let with_field = json.replacen('{', r#"{"interactions_offsets":[1,2],"#, 1);
        assert_eq!(SourceOffset::from_json(&with_field).unwrap(), offset);
    }

    #[test]
    fn the_stored_layout_is_this_one() {
        let json = SourceOffset::new(5).to_json();
        let expected = r#"{"format":2,"extract_start":5,"plan_generation":0,"plan":[],"version":-9223372036854775808,"cursor":5,"slice":null,"revisits":[],"again":null,"open_days":[],"open_given_up":0,"held":[],"retries":[],"request":0,"pace":{"slice_ms":null,"fits":null,"window_ms":null}}"#;
        assert_eq!(json, expected);
    }

    #[test]
    fn a_newer_format_and_something_else_are_refused() {
        assert!(matches!(SourceOffset::from_json(r#"{"format":3}"#), Err(OffsetError::Newer { found: 3 })));
        assert!(matches!(SourceOffset::from_json(r#"{"uri":"x"}"#), Err(OffsetError::Unreadable(_))));
    }

    #[test]
    fn held_ranges_that_touch_become_one() {
        let mut offset = SourceOffset::new(0);
        for (from, to) in [(20, 30), (0, 10), (10, 12), (25, 40)] {
            offset.hold(TimeRange { from, to });
        }
        assert_eq!(offset.held, [TimeRange { from: 0, to: 12 }, TimeRange { from: 20, to: 40 }]);
    }

    #[test]
    fn a_request_queues_what_is_held_of_it_once() {
        let range = |from, to| TimeRange { from, to };
        let mut offset = SourceOffset::new(0);
        offset.held = vec![range(10, 30), range(50, 60)];
        offset.ask_again(&[range(20, 55)]);
        assert_eq!(offset.retries, [range(20, 30), range(50, 55)]);
        offset.ask_again(&[range(0, 100)]);
        assert_eq!(offset.retries, [range(10, 20), range(20, 30), range(50, 55), range(55, 60)]);
        assert_eq!(without(&offset.held, range(12, 55)), [range(10, 12), range(55, 60)]);
        assert_eq!(without(&offset.held, range(30, 50)), offset.held);
    }

    #[test]
    fn versions_only_grow_even_when_the_platforms_clock_is_set_back() {
        let mut offset = SourceOffset::new(0);
        assert_eq!(offset.next_version(100), 100);
        assert_eq!(offset.next_version(100), 101);
        assert_eq!(offset.next_version(40), 102);
        assert_eq!(offset.next_version(200), 200);
    }
}
