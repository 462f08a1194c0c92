//! Publishes to Kafka: one transaction a publication. Edge; runs on a thread that may block.

use std::collections::BTreeMap;
use std::time::Duration;

use super::contract::{Claimed, Publication, Publish, PublishError, Request};
use super::encode::{Encoder, Kept, SourcePartition, StoredOffsets, read_request};
use crate::config::typed::WorkerConfig;
use crate::domain::causes::causes;
use crate::domain::reference::{Kind, Reference};
use crate::kafka::bounds::Bounds;
use crate::kafka::error::KafkaFailure;
use crate::kafka::names::Names;
use crate::kafka::producer::TransactionalProducer;
use crate::kafka::reader::{input, read_range};
use crate::runtime::shutdown::Shutdown;
use crate::topology::record::{Produce, topic};

/// Waits between tries to claim while the broker is away.
const CLAIM_RETRY: Duration = Duration::from_secs(1);
/// How long what was published may take to be decided. Longer: the open transaction may run into its timeout.
const LOOK_WAIT: Duration = Duration::from_secs(2);
/// One warning for so many tries: each may take several seconds by itself.
const CLAIMS_A_WARNING: u32 = 10;

/// Publishes for one source partition under its transactional id.
#[derive(Debug)]
pub struct KafkaPublisher {
    worker: WorkerConfig,
    names: Names,
    of: SourcePartition,
    partitions: i32,
    shutdown: Shutdown,
    encoder: Encoder,
    producer: Option<TransactionalProducer>,
    kept: Kept,
    // All source partitions of the split; empty: only the own one is known.
    plan: Vec<String>,
    // Where the source offset of the last publication landed.
    committed_at: Option<i64>,
    // Everything before this offset of `offsets` was looked at for requests.
    looked_to: i64,
}

impl From<KafkaFailure> for PublishError {
    fn from(failure: KafkaFailure) -> Self {
        match &failure {
            KafkaFailure::Refused { .. } => PublishError::Fatal(causes(&failure)),
            // Another source, or the broker took a late one for dead: the next claim finds out which.
            KafkaFailure::Fenced { .. }
            | KafkaFailure::Transient { .. }
            | KafkaFailure::Abortable { .. }
            | KafkaFailure::Replace { .. } => PublishError::Retry(causes(&failure)),
        }
    }
}

impl KafkaPublisher {
    /// A publisher that has claimed nothing yet; `shutdown` ends its waiting for a broker.
    #[must_use]
    pub fn new(worker: &WorkerConfig, of: SourcePartition, shutdown: Shutdown) -> KafkaPublisher {
        KafkaPublisher {
            worker: worker.clone(),
            names: Names::new(&worker.topic_prefix, &of.pipeline),
            of,
            partitions: worker.topics_partitions,
            shutdown,
            encoder: Encoder::default(),
            producer: None,
            kept: Kept::default(),
            plan: Vec::new(),
            committed_at: None,
            looked_to: 0,
        }
    }

    /// The same for one of several source partitions: the first claim ends those of the pipeline that are not in `plan`.
    #[must_use]
    pub fn of_split(self, plan: Vec<String>) -> KafkaPublisher {
        KafkaPublisher { plan, ..self }
    }

