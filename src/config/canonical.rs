//! The rules as stored text, and their hash: what tells whether stored rows were made by the same rules. Pure.
//!
//! WARNING: stored format. The text is in every `progress` record and its hash on every row: a change here makes every
//! processor refuse its own stored state. A setting that is added later is left out while it has its default.

use std::collections::{BTreeMap, BTreeSet};

use xxhash_rust::xxh64::xxh64;

use super::typed::RulesConfig;
use super::words;
use crate::domain::family::Family;
use crate::domain::media::MediaType;

/// Version of the rules that are code, not settings. To be raised whenever the same settings give other numbers.
pub const RULES: u32 = 1;

/// The canonical text of `rules` and of the code: one `key=value` line a setting, sorted by key, each with its newline.
///
/// Lists that are sets are sorted, so that their order in the file means nothing; the order of `kpi.attribution` means
/// something. In a list's part a comma, a backslash or a line break has a backslash before it.
#[must_use]
pub fn canonical_text(rules: &RulesConfig) -> String {
    let RulesConfig {
        grains,
        attribution,
        zone,
        range,
        queue_dimensions,
        media_voice,
        media_digital,
        talk_min_ms,
        talk_min_exclusive,
        included_queues,
        excluded_queues,
        excluded_wrapup_codes,
        resolved_wrapup_codes,
        weht_profile,
        weht_tiers_milli,
        sla_threshold_ms,
        service_level_ms,
        service_level_abandons,
        service_level_short_abandons,
        service_level_flow_outs,
        short_abandon_ms,
        handle_mismatch_tolerance,
        settling_ms,
        grace_ms,
        horizon_ms,
        leg_length_ms_max,
        families,
        contacts_topic,
        transfers_topic,
        overlap_tolerance_ms,
        digital_handle,
        percentile,
        transfer_without_wait_is_malformed,
        weht_channel_milli,
        weht_disposition_milli,
        custom,
        dense,
        dense_keys,
    } = rules;
    let attribution: Vec<&str> = attribution.iter().map(|basis| basis.word()).collect();
    let tiers: Vec<String> = weht_tiers_milli.iter().map(ToString::to_string).collect();
    let mut lines = BTreeMap::from([
        ("RULES", RULES.to_string()),
        ("kpi.attribution", attribution.join(",")),
        ("kpi.excluded.queues", set(excluded_queues.iter())),
        ("kpi.excluded.wrapup.codes", set(excluded_wrapup_codes.iter())),
        ("kpi.fcr.resolved.wrapup.codes", set(resolved_wrapup_codes.iter())),
        ("kpi.grace.ms", grace_ms.to_string()),
        ("kpi.grains", set(grains.iter().map(|grain| grain.word()))),
        ("kpi.handle.mismatch.tolerance", handle_mismatch_tolerance.to_string()),
        ("kpi.included.queues", set(included_queues.iter())),
        ("kpi.lateness.horizon.ms", horizon_ms.to_string()),
        ("kpi.leg.length.ms.max", leg_length_ms_max.to_string()),
        ("kpi.media.digital", set(media_digital.iter().map(|medium| medium.symbol().to_lowercase()))),
        ("kpi.media.voice", set(media_voice.iter().map(|medium| medium.symbol().to_lowercase()))),
        ("kpi.queue.dimensions", set(queue_dimensions.iter())),
        ("kpi.range", words::of_range(range)),
        ("kpi.service.level.abandons", service_level_abandons.to_string()),
        ("kpi.service.level.flow.outs", service_level_flow_outs.to_string()),
        ("kpi.service.level.ms", service_level_ms.to_string()),
        ("kpi.service.level.short.abandons", service_level_short_abandons.to_string()),
        ("kpi.settling.ms", settling_ms.to_string()),
        ("kpi.short.abandon.ms", short_abandon_ms.to_string()),
        ("kpi.sla.threshold.ms", sla_threshold_ms.to_string()),
        ("kpi.talk.min.exclusive", talk_min_exclusive.to_string()),
        ("kpi.talk.min.ms", talk_min_ms.to_string()),
        ("kpi.weht.profile", format!("{}:{}", part(weht_profile), tiers.join(","))),
        ("kpi.zone", zone.name().to_owned()),
    ]);
    // The settings that came later stand here only when they are not at their defaults.
    let of_media = |(medium, milli): (&MediaType, &i64)| format!("{}:{milli}", medium.symbol().to_lowercase());
    let topics = families.iter().filter(|family| **family != Family::Custom).map(|family| family.word());
    let topics = topics.chain(contacts_topic.then_some("contacts")).chain(transfers_topic.then_some("transfers"));
    let pairs = |pairs: &BTreeMap<String, i64>| set(pairs.iter().map(|(name, milli)| format!("{name}:{milli}")));
    let keys = dense_keys.iter().map(|(queue, medium)| format!("{queue}:{}", medium.symbol().to_lowercase()));
    for (key, value, default) in [
        ("kpi.topics", set(topics), "agent,agent-total,contacts,org,org-total,queue,transfers"),
        ("kpi.overlap.tolerance.ms", overlap_tolerance_ms.to_string(), "1000"),
        ("kpi.digital.handle", words::of(&words::DIGITAL_HANDLE, *digital_handle), "agent-duration"),
        ("kpi.percentile", words::of(&words::PERCENTILE, *percentile), "nearest-rank"),
        (
            "kpi.transfer.without.wait",
            words::of(&words::TRANSFER_WITHOUT_WAIT, *transfer_without_wait_is_malformed),
            "dead-letter",
        ),
        ("kpi.weht.channel.factors", set(weht_channel_milli.iter().map(of_media)), ""),
        ("kpi.weht.disposition.factors", pairs(weht_disposition_milli), ""),
        ("kpi.dense.enabled", dense.to_string(), "false"),
        ("kpi.dense.keys", set(keys), ""),
    ] {
        if value != default {
            lines.insert(key, value);
        }
    }
    let custom = custom.iter().flat_map(|kpi| {
        [("sum", &kpi.sum), ("over", &kpi.over)]
            .map(|(side, text)| (format!("kpi.custom.{}.{side}", kpi.name), part(text)))
    });
    let mut all: BTreeMap<String, String> = custom.collect();
    all.extend(lines.into_iter().map(|(key, value)| (key.to_owned(), value)));
    all.iter().map(|(key, value)| format!("{key}={value}\n")).collect()
}

