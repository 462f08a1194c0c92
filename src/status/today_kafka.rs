//! The day's rows from a broker, by a reader of its own. Edge; blocks.
//!
//! Rows have the timestamp of their interval's start. So the broker itself finds where a day begins in each partition,
//! and a topic of years is not read for the rows of a day.

use std::time::{Duration, Instant};

use super::today::Shown;
use super::today_feed::{RowLog, Take, Told};
use crate::config::typed::WorkerConfig;
use crate::domain::causes::causes;
use crate::domain::time::{DAY_MS, InstantMs};
use crate::kafka::bounds::Bounds;
use crate::kafka::error::KafkaFailure;
use crate::kafka::reader::{Polled, Reader, input, topic_of};
use crate::runtime::shutdown::Shutdown;
use crate::topology::record::topic;

/// Most records that are taken in one go.
const TAKE_RECORDS_MAX: usize = 1_000;

/// Days before the one that is shown whose comparisons are read: the platform is asked only once a day is over.
const COMPARED_DAYS: i64 = 7;

/// Follows the topics of a pipeline on a broker.
#[derive(Debug)]
pub struct KafkaRows {
    worker: WorkerConfig,
    group_id: String,
    rows_topic: String,
    comparisons_topic: String,
    stop: Shutdown,
    reader: Option<Reader>,
}

impl KafkaRows {
    /// Of this broker; its waits end with `stop`.
    #[must_use]
    pub fn new(worker: &WorkerConfig, shown: &Shown, stop: &Shutdown) -> KafkaRows {
        let prefix = &worker.topic_prefix;
        KafkaRows {
            // Nobody joins it: a reader has to name one.
            group_id: format!("{prefix}{}.page", shown.pipeline),
            rows_topic: format!("{prefix}{}", shown.topic()),
            comparisons_topic: format!("{prefix}{}", topic::RECONCILIATION),
            worker: worker.clone(),
            stop: stop.clone(),
            reader: None,
        }
    }

    fn positions(&self, today: InstantMs) -> Result<Vec<(String, i32, i64)>, KafkaFailure> {
        let bounds = Bounds::new(&self.worker, &self.group_id)?.until(&self.stop);
        let Some(partitions) = bounds.partitions(&self.rows_topic)? else { return Ok(Vec::new()) };
        let mut day = today;
        let mut offsets = bounds.at_time(&self.rows_topic, partitions, day)?;
        if offsets.iter().all(Option::is_none) {
            day = newest_day(today, &mut |day| {
                Ok(bounds.at_time(&self.rows_topic, partitions, day)?.iter().any(Option::is_some))
            })?;
            offsets = bounds.at_time(&self.rows_topic, partitions, day)?;
        }
        let mut positions = placed(&bounds, &self.rows_topic, &offsets)?;
        if let Some(partitions) = bounds.partitions(&self.comparisons_topic)? {
            let since = day.saturating_sub(COMPARED_DAYS * DAY_MS).max(0);
            let offsets = bounds.at_time(&self.comparisons_topic, partitions, since)?;
            positions.extend(placed(&bounds, &self.comparisons_topic, &offsets)?);
        }
        Ok(positions)
    }
}

/// Where to begin in each partition: where the time begins, or at the end of what is there.
fn placed(bounds: &Bounds, topic: &str, offsets: &[Option<i64>]) -> Result<Vec<(String, i32, i64)>, KafkaFailure> {
    let mut positions = Vec::with_capacity(offsets.len());
    for (partition, offset) in (0..).zip(offsets) {
        let offset = match offset {
            Some(offset) => *offset,
            None => bounds.decided(topic, partition)?.1,
        };
        positions.push((topic.to_owned(), partition, offset));
    }
    Ok(positions)
}

/// The latest instant before `today`, in steps of half a day, at or after which there is something; 0 when there is
/// nothing at all. `is_any` says whether there is something at or after an instant: as many calls as the number of steps
/// has digits in base two.
fn newest_day<E>(today: InstantMs, is_any: &mut dyn FnMut(InstantMs) -> Result<bool, E>) -> Result<InstantMs, E> {
    let step = DAY_MS / 2;
    let (mut low, mut high) = (0, today.div_euclid(step) + 1);
    while 1 < high - low {
        let middle = low + (high - low) / 2;
        if is_any(middle * step)? {
            low = middle;
        } else {
            high = middle;
        }
    }
    // Its day may begin up to a day and an hour before what was found.
    Ok((low * step - DAY_MS - step).max(0))
}

impl RowLog for KafkaRows {
    fn open(&mut self, today: InstantMs) -> Result<(), String> {
        self.reader = None;
        let positions = self.positions(today).map_err(|error| causes(&error))?;
        if positions.is_empty() {
            return Err(format!("there is no topic {} yet", self.rows_topic));
        }
        let client_id = format!("{}.rows", self.group_id);
        let opened = Reader::new(&self.worker, &self.group_id, &client_id).and_then(|reader| {
            reader.assign(&positions)?;
            Ok(reader)
        });
        self.reader = Some(opened.map_err(|error| causes(&error))?);
        Ok(())
    }

    fn next(&mut self, wait: Duration, take: Take<'_>) -> Result<bool, String> {
        let Some(reader) = &self.reader else { return Err("it is not open".to_owned()) };
        let until = Instant::now() + wait;
        let mut came = false;
        for _ in 0..TAKE_RECORDS_MAX {
            let left = if came { Duration::ZERO } else { until.saturating_duration_since(Instant::now()) };
            match reader.poll(left).map_err(|error| causes(&error))? {
                Polled::Record(record) => {
                    let told = if topic_of(&record) == self.rows_topic { Told::Row } else { Told::Comparison };
                    let record = input(&record);
                    take(told, record.key.unwrap_or_default(), record.value);
                    came = true;
                }
                Polled::Nothing => break,
                Polled::OutOfRange => return Err("rows were deleted before they were read".to_owned()),
            }
        }
        Ok(came)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_day_is_found_without_reading() {
        let today = 20_000 * DAY_MS;
        for last in [0, 5, DAY_MS, 1_234 * DAY_MS + 77, 19_999 * DAY_MS] {
            let mut asked = 0;
            let found = newest_day::<()>(today, &mut |at| {
                asked += 1;
                Ok(at <= last)
            });
            let found = found.unwrap();
            assert!(found <= last - last % DAY_MS && last - found <= 2 * DAY_MS + DAY_MS / 2, "{last}: {found}");
            assert!(asked <= 17, "{asked}");
        }
    }
}
