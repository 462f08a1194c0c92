//! Edge: scenarios of what rows measure: weights, breaches, resolutions, service level, roll-ups.

use handletime::config::typed::{Percentile, RulesConfig};
use handletime::domain::interaction::{Interaction, InteractionLeg, InteractionStatus, LegRole};
use handletime::domain::media::{Dialect, MediaType};

use super::{DAY, PT30M, TEN};
use crate::support::samples::{Told, all_bases, at, blank_leg, defaults, flat_row, hashed, interaction, with};
use crate::support::stage::Stage;

fn row(id: &str, change: impl FnOnce(&mut InteractionLeg)) -> Interaction {
    with(flat_row(id, "2024-01-15T10:10:00Z", "2024-01-15T10:28:00Z"), change)
}

/// Scenario 15, the variant of spreadsheets: between the neighbours.
#[test]
fn p90_may_be_interpolated() {
    let handles_s = [100, 120, 150, 180, 200, 240, 300, 360, 420, 900];
    let rows = handles_s.map(|handle_s| row(&handle_s.to_string(), |leg| leg.talk_ms = Some(handle_s * 1_000)));
    let rules = RulesConfig { percentile: Percentile::Interpolated, ..all_bases() };
    let stage = Stage::of(rules, DAY, &rows);
    assert_eq!(stage.queue(PT30M, "Q1", TEN).unwrap().p90_handle_ms, Some(468_000));
}

/// Scenario 16, D-3, R-31.
#[test]
fn weighted_handle_time_follows_its_profile_and_leaves_hold_out() {
    let rows = [(0, 200_000), (1, 300_000), (2, 400_000), (3, 500_000)].map(|(transfers, ms): (i64, i64)| {
        row(&transfers.to_string(), |leg| {
            (leg.talk_ms, leg.wrap_ms, leg.hold_ms) = (Some(ms - 50_000), Some(50_000), Some(60_000));
            leg.transfers = Some(transfers);
        })
    });
    let profiles = [
        ("published", [1_000, 1_200, 1_000, 1_500], 427_500.0, 1),
        ("monotone", [1_000, 1_200, 1_200, 1_500], 447_500.0, 0),
        ("two-or-more", [1_000, 1_200, 1_500, 1_500], 477_500.0, 0),
    ];
    for (name, weht_tiers_milli, weht_ms, gap) in profiles {
        let rules = RulesConfig { weht_profile: name.to_owned(), weht_tiers_milli, ..all_bases() };
        let row = Stage::of(rules, DAY, &rows).queue(PT30M, "Q1", TEN).unwrap();
        assert_eq!((row.weht_ms, row.weht_tier_gap, row.weht_profile.as_str()), (Some(weht_ms), gap, name));
    }
    let factors = RulesConfig {
        weht_channel_milli: [(MediaType::Voice, 2_000)].into(),
        weht_disposition_milli: [("Complaint".to_owned(), 1_500)].into(),
        ..all_bases()
    };
    let complaint = with(rows[1].clone(), |leg| leg.wrapup_code_name = Some("Complaint".to_owned()));
    let row = Stage::of(factors, DAY, &[complaint]).queue(PT30M, "Q1", TEN).unwrap();
    assert_eq!(row.weht_ms, Some(300_000.0 * 1.2 * 2.0 * 1.5), "tier × channel × disposition");
}

/// Scenario 17, R-19.
#[test]
fn a_wait_of_exactly_the_threshold_is_no_breach() {
    let rows = [119_999, 120_000, 120_001, 300_000, 0].map(|wait_ms: i64| {
        row(&wait_ms.to_string(), |leg| (leg.wait_ms, leg.talk_ms) = (Some(wait_ms), Some(60_000)))
    });
    let row = Stage::of(all_bases(), DAY, &rows).queue(PT30M, "Q1", TEN).unwrap();
    assert_eq!((row.handled, row.sla_breaches), (5, 2));
    assert_eq!((row.handled_wait_ms_sum / row.handled, row.wait_ms_max), (132_000, 300_000));
}

