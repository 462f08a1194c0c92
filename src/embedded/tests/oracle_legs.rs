//! What one reading says of its only leg, by formulas of the oracle's own. Pure.

use std::collections::BTreeMap;

use crate::domain::interaction::{Interaction, InteractionStatus};
use crate::domain::media::MediaType;
use crate::domain::row::QueueInterval;
use crate::domain::time::InstantMs;

/// A leg's facts and its fate.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub(super) start: InstantMs,
    pub(super) end: Option<InstantMs>,
    pub(super) media: MediaType,
    pub(super) malformed: bool,
    pub(super) queue_excluded: bool,
    /// Why the leg is not counted as handled.
    pub(super) dropped: Option<&'static str>,
    pub(super) counts_visits: bool,
    pub(super) offered: bool,
    pub(super) answered: bool,
    pub(super) abandoned: bool,
    pub(super) wait_ms: i64,
    pub(super) handle_ms: i64,
    pub(super) transfers: i64,
    pub(super) target_ms: i64,
    reading: Interaction,
    talk_ms: i64,
    hold_ms: i64,
    system_hold_ms: i64,
    wrap_ms: i64,
}

fn is_voice(media: MediaType) -> bool {
    [MediaType::Voice, MediaType::Callback].contains(&media)
}

fn is_digital(media: MediaType) -> bool {
    [MediaType::Chat, MediaType::Email].contains(&media)
}

/// A leg as if all settling were over.
pub(super) fn facts(reading: &Interaction) -> Facts {
    let said = &reading.legs[0];
    let media = said.media_type;
    let completed = reading.status == InteractionStatus::Completed;
    let abandoned = reading.status == InteractionStatus::Abandoned;
    let zero = |value: Option<i64>| value.unwrap_or(0);
    let span = reading.end.map_or(0, |end| end - reading.start);
    let mut wait_ms = said.wait_ms.unwrap_or(if abandoned { span } else { 0 });
    let (mut talk_ms, mut hold_ms, mut wrap_ms, mut system_hold_ms) = (0, 0, 0, 0);
    if is_voice(media) {
        (talk_ms, wrap_ms) = (zero(said.talk_ms), zero(said.wrap_ms));
        system_hold_ms = zero(said.system_hold_ms).min(zero(said.hold_ms));
        hold_ms = zero(said.hold_ms) - system_hold_ms;
    }
    let mut handle_ms = talk_ms + hold_ms + wrap_ms + if is_digital(media) { zero(said.agent_ms) } else { 0 };
    let derived_end = reading.start + wait_ms + handle_ms + system_hold_ms;
    let end = reading.end.or((completed || abandoned).then_some(derived_end));
    let negative = said.talk_ms.is_some_and(|ms| ms < 0);
    let malformed = negative || reading.end.is_some_and(|end| end < reading.start);
    if malformed {
        (wait_ms, handle_ms) = (0, 0);
    }
    let excluded = ["QA_Review", "Training_Simulation", "System_Health"];
    let words = [said.queue_id.as_deref(), said.queue_name.as_deref()];
    let queue_excluded = words.into_iter().flatten().any(|word| excluded.contains(&word));
    // The first that is so, in this order.
    let reasons = [
        ("malformed", malformed),
        ("incomplete", !completed && !abandoned),
        ("transfer_row", said.transfer_row),
        ("queue", queue_excluded),
        ("wrapup", said.wrapup_code_name.as_deref() == Some("Test Call")),
        ("abandoned", abandoned),
        ("no_agent", said.user_id.is_none()),
        ("unmapped_media", !is_voice(media) && !is_digital(media)),
        ("zero_duration", handle_ms == 0),
        ("short_talk", is_voice(media) && talk_ms < 3_000),
    ];
    let dropped = reasons.iter().find(|(_, is_so)| *is_so).map(|(reason, _)| *reason);
    let counts_visits = !malformed && (completed || abandoned) && !said.transfer_row;
    let offered = counts_visits && said.queue_id.is_some();
    Facts {
        start: reading.start,
        end,
        media,
        malformed,
        queue_excluded,
        dropped,
        counts_visits,
        offered,
        answered: offered && completed,
        abandoned: offered && abandoned,
        wait_ms,
        handle_ms,
        transfers: zero(said.transfers),
        target_ms: said.service_level_target_ms.unwrap_or(20_000),
        reading: reading.clone(),
        talk_ms,
        hold_ms,
        system_hold_ms,
        wrap_ms,
    }
}

/// How long an interaction lasted by all that is said of it.
pub(super) fn facts_length(reading: &Interaction, leg: &Facts) -> i64 {
    leg.end.max(reading.end).map_or(0, |end| end - reading.start)
}

impl Facts {
    /// A completed digital leg that has not settled is dropped as such, before every reason but malformed.
    pub(super) fn settle(&mut self, settled: bool) {
        let completed = self.reading.status == InteractionStatus::Completed;
        if !settled && completed && is_digital(self.media) && !self.malformed {
            self.dropped = Some("settling");
        }
    }

