//! Edge: a slice that was given up is held, and read again on request while the source runs.

use std::io::Write as _;
use std::time::Duration;

use handletime::domain::media::Dialect;
use handletime::domain::slice::{SliceState, SliceStatus};

use crate::support::checker::values;
use crate::support::settings::{Connectors, Settings};
use crate::support::simulator::Simulator;
use crate::support::verdict::{Truth, assert_true_and_by_the_rules};
use crate::whole_run::rules;

/// The twentieth request for data and the two after it: as often as a slice may fail.
const FAULTS: &str = "[[rule]]\nstatus = 503\nafter_request = 20\ntimes = 3\n";
const ENDS_WITHIN: Duration = Duration::from_secs(120);

/// What `handletime slices` prints; it must end with `status`.
fn said(settings: &Settings, name: &str, command: &str, more: &[&str], status: i32) -> String {
    let mut slices = settings.slices(name, command, more);
    assert_eq!(slices.wait(ENDS_WITHIN).code(), Some(status), "{}", slices.stderr());
    format!("{}{}", slices.stdout(), slices.stderr())
}

#[test]
fn a_held_slice_is_read_again_on_request_and_its_rows_become_final() {
    let test = "slices-retry";
    let mut script = tempfile::NamedTempFile::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    script.write_all(FAULTS.as_bytes()).unwrap();
    let faults = ["--interactions-per-day", "5000", "--faults", script.path().to_str().unwrap()];
    let simulator = Simulator::start(test, Dialect::InteractionDetails, &faults);
    let settings =
        Settings::new(test, 2, &simulator).source("extract.retries.max", "3").source("extract.poll.interval.ms", "500");

    let mut run = settings.run_until_complete(test);
    assert_eq!(run.wait(ENDS_WITHIN).code(), Some(3), "a slice is held");
    let held = said(&settings, "list-held", "list", &["--state", "held", "--zone", "Europe/Berlin"], 0);
    assert!(held.contains("1 slices: 0 done, 0 running, 1 failed; 1 in held ranges"), "{held}");
    assert!(held.contains("unavailable") && held.contains("+0100"), "{held}");
    let truth = Truth::of(&simulator);

    let mut running = settings.run("running", Connectors::Both, &[]);
    running.wait_for_line("source begins", ENDS_WITHIN);
    let elsewhere = said(&settings, "retry-elsewhere", "retry", &["--to", "2026-01-01T00:30:00Z"], 2);
    assert!(elsewhere.contains("nothing is held there"), "{elsewhere}");
    let asked = said(&settings, "retry", "retry", &[], 0);
    assert!(asked.contains("is read again"), "{asked}");
    truth.wait_until_equal(&settings, ENDS_WITHIN);
    running.terminate();
    assert_eq!(running.wait(Duration::from_secs(10)).code(), Some(0));

    let failed: Vec<_> =
        values::<SliceStatus>(&settings, "slices").into_iter().filter(|s| s.state == SliceState::Failed).collect();
    assert_eq!(failed.len(), 1, "{failed:?}");
    let all = said(&settings, "list-all", "list", &[], 0);
    assert!(all.contains("96 slices: 96 done, 0 running, 0 failed; 0 in held ranges"), "{all}");
    let mut again = settings.run_until_complete("again");
    assert_eq!(again.wait(ENDS_WITHIN).code(), Some(0), "the slice was repaired");
    assert_true_and_by_the_rules(&settings, &truth, rules());
}
