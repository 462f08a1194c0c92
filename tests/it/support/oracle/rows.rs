//! Pure: the rows of the KPI topics, field by field.

use std::collections::BTreeMap;

use handletime::config::typed::{Percentile, RulesConfig};
use handletime::domain::attribution::Basis;
use handletime::domain::family::Family;
use handletime::domain::interval::Grain;
use handletime::domain::media::MediaType;
use handletime::domain::time::InstantMs;
use serde_json::{Value, json};

use super::calendar::Calendar;

/// Fields by name.
pub type Fields = BTreeMap<String, Value>;

/// What a row is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub family: Family,
    pub grain: Grain,
    pub basis: Basis,
    pub at: InstantMs,
    pub media: MediaType,
    /// Queue, or agent; empty on rows of the organisation.
    pub who: String,
    pub skill_set: String,
    pub language: String,
    /// Name of a KPI of the user's own.
    pub name: String,
}

/// A row's figures by name, the values of its distributions, and when its agent was busy.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    figures: BTreeMap<String, i64>,
    handles_ms: Vec<i64>,
    waits_ms: Vec<i64>,
    pub busy: Vec<(InstantMs, InstantMs)>,
}

impl Cell {
    pub fn add(&mut self, figure: &str, amount: i64) {
        match figure {
            "handle" => self.handles_ms.push(amount),
            "wait" => self.waits_ms.push(amount),
            figure => *self.figures.entry(figure.to_owned()).or_insert(0) += amount,
        }
    }

    pub fn at(&self, figure: &str) -> i64 {
        self.figures.get(figure).copied().unwrap_or(0)
    }

    /// Whether nothing is in it but that a leg began there.
    pub fn is_zero(&self) -> bool {
        let counted = self.figures.iter().any(|(figure, amount)| figure != "exists" && *amount != 0);
        !counted && self.handles_ms.is_empty() && self.waits_ms.is_empty() && self.busy.is_empty()
    }

    /// How many milliseconds lie in any of the busy spans.
    fn busy_ms(&self) -> i64 {
        let mut edges: Vec<InstantMs> = self.busy.iter().flat_map(|(from, to)| [*from, *to]).collect();
        edges.sort_unstable();
        edges.dedup();
        let within = |from: i64, to: i64| self.busy.iter().any(|(start, end)| *start <= from && to <= *end);
        edges.windows(2).filter(|pair| within(pair[0], pair[1])).map(|pair| pair[1] - pair[0]).sum()
    }

    fn ratio(&self, of: &str, by: &str) -> Option<f64> {
        (self.at(by) != 0).then(|| self.at(of) as f64 / self.at(by) as f64)
    }
}

/// The topic of a place, without its prefix.
pub fn topic(place: &Place, config: &RulesConfig) -> String {
    let plain = format!("kpi.{}.{}", place.family.word(), place.grain.word());
    if place.basis == config.attribution[0] { plain } else { format!("{plain}.{}", place.basis.word()) }
}

/// The key's fields.
pub fn key(place: &Place) -> Fields {
    let mut fields = Fields::new();
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    put("org_id", json!("acme"));
    put("interval_start", json!(place.at));
    put("interval_length_s", json!(place.grain.length_s()));
    put("media_type", json!(place.media));
    put("attribution", json!(place.basis));
    if [Family::Queue, Family::Custom].contains(&place.family) {
        put("queue_id", json!(place.who));
        put("skill_set", json!(place.skill_set));
        put("language", json!(place.language));
    }
    if [Family::Agent, Family::AgentTotal].contains(&place.family) {
        put("user_id", json!(place.who));
    }
    if place.family == Family::Custom {
        put("name", json!(place.name));
    }
    fields
}

/// Everything that a row must say; what differs from run to run is left out.
pub fn fields(place: &Place, cell: &Cell, config: &RulesConfig, calendar: &Calendar, conversations: bool) -> Fields {
    let mut fields = key(place);
    let (from, to) = calendar.interval(place.at, place.grain);
    assert_eq!(from, place.at, "a row begins where its interval does");
    let local = calendar.local(from);
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    put("interval_end", json!(to));
    put("tz", json!(calendar.zone_name()));
    put("local_start", json!(local.start));
    put("utc_offset_s", json!(local.utc_offset_s));
    put("fold", json!(local.fold));
    put("local_date", json!(local.date));
    put("held", json!(false));
    match place.family {
        Family::Agent | Family::AgentTotal => agent(place, cell, to - from, &mut fields),
        Family::Custom => custom(cell, &mut fields),
        _ => queue(place, cell, config, conversations, &mut fields),
    }
    fields
}

fn custom(cell: &Cell, fields: &mut Fields) {
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    let (sum, over) = (cell.at("custom_sum"), cell.at("custom_over"));
    put("handled", json!(cell.at("handled")));
    put("sum", json!(sum as f64 / 1e6));
    put("over", json!(over as f64 / 1e6));
    put("sum_millionths", json!(sum));
    put("over_millionths", json!(over));
    put("value", json!((over != 0).then(|| sum as f64 / over as f64)));
}

