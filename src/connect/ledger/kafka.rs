//! The ledger of a group of workers: the compacted topics `configs` and `status`. Edge; every call may block.
//!
//! Who changes connectors takes over the transactional id of the group's changes. That ends and fences whoever was at it, so
//! that what is decided by what `configs` says is written before it says anything else.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{Decide, Ledger};
use crate::config::typed::WorkerConfig;
use crate::connect::book::Book;
use crate::connect::catalog::ConfigRecord;
use crate::connect::error::ConnectError;
use crate::connect::statuses::StatusRecord;
use crate::kafka::bounds::Bounds;
use crate::kafka::error::KafkaFailure;
use crate::kafka::names::Names;
use crate::kafka::producer::TransactionalProducer;
use crate::kafka::reader::{Polled, Reader, input, read_range, topic_of};
use crate::kafka::topics::TopicSpec;
use crate::runtime::shutdown::Shutdown;
use crate::topology::record::{Produce, topic};

/// Partitions of `status`. Its records lie in the first; all of them together are what a group shares out, so that no more
/// workers than this have anything to do. Many numbers of workers divide it.
pub const SLOTS: i32 = 24;

/// How long a look for news waits.
const NEWS_WITHIN: Duration = Duration::from_millis(100);

/// The two topics, as they must be.
#[must_use]
pub fn topics(worker: &WorkerConfig) -> Vec<TopicSpec> {
    let names = Names::new(&worker.topic_prefix, "");
    let spec = |name: &str, partitions| TopicSpec {
        name: names.topic(name),
        partitions,
        cleanup: "compact",
        settings: vec![("segment.bytes", (8 * 1024 * 1024).to_string())],
    };
    vec![spec(topic::CONFIGS, 1), spec(topic::STATUS, SLOTS)]
}

/// Connectors in Kafka.
pub struct KafkaLedger {
    worker: WorkerConfig,
    group_id: String,
    worker_id: String,
    book: Arc<Book>,
    changing: Mutex<()>,
    // Kept open from one state to the next; made anew after a failure.
    speaker: Mutex<Option<TransactionalProducer>>,
    ready: AtomicBool,
    stop: Shutdown,
}

impl std::fmt::Debug for KafkaLedger {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "KafkaLedger({})", self.group_id)
    }
}

impl KafkaLedger {
    /// The ledger of a group, for one of its workers; nothing is read yet.
    #[must_use]
    pub fn new(worker: &WorkerConfig, group_id: &str, worker_id: &str, stop: &Shutdown) -> KafkaLedger {
        KafkaLedger {
            worker: worker.clone(),
            group_id: group_id.to_owned(),
            worker_id: worker_id.to_owned(),
            book: Arc::default(),
            changing: Mutex::default(),
            speaker: Mutex::default(),
            ready: AtomicBool::default(),
            stop: stop.clone(),
        }
    }

    fn topic(&self, name: &str) -> String {
        Names::new(&self.worker.topic_prefix, "").topic(name)
    }

    /// Reads both topics from their beginning, and goes on until a stop is asked for. Failures of brokers are waited out.
    ///
    /// # Errors
    /// When a broker refuses to let them be read.
    pub fn follow(&self) -> Result<(), KafkaFailure> {
        while !self.stop.requested() {
            match self.follow_once() {
                Ok(()) => {}
                Err(refused @ KafkaFailure::Refused { .. }) => return Err(refused),
                Err(error) => {
                    tracing::warn!(%error, "reading connectors and their states; tried again");
                    std::thread::sleep(Duration::from_secs(1));
                }
            }
        }
        Ok(())
    }

    fn follow_once(&self) -> Result<(), KafkaFailure> {
        let (configs, status) = (self.topic(topic::CONFIGS), self.topic(topic::STATUS));
        let bounds = Bounds::new(&self.worker, &self.group_id)?.until(&self.stop);
        let mut nexts = Vec::new();
        for name in [&configs, &status] {
            let (first, end) = bounds.all(name, 0)?;
            self.read_up_to(&bounds, name, (first, end))?;
            nexts.push((name.clone(), 0, end));
        }
        self.ready.store(true, Ordering::Release);
        let reader = Reader::new(&self.worker, &self.group_id, &format!("{}.news.{}", self.group_id, self.worker_id))?;
        reader.assign(&nexts)?;
        while !self.stop.requested() {
            match reader.poll(NEWS_WITHIN)? {
                Polled::Record(record) => {
                    let is_config = topic_of(&record) == configs;
                    let record = input(&record);
                    self.take(is_config, record.offset, record.key, record.value);
                }
                Polled::Nothing => {}
                // Compaction never removes what stands behind a position; another topic of the same name would.
                Polled::OutOfRange => return Ok(()),
            }
        }
        Ok(())
    }

