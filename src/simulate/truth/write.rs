//! A tally as the KPI row that consumers read. Pure.

use serde_json::{Map, Value, json};

use super::calendar::Calendar;
use super::judge::{Formula, REASONS, formula};
use super::settings::{TruthBasis, TruthSettings};
use super::tally::Tally;
use crate::domain::media::MediaType;
use crate::domain::time::{DurationMs, InstantMs};

/// Rows offered or handled more often than this have their values put into buckets.
const EXACT_MAX: usize = 1_000;

/// Bits of a value that name its bucket.
const BUCKET_BITS: u32 = 11;

pub(super) fn row(
    settings: &TruthSettings,
    calendar: &Calendar,
    start: InstantMs,
    queue: &str,
    media: &str,
    tally: &Tally,
) -> Value {
    let local = calendar.local(start);
    let attribution = match settings.basis {
        TruthBasis::Start => "START",
        TruthBasis::Completion => "COMPLETION",
        TruthBasis::Apportioned => "APPORTIONED",
    };
    let (offered, handled) = (tally.waits_ms.len(), tally.handles_ms.len());
    let bucketed = EXACT_MAX < offered || EXACT_MAX < handled;
    let own = |ms: DurationMs| if bucketed { bucket(ms) } else { ms };
    let digital = formula(settings, MediaType::from_word(media)) == Formula::Written;
    let whole = settings.basis != TruthBasis::Apportioned;
    let service_level_of = tally.answered + tally.abandoned - tally.short_abandoned;
    let mut row = Map::new();
    let mut put = |name: &str, value: Value| {
        row.insert(name.to_owned(), value);
    };
    put("org_id", json!(settings.org_id));
    put("interval_start", json!(start));
    put("interval_length_s", json!(calendar.length_s()));
    put("interval_end", json!(calendar.interval_end(start)));
    put("attribution", json!(attribution));
    put("tz", json!(settings.zone.name()));
    put("local_start", json!(local.text));
    put("utc_offset_s", json!(local.offset_s));
    put("fold", json!(local.fold));
    put("local_date", json!(local.date_days));
    put("queue_id", json!(queue));
    put("queue_name", Value::Null);
    put("media_type", json!(media));
    put("skill_set", json!(""));
    put("language", json!(""));
    put("offered", json!(offered));
    put("answered", json!(tally.answered));
    put("abandoned", json!(tally.abandoned));
    put("short_abandoned", json!(tally.short_abandoned));
    put("flow_out", json!(0));
    put("handled", json!(handled));
    put("wait_ms_sum", json!(tally.waits_ms.iter().sum::<DurationMs>()));
    put("wait_ms_max", json!(own(tally.waits_ms.iter().copied().max().unwrap_or(0))));
    put("answered_wait_ms_sum", json!(tally.answered_wait_ms));
    put("handled_wait_ms_sum", json!(tally.handled_wait_ms));
    put("talk_ms_sum", json!(tally.talk_ms));
    put("customer_hold_ms_sum", json!(tally.hold_ms));
    put("wrap_ms_sum", json!(tally.wrap_ms));
    put("handle_ms_sum", json!(tally.handle_ms));
    put("system_hold_ms_sum", json!(0));
    // What the platform would call handle time: no flat row has dialing, contacting or system hold. This dialect can
    // always tell it, so it is never null, even on the row of a medium without a formula.
    put("genesys_handle_ms_sum", json!(tally.handle_ms));
    put("active_agent_ms_sum", some(digital, tally.active_ms));
    put("elapsed_agent_ms_sum", some(digital, tally.elapsed_ms));
    put("parts_handled", json!(tally.parts_handled));
    put("parts_handle_ms_sum", json!(tally.parts_handle_ms));
    put("aht_ms", if whole { ratio(tally.handle_ms, handled as i64) } else { Value::Null });
    put("asa_ms", ratio(tally.answered_wait_ms, tally.answered));
    put(
        "p90_handle_ms",
        if whole { p90(&tally.handles_ms).map_or(Value::Null, |ms| json!(own(ms))) } else { Value::Null },
    );
    put("handle_sketch", Value::Null);
    put("wait_sketch", Value::Null);
    put("sketch_kind", json!(if bucketed { "log0.1pct" } else { "exact" }));
    put("contacts", Value::Null);
    put("contact_handle_ms_sum", Value::Null);
    put("wrap_ratio", ratio(tally.wrap_ms, tally.parts_handle_ms));
    put("hold_ratio", ratio(tally.hold_ms, tally.parts_handle_ms));
    let weht_ms = || json!(tally.weighted_milli as f64 / 1_000.0 / tally.parts_handled as f64);
    put("weht_ms", if whole && 0 < tally.parts_handled { weht_ms() } else { Value::Null });
    put("weht_milli_sum", json!(tally.weighted_milli));
    put("weht_tier_gap", json!(tally.tier_gap));
    put("weht_profile", json!("published"));
    put("attributes_version", json!(0));
    put("sla_threshold_ms", json!(settings.sla_threshold_ms));
    put("sla_breaches", json!(tally.breaches));
    put("service_level_target_ms", json!(settings.service_level_ms));
    put("service_level_within", json!(tally.within));
    put("service_level_of", json!(service_level_of));
    put("service_level", ratio(tally.within, service_level_of));
    put("fcr_numerator", json!(tally.resolved));
    put("fcr_denominator", json!(handled));
    put("fcr_rate", ratio(tally.resolved, handled as i64));
    put("wrapup_missing", json!(tally.no_code));
    put("transfers_out", json!(tally.transfers_out));
    put("transfers_in", json!(0));
    for (reason, dropped) in REASONS.iter().zip(&tally.dropped) {
        put(&format!("excluded_{reason}"), json!(dropped.count));
        put(&format!("excluded_{reason}_handle_ms"), json!(dropped.handle_ms));
    }
    put("revision", json!(0));
    put("restatements", json!(0));
    put("held", json!(false));
    put("result", json!("FINAL"));
    put("source_watermark", Value::Null);
    put("computed_at", json!(0));
    put("rules_version", json!(""));
    Value::Object(row)
}

