//! The state of one KPI row: what it is made of, and how often it was published. Pure.

use super::addition::{Addition, Attributes};
use super::distribution::{Distribution, EXACT_MAX};
use super::spans::Spans;
use crate::domain::row::RowResult;
use crate::domain::sums::{Figure, Sums};

/// A row's state, restored from the row itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Accumulator {
    /// Additive figures.
    pub sums: Sums,
    /// Handle times of handled legs.
    pub handle: Distribution,
    /// Waits of offered visits.
    pub wait: Distribution,
    /// Busy spans of an agent.
    pub spans: Spans,
    /// The row counts contacts.
    pub conversations: bool,
    /// Distributions hold buckets instead of values.
    pub bucketed: bool,
    /// Newest attributes seen.
    pub attributes: Attributes,
    /// Revision of the last publication; −1 before the first.
    pub revision: i32,
    /// Changes after FINAL.
    pub restatements: i32,
    /// Result of the last publication.
    pub result: RowResult,
    /// `held` of the last publication.
    pub held: bool,
}

impl Default for Accumulator {
    fn default() -> Self {
        Accumulator {
            sums: Sums::default(),
            handle: Distribution::default(),
            wait: Distribution::default(),
            spans: Spans::default(),
            conversations: false,
            bucketed: false,
            attributes: Attributes::default(),
            revision: -1,
            restatements: 0,
            result: RowResult::Provisional,
            held: false,
        }
    }
}

impl Accumulator {
    /// Applies an addition. A row with more than [`EXACT_MAX`] offered or handled legs turns to buckets, for its life.
    pub fn apply(&mut self, addition: &Addition) {
        self.sums.merge(&addition.sums, 1);
        self.handle.merge(&addition.handle, self.bucketed);
        self.wait.merge(&addition.wait, self.bucketed);
        self.spans.merge(&addition.spans);
        self.conversations |= addition.conversations;
        if addition.attributes > self.attributes {
            self.attributes = addition.attributes.clone();
        }
        let most = self.sums.at(Figure::Offered).max(self.sums.at(Figure::Handled));
        if !self.bucketed && most > EXACT_MAX {
            self.bucketed = true;
            self.handle = std::mem::take(&mut self.handle).into_buckets();
            self.wait = std::mem::take(&mut self.wait).into_buckets();
        }
    }

    /// The row as replay has rebuilt it, in the place of `known`, which was last published with this revision and so many
    /// restatements; a row that is no longer held was final. `None` when it has been replaced so before.
    #[must_use]
    pub fn replaced(
        known: Option<&Accumulator>,
        rebuilt: &Addition,
        revision: i32,
        restatements: i32,
    ) -> Option<Accumulator> {
        let stood = known.cloned().unwrap_or_else(|| Accumulator {
            revision,
            restatements,
            result: if revision < 0 { RowResult::Provisional } else { RowResult::Final },
            ..Accumulator::default()
        });
        let mut state = Accumulator {
            revision: stood.revision.max(revision),
            restatements: stood.restatements.max(restatements),
            result: stood.result,
            held: stood.held,
            bucketed: stood.bucketed,
            ..Accumulator::default()
        };
        state.apply(rebuilt);
        let figures =
            |state: &Accumulator| (state.sums.clone(), state.handle.clone(), state.wait.clone(), state.spans.clone());
        let same = figures(&state) == figures(&stood);
        // The same figures may still be published differently under other rules; once they are, nothing is left to do.
        (!same || stood.revision <= revision).then_some(state)
    }

    /// Whether an addition would leave the state as it is.
    #[must_use]
    pub fn holds(&self, addition: &Addition) -> bool {
        addition.is_zero() && addition.attributes <= self.attributes && (self.conversations || !addition.conversations)
    }

    /// What cannot be, but is: a negative count or sum. Such a row must never be published.
    #[must_use]
    pub fn broken(&self) -> Option<String> {
        if let Some(figure) = self.sums.negative() {
            return Some(format!("figure {figure} is negative"));
        }
        if self.spans.has_negative() {
            return Some("a busy span is there less than no times".to_owned());
        }
        (self.handle.has_negative() || self.wait.has_negative())
            .then(|| "a distribution has a negative count".to_owned())
    }

    /// Whether the row says nothing at all.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.sums.is_zero() && self.handle.is_empty() && self.wait.is_empty() && self.spans.is_empty()
    }
}
