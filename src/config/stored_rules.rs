//! Stored canonical text back to the settings that it was made of: the inverse of [`canonical_text`]. Pure.

use std::collections::BTreeMap;

use super::canonical::{RULES, canonical_text};
use super::typed::{CustomKpi, RulesConfig};
use super::words;
use crate::domain::attribution::Basis;
use crate::domain::family::Family;
use crate::domain::interval::Grain;
use crate::domain::media::MediaType;

/// Why stored rules cannot be measured by.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoredRulesError {
    /// The code that they were measured by is another one.
    #[error("the stored rules are of version {found} of the program's own rules, and this is version {RULES}")]
    OtherCode {
        /// `RULES` of the text; empty when it has none.
        found: String,
    },
    /// A line is missing or says what no setting says.
    #[error("the stored rules have no readable {key}")]
    Line {
        /// The key of the line.
        key: String,
    },
    /// The text says more than the settings that were read from it.
    #[error("the stored rules hold settings that this version does not know: {keys}")]
    Unknown {
        /// The keys.
        keys: String,
    },
}

/// Reads stored canonical text. Lists that are sets come back sorted, for their order is not stored.
///
/// # Errors
/// As [`StoredRulesError`] says. What is returned has exactly this canonical text.
pub fn rules_of_text(text: &str) -> Result<RulesConfig, StoredRulesError> {
    let lines = Lines(text.lines().filter_map(|line| line.split_once('=')).collect());
    if lines.text("RULES").ok() != Some(&RULES.to_string()) {
        let found = lines.text("RULES").unwrap_or_default().to_owned();
        return Err(StoredRulesError::OtherCode { found });
    }
    let rules = read(&lines)?;
    let again = canonical_text(&rules);
    if again == text {
        return Ok(rules);
    }
    let keys = super::canonical::differing_keys(text, &again).join(", ");
    Err(StoredRulesError::Unknown { keys })
}

fn read(lines: &Lines<'_>) -> Result<RulesConfig, StoredRulesError> {
    let medium = |word: &str| Some(MediaType::from_word(word)).filter(|medium| *medium != MediaType::Unknown);
    let milli = |pair: &str| {
        let (name, milli) = pair.rsplit_once(':')?;
        Some((name.to_owned(), milli.parse::<i64>().ok()?))
    };
    let (weht_profile, weht_tiers_milli) = weht(lines)?;
    let topics = lines.list_or("kpi.topics", "agent,agent-total,contacts,org,org-total,queue,transfers");
    let custom = custom(lines)?;
    let mut families: Vec<Family> = topics.iter().filter_map(|word| Family::from_word(word)).collect();
    families.extend((!custom.is_empty()).then_some(Family::Custom));
    families.sort_unstable();
    let word_of_channel = |pair: &str| milli(pair).and_then(|(word, milli)| Some((medium(&word)?, milli)));
    Ok(RulesConfig {
        grains: lines.list_of("kpi.grains", Grain::from_word)?,
        attribution: lines.list_of("kpi.attribution", Basis::from_word)?,
        zone: lines.parsed("kpi.zone")?,
        range: words::range(lines.text("kpi.range")?).ok_or_else(|| unreadable("kpi.range"))?,
        queue_dimensions: lines.list("kpi.queue.dimensions")?,
        media_voice: lines.list_of("kpi.media.voice", medium)?,
        media_digital: lines.list_of("kpi.media.digital", medium)?,
        talk_min_ms: lines.parsed("kpi.talk.min.ms")?,
        talk_min_exclusive: lines.parsed("kpi.talk.min.exclusive")?,
        included_queues: lines.list("kpi.included.queues")?,
        excluded_queues: lines.list("kpi.excluded.queues")?,
        excluded_wrapup_codes: lines.list("kpi.excluded.wrapup.codes")?,
        resolved_wrapup_codes: lines.list("kpi.fcr.resolved.wrapup.codes")?,
        weht_profile,
        weht_tiers_milli,
        sla_threshold_ms: lines.parsed("kpi.sla.threshold.ms")?,
        service_level_ms: lines.parsed("kpi.service.level.ms")?,
        service_level_abandons: lines.parsed("kpi.service.level.abandons")?,
        service_level_short_abandons: lines.parsed("kpi.service.level.short.abandons")?,
        service_level_flow_outs: lines.parsed("kpi.service.level.flow.outs")?,
        short_abandon_ms: lines.parsed("kpi.short.abandon.ms")?,
        handle_mismatch_tolerance: lines.parsed("kpi.handle.mismatch.tolerance")?,
        settling_ms: lines.parsed("kpi.settling.ms")?,
        grace_ms: lines.parsed("kpi.grace.ms")?,
        horizon_ms: lines.parsed("kpi.lateness.horizon.ms")?,
        leg_length_ms_max: lines.parsed("kpi.leg.length.ms.max")?,
        contacts_topic: topics.iter().any(|word| word == "contacts"),
        transfers_topic: topics.iter().any(|word| word == "transfers"),
        families,
        overlap_tolerance_ms: lines.parsed_or("kpi.overlap.tolerance.ms", "1000")?,
        digital_handle: lines.word("kpi.digital.handle", "agent-duration", &words::DIGITAL_HANDLE)?,
        percentile: lines.word("kpi.percentile", "nearest-rank", &words::PERCENTILE)?,
        transfer_without_wait_is_malformed: lines.word(
            "kpi.transfer.without.wait",
            "dead-letter",
            &words::TRANSFER_WITHOUT_WAIT,
        )?,
        weht_channel_milli: lines.pairs("kpi.weht.channel.factors", word_of_channel)?.into_iter().collect(),
        weht_disposition_milli: lines.pairs("kpi.weht.disposition.factors", milli)?.into_iter().collect(),
        custom,
        dense: lines.parsed_or("kpi.dense.enabled", "false")?,
        dense_keys: lines.pairs("kpi.dense.keys", words::queue_medium)?,
    })
}