    fn try_claim(&mut self) -> Result<Claimed, PublishError> {
        let late = self.producer.take().is_some() || 0 < self.kept.claims;
        let id = self.names.source_transactional_id(&self.of.org_id, &self.of.source_partition);
        let bounds = Bounds::new(&self.worker, &id)?.until(&self.shutdown);
        // Only what is decided already: one's own broken transaction may still be open, and is ended further down.
        let decided = bounds.decided(&self.names.topic(topic::OFFSETS), 0)?;
        if late && self.kept.claims < self.stored(&bounds, &id, decided)?.1.claims {
            // Claiming again would fence the source that has taken over, and so on for ever.
            return Err(PublishError::Fenced);
        }
        let producer = TransactionalProducer::take_over_until(&self.worker, &id, &self.shutdown)?;
        let topics = self.names.source_topics(self.partitions).into_iter();
        let places = topics.flat_map(|spec| (0..spec.partitions).map(move |partition| (spec.name.clone(), partition)));
        producer.settle(&bounds, &places.collect::<Vec<_>>(), &mut || {})?;
        let all = bounds.all(&self.names.topic(topic::OFFSETS), 0)?;
        let (claimed, mut kept) = self.stored(&bounds, &id, all)?;
        let partitions = usize::try_from(self.partitions).unwrap_or(0);
        if kept.interactions_offsets.is_empty() {
            kept.interactions_offsets = vec![0; partitions];
        }
        if !late && !self.plan.is_empty() {
            for gone in claimed.others.keys().filter(|name| !self.plan.contains(name)) {
                // A source that still reads another split is fenced, finds the newer one and stops.
                TransactionalProducer::take_over_until(
                    &self.worker,
                    &self.names.source_transactional_id(&self.of.org_id, gone),
                    &self.shutdown,
                )?;
            }
        }
        if kept.interactions_offsets.len() != partitions {
            return Err(PublishError::Fatal(format!(
                "the source offset was stored with {} partitions of interactions and there are {partitions}: \
                 partition counts cannot change",
                kept.interactions_offsets.len()
            )));
        }
        kept.claims += 1;
        self.kept = kept;
        self.looked_to = 0;
        self.committed_at = None;
        self.producer = Some(producer);
        Ok(claimed)
    }

    /// The newest committed source offsets of a range of `offsets`, taken apart.
    fn stored(&self, bounds: &Bounds, id: &str, range: (i64, i64)) -> Result<(Claimed, Kept), PublishError> {
        let offsets = self.names.topic(topic::OFFSETS);
        let mut stored = StoredOffsets::default();
        read_range::<PublishError>(&self.worker, bounds, id, (&offsets, 0), range, &mut || {}, &mut |record| {
            let record = input(record);
            stored.take(&self.of, record.key, record.value);
            Ok(())
        })?;
        stored.read(&self.of)
    }

    /// Answers with what is kept from now on, and with where the source offset landed.
    fn try_publish(&self, publication: &Publication) -> Result<(Kept, Option<i64>), PublishError> {
        let Some(producer) = &self.producer else {
            return Err(PublishError::Retry("nothing is claimed".to_owned()));
        };
        let data = self.encoder.data(publication, &self.of);
        let data: Vec<Produce> = data.map_err(|error| PublishError::Fatal(causes(&error)))?;
        let name = |topic: &str| self.names.topic(topic);
        producer.begin()?;
        producer.send(&data, &name)?;
        // The watermark and the source offset speak of where the data landed, so that must be known first.
        producer.drain()?;
        let interactions = self.names.topic(topic::INTERACTIONS);
        let mut kept = self.kept.clone();
        for landed in producer.delivered().into_iter().filter(|landed| landed.topic == interactions) {
            if let Some(next) =
                usize::try_from(landed.partition).ok().and_then(|at| kept.interactions_offsets.get_mut(at))
            {
                *next = landed.last + 1;
            }
        }
        let positions = self.encoder.positions(publication, &self.of, &kept)?;
        producer.send(&positions, &name)?;
        producer.drain()?;
        if producer.disturbed() {
            self.check_that_the_last_publication_is_decided()?;
        }
        producer.commit()?;
        let offsets = self.names.topic(topic::OFFSETS);
        let landed = producer.delivered().into_iter().find(|landed| landed.topic == offsets);
        Ok((kept, landed.map(|landed| landed.last)))
    }

