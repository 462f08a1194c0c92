//! The numbers of each task, as those who count them have them, turned into vitals. Pure.

use std::collections::BTreeMap;

use super::registry::SourceLabels;
use super::vitals::{Completeness, Histogram, KafkaVitals, PartitionVitals, ProcessorVitals, SourceVitals};
use crate::domain::progress::Room;
use crate::domain::time::InstantMs;
use crate::extract::progress::SourceProgress;
use crate::genesys::counters::read;
use crate::kafka::statistics::Told;
use crate::process::board::{COMMIT_BOUNDS_MS, Latencies, Reports, TaskReport};

/// A task of a source.
#[must_use]
pub fn source(labels: &SourceLabels, progress: &SourceProgress) -> SourceVitals {
    let (snapshot, told) = (progress.snapshot(), progress.told());
    let (at_hand, in_hand) = (progress.at_hand(), progress.in_hand());
    let slices = [
        ("running", in_hand.running),
        ("done", told.slices_done),
        ("retrying", in_hand.retrying),
        ("failed", told.slices_failed),
    ];
    let failures = progress.client().failures();
    SourceVitals {
        connector: labels.connector.clone(),
        task: labels.task,
        pipeline: labels.pipeline.clone(),
        org_id: labels.org_id.clone(),
        source_partition: labels.source_partition.clone(),
        extract_start: snapshot.extract_start,
        extract_end: snapshot.extract_end,
        freshness_delay_ms: labels.freshness_delay_ms,
        watermark: snapshot.cursor,
        last_event_at: told.last_event_at,
        last_slice_at: told.last_slice_at,
        pages: snapshot.pages,
        interactions: snapshot.rows,
        slices: slices.map(|(state, count)| (state.to_owned(), count)).into(),
        held: told.held.iter().map(|held| (held.from, held.to)).collect(),
        completeness: told
            .compared
            .values()
            .map(|volume| Completeness {
                from: volume.range.from,
                to: volume.range.to,
                ours: volume.ours.max(0).unsigned_abs(),
                theirs: volume.theirs.max(0).unsigned_abs(),
            })
            .collect(),
        dead_letters: told.dead_letters,
        requests: snapshot.requests,
        failures: failures.into_iter().map(|(kind, count)| (kind.to_owned(), count)).collect(),
        body_bytes: snapshot.body_bytes,
        throttled_ms: snapshot.throttled_ms + read(&progress.client().budget_wait_ms),
        tokens_left: at_hand.tokens_left,
        client_id: labels.client_id.clone(),
        token_expires_at: at_hand.token_expires_at,
        token_refreshed_at: at_hand.token_refreshed_at,
        clock_offset_ms: at_hand.clock_offset_ms,
        complete: snapshot.complete,
    }
}

/// A processor that has done nothing.
#[must_use]
pub fn idle() -> ProcessorVitals {
    ProcessorVitals { commit_latency: histogram(&Latencies::default()), ..ProcessorVitals::default() }
}

/// Adds what the tasks of one board report at `at` to the processor that they are of.
pub fn add_processor(processor: &mut ProcessorVitals, reports: Reports, at: InstantMs) {
    let Reports { running, restoring, tally, commits } = reports;
    let places = running.keys().chain(restoring.keys().filter(|place| !running.contains_key(*place)));
    let known = std::mem::take(&mut processor.tasks).into_iter();
    let mut tasks: BTreeMap<(String, i32), PartitionVitals> =
        known.map(|task| ((task.room.clone(), task.partition), task)).collect();
    for place in places {
        let report = running.get(place).copied().unwrap_or_default();
        let mut task = partition(*place, report, at);
        task.restoring = restoring.get(place).map(|restoring| (restoring.passed, restoring.all));
        // A partition that has moved from one board to another is shown where it was last.
        tasks.insert((task.room.clone(), task.partition), task);
    }
    processor.tasks = tasks.into_values().collect();
    add(&mut processor.excluded, tally.excluded);
    add(&mut processor.dead_letters, tally.dead_letters);
    add(&mut processor.decisions, tally.decisions);
    add(&mut processor.restatements, tally.restatements);
    add(&mut processor.rows, tally.rows);
    add_histogram(&mut processor.commit_latency, &histogram(&commits));
}

fn partition((room, partition): (Room, i32), report: TaskReport, at: InstantMs) -> PartitionVitals {
    let waiting_ms = report.waiting_since.map(|since| at.saturating_sub(since).max(0).unsigned_abs());
    let lag_records = report.input_end.map(|end| end.saturating_sub(report.input_offset).max(0).unsigned_abs());
    PartitionVitals {
        room: room.word().to_owned(),
        partition,
        input_offset: report.input_offset,
        lag_records,
        lag_ms: waiting_ms.or(lag_records.filter(|lag| *lag == 0)),
        committed: report.transactions,
        aborted: report.aborted,
        records: report.records,
        watermark: report.watermark,
        restoring: None,
    }
}

