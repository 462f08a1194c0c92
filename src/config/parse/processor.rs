//! A `HandleTimeProcessor` to its typed form. Pure.

use crate::config::problem::Problem;
use crate::config::typed::{CustomKpi, ProcessorConfig, RulesConfig};
use crate::config::values::Values;
use crate::config::weht;
use crate::config::{expression, words};
use crate::domain::attribution::Basis;
use crate::domain::family::Family;
use crate::domain::interval::Grain;
use crate::domain::media::MediaType;
use crate::domain::range::RangeDates;

/// How the settings of KPIs of one's own begin.
const CUSTOM: &str = "kpi.custom.";

/// Adds to `problems` what the processor's settings say against each other.
pub fn check(values: &Values<'_>, problems: &mut Vec<Problem>) {
    if values.list("kpi.queue.dimensions").is_some_and(|list| !list.iter().any(|word| word == "media")) {
        let text = "must name media: handle time is measured by medium".to_owned();
        problems.push(values.problem("kpi.queue.dimensions", text));
    }
    let named = values.list("kpi.dense.keys").is_some_and(|keys| !keys.is_empty());
    if named && values.boolean("kpi.dense.enabled") == Some(false) {
        let text = "has no effect without kpi.dense.enabled = true; add it, or remove this".to_owned();
        problems.push(values.problem("kpi.dense.keys", text));
    }
    check_apart(values, "kpi.media.digital", "kpi.media.voice", problems);
    for (key, text) in custom(values).err().into_iter().flatten() {
        problems.push(values.problem(&key, text));
    }
    check_apart(values, "kpi.excluded.queues", "kpi.included.queues", problems);
    if let Some(RangeDates { start: Some(start), end: Some(end) }) = range(values)
        && end <= start
    {
        let text = format!("is {end}; must be later than kpi.range.start, which is {start}");
        problems.push(values.problem("kpi.range.end", text));
    }
    let Some(horizon_ms) = values.long("kpi.lateness.horizon.ms") else { return };
    if let Some(grace_ms) = values.long("kpi.grace.ms")
        && horizon_ms < grace_ms
    {
        let text = format!("must not exceed kpi.lateness.horizon.ms, which is {horizon_ms}: rows would never be final");
        problems.push(values.problem("kpi.grace.ms", text));
    }
    if let Some(settling_ms) = values.long("kpi.settling.ms")
        && horizon_ms <= settling_ms
    {
        let text = format!("must be less than kpi.lateness.horizon.ms, which is {horizon_ms}: legs would never settle");
        problems.push(values.problem("kpi.settling.ms", text));
    }
}

/// The typed form; `None` unless all that it needs is sound.
#[must_use]
pub fn build(values: &Values<'_>) -> Option<ProcessorConfig> {
    Some(ProcessorConfig {
        name: values.name().to_owned(),
        pipeline: values.text("pipeline.name")?.to_owned(),
        rules: rules(values)?,
        rules_change: words::read(&words::RULES_CHANGE, values.text("kpi.rules.change")?)?,
        transaction_interval: values.millis("transaction.interval.ms")?,
        tasks_max: values.whole("tasks.max")?,
    })
}