fn weht(lines: &Lines<'_>) -> Result<(String, [i64; 4]), StoredRulesError> {
    let key = "kpi.weht.profile";
    let (profile, tiers) = lines.text(key)?.rsplit_once(':').ok_or_else(|| unreadable(key))?;
    let tiers: Option<Vec<i64>> = tiers.split(',').map(|tier| tier.parse().ok()).collect();
    let tiers = tiers.and_then(|tiers| <[i64; 4]>::try_from(tiers).ok());
    Ok((unescaped(profile), tiers.ok_or_else(|| unreadable(key))?))
}

fn custom(lines: &Lines<'_>) -> Result<Vec<CustomKpi>, StoredRulesError> {
    let of_sum = |key: &str| Some(key.strip_prefix("kpi.custom.")?.strip_suffix(".sum")?.to_owned());
    let names = lines.0.keys().filter_map(|key| of_sum(key));
    let kpi = |name: String| {
        let side = |side: &str| lines.text(&format!("kpi.custom.{name}.{side}")).map(unescaped);
        Ok(CustomKpi { sum: side("sum")?, over: side("over")?, name })
    };
    names.map(kpi).collect()
}

struct Lines<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Lines<'a> {
    fn text(&self, key: &str) -> Result<&'a str, StoredRulesError> {
        self.0.get(key).copied().ok_or_else(|| unreadable(key))
    }

    fn parsed<T: std::str::FromStr>(&self, key: &str) -> Result<T, StoredRulesError> {
        self.text(key)?.parse().map_err(|_| unreadable(key))
    }

    fn parsed_or<T: std::str::FromStr>(&self, key: &str, default: &str) -> Result<T, StoredRulesError> {
        self.text(key).unwrap_or(default).parse().map_err(|_| unreadable(key))
    }

    fn word<T: Copy>(&self, key: &str, default: &str, words: &[words::Word<T>]) -> Result<T, StoredRulesError> {
        words::read(words, self.text(key).unwrap_or(default)).ok_or_else(|| unreadable(key))
    }

    fn list(&self, key: &str) -> Result<Vec<String>, StoredRulesError> {
        self.text(key).map(parts)
    }

    fn list_or(&self, key: &str, default: &str) -> Vec<String> {
        parts(self.text(key).unwrap_or(default))
    }

    fn list_of<T>(&self, key: &str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, StoredRulesError> {
        let parts = self.list(key)?;
        parts.iter().map(|part| read(part).ok_or_else(|| unreadable(key))).collect()
    }

    fn pairs<T>(&self, key: &str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, StoredRulesError> {
        self.list_or(key, "").iter().map(|part| read(part).ok_or_else(|| unreadable(key))).collect()
    }
}

fn unreadable(key: &str) -> StoredRulesError {
    StoredRulesError::Line { key: key.to_owned() }
}

/// The parts of a list; a comma that is a part's own has a backslash before it.
fn parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (letter, parts.last_mut()) {
            (',', _) => parts.push(String::new()),
            ('\\', Some(part)) => part.extend(letters.next().map(escaped)),
            (letter, Some(part)) => part.push(letter),
            (_, None) => {}
        }
    }
    if text.is_empty() { Vec::new() } else { parts }
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => out.extend(letters.next().map(escaped)),
            letter => out.push(letter),
        }
    }
    out
}

