//! Requests that are left for sources: held ranges that are to be read again, and what was found to be lost. Edge.
//!
//! A running source takes a request within a minute, another one when it starts.

use super::contract::Request;
use super::encode::request_value;
use super::stored::Stored;
use crate::config::typed::WorkerConfig;
use crate::domain::time::{DurationMs, TimeRange};
use crate::extract::source_offset::without;
use crate::kafka::bounds::Bounds;
use crate::kafka::error::KafkaFailure;
use crate::kafka::names::Names;
use crate::kafka::producer::TransactionalProducer;
use crate::topology::record::{Produce, topic};

/// Held ranges by what can be done about them.
#[derive(Debug, PartialEq, Eq)]
pub struct Split {
    /// What can be read again.
    pub wanted: Vec<TimeRange>,
    /// What is older than the horizon: nothing in it can be restated.
    pub too_old: Vec<TimeRange>,
}

/// What of `range` is held. A part that begins beyond the horizon before the watermark would not be lifted.
#[must_use]
pub fn split(stored: &Stored, range: TimeRange, horizon_ms: DurationMs) -> Split {
    let oldest = stored.offset.cursor.saturating_sub(horizon_ms);
    let held = stored.offset.held.iter().filter(|held| held.intersects(&range));
    let held = held.map(|held| TimeRange { from: held.from.max(range.from), to: held.to.min(range.to) });
    let (wanted, too_old) = held.partition(|held| oldest < held.from);
    Split { wanted, too_old }
}

/// Asks a source partition to hold what a comparison found to be lost, and to read it again.
///
/// # Errors
/// When the broker does not take it.
pub fn ask_for_lost(worker: &WorkerConfig, stored: &Stored, lost: &[TimeRange]) -> Result<(), KafkaFailure> {
    leave(worker, stored, &with(&stored.asked, &[], lost))
}

/// Asks a source partition to read held ranges again.
///
/// # Errors
/// When the broker does not take it.
pub fn ask(worker: &WorkerConfig, stored: &Stored, wanted: &[TimeRange]) -> Result<(), KafkaFailure> {
    leave(worker, stored, &with(&stored.asked, wanted, &[]))
}

/// What is asked for, together with what was asked before and not taken yet: only the newest request is sure to be found.
fn with(before: &Request, wanted: &[TimeRange], lost: &[TimeRange]) -> Request {
    let joined = |before: &[TimeRange], more: &[TimeRange]| {
        let left = more.iter().fold(before.to_vec(), |left, range| without(&left, *range));
        [&left[..], more].concat()
    };
    Request { number: 0, ranges: joined(&before.ranges, wanted), lost: joined(&before.lost, lost) }
}

fn leave(worker: &WorkerConfig, stored: &Stored, request: &Request) -> Result<(), KafkaFailure> {
    let names = Names::new(&worker.topic_prefix, &stored.of.pipeline);
    let id = names.requests_transactional_id();
    let producer = TransactionalProducer::take_over(worker, &id)?;
    producer.settle(&Bounds::new(worker, &id)?, &[(names.topic(topic::OFFSETS), 0)], &mut || {})?;
    let record = Produce {
        topic: topic::OFFSETS.to_owned(),
        partition: Some(0),
        key: Some(stored.of.request_key()),
        value: Some(request_value(request)),
        ..Produce::default()
    };
    producer.begin()?;
    producer.send(&[record], &|topic| names.topic(topic))?;
    producer.drain()?;
    producer.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::{DAY_MS, HOUR_MS};
    use crate::extract::source_offset::SourceOffset;
    use crate::publish::encode::SourcePartition;

    #[test]
    fn what_is_held_is_asked_for_as_far_as_the_horizon_goes_back() {
        let held = |from, to| TimeRange { from: from * HOUR_MS, to: to * HOUR_MS };
        let of = SourcePartition {
            pipeline: "default".into(),
            org_id: "acme".into(),
            source_partition: "interaction-details".into(),
            connector: String::new(),
        };
        let mut offset = SourceOffset::new(0);
        offset.cursor = 10 * DAY_MS;
        offset.held = vec![held(1, 2), held(120, 121), held(200, 204)];
        let stored = Stored { of, offset, asked: Request::default() };
        let all = split(&stored, held(0, 240), 5 * DAY_MS);
        // Exactly as old as the horizon is too old.
        assert_eq!((all.wanted, all.too_old), (vec![held(200, 204)], vec![held(1, 2), held(120, 121)]));
        assert_eq!(split(&stored, held(0, 240), 5 * DAY_MS + 1).wanted, [held(120, 121), held(200, 204)]);
        let part = split(&stored, held(201, 203), 5 * DAY_MS);
        assert_eq!((part.wanted, part.too_old), (vec![held(201, 203)], Vec::new()));
        assert_eq!(split(&stored, held(10, 20), 5 * DAY_MS), Split { wanted: vec![], too_old: vec![] });
    }
}
