//! The day's rows out of the log of this process. Edge: it locks the log, and waits for appends.

use std::time::Duration;

use super::today::Shown;
use super::today_feed::{RowLog, Take, Told};
use crate::domain::time::InstantMs;
use crate::embedded::log::Log;
use crate::topology::record::topic;

/// Records taken in one go.
const READ_RECORDS_MAX: usize = 1_000;

/// Follows the topics of a pipeline in the in-process log, from its beginning: all of it is in memory anyway.
#[derive(Debug)]
pub struct EmbeddedRows {
    log: Log,
    transactions: u64,
    positions: Vec<(Told, String, i32, i64)>,
}

impl EmbeddedRows {
    /// Of this log.
    #[must_use]
    pub fn new(log: &Log, shown: &Shown) -> EmbeddedRows {
        let mut positions = Vec::new();
        for (told, name) in [(Told::Row, shown.topic()), (Told::Comparison, topic::RECONCILIATION.to_owned())] {
            positions.extend((0..log.partitions(&name)).map(|partition| (told, name.clone(), partition, 0)));
        }
        EmbeddedRows { log: log.clone(), transactions: 0, positions }
    }
}

impl RowLog for EmbeddedRows {
    fn open(&mut self, _today: InstantMs) -> Result<(), String> {
        self.positions.iter_mut().for_each(|(_, _, _, next)| *next = 0);
        Ok(())
    }

    fn next(&mut self, wait: Duration, take: Take<'_>) -> Result<bool, String> {
        let seen = self.log.transactions();
        let mut came = false;
        for (told, topic, partition, next) in &mut self.positions {
            for record in self.log.read(topic, *partition, *next, READ_RECORDS_MAX) {
                take(*told, record.key.as_deref().unwrap_or_default(), record.value.as_deref());
                *next = record.offset + 1;
                came = true;
            }
        }
        if !came {
            self.transactions = self.log.wait(seen.max(self.transactions), wait);
        }
        Ok(came)
    }
}