/// `rules_version`: XXH64 (seed 0) of the canonical text, as 16 hexadecimal digits.
#[must_use]
pub fn rules_version(canonical_text: &str) -> String {
    format!("{:016x}", xxh64(canonical_text.as_bytes(), 0))
}

/// The keys whose lines differ between two canonical texts, or stand in one only; sorted.
#[must_use]
pub fn differing_keys(text: &str, other: &str) -> Vec<String> {
    let (lines, others) = (by_key(text), by_key(other));
    let keys: BTreeSet<&str> = lines.keys().chain(others.keys()).copied().collect();
    keys.into_iter().filter(|key| lines.get(key) != others.get(key)).map(str::to_owned).collect()
}

fn by_key(text: &str) -> BTreeMap<&str, &str> {
    text.lines().map(|line| line.split_once('=').unwrap_or((line, ""))).collect()
}

fn set(parts: impl Iterator<Item = impl AsRef<str>>) -> String {
    let parts: BTreeSet<String> = parts.map(|text| part(text.as_ref())).collect();
    parts.into_iter().collect::<Vec<_>>().join(",")
}

fn part(text: &str) -> String {
    text.replace('\\', "\\\\").replace(',', "\\,").replace('\n', "\\n").replace('\r', "\\r")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::definition::Scope;
    use super::super::parse::rules_of;
    use super::super::tables::handle_time_processor::TABLE;
    use super::*;

    /// The text of the defaults, as it stands in stored records. Never to be changed: see the warning above.
    const STORED: &str = "\
RULES=1
kpi.attribution=start
kpi.excluded.queues=QA_Review,System_Health,Training_Simulation
kpi.excluded.wrapup.codes=Test Call
kpi.fcr.resolved.wrapup.codes=Callback Scheduled,Issue Resolved
kpi.grace.ms=4500000
kpi.grains=p1d,pt30m
kpi.handle.mismatch.tolerance=0.02
kpi.included.queues=
kpi.lateness.horizon.ms=432000000
kpi.leg.length.ms.max=1209600000
kpi.media.digital=chat,email,message,social,workitem
kpi.media.voice=callback,voice
kpi.queue.dimensions=media
kpi.range=..
kpi.service.level.abandons=true
kpi.service.level.flow.outs=false
kpi.service.level.ms=20000
kpi.service.level.short.abandons=false
kpi.settling.ms=86400000
kpi.short.abandon.ms=10000
kpi.sla.threshold.ms=120000
kpi.talk.min.exclusive=false
kpi.talk.min.ms=3000
kpi.weht.profile=published:1000,1200,1000,1500
kpi.zone=UTC
";

    fn text_of(pairs: &[(&str, &str)]) -> String {
        let pairs: BTreeMap<String, String> =
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        canonical_text(&rules_of(&pairs).unwrap())
    }

    #[test]
    fn the_stored_text_and_hash_of_the_defaults_never_change() {
        assert_eq!(text_of(&[]), STORED);
        assert_eq!(rules_version(STORED), "a6f190bf199b0447");
    }

    #[test]
    fn every_setting_that_changes_numbers_has_its_line() {
        let of_table: BTreeSet<&str> = TABLE
            .iter()
            .filter(|definition| definition.scope == Scope::Rules)
            .map(|definition| definition.name)
            .collect();
        let mut of_text: BTreeSet<&str> = by_key(STORED).into_keys().collect();
        // Two settings stand in one line.
        assert!(of_text.remove("RULES") && of_text.remove("kpi.range"));
        of_text.extend(["kpi.range.start", "kpi.range.end"]);
        let changed = text_of(&[
            ("kpi.topics", "queue"),
            ("kpi.overlap.tolerance.ms", "2000"),
            ("kpi.digital.handle", "active"),
            ("kpi.percentile", "interpolated"),
            ("kpi.transfer.without.wait", "keep"),
            ("kpi.weht.channel.factors", "chat:1.5"),
            ("kpi.weht.disposition.factors", "Complaint:2"),
            ("kpi.custom.talk.sum", "talk_ms"),
            ("kpi.custom.talk.over", "handle_ms"),
            ("kpi.dense.enabled", "true"),
            ("kpi.dense.keys", "Q1:voice"),
        ]);
        of_text.extend(by_key(&changed).into_keys().filter(|key| !key.starts_with("kpi.custom.") && *key != "RULES"));
        of_text.remove("kpi.range");
        of_text.insert("kpi.custom.*");
        assert!(changed.contains("kpi.custom.talk.over=handle_ms\n"));
        assert_eq!(of_table, of_text);
    }

    #[test]
    fn the_order_of_a_set_means_nothing_and_that_of_attribution_something() {
        assert_eq!(text_of(&[("kpi.grains", "p1d,pt30m")]), STORED);
        let start_first = text_of(&[("kpi.attribution", "start,completion")]);
        assert_ne!(start_first, text_of(&[("kpi.attribution", "completion,start")]));
    }

    #[test]
    fn changed_and_missing_keys_are_named() {
        let changed = text_of(&[("kpi.talk.min.ms", "5000"), ("kpi.zone", "Europe/Berlin")]);
        assert_eq!(differing_keys(STORED, &changed), ["kpi.talk.min.ms", "kpi.zone"]);
        assert_eq!(differing_keys(&STORED.replace("kpi.range=..\n", ""), STORED), ["kpi.range"]);
        assert_eq!(differing_keys(STORED, STORED), Vec::<String>::new());
    }

    #[test]
    fn no_name_can_look_like_another_line_or_part() {
        let mut rules = rules_of(&BTreeMap::new()).unwrap();
        rules.included_queues = vec!["a,b\\\nkpi.zone=UTC".to_owned()];
        let text = canonical_text(&rules);
        assert!(text.contains("\nkpi.included.queues=a\\,b\\\\\\nkpi.zone=UTC\n"), "{text}");
    }
}
