//! The table is what is told, what is documented, and what the shipped rules and dashboards ask for.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::page;
use super::process::Process;
use super::table::{Kind, table};
use super::text::written;
use crate::status::vitals::{
    Completeness, ConnectorVitals, Histogram, KafkaVitals, PartitionVitals, ProcessorVitals, SourceVitals, TaskVitals,
    Vitals,
};

/// Vitals in which everything is known.
fn full() -> Vitals {
    let words = |words: &[&str]| words.iter().map(|word| ((*word).to_owned(), 3)).collect();
    let source = SourceVitals {
        connector: "genesys".to_owned(),
        watermark: 40_000,
        freshness_delay_ms: 30_000,
        last_event_at: Some(1),
        last_slice_at: Some(1),
        slices: words(&["running", "done", "retrying", "failed"]),
        held: vec![(0, 1_500), (5_000, 6_000)],
        completeness: vec![
            Completeness { from: 0, to: 10, ours: 199, theirs: 200 },
            Completeness { from: 10, to: 20, ours: 300, theirs: 300 },
        ],
        dead_letters: words(&["malformed", "of another version"]),
        failures: words(&["timeout"]),
        throttled_ms: 2_500,
        tokens_left: Some(11.0),
        token_expires_at: Some(9_000),
        token_refreshed_at: Some(1_000),
        clock_offset_ms: Some(-500),
        ..SourceVitals::default()
    };
    let task = |room: &str| PartitionVitals {
        room: room.to_owned(),
        lag_records: Some(7),
        lag_ms: Some(1_250),
        watermark: Some(40_000),
        restoring: Some((5, 9)),
        ..PartitionVitals::default()
    };
    let processor = ProcessorVitals {
        connector: "kpi".to_owned(),
        pipeline: "default".to_owned(),
        tasks: vec![task("legs"), task("intervals")],
        excluded: words(&["queue"]),
        rows: words(&["final"]),
        commit_latency: Histogram { buckets: vec![(0.005, 1), (1.0, 3)], count: 4, sum_s: 12.5 },
        ..ProcessorVitals::default()
    };
    let of = |state: &str| TaskVitals { state: state.to_owned(), ..TaskVitals::default() };
    let connector = ConnectorVitals {
        name: "genesys".to_owned(),
        kind: "source".to_owned(),
        state: "RUNNING".to_owned(),
        tasks: vec![of("FAILED"), TaskVitals { id: 1, ..of("a state that nobody knows") }],
        ..ConnectorVitals::default()
    };
    Vitals {
        at: 100_000,
        started_at: 50_000,
        worker_id: "127.0.0.1:8083".to_owned(),
        version: "1.2.3".to_owned(),
        config_hash: "abc".to_owned(),
        connectors: vec![connector],
        sources: vec![source.clone(), SourceVitals { task: 1, extract_end: Some(45_000), ..source }],
        processors: vec![processor],
        kafka: KafkaVitals { round_trip_s: Some((0.002, 0.3)), ..KafkaVitals::default() },
        ..Vitals::default()
    }
}

fn full_text() -> String {
    let one = Some(1.0);
    let process = Process {
        cpu_s: Some(1.5),
        resident_bytes: one,
        virtual_bytes: one,
        open_fds: one,
        max_fds: one,
        threads: one,
    };
    written(&full(), &process)
}

/// Names of the samples in an exposition.
fn names_in(text: &str) -> BTreeSet<String> {
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    samples.filter_map(|line| Some(line.split(['{', ' ']).next()?.to_owned())).collect()
}

#[test]
fn every_row_of_the_table_is_told_of_full_vitals_and_nothing_else_is() {
    assert_eq!(names_in(&full_text()), page::sample_names().into_iter().collect());
}

#[test]
fn names_say_their_unit_and_type_and_no_two_are_the_same() {
    let mut known = BTreeSet::new();
    for metric in table() {
        let name = metric.name;
        assert!(known.insert(name), "{name} stands twice");
        assert_eq!(name.ends_with("_total"), metric.kind == Kind::Counter, "{name}");
        let base = name.trim_end_matches("_total");
        for unit in ["seconds", "bytes", "ratio"] {
            let is_of_unit = metric.unit == unit || unit == "ratio" && base.ends_with("ratio");
            assert_eq!(base.ends_with(&format!("_{unit}")), is_of_unit, "{name}");
        }
        assert!(!metric.sentence.ends_with('.') && !metric.sentence.is_empty(), "{name}");
        let bounded = [
            "version",
            "worker_id",
            "config_hash",
            "connector",
            "kind",
            "state",
            "task",
            "pipeline",
            "org_id",
            "reason",
            "decision",
            "age",
            "result",
            "room",
            "partition",
            "percentile",
        ];
        assert!(metric.labels.iter().all(|label| bounded.contains(label)), "{name}: {:?}", metric.labels);
    }
}