/// Scenario 18.
#[test]
fn first_contact_resolution_is_no_integer_division() {
    let coded = |id: &str, code: Option<&str>, name: Option<&str>| {
        row(id, |leg| {
            leg.talk_ms = Some(60_000);
            (leg.wrapup_code_id, leg.wrapup_code_name) = (code.map(str::to_owned), name.map(str::to_owned));
        })
    };
    let resolved = Some("Issue Resolved");
    let mut rows: Vec<Interaction> = ["1", "2", "3", "4"].map(|id| coded(id, Some("c1"), resolved)).into();
    rows.push(coded("5", Some("c2"), Some("Callback Scheduled")));
    rows.push(coded("6", Some("c3"), Some("Follow Up")));
    rows.push(coded("7", None, None));
    let row = Stage::of(all_bases(), DAY, &rows).queue(PT30M, "Q1", TEN).unwrap();
    assert_eq!((row.fcr_numerator, row.fcr_denominator, row.wrapup_missing), (5, 7, 1));
    assert_eq!(row.fcr_rate, Some(5.0 / 7.0));
    rows.push(coded("8", Some("deleted"), None));
    rows.push(coded("9", Some("ININ-WRAP-UP-TIMEOUT"), Some("ININ-WRAP-UP-TIMEOUT")));
    let row = Stage::of(all_bases(), DAY, &rows).queue(PT30M, "Q1", TEN).unwrap();
    assert_eq!((row.fcr_numerator, row.fcr_denominator, row.wrapup_missing), (5, 9, 1), "neither is resolved");
    let row = Stage::of(all_bases(), DAY, &rows[..4]).queue(PT30M, "Q1", TEN).unwrap();
    assert_eq!(row.fcr_rate, Some(1.0));
    let dropped = [coded("0", None, resolved)].map(|row| with(row, |leg| leg.user_id = None));
    let row = Stage::of(all_bases(), DAY, &dropped).queue(PT30M, "Q1", TEN).unwrap();
    assert_eq!(row.fcr_rate, None);
}

/// Scenario 19, R-16: in the platform's dialect, which reports a handle time of its own.
#[test]
fn the_reported_handle_time_is_held_against_the_parts() {
    let session = |id: &str, parts: [Option<i64>; 6]| {
        let (start, end) = (at("2024-01-15T10:10:00Z"), at("2024-01-15T10:15:00Z"));
        let mut told = interaction(id, Dialect::ConversationDetails, start, end);
        let mut leg = blank_leg(LegRole::Agent, "s", MediaType::Voice);
        (leg.queue_id, leg.user_id) = (Some("Q1".to_owned()), Some("A1".to_owned()));
        (leg.start, leg.end) = (Some(start), Some(end));
        [leg.talk_ms, leg.hold_ms, leg.wrap_ms, leg.dialing_ms, leg.contacting_ms, leg.reported_handle_ms] = parts;
        told.conversation_id = Some(id.to_owned());
        told.legs.push(leg);
        hashed(told)
    };
    let told = [
        session("a", [Some(200_000), Some(40_000), Some(50_000), None, None, Some(300_000)]),
        session("b", [Some(100_000), None, Some(20_000), Some(6_000), Some(4_000), Some(130_000)]),
        session("c", [None, Some(10_000), Some(20_000), None, None, Some(90_000)]),
    ];
    let stage = Stage::of(all_bases(), DAY, &told);
    let leg = |id: &str| stage.legs(id).remove(0);
    let (a, b, c) = (leg("a"), leg("b"), leg("c"));
    assert_eq!((a.handle_ms, a.talk_ms, a.reported_handle_ms), (290_000, 200_000, Some(300_000)));
    assert_eq!((a.handle_mismatch_ms, a.kept), (Some(10_000), true));
    assert!(a.flags.contains(&"HANDLE_MISMATCH".to_owned()));
    assert_eq!((b.handle_ms, b.genesys_handle_ms, b.handle_mismatch_ms), (120_000, Some(130_000), None));
    assert_eq!(b.flags, Vec::<String>::new());
    assert_eq!((c.talk_ms, c.handle_ms), (60_000, 90_000));
    assert_eq!(c.flags, ["TALK_DERIVED"]);
    let row = stage.queue(PT30M, "Q1", TEN).unwrap();
    assert_eq!((row.handled, row.aht_ms), (3, Some(500_000.0 / 3.0)));
    assert_eq!(row.genesys_handle_ms_sum, Some(520_000));
}

