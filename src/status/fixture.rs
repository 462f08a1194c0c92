//! Processes in every state, for tests. Pure.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use super::snapshot::Snapshot;
use super::today::{Shown, Today, TodayRows};
use super::verdict::Judge;
use super::vitals::{
    Completeness, ConnectorVitals, Histogram, KafkaVitals, PartitionVitals, ProcessorVitals, SourceVitals, TaskVitals,
    Vitals,
};
use crate::domain::attribution::Basis;
use crate::domain::interval::{Grain, local_start};
use crate::domain::media::MediaType;
use crate::domain::reconciliation::{Agreement, Check, Reconciliation};
use crate::domain::row::{QueueInterval, QueueIntervalKey, RowResult};
use crate::domain::time::{DAY_MS, HOUR_MS, InstantMs, MINUTE_MS, TimeRange, parse_instant};
use crate::reconcile::verdict::{Origin, counted};

/// A queue whose name would be markup.
pub(super) const HOSTILE: &str = "<script>alert(\"queue\")</script> & 'Söhne'";

/// 2026-03-11 15:40:12 UTC, 16:40:12 in Berlin.
pub(super) fn now() -> InstantMs {
    parse_instant("2026-03-11T15:40:12Z").unwrap()
}

fn map(pairs: &[(&str, u64)]) -> BTreeMap<String, u64> {
    pairs.iter().map(|(name, number)| ((*name).to_owned(), *number)).collect()
}

pub(super) fn source(task: u32) -> SourceVitals {
    let at = now();
    let windows = (0..5).map(|ago| {
        let to = at - 40_000 - (5 - ago) * 30 * MINUTE_MS;
        let theirs = 1_871 + (ago as u64) * 37;
        Completeness { from: to - 30 * MINUTE_MS, to, ours: theirs - u64::from(ago == 3), theirs }
    });
    SourceVitals {
        connector: "genesys".to_owned(),
        task,
        pipeline: "default".to_owned(),
        org_id: "acme".to_owned(),
        source_partition: ["voice", "digital"][task as usize % 2].to_owned(),
        extract_start: at - 90 * DAY_MS,
        freshness_delay_ms: 60_000,
        watermark: at - 84_000,
        last_event_at: Some(at - 66_000),
        last_slice_at: Some(at - 9_000),
        pages: 48_211,
        interactions: 1_284_337,
        slices: map(&[("running", 1), ("done", 4_402), ("retrying", 0), ("failed", 0)]),
        completeness: windows.collect(),
        requests: 51_020,
        failures: map(&[("rate_limited", 3), ("timeout", 2)]),
        body_bytes: 9_900_000_000,
        throttled_ms: 4_300,
        tokens_left: Some(211.4),
        client_id: "5f1c0d9e-77aa-4c1e-9a56-0e6f0c5a1101".to_owned(),
        token_expires_at: Some(at + 52 * MINUTE_MS),
        token_refreshed_at: Some(at - 8 * MINUTE_MS),
        clock_offset_ms: Some(120),
        ..SourceVitals::default()
    }
}

pub(super) fn processor() -> ProcessorVitals {
    let task = |room: &str, partition: i32| PartitionVitals {
        room: room.to_owned(),
        partition,
        input_offset: 1_284_000 + i64::from(partition) * 311,
        lag_records: Some(u64::from(partition == 1) * 12),
        lag_ms: Some(u64::from(partition == 1) * 340),
        committed: 88_310,
        aborted: u64::from(partition == 2),
        records: 642_150,
        watermark: Some(now() - 84_000),
        restoring: None,
    };
    let rooms = ["legs", "intervals"];
    ProcessorVitals {
        connector: "kpi".to_owned(),
        pipeline: "default".to_owned(),
        tasks: rooms.iter().flat_map(|room| (0..4).map(|partition| task(room, partition))).collect(),
        excluded: map(&[("short_talk", 4_120), ("no_agent", 2_001), ("queue", 960), ("settling", 88), ("wrapup", 12)]),
        dead_letters: map(&[("malformed", 41), ("beyond_horizon", 3)]),
        decisions: map(&[("duplicate", 190_400), ("correction", 22_870), ("stale", 14)]),
        restatements: map(&[("1h", 210), ("24h", 95), ("7d", 12), ("older", 0)]),
        rows: map(&[("provisional", 901_200), ("final", 61_020), ("corrected", 317)]),
        commit_latency: Histogram {
            buckets: vec![(0.005, 400), (0.01, 60_000), (0.025, 88_000), (0.1, 88_300), (1.0, 88_310)],
            count: 88_310,
            sum_s: 812.4,
        },
    }
}

