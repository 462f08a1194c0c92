//! Which figures are asked for, and by which rules: a topic's name and `kpi.*` settings as query parameters. Pure.

use std::fmt::Display;
use std::str::FromStr;

use chrono_tz::Tz;

use crate::domain::media::MediaType;
use crate::domain::time::{DAY_MS, DurationMs, InstantMs, parse_instant};

/// Length of the intervals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TruthGrain {
    /// So many minutes of UTC time.
    Minutes(i64),
    /// A local day.
    Day,
}

/// Which interval a row's figures belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TruthBasis {
    /// The one it starts in.
    Start,
    /// The one in which each figure is complete.
    Completion,
    /// Lengths of time cut at the boundaries.
    Apportioned,
}

/// Everything that the figures depend on, besides the rows.
#[derive(Clone, Debug, PartialEq)]
pub struct TruthSettings {
    /// Length of the intervals.
    pub grain: TruthGrain,
    /// Attribution.
    pub basis: TruthBasis,
    /// `genesys.org.id`.
    pub org_id: String,
    /// Interval starts from here on, included; `None`: all.
    pub from: Option<InstantMs>,
    /// Interval starts before this; `None`: all.
    pub to: Option<InstantMs>,
    /// Complete up to here; `None`: everything has settled.
    pub watermark: Option<InstantMs>,
    /// `kpi.zone`.
    pub zone: Tz,
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
}

impl Default for TruthSettings {
    fn default() -> Self {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        TruthSettings {
            grain: TruthGrain::Minutes(30),
            basis: TruthBasis::Start,
            org_id: "acme".to_owned(),
            from: None,
            to: None,
            watermark: None,
            zone: Tz::UTC,
            talk_min_ms: 3_000,
            talk_min_exclusive: false,
            included_queues: Vec::new(),
            excluded_queues: words(&["QA_Review", "Training_Simulation", "System_Health"]),
            excluded_wrapup_codes: words(&["Test Call"]),
            resolved_wrapup_codes: words(&["Issue Resolved", "Callback Scheduled"]),
            service_level_ms: 20_000,
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
        }
    }
}

/// Why no figures can be told.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SettingsError {
    /// The topic is none of the queue topics.
    #[error("there is no truth about the topic {0}")]
    Topic(String),
    /// The truth does not depend on such a setting.
    #[error("the truth does not know the parameter {0}")]
    Unknown(String),
    /// A parameter cannot be read.
    #[error("the parameter {name} cannot be read: {value}")]
    Value {
        /// The parameter.
        name: String,
        /// What it was given.
        value: String,
    },
}

impl TruthSettings {
    /// The defaults, for a topic such as `kpi.queue.pt30m.completion`.
    ///
    /// # Errors
    /// When it is no topic of queue rows.
    pub fn of_topic(topic: &str) -> Result<TruthSettings, SettingsError> {
        let unknown = || SettingsError::Topic(topic.to_owned());
        let name = topic.strip_prefix("handletime.").unwrap_or(topic);
        let name = name.strip_prefix("kpi.queue.").ok_or_else(unknown)?;
        let (grain, basis) = name.split_once('.').unwrap_or((name, "start"));
        let grain = match grain {
            "pt15m" => TruthGrain::Minutes(15),
            "pt30m" => TruthGrain::Minutes(30),
            "pt1h" => TruthGrain::Minutes(60),
            "p1d" => TruthGrain::Day,
            _ => return Err(unknown()),
        };
        let basis = match basis {
            "start" => TruthBasis::Start,
            "completion" => TruthBasis::Completion,
            "apportioned" => TruthBasis::Apportioned,
            _ => return Err(unknown()),
        };
        Ok(TruthSettings { grain, basis, ..TruthSettings::default() })
    }

