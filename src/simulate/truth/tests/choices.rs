//! What settings choose: dimensions, dense rows, KPIs of one's own, weights, percentiles, what digital rows count. Pure.

use serde_json::{Value, json};

use super::super::conversation::Stretch::{CustomerHold, Talk, Wrap};
use super::super::conversation::TrueLeg;
use super::super::input::FinalRow;
use super::super::settings::TruthSettings;
use super::rows::*;
use super::talks::{conversation, leg, told};

fn with(topic_name: &str, pairs: &[(&str, &str)]) -> TruthSettings {
    let mut settings = topic(topic_name);
    for (name, value) in pairs {
        settings.set(name, value).unwrap();
    }
    settings
}

#[test]
fn rows_are_split_by_the_dimensions_asked_for() {
    let skilled = |skill_set: &str, language: &str| {
        let call = leg("Q1", "A1", &[(Talk, "10:00:00", "10:01:00")]);
        conversation("C1", vec![TrueLeg { skill_set: skill_set.to_owned(), language: language.to_owned(), ..call }])
    };
    let calls = [skilled("fees|||loans", "de"), skilled("loans", "de"), skilled("loans", "en"), skilled("", "")];
    let split = |dimensions: &str, topic_name: &str| -> Vec<(Value, Value, Value)> {
        let rows = told(&with(topic_name, &[("kpi.queue.dimensions", dimensions)]), &calls);
        rows.iter().map(|row| (row["skill_set"].clone(), row["language"].clone(), row["handled"].clone())).collect()
    };
    let row = |skill_set: &str, language: &str, handled: i64| (json!(skill_set), json!(language), json!(handled));
    assert_eq!(split("media", "kpi.queue.p1d"), [row("", "", 4)]);
    assert_eq!(
        split("media,skill_set", "kpi.queue.p1d"),
        [row("", "", 1), row("fees|||loans", "", 1), row("loans", "", 2)]
    );
    assert_eq!(split("language", "kpi.queue.p1d"), [row("", "", 1), row("", "de", 2), row("", "en", 1)]);
    assert_eq!(split("skill_set,language", "kpi.queue.p1d").len(), 4);
    // Nothing else has these dimensions.
    assert_eq!(told(&with("kpi.org.p1d", &[("kpi.queue.dimensions", "language")]), &calls).len(), 1);
}

#[test]
fn dense_days_have_all_their_intervals_for_every_key_that_they_have() {
    // METRICS scenario 25.
    let calls = [moved(&talk(60_000), at("2024-01-15T09:10:00Z")), moved(&talk(60_000), at("2024-01-15T09:11:00Z"))];
    let rows = rows_of(&with("kpi.queue.pt30m", &[("kpi.dense.enabled", "true")]), &calls);
    assert_eq!(rows.len(), 48);
    let zeros: Vec<&Value> = rows.iter().filter(|row| row["handled"] == 0).collect();
    assert_eq!(zeros.len(), 47);
    check(zeros[0], &[("aht_ms", json!(null)), ("service_level", json!(null)), ("handle_ms_sum", json!(0))]);
    check(zeros[0], &[("local_start", json!("2024-01-15T00:00:00+00:00")), ("service_level_target_ms", json!(20_000))]);

    let new_york = [("kpi.dense.enabled", "true"), ("kpi.zone", "America/New_York")];
    for (noon, half_hours) in [("2024-11-03T17:00:00Z", 50), ("2024-03-10T17:00:00Z", 46)] {
        let call = [moved(&talk(60_000), at(noon))];
        assert_eq!(rows_of(&with("kpi.agent-total.pt30m", &new_york), &call).len(), half_hours);
        assert_eq!(rows_of(&with("kpi.agent-total.p1d", &new_york), &call).len(), 1);
    }
    // The key of one day is not that of the next, but for those that always are.
    let later = moved(&FinalRow { queue_id: Some("Q2"), ..talk(60_000) }, at("2024-01-16T09:00:00Z"));
    let both = [calls[0].clone(), later];
    assert_eq!(rows_of(&with("kpi.queue.pt1h", &[("kpi.dense.enabled", "true")]), &both).len(), 48);
    let always = [("kpi.dense.enabled", "true"), ("kpi.dense.keys", "Q1:voice,Q3:chat")];
    assert_eq!(rows_of(&with("kpi.queue.pt1h", &always), &both).len(), 4 * 24 + 24);
}

#[test]
fn a_kpi_of_ones_own_adds_up_over_kept_legs() {
    let pairs = [
        ("kpi.custom.talk_share.sum", "talk_ms"),
        ("kpi.custom.talk_share.over", "handle_ms"),
        ("kpi.custom.holds.sum", "customer_hold_ms"),
        ("kpi.custom.holds.over", "0"),
    ];
    let short = FinalRow { wrap_ms: Some(9_000), ..talk(500) };
    let rows = [FinalRow { wrap_ms: Some(100_000), hold_ms: Some(50_000), ..talk(250_000) }, talk(100_000), short];
    let found = rows_of(&with("kpi.custom.pt30m", &pairs), &rows);
    assert_eq!(found.len(), 2);
    let holds = [
        ("name", json!("holds")),
        ("queue_id", json!("Q1")),
        ("media_type", json!("VOICE")),
        ("handled", json!(2)),
        ("sum", json!(50_000.0)),
        ("over", json!(0.0)),
        ("value", json!(null)),
    ];
    check(&found[0], &holds);
    let share = [
        ("name", json!("talk_share")),
        ("sum", json!(350_000.0)),
        ("over", json!(500_000.0)),
        ("value", json!(0.7)),
        ("sum_millionths", json!(350_000_000_000_i64)),
    ];
    check(&found[1], &share);
    assert!(rows_of(&topic("kpi.custom.pt30m"), &rows).is_empty(), "none is asked for");

    // Results stand where the leg is counted, whole.
    let call = leg("Q1", "A1", &[(Talk, "09:50:00", "10:10:00"), (CustomerHold, "10:10:00", "10:20:00")]);
    let call = [conversation("C1", vec![call])];
    for (basis, half_hour) in [("start", "09:30"), ("completion", "10:00"), ("apportioned", "09:30")] {
        let rows = told(&with(&format!("kpi.custom.pt30m.{basis}"), &pairs[..2]), &call);
        assert_eq!(rows.len(), 1);
        assert_eq!(&rows[0]["local_start"].as_str().unwrap()[11..16], half_hour);
        check(&rows[0], &[("sum", json!(1_200_000.0)), ("over", json!(1_800_000.0))]);
    }
}

