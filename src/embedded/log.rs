//! An in-process log with transactions: what a broker is to the rest of the program. Edge: locks, and waits for appends.
//!
//! Volatile. A reader sees committed records only, so every read is `read_committed`. After the records of a transaction
//! each partition that it touched has one offset more, which is never read: a broker's commit marker.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::log::partition_log::PartitionLog;
use crate::domain::time::InstantMs;
use crate::topology::partition::partition_of;
use crate::topology::record::{Produce, topic};

mod partition_log;

/// Most bytes of keys, values and headers that a log holds.
///
/// Smaller: a long demonstration ends early. Larger: it ends by the operating system's hand.
pub const LOG_BYTES_MAX: usize = 8 << 30;

/// A record of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRecord {
    /// Its offset.
    pub offset: i64,
    /// Key.
    pub key: Option<Vec<u8>>,
    /// Value; `None`: a tombstone.
    pub value: Option<Vec<u8>>,
    /// As given, else the time of writing.
    pub timestamp: InstantMs,
    /// Headers.
    pub headers: Vec<(String, Vec<u8>)>,
}

/// Where a record came to stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Topic without the prefix.
    pub topic: String,
    /// Partition.
    pub partition: i32,
    /// Offset.
    pub offset: i64,
}

/// Why a transaction left nothing behind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// Another producer took the id over: stop quietly.
    #[error("another producer has taken over the transactional id {id}")]
    Fenced {
        /// Transactional id.
        id: String,
    },
    /// There is no such partition: stop.
    #[error("appending to {topic} partition {partition} of {partitions}")]
    NoPartition {
        /// Topic.
        topic: String,
        /// Partition asked for.
        partition: i32,
        /// Partitions that there are.
        partitions: i32,
    },
    /// Memory is used up: stop.
    #[error("the in-process log is full: it holds {bytes} bytes of at most {bytes_max}")]
    Full {
        /// Bytes held.
        bytes: usize,
        /// Most bytes.
        bytes_max: usize,
    },
}

/// A handle to the log; clones are handles to the same one.
#[derive(Clone, Debug)]
pub struct Log {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    appended: Condvar,
    interactions_partitions: i32,
    contributions_partitions: i32,
    bytes_max: usize,
}

#[derive(Debug, Default)]
struct State {
    topics: BTreeMap<String, Vec<PartitionLog>>,
    epochs: BTreeMap<String, u64>,
    bytes: usize,
    // Transactions so far: what a waiter compares.
    transactions: u64,
}

impl Log {
    /// An empty log. `interactions` and `legs` have the first number of partitions, `contributions` and the KPI topics
    /// the second, `progress` the greater of both, `watermarks`, `offsets` and `reference.*` one, all others the first.
    #[must_use]
    pub fn new(interactions_partitions: i32, contributions_partitions: i32) -> Log {
        Log::bounded(interactions_partitions, contributions_partitions, LOG_BYTES_MAX)
    }

    /// The same with another bound than [`LOG_BYTES_MAX`].
    #[must_use]
    pub fn bounded(interactions_partitions: i32, contributions_partitions: i32, bytes_max: usize) -> Log {
        let state = Mutex::new(State::default());
        let shared =
            Shared { state, appended: Condvar::new(), interactions_partitions, contributions_partitions, bytes_max };
        Log { shared: Arc::new(shared) }
    }

    /// How many partitions a topic has, whether or not something stands on it.
    #[must_use]
    pub fn partitions(&self, topic: &str) -> i32 {
        let (interactions, contributions) = (self.shared.interactions_partitions, self.shared.contributions_partitions);
        match topic {
            topic::WATERMARKS | topic::OFFSETS | topic::RECONCILIATION => 1,
            name if name.starts_with(topic::REFERENCE) => 1,
            topic::PROGRESS => interactions.max(contributions),
            topic::CONTRIBUTIONS => contributions,
            name if name.starts_with("kpi.") => contributions,
            _ => interactions,
        }
    }

    /// Appends all of the records or none, outside any producer's id; returns where each stands, in their order.
    ///
    /// # Errors
    /// [`LogError::NoPartition`] or [`LogError::Full`]; nothing is appended then.
    pub fn append(&self, records: Vec<Produce>, written_at: InstantMs) -> Result<Vec<Placed>, LogError> {
        self.transact(self.lock(), |transaction| transaction.append(records, written_at))
    }

    /// A producer with this id, which fences the one before.
    #[must_use]
    pub fn producer(&self, id: &str) -> Producer {
        let mut state = self.lock();
        let epoch = state.epochs.entry(id.to_owned()).or_insert(0);
        *epoch += 1;
        Producer { log: self.clone(), id: id.to_owned(), epoch: *epoch }
    }

    /// Up to `max` records from `from` on, that offset included.
    #[must_use]
    pub fn read(&self, topic: &str, partition: i32, from: i64, max: usize) -> Vec<Arc<LogRecord>> {
        let state = self.lock();
        state.partition(topic, partition).map_or_else(Vec::new, |log| log.read(from, max))
    }

    /// The offset that follows the last transaction's commit marker; 0 for an empty partition.
    #[must_use]
    pub fn end_offset(&self, topic: &str, partition: i32) -> i64 {
        self.lock().partition(topic, partition).map_or(0, PartitionLog::end)
    }

    /// The first offset that has not been deleted.
    #[must_use]
    pub fn start_offset(&self, topic: &str, partition: i32) -> i64 {
        self.lock().partition(topic, partition).map_or(0, PartitionLog::start)
    }