    /// Sets one parameter by its name.
    ///
    /// # Errors
    /// When the name or the value means nothing here; nothing has changed then.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), SettingsError> {
        match name {
            "from" => self.from = Some(instant(name, value)?),
            "to" => self.to = Some(instant(name, value)?),
            "watermark" => self.watermark = Some(instant(name, value)?),
            "genesys.org.id" => self.org_id = value.to_owned(),
            "kpi.zone" => self.zone = parsed(name, value)?,
            "kpi.talk.min.ms" => self.talk_min_ms = parsed(name, value)?,
            "kpi.talk.min.exclusive" => self.talk_min_exclusive = parsed(name, value)?,
            "kpi.included.queues" => self.included_queues = list(value),
            "kpi.excluded.queues" => self.excluded_queues = list(value),
            "kpi.excluded.wrapup.codes" => self.excluded_wrapup_codes = list(value),
            "kpi.fcr.resolved.wrapup.codes" => self.resolved_wrapup_codes = list(value),
            "kpi.service.level.ms" => self.service_level_ms = parsed(name, value)?,
            "kpi.sla.threshold.ms" => self.sla_threshold_ms = parsed(name, value)?,
            "kpi.short.abandon.ms" => self.short_abandon_ms = parsed(name, value)?,
            "kpi.settling.ms" => self.settling_ms = parsed(name, value)?,
            "kpi.media.voice" => self.media_voice = media(name, value)?,
            "kpi.media.digital" => self.media_digital = media(name, value)?,
            _ => return Err(SettingsError::Unknown(name.to_owned())),
        }
        Ok(())
    }
}

fn wrong(name: &str, value: impl Display) -> SettingsError {
    SettingsError::Value { name: name.to_owned(), value: value.to_string() }
}

fn parsed<T: FromStr>(name: &str, value: &str) -> Result<T, SettingsError> {
    value.trim().parse().map_err(|_| wrong(name, value))
}

/// ISO-8601, or milliseconds since 1970.
fn instant(name: &str, value: &str) -> Result<InstantMs, SettingsError> {
    parse_instant(value).or_else(|| value.parse().ok()).ok_or_else(|| wrong(name, value))
}

fn list(value: &str) -> Vec<String> {
    value.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn media(name: &str, value: &str) -> Result<Vec<MediaType>, SettingsError> {
    let one = |word: String| match MediaType::from_word(&word) {
        MediaType::Unknown => Err(wrong(name, word)),
        medium => Ok(medium),
    };
    list(value).into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_names_grain_and_basis() {
        let settings = TruthSettings::of_topic("handletime.kpi.queue.p1d.apportioned").unwrap();
        assert_eq!((settings.grain, settings.basis), (TruthGrain::Day, TruthBasis::Apportioned));
        assert_eq!(TruthSettings::of_topic("kpi.queue.pt15m").unwrap().basis, TruthBasis::Start);
        for topic in ["kpi.agent.pt30m", "kpi.queue.pt5m", "kpi.queue.pt30m.answer", ""] {
            assert_eq!(TruthSettings::of_topic(topic), Err(SettingsError::Topic(topic.to_owned())));
        }
    }

    #[test]
    fn settings_are_read_and_unknown_ones_refused() {
        let mut settings = TruthSettings::default();
        settings.set("kpi.zone", "America/New_York").unwrap();
        settings.set("kpi.excluded.queues", "a, b,").unwrap();
        settings.set("kpi.media.digital", "chat,email").unwrap();
        settings.set("from", "1970-01-01T00:00:01Z").unwrap();
        assert_eq!(settings.zone, Tz::America__New_York);
        assert_eq!(settings.excluded_queues, ["a", "b"]);
        assert_eq!(settings.media_digital, [MediaType::Chat, MediaType::Email]);
        assert_eq!(settings.from, Some(1_000));
        assert_eq!(settings.set("kpi.talk.max.ms", "1"), Err(SettingsError::Unknown("kpi.talk.max.ms".into())));
        assert!(settings.set("kpi.talk.min.ms", "soon").is_err());
        assert!(settings.set("kpi.media.digital", "fax").is_err());
    }
}
