//! What a row says beyond its sums: quotients, percentile, local time; each null where it means nothing. Pure.

use chrono_tz::Tz;

use super::row::Publication;
use crate::config::typed::Percentile;
use crate::domain::attribution::Basis;
use crate::domain::exclusion::DropReason;
use crate::domain::family::Family;
use crate::domain::interval::{LocalStart, interval_at, local_start};
use crate::domain::media::MediaType;
use crate::domain::sums::Figure;
use crate::domain::time::{InstantMs, TimeRange};
use crate::timeline::rules::{Formula, Rules};
use crate::window::accumulator::Accumulator;
use crate::window::row_key::RowTopic;

/// The word for distributions of the values themselves.
pub const EXACT: &str = "exact";
/// The word for distributions of buckets.
pub const LOG: &str = "log0.1pct";

/// A state, and all that is needed to say it as a row.
#[derive(Debug)]
pub struct Said<'a> {
    /// Topic of the row.
    pub topic: RowTopic,
    /// Medium of the row.
    pub media_type: MediaType,
    /// The state.
    pub state: &'a Accumulator,
    /// What stands on the row besides.
    pub publication: Publication,
    /// The rules in force.
    pub rules: &'a Rules,
    /// The row's interval.
    pub interval: TimeRange,
    /// Its start as local time.
    pub local: LocalStart,
    /// The zone of local time.
    pub zone: Tz,
}

impl<'a> Said<'a> {
    /// The state of the row that starts at `start`.
    #[must_use]
    pub fn new(
        topic: RowTopic,
        (start, media_type): (InstantMs, MediaType),
        state: &'a Accumulator,
        publication: Publication,
        rules: &'a Rules,
    ) -> Said<'a> {
        let zone = rules.config.zone;
        let interval = interval_at(start, topic.grain, zone);
        Said { topic, media_type, state, publication, rules, interval, local: local_start(start, zone), zone }
    }

    /// One figure.
    #[must_use]
    pub fn sum(&self, figure: Figure) -> i64 {
        self.state.sums.at(figure)
    }

    /// Count and handle time excluded for a reason.
    #[must_use]
    pub fn excluded(&self, reason: DropReason) -> (i64, i64) {
        self.state.sums.excluded(reason)
    }

    /// One figure by another; null on nothing.
    #[must_use]
    pub fn ratio(&self, of: Figure, by: Figure) -> Option<f64> {
        ratio(self.sum(of), self.sum(by))
    }

    /// A quotient of lengths of time by counts. Under APPORTIONED the two do not belong to the same legs, so it means
    /// nothing.
    #[must_use]
    pub fn whole(&self, of: Figure, by: Figure) -> Option<f64> {
        if self.topic.basis == Basis::Apportioned { None } else { self.ratio(of, by) }
    }

    /// A figure of digital media: null by the key's medium, never by which legs came.
    #[must_use]
    pub fn if_digital(&self, figure: Figure) -> Option<i64> {
        let digital = self.media_type == MediaType::All || self.rules.formula(self.media_type) == Formula::Digital;
        digital.then(|| self.sum(figure))
    }

    /// A figure of contacts: on rows of organisations whose dialect's interaction is a conversation.
    #[must_use]
    pub fn contacts(&self, figure: Figure) -> Option<i64> {
        let of_org = matches!(self.topic.family, Family::Org | Family::OrgTotal);
        (of_org && self.state.conversations).then(|| self.sum(figure))
    }

    /// The 90th percentile of handle time in the variant of the settings (D-4).
    #[must_use]
    pub fn p90_handle_ms(&self) -> Option<i64> {
        if self.topic.basis == Basis::Apportioned {
            return None;
        }
        match self.rules.config.percentile {
            Percentile::NearestRank => self.state.handle.percentile_tenths(9),
            Percentile::Interpolated => self.state.handle.percentile_interpolated(9),
        }
    }

    /// What the distributions hold.
    #[must_use]
    pub fn sketch_kind(&self) -> String {
        if self.state.bucketed { LOG } else { EXACT }.to_owned()
    }
}

/// One number by another; null on nothing, never 0.
#[must_use]
pub fn ratio(of: i64, by: i64) -> Option<f64> {
    (by != 0).then(|| of as f64 / by as f64)
}
