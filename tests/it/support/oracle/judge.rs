//! Pure: what becomes of a leg: the one reason for which it is not counted, and what it counts as otherwise.

use handletime::config::typed::RulesConfig;
use handletime::domain::time::InstantMs;

use super::leg::Leg;

/// A leg's fate.
#[derive(Clone, Debug)]
pub struct Fate {
    /// Why it is not handled; `None`: it is.
    pub reason: Option<&'static str>,
    pub queue_excluded: bool,
    /// Its transfers count.
    pub moves: bool,
    pub offered: bool,
    pub answered: bool,
    pub abandoned: bool,
    pub short: bool,
    pub flow_out: bool,
    pub within: bool,
    pub of: bool,
    pub weight_micro: i64,
    pub gap: bool,
    pub resolved: bool,
}

fn listed(list: &[String], id: Option<&String>, name: Option<&String>) -> bool {
    list.iter().any(|word| Some(word) == id || Some(word) == name)
}

/// The fate of a leg while everything before `watermark` was read.
pub fn fate(leg: &Leg, config: &RulesConfig, watermark: InstantMs) -> Fate {
    let (queue, name) = (leg.queue.as_ref(), leg.queue_name.as_ref());
    let only = !config.included_queues.is_empty() && !listed(&config.included_queues, queue, name);
    let queue_excluded = only || listed(&config.excluded_queues, queue, name);
    let voice = config.media_voice.contains(&leg.media);
    let digital = config.media_digital.contains(&leg.media);
    let settled = |end: InstantMs| end + config.settling_ms < leg.version || end + config.settling_ms < watermark;
    let settling = digital && leg.end.is_some_and(|end| !settled(end));
    let least = if config.talk_min_exclusive { config.talk_min_ms + 1 } else { config.talk_min_ms };
    let (id, name) = (leg.code_id.as_ref(), leg.code_name.as_ref());
    let reasons = [
        ("malformed", leg.malformed),
        ("incomplete", !leg.is_over()),
        ("settling", settling),
        ("transfer_row", leg.transfer_row),
        ("queue", queue_excluded),
        ("wrapup", listed(&config.excluded_wrapup_codes, id, name)),
        ("abandoned", leg.lost),
        ("flow_out", leg.flow_out_at.is_some()),
        ("no_agent", leg.user.is_none()),
        ("unmapped_media", !voice && !digital),
        ("zero_duration", leg.handle_ms == 0),
        ("short_talk", voice && leg.talk_ms < least),
    ];
    let reason = reasons.iter().find(|(_, is_so)| *is_so).map(|(reason, _)| *reason);
    let moves = !leg.malformed && leg.is_over() && !leg.transfer_row && !queue_excluded;
    let offered = moves && leg.arrival.is_some();
    let answered = offered && leg.answered_at.is_some();
    let abandoned = offered && !answered && leg.abandoned_at.is_some();
    let flow_out = offered && !answered && !abandoned && leg.flow_out_at.is_some();
    let short = abandoned && leg.wait_ms < config.short_abandon_ms;
    let target_ms = leg.target_ms.unwrap_or(config.service_level_ms);
    let counted_abandon = config.service_level_abandons && (!short || config.service_level_short_abandons);
    let transfers = leg.transfers.len().min(3);
    let channel_milli = config.weht_channel_milli.get(&leg.media).copied().unwrap_or(1_000);
    let disposition = |word: Option<&String>| word.and_then(|word| config.weht_disposition_milli.get(word)).copied();
    let disposition_milli = disposition(id).or(disposition(name)).unwrap_or(1_000);
    let tiers = config.weht_tiers_milli;
    Fate {
        reason,
        queue_excluded,
        moves,
        offered,
        answered,
        abandoned,
        short,
        flow_out,
        within: answered && leg.wait_ms <= target_ms,
        of: answered || abandoned && counted_abandon || flow_out && config.service_level_flow_outs,
        weight_micro: tiers[transfers] * channel_milli / 1_000 * disposition_milli,
        gap: transfers == 2 && tiers[2] < tiers[1],
        resolved: listed(&config.resolved_wrapup_codes, id, name),
    }
}
