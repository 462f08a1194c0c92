//! What a broker left of an id's transactions without an end is ended. Edge; every call here may block.

use std::time::{Duration, Instant};

use super::TransactionalProducer;
use crate::kafka::bounds::Bounds;
use crate::kafka::error::KafkaFailure;
use crate::topology::record::Produce;

/// What is open for so long after its id was taken over does not end by itself: taking over waits until the coordinator has
/// had all markers written. Longer: after a broker came back each partition waits so long. Another id's transaction that
/// is merely under way is not ended by this one's marker.
const STRAY_AFTER: Duration = Duration::from_secs(3);

impl TransactionalProducer {
    /// Waits until everything in these partitions is decided that stands there now, and aborts what of this id's
    /// transactions does not end by itself, in all of them together. What another id has left there stays as it is.
    ///
    /// Nothing times that out: readers of committed records would wait for ever, and the next marker of the same id ends it,
    /// whatever that marker says. There are two ways to it. After a broker stood still, a request of a producer that is long
    /// gone can be written behind the marker that ended its transaction. And a coordinator that starts while a partition has
    /// no leader takes it for deleted: it calls the transaction complete and writes no marker there. A part of a transaction
    /// that is left to the next commit is committed with it, though its work is done again: hence all partitions that
    /// the id may have written to.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    pub fn settle(
        &self,
        bounds: &Bounds,
        places: &[(String, i32)],
        beat: &mut dyn FnMut(),
    ) -> Result<(), KafkaFailure> {
        let mut undecided = Vec::with_capacity(places.len());
        for (topic, partition) in places {
            undecided.push((topic, *partition, bounds.all(topic, *partition)?.1));
            beat();
        }
        let deadline = Instant::now() + STRAY_AFTER;
        loop {
            let mut left = Vec::new();
            for (topic, partition, end) in undecided {
                if bounds.decided(topic, partition)?.1 < end {
                    left.push((topic, partition, end));
                }
            }
            if left.is_empty() {
                return Ok(());
            }
            undecided = left;
            if deadline <= Instant::now() {
                break;
            }
            bounds.unless_stopped("settling what a predecessor left")?;
            beat();
            std::thread::sleep(Duration::from_millis(20));
        }
        let stray = |(topic, partition, _): &(&String, i32, i64)| {
            tracing::warn!(topic, partition, "a transaction has no end there; ending it");
            let (topic, key) = ((*topic).clone(), Some(b"stray".to_vec()));
            Produce { topic, partition: Some(*partition), key, ..Produce::default() }
        };
        let strays: Vec<Produce> = undecided.iter().map(stray).collect();
        self.begin()?;
        self.send(&strays, &str::to_owned)?;
        self.drain()?;
        // What is undecided after this is another id's, who has to end it.
        self.abort()
    }
}
