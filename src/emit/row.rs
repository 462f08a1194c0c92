//! State to KPI row, with everything that is derived from sums, and back; the record follows from the topic. Pure.

use serde::Serialize;

use super::said::Said;
use super::{agent_row, custom_row, org_row, queue_row};
use crate::domain::agent_row::AgentInterval;
use crate::domain::custom_row::CustomInterval;
use crate::domain::org_row::OrgInterval;
use crate::domain::row::QueueInterval;
use crate::domain::time::InstantMs;
use crate::timeline::rules::Rules;
use crate::window::accumulator::Accumulator;
use crate::window::row_key::{KeyRecord, RowKey};

/// What stands on a row besides its figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Publication {
    /// Source time up to which the input was complete.
    pub source_watermark: Option<InstantMs>,
    /// When the row is computed.
    pub computed_at: InstantMs,
}

/// A KPI row as it stands on its topic.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum RowRecord {
    /// Of a queue.
    Queue(Box<QueueInterval>),
    /// Of an agent.
    Agent(Box<AgentInterval>),
    /// Of the organisation.
    Org(Box<OrgInterval>),
    /// Of a KPI of the user's own.
    Custom(Box<CustomInterval>),
}

impl RowRecord {
    /// The row of a queue, if it is one.
    #[must_use]
    pub fn as_queue(&self) -> Option<&QueueInterval> {
        match self {
            RowRecord::Queue(row) => Some(row),
            _ => None,
        }
    }

    /// How often the row was published: its revisions count from 0.
    #[must_use]
    pub fn revisions(&self) -> u64 {
        let last = match self {
            RowRecord::Queue(row) => row.revision,
            RowRecord::Agent(row) => row.revision,
            RowRecord::Org(row) => row.revision,
            RowRecord::Custom(row) => row.revision,
        };
        u64::try_from(last).map_or(0, |last| last + 1)
    }

    /// First instant after the row's interval.
    #[must_use]
    pub fn interval_end(&self) -> InstantMs {
        match self {
            RowRecord::Queue(row) => row.interval_end,
            RowRecord::Agent(row) => row.interval_end,
            RowRecord::Org(row) => row.interval_end,
            RowRecord::Custom(row) => row.interval_end,
        }
    }
}

/// The row that a state says. Ratios are null on an empty denominator, never 0.
#[must_use]
pub fn row(key: &RowKey, state: &Accumulator, publication: Publication, rules: &Rules) -> RowRecord {
    let said = |media_type| Said::new(key.topic, (key.key.interval_start(), media_type), state, publication, rules);
    match &key.key {
        KeyRecord::Queue(own) => RowRecord::Queue(Box::new(queue_row::row(own, &said(own.media_type)))),
        KeyRecord::Agent(own) => RowRecord::Agent(Box::new(agent_row::row(own, &said(own.media_type)))),
        KeyRecord::Org(own) => RowRecord::Org(Box::new(org_row::row(own, &said(own.media_type)))),
        KeyRecord::Custom(own) => RowRecord::Custom(Box::new(custom_row::row(own, &said(own.media_type)))),
    }
}

/// The state that a row says; `None` when its bytes cannot be read.
#[must_use]
pub fn state(row: &RowRecord) -> Option<Accumulator> {
    match row {
        RowRecord::Queue(row) => queue_row::state(row),
        RowRecord::Agent(row) => agent_row::state(row),
        RowRecord::Org(row) => org_row::state(row),
        RowRecord::Custom(row) => Some(custom_row::state(row)),
    }
}

#[cfg(test)]
pub(crate) use super::tests::sample_row;
