//! The figures of a queue's or the organisation's row. Pure.

use serde_json::{Value, json};

use super::super::figures::{Owner, Truth};
use super::super::judge::{Formula, REASONS, formula};
use super::super::settings::{TruthBasis, TruthSubject};
use super::super::tally::Tally;
use super::percentile::{bucket, interpolated, nearest_rank};
use super::row::{Row, put, ratio, some};
use crate::domain::media::MediaType;
use crate::domain::time::DurationMs;

/// Rows offered or handled more often than this have their values put into buckets.
const EXACT_MAX: usize = 1_000;

pub(super) fn write(row: &mut Row, truth: &Truth, owner: &Owner, tally: &Tally) {
    let settings = &truth.settings;
    let (offered, handled) = (tally.waits_ms.len(), tally.handles_ms.len());
    let bucketed = EXACT_MAX < offered || EXACT_MAX < handled;
    let own = |ms: &DurationMs| if bucketed { bucket(*ms) } else { *ms };
    // Every medium together has digital ones among them.
    let digital = owner.media == "ALL" || formula(settings, MediaType::from_word(owner.media)) == Formula::Written;
    let whole = settings.basis != TruthBasis::Apportioned;
    let with_contacts = truth.conversations && settings.subject != TruthSubject::Queue;
    let handled_count = handled as i64;
    put(row, "offered", json!(offered));
    put(row, "answered", json!(tally.answered));
    put(row, "abandoned", json!(tally.abandoned));
    put(row, "short_abandoned", json!(tally.short_abandoned));
    put(row, "flow_out", json!(tally.flow_out));
    put(row, "handled", json!(handled));
    put(row, "wait_ms_sum", json!(tally.waits_ms.iter().sum::<DurationMs>()));
    put(row, "wait_ms_max", json!(tally.waits_ms.iter().map(own).max().unwrap_or(0)));
    put(row, "answered_wait_ms_sum", json!(tally.answered_wait_ms));
    put(row, "handled_wait_ms_sum", json!(tally.handled_wait_ms));
    put(row, "talk_ms_sum", json!(tally.talk_ms));
    put(row, "customer_hold_ms_sum", json!(tally.hold_ms));
    put(row, "wrap_ms_sum", json!(tally.wrap_ms));
    put(row, "handle_ms_sum", json!(tally.handle_ms));
    put(row, "system_hold_ms_sum", json!(tally.system_hold_ms));
    // Every dialect can tell it, so it is never null, even on the row of a medium without a formula.
    put(row, "genesys_handle_ms_sum", json!(tally.platform_ms));
    put(row, "active_agent_ms_sum", some(digital, tally.active_ms));
    put(row, "elapsed_agent_ms_sum", some(digital, tally.elapsed_ms));
    put(row, "parts_handled", json!(tally.parts_handled));
    put(row, "parts_handle_ms_sum", json!(tally.parts_handle_ms));
    put(row, "aht_ms", if whole { ratio(tally.handle_ms, handled_count) } else { Value::Null });
    put(row, "asa_ms", ratio(tally.answered_wait_ms, tally.answered));
    let handles_ms: Vec<DurationMs> = tally.handles_ms.iter().map(own).collect();
    let p90 = if settings.interpolated { interpolated(&handles_ms) } else { nearest_rank(&handles_ms) };
    put(row, "p90_handle_ms", if whole { json!(p90) } else { Value::Null });
    put(row, "handle_sketch", Value::Null);
    put(row, "wait_sketch", Value::Null);
    put(row, "sketch_kind", json!(if bucketed { "log0.1pct" } else { "exact" }));
    put(row, "contacts", some(with_contacts, tally.contacts));
    put(row, "contact_handle_ms_sum", some(with_contacts, tally.contact_handle_ms));
    put(row, "wrap_ratio", ratio(tally.wrap_ms, tally.parts_handle_ms));
    put(row, "hold_ratio", ratio(tally.hold_ms, tally.parts_handle_ms));
    let weht_ms = || json!(tally.weighted_milli as f64 / 1_000.0 / tally.parts_handled as f64);
    put(row, "weht_ms", if whole && 0 < tally.parts_handled { weht_ms() } else { Value::Null });
    put(row, "weht_milli_sum", json!(tally.weighted_milli));
    put(row, "weht_tier_gap", json!(tally.tier_gap));
    put(row, "weht_profile", json!(settings.weht_profile));
    put(row, "sla_threshold_ms", json!(settings.sla_threshold_ms));
    put(row, "sla_breaches", json!(tally.breaches));
    put(row, "service_level_within", json!(tally.within));
    put(row, "service_level_of", json!(tally.within_of));
    put(row, "service_level", ratio(tally.within, tally.within_of));
    put(row, "fcr_numerator", json!(tally.resolved));
    put(row, "fcr_denominator", json!(handled));
    put(row, "fcr_rate", ratio(tally.resolved, handled_count));
    put(row, "wrapup_missing", json!(tally.no_code));
    put(row, "transfers_out", json!(tally.transfers_out));
    put(row, "transfers_in", json!(tally.transfers_in));
    for (reason, dropped) in REASONS.iter().zip(&tally.dropped) {
        put(row, &format!("excluded_{reason}"), json!(dropped.count));
        put(row, &format!("excluded_{reason}_handle_ms"), json!(dropped.handle_ms));
    }
}