/// The settings that can change a number; `None` unless all of them are sound.
#[must_use]
pub fn rules(values: &Values<'_>) -> Option<RulesConfig> {
    let medium = |word: &str| Some(MediaType::from_word(word));
    let weht_profile = values.text("kpi.weht.profile")?.to_owned();
    let topics = values.list("kpi.topics")?;
    let custom = custom(values).ok()?;
    let mut families: Vec<Family> = topics.iter().filter_map(|word| Family::from_word(word)).collect();
    families.extend((!custom.is_empty()).then_some(Family::Custom));
    families.sort_unstable();
    Some(RulesConfig {
        grains: values.list_of("kpi.grains", Grain::from_word)?,
        attribution: values.list_of("kpi.attribution", Basis::from_word)?,
        zone: values.text("kpi.zone")?.parse().ok()?,
        range: range(values)?,
        queue_dimensions: values.list("kpi.queue.dimensions")?,
        media_voice: values.list_of("kpi.media.voice", medium)?,
        media_digital: values.list_of("kpi.media.digital", medium)?,
        talk_min_ms: values.long("kpi.talk.min.ms")?,
        talk_min_exclusive: values.boolean("kpi.talk.min.exclusive")?,
        included_queues: values.list("kpi.included.queues")?,
        excluded_queues: values.list("kpi.excluded.queues")?,
        excluded_wrapup_codes: values.list("kpi.excluded.wrapup.codes")?,
        resolved_wrapup_codes: values.list("kpi.fcr.resolved.wrapup.codes")?,
        weht_tiers_milli: weht::tiers_milli(&weht_profile)?,
        weht_profile,
        sla_threshold_ms: values.long("kpi.sla.threshold.ms")?,
        service_level_ms: values.long("kpi.service.level.ms")?,
        service_level_abandons: values.boolean("kpi.service.level.abandons")?,
        service_level_short_abandons: values.boolean("kpi.service.level.short.abandons")?,
        service_level_flow_outs: values.boolean("kpi.service.level.flow.outs")?,
        short_abandon_ms: values.long("kpi.short.abandon.ms")?,
        handle_mismatch_tolerance: values.double("kpi.handle.mismatch.tolerance")?,
        settling_ms: values.long("kpi.settling.ms")?,
        grace_ms: values.long("kpi.grace.ms")?,
        horizon_ms: values.long("kpi.lateness.horizon.ms")?,
        leg_length_ms_max: values.long("kpi.leg.length.ms.max")?,
        contacts_topic: topics.iter().any(|word| word == "contacts"),
        transfers_topic: topics.iter().any(|word| word == "transfers"),
        families,
        overlap_tolerance_ms: values.long("kpi.overlap.tolerance.ms")?,
        digital_handle: words::read(&words::DIGITAL_HANDLE, values.text("kpi.digital.handle")?)?,
        percentile: words::read(&words::PERCENTILE, values.text("kpi.percentile")?)?,
        transfer_without_wait_is_malformed: words::read(
            &words::TRANSFER_WITHOUT_WAIT,
            values.text("kpi.transfer.without.wait")?,
        )?,
        weht_channel_milli: values.list_of("kpi.weht.channel.factors", words::medium_factor)?.into_iter().collect(),
        weht_disposition_milli: values.list_of("kpi.weht.disposition.factors", words::factor)?.into_iter().collect(),
        custom,
        dense: values.boolean("kpi.dense.enabled")?,
        dense_keys: values.list_of("kpi.dense.keys", words::queue_medium)?,
    })
}

/// The dates that the rows are limited to; `None` unless both are sound.
#[must_use]
pub fn range(values: &Values<'_>) -> Option<RangeDates> {
    let date = |key: &str| match values.is_given(key) {
        true => values.text(key)?.parse().ok().map(Some),
        false => Some(None),
    };
    Some(RangeDates { start: date("kpi.range.start")?, end: date("kpi.range.end")? })
}

/// The KPIs of the user's own, by name.
///
/// # Errors
/// The keys that are not `NAME.sum` or `NAME.over`, or lack the other of the two, each with what is wrong.
fn custom(values: &Values<'_>) -> Result<Vec<CustomKpi>, Vec<(String, String)>> {
    let given = values.beginning_with(CUSTOM);
    let mut wrong = Vec::new();
    let mut kpis = Vec::new();
    for (rest, text) in &given {
        let key = format!("{CUSTOM}{rest}");
        let Some((name, side)) = rest.rsplit_once('.') else {
            wrong.push((key, "must end in .sum or .over".to_owned()));
            continue;
        };
        let is_name =
            !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-".contains(letter));
        let other = match side {
            "sum" => "over",
            "over" => "sum",
            _ => "",
        };
        if !is_name || other.is_empty() {
            wrong.push((key, "must be kpi.custom.NAME.sum or .over; NAME of letters, digits, _ and -".to_owned()));
        } else if !values.is_given(&format!("{CUSTOM}{name}.{other}")) {
            wrong.push((key, format!("needs {CUSTOM}{name}.{other} beside it")));
        } else if let Err(error) = expression::check(text.trim()) {
            wrong.push((key, format!("is no expression over a leg's fields: {error}")));
        } else if side == "sum"
            // One that cannot be used is told already.
            && let Some(over) = given.get(&format!("{name}.over"))
        {
            let over = over.trim().to_owned();
            kpis.push(CustomKpi { name: name.to_owned(), sum: text.trim().to_owned(), over });
        }
    }
    // Results are stored in the order of the names.
    kpis.sort_by(|a, b| a.name.cmp(&b.name));
    if wrong.is_empty() { Ok(kpis) } else { Err(wrong) }
}

/// Nothing may stand in both lists.
fn check_apart(values: &Values<'_>, name: &str, other: &str, problems: &mut Vec<Problem>) {
    if let (Some(list), Some(others)) = (values.list(name), values.list(other)) {
        let both: Vec<String> = list.into_iter().filter(|word| others.contains(word)).collect();
        if !both.is_empty() {
            // The one that the file gives is the one to change.
            let (at, against) = if values.is_given(name) { (name, other) } else { (other, name) };
            let text = format!("contradicts {against}: \"{}\" is in both; remove it from one", both.join(","));
            problems.push(values.problem(at, text));
        }
    }
}
