//! The settings that change numbers, in the form that measuring asks them. Pure.

use std::collections::BTreeSet;

use super::custom::Expressions;
use crate::config::typed::RulesConfig;
use crate::domain::leg::Leg;
use crate::domain::media::MediaType;

/// How a medium's handle time is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Formula {
    /// Talk + customer hold + wrap.
    Voice,
    /// The agent duration as reported.
    Digital,
    /// No setting maps the medium.
    Unmapped,
}

/// The rules in force, with their canonical text and its hash.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// The settings.
    pub config: RulesConfig,
    /// Their canonical text.
    pub text: String,
    /// Its hash.
    pub version: String,
    /// The KPIs of the user's own.
    pub custom: Expressions,
    excluded_queues: BTreeSet<String>,
    included_queues: BTreeSet<String>,
    excluded_wrapup_codes: BTreeSet<String>,
    resolved_wrapup_codes: BTreeSet<String>,
}

impl Rules {
    /// Prepares settings whose canonical text and hash are given.
    #[must_use]
    pub fn new(config: RulesConfig, text: String, version: String) -> Rules {
        let set = |words: &[String]| words.iter().cloned().collect::<BTreeSet<_>>();
        Rules {
            excluded_queues: set(&config.excluded_queues),
            included_queues: set(&config.included_queues),
            excluded_wrapup_codes: set(&config.excluded_wrapup_codes),
            resolved_wrapup_codes: set(&config.resolved_wrapup_codes),
            custom: Expressions::new(&config.custom),
            config,
            text,
            version,
        }
    }

    /// The formula of a medium.
    #[must_use]
    pub fn formula(&self, media: MediaType) -> Formula {
        if self.config.media_voice.contains(&media) {
            Formula::Voice
        } else if self.config.media_digital.contains(&media) {
            Formula::Digital
        } else {
            Formula::Unmapped
        }
    }

    /// Whether a queue's legs are left out: listed as excluded, or not listed as included, by id or by name.
    #[must_use]
    pub fn queue_excluded(&self, id: Option<&str>, name: Option<&str>) -> bool {
        let listed = |set: &BTreeSet<String>| [id, name].into_iter().flatten().any(|word| set.contains(word));
        listed(&self.excluded_queues) || (!self.included_queues.is_empty() && !listed(&self.included_queues))
    }

    /// Whether a disposition excludes its leg, by id or by name.
    #[must_use]
    pub fn wrapup_excluded(&self, id: Option<&str>, name: Option<&str>) -> bool {
        [id, name].into_iter().flatten().any(|word| self.excluded_wrapup_codes.contains(word))
    }

    /// Whether a disposition resolves the contact: by name, so an id without a name never does, nor do the platform's own
    /// codes, which no agent set (METRICS scenario 18).
    #[must_use]
    pub fn resolves(&self, name: Option<&str>) -> bool {
        name.is_some_and(|name| !name.starts_with("ININ-") && self.resolved_wrapup_codes.contains(name))
    }

    /// Whether so much talk is too short to count (R-12, D-2).
    #[must_use]
    pub fn talk_too_short(&self, talk_ms: i64) -> bool {
        talk_ms < self.config.talk_min_ms || (self.config.talk_min_exclusive && talk_ms == self.config.talk_min_ms)
    }

    /// WEHT weight of a leg: the tier of its transfers × the factor of its medium × that of its disposition, the
    /// disposition by id before by name.
    #[must_use]
    pub fn weight(&self, leg: &Leg) -> f64 {
        let config = &self.config;
        let tier = usize::try_from(leg.transfers_out.clamp(0, 3)).unwrap_or(0);
        let channel = config.weht_channel_milli.get(&leg.media_type).copied().unwrap_or(1_000);
        let disposition = [&leg.wrapup_code_id, &leg.wrapup_code_name]
            .into_iter()
            .flatten()
            .find_map(|word| config.weht_disposition_milli.get(word).copied());
        let product =
            i128::from(config.weht_tiers_milli[tier]) * i128::from(channel) * i128::from(disposition.unwrap_or(1_000));
        product as f64 / 1e9
    }

    /// Whether a leg with so many transfers falls into the gap of the published tiers (D-3).
    #[must_use]
    pub fn weight_gap(&self, transfers: i64) -> bool {
        let tiers = self.config.weht_tiers_milli;
        transfers == 2 && tiers[2] < tiers[1]
    }
}
