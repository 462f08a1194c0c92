//! How many records may wait for one partition: never more than its next request takes. Pure.
//!
//! While a request of an idempotent producer is under way, librdkafka sends no other one to the same partition, and as long
//! as records wait for that, its thread for the broker asks again and again without a pause. It then takes a whole core for
//! as long as the broker needs to answer; on a small machine the broker itself gets no time to do so. So a partition is
//! given what one request takes, and the next records when that is confirmed.

use crate::topology::record::Produce;

/// Records in a request: `batch.num.messages`, so that a request leaves as soon as it is full.
pub const REQUEST_RECORDS: u64 = 1_500;

/// Bytes of records in a request; what frames them comes on top, and all of it must stay below `batch.size` and the
/// `max.message.bytes` of every topic.
const REQUEST_BYTES: usize = 850_000;

/// What a record takes besides its key, value and headers, at most.
const FRAME_BYTES: usize = 40;

/// What one partition was given in a transaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Lane {
    sent: u64,
    // Of those, what was sent since all were last confirmed.
    waiting: u64,
    waiting_bytes: usize,
}

/// What each partition was given in the running transaction; of records that find theirs by their key it is the topic.
#[derive(Debug, Default)]
pub struct Lanes {
    // Few: looking through them costs less than a hash of a name.
    all: Vec<((String, Option<i32>), Lane)>,
    // Records of one partition often follow each other.
    last: usize,
}

/// What has to be confirmed before a record may be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Full topic name.
    pub topic: String,
    /// The partition; `None`: all of the topic.
    pub partition: Option<i32>,
    /// So many records of this transaction in all.
    pub confirmed: u64,
}

impl Lanes {
    /// What has to be confirmed before the record is sent, if anything has; then it counts as confirmed.
    pub fn before(&mut self, record: &Produce, topic: &str) -> Option<Wait> {
        let lane = self.lane(topic, record.partition);
        let full = REQUEST_RECORDS <= lane.waiting || REQUEST_BYTES < lane.waiting_bytes + bytes_of(record);
        if !full || lane.waiting == 0 {
            return None;
        }
        (lane.waiting, lane.waiting_bytes) = (0, 0);
        Some(Wait { topic: topic.to_owned(), partition: record.partition, confirmed: lane.sent })
    }

    /// Counts a record that is being sent.
    pub fn sent(&mut self, record: &Produce, topic: &str) {
        let lane = self.lane(topic, record.partition);
        lane.sent += 1;
        lane.waiting += 1;
        lane.waiting_bytes += bytes_of(record);
    }

    fn lane(&mut self, topic: &str, partition: Option<i32>) -> &mut Lane {
        let is_it = |one: &((String, Option<i32>), Lane)| one.0.1 == partition && one.0.0 == topic;
        if !self.all.get(self.last).is_some_and(is_it) {
            self.last = self.all.iter().position(is_it).unwrap_or_else(|| {
                self.all.push(((topic.to_owned(), partition), Lane::default()));
                self.all.len() - 1
            });
        }
        &mut self.all[self.last].1
    }
}

fn bytes_of(record: &Produce) -> usize {
    let headers: usize = record.headers.iter().map(|(name, value)| name.len() + value.len() + 10).sum();
    let part = |part: &Option<Vec<u8>>| part.as_ref().map_or(0, Vec::len);
    part(&record.key) + part(&record.value) + headers + FRAME_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(partition: Option<i32>, bytes: usize) -> Produce {
        Produce { partition, value: Some(vec![0; bytes]), ..Produce::default() }
    }

    fn waits(records: &[Produce]) -> Vec<(Option<i32>, u64)> {
        let mut lanes = Lanes::default();
        let mut waits = Vec::new();
        for record in records {
            waits.extend(lanes.before(record, "t").map(|wait| (wait.partition, wait.confirmed)));
            lanes.sent(record, "t");
        }
        waits
    }

    #[test]
    fn a_partition_is_given_no_more_records_than_a_request_takes() {
        let many = vec![record(Some(1), 10); 3_001];
        assert_eq!(waits(&many), [(Some(1), 1_500), (Some(1), 3_000)]);
        assert_eq!(waits(&many[..1_500]), []);
    }

    #[test]
    fn a_partition_is_given_no_more_bytes_than_a_request_takes() {
        let large = vec![record(None, 400_000); 5];
        assert_eq!(waits(&large), [(None, 2), (None, 4)]);
        // The largest record goes alone.
        assert_eq!(waits(&vec![record(None, 8_000_000); 2]), [(None, 1)]);
    }

    #[test]
    fn partitions_do_not_wait_for_each_other() {
        let both: Vec<Produce> = (0..3_000).map(|number| record(Some(number % 2), 10)).collect();
        assert_eq!(waits(&both), []);
    }
}
