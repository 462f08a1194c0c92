//! Settings by their names, as texts. Pure.

use std::fmt::Display;
use std::str::FromStr;

use super::error::SettingsError;
use super::values::{TruthExpression, TruthSettings};
use crate::domain::media::MediaType;
use crate::domain::time::{InstantMs, parse_instant};

impl TruthSettings {
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
            "kpi.queue.dimensions" => self.set_dimensions(name, value)?,
            "kpi.talk.min.ms" => self.talk_min_ms = parsed(name, value)?,
            "kpi.talk.min.exclusive" => self.talk_min_exclusive = parsed(name, value)?,
            "kpi.included.queues" => self.included_queues = list(value),
            "kpi.excluded.queues" => self.excluded_queues = list(value),
            "kpi.excluded.wrapup.codes" => self.excluded_wrapup_codes = list(value),
            "kpi.fcr.resolved.wrapup.codes" => self.resolved_wrapup_codes = list(value),
            "kpi.service.level.ms" => self.service_level_ms = parsed(name, value)?,
            "kpi.service.level.abandons" => self.service_level_abandons = parsed(name, value)?,
            "kpi.service.level.short.abandons" => self.service_level_short_abandons = parsed(name, value)?,
            "kpi.service.level.flow.outs" => self.service_level_flow_outs = parsed(name, value)?,
            "kpi.sla.threshold.ms" => self.sla_threshold_ms = parsed(name, value)?,
            "kpi.short.abandon.ms" => self.short_abandon_ms = parsed(name, value)?,
            "kpi.settling.ms" => self.settling_ms = parsed(name, value)?,
            "kpi.media.voice" => self.media_voice = media(name, value)?,
            "kpi.media.digital" => self.media_digital = media(name, value)?,
            "kpi.digital.handle" => self.digital_active = second(name, value, ["agent-duration", "active"])?,
            "kpi.percentile" => self.interpolated = second(name, value, ["nearest-rank", "interpolated"])?,
            "kpi.transfer.without.wait" => {
                self.lost_transfer_is_malformed = !second(name, value, ["dead-letter", "keep"])?;
            }
            "kpi.weht.profile" => self.set_profile(name, value)?,
            "kpi.weht.channel.factors" => {
                let factors = pairs(name, value, milli)?.into_iter();
                let by_medium = factors.map(|(word, milli)| Ok((medium(name, &word)?, milli)));
                self.weht_channel_milli = by_medium.collect::<Result<_, _>>()?;
            }
            "kpi.weht.disposition.factors" => {
                self.weht_disposition_milli = pairs(name, value, milli)?.into_iter().collect();
            }
            "kpi.dense.enabled" => self.dense = parsed(name, value)?,
            "kpi.dense.keys" => self.dense_keys = pairs(name, value, |word| medium(name, word).ok())?,
            _ => self.set_custom(name, value)?,
        }
        Ok(())
    }

    fn set_dimensions(&mut self, name: &str, value: &str) -> Result<(), SettingsError> {
        let words = list(value);
        if let Some(word) = words.iter().find(|word| !["media", "skill_set", "language"].contains(&word.as_str())) {
            return Err(wrong(name, word));
        }
        self.by_skill_set = words.iter().any(|word| word == "skill_set");
        self.by_language = words.iter().any(|word| word == "language");
        Ok(())
    }

    fn set_profile(&mut self, name: &str, value: &str) -> Result<(), SettingsError> {
        // What three or more transfers weigh is beyond dispute; what two do is what the profiles differ in.
        let two = match value {
            "published" => 1_000,
            "monotone" => 1_200,
            "two-or-more" => 1_500,
            _ => return Err(wrong(name, value)),
        };
        value.clone_into(&mut self.weht_profile);
        self.weht_tiers_milli = [1_000, 1_200, two, 1_500];
        Ok(())
    }

    fn set_custom(&mut self, name: &str, value: &str) -> Result<(), SettingsError> {
        let unknown = || SettingsError::Unknown(name.to_owned());
        let (kpi, side) =
            name.strip_prefix("kpi.custom.").and_then(|rest| rest.rsplit_once('.')).ok_or_else(unknown)?;
        if kpi.is_empty() || !["sum", "over"].contains(&side) {
            return Err(unknown());
        }
        let expression = Some(expression(value).ok_or_else(|| wrong(name, value))?);
        let custom = self.custom.entry(kpi.to_owned()).or_default();
        if side == "sum" {
            custom.sum = expression
        } else {
            custom.over = expression
        }
        Ok(())
    }
}