    /// Deletes the records before `before`, that offset excluded; offsets never move.
    pub fn delete_before(&self, topic: &str, partition: i32, before: i64) {
        let mut state = self.lock();
        let freed = state.partition_mut(topic, partition).map_or(0, |log| log.delete_before(before));
        state.bytes -= freed;
    }

    /// Deletes records that a later record of the same key supersedes.
    pub fn compact(&self, topic: &str, partition: i32) {
        let mut state = self.lock();
        let freed = state.partition_mut(topic, partition).map_or(0, PartitionLog::compact);
        state.bytes -= freed;
    }

    /// The topics that something stands on, in the order of their names.
    #[must_use]
    pub fn topics(&self) -> Vec<String> {
        self.lock().topics.keys().cloned().collect()
    }

    /// How many transactions were committed so far; for [`Log::wait`].
    #[must_use]
    pub fn transactions(&self) -> u64 {
        self.lock().transactions
    }

    /// Waits until more than `seen` transactions were committed, at most `timeout`; returns how many were.
    #[must_use]
    pub fn wait(&self, seen: u64, timeout: Duration) -> u64 {
        let waited = self.shared.appended.wait_timeout_while(self.lock(), timeout, |state| state.transactions <= seen);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.transactions
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A transaction is applied by moves that cannot panic half-way, so the state behind a poisoned lock is whole.
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn transact<T, E: From<LogError>>(
        &self,
        mut state: MutexGuard<'_, State>,
        body: impl FnOnce(&mut Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut transaction = Transaction { log: self, state: &state, staged: BTreeMap::new(), bytes: 0 };
        let outcome = body(&mut transaction)?;
        let Transaction { staged, bytes, .. } = transaction;
        let held = state.bytes + bytes;
        if self.shared.bytes_max < held {
            return Err(LogError::Full { bytes: state.bytes, bytes_max: self.shared.bytes_max }.into());
        }
        state.bytes = held;
        for ((topic, partition), records) in staged {
            let partitions = self.partitions(&topic);
            let logs = state.topics.entry(topic).or_insert_with(|| {
                let empty = (0..partitions).map(|_| PartitionLog::default());
                empty.collect()
            });
            if let Some(log) = slot(partition).and_then(|slot| logs.get_mut(slot)) {
                log.commit(records);
            }
        }
        state.transactions += 1;
        self.shared.appended.notify_all();
        Ok(outcome)
    }
}

/// One transactional id's holder, until another producer takes the id.
#[derive(Debug)]
pub struct Producer {
    log: Log,
    id: String,
    epoch: u64,
}

impl Producer {
    /// Runs `body` while nobody else reads or writes, and commits what it appended; nothing of it when it fails.
    ///
    /// # Errors
    /// [`LogError::Fenced`] before `body` runs, [`LogError::Full`], or what `body` says.
    pub fn transaction<T, E: From<LogError>>(
        &self,
        body: impl FnOnce(&mut Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let state = self.log.lock();
        if state.epochs.get(&self.id) != Some(&self.epoch) {
            return Err(LogError::Fenced { id: self.id.clone() }.into());
        }
        self.log.transact(state, body)
    }
}

/// An open transaction: offsets are given, but nobody sees the records yet.
#[derive(Debug)]
pub struct Transaction<'a> {
    log: &'a Log,
    state: &'a State,
    staged: BTreeMap<(String, i32), Vec<LogRecord>>,
    bytes: usize,
}

impl Transaction<'_> {
    /// Appends records; returns where each will stand, in their order. Those without a partition go by their key, as a
    /// Java producer's do; those without a timestamp get `written_at`.
    ///
    /// # Errors
    /// [`LogError::NoPartition`]; the transaction is to be dropped then.
    pub fn append(&mut self, records: Vec<Produce>, written_at: InstantMs) -> Result<Vec<Placed>, LogError> {
        records.into_iter().map(|record| self.place(record, written_at)).collect()
    }

    fn place(&mut self, record: Produce, written_at: InstantMs) -> Result<Placed, LogError> {
        let Produce { topic, partition, key, value, timestamp, headers } = record;
        let partitions = self.log.partitions(&topic);
        let partition = partition.unwrap_or_else(|| partition_of(key.as_deref().unwrap_or_default(), partitions));
        if !(0..partitions).contains(&partition) {
            return Err(LogError::NoPartition { topic, partition, partitions });
        }
        let end = self.state.partition(&topic, partition).map_or(0, PartitionLog::end);
        let staged = self.staged.entry((topic.clone(), partition)).or_default();
        let offset = staged.last().map_or(end, |last| last.offset + 1);
        let timestamp = timestamp.unwrap_or(written_at);
        let record = LogRecord { offset, key, value, timestamp, headers };
        self.bytes += record.bytes();
        staged.push(record);
        Ok(Placed { topic, partition, offset })
    }
}

impl LogRecord {
    /// Bytes of key, value and headers.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let length = |bytes: &Option<Vec<u8>>| bytes.as_ref().map_or(0, Vec::len);
        let headers: usize = self.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        length(&self.key) + length(&self.value) + headers
    }
}

impl State {
    fn partition(&self, topic: &str, partition: i32) -> Option<&PartitionLog> {
        self.topics.get(topic)?.get(slot(partition)?)
    }

    fn partition_mut(&mut self, topic: &str, partition: i32) -> Option<&mut PartitionLog> {
        self.topics.get_mut(topic)?.get_mut(slot(partition)?)
    }
}

fn slot(partition: i32) -> Option<usize> {
    usize::try_from(partition).ok()
}

#[cfg(test)]
mod tests;
