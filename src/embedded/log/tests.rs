//! What the log promises, as a broker would.

use std::time::Instant;

use super::*;

fn record(topic: &str, partition: Option<i32>, key: &str) -> Produce {
    Produce {
        topic: topic.to_owned(),
        partition,
        key: Some(key.as_bytes().to_vec()),
        value: Some(vec![1, 2, 3]),
        ..Produce::default()
    }
}

fn offsets(log: &Log, topic: &str, partition: i32) -> Vec<i64> {
    log.read(topic, partition, 0, usize::MAX).iter().map(|record| record.offset).collect()
}

#[test]
fn a_transaction_leaves_an_offset_out_on_every_partition_that_it_touched() {
    let log = Log::new(2, 2);
    let records = vec![record("legs", Some(0), "a"), record("legs", Some(1), "b"), record("legs", Some(0), "c")];
    let placed = log.append(records, 7).unwrap();
    let at: Vec<(i32, i64)> = placed.iter().map(|placed| (placed.partition, placed.offset)).collect();
    assert_eq!(at, [(0, 0), (1, 0), (0, 1)]);
    log.append(vec![record("legs", Some(0), "d")], 8).unwrap();
    assert_eq!((offsets(&log, "legs", 0), log.end_offset("legs", 0)), (vec![0, 1, 3], 5));
    assert_eq!((offsets(&log, "legs", 1), log.end_offset("legs", 1)), (vec![0], 2));
    assert_eq!(log.read("legs", 0, 2, 10)[0].timestamp, 8);
}

#[test]
fn records_without_a_partition_go_by_their_key_and_single_partition_topics_have_one() {
    let log = Log::new(4, 3);
    let placed = log.append(vec![record("interactions", None, "abc"), record("watermarks", None, "abc")], 0).unwrap();
    assert_eq!((placed[0].partition, placed[1].partition), (partition_of(b"abc", 4), 0));
    assert_eq!([log.partitions("kpi.queue.p1d"), log.partitions("progress"), log.partitions("offsets")], [3, 4, 1]);
}

#[test]
fn all_records_of_a_transaction_stand_or_none() {
    let log = Log::new(1, 1);
    let refused = log.append(vec![record("legs", Some(0), "a"), record("legs", Some(1), "b")], 0);
    assert_eq!(refused, Err(LogError::NoPartition { topic: "legs".into(), partition: 1, partitions: 1 }));
    let failed: Result<(), LogError> = log.producer("p").transaction(|transaction| {
        transaction.append(vec![record("legs", Some(0), "a")], 0)?;
        Err(LogError::Fenced { id: "as good as any".into() })
    });
    assert!(failed.is_err());
    assert_eq!((log.end_offset("legs", 0), log.transactions()), (0, 0));
}

#[test]
fn a_producer_that_takes_an_id_fences_the_one_before() {
    let log = Log::new(1, 1);
    let first = log.producer("id");
    let second = log.producer("id");
    let append = |producer: &Producer| {
        producer.transaction(|transaction| transaction.append(vec![record("legs", Some(0), "a")], 0))
    };
    assert_eq!(append(&first).unwrap_err(), LogError::Fenced { id: "id".into() });
    assert_eq!(append(&second).unwrap()[0].offset, 0);
    assert!(log.producer("other").transaction(|_| Ok::<(), LogError>(())).is_ok());
}

#[test]
fn deletion_and_compaction_keep_offsets_and_give_memory_back() {
    let log = Log::bounded(1, 1, 12);
    for key in ["a", "b", "a"] {
        log.append(vec![record("progress", Some(0), key)], 0).unwrap();
    }
    assert_eq!(log.append(vec![record("legs", Some(0), "z")], 0), Err(LogError::Full { bytes: 12, bytes_max: 12 }));
    log.compact("progress", 0);
    assert_eq!(offsets(&log, "progress", 0), [2, 4]);
    log.append(vec![record("legs", Some(0), "z")], 0).unwrap();
    log.delete_before("progress", 0, 4);
    assert_eq!((offsets(&log, "progress", 0), log.start_offset("progress", 0)), (vec![4], 4));
    assert_eq!(log.end_offset("progress", 0), 6);
}

#[test]
fn a_waiter_is_woken_by_the_next_transaction_and_else_waits_no_longer_than_asked() {
    let log = Log::new(1, 1);
    let begun = Instant::now();
    assert_eq!(log.wait(0, Duration::from_millis(20)), 0);
    assert!(Duration::from_millis(20) <= begun.elapsed());
    log.append(vec![record("legs", Some(0), "a")], 0).unwrap();
    assert_eq!(log.wait(0, Duration::from_secs(60)), 1);
}
