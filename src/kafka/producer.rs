//! A transactional producer whose deliveries are drained before a commit. Edge; every call here may block.
//!
//! The crate's own `commit_transaction` flushes first, in steps of 100 ms: with deliveries drained beforehand it has
//! nothing to wait for, and a commit takes a few milliseconds.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::client::OAuthToken;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message;
use rdkafka::producer::{BaseProducer, DeliveryResult, Producer, ProducerContext};
use rdkafka::{ClientContext, Offset, TopicPartitionList};

use self::pace::{Lanes, Wait};
use super::error::{KafkaFailure, is_retriable, of_call, of_transaction};
use super::member::GroupMetadata;
use super::notices::notice;
use super::settings::{self, CALL_TIMEOUT, LAST_CALL_TIMEOUT, TRANSACTION_TIMEOUT};
use super::statistics::Telling;
use super::token;
use super::watchdog::{Overdue, Watchdog};
use crate::config::typed::WorkerConfig;
use crate::runtime::shutdown::Shutdown;
use crate::topology::record::Produce;

pub(super) mod pace;
mod record;
mod settle;

/// How long to sleep between looks at outstanding deliveries: a busy loop would burn a core, a longer sleep adds to
/// every commit.
const DRAIN_PAUSE: Duration = Duration::from_micros(200);

/// Where records of one partition landed in the running transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// Full topic name.
    pub topic: String,
    /// Partition.
    pub partition: i32,
    /// Lowest offset.
    pub first: i64,
    /// Highest offset.
    pub last: i64,
}

#[derive(Debug, Default)]
struct Deliveries {
    // With how many there are of each.
    landed: Vec<(Delivered, u64)>,
    failed: Option<KafkaError>,
}

#[derive(Debug, Default)]
struct Context {
    deliveries: Mutex<Deliveries>,
    // An error that the client told of since the last commit began.
    troubled: AtomicBool,
    telling: Telling,
}

impl ClientContext for Context {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn log(&self, level: RDKafkaLogLevel, _facility: &str, text: &str) {
        notice(level, text);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "producer");
        self.troubled.store(true, Ordering::Relaxed);
    }

    fn stats_raw(&self, statistics: &[u8]) {
        self.telling.take(statistics);
    }

    fn generate_oauth_token(&self, config: Option<&str>) -> Result<OAuthToken, Box<dyn std::error::Error>> {
        Ok(token::current(config)?)
    }
}

impl ProducerContext for Context {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        let mut deliveries = self.deliveries.lock().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(record) => {
                let (topic, partition, offset) = (record.topic(), record.partition(), record.offset());
                let known = deliveries.landed.iter_mut().find(|(at, _)| at.partition == partition && at.topic == topic);
                match known {
                    Some((at, count)) => {
                        at.first = at.first.min(offset);
                        at.last = at.last.max(offset);
                        *count += 1;
                    }
                    None => deliveries
                        .landed
                        .push((Delivered { topic: topic.to_owned(), partition, first: offset, last: offset }, 1)),
                }
            }
            Err((error, _)) => {
                // What is purged is aborted on purpose.
                let purged = [RDKafkaErrorCode::PurgeQueue, RDKafkaErrorCode::PurgeInflight];
                if !error.rdkafka_error_code().is_some_and(|code| purged.contains(&code)) {
                    self.telling.delivery_failed();
                }
                deliveries.failed.get_or_insert_with(|| error.clone());
            }
        }
    }
}

/// Holds one transactional id.
pub struct TransactionalProducer {
    producer: Arc<BaseProducer<Context>>,
    // Makes the calls that may never return.
    watchdog: Watchdog,
    lanes: Mutex<Lanes>,
    committed_since: Mutex<Option<Instant>>,
    hurried: AtomicBool,
    stop: Shutdown,
}

impl std::fmt::Debug for TransactionalProducer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("TransactionalProducer")
    }
}

/// How long after its own timeout a call is taken for one that never returns. In a hurry there is no time for more.
const OVERDUE_AFTER: Duration = Duration::from_secs(1);

/// A coordinator is taken to need more than this to fail over. Shorter: more looks at the broker; longer: a restart goes
/// unseen.
const FAILOVER_MIN: Duration = Duration::from_secs(1);

