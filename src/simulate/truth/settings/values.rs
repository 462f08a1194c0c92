//! Everything that the figures depend on, besides the history. Pure.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use super::error::SettingsError;
use super::topic::{self, TruthBasis, TruthGrain, TruthSubject};
use crate::domain::media::MediaType;
use crate::domain::time::{DAY_MS, DurationMs, InstantMs};

/// What an expression of a KPI of the user's own says: the plain ones only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TruthExpression {
    /// The same for every leg.
    Number(i64),
    /// `wait_ms`.
    Wait,
    /// `talk_ms`.
    Talk,
    /// `customer_hold_ms`.
    CustomerHold,
    /// `system_hold_ms`.
    SystemHold,
    /// `wrap_ms`.
    Wrap,
    /// `handle_ms`.
    Handle,
    /// `transfers_out`.
    TransfersOut,
}

/// A KPI of the user's own, as far as it was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TruthCustom {
    /// What is added up.
    pub sum: Option<TruthExpression>,
    /// What it is divided by.
    pub over: Option<TruthExpression>,
}

/// Facts that the history's dialect may carry. A rule about one that it does not is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TruthFacts {
    /// Who the agent was.
    pub agent: bool,
    /// Which queue routed the leg.
    pub queue: bool,
    /// Talk, or a handle time that it follows from, of every leg.
    pub talk: bool,
}

/// Everything that the figures depend on, besides the history.
#[derive(Clone, Debug, PartialEq)]
pub struct TruthSettings {
    /// What the history can say.
    pub facts: TruthFacts,
    /// What the rows are about.
    pub subject: TruthSubject,
    /// Length of the intervals.
    pub grain: TruthGrain,
    /// Attribution.
    pub basis: TruthBasis,
    /// `genesys.org.id`.
    pub org_id: String,
    /// Interval starts from here on, included; contacts and transfers by the start of theirs. `None`: all.
    pub from: Option<InstantMs>,
    /// Interval starts before this; `None`: all.
    pub to: Option<InstantMs>,
    /// Complete up to here; `None`: everything has settled.
    pub watermark: Option<InstantMs>,
    /// `kpi.zone`.
    pub zone: Tz,
    /// `kpi.queue.dimensions` names `skill_set`.
    pub by_skill_set: bool,
    /// `kpi.queue.dimensions` names `language`.
    pub by_language: bool,
    /// `kpi.talk.min.ms`.
    pub talk_min_ms: DurationMs,
    /// `kpi.talk.min.exclusive`.
    pub talk_min_exclusive: bool,
    /// `kpi.included.queues`; empty: all.
    pub included_queues: Vec<String>,
    /// `kpi.excluded.queues`.
    pub excluded_queues: Vec<String>,
    /// `kpi.excluded.wrapup.codes`.
    pub excluded_wrapup_codes: Vec<String>,
    /// `kpi.fcr.resolved.wrapup.codes`.
    pub resolved_wrapup_codes: Vec<String>,
    /// `kpi.service.level.ms`.
    pub service_level_ms: DurationMs,
    /// `kpi.service.level.abandons`.
    pub service_level_abandons: bool,
    /// `kpi.service.level.short.abandons`.
    pub service_level_short_abandons: bool,
    /// `kpi.service.level.flow.outs`.
    pub service_level_flow_outs: bool,
    /// `kpi.sla.threshold.ms`.
    pub sla_threshold_ms: DurationMs,
    /// `kpi.short.abandon.ms`.
    pub short_abandon_ms: DurationMs,
    /// `kpi.settling.ms`.
    pub settling_ms: DurationMs,
    /// `kpi.media.voice`.
    pub media_voice: Vec<MediaType>,
    /// `kpi.media.digital`.
    pub media_digital: Vec<MediaType>,
    /// `kpi.digital.handle` is `active`.
    pub digital_active: bool,
    /// `kpi.percentile` is `interpolated`.
    pub interpolated: bool,
    /// `kpi.transfer.without.wait` is `dead-letter`.
    pub lost_transfer_is_malformed: bool,
    /// `kpi.weht.profile`.
    pub weht_profile: String,
    /// Weight of 0, 1, 2, and 3 or more transfers in that profile, in thousandths.
    pub weht_tiers_milli: [i64; 4],
    /// `kpi.weht.channel.factors`, in thousandths.
    pub weht_channel_milli: BTreeMap<MediaType, i64>,
    /// `kpi.weht.disposition.factors`, in thousandths.
    pub weht_disposition_milli: BTreeMap<String, i64>,
    /// `kpi.custom.*`, by name.
    pub custom: BTreeMap<String, TruthCustom>,
    /// `kpi.dense.enabled`.
    pub dense: bool,
    /// `kpi.dense.keys`.
    pub dense_keys: Vec<(String, MediaType)>,
}

impl Default for TruthSettings {
    fn default() -> Self {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        TruthSettings {
            facts: TruthFacts { agent: true, queue: true, talk: true },
            subject: TruthSubject::Queue,
            grain: TruthGrain::Minutes(30),
            basis: TruthBasis::Start,
            org_id: "acme".to_owned(),
            from: None,
            to: None,
            watermark: None,
            zone: Tz::UTC,
            by_skill_set: false,
            by_language: false,
            talk_min_ms: 3_000,
            talk_min_exclusive: false,
            included_queues: Vec::new(),
            excluded_queues: words(&["QA_Review", "Training_Simulation", "System_Health"]),
            excluded_wrapup_codes: words(&["Test Call"]),
            resolved_wrapup_codes: words(&["Issue Resolved", "Callback Scheduled"]),
            service_level_ms: 20_000,
            service_level_abandons: true,
            service_level_short_abandons: false,
            service_level_flow_outs: false,
            sla_threshold_ms: 120_000,
            short_abandon_ms: 10_000,
            settling_ms: DAY_MS,
            media_voice: vec![MediaType::Voice, MediaType::Callback],
            media_digital: vec![
                MediaType::Chat,
                MediaType::Email,
                MediaType::Social,
                MediaType::Message,
                MediaType::Workitem,
            ],
            digital_active: false,
            interpolated: false,
            lost_transfer_is_malformed: true,
            weht_profile: "published".to_owned(),
            weht_tiers_milli: [1_000, 1_200, 1_000, 1_500],
            weht_channel_milli: BTreeMap::new(),
            weht_disposition_milli: BTreeMap::new(),
            custom: BTreeMap::new(),
            dense: false,
            dense_keys: Vec::new(),
        }
    }
}

impl TruthSettings {
    /// The defaults, for a topic such as `kpi.queue.pt30m.completion`, `contacts` or `transfers`.
    ///
    /// # Errors
    /// When it is no topic of such rows.
    pub fn of_topic(topic: &str) -> Result<TruthSettings, SettingsError> {
        let (subject, grain, basis) = topic::read(topic)?;
        Ok(TruthSettings { subject, grain, basis, ..TruthSettings::default() })
    }

    /// Checks what only all parameters together can show.
    ///
    /// # Errors
    /// When a KPI of the user's own has a sum without what it is divided by, or the reverse.
    pub fn check(&self) -> Result<(), SettingsError> {
        match self.custom.iter().find(|(_, custom)| custom.sum.is_none() || custom.over.is_none()) {
            Some((name, _)) => Err(SettingsError::HalfCustom(name.clone())),
            None => Ok(()),
        }
    }
}