#[test]
fn the_numbers_are_those_of_the_vitals() {
    let text = full_text();
    for line in [
        // 100 s by this clock are 99.5 s by the platform's; the second task has nothing to read after 45 s.
        "handletime_source_freshness_seconds{connector=\"genesys\",task=\"0\"} 59.5",
        "handletime_source_freshness_seconds{connector=\"genesys\",task=\"1\"} 5",
        "handletime_source_held_ranges{connector=\"genesys\",task=\"0\"} 2",
        "handletime_source_held_seconds{connector=\"genesys\",task=\"0\"} 2.5",
        "handletime_source_completeness_ratio{connector=\"genesys\",task=\"0\"} 0.998",
        "handletime_source_completeness_lowest_ratio{connector=\"genesys\",task=\"0\"} 0.995",
        "handletime_source_throttled_seconds_total{connector=\"genesys\",task=\"0\"} 2.5",
        "handletime_source_dead_letters_total{connector=\"genesys\",task=\"0\",reason=\"of another version\"} 3",
        "handletime_source_dead_letters_total{connector=\"genesys\",task=\"0\",reason=\"slice_failed\"} 0",
        "handletime_processor_excluded_legs_total{connector=\"kpi\",pipeline=\"default\",reason=\"short_talk\"} 0",
        "handletime_processor_lag_seconds{connector=\"kpi\",pipeline=\"default\",room=\"legs\",partition=\"0\"} 1.25",
        "handletime_processor_commit_duration_seconds_bucket{connector=\"kpi\",pipeline=\"default\",le=\"0.005\"} 1",
        "handletime_processor_commit_duration_seconds_bucket{connector=\"kpi\",pipeline=\"default\",le=\"+Inf\"} 4",
        "handletime_processor_commit_duration_seconds_sum{connector=\"kpi\",pipeline=\"default\"} 12.5",
        "handletime_connector_state{connector=\"genesys\",kind=\"source\",state=\"RUNNING\"} 1",
        "handletime_task_state{connector=\"genesys\",task=\"1\",state=\"UNKNOWN\"} 1",
        "handletime_kafka_round_trip_seconds{percentile=\"99\"} 0.3",
        "process_start_time_seconds 50",
    ] {
        assert!(text.lines().any(|told| told == line), "{line}\n{text}");
    }
}

#[test]
fn nothing_is_told_as_less_than_nothing() {
    let mut vitals = full();
    vitals.sources.iter_mut().for_each(|source| source.held.clear());
    assert!(!written(&vitals, &Process::default()).contains("} -0\n"));
}

#[test]
fn a_task_that_has_restored_its_state_leaves_the_restore_metrics() {
    let mut vitals = full();
    vitals.processors[0].tasks.iter_mut().for_each(|task| task.restoring = None);
    assert!(!written(&vitals, &Process::default()).contains("_restore_"));
}

#[test]
fn the_page_and_the_sample_are_those_of_the_table() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (path, text) in [("docs/metrics.md", page::page()), ("tests/metrics/full.prom", full_text())] {
        let path = root.join(path);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let known = std::fs::read_to_string(&path).unwrap_or_default();
        let hint = "is not current; run UPDATE_GOLDEN=1 cargo test --lib status::metrics";
        assert!(known == text, "{} {hint}", path.display());
    }
}

/// All files below a directory.
fn files_below(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

#[test]
fn rules_and_dashboards_ask_for_metrics_that_there_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("docker");
    let known: BTreeSet<String> = page::sample_names().into_iter().collect();
    let mut asked = BTreeSet::new();
    for path in ["prometheus", "grafana"].iter().flat_map(|part| files_below(&root.join(part))) {
        let text = std::fs::read_to_string(&path).unwrap();
        let words = text.split(|at: char| !at.is_ascii_alphanumeric() && at != '_');
        for word in words.filter(|word| word.starts_with("handletime_") || word.starts_with("process_")) {
            assert!(known.contains(word), "{}: {word} is no metric", path.display());
            asked.insert(word.to_owned());
        }
    }
    // What nobody is warned of and nobody sees would not have to be told.
    assert!(20 < asked.len(), "{asked:?}");
}