/// All Kafka clients.
#[must_use]
pub fn kafka(told: Told) -> KafkaVitals {
    let seconds = |us: u64| us as f64 / 1_000_000.0;
    KafkaVitals {
        clients: told.clients,
        unconfirmed: told.unconfirmed,
        unconfirmed_bytes: told.unconfirmed_bytes,
        delivery_errors: told.delivery_errors,
        request_errors: told.request_errors,
        request_timeouts: told.request_timeouts,
        sent_bytes: told.sent_bytes,
        received_bytes: told.received_bytes,
        round_trip_s: told.round_trip_us.map(|(p50, p99)| (seconds(p50), seconds(p99))),
        rebalances: told.rebalances,
    }
}

fn histogram(latencies: &Latencies) -> Histogram {
    let mut count = 0;
    let mut buckets = Vec::with_capacity(COMMIT_BOUNDS_MS.len());
    for (bound_ms, within) in COMMIT_BOUNDS_MS.into_iter().zip(latencies.counts) {
        count += within;
        buckets.push((f64::from(bound_ms) / 1_000.0, count));
    }
    Histogram { buckets, count: latencies.counts.iter().sum(), sum_s: latencies.sum.as_secs_f64() }
}

fn add_histogram(sum: &mut Histogram, other: &Histogram) {
    for ((_, count), (_, more)) in sum.buckets.iter_mut().zip(&other.buckets) {
        *count += more;
    }
    sum.count += other.count;
    sum.sum_s += other.sum_s;
}

fn add<W: Into<String>>(sum: &mut BTreeMap<String, u64>, other: impl IntoIterator<Item = (W, u64)>) {
    for (word, count) in other {
        *sum.entry(word.into()).or_default() += count;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::process::board::Restoring;

    #[test]
    fn lag_is_known_where_the_end_is_and_nothing_waits_without_records() {
        let lag = |input_end, waiting_since| {
            let report = TaskReport { input_offset: 10, input_end, waiting_since, ..TaskReport::default() };
            let task = partition((Room::Legs, 0), report, 5_000);
            (task.lag_records, task.lag_ms)
        };
        assert_eq!(lag(None, None), (None, None));
        assert_eq!(lag(Some(10), None), (Some(0), Some(0)));
        assert_eq!(lag(Some(8), None), (Some(0), Some(0)), "the end is older news than the commit");
        assert_eq!(lag(Some(15), Some(2_000)), (Some(5), Some(3_000)));
        assert_eq!(lag(Some(15), Some(6_000)), (Some(5), Some(0)), "another machine's clock may be ahead");
    }

    #[test]
    fn buckets_hold_all_that_is_at_or_below_their_bound() {
        let mut latencies = Latencies::default();
        latencies.counts[0] = 2;
        latencies.counts[3] = 1;
        latencies.counts[COMMIT_BOUNDS_MS.len()] = 4;
        latencies.sum = Duration::from_millis(1_500);
        let told = histogram(&latencies);
        assert_eq!(told.buckets[..4], [(0.005, 2), (0.01, 2), (0.025, 2), (0.05, 3)]);
        assert_eq!((told.buckets.last(), told.count, told.sum_s), (Some(&(20.0, 3)), 7, 1.5));
    }

    #[test]
    fn boards_of_one_processor_are_added_up_and_a_restored_task_restores_no_more() {
        let mut processor = idle();
        let mut reports = Reports::default();
        reports.running.insert((Room::Legs, 1), TaskReport { transactions: 3, ..TaskReport::default() });
        reports.restoring.insert((Room::Legs, 0), Restoring { passed: 5, all: 9 });
        reports.tally.rows.insert("final", 2);
        reports.commits.counts[1] = 1;
        add_processor(&mut processor, reports.clone(), 0);
        let restoring = |processor: &ProcessorVitals| -> Vec<_> {
            processor.tasks.iter().map(|task| (task.partition, task.restoring)).collect()
        };
        assert_eq!(restoring(&processor), [(0, Some((5, 9))), (1, None)]);
        reports.restoring.clear();
        reports.running.insert((Room::Legs, 0), TaskReport::default());
        add_processor(&mut processor, reports, 0);
        assert_eq!(restoring(&processor), [(0, None), (1, None)]);
        assert_eq!((processor.rows["final"], processor.commit_latency.count), (4, 2));
        assert_eq!(processor.commit_latency.buckets[1], (0.01, 2));
    }
}