/// A whole number, or one field of a leg that is never null.
fn expression(text: &str) -> Option<TruthExpression> {
    Some(match text.trim() {
        "wait_ms" => TruthExpression::Wait,
        "talk_ms" => TruthExpression::Talk,
        "customer_hold_ms" => TruthExpression::CustomerHold,
        "system_hold_ms" => TruthExpression::SystemHold,
        "wrap_ms" => TruthExpression::Wrap,
        "handle_ms" => TruthExpression::Handle,
        "transfers_out" => TruthExpression::TransfersOut,
        number => TruthExpression::Number(number.parse().ok()?),
    })
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

/// Which of two words it is: whether the second.
fn second(name: &str, value: &str, words: [&str; 2]) -> Result<bool, SettingsError> {
    match words.iter().position(|word| *word == value.trim()) {
        Some(place) => Ok(place == 1),
        None => Err(wrong(name, value)),
    }
}

fn list(value: &str) -> Vec<String> {
    value.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// A list of `name:value`; a name may have colons in it.
fn pairs<T>(name: &str, value: &str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<(String, T)>, SettingsError> {
    let one = |pair: String| {
        let (key, value) = pair.rsplit_once(':').ok_or_else(|| wrong(name, &pair))?;
        Ok((key.trim().to_owned(), read(value.trim()).ok_or_else(|| wrong(name, &pair))?))
    };
    list(value).into_iter().map(one).collect()
}

/// A factor in thousandths.
fn milli(text: &str) -> Option<i64> {
    let factor: f64 = text.parse().ok()?;
    (factor.is_finite() && 0.0 <= factor).then(|| (factor * 1_000.0).round() as i64)
}

fn medium(name: &str, word: &str) -> Result<MediaType, SettingsError> {
    match MediaType::from_word(word) {
        MediaType::Unknown => Err(wrong(name, word)),
        medium => Ok(medium),
    }
}

fn media(name: &str, value: &str) -> Result<Vec<MediaType>, SettingsError> {
    list(value).iter().map(|word| medium(name, word)).collect()
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::super::values::TruthCustom;
    use super::*;

    fn set(pairs: &[(&str, &str)]) -> TruthSettings {
        let mut settings = TruthSettings::default();
        for (name, value) in pairs {
            settings.set(name, value).unwrap();
        }
        settings
    }

    #[test]
    fn settings_are_read_and_unknown_ones_refused() {
        let mut settings = set(&[
            ("kpi.zone", "America/New_York"),
            ("kpi.excluded.queues", "a, b,"),
            ("kpi.media.digital", "chat,email"),
            ("from", "1970-01-01T00:00:01Z"),
            ("kpi.service.level.flow.outs", "true"),
            ("kpi.digital.handle", "active"),
            ("kpi.transfer.without.wait", "keep"),
            ("kpi.queue.dimensions", "media,language"),
        ]);
        assert_eq!(settings.zone, Tz::America__New_York);
        assert_eq!(settings.excluded_queues, ["a", "b"]);
        assert_eq!(settings.media_digital, [MediaType::Chat, MediaType::Email]);
        assert_eq!(settings.from, Some(1_000));
        assert!(settings.service_level_flow_outs && settings.digital_active && !settings.lost_transfer_is_malformed);
        assert!(settings.by_language && !settings.by_skill_set);
        assert_eq!(settings.set("kpi.talk.max.ms", "1"), Err(SettingsError::Unknown("kpi.talk.max.ms".into())));
        for (name, value) in [
            ("kpi.talk.min.ms", "soon"),
            ("kpi.media.digital", "fax"),
            ("kpi.percentile", "mean"),
            ("kpi.queue.dimensions", "colour"),
            ("kpi.weht.profile", "fair"),
            ("kpi.weht.channel.factors", "chat"),
            ("kpi.custom.share.sum", "talk_ms + 1"),
        ] {
            assert_eq!(settings.set(name, value), Err(wrong(name, value)));
        }
        assert!(settings.set("kpi.custom.share.of", "1").is_err());
    }

    #[test]
    fn weights_are_read_in_thousandths() {
        let settings = set(&[
            ("kpi.weht.profile", "monotone"),
            ("kpi.weht.channel.factors", "chat:1.5, voice:1"),
            ("kpi.weht.disposition.factors", "Complaint: billing:2.25"),
        ]);
        assert_eq!(settings.weht_tiers_milli, [1_000, 1_200, 1_200, 1_500]);
        assert_eq!(settings.weht_channel_milli[&MediaType::Chat], 1_500);
        assert_eq!(settings.weht_disposition_milli["Complaint: billing"], 2_250);
    }

    #[test]
    fn a_kpi_of_ones_own_needs_both_its_halves() {
        let mut settings = set(&[("kpi.custom.share.sum", "talk_ms")]);
        assert_eq!(settings.check(), Err(SettingsError::HalfCustom("share".to_owned())));
        settings.set("kpi.custom.share.over", "1000").unwrap();
        assert_eq!(settings.check(), Ok(()));
        let both = TruthCustom { sum: Some(TruthExpression::Talk), over: Some(TruthExpression::Number(1_000)) };
        assert_eq!(settings.custom["share"], both);
    }
}