    /// Wrap before the end, hold before it, talk before it; a digital leg's time as talk; none before the start.
    pub(super) fn phases(&self) -> Vec<(char, InstantMs, InstantMs)> {
        let mut phases = Vec::new();
        let Some(mut to) = self.end else {
            return phases;
        };
        let digital_ms = if is_voice(self.media) { 0 } else { self.handle_ms };
        for (kind, length_ms) in [('w', self.wrap_ms), ('h', self.hold_ms), ('t', self.talk_ms + digital_ms)] {
            let from = self.start.max(to - length_ms);
            phases.push((kind, from, to));
            to = from;
        }
        phases
    }

    /// Lengths of a kept leg, and the kinds of phases that they lie in.
    pub(super) fn lengths(&self) -> Vec<(&'static str, i64, &'static str)> {
        let said = &self.reading.legs[0];
        let voice_ms = |length_ms: i64| if is_voice(self.media) { length_ms } else { 0 };
        let calling_ms = voice_ms(self.system_hold_ms + said.dialing_ms.unwrap_or(0));
        let genesys_ms = said.reported_handle_ms.unwrap_or(self.handle_ms + calling_ms);
        vec![
            ("talk_ms_sum", self.talk_ms, "t"),
            ("customer_hold_ms_sum", self.hold_ms, "h"),
            ("system_hold_ms_sum", self.system_hold_ms, ""),
            ("wrap_ms_sum", self.wrap_ms, "w"),
            ("handle_ms_sum", self.handle_ms, "wht"),
            ("parts_handle_ms_sum", voice_ms(self.handle_ms), "wht"),
            ("genesys_handle_ms_sum", genesys_ms, "wht"),
        ]
    }

    /// What a kept leg adds whole.
    pub(super) fn counts(&self) -> Vec<(&'static str, i64)> {
        let said = &self.reading.legs[0];
        let digital = is_digital(self.media);
        let active_ms = match (self.end, said.agent_wrap_at) {
            (Some(end), Some(at)) if digital => end - at,
            _ => 0,
        };
        let weights_milli = [1_000, 1_200, 1_000, 1_500];
        let weight_milli = weights_milli[self.transfers.min(3) as usize];
        let voice = i64::from(is_voice(self.media));
        let resolved = ["Issue Resolved", "Callback Scheduled"];
        vec![
            ("handled", 1),
            ("handled_wait_ms_sum", self.wait_ms),
            ("active_agent_ms_sum", active_ms),
            ("elapsed_agent_ms_sum", if digital { said.agent_ms.unwrap_or(0) } else { 0 }),
            ("sla_breaches", i64::from(120_000 < self.wait_ms)),
            ("fcr_numerator", i64::from(said.wrapup_code_name.as_deref().is_some_and(|name| resolved.contains(&name)))),
            ("wrapup_missing", i64::from(said.wrapup_code_id.is_none() && said.wrapup_code_name.is_none())),
            ("parts_handled", voice),
            ("weht_milli_sum", voice * (self.talk_ms + self.wrap_ms) * weight_milli),
            ("weht_tier_gap", voice * i64::from(self.transfers == 2)),
        ]
    }
}

/// Sets every pair of exclusions of a row.
pub(super) fn excluded(figures: BTreeMap<String, i64>) -> impl Fn(QueueInterval) -> QueueInterval {
    move |row| {
        let count = |reason: &str| figures.get(&format!("excluded_{reason}")).copied().unwrap_or(0);
        let handle_ms = |reason: &str| figures.get(&format!("excluded_{reason}_handle_ms")).copied().unwrap_or(0);
        QueueInterval {
            excluded_malformed: count("malformed"),
            excluded_malformed_handle_ms: handle_ms("malformed"),
            excluded_incomplete: count("incomplete"),
            excluded_incomplete_handle_ms: handle_ms("incomplete"),
            excluded_settling: count("settling"),
            excluded_settling_handle_ms: handle_ms("settling"),
            excluded_transfer_row: count("transfer_row"),
            excluded_transfer_row_handle_ms: handle_ms("transfer_row"),
            excluded_queue: count("queue"),
            excluded_queue_handle_ms: handle_ms("queue"),
            excluded_wrapup: count("wrapup"),
            excluded_wrapup_handle_ms: handle_ms("wrapup"),
            excluded_abandoned: count("abandoned"),
            excluded_abandoned_handle_ms: handle_ms("abandoned"),
            excluded_flow_out: count("flow_out"),
            excluded_flow_out_handle_ms: handle_ms("flow_out"),
            excluded_no_agent: count("no_agent"),
            excluded_no_agent_handle_ms: handle_ms("no_agent"),
            excluded_unmapped_media: count("unmapped_media"),
            excluded_unmapped_media_handle_ms: handle_ms("unmapped_media"),
            excluded_zero_duration: count("zero_duration"),
            excluded_zero_duration_handle_ms: handle_ms("zero_duration"),
            excluded_short_talk: count("short_talk"),
            excluded_short_talk_handle_ms: handle_ms("short_talk"),
            ..row
        }
    }
}
