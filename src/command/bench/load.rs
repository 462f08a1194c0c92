//! Publishes a backlog as a source does: a transaction a page, and a watermark behind each slice. Edge.

use std::time::Instant;

use super::backlog::{Backlog, watermark};
use super::broker::Stage;
use crate::avro::Codec;
use crate::domain::interaction::Interaction;
use crate::domain::time::InstantMs;
use crate::domain::watermark::Watermark;
use crate::kafka::producer::TransactionalProducer;
use crate::process::scene::Scene;
use crate::topology::record::{Produce, topic};

/// Writes what a source writes.
#[derive(Debug)]
pub struct Publisher {
    scene: Scene,
    producer: TransactionalProducer,
    interactions: Codec<Interaction>,
    watermarks: Codec<Watermark>,
    // Next offset of each partition of `interactions`.
    offsets: Vec<i64>,
    extract_start: InstantMs,
}

impl Publisher {
    /// A source whose plan begins at `extract_start`; says so on `watermarks`.
    ///
    /// # Errors
    /// As the broker says.
    pub fn new(scene: &Scene, extract_start: InstantMs) -> anyhow::Result<Publisher> {
        let id = scene.names.source_transactional_id("acme", "interaction-details");
        let partitions = usize::try_from(scene.setup.interactions_partitions)?;
        let publisher = Publisher {
            producer: TransactionalProducer::take_over(&scene.worker, &id)?,
            scene: scene.clone(),
            interactions: Codec::default(),
            watermarks: Codec::default(),
            offsets: vec![0; partitions],
            extract_start,
        };
        publisher.transaction(&[publisher.watermark(extract_start, false)?])?;
        Ok(publisher)
    }

    /// Partitions of `interactions`.
    #[must_use]
    pub fn partitions(&self) -> usize {
        self.offsets.len()
    }

    /// An interaction as a record, to be partitioned by its key or put on a partition.
    ///
    /// # Errors
    /// When it does not follow its schema.
    pub fn record(&self, interaction: &Interaction, partition: Option<i32>) -> anyhow::Result<Produce> {
        Ok(Produce {
            topic: topic::INTERACTIONS.to_owned(),
            partition,
            key: Some(interaction.interaction_id.clone().into_bytes()),
            value: Some(self.interactions.framed(interaction)?),
            ..Produce::default()
        })
    }

    /// Publishes records of interactions in one transaction.
    ///
    /// # Errors
    /// As the broker says.
    pub fn publish(&mut self, records: &[Produce]) -> anyhow::Result<()> {
        self.transaction(records)?;
        let name = self.scene.names.topic(topic::INTERACTIONS);
        for landed in self.producer.delivered().into_iter().filter(|at| at.topic == name) {
            if let Some(next) = usize::try_from(landed.partition).ok().and_then(|at| self.offsets.get_mut(at)) {
                *next = landed.last + 1;
            }
        }
        Ok(())
    }

    /// Says that everything before `at` was published.
    ///
    /// # Errors
    /// As the broker says.
    pub fn complete_up_to(&mut self, at: InstantMs, closed: bool) -> anyhow::Result<()> {
        self.transaction(&[self.watermark(at, closed)?])
    }

    fn watermark(&self, at: InstantMs, closed: bool) -> anyhow::Result<Produce> {
        let record = watermark(at, self.extract_start, closed, &self.offsets);
        Ok(Produce {
            topic: topic::WATERMARKS.to_owned(),
            partition: Some(0),
            key: Some(record.source_partition.clone().into_bytes()),
            value: Some(self.watermarks.framed(&record)?),
            ..Produce::default()
        })
    }

    fn transaction(&self, records: &[Produce]) -> anyhow::Result<()> {
        self.producer.begin()?;
        self.producer.send(records, &|name| self.scene.names.topic(name))?;
        self.producer.drain()?;
        Ok(self.producer.commit()?)
    }
}

/// What was published.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Loaded {
    /// Interactions.
    pub interactions: u64,
    /// Bytes of their keys and values.
    pub bytes: u64,
}

/// Publishes all of a backlog, and the watermark that closes it.
///
/// # Errors
/// As the broker says.
pub fn load(stage: &Stage, backlog: &Backlog) -> anyhow::Result<Loaded> {
    let began = Instant::now();
    let mut publisher = Publisher::new(&stage.scene, backlog.range().from)?;
    let mut loaded = Loaded::default();
    for slice in backlog.slices() {
        for page in backlog.pages(slice)? {
            let records: Vec<Produce> =
                page.iter().map(|one| publisher.record(one, None)).collect::<anyhow::Result<_>>()?;
            loaded.interactions += records.len() as u64;
            let length = |bytes: &Option<Vec<u8>>| bytes.as_ref().map_or(0, Vec::len) as u64;
            loaded.bytes += records.iter().map(|one| length(&one.key) + length(&one.value)).sum::<u64>();
            if !records.is_empty() {
                publisher.publish(&records)?;
            }
        }
        publisher.complete_up_to(slice.to, slice.to == backlog.range().to)?;
    }
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "loaded {} interactions of {} bytes on average, over {} partitions, in {seconds:.1} s",
        loaded.interactions,
        loaded.bytes / loaded.interactions.max(1),
        stage.scene.setup.interactions_partitions
    );
    Ok(loaded)
}
