//! What a transaction adds to one row. Pure.

use super::attribute::Delta;
use super::distribution::Distribution;
use super::spans::Spans;
use crate::domain::family::Family;
use crate::domain::sums::{Figure, Sums};
use crate::domain::time::{DurationMs, InstantMs};

/// The figures that an agent's row has; the others have no part in it.
const OF_AGENT: [Figure; 6] =
    [Figure::Handled, Figure::HandleMs, Figure::WrapMs, Figure::CustomerHoldMs, Figure::TalkMs, Figure::SystemHoldMs];

/// The figures that a row of a KPI of the user's own has, besides that KPI's.
const OF_CUSTOM: [Figure; 1] = [Figure::Handled];

/// Name and target of a queue as of a reading; the greatest version wins, ties by the greater value.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attributes {
    /// Version of the reading; 0 when there was none.
    pub version: InstantMs,
    /// Name of the queue.
    pub queue_name: Option<String>,
    /// Service-level target.
    pub service_level_target_ms: DurationMs,
}

/// What is added to a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addition {
    /// Additive figures.
    pub sums: Sums,
    /// Handle times that join or leave.
    pub handle: Distribution,
    /// Waits that join or leave.
    pub wait: Distribution,
    /// Busy spans of an agent that join or leave.
    pub spans: Spans,
    /// The row counts contacts: the dialect's interaction is a conversation.
    pub conversations: bool,
    /// Newest attributes seen.
    pub attributes: Attributes,
    /// Newest attributes of what is taken back.
    pub retracted: Attributes,
}

impl Addition {
    /// Whether one interaction's `− old + new` leaves the row as it is. A reading that only confirms what is known says
    /// nothing of the queue either: else its name would hang on what else is in the same transaction.
    #[must_use]
    pub fn says_nothing(&self) -> bool {
        let said = |attributes: &Attributes| (attributes.queue_name.clone(), attributes.service_level_target_ms);
        let renames = self.attributes != Attributes::default() && said(&self.attributes) != said(&self.retracted);
        self.is_zero() && !renames
    }

    /// Whether no figure, value or span joins or leaves.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.sums.is_zero() && self.handle.is_empty() && self.wait.is_empty() && self.spans.is_empty()
    }

    /// Adds another addition to the same row.
    pub fn merge(&mut self, other: Addition) {
        self.sums.merge(&other.sums, 1);
        self.handle.merge(&other.handle, false);
        self.wait.merge(&other.wait, false);
        self.spans.merge(&other.spans);
        self.conversations |= other.conversations;
        if self.attributes < other.attributes {
            self.attributes = other.attributes;
        }
    }

    /// Adds (`sign` 1) or takes back (`sign` −1) what a leg says at one place, as far as rows of the family have it.
    pub fn add(&mut self, family: Family, delta: &Delta, sign: i64) {
        match family {
            Family::Queue | Family::Org | Family::OrgTotal => {
                self.sums.merge(&delta.sums, sign);
                if let Some(value) = delta.handle {
                    self.handle.add(value, sign);
                }
                if let Some(value) = delta.wait {
                    self.wait.add(value, sign);
                }
            }
            Family::Agent | Family::AgentTotal => self.pick(&OF_AGENT, &delta.sums, sign),
            Family::Custom => self.pick(&OF_CUSTOM, &delta.sums, sign),
        }
    }

    fn pick(&mut self, figures: &[Figure], of: &Sums, sign: i64) {
        figures.iter().for_each(|figure| self.sums.add(*figure, sign * of.at(*figure)));
    }

    /// Takes note of the attributes of a leg that is added or taken back.
    pub fn note(&mut self, attributes: Attributes, sign: i64) {
        let newest = if sign > 0 { &mut self.attributes } else { &mut self.retracted };
        *newest = attributes.max(std::mem::take(newest));
    }
}
