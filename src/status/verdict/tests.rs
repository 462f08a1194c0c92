//! What makes a process late or failing, and since when. Pure.

use super::super::fixture::{failing, healthy, late, now};
use super::*;

fn look(vitals: &Vitals) -> Verdict {
    Judge::default().look(vitals)
}

/// What a judge says who sees these vitals every ten seconds for a while, changed by `each` with the seconds passed.
fn after(seconds: i64, vitals: &Vitals, each: impl Fn(&mut Vitals, i64)) -> Verdict {
    let mut judge = Judge::default();
    let mut said = judge.look(vitals);
    for passed in (10..=seconds).step_by(10) {
        let mut now = vitals.clone();
        now.at += passed * 1_000;
        // A live source goes on by itself unless the case says otherwise.
        for source in &mut now.sources {
            source.watermark += passed * 1_000;
        }
        now.kafka.received_bytes += passed.unsigned_abs();
        each(&mut now, passed);
        said = judge.look(&now);
    }
    said
}

#[test]
fn a_process_that_was_never_otherwise_is_healthy_since_it_started() {
    let verdict = look(&healthy());
    assert_eq!((verdict.health, verdict.since), (Health::Healthy, healthy().started_at), "{verdict:?}");
    assert_eq!(verdict.causes, []);
    assert_eq!(after(3_600, &healthy(), |_, _| {}).health, Health::Healthy);
}

#[test]
fn since_when_is_remembered_until_it_changes() {
    let mut judge = Judge::default();
    judge.look(&healthy());
    let mut vitals = failing();
    vitals.at += 10_000;
    assert_eq!(judge.look(&vitals).since, now() + 10_000);
    vitals.at += 10_000;
    assert_eq!(judge.look(&vitals).since, now() + 10_000);
    let mut well = healthy();
    well.at += 30_000;
    let verdict = judge.look(&well);
    assert_eq!((verdict.health, verdict.since), (Health::Healthy, now() + 30_000));
}

#[test]
fn what_has_failed_comes_first_and_says_what_helps() {
    let verdict = look(&failing());
    assert_eq!(verdict.health, Health::Failing);
    let first = &verdict.causes[0];
    assert!(first.what.starts_with("task 1 of connector kpi has failed: the rules differ"), "{first:?}");
    assert!(first.helps.contains("/connectors/kpi/restart"), "{first:?}");
    assert!(verdict.causes[1].what.contains("2 ranges are held"), "{verdict:?}");
    assert!(verdict.causes.is_sorted_by(|a, b| b.health <= a.health), "{verdict:?}");
}

#[test]
fn a_source_is_late_beyond_its_delay_and_the_allowance_only() {
    let mut vitals = healthy();
    let source = &mut vitals.sources[0];
    let promised = vitals.at + 120 - source.freshness_delay_ms - WATERMARK_ALLOWED_MS;
    source.watermark = promised;
    assert_eq!(look(&vitals).health, Health::Healthy);
    vitals.sources[0].watermark = promised - 1;
    let verdict = look(&vitals);
    assert_eq!(verdict.health, Health::Late);
    assert!(verdict.causes[0].what.contains("behind what it promises"), "{verdict:?}");
    // A past that has an end is read as fast as it goes.
    vitals.sources[0].extract_end = Some(vitals.at - DAY);
    assert_eq!(look(&vitals).health, Health::Healthy);
}

const DAY: i64 = crate::domain::time::DAY_MS;

#[test]
fn restoring_waiting_input_and_missing_workers_are_late() {
    let verdict = look(&late());
    assert_eq!(verdict.health, Health::Late);
    let all: Vec<&str> = verdict.causes.iter().map(|cause| cause.what.as_str()).collect();
    for wanted in ["has no worker", "restores its state", "has waited for 1 min 36 s", "behind what it promises"] {
        assert!(all.iter().any(|what| what.contains(wanted)), "{wanted}: {all:?}");
    }
}

