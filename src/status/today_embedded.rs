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

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::super::fixture::{now, row, shown};
    use super::super::today::Today;
    use super::super::today_feed::{TodayBoard, follow};
    use super::*;
    use crate::domain::media::MediaType;
    use crate::domain::time::HOUR_MS;
    use crate::emit::row::RowRecord;
    use crate::runtime::shutdown::Shutdown;
    use crate::runtime::supervisor::Supervisor;
    use crate::topology::record::Produce;
    use crate::topology::row_codecs::RowCodecs;
    use crate::window::row_key::KeyRecord;

    /// A row of a queue as it stands on its topic; without a value it is gone.
    fn record(start: InstantMs, handled: Option<i64>) -> Produce {
        let codecs = RowCodecs::default();
        let (key, mut row) = row("q-billing", Some("Billing"), MediaType::Voice, start);
        let value = handled.map(|handled| {
            row.handled = handled;
            codecs.framed_row(&RowRecord::Queue(Box::new(row))).unwrap()
        });
        let key = Some(codecs.framed_key(&KeyRecord::Queue(key)).unwrap());
        Produce { topic: shown().topic(), key, value, timestamp: Some(start), ..Produce::default() }
    }

    async fn until(board: &TodayBoard, wanted: impl Fn(&Today) -> bool) {
        let began = Instant::now();
        while !board.all().iter().any(|today| wanted(today)) {
            assert!(began.elapsed() < Duration::from_secs(20), "{:?}", board.all());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    #[tokio::test]
    async fn what_is_appended_is_followed_and_what_is_unreadable_is_told() {
        let log = Log::new(2, 2);
        let noon = now() - now() % (12 * HOUR_MS);
        log.append(vec![record(noon, Some(3)), record(noon + HOUR_MS, Some(4))], now()).unwrap();
        let (board, shutdown) = (TodayBoard::default(), Shutdown::default());
        let mut supervisor = Supervisor::new(shutdown.clone());
        let (mut rows, told, stop) = (EmbeddedRows::new(&log, &shown()), board.clone(), shutdown.clone());
        supervisor
            .start_thread("rows", move || {
                follow(&shown(), &mut rows, &told, &stop);
                Ok(())
            })
            .unwrap();
        until(&board, |today| today.queues.first().is_some_and(|queue| queue.handled == 7)).await;
        log.append(vec![record(noon, Some(5))], now()).unwrap();
        until(&board, |today| today.queues[0].handled == 9).await;
        log.append(vec![record(noon, None)], now()).unwrap();
        until(&board, |today| today.queues[0].handled == 4 && today.problem.is_empty()).await;
        log.append(vec![Produce { value: Some(vec![1]), ..record(noon, None) }], now()).unwrap();
        until(&board, |today| today.queues[0].handled == 4 && today.problem.contains("could not be read")).await;
        shutdown.trigger();
        supervisor.join(Duration::from_secs(5)).await.unwrap();
    }
}