fn connector(name: &str, class: &str, kind: &str, tasks: u32) -> ConnectorVitals {
    let worker_id = "10.0.4.17:8083".to_owned();
    let task = |id| TaskVitals { id, state: "RUNNING".to_owned(), trace: String::new(), worker_id: worker_id.clone() };
    ConnectorVitals {
        name: name.to_owned(),
        class: class.to_owned(),
        kind: kind.to_owned(),
        state: "RUNNING".to_owned(),
        trace: String::new(),
        tasks: (0..tasks).map(task).collect(),
        worker_id,
    }
}

/// All is well.
pub(super) fn healthy() -> Vitals {
    let schemas = ["Interaction", "Leg", "QueueInterval", "AgentInterval", "OrgInterval", "Reconciliation"];
    Vitals {
        at: now(),
        started_at: now() - 3 * DAY_MS - 5 * HOUR_MS,
        worker_id: "10.0.4.17:8083".to_owned(),
        version: "0.1.0".to_owned(),
        config_hash: "9c41e7a2f0b5d318".to_owned(),
        schemas: schemas
            .iter()
            .map(|name| ((*name).to_owned(), format!("{:016x}", name.len() * 77_777_777_777)))
            .collect(),
        connectors: vec![
            connector("genesys", "GenesysSource", "source", 2),
            connector("kpi", "HandleTimeProcessor", "sink", 2),
        ],
        sources: vec![source(0), source(1)],
        processors: vec![processor()],
        kafka: KafkaVitals {
            clients: 11,
            unconfirmed: 4,
            unconfirmed_bytes: 5_120,
            sent_bytes: 41_200_000_000,
            received_bytes: 22_800_000_000,
            round_trip_s: Some((0.0012, 0.0091)),
            rebalances: 2,
            ..KafkaVitals::default()
        },
    }
}

/// Behind its promise, restoring, slowed down.
pub(super) fn late() -> Vitals {
    let mut vitals = healthy();
    vitals.started_at = vitals.at - 4 * MINUTE_MS;
    vitals.sources[0].watermark = vitals.at - 47 * MINUTE_MS;
    vitals.sources[0].last_slice_at = None;
    vitals.sources[0].slices = map(&[("running", 2), ("done", 61), ("retrying", 1), ("failed", 0)]);
    vitals.sources[0].throttled_ms = 180_000;
    vitals.sources[0].tokens_left = Some(0.0);
    vitals.processors[0].tasks[3].restoring = Some((410_000, 1_260_000));
    vitals.processors[0].tasks[1].lag_records = Some(48_210);
    vitals.processors[0].tasks[1].lag_ms = Some(96_000);
    vitals.connectors[1].tasks[1].state = "UNASSIGNED".to_owned();
    vitals.connectors[1].tasks[1].worker_id = String::new();
    vitals
}

/// A task has failed, and ranges are held.
pub(super) fn failing() -> Vitals {
    let mut vitals = healthy();
    let from = vitals.at - 5 * HOUR_MS - vitals.at % HOUR_MS;
    vitals.sources[0].held = vec![(from, from + 30 * MINUTE_MS), (from + 90 * MINUTE_MS, from + 120 * MINUTE_MS)];
    vitals.sources[0].slices = map(&[("running", 1), ("done", 4_400), ("retrying", 2), ("failed", 2)]);
    vitals.sources[0].dead_letters = map(&[("slice_failed", 2)]);
    vitals.connectors[1].tasks[1].state = "FAILED".to_owned();
    vitals.connectors[1].tasks[1].trace =
        "the rules differ from those that the rows were made by: kpi.zone was UTC and is \
Europe/Berlin: run handletime replay -c FILE, or set kpi.rules.change = from-next-day\ncaused by: progress of legs 1 \
has rules 77ab31, the settings 9c41e7"
            .to_owned();
    vitals.kafka.delivery_errors = 4;
    vitals
}

pub(super) fn shown() -> Shown {
    Shown { pipeline: "default".to_owned(), zone: Tz::Europe__Berlin, grain: Grain::Pt30m, basis: Basis::Start }
}