    /// A coordinator may have lost the markers of the last publication when the connection to it was lost. The commit of the
    /// open transaction would stand in for them where it has written, and nowhere else.
    fn check_that_the_last_publication_is_decided(&self) -> Result<(), PublishError> {
        let Some(offset) = self.committed_at else {
            return Ok(());
        };
        let id = self.names.source_transactional_id(&self.of.org_id, &self.of.source_partition);
        let topic = self.names.topic(topic::OFFSETS);
        // Another source's transaction may be open there for a moment.
        if Bounds::new(&self.worker, &id)?.is_decided(&topic, 0, offset + 1, LOOK_WAIT)? {
            return Ok(());
        }
        Err(PublishError::Retry(format!("the last publication is not to be seen at offset {offset} of {topic}")))
    }
}

impl KafkaPublisher {
    fn newest_request(&mut self) -> Result<Option<Request>, PublishError> {
        let id = self.names.source_transactional_id(&self.of.org_id, &self.of.source_partition);
        let bounds = Bounds::new(&self.worker, &id)?;
        let (offsets, key) = (self.names.topic(topic::OFFSETS), self.of.request_key());
        let (first, end) = bounds.decided(&offsets, 0)?;
        let range = (self.looked_to.max(first), end);
        let mut newest = None;
        read_range::<PublishError>(&self.worker, &bounds, &id, (&offsets, 0), range, &mut || {}, &mut |record| {
            let record = input(record);
            if record.key == Some(key.as_slice()) {
                newest = read_request(record.offset, record.value);
            }
            Ok(())
        })?;
        self.looked_to = end;
        Ok(newest)
    }
}

impl Publish for KafkaPublisher {
    fn claim(&mut self) -> Result<Claimed, PublishError> {
        let mut tries = 0_u32;
        loop {
            match self.try_claim() {
                Err(PublishError::Retry(cause)) if !self.shutdown.requested() => {
                    tries += 1;
                    // The first may be a matter of a moment, as after the creation of a topic.
                    if tries % CLAIMS_A_WARNING == 2 {
                        tracing::warn!(cause, tries, "source waits for the broker");
                    }
                    std::thread::sleep(CLAIM_RETRY);
                }
                outcome => return outcome,
            }
        }
    }

    fn reference(&mut self) -> Result<Vec<(Kind, Reference)>, PublishError> {
        let id = self.names.source_transactional_id(&self.of.org_id, &self.of.source_partition);
        let bounds = Bounds::new(&self.worker, &id)?;
        // By id: the newest record of each counts, whether or not the topic was compacted.
        let mut newest: BTreeMap<(Kind, String), Reference> = BTreeMap::new();
        for kind in Kind::ALL {
            let topic = self.names.topic(&topic::reference(kind));
            // What a transaction that is not decided holds would be published again, which changes nothing.
            let range = bounds.decided(&topic, 0)?;
            read_range::<PublishError>(&self.worker, &bounds, &id, (&topic, 0), range, &mut || {}, &mut |record| {
                let Some(value) = input(record).value else { return Ok(()) };
                match self.encoder.read_reference(value, &self.of) {
                    Ok(Some(reference)) => drop(newest.insert((kind, reference.id.clone()), reference)),
                    Ok(None) => {}
                    Err(error) => tracing::warn!(%error, topic, "a name that was published cannot be read back"),
                }
                Ok(())
            })?;
        }
        Ok(newest.into_iter().map(|((kind, _), reference)| (kind, reference)).collect())
    }

    fn request(&mut self) -> Result<Option<Request>, PublishError> {
        // A source that is up to date publishes next to nothing for hours.
        if let Some(producer) = &self.producer {
            producer.serve();
        }
        self.newest_request()
    }

    fn publish(&mut self, publication: &Publication) -> Result<(), PublishError> {
        match self.try_publish(publication) {
            Ok((kept, committed_at)) => {
                self.kept = kept;
                self.committed_at = committed_at;
                Ok(())
            }
            Err(failure) => {
                // Whatever it was, the next claim ends this transaction and reads what was committed.
                self.producer = None;
                Err(failure)
            }
        }
    }
}
