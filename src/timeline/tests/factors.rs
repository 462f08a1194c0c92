//! Weights of weighted handle time, and dispositions. Pure.

use super::{default_rules_config, flat_row, rules_of, with};
use crate::config::weht::tiers_milli;
use crate::domain::leg::Leg;
use crate::domain::media::MediaType;
use crate::timeline::measure::measure;
use crate::timeline::rules::Rules;

fn leg(rules: &Rules, transfers: i64, talk_ms: i64) -> Leg {
    let row = with(flat_row("a", "2024-01-15T10:00:00Z", "2024-01-15T10:20:00Z"), |leg| {
        (leg.talk_ms, leg.hold_ms, leg.transfers) = (Some(talk_ms), Some(60_000), Some(transfers));
        (leg.wrapup_code_id, leg.wrapup_code_name) = (Some("7".to_owned()), Some("Sale".to_owned()));
    });
    measure(&row, rules, None).legs.remove(0)
}

/// METRICS scenario 16.
#[test]
fn the_three_profiles_weigh_transfers_as_published() {
    for (profile, mean_ms, gap) in [("published", 427_500, 1), ("monotone", 447_500, 0), ("two-or-more", 477_500, 0)] {
        let mut config = default_rules_config();
        (config.weht_profile, config.weht_tiers_milli) = (profile.to_owned(), tiers_milli(profile).unwrap());
        let rules = rules_of(config);
        let legs: Vec<Leg> = (0..4).map(|transfers| leg(&rules, transfers, 200_000 + 100_000 * transfers)).collect();
        let weighted: f64 = legs.iter().map(|leg| (leg.talk_ms + leg.wrap_ms) as f64 * leg.weight).sum();
        assert_eq!((weighted / 4.0) as i64, mean_ms, "{profile}");
        assert_eq!(legs.iter().filter(|leg| leg.weight_gap).count(), gap, "{profile}");
    }
}

///
#[test]
fn factors_of_medium_and_disposition_multiply_the_tier() {
    let mut config = default_rules_config();
    config.weht_channel_milli.insert(MediaType::Voice, 1_500);
    config.weht_disposition_milli.insert("Sale".to_owned(), 800);
    let near = |weight: f64, expected: f64| (weight - expected).abs() < 1e-12;
    let weight = leg(&rules_of(config.clone()), 1, 60_000).weight;
    assert!(near(weight, 1.2 * 1.5 * 0.8), "{weight}");
    config.weht_disposition_milli.insert("7".to_owned(), 500);
    let weight = leg(&rules_of(config), 0, 60_000).weight;
    assert!(near(weight, 1.5 * 0.5), "by id before by name: {weight}");
}

/// METRICS scenario 18.
#[test]
fn dispositions_resolve_by_name_only() {
    let mut config = default_rules_config();
    config.resolved_wrapup_codes.push("ININ-WRAP-UP-TIMEOUT".to_owned());
    config.resolved_wrapup_codes.push("id-1".to_owned());
    let rules = rules_of(config);
    let resolved = |id: Option<&str>, name: Option<&str>| {
        let row = with(flat_row("a", "2024-01-15T10:00:00Z", "2024-01-15T10:20:00Z"), |leg| {
            leg.talk_ms = Some(60_000);
            (leg.wrapup_code_id, leg.wrapup_code_name) = (id.map(str::to_owned), name.map(str::to_owned));
        });
        measure(&row, &rules, None).legs[0].resolved
    };
    assert!(resolved(None, Some("Issue Resolved")) && resolved(Some("id-2"), Some("Callback Scheduled")));
    assert!(!resolved(None, Some("Follow Up")) && !resolved(None, None));
    assert!(!resolved(Some("id-1"), None), "an id without a name");
    assert!(!resolved(Some("ININ-WRAP-UP-TIMEOUT"), Some("ININ-WRAP-UP-TIMEOUT")));
}