#[test]
fn weights_are_products_of_tier_channel_and_disposition() {
    let call = |media, code: Option<&str>| {
        let call = leg(
            "Q1",
            "A1",
            &[(Talk, "10:00:00", "10:01:40"), (CustomerHold, "10:01:40", "10:02:00"), (Wrap, "10:02:00", "10:03:40")],
        );
        let (wrapup_id, wrapup_name) = (code.map(|_| "id-1".to_owned()), code.map(str::to_owned));
        conversation("C1", vec![TrueLeg { media, wrapup_id, wrapup_name, ..call }])
    };
    let factors = [("kpi.weht.channel.factors", "chat:1.5"), ("kpi.weht.disposition.factors", "Complaint:2")];
    let settings = with("kpi.org-total.p1d", &factors);
    // 200 s of talk and wrap-up each: 200, 300, 400 and 600.
    let calls =
        [call("voice", None), call("chat", None), call("voice", Some("Complaint")), call("chat", Some("Complaint"))];
    let rows = told(&settings, &calls);
    check(&rows[0], &[("weht_milli_sum", json!(1_500_000_000)), ("weht_ms", json!(375_000.0))]);
    let by_id = with("kpi.org-total.p1d", &[("kpi.weht.disposition.factors", "id-1:3,Complaint:2")]);
    check(&told(&by_id, &calls[2..3])[0], &[("weht_ms", json!(600_000.0))]);
}

#[test]
fn profiles_differ_in_what_two_transfers_weigh() {
    // METRICS scenario 16.
    let rows = [(None, 200_000), (Some(1), 300_000), (Some(2), 400_000), (Some(3), 500_000)]
        .map(|(transfers, talk_ms)| FinalRow { transfers, hold_ms: Some(60_000), ..talk(talk_ms) });
    for (profile, mean, gap) in [("published", 427_500.0, 1), ("monotone", 447_500.0, 0), ("two-or-more", 477_500.0, 0)]
    {
        let row = only(&with("kpi.queue.pt30m", &[("kpi.weht.profile", profile)]), &rows);
        check(&row, &[("weht_ms", json!(mean)), ("weht_tier_gap", json!(gap)), ("weht_profile", json!(profile))]);
    }
}

#[test]
fn percentiles_may_lie_between_two_values() {
    // METRICS scenario 15.
    let seconds = [100, 120, 150, 180, 200, 240, 300, 360, 420, 900];
    let rows: Vec<FinalRow> = seconds.iter().map(|seconds| talk(seconds * 1_000)).collect();
    let row = only(&with("kpi.queue.pt30m", &[("kpi.percentile", "interpolated")]), &rows);
    check(&row, &[("p90_handle_ms", json!(468_000))]);
}

#[test]
fn digital_rows_may_count_what_is_active() {
    let chat = FinalRow { agent_wrap_at: Some(at("2024-01-15T10:15:00Z")), ..digital("chat", 420_000) };
    let plain = digital("chat", 60_000);
    let row = only(&with("kpi.queue.pt30m", &[("kpi.digital.handle", "active")]), &[chat.clone(), plain.clone()]);
    // From 10:15 to 10:17; where it is not known, the agent's time as reported.
    let expected = [
        ("handle_ms_sum", json!(180_000)),
        ("active_agent_ms_sum", json!(120_000)),
        ("elapsed_agent_ms_sum", json!(480_000)),
        ("genesys_handle_ms_sum", json!(480_000)),
    ];
    check(&row, &expected);
    check(&only(&topic("kpi.queue.pt30m"), &[chat, plain]), &[("handle_ms_sum", json!(480_000))]);
}

#[test]
fn a_queues_name_and_target_are_those_that_its_legs_tell() {
    let known = FinalRow { queue_name: Some("Billing"), service_level_target_ms: Some(30_000), ..talk(60_000) };
    let known = FinalRow { wait_ms: Some(25_000), ..known };
    let expected = [
        ("queue_name", json!("Billing")),
        ("service_level_target_ms", json!(30_000)),
        ("service_level_within", json!(1)),
    ];
    check(&only(&topic("kpi.queue.pt30m"), std::slice::from_ref(&known)), &expected);
    let unknown = FinalRow { service_level_target_ms: None, queue_name: None, ..known };
    let expected =
        [("queue_name", json!(null)), ("service_level_target_ms", json!(20_000)), ("service_level_within", json!(0))];
    check(&only(&topic("kpi.queue.pt30m"), &[unknown]), &expected);
}
