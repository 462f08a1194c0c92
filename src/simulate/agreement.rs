//! The product's formulas against the truth's, which share no code: all grains, all bases, zones with odd days. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

use super::centre::{QUEUES, WRAPUP_CODES, agent_id};
use super::comparison::compare;
use super::row::{Kind, Outcome, Row, id_text};
use super::truth::first_midnight;
use super::truth::settings::TruthSettings;
use super::world::World;
use crate::domain::attribution::Basis;
use crate::domain::family::Family;
use crate::domain::interaction::{Interaction, InteractionStatus};
use crate::domain::interval::Grain;
use crate::domain::media::MediaType;
use crate::domain::range::OwnedRange;
use crate::domain::row::RowResult;
use crate::domain::time::{HOUR_MS, parse_instant};
use crate::emit::row::{Publication, row as said};
use crate::timeline::measure::measure;
use crate::timeline::rules::Rules;
use crate::timeline::tests::{default_rules_config, flat_row, rules_of, with};
use crate::window::accumulator::Accumulator;
use crate::window::merge::Merged;

/// A simulated row as a source that reads it late would publish it.
fn interaction(row: &Row) -> Interaction {
    let code = row.wrapup.map(|code| WRAPUP_CODES[usize::from(code)].0.to_owned());
    let blank = flat_row(&id_text(row.id), "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z");
    let mut read = with(blank, |leg| {
        leg.transfer_row = row.kind == Kind::Transfer;
        leg.media_type = MediaType::from_word(row.kind.word());
        leg.media_reported = Some(row.kind.word().to_owned());
        let queue = row.queue.map(|queue| &QUEUES[usize::from(queue)]);
        leg.queue_id = queue.map(|queue| queue.id.to_owned());
        leg.queue_name = queue.map(|queue| queue.name.to_owned());
        leg.service_level_target_ms = queue.and_then(|queue| queue.service_level_target_ms(row.kind));
        leg.user_id = row.agent.map(agent_id);
        (leg.start, leg.end) = (Some(row.start), Some(row.end));
        leg.wait_ms = row.wait_ms.map(i64::from);
        leg.talk_ms = row.talk_ms.map(i64::from);
        leg.hold_ms = row.hold_ms.map(i64::from);
        leg.wrap_ms = row.wrap_ms.map(i64::from);
        leg.agent_ms = row.agent_ms.map(i64::from);
        leg.agent_wrap_at = row.agent_wrap_at();
        leg.wrapup_code_id.clone_from(&code);
        leg.wrapup_code_name = code;
        leg.transfers = row.transfers.map(i64::from);
    });
    read.status = match row.outcome {
        Outcome::Completed => InteractionStatus::Completed,
        Outcome::Abandoned => InteractionStatus::Abandoned,
    };
    (read.start, read.end, read.version) = (row.start, Some(row.end), row.end + 200 * HOUR_MS);
    read
}

/// The rows of every topic after all interactions of a world, closed.
fn rows_of_world(world: &World, rules: &Rules) -> BTreeMap<String, Vec<Value>> {
    let start = first_midnight(rules.config.zone, world.range().from);
    let range = OwnedRange { start, end: None };
    let mut merged = Merged::default();
    for row in world.rows(world.range(), None) {
        let legs = measure(&interaction(row), rules, None).legs;
        merged.replace(&[], &legs, rules, range);
    }
    let mut rows: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (key, addition) in merged.take(rules, range) {
        let mut state = Accumulator { result: RowResult::Final, revision: 0, ..Accumulator::default() };
        state.apply(&addition);
        let publication = Publication { source_watermark: None, computed_at: 0 };
        let row = serde_json::to_value(said(&key, &state, publication, rules)).unwrap();
        rows.entry(key.topic.name(Basis::Start)).or_default().push(row);
    }
    rows
}

#[test]
fn every_grain_and_basis_agrees_with_the_truth_over_a_clock_change_and_in_odd_zones() {
    for (zone, interactions, seed) in [
        ("UTC", 3_000, 7),
        ("America/New_York", 1_000, 8),
        ("Asia/Kathmandu", 1_000, 9),
        ("Australia/Lord_Howe", 600, 10),
    ] {
        // New York's clocks go forward on 2026-03-08.
        let from = parse_instant("2026-03-06T00:00:00Z").unwrap();
        let world = World::exactly(seed, from, 4, interactions).unwrap();
        let mut config = default_rules_config();
        config.zone = zone.parse().unwrap();
        config.grains = Grain::ALL.to_vec();
        config.attribution = vec![Basis::Start, Basis::Completion, Basis::Apportioned];
        config.families = vec![Family::Queue, Family::Agent, Family::AgentTotal, Family::Org, Family::OrgTotal];
        let rules = rules_of(config);
        let rows = rows_of_world(&world, &rules);
        assert_eq!(rows.len(), 60, "five families, four grains, three bases");
        for (topic, ours) in rows {
            let mut settings = TruthSettings::of_topic(&topic).unwrap();
            settings.zone = rules.config.zone;
            let truth: Vec<Value> = world.truth(&settings).rows().collect();
            let comparison = compare(&topic, &ours, &truth);
            assert!(comparison.equal() && 0 < comparison.compared, "{zone} {topic}: {comparison}");
        }
    }
}