#[test]
fn a_source_that_stands_still_fails_after_a_while_and_sooner_when_requests_fail() {
    let still = |vitals: &mut Vitals, _: i64| vitals.sources[0].watermark = healthy().sources[0].watermark;
    assert_eq!(after(800, &healthy(), still).health, Health::Late);
    let verdict = after(910, &healthy(), still);
    assert_eq!(verdict.health, Health::Failing);
    assert!(verdict.causes[0].what.contains("has read nothing for 15 min"), "{verdict:?}");
    let refused = |vitals: &mut Vitals, passed: i64| {
        still(vitals, passed);
        vitals.sources[0].failures.insert("unauthorized".to_owned(), passed.unsigned_abs() / 10);
    };
    assert_eq!(after(170, &healthy(), refused).health, Health::Healthy);
    let verdict = after(190, &healthy(), refused);
    assert_eq!(verdict.health, Health::Failing);
    assert!(verdict.causes[0].helps.contains("genesys.client.id"), "{verdict:?}");
    // Who is done may stand still, and who is paused.
    let done = |vitals: &mut Vitals, passed: i64| {
        still(vitals, passed);
        vitals.sources[0].complete = true;
    };
    assert_eq!(after(2_000, &healthy(), done).health, Health::Healthy);
    let paused = |vitals: &mut Vitals, passed: i64| {
        still(vitals, passed);
        vitals.connectors[0].state = "PAUSED".to_owned();
        vitals.connectors[0].tasks.iter_mut().for_each(|task| task.state = "PAUSED".to_owned());
    };
    let verdict = after(2_000, &healthy(), paused);
    assert_eq!((verdict.health, verdict.causes.len()), (Health::Late, 1), "{verdict:?}");
}

#[test]
fn a_broker_that_is_silent_while_requests_fail_is_gone() {
    let silent = |vitals: &mut Vitals, passed: i64| {
        vitals.kafka.received_bytes = healthy().kafka.received_bytes;
        vitals.kafka.request_errors = passed.unsigned_abs();
    };
    assert_eq!(after(20, &healthy(), silent).health, Health::Healthy);
    let verdict = after(40, &healthy(), silent);
    assert_eq!(verdict.health, Health::Failing);
    assert!(verdict.causes[0].what.contains("no broker has answered"), "{verdict:?}");
    // Silence alone is a quiet day.
    let quiet = |vitals: &mut Vitals, _: i64| vitals.kafka.received_bytes = healthy().kafka.received_bytes;
    assert_eq!(after(40, &healthy(), quiet).health, Health::Healthy);
}

#[test]
fn rises_of_counters_are_said_while_they_are_recent() {
    let slowed = |vitals: &mut Vitals, passed: i64| {
        // Slept for a minute out of the second minute.
        vitals.sources[0].throttled_ms += passed.clamp(60, 120).unsigned_abs() * 1_000;
        vitals.processors[0].tasks[0].aborted += u64::from(60 <= passed);
    };
    let verdict = after(120, &healthy(), slowed);
    let all = format!("{:?}", verdict.causes);
    assert_eq!(verdict.health, Health::Late);
    assert!(all.contains("requests waited") && all.contains("1 transactions were aborted"), "{all}");
    assert_eq!(after(600, &healthy(), slowed).health, Health::Healthy);
}

#[test]
fn what_is_remembered_does_not_grow() {
    let mut judge = Judge::default();
    for second in 0..10_000 {
        let mut vitals = healthy();
        vitals.at += second * 100;
        judge.look(&vitals);
    }
    assert!(judge.looks.len() <= 62, "{}", judge.looks.len());
}

#[test]
fn a_window_that_lacks_interactions_is_late() {
    let mut vitals = healthy();
    let window = vitals.sources[1].completeness.last_mut().unwrap();
    (window.ours, window.theirs) = (1_990, 2_000);
    assert_eq!(look(&vitals).health, Health::Healthy);
    let window = vitals.sources[1].completeness.last_mut().unwrap();
    window.ours = 1_989;
    let verdict = look(&vitals);
    assert!(
        verdict.causes[0].what.contains("1\u{202f}989 of 2\u{202f}000") && verdict.causes[0].what.contains("0.55 %")
    );
    assert_eq!(verdict.health, Health::Late);
}