fn agent(place: &Place, cell: &Cell, interval_ms: i64, fields: &mut Fields) {
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    for (field, figure) in [
        ("handled", "handled"),
        ("thandle_ms", "handle_ms_sum"),
        ("tacw_ms", "wrap_ms_sum"),
        ("thold_ms", "customer_hold_ms_sum"),
        ("ttalk_ms", "talk_ms_sum"),
        ("system_hold_ms", "system_hold_ms_sum"),
    ] {
        put(field, json!(cell.at(figure)));
    }
    let busy_ms = (place.family == Family::AgentTotal).then(|| cell.busy_ms());
    put("busy_union_ms", json!(busy_ms));
    put("busy_utilisation", json!(busy_ms.map(|busy_ms| busy_ms as f64 / interval_ms as f64)));
    put("interval_ms", json!(interval_ms));
    put("sum_utilisation", json!(cell.at("handle_ms_sum") as f64 / interval_ms as f64));
    for field in ["occupancy", "on_queue_ms", "idle_ms"] {
        put(field, Value::Null);
    }
}

/// Fields that are figures as they are.
const PLAIN: [&str; 27] = [
    "offered",
    "answered",
    "abandoned",
    "short_abandoned",
    "flow_out",
    "handled",
    "wait_ms_sum",
    "answered_wait_ms_sum",
    "handled_wait_ms_sum",
    "talk_ms_sum",
    "customer_hold_ms_sum",
    "wrap_ms_sum",
    "handle_ms_sum",
    "system_hold_ms_sum",
    "genesys_handle_ms_sum",
    "parts_handled",
    "parts_handle_ms_sum",
    "weht_milli_sum",
    "weht_tier_gap",
    "sla_breaches",
    "service_level_within",
    "service_level_of",
    "fcr_numerator",
    "fcr_denominator",
    "wrapup_missing",
    "transfers_out",
    "transfers_in",
];

/// Why legs are not handled, as the fields `excluded_<word>` name it.
pub const REASONS: [&str; 12] = [
    "malformed",
    "incomplete",
    "settling",
    "transfer_row",
    "queue",
    "wrapup",
    "abandoned",
    "flow_out",
    "no_agent",
    "unmapped_media",
    "zero_duration",
    "short_talk",
];

fn queue(place: &Place, cell: &Cell, config: &RulesConfig, conversations: bool, fields: &mut Fields) {
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    for figure in PLAIN {
        put(figure, json!(cell.at(figure)));
    }
    for reason in REASONS {
        put(&format!("excluded_{reason}"), json!(cell.at(&format!("excluded_{reason}"))));
        put(&format!("excluded_{reason}_handle_ms"), json!(cell.at(&format!("excluded_{reason}_handle_ms"))));
    }
    let digital = place.media == MediaType::All || config.media_digital.contains(&place.media);
    for figure in ["active_agent_ms_sum", "elapsed_agent_ms_sum"] {
        put(figure, json!(digital.then(|| cell.at(figure))));
    }
    let org = [Family::Org, Family::OrgTotal].contains(&place.family);
    for figure in ["contacts", "contact_handle_ms_sum"] {
        put(figure, json!((org && conversations).then(|| cell.at(figure))));
    }
    let whole = place.basis != Basis::Apportioned;
    put("wait_ms_max", json!(cell.waits_ms.iter().max().copied().unwrap_or(0)));
    put("aht_ms", json!(cell.ratio("handle_ms_sum", "handled").filter(|_| whole)));
    put("asa_ms", json!(cell.ratio("answered_wait_ms_sum", "answered")));
    put("p90_handle_ms", json!(p90(&cell.handles_ms, config.percentile).filter(|_| whole)));
    put("wrap_ratio", json!(cell.ratio("wrap_ms_sum", "parts_handle_ms_sum")));
    put("hold_ratio", json!(cell.ratio("customer_hold_ms_sum", "parts_handle_ms_sum")));
    let weht = cell.ratio("weht_milli_sum", "parts_handled").filter(|_| whole);
    put("weht_ms", json!(weht.map(|milli| milli / 1_000.0)));
    put("weht_profile", json!(config.weht_profile));
    put("sla_threshold_ms", json!(config.sla_threshold_ms));
    put("service_level", json!(cell.ratio("service_level_within", "service_level_of")));
    put("fcr_rate", json!(cell.ratio("fcr_numerator", "fcr_denominator")));
}

/// The smallest value that nine in ten are at or below; or between its neighbours, as `percentile_cont(0.9)`.
fn p90(values_ms: &[i64], percentile: Percentile) -> Option<i64> {
    let mut sorted = values_ms.to_vec();
    sorted.sort_unstable();
    let last = sorted.len().checked_sub(1)?;
    match percentile {
        Percentile::NearestRank => sorted
            .iter()
            .find(|value| {
                let at_or_below = sorted.iter().filter(|other| other <= value).count();
                10 * at_or_below >= 9 * sorted.len()
            })
            .copied(),
        Percentile::Interpolated => {
            let (below, tenths) = (last * 9 / 10, (last * 9 % 10) as f64);
            let (low, high) = (sorted[below] as f64, sorted[(below + 1).min(last)] as f64);
            Some((low + (high - low) * tenths / 10.0).round() as i64)
        }
    }
}
