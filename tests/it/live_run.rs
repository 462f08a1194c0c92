//! Edge: a platform whose interactions begin, go on and end while they are read.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use handletime::dedupe::decision::{Decision, Reading, decide};
use handletime::domain::interaction::Interaction;
use handletime::domain::media::Dialect;
use handletime::domain::slice::{SliceState, SliceStatus};
use handletime::domain::time::parse_instant;

use crate::support::broker;
use crate::support::checker::{Rules, values};
use crate::support::settings::{Connectors, Settings};
use crate::support::simulator::Simulator;
use crate::support::verdict::{Truth, assert_true_and_by_the_rules};
use crate::whole_run::assert_within_the_limit;

const END: &str = "2026-01-01T12:00:00Z";
/// `kpi.grace.ms` where nothing else is set.
const GRACE_MS: i64 = 4_500_000;

/// A platform at work for twelve simulated hours, and the ages at which it is read again.
///
/// No wrap-up comes later than an hour after its talk, and a digital leg counts as settled ten minutes after its end. A
/// reading at the last of the ages finds everything ended and settled: the longest interaction, and an hour more.
///
/// Of the revisits of an age, eight or more fall into a stretch of that age: at 1800 simulated seconds a second, ages of
/// minutes would need more requests than there may be, and the later ones would not get their turn.
struct Live {
    test: &'static str,
    dialect: Dialect,
    per_day: &'static str,
    /// Simulated seconds a second.
    speed: &'static str,
    revisits: &'static str,
    /// How the revisits are asked, where it is another dialect, and how far its data is behind in simulated ms.
    again: Option<(Dialect, &'static str)>,
}

/// Twelve hours in 24 s. The longest leg is a message of 6 hours and 7 minutes, and the last revisit, at 7 hours, is due
/// 38 s after the start.
const ROWS: Live = Live {
    test: "live-rows",
    dialect: Dialect::InteractionDetails,
    per_day: "20000",
    speed: "1800",
    revisits: "3600000,10800000,25200000",
    again: None,
};

/// Twelve hours in 16 s. A message may be parked for 16 hours three times, and the last revisit, at 60 hours, is due 96 s after
/// the start.
const CONVERSATIONS: Live = Live {
    test: "live-conversations",
    dialect: Dialect::ConversationDetails,
    per_day: "2000",
    speed: "2700",
    revisits: "7200000,21600000,216000000",
    again: None,
};

/// The same, read again out of a lake that is half an hour behind: some revisits know less than the reading before them.
const BY_JOBS: Live = Live {
    test: "live-by-jobs",
    revisits: "1800000,7200000,21600000,216000000",
    again: Some((Dialect::ConversationJobs, "1800000")),
    ..CONVERSATIONS
};

fn settings(live: &Live, simulator: &Simulator) -> Settings {
    let settings = Settings::new(live.test, 2, simulator)
        .source("extract.end", END)
        .source("extract.revisit.ms", live.revisits)
        .source("quota.requests.per.second", "12")
        .source("quota.window.ms", "1000")
        // By the local clock, between which and the platform's there is a factor of thousands.
        .source("extract.poll.interval.ms", "500")
        .processor("kpi.settling.ms", "600000");
    match live.again {
        Some((again, _)) => {
            // The platform takes milliseconds for a query at this speed.
            settings
                .source("extract.revisit.dialect", again.word())
                // All ages here are younger than a day.
                .source("extract.revisit.handover.ms", "0")
                .source("extract.query.poll.ms", "50")
        }
        None => settings,
    }
}

/// Answers with the settings of the run, for more to be asked of it.
fn assert_true_after_the_last_revisit(live: &Live) -> Settings {
    let lag_ms = live.again.map_or("0", |(_, lag_ms)| lag_ms);
    let world = [
        "--to",
        END,
        "--live",
        "--late-wrap-max-ms",
        "3600000",
        "--availability-lag-ms",
        lag_ms,
        "--requests-per-second",
        "12",
    ];
    let rate = ["--speed", live.speed, "--interactions-per-day", live.per_day];
    // Its start is none of the platform's time.
    broker::shared();
    let simulator = Simulator::start(live.test, live.dialect, &[&world[..], &rate].concat());
    let settings = settings(live, &simulator);
    let mut run = settings.run(live.test, Connectors::Both, &[]);
    let truth = Truth::of(&simulator);
    run.wait_for_line("source begins", Duration::from_secs(60));
    wait_for_the_last_revisit(live, &settings);
    truth.wait_until_equal(&settings, Duration::from_secs(150));
    run.terminate();
    assert_eq!(run.wait(Duration::from_secs(10)).code(), Some(0));

    let (rows, open) = first_readings(&settings);
    assert!(rows <= open * 100, "{open} of {rows} interactions were open when they were first read");
    assert_within_the_limit(&simulator.requests(), 12);
    let extract_end = parse_instant(END).expect("an instant");
    let rules = Rules { grace_ms: GRACE_MS, extract_end, history_end: None, opens_again: false };
    assert_true_and_by_the_rules(&settings, &truth, rules);
    settings
}

#[test]
fn rows_equal_the_truth_after_the_last_revisit_of_a_live_platform() {
    assert_true_after_the_last_revisit(&ROWS);
}

#[test]
fn rows_equal_the_truth_after_the_last_revisit_of_live_conversations() {
    assert_true_after_the_last_revisit(&CONVERSATIONS);
}

/// Rows return to nothing that they said before, but where a leg of theirs was taken back for good, and are published again for
/// no reading that says the same: the rules that every record is held to. Here it is made sure that there was occasion for either.
#[test]
fn rows_equal_the_truth_after_the_last_revisit_by_another_dialect_and_none_is_taken_back() {
    let settings = assert_true_after_the_last_revisit(&BY_JOBS);
    let (mut known, mut told) = (BTreeMap::new(), BTreeMap::<(Dialect, &str), usize>::new());
    for read in values::<Interaction>(&settings, "interactions") {
        let reading = Reading { version: read.version, content_hash: read.content_hash, rules: 1 };
        let before: Option<(Reading, Dialect)> = known.get(&read.interaction_id).copied();
        let decision = decide(before.map(|(before, _)| before), reading);
        let what = match (decision, before) {
            (Decision::New, _) => "new",
            (Decision::Stale, _) => "older than what is known",
            (Decision::Correction, _) => "something new",
            (_, Some((_, by))) if by != read.source => "the same as the other dialect",
            _ => "the same",
        };
        *told.entry((read.source, what)).or_default() += 1;
        if matches!(decision, Decision::New | Decision::Correction | Decision::Confirmation) {
            known.insert(read.interaction_id, (reading, read.source));
        }
    }
    println!("{} conversations: {told:?}", known.len());
    let by_jobs = |what: &'static str| told.get(&(Dialect::ConversationJobs, what)).copied().unwrap_or(0);
    assert_eq!(by_jobs("new"), 0, "first readings are by the source's own dialect: {told:?}");
    for what in ["something new", "the same as the other dialect"] {
        assert!(0 < by_jobs(what), "no job told {what}: {told:?}");
    }
}

/// Until the end was read again at the last age: rows that are true before may still be taken back by it.
fn wait_for_the_last_revisit(live: &Live, settings: &Settings) {
    let end = parse_instant(END).expect("an instant");
    let last_ms: i64 = live.revisits.rsplit(',').next().and_then(|age| age.parse().ok()).expect("an age");
    // One late reading serves several ages.
    let is_last = |slice: &SliceStatus| {
        slice.to == end && slice.state == SliceState::Done && 0 < slice.revisit_ms && end + last_ms <= slice.written_at
    };
    let begun = Instant::now();
    while !values::<SliceStatus>(settings, "slices").iter().any(is_last) {
        assert!(begun.elapsed() < Duration::from_secs(150), "{} was not read again up to its end", live.test);
        std::thread::sleep(Duration::from_secs(1));
    }
}

/// Interactions of all finished first readings, and how many of them were open.
fn first_readings(settings: &Settings) -> (i64, i64) {
    let mut read = (0, 0);
    for slice in values::<SliceStatus>(settings, "slices") {
        if slice.revisit_ms == 0 && slice.state == SliceState::Done {
            read = (read.0 + slice.rows, read.1 + slice.open_rows);
        }
    }
    assert!(0 < read.0, "no slice was read");
    read
}
