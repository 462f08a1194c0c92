//! What the plan goes by, what it asks for and what it hands over. Pure.

use chrono_tz::Tz;

use crate::config::typed::RevisitDialect;
use crate::domain::media::Dialect;
use crate::domain::range::RangeDates;
use crate::domain::selection::Selection;
use crate::domain::time::{DurationMs, InstantMs, TimeRange};
use crate::extract::normalize::Origin;
use crate::extract::pace::PaceRules;
use crate::extract::revisit::RevisitRules;
use crate::extract::source_offset::Kind;
use crate::genesys::dialect::shape::Shape;
use crate::publish::contract::Publication;

/// The local days whose rows are the pipeline's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Their zone.
    pub zone: Tz,
    /// What the rows are limited to.
    pub range: RangeDates,
}

/// What the plan goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanSettings {
    /// What all interactions share.
    pub origin: Origin,
    /// The dialect of second and later readings, where it is another.
    pub revisit_dialect: Option<RevisitDialect>,
    /// The name of the source partition.
    pub source_partition: String,
    /// What it reads.
    pub selection: Selection,
    /// The names of all source partitions of the split, in order, itself among them.
    pub plan: Vec<String>,
    /// `extract.start`.
    pub extract_start: InstantMs,
    /// `extract.lookback.ms`: how far before that a source begins to read.
    pub lookback_ms: DurationMs,
    /// `extract.end`, excluded; `None`: goes on for ever.
    pub extract_end: Option<InstantMs>,
    /// `extract.freshness.delay.ms`.
    pub freshness_delay_ms: DurationMs,
    /// `kpi.lateness.horizon.ms`: a hold that begins earlier before the watermark is not lifted.
    pub horizon_ms: DurationMs,
    /// `extract.retries.max`.
    pub retries_max: u32,
    /// Which local days are compared with the platform's own figures; `None`: they are not.
    pub compares: Option<Compared>,
    /// The bounds of a slice.
    pub pace: PaceRules,
    /// Slice length, poll interval and ages.
    pub rules: RevisitRules,
}

impl PlanSettings {
    /// The shape that a reading asks in; `None` for a dialect that is not built.
    #[must_use]
    pub fn shape(&self, kind: Kind) -> Option<Shape> {
        Shape::of(self.dialect(kind))
    }

    /// The reading's dialect, where its page tokens outlive this program.
    #[must_use]
    pub fn keeps_tokens(&self, kind: Kind) -> Option<Dialect> {
        Some(self.dialect(kind)).filter(|dialect| Shape::of(*dialect).is_some_and(Shape::token_survives_restart))
    }

    fn dialect(&self, kind: Kind) -> Dialect {
        let again = self.revisit_dialect.filter(|again| kind.is_at_least(again.from_age_ms));
        again.map_or(self.origin.dialect, |again| again.dialect)
    }
}

/// One of the two lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// First readings, in order.
    Fresh,
    /// Second and later readings.
    Revisit,
}

/// The platform's present, as the dialects know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// For the dialect of first readings.
    pub first: InstantMs,
    /// For the dialect of later readings.
    pub again: InstantMs,
}

impl Now {
    /// The same for both.
    #[must_use]
    pub fn of(at: InstantMs) -> Now {
        Now { first: at, again: at }
    }
}

/// A page to ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Why.
    pub kind: Kind,
    /// The slice it belongs to.
    pub slice: TimeRange,
    /// First start to ask for, included.
    pub from: InstantMs,
    /// Last start to ask for, excluded; a server may include it.
    pub to: InstantMs,
    /// The page token; `None` begins a query.
    pub token: Option<String>,
}

impl Ask {
    /// What is asked for: `[from, to)`.
    #[must_use]
    pub fn range(&self) -> TimeRange {
        TimeRange { from: self.from, to: self.to }
    }
}

/// What a lane does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Ask for this page.
    Ask(Ask),
    /// Nothing to do for so many milliseconds; then ask the plan again.
    Wait(u64),
}

/// Where the plan stands once a publication is confirmed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Everything before this was read once or is held.
    pub cursor: InstantMs,
    /// Interactions known to be open past their last planned reading.
    pub open: i64,
    /// Interactions that were open until they were too old to be asked for.
    pub open_given_up: i64,
    /// Held ranges.
    pub held: u64,
    /// Everything up to `extract.end` is read, what fell due before is read again, the closing watermark is out, and what
    /// is to be compared is.
    pub complete: bool,
    /// Complete, and nothing will be read again.
    pub settled: bool,
}

/// Slices that are in hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InHand {
    /// They are being read.
    pub running: u64,
    /// Their last attempt failed, or they are to be read again because somebody asked for it.
    pub retrying: u64,
}

/// A publication and what is true once it is confirmed.
#[derive(Clone, Debug, PartialEq)]
pub struct Staged {
    /// To be published in one transaction.
    pub publication: Publication,
    /// What holds from then on.
    pub standing: Standing,
    /// The slice whose retries were spent with this publication, for the log.
    pub gave_up: Option<Kind>,
}

/// A window that selected more than the platform gives, for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// Its first instant.
    pub from: InstantMs,
    /// First instant after it.
    pub to: InstantMs,
    /// How long the windows are from now on.
    pub window_ms: DurationMs,
    /// Rows of it that had been read; they are read again.
    pub rows: i64,
}

/// What an answer or a failure leads to.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Publish this; the lane may ask on meanwhile.
    Publish(Box<Staged>),
    /// Nothing to publish; ask again after a backoff. Holds the failures in a row.
    Again(u32),
    /// Nothing to publish; ask again at once, for less time.
    Narrowed(Split),
}
