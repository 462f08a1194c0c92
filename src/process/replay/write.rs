//! Publishes a replay, each partition under its task's own transactional id. Edge.

use std::collections::BTreeSet;

use super::error::ReplayError;
use super::look::Tasks;
use super::rebuild::{Newest, Readings, each_reading};
use crate::avro::Codec;
use crate::domain::progress::{Progress, ProgressKey, Room};
use crate::kafka::bounds::Bounds;
use crate::kafka::error::KafkaFailure;
use crate::kafka::producer::TransactionalProducer;
use crate::process::scene::Scene;
use crate::topology::record::{Produce, topic};

/// Most records of one transaction: what the broker takes well within the time that a transaction may last.
const CHUNK_RECORDS: usize = 2_000;

/// Holds the transactional ids of all tasks of a processor: none of them can commit any more.
#[derive(Debug)]
pub struct Writers {
    legs: Vec<TransactionalProducer>,
    intervals: Vec<TransactionalProducer>,
}

impl Writers {
    /// Takes all ids over.
    ///
    /// # Errors
    /// As [`ReplayError`] says.
    pub fn take_over(scene: &Scene) -> Result<Writers, ReplayError> {
        let of = |room: Room, partitions: i32| -> Result<Vec<TransactionalProducer>, KafkaFailure> {
            let id = |partition: i32| scene.names.task_transactional_id(room, partition);
            (0..partitions).map(|partition| TransactionalProducer::take_over(&scene.worker, &id(partition))).collect()
        };
        Ok(Writers {
            legs: of(Room::Legs, scene.setup.interactions_partitions)?,
            intervals: of(Room::Intervals, scene.setup.contributions_partitions)?,
        })
    }

    /// Writes the progress of a legs task, then sends the readings of its partition again.
    ///
    /// # Errors
    /// As [`ReplayError`] says; what was sent already does no harm when it is sent again.
    pub fn restate(
        &self,
        scene: &Scene,
        bounds: &Bounds,
        tasks: &Tasks,
        (readings, newest): (&Readings, &Newest),
    ) -> Result<u64, ReplayError> {
        for (partition, (producer, progress)) in (0..).zip(self.legs.iter().zip(&tasks.legs)) {
            let claim = progress_record(Room::Legs, partition, progress)?;
            transaction(scene, producer, &[claim])?;
        }
        let places: Vec<BTreeSet<i64>> =
            newest.iter().map(|found| found.values().map(|one| one.at).collect()).collect();
        let mut sent = 0;
        if places.iter().all(BTreeSet::is_empty) {
            return Ok(sent);
        }
        let mut chunks: Vec<Vec<Produce>> = vec![Vec::new(); self.legs.len()];
        each_reading(scene, bounds, tasks, readings, &mut |partition, record| {
            let slot = usize::try_from(partition).unwrap_or(usize::MAX);
            let (Some(places), Some(chunk)) = (places.get(slot), chunks.get_mut(slot)) else {
                return Ok(());
            };
            if !places.contains(&record.offset) {
                return Ok(());
            }
            chunk.push(Produce {
                topic: topic::INTERACTIONS.to_owned(),
                partition: Some(partition),
                key: record.key.map(<[u8]>::to_vec),
                value: record.value.map(<[u8]>::to_vec),
                ..Produce::default()
            });
            sent += 1;
            if CHUNK_RECORDS <= chunk.len() {
                transaction(scene, &self.legs[slot], &std::mem::take(chunk))?;
            }
            Ok(())
        })?;
        for (producer, chunk) in self.legs.iter().zip(&chunks) {
            transaction(scene, producer, chunk)?;
        }
        Ok(sent)
    }

    /// Sends an intervals task the commands of its partition, then writes its progress.
    ///
    /// # Errors
    /// As [`ReplayError`] says.
    pub fn replace(
        &self,
        scene: &Scene,
        partition: i32,
        progress: &Progress,
        commands: &[Produce],
    ) -> Result<(), ReplayError> {
        let Some(producer) = usize::try_from(partition).ok().and_then(|slot| self.intervals.get(slot)) else {
            return Ok(());
        };
        for chunk in commands.chunks(CHUNK_RECORDS) {
            transaction(scene, producer, chunk)?;
        }
        transaction(scene, producer, &[progress_record(Room::Intervals, partition, progress)?])
    }
}

fn progress_record(room: Room, partition: i32, progress: &Progress) -> Result<Produce, ReplayError> {
    let key = ProgressKey { room: room.word().to_owned(), partition };
    Ok(Produce {
        topic: topic::PROGRESS.to_owned(),
        partition: Some(partition),
        key: Some(Codec::default().framed(&key)?),
        value: Some(Codec::default().framed(progress)?),
        ..Produce::default()
    })
}

fn transaction(scene: &Scene, producer: &TransactionalProducer, records: &[Produce]) -> Result<(), ReplayError> {
    if records.is_empty() {
        return Ok(());
    }
    let sent = || {
        producer.begin()?;
        producer.send(records, &|name| scene.names.topic(name))?;
        producer.drain()?;
        producer.commit()
    };
    sent().map_err(|failure: KafkaFailure| match failure {
        KafkaFailure::Fenced { cause, .. } => ReplayError::Running(cause),
        other => ReplayError::Kafka(other),
    })
}
