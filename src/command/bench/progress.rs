//! Follows how far the tasks of a processor are, by what they commit. Edge.

use std::time::{Duration, Instant};

use crate::avro::Codec;
use crate::domain::progress::{Progress, ProgressKey, Room};
use crate::domain::time::InstantMs;
use crate::kafka::reader::{Polled, Reader, input};
use crate::process::completion::Overview;
use crate::process::scene::Scene;
use crate::topology::record::topic;

/// How long one look waits for news.
const LOOK: Duration = Duration::from_millis(20);

/// Reads `progress` as it is written.
#[derive(Debug)]
pub struct Follower {
    scene: Scene,
    reader: Reader,
    overview: Overview,
    transactions: (u64, u64),
    keys: Codec<ProgressKey>,
    values: Codec<Progress>,
}

impl Follower {
    /// From the beginning of the topic on.
    ///
    /// # Errors
    /// As the broker says.
    pub fn new(scene: &Scene) -> anyhow::Result<Follower> {
        let reader = Reader::new(&scene.worker, &format!("{}bench", scene.worker.topic_prefix), "bench.progress")?;
        let name = scene.names.topic(topic::PROGRESS);
        let partitions = scene.setup.interactions_partitions.max(scene.setup.contributions_partitions);
        reader.assign(&(0..partitions).map(|partition| (name.clone(), partition, 0)).collect::<Vec<_>>())?;
        let (keys, values) = (Codec::default(), Codec::default());
        Ok(Follower { scene: scene.clone(), reader, overview: Overview::default(), transactions: (0, 0), keys, values })
    }

    /// Takes what was committed meanwhile; the instant at which everything up to the closing watermark was, if it is.
    ///
    /// # Errors
    /// As the broker says.
    pub fn look(&mut self) -> anyhow::Result<Option<Instant>> {
        let mut wait = LOOK;
        loop {
            match self.reader.poll(wait)? {
                Polled::Record(record) => {
                    let record = input(&record);
                    let key = self.keys.read_framed(record.key.unwrap_or_default())?;
                    let room = [Room::Legs, Room::Intervals].into_iter().find(|room| room.word() == key.room);
                    let (Some(room), Some(value)) = (room, record.value) else { continue };
                    let counted = if room == Room::Legs { &mut self.transactions.0 } else { &mut self.transactions.1 };
                    *counted += 1;
                    self.overview.tasks.insert((room, key.partition), self.values.read_framed(value)?);
                    wait = Duration::ZERO;
                }
                Polled::Nothing => break,
                Polled::OutOfRange => anyhow::bail!("progress was removed while it was read"),
            }
        }
        Ok(self.overview.is_complete(&self.scene, None).then(Instant::now))
    }

    /// The source watermark that all legs tasks have committed; `None` until each of them has one.
    #[must_use]
    pub fn passed(&self) -> Option<InstantMs> {
        let of_task = |partition: i32| {
            let progress = self.overview.tasks.get(&(Room::Legs, partition))?;
            progress.source_partitions.iter().map(|known| known.watermark).min()
        };
        (0..self.scene.setup.interactions_partitions).map(of_task).collect::<Option<Vec<_>>>()?.into_iter().min()
    }

    /// Transactions of the legs room and of the intervals room.
    #[must_use]
    pub fn transactions(&self) -> (u64, u64) {
        self.transactions
    }
}