/// What a letter behind a backslash stands for.
fn escaped(letter: char) -> char {
    match letter {
        'n' => '\n',
        'r' => '\r',
        letter => letter,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::parse::rules_of;
    use super::*;

    fn defaults() -> RulesConfig {
        rules_of(&BTreeMap::new()).unwrap()
    }

    fn read_back(rules: &RulesConfig) -> RulesConfig {
        rules_of_text(&canonical_text(rules)).unwrap()
    }

    #[test]
    fn settings_far_from_their_defaults_read_back() {
        let pairs = [
            ("kpi.grains", "p1d,pt15m"),
            ("kpi.attribution", "completion,apportioned,start"),
            ("kpi.zone", "America/New_York"),
            ("kpi.queue.dimensions", "language,media"),
            ("kpi.media.voice", "voice"),
            ("kpi.media.digital", "chat"),
            ("kpi.talk.min.ms", "5001"),
            ("kpi.talk.min.exclusive", "true"),
            ("kpi.included.queues", "A,B"),
            ("kpi.excluded.queues", ""),
            ("kpi.handle.mismatch.tolerance", "0.123456789"),
            ("kpi.weht.profile", "monotone"),
            ("kpi.service.level.flow.outs", "true"),
            ("kpi.topics", "queue,contacts"),
            ("kpi.overlap.tolerance.ms", "2000"),
            ("kpi.digital.handle", "active"),
            ("kpi.percentile", "interpolated"),
            ("kpi.transfer.without.wait", "keep"),
            ("kpi.weht.channel.factors", "chat:1.5"),
            ("kpi.weht.disposition.factors", "Complaint:2,a:b:0.5"),
            ("kpi.custom.talk.sum", "talk_ms"),
            ("kpi.custom.talk.over", "handle_ms"),
            ("kpi.dense.enabled", "true"),
            ("kpi.dense.keys", "Q:1:voice,Q2:chat"),
        ];
        let pairs = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let rules = rules_of(&pairs).unwrap();
        let again = read_back(&rules);
        assert_eq!(canonical_text(&again), canonical_text(&rules));
        assert_eq!(again.attribution, rules.attribution, "the order of the bases means something");
        let sorted = |mut rules: RulesConfig| {
            rules.grains.sort_unstable();
            rules.queue_dimensions.sort_unstable();
            rules.resolved_wrapup_codes.sort_unstable();
            rules.dense_keys.sort_unstable();
            rules
        };
        assert_eq!(sorted(again), sorted(rules));
    }

    #[test]
    fn what_is_no_text_of_this_program_is_refused_with_the_line() {
        let text = canonical_text(&defaults());
        let other = rules_of_text(&text.replace("RULES=1", "RULES=0"));
        assert_eq!(other, Err(StoredRulesError::OtherCode { found: "0".to_owned() }));
        let unread = rules_of_text(&text.replace("kpi.grace.ms=4500000", "kpi.grace.ms=x"));
        assert_eq!(unread, Err(StoredRulesError::Line { key: "kpi.grace.ms".to_owned() }));
        let unknown = rules_of_text(&format!("{text}kpi.zzz=1\n"));
        assert_eq!(unknown, Err(StoredRulesError::Unknown { keys: "kpi.zzz".to_owned() }));
    }

    proptest! {
        #[test]
        fn any_names_read_back(queues in proptest::collection::btree_set("[a-z,\\\\\\n\\r:= ]{1,8}", 0..4)) {
            let mut rules = defaults();
            rules.excluded_queues = queues.iter().cloned().collect();
            rules.weht_disposition_milli = queues.iter().map(|name| (name.clone(), 7)).collect();
            rules.dense_keys = queues.iter().map(|name| (name.trim().to_owned(), MediaType::Voice)).collect();
            let again = read_back(&rules);
            prop_assert_eq!(again.excluded_queues.into_iter().collect::<std::collections::BTreeSet<_>>(), queues);
            prop_assert_eq!(again.weht_disposition_milli, rules.weht_disposition_milli);
        }
    }
}