impl TransactionalProducer {
    /// Takes the transactional id over: ends a predecessor's transaction and fences it.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    pub fn take_over(worker: &WorkerConfig, transactional_id: &str) -> Result<TransactionalProducer, KafkaFailure> {
        TransactionalProducer::take_over_until(worker, transactional_id, &Shutdown::default())
    }

    /// As [`TransactionalProducer::take_over`]; once `stop` is asked for, neither this nor any call of the producer is waited for
    /// longer than [`LAST_CALL_TIMEOUT`] and what a watchdog adds to it.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    pub fn take_over_until(
        worker: &WorkerConfig,
        transactional_id: &str,
        stop: &Shutdown,
    ) -> Result<TransactionalProducer, KafkaFailure> {
        let config = settings::telling(settings::producer(worker, transactional_id));
        let created = config.create_with_context(Context::default());
        let producer: BaseProducer<Context> = created.map_err(|error| of_call("creating a producer", &error))?;
        let watchdog = Watchdog::start("transactions").map_err(|error| KafkaFailure::Transient {
            doing: "starting a thread".to_owned(),
            cause: error.to_string(),
        })?;
        let taken = TransactionalProducer {
            producer: Arc::new(producer),
            watchdog,
            lanes: Mutex::default(),
            committed_since: Mutex::default(),
            hurried: AtomicBool::default(),
            stop: stop.clone(),
        };
        // Under OAUTHBEARER it has no token before it is polled, and is not polled while it takes over.
        taken.serve();
        taken.insist("taking over the transactional id", CALL_TIMEOUT, BaseProducer::init_transactions)?;
        Ok(taken)
    }

    /// From here on no call takes longer than [`LAST_CALL_TIMEOUT`]: the process has been asked to stop.
    pub fn hurry(&self) {
        self.hurried.store(true, Ordering::Relaxed);
    }

    /// Takes what the client has to tell while nothing is sent: it would pile up.
    pub fn serve(&self) {
        self.producer.poll(Duration::ZERO);
    }

    fn within(&self, timeout: Duration) -> Duration {
        let hurried = self.hurried.load(Ordering::Relaxed) || self.stop.requested();
        if hurried { timeout.min(LAST_CALL_TIMEOUT) } else { timeout }
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    pub fn begin(&self) -> Result<(), KafkaFailure> {
        *self.lock() = Deliveries::default();
        *self.lanes.lock().unwrap_or_else(PoisonError::into_inner) = Lanes::default();
        self.producer.begin_transaction().map_err(|error| of_transaction("beginning a transaction", &error))
    }

    /// Hands records over, in order; waits for room in the local queue, and for the requests before. `name` gives a topic's
    /// full name.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says; some of the records may be on their way, so the transaction must be aborted.
    pub fn send(&self, records: &[Produce], name: &dyn Fn(&str) -> String) -> Result<(), KafkaFailure> {
        let deadline = Instant::now() + self.within(TRANSACTION_TIMEOUT);
        let mut last = (String::new(), String::new());
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        for (at, record) in records.iter().enumerate() {
            if last.0 != record.topic {
                last = (record.topic.clone(), name(&record.topic));
            }
            if let Some(wait) = lanes.before(record, &last.1) {
                self.wait_until_confirmed(&wait)?;
            }
            lanes.sent(record, &last.1);
            let mut sending = record::base_record(record, &last.1);
            while let Err((error, back)) = self.producer.send(sending) {
                if error.rdkafka_error_code() != Some(RDKafkaErrorCode::QueueFull) || deadline < Instant::now() {
                    return Err(abortable("producing a record", &error));
                }
                self.producer.poll(Duration::from_millis(5));
                sending = back;
            }
            if at % 512 == 0 {
                self.producer.poll(Duration::ZERO);
            }
        }
        Ok(())
    }

    /// Waits until everything sent is delivered.
    ///
    /// # Errors
    /// When a delivery failed or takes longer than a transaction may.
    pub fn drain(&self) -> Result<(), KafkaFailure> {
        self.wait_while(&|| self.producer.in_flight_count() > 0)
    }

    /// Waits until so much of the running transaction is delivered.
    fn wait_until_confirmed(&self, wait: &Wait) -> Result<(), KafkaFailure> {
        let is_of =
            |at: &Delivered| at.topic == wait.topic && wait.partition.is_none_or(|number| at.partition == number);
        let confirmed = || {
            let deliveries = self.lock();
            deliveries.landed.iter().filter(|(at, _)| is_of(at)).map(|(_, count)| count).sum::<u64>()
        };
        self.wait_while(&|| confirmed() < wait.confirmed)
    }

    /// Waits for deliveries, for as long as there is something to wait for, and none has failed.
    fn wait_while(&self, undelivered: &dyn Fn() -> bool) -> Result<(), KafkaFailure> {
        let deadline = Instant::now() + self.within(TRANSACTION_TIMEOUT);
        while undelivered() {
            self.producer.poll(Duration::ZERO);
            if self.lock().failed.is_some() {
                break;
            }
            if deadline < Instant::now() {
                let cause = format!("{} deliveries are not confirmed in time", self.producer.in_flight_count());
                return Err(KafkaFailure::Abortable { doing: "draining deliveries".to_owned(), cause });
            }
            std::thread::sleep(DRAIN_PAUSE);
        }
        match self.lock().failed.take() {
            Some(error) => Err(abortable("producing a record", &error)),
            None => Ok(()),
        }
    }

    /// Whether a coordinator may have come to an end since the last commit began, and another begun: the client tells of
    /// broken connections now and then only, so time enough for it will do.
    #[must_use]
    pub fn disturbed(&self) -> bool {
        let since = *self.committed_since.lock().unwrap_or_else(PoisonError::into_inner);
        self.producer.context().troubled.load(Ordering::Relaxed) || since.is_some_and(|at| FAILOVER_MIN <= at.elapsed())
    }

    /// Where the records of the running transaction landed; complete after [`TransactionalProducer::drain`].
    #[must_use]
    pub fn delivered(&self) -> Vec<Delivered> {
        self.lock().landed.iter().map(|(at, _)| at.clone()).collect()
    }

    /// Puts the next input offset into the transaction.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    pub fn send_offset(
        &self,
        topic: &str,
        partition: i32,
        next_offset: i64,
        group: &GroupMetadata,
    ) -> Result<(), KafkaFailure> {
        let mut offsets = TopicPartitionList::with_capacity(1);
        offsets
            .add_partition_offset(topic, partition, Offset::Offset(next_offset))
            .map_err(|error| of_call("naming an offset", &error))?;
        let group = Arc::clone(group);
        self.insist("sending offsets to the transaction", TRANSACTION_TIMEOUT, move |producer, within| {
            producer.send_offsets_to_transaction(&offsets, &group, within)
        })
    }

    /// Commits; deliveries must be drained.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says; after `Replace` it is not known whether the transaction was committed.
    pub fn commit(&self) -> Result<(), KafkaFailure> {
        self.producer.context().troubled.store(false, Ordering::Relaxed);
        *self.committed_since.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        self.insist("committing a transaction", CALL_TIMEOUT, BaseProducer::commit_transaction)
    }

    /// Aborts. Outstanding deliveries are purged first: an abort with deliveries in flight waits for a poll that never comes.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    pub fn abort(&self) -> Result<(), KafkaFailure> {
        use rdkafka::producer::PurgeConfig;
        self.producer.purge(PurgeConfig::default().queue().inflight());
        let deadline = Instant::now() + self.within(CALL_TIMEOUT);
        while self.producer.in_flight_count() > 0 && Instant::now() < deadline {
            self.producer.poll(Duration::from_millis(1));
            std::thread::sleep(DRAIN_PAUSE);
        }
        self.insist("aborting a transaction", CALL_TIMEOUT, BaseProducer::abort_transaction)
    }

    /// Repeats a call while librdkafka says that the same call is the way on, for at most `timeout`, or less in a hurry. One
    /// that does not return is given up, and its producer with it.
    fn insist(
        &self,
        doing: &str,
        timeout: Duration,
        call: impl Fn(&BaseProducer<Context>, Duration) -> Result<(), KafkaError> + Send + Sync + 'static,
    ) -> Result<(), KafkaFailure> {
        let (call, deadline) = (Arc::new(call), Instant::now() + self.within(timeout));
        loop {
            let (made, producer, within) = (Arc::clone(&call), Arc::clone(&self.producer), self.within(timeout));
            let limit = || self.within(timeout) + OVERDUE_AFTER;
            let returned = self.watchdog.call(limit, move || made(&producer, within));
            match returned {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(error)) if is_retriable(&error) && Instant::now() < deadline => {
                    tracing::debug!(%error, doing, "retrying");
                    self.producer.poll(Duration::from_millis(1));
                    std::thread::sleep(Duration::from_millis(50));
                }
                Ok(Err(error)) if is_retriable(&error) => {
                    return Err(KafkaFailure::Replace { doing: doing.to_owned(), cause: error.to_string() });
                }
                Ok(Err(error)) => return Err(of_transaction(doing, &error)),
                Err(Overdue) => {
                    let cause = format!("the call did not return within {:?}", limit());
                    tracing::warn!(doing, cause, "another producer has to take over");
                    return Err(KafkaFailure::Replace { doing: doing.to_owned(), cause });
                }
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Deliveries> {
        self.producer.context().deliveries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A failed delivery aborts the transaction, unless its code says that more is wrong.
fn abortable(doing: &str, error: &KafkaError) -> KafkaFailure {
    match of_transaction(doing, error) {
        KafkaFailure::Replace { doing, cause } => KafkaFailure::Abortable { doing, cause },
        other => other,
    }
}
