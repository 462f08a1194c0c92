//! One partition's records, in the order of their offsets. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::LogRecord;

/// The committed records of one partition.
#[derive(Debug, Default)]
pub(super) struct PartitionLog {
    // Ascending by offset, with holes where commit markers stand or records were compacted.
    records: Vec<Arc<LogRecord>>,
    start: i64,
    end: i64,
}

impl PartitionLog {
    /// Up to `max` records at or after `from`.
    pub(super) fn read(&self, from: i64, max: usize) -> Vec<Arc<LogRecord>> {
        let first = self.records.partition_point(|record| record.offset < from);
        self.records.iter().skip(first).take(max).cloned().collect()
    }

    /// The next offset that a record gets.
    pub(super) fn end(&self) -> i64 {
        self.end
    }

    /// The first offset that has not been deleted.
    pub(super) fn start(&self) -> i64 {
        self.start
    }

    /// Adds a transaction's records, which begin at [`PartitionLog::end`], and its commit marker.
    pub(super) fn commit(&mut self, records: Vec<LogRecord>) {
        self.end += records.len() as i64 + 1;
        self.records.extend(records.into_iter().map(Arc::new));
    }

    /// Deletes what stands before `before`; returns the bytes that this frees.
    pub(super) fn delete_before(&mut self, before: i64) -> usize {
        self.start = self.start.max(before.min(self.end));
        let kept = self.records.partition_point(|record| record.offset < before);
        self.records.drain(..kept).map(|record| record.bytes()).sum()
    }

    /// Deletes records whose key stands again later, and keyless ones never; returns the bytes that this frees.
    pub(super) fn compact(&mut self) -> usize {
        let mut newest: BTreeMap<Vec<u8>, i64> = BTreeMap::new();
        for record in &self.records {
            if let Some(key) = &record.key {
                newest.insert(key.clone(), record.offset);
            }
        }
        let mut freed = 0;
        self.records.retain(|record| {
            let kept = record.key.as_ref().is_none_or(|key| newest.get(key) == Some(&record.offset));
            freed += if kept { 0 } else { record.bytes() };
            kept
        });
        freed
    }
}
