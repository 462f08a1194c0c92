//! What our rows and legs say of each queue and local day, sorted by what explains a difference. Pure.

use std::collections::BTreeMap;
use std::ops::{Add, AddAssign, Neg, Sub};

use chrono_tz::Tz;

use crate::domain::attribution::Basis;
use crate::domain::exclusion::DropReason;
use crate::domain::interaction::InteractionStatus;
use crate::domain::interval::{Grain, interval_at};
use crate::domain::leg::Leg;
use crate::domain::media::{Dialect, MediaType};
use crate::domain::row::QueueInterval;
use crate::domain::sums::Figure;
use crate::domain::time::{DurationMs, InstantMs, TimeRange};
use crate::window::attribute::attribute;

/// A number of handles and their handle time; of differences both may be negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// How many.
    pub count: i64,
    /// Their handle time in all.
    pub handle_ms: DurationMs,
}

impl Amount {
    /// One handle.
    #[must_use]
    pub fn one(handle_ms: DurationMs) -> Amount {
        Amount { count: 1, handle_ms }
    }

    /// Average handle time; `None` when nothing is counted.
    #[must_use]
    pub fn aht_ms(self) -> Option<f64> {
        (0 < self.count).then(|| self.handle_ms as f64 / self.count as f64)
    }
}

impl Add for Amount {
    type Output = Amount;

    fn add(self, other: Amount) -> Amount {
        Amount { count: self.count + other.count, handle_ms: self.handle_ms + other.handle_ms }
    }
}

impl AddAssign for Amount {
    fn add_assign(&mut self, other: Amount) {
        *self = *self + other;
    }
}

impl Neg for Amount {
    type Output = Amount;

    fn neg(self) -> Amount {
        Amount { count: -self.count, handle_ms: -self.handle_ms }
    }
}

impl Sub for Amount {
    type Output = Amount;

    fn sub(self, other: Amount) -> Amount {
        self + -other
    }
}

/// What we know of one queue and local day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OurDay {
    /// Name of the queue as last seen.
    pub queue_name: Option<String>,
    /// As the KPI rows say.
    pub published: Amount,
    /// Kept legs by the basis of the rows: the same, unless rows and legs disagree.
    pub by_basis: Amount,
    /// Kept legs by their completion.
    pub completed: Amount,
    /// Of those completed here: dialing and contacting.
    pub dialing_contacting_ms: DurationMs,
    /// Of those completed here: hold by the system that the platform counts.
    pub system_hold_ms: DurationMs,
    /// Of those completed here: handle time that the platform reports beyond its own parts.
    pub mismatch_ms: DurationMs,
    /// Counted by the platform, completed here, and without talk or hold.
    pub wrap_only: i64,
    /// Left out by a rule, counted by the platform.
    pub excluded: Amount,
    /// Not counted yet and counted by the platform, less counted and not counted by the platform when it was read.
    pub late: Amount,
}

impl AddAssign<&OurDay> for OurDay {
    /// The queues' names are not those of the sum.
    fn add_assign(&mut self, other: &OurDay) {
        self.published += other.published;
        self.by_basis += other.by_basis;
        self.completed += other.completed;
        self.dialing_contacting_ms += other.dialing_contacting_ms;
        self.system_hold_ms += other.system_hold_ms;
        self.mismatch_ms += other.mismatch_ms;
        self.wrap_only += other.wrap_only;
        self.excluded += other.excluded;
        self.late += other.late;
    }
}

/// The queues and days of a range.
#[derive(Clone, Debug)]
pub struct Ours {
    range: TimeRange,
    basis: Basis,
    zone: Tz,
    days: BTreeMap<(InstantMs, String), OurDay>,
}

impl Ours {
    /// Nothing yet of the local days of `zone` that start in `range`; rows are of `basis`.
    #[must_use]
    pub fn new(range: TimeRange, basis: Basis, zone: Tz) -> Ours {
        Ours { range, basis, zone, days: BTreeMap::new() }
    }

    /// The basis of the rows.
    #[must_use]
    pub fn basis(&self) -> Basis {
        self.basis
    }

    /// The zone of the days.
    #[must_use]
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// The local days, in order.
    #[must_use]
    pub fn days(&self) -> Vec<TimeRange> {
        let mut days = Vec::new();
        let mut at = self.range.from;
        while at < self.range.to {
            let day = interval_at(at, Grain::P1d, self.zone);
            if self.range.contains(day.from) {
                days.push(day);
            }
            at = day.to;
        }
        days
    }