    fn read_up_to(&self, bounds: &Bounds, name: &str, range: (i64, i64)) -> Result<(), KafkaFailure> {
        let is_config = name == self.topic(topic::CONFIGS);
        read_range::<KafkaFailure>(&self.worker, bounds, &self.group_id, (name, 0), range, &mut || {}, &mut |record| {
            let record = input(record);
            self.take(is_config, record.offset, record.key, record.value);
            Ok(())
        })
    }

    fn take(&self, is_config: bool, at: i64, key: Option<&[u8]>, value: Option<&[u8]>) {
        let key = String::from_utf8_lossy(key.unwrap_or_default()).into_owned();
        // What is no JSON was written by another program, and is as good as not there.
        let value = value.and_then(|value| serde_json::from_slice(value).ok());
        if is_config {
            self.book.take_config(at, &ConfigRecord { key, value });
        } else {
            self.book.take_status(at, &StatusRecord { key, value });
        }
    }

    fn write(&self, decide: Decide<'_>) -> Result<Result<(), ConnectError>, KafkaFailure> {
        let configs = self.topic(topic::CONFIGS);
        let id = format!("{}.configs", self.group_id);
        let producer = TransactionalProducer::take_over_until(&self.worker, &id, &self.stop)?;
        let bounds = Bounds::new(&self.worker, &self.group_id)?.until(&self.stop);
        producer.settle(&bounds, &[(configs.clone(), 0)], &mut || {})?;
        let end = bounds.all(&configs, 0)?.1;
        // All that was written before is decided; what the book lacks of it are markers, or news on their way.
        self.read_up_to(&bounds, &configs, (self.book.next_config(), end))?;
        let records = match self.book.read(|pages| decide(&pages.catalog)) {
            Ok(records) if records.is_empty() => return Ok(Ok(())),
            Ok(records) => records,
            Err(refused) => return Ok(Err(refused)),
        };
        let produce: Vec<Produce> =
            records.iter().map(|record| produced(topic::CONFIGS, &record.key, record.value.as_ref())).collect();
        send(&producer, &produce, &|name| self.topic(name))?;
        let first = producer.delivered().iter().map(|at| at.first).min().unwrap_or(end);
        for (at, record) in (first..).zip(&records) {
            self.book.take_config(at, record);
        }
        Ok(Ok(()))
    }

    fn speak(&self, records: &[StatusRecord]) -> Result<(), KafkaFailure> {
        let mut speaker = self.speaker.lock().unwrap_or_else(PoisonError::into_inner);
        let producer = match speaker.take() {
            Some(producer) => producer,
            None => {
                let id = format!("{}.status.{}", self.group_id, self.worker_id);
                TransactionalProducer::take_over_until(&self.worker, &id, &self.stop)?
            }
        };
        let produce: Vec<Produce> =
            records.iter().map(|record| produced(topic::STATUS, &record.key, record.value.as_ref())).collect();
        send(&producer, &produce, &|name| self.topic(name))?;
        *speaker = Some(producer);
        Ok(())
    }
}

fn produced(topic: &str, key: &str, value: Option<&serde_json::Value>) -> Produce {
    Produce {
        topic: topic.to_owned(),
        partition: Some(0),
        key: Some(key.as_bytes().to_vec()),
        value: value.map(|value| value.to_string().into_bytes()),
        ..Produce::default()
    }
}

fn send(
    producer: &TransactionalProducer,
    records: &[Produce],
    name: &dyn Fn(&str) -> String,
) -> Result<(), KafkaFailure> {
    producer.begin()?;
    let sent = producer.send(records, name).and_then(|()| producer.drain());
    if let Err(error) = sent {
        if let Err(second) = producer.abort() {
            tracing::debug!(%second, "aborting");
        }
        return Err(error);
    }
    producer.commit()
}

impl Ledger for KafkaLedger {
    fn book(&self) -> &Arc<Book> {
        &self.book
    }

    fn change(&self, decide: Decide<'_>) -> Result<(), ConnectError> {
        if !self.is_ready() {
            return Err(ConnectError::new(503, "This worker has not read yet which connectors there are; try again"));
        }
        let _one = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        match self.write(decide) {
            Ok(outcome) => outcome,
            // Another worker has taken over in the middle of it.
            Err(KafkaFailure::Fenced { .. }) => Err(ConnectError::rebalancing()),
            Err(error) => {
                Err(ConnectError::failed(format!("The change cannot be written to Kafka: {error}; try again")))
            }
        }
    }

    fn say(&self, records: &[StatusRecord]) {
        // A producer that broke is made anew.
        let said = self.speak(records).or_else(|_| self.speak(records));
        if let Err(error) = said {
            tracing::warn!(%error, "states of connectors cannot be written");
        }
    }

    fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }
}
