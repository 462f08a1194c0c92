//! Edge: a platform whose interactions begin, go on and end while they are read.

use std::time::Duration;

use handletime::domain::slice::{SliceState, SliceStatus};
use handletime::domain::time::parse_instant;

use crate::support::checker::{Rules, values};
use crate::support::settings::{Connectors, Settings};
use crate::support::simulator::Simulator;
use crate::support::verdict::{Truth, assert_true_and_by_the_rules};
use crate::whole_run::assert_within_the_limit;

const END: &str = "2026-01-01T12:00:00Z";
/// `kpi.grace.ms` where nothing else is set.
const GRACE_MS: i64 = 4_500_000;

/// Twelve simulated hours in 24 s.
///
/// The longest leg is a message of 6 hours and 7 minutes, and no wrap-up comes later than an hour after its talk. A
/// digital leg counts as settled ten minutes after its end. So a reading at an age of 7 hours finds everything ended and
/// settled, and the last of those is due 7 hours after the end of the history: 38 s after the start.
///
/// Of the revisits of an age, eight or more fall into a stretch of that age: at 1800 simulated seconds a second, ages of
/// minutes would need more requests than there may be, and the later ones would not get their turn.
const LIVE: [&str; 9] =
    ["--to", END, "--interactions-per-day", "20000", "--live", "--speed", "1800", "--late-wrap-max-ms", "3600000"];

fn settings(simulator: &Simulator) -> Settings {
    Settings::new("live", 2, simulator)
        .source("extract.end", END)
        .source("extract.revisit.ms", "3600000,10800000,25200000")
        // By the local clock, between which and the platform's there is a factor of 1800.
        .source("extract.poll.interval.ms", "500")
        .processor("kpi.settling.ms", "600000")
}

#[test]
fn rows_equal_the_truth_after_the_last_revisit_of_a_live_platform() {
    let simulator = Simulator::start("live", &LIVE);
    let settings = settings(&simulator);
    let mut run = settings.run("live", Connectors::Both, &[]);
    let truth = Truth::of(&simulator);
    run.wait_for_line("source begins", Duration::from_secs(60));
    truth.wait_until_equal(&settings, Duration::from_secs(150));
    run.terminate();
    assert_eq!(run.wait(Duration::from_secs(10)).code(), Some(0));

    let (rows, open) = first_readings(&settings);
    assert!(rows <= open * 20, "{open} of {rows} interactions were open when they were first read");
    assert_within_the_limit(&simulator.requests());
    let extract_end = parse_instant(END).expect("an instant");
    assert_true_and_by_the_rules(&settings, &truth, Rules { grace_ms: GRACE_MS, extract_end });
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
