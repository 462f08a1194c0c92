//! A source's publications into the in-process log. Edge: it reads the clock.

use std::collections::BTreeMap;

use super::clock;
use super::log::{Log, LogError, Placed, Producer};
use crate::domain::reference::{Kind, Reference};
use crate::publish::contract::{Claimed, Publication, Publish, PublishError};
use crate::publish::encode::{Encoder, Kept, SourcePartition, StoredOffsets};
use crate::topology::record::topic;

/// Most records of `offsets` that are looked at in one go while claiming.
const READ_RECORDS_MAX: usize = 1_000;

/// Publishes for one source partition; one that claims later fences it.
#[derive(Debug)]
pub struct EmbeddedPublisher {
    log: Log,
    of: SourcePartition,
    encoder: Encoder,
    // `None` before the first claim.
    producer: Option<Producer>,
    kept: Kept,
}

impl EmbeddedPublisher {
    /// A publisher that has claimed nothing yet.
    #[must_use]
    pub fn new(log: Log, of: SourcePartition) -> EmbeddedPublisher {
        EmbeddedPublisher { log, of, encoder: Encoder::default(), producer: None, kept: Kept::default() }
    }

    fn stored_offsets(&self) -> StoredOffsets {
        let mut newest = StoredOffsets::default();
        let mut from = 0;
        loop {
            let records = self.log.read(topic::OFFSETS, 0, from, READ_RECORDS_MAX);
            let Some(last) = records.last() else {
                return newest;
            };
            from = last.offset + 1;
            for record in &records {
                newest.take(&self.of, record.key.as_deref(), record.value.as_deref());
            }
        }
    }
}

impl Publish for EmbeddedPublisher {
    fn claim(&mut self) -> Result<Claimed, PublishError> {
        let SourcePartition { pipeline, org_id, source_partition, .. } = &self.of;
        self.producer = Some(self.log.producer(&format!("{pipeline}.source.{org_id}.{source_partition}")));
        let partitions = usize::try_from(self.log.partitions(topic::INTERACTIONS)).unwrap_or(0);
        let (claimed, mut kept) = self.stored_offsets().read(&self.of)?;
        if kept.interactions_offsets.is_empty() {
            kept.interactions_offsets = vec![0; partitions];
        }
        let known = kept.interactions_offsets.len();
        if known != partitions {
            return Err(PublishError::Fatal(format!(
                "interactions has {partitions} partitions but the stored source offset names {known}"
            )));
        }
        kept.claims += 1;
        self.kept = kept;
        Ok(claimed)
    }

    fn reference(&mut self) -> Result<Vec<(Kind, Reference)>, PublishError> {
        let mut newest: BTreeMap<(Kind, String), Reference> = BTreeMap::new();
        for kind in Kind::ALL {
            let (topic, mut from) = (topic::reference(kind), 0);
            loop {
                let records = self.log.read(&topic, 0, from, READ_RECORDS_MAX);
                let Some(last) = records.last() else { break };
                from = last.offset + 1;
                for value in records.iter().filter_map(|record| record.value.as_deref()) {
                    let read = self.encoder.read_reference(value, &self.of);
                    if let Some(reference) = read.map_err(|error| PublishError::Fatal(error.to_string()))? {
                        newest.insert((kind, reference.id.clone()), reference);
                    }
                }
            }
        }
        Ok(newest.into_iter().map(|((kind, _), reference)| (kind, reference)).collect())
    }

    fn publish(&mut self, publication: &Publication) -> Result<(), PublishError> {
        let Some(producer) = &self.producer else {
            return Err(PublishError::Retry("nothing was claimed yet".to_owned()));
        };
        let fatal = |error: crate::avro::AvroError| PublishError::Fatal(error.to_string());
        let data = self.encoder.data(publication, &self.of).map_err(fatal)?;
        let written_at = clock::now();
        let kept = producer.transaction(|transaction| {
            let placed = transaction.append(data, written_at)?;
            let interactions_offsets = delivered_after(&self.kept.interactions_offsets, &placed);
            let kept = Kept { interactions_offsets, claims: self.kept.claims };
            transaction.append(self.encoder.positions(publication, &self.of, &kept)?, written_at)?;
            Ok::<_, PublishError>(kept)
        })?;
        self.kept = kept;
        Ok(())
    }
}

impl From<LogError> for PublishError {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Fenced { .. } => PublishError::Fenced,
            LogError::NoPartition { .. } | LogError::Full { .. } => PublishError::Fatal(error.to_string()),
        }
    }
}

/// The next offset after the last record of `interactions` on each partition; unchanged where none was placed.
fn delivered_after(before: &[i64], placed: &[Placed]) -> Vec<i64> {
    let of_interactions = placed.iter().filter(|placed| placed.topic == topic::INTERACTIONS);
    let next: BTreeMap<i32, i64> = of_interactions.map(|placed| (placed.partition, placed.offset + 1)).collect();
    let after = before.iter().zip(0..);
    after.map(|(before, partition)| next.get(&partition).copied().unwrap_or(*before)).collect()
}

#[cfg(test)]
mod tests;
