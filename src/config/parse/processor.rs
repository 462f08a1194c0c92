//! A `HandleTimeProcessor` to its typed form. Pure.

use crate::config::problem::Problem;
use crate::config::typed::{ProcessorConfig, RulesConfig};
use crate::config::values::Values;
use crate::config::weht;
use crate::domain::attribution::Basis;
use crate::domain::interval::Grain;
use crate::domain::media::MediaType;

/// Adds to `problems` what the processor's settings say against each other.
pub fn check(values: &Values<'_>, problems: &mut Vec<Problem>) {
    check_apart(values, "kpi.media.digital", "kpi.media.voice", problems);
    check_apart(values, "kpi.excluded.queues", "kpi.included.queues", problems);
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
        transaction_interval: values.millis("transaction.interval.ms")?,
        tasks_max: values.whole("tasks.max")?,
    })
}

/// The settings that can change a number; `None` unless all of them are sound.
#[must_use]
pub fn rules(values: &Values<'_>) -> Option<RulesConfig> {
    let medium = |word: &str| Some(MediaType::from_word(word));
    let weht_profile = values.text("kpi.weht.profile")?.to_owned();
    Some(RulesConfig {
        grains: values.list_of("kpi.grains", Grain::from_word)?,
        attribution: values.list_of("kpi.attribution", Basis::from_word)?,
        zone: values.text("kpi.zone")?.parse().ok()?,
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
    })
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