/// A row of a queue, its figures by the time of day.
pub(super) fn row(
    queue: &str,
    name: Option<&str>,
    media: MediaType,
    start: InstantMs,
) -> (QueueIntervalKey, QueueInterval) {
    let local = local_start(start, Tz::Europe__Berlin);
    let hour = (start.rem_euclid(DAY_MS) / HOUR_MS + 1) as f64;
    let load = (60.0 * (-((hour - 12.5) / 4.2).powi(2)).exp()) as i64;
    let seed = (start / 1_800_000 * 7_919 + queue.len() as i64 * 131) % 97;
    let load = if queue == "q-billing" && media == MediaType::Voice { 2 * load } else { load };
    let handled = load + load * (seed % 13) / 40;
    let aht_ms = 380_000.0 + 1_900.0 * seed as f64;
    let base = crate::emit::row::sample_row();
    let row = QueueInterval {
        org_id: "acme".to_owned(),
        interval_start: start,
        interval_length_s: 1_800,
        interval_end: start + 30 * MINUTE_MS,
        tz: "Europe/Berlin".to_owned(),
        local_start: local.text,
        local_date: local.date_days,
        queue_id: queue.to_owned(),
        queue_name: name.map(str::to_owned),
        media_type: media,
        skill_set: String::new(),
        language: String::new(),
        offered: handled + handled / 9,
        answered: handled,
        abandoned: handled / 11,
        handled,
        handle_ms_sum: (aht_ms * handled as f64) as i64,
        aht_ms: (0 < handled).then_some(aht_ms),
        p90_handle_ms: (0 < handled).then_some((aht_ms * (1.6 + seed as f64 / 140.0)) as i64),
        service_level: (0 < handled).then_some(0.6 + seed as f64 / 300.0),
        result: if start < now() - 2 * HOUR_MS { RowResult::Final } else { RowResult::Provisional },
        revision: 3,
        restatements: 0,
        held: false,
        ..base
    };
    let key = QueueIntervalKey {
        org_id: row.org_id.clone(),
        interval_start: start,
        interval_length_s: 1_800,
        queue_id: row.queue_id.clone(),
        media_type: media,
        skill_set: String::new(),
        language: String::new(),
        attribution: Basis::Start,
    };
    (key, row)
}

/// The rows of the day, one of them restated, and what the platform said of the day before.
pub(super) fn rows(held: Option<TimeRange>) -> TodayRows {
    let mut rows = TodayRows::new(shown());
    let from = parse_instant("2026-03-10T23:00:00Z").unwrap();
    let queues = [
        ("q-billing", Some("Billing"), MediaType::Voice),
        ("q-billing", Some("Billing"), MediaType::Chat),
        ("q-hostile", Some(HOSTILE), MediaType::Voice),
        ("q-renewals-and-contract-changes", None, MediaType::Email),
    ];
    for (queue, name, media) in queues {
        for number in 0..34 {
            let (key, mut row) = row(queue, name, media, from + number * 30 * MINUTE_MS);
            row.held = held.is_some_and(|held| held.contains(row.interval_start));
            rows.take_row(key.clone(), Some(row.clone()), now());
            if number == 20 || number == 25 {
                row.aht_ms = row.aht_ms.map(|ms| ms * 1.24);
                row.result = RowResult::Corrected;
                row.restatements = 1;
                row.revision = 4;
                rows.take_row(key, Some(row), now());
            }
        }
    }
    let origin = Origin { org_id: "acme".to_owned(), written_at: now() };
    let day = TimeRange { from, to: from + DAY_MS };
    let volume = counted(&origin, Check::Volume, day, (9_990, 10_000));
    let time = Reconciliation {
        queue_id: "q-billing".to_owned(),
        queue_name: Some("Billing".to_owned()),
        ours_count: 1_410,
        theirs_count: 1_422,
        ours_aht_ms: Some(461_200.0),
        theirs_aht_ms: Some(469_800.0),
        difference_handle_ms: 12_400_000,
        basis_handle_ms: 9_100_000,
        dialing_contacting_ms: 2_200_000,
        excluded_handle_ms: 1_000_000,
        unexplained_handle_ms: 100_000,
        variance: Some(0.0004),
        tolerance: 0.02,
        agreement: Agreement::Within,
        ..counted(&origin, Check::HandleTime, day, (1_410, 1_422))
    };
    for record in [volume, time] {
        rows.take_comparison(&record.key(), Some(record));
    }
    rows
}

pub(super) fn today(vitals: &Vitals) -> Today {
    let held = vitals.sources.iter().flat_map(|source| &source.held).next();
    rows(held.map(|(from, to)| TimeRange { from: *from, to: *to })).day(now())
}

/// Everything of these vitals, as one look finds it.
pub(super) fn snapshot(vitals: Vitals) -> Snapshot {
    let today = vec![std::sync::Arc::new(today(&vitals))];
    Snapshot { verdict: Judge::default().look(&vitals), vitals, today }
}
