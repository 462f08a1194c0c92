//! Names as stored, and the largest rows against the size of a record.

use super::*;
use crate::domain::agent_row::AgentIntervalKey;
use crate::domain::attribution::Basis;
use crate::domain::exclusion::DropReason;
use crate::domain::family::Family;
use crate::domain::interval::Grain;
use crate::domain::media::MediaType;
use crate::domain::row::QueueIntervalKey;
use crate::domain::sums::{FIGURES, Figure};
use crate::domain::time::{HOUR_MS, TimeRange, parse_instant};
use crate::emit::row::{Publication, row};
use crate::timeline::tests::{default_rules_config, rules_of};
use crate::topology::row_codecs::RowCodecs;
use crate::window::accumulator::Accumulator;
use crate::window::row_key::{KeyRecord, RowKey, RowTopic};

#[test]
fn names_are_as_stored() {
    let names = Names::new("handletime.", "default");
    assert_eq!(names.topic("interactions"), "handletime.interactions");
    assert_eq!(names.group(Room::Legs), "handletime.default.legs");
    assert_eq!(names.task_transactional_id(Room::Intervals, 3), "handletime.default.intervals.3");
    let source = names.source_transactional_id("acme", "interaction-details");
    assert_eq!(source, "handletime.default.source.acme.interaction-details");
    let other = Names::new("handletime.", "history");
    assert_eq!(other.topic("legs"), "handletime.history.legs");
    assert_eq!(other.topic("kpi.queue.pt30m"), "handletime.kpi.queue.pt30m");
}

#[test]
fn the_progress_of_other_pipelines_is_known_by_its_name() {
    let (live, history) = (Names::new("handletime.", "default"), Names::new("handletime.", "history"));
    assert_eq!(live.rival("handletime.history.progress"), Some("history"));
    assert_eq!(history.rival("handletime.progress"), Some("default"));
    assert_eq!(live.progress_of("history"), history.topic("progress"));
    for (names, topic) in [
        (&live, "handletime.progress"),
        (&history, "handletime.history.progress"),
        (&live, "handletime.history.legs"),
        (&live, "handletime.eu.history.progress"),
        (&live, "other.history.progress"),
        (&live, "handletime.work-progress"),
    ] {
        assert_eq!(names.rival(topic), None, "{topic}");
    }
    // The default pipeline of a longer prefix has the names of a pipeline of this one, but rows of its own.
    assert_eq!(live.rival("handletime.eu.progress"), Some("eu"));
    assert!(live.is_row_of_longer_prefix("handletime.eu.kpi.queue.pt30m", "eu"));
    for topic in ["handletime.kpi.queue.pt30m", "handletime.eu2.kpi.queue.pt30m", "handletime.eu.legs"] {
        assert!(!live.is_row_of_longer_prefix(topic, "eu"), "{topic}");
    }
}

/// Bytes of the record, key and value, that a state makes.
fn record_bytes(key: &RowKey, state: &Accumulator) -> usize {
    let mut config = default_rules_config();
    config.zone = chrono_tz::Tz::America__Argentina__ComodRivadavia;
    let publication = Publication { source_watermark: Some(i64::MAX / 4), computed_at: i64::MAX / 4 };
    let said = row(key, state, publication, &rules_of(config));
    let codecs = RowCodecs::default();
    codecs.framed_row(&said).unwrap().len() + codecs.framed_key(&key.key).unwrap().len()
}

/// As `max.message.bytes` of the topics is set.
fn message_bytes_max() -> usize {
    let specs = Names::new("p.", "default").processor_topics(1, &["kpi.queue.p1d".to_owned()], &default_rules_config());
    let spec = specs.iter().find(|spec| spec.name.ends_with("kpi.queue.p1d")).unwrap();
    spec.settings.iter().find(|(name, _)| *name == "max.message.bytes").unwrap().1.parse().unwrap()
}

#[test]
fn the_largest_row_of_a_queue_fits_a_record() {
    let name = "n".repeat(255);
    let mut state = Accumulator { revision: i32::MAX, bucketed: true, ..Accumulator::default() };
    for octave in 0..42_i64 {
        for step in 0..1_024 {
            let value = if octave < 11 { octave * 1_024 + step } else { (1_024 + step) << (octave - 10) };
            state.handle.add(value, 1_000_000);
            state.wait.add(value, 1_000_000);
        }
    }
    (0..FIGURES - 2).for_each(|_| state.sums.add(Figure::HandleMs, i64::MAX / 1_000));
    DropReason::ALL.iter().for_each(|reason| state.sums.exclude(*reason, i64::MAX / 4, i64::MAX / 4));
    state.attributes.queue_name = Some(name.clone());
    let key = KeyRecord::Queue(QueueIntervalKey {
        org_id: name.clone(),
        interval_start: i64::MAX / 1_000_000,
        interval_length_s: 86_400,
        queue_id: name.clone(),
        media_type: MediaType::Voice,
        skill_set: name.repeat(4),
        language: name,
        attribution: Basis::Start,
    });
    let topic = RowTopic { family: Family::Queue, grain: Grain::P1d, basis: Basis::Start };
    let bytes = record_bytes(&RowKey { topic, key }, &state);
    assert!(100_000 < bytes && bytes < ROW_BYTES_MAX, "{bytes}");
    assert!(bytes < message_bytes_max());
}

#[test]
fn an_agents_day_of_the_shortest_calls_three_at_a_time_fits_a_record() {
    let start = parse_instant("2024-11-03T04:00:00Z").unwrap();
    let mut state = Accumulator { revision: i32::MAX, ..Accumulator::default() };
    for beside in 0..3 {
        for from in (start..start + 25 * HOUR_MS).step_by(3_000) {
            let from = from + beside * 997;
            state.spans.add(TimeRange { from, to: from + 2_999 }, 1);
        }
    }
    let key = KeyRecord::Agent(AgentIntervalKey {
        org_id: "o".repeat(64),
        interval_start: start,
        interval_length_s: 86_400,
        user_id: "u".repeat(64),
        media_type: MediaType::All,
        attribution: Basis::Start,
    });
    let topic = RowTopic { family: Family::AgentTotal, grain: Grain::P1d, basis: Basis::Start };
    let bytes = record_bytes(&RowKey { topic, key }, &state);
    assert!(300_000 < bytes && bytes < message_bytes_max(), "{bytes}");
}