fn some(is: bool, number: i64) -> Value {
    if is { json!(number) } else { Value::Null }
}

fn ratio(of: i64, by: i64) -> Value {
    if by == 0 { Value::Null } else { json!(of as f64 / by as f64) }
}

/// The smallest value that at least nine tenths of all do not exceed.
fn p90(values: &[DurationMs]) -> Option<DurationMs> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let enough = |value: &DurationMs| {
        let below = sorted.iter().take_while(|other| *other <= value).count();
        9 * sorted.len() <= 10 * below
    };
    // The candidates around the rank suffice; a scan of all of them would be quadratic.
    let rank = (sorted.len() * 9).div_ceil(10);
    sorted.iter().copied().skip(rank.saturating_sub(2)).find(enough)
}

/// The value with all but its leading bits cleared.
pub(in crate::simulate) fn bucket(ms: DurationMs) -> DurationMs {
    let mut low_bits = 0;
    while (1 << BUCKET_BITS) <= ms >> low_bits {
        low_bits += 1;
    }
    (ms >> low_bits) << low_bits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p90_is_the_nearest_rank() {
        let seconds = [100, 120, 150, 180, 200, 240, 300, 360, 420, 900];
        assert_eq!(p90(&seconds), Some(420));
        assert_eq!(p90(&[250]), Some(250));
        assert_eq!(p90(&[]), None);
        assert_eq!(p90(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]), Some(10));
        assert_eq!(p90(&[5, 5, 5, 1]), Some(5));
    }

    #[test]
    fn a_bucket_keeps_eleven_leading_bits() {
        assert_eq!((bucket(0), bucket(2_047), bucket(2_048), bucket(2_049)), (0, 2_047, 2_048, 2_048));
        assert_eq!(bucket(8_191), 8_188);
    }
}
