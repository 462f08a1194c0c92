//! Edge: what every other test takes for granted about the processes it starts.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::time::Duration;

use crate::support::process::Process;

const LIMIT: Duration = Duration::from_secs(30);

#[test]
fn the_program_says_its_version() {
    let mut version = Process::handletime("version", &["--version"]);
    assert!(version.wait(LIMIT).success());
    assert_eq!(version.stdout(), format!("handletime {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn an_unknown_subcommand_ends_with_status_2_and_says_so() {
    let mut wrong = Process::handletime("wrong", &["fly"]);
    assert_eq!(wrong.wait(LIMIT).code(), Some(2));
    assert!(wrong.stderr().contains("'fly'"), "{}", wrong.stderr());
}

#[test]
fn a_frozen_process_stands_still_and_goes_on_when_thawed() {
    let mut ticking = shell("ticking", "while :; do echo tick; sleep 0.05; done");
    ticking.wait_for_line("tick", LIMIT);
    ticking.freeze();
    std::thread::sleep(Duration::from_millis(200));
    let frozen = ticking.stdout().len();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(ticking.stdout().len(), frozen);
    ticking.thaw();
    std::thread::sleep(Duration::from_millis(500));
    assert!(frozen < ticking.stdout().len());
    ticking.kill();
    assert_eq!(ticking.ended().and_then(|status| status.signal()), Some(9));
}

#[test]
fn a_process_may_end_in_order_on_term() {
    // Not SIGINT: a shell cannot trap a signal that was ignored when it started, as in a background job.
    let mut polite = shell("polite", "trap 'echo asked; exit 7' TERM; echo ready; while :; do sleep 0.05; done");
    polite.wait_for_line("ready", LIMIT);
    polite.terminate();
    assert_eq!(polite.wait(LIMIT).code(), Some(7));
    assert_eq!(polite.stdout(), "ready\nasked\n");
}

#[test]
fn a_dropped_process_is_killed() {
    let sleeping = shell("sleeping", "exec sleep 300");
    let proc_entry = format!("/proc/{}", sleeping.pid());
    assert!(fs::exists(&proc_entry).unwrap());
    drop(sleeping);
    assert!(!fs::exists(&proc_entry).unwrap());
}

#[test]
fn waiting_has_a_limit_and_ends_early_with_the_process() {
    let mut silent = shell("silent", "exec sleep 300");
    let limit = Duration::from_millis(100);
    assert!(catch_unwind(AssertUnwindSafe(|| silent.wait(limit))).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| silent.wait_for_line("a word", limit))).is_err());
    let mut brief = shell("brief", "echo other; exit 3");
    assert!(catch_unwind(AssertUnwindSafe(|| brief.wait_for_line("a word", LIMIT))).is_err());
    assert_eq!(brief.ended().and_then(|status| status.code()), Some(3));
}

fn shell(name: &str, script: &str) -> Process {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    Process::start(name, command)
}