/// Scenario 21, R-10, R-13, R-20.
#[test]
fn abandons_and_flow_outs_are_offered_and_the_switches_say_what_they_are_measured_by() {
    let answered = |id: &str, wait_end: &str| {
        let end = format!("10:{}", wait_end);
        Told::new(id).wait("Q1", "10:00:00", &end).talks("Q1", "A1", &end, "10:05:00").read()
    };
    let lost = |id: &str, end: &str, abandoned: bool| {
        let end = format!("10:{end}");
        let when = Some(end.as_str());
        let told = Told::new(id).wait("Q1", "10:00:00", &end);
        let mut told = if abandoned { told.left("Q1", when, None) } else { told.left("Q1", None, when) }.read();
        // Only the platform's dialect says how a visit ended.
        told.source = Dialect::ConversationDetails;
        hashed(told)
    };
    let mut calls = vec![
        answered("a", "00:10"),
        answered("b", "02:10"),
        answered("c", "00:20"),
        lost("d", "02:30", true),
        lost("e", "00:03", true),
        lost("f", "01:00", false),
    ];
    calls.iter_mut().for_each(|call| {
        call.source = Dialect::ConversationDetails;
        *call = hashed(call.clone());
    });
    let switched = |abandons: bool, short: bool, flow_outs: bool| {
        let rules = RulesConfig {
            service_level_abandons: abandons,
            service_level_short_abandons: short,
            service_level_flow_outs: flow_outs,
            ..all_bases()
        };
        Stage::of(rules, DAY, &calls).queue(PT30M, "Q1", TEN).unwrap()
    };
    let row = switched(true, false, false);
    assert_eq!((row.offered, row.answered, row.abandoned, row.short_abandoned, row.flow_out), (6, 3, 2, 1, 1));
    assert_eq!((row.service_level_within, row.service_level_of, row.service_level), (2, 4, Some(0.5)));
    assert_eq!((row.excluded_abandoned, row.excluded_flow_out, row.excluded_no_agent), (2, 1, 0));
    assert_eq!(row.sla_breaches, 1, "the abandoned 150 s is not in it");
    assert_eq!(row.asa_ms, Some(160_000.0 / 3.0));
    assert_eq!(switched(true, true, true).service_level, Some(2.0 / 6.0));
    assert_eq!(switched(false, false, false).service_level, Some(2.0 / 3.0));
}

/// Scenario 22.
#[test]
fn a_roll_up_is_weighted_and_never_a_mean_of_means() {
    let calls = |count: usize, media: MediaType, ms: i64| {
        (0..count).map(move |at| {
            row(&format!("{}-{at}", media.symbol()), |leg| {
                leg.media_type = media;
                if media == MediaType::Chat { leg.agent_ms = Some(ms) } else { leg.talk_ms = Some(ms) }
            })
        })
    };
    let rows: Vec<Interaction> =
        calls(80, MediaType::Voice, 300_000).chain(calls(20, MediaType::Chat, 900_000)).collect();
    let stage = Stage::of(defaults(), DAY, &rows);
    let total = stage.org("kpi.org-total.pt30m", MediaType::All, TEN).unwrap();
    assert_eq!((total.handled, total.aht_ms), (100, Some(420_000.0)));
    let of = |media| stage.org("kpi.org.pt30m", media, TEN).unwrap().aht_ms;
    assert_eq!([of(MediaType::Voice), of(MediaType::Chat)], [Some(300_000.0), Some(900_000.0)]);
    assert_eq!(total.contacts, None, "R-29: a flat dialect tells of no contacts");
}

/// Scenario 21 in a flat dialect, where the row's status says it.
#[test]
fn an_abandoned_row_is_offered_by_its_status() {
    let mut lost = row("x", |leg| (leg.user_id, leg.wait_ms) = (None, Some(150_000)));
    lost.status = InteractionStatus::Abandoned;
    let row = Stage::of(all_bases(), DAY, &[hashed(lost)]).queue(PT30M, "Q1", TEN).unwrap();
    assert_eq!((row.offered, row.abandoned, row.short_abandoned, row.excluded_abandoned), (1, 1, 0, 1));
    assert_eq!((row.excluded_no_agent, row.sla_breaches, row.wait_ms_sum), (0, 0, 150_000));
}