    /// The queues of a day, by id.
    pub fn queues(&self, day: InstantMs) -> impl Iterator<Item = (&str, &OurDay)> {
        let of_day = self.days.range((day, String::new())..).take_while(move |((start, _), _)| *start == day);
        of_day.map(|((_, queue), ours)| (queue.as_str(), ours))
    }

    /// Takes a row of a queue; those of another basis are left out. All rows must be of one grain, best of days: others
    /// are added up to days.
    pub fn row(&mut self, row: &QueueInterval) {
        if row.attribution != self.basis {
            return;
        }
        let published = Amount { count: row.handled, handle_ms: row.handle_ms_sum };
        let start = interval_at(row.interval_start, Grain::P1d, self.zone).from;
        if let Some(day) = self.day(start, &row.queue_id, row.queue_name.as_ref()) {
            day.published += published;
        }
    }

    /// Whether a leg has to do with the range: others need not be taken.
    #[must_use]
    pub fn concerns(&self, leg: &Leg) -> bool {
        let Some(start) = leg.start else { return false };
        let end = leg.end.unwrap_or(start);
        // A leg that spans the range's end may still lie on a day that starts in it.
        let until = self.days_end();
        start < until && self.range.from <= end
    }

    /// Takes a leg as it stands. One row of `legs` is taken once.
    pub fn leg(&mut self, leg: &Leg) {
        let Some(start) = leg.start else { return };
        let queue = leg.queue_id.clone().unwrap_or_default();
        if leg.kept {
            for piece in attribute(leg, self.basis, Grain::P1d, self.zone) {
                let sums = &piece.delta.sums;
                let amount = Amount { count: sums.at(Figure::Handled), handle_ms: sums.at(Figure::HandleMs) };
                if let Some(day) = self.day(piece.interval.from, &queue, leg.queue_name.as_ref()) {
                    day.by_basis += amount;
                }
            }
        }
        let completed = interval_at(leg.end.unwrap_or(start), Grain::P1d, self.zone).from;
        let theirs = counted_by_platform(leg);
        if !leg.kept && theirs.is_none() {
            return;
        }
        let Some(day) = self.day(completed, &queue, leg.queue_name.as_ref()) else { return };
        let parts = [leg.talk_ms, leg.customer_hold_ms, leg.system_hold_ms];
        day.wrap_only += i64::from(theirs.is_some() && parts == [0; 3]);
        if !leg.kept {
            let theirs = Amount::one(theirs.unwrap_or(0));
            match leg.drop_reason {
                Some(DropReason::Incomplete | DropReason::Settling) => day.late += theirs,
                _ => day.excluded += theirs,
            }
            return;
        }
        let ours = Amount::one(leg.handle_ms);
        day.completed += ours;
        let Some(theirs_ms) = theirs else {
            day.late += -ours;
            return;
        };
        let outward_ms = leg.dialing_ms + leg.contacting_ms;
        let rest_ms = theirs_ms - leg.handle_ms - outward_ms;
        // Where the platform does not count it, the rest is smaller.
        let system_hold_ms = rest_ms.clamp(0, leg.system_hold_ms.max(0));
        day.dialing_contacting_ms += outward_ms;
        day.system_hold_ms += system_hold_ms;
        day.mismatch_ms += rest_ms - system_hold_ms;
    }

    fn days_end(&self) -> InstantMs {
        if self.range.to <= self.range.from {
            return self.range.from;
        }
        interval_at(self.range.to - 1, Grain::P1d, self.zone).to
    }

    fn day(&mut self, start: InstantMs, queue: &str, name: Option<&String>) -> Option<&mut OurDay> {
        if !self.range.contains(start) {
            return None;
        }
        let day = self.days.entry((start, queue.to_owned())).or_default();
        if name.is_some() {
            day.queue_name = name.cloned();
        }
        Some(day)
    }
}

/// The handle time that the platform counts for a leg, as far as its last reading tells; `None`: it counts none.
///
/// Where a session carries metrics, the platform counts it once it has emitted a handle time. In the flat dialects and
/// that of events it counts what an agent was part of, once it is over; a medium that no one handles has no handle time.
#[must_use]
pub fn counted_by_platform(leg: &Leg) -> Option<DurationMs> {
    leg.user_id.as_ref()?;
    match leg.source {
        Dialect::ConversationDetails | Dialect::ConversationJobs | Dialect::ConversationMetrics => {
            leg.reported_handle_ms
        }
        _ => {
            let over = matches!(leg.status, InteractionStatus::Completed);
            let handled = over && !leg.transfer_row && leg.media_type != MediaType::Unknown;
            handled.then(|| leg.genesys_handle_ms.unwrap_or(leg.handle_ms))
        }
    }
}
