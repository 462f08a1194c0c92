//! Edge: processes that are killed or stand still at any moment, and start again.

use std::time::Duration;

use handletime::simulate::chance::mix;

use crate::support::process::Process;
use crate::support::settings::{Connectors, Settings, UNTIL_COMPLETE};
use crate::support::simulator::Simulator;
use crate::support::verdict::{Truth, assert_true_and_by_the_rules};
use crate::whole_run::rules;

const LIMIT: Duration = Duration::from_secs(300);
/// Long enough for transactions, which a broker ends after 10 s, and for a place in a group, which is lost after 10 s.
const PAUSE: Duration = Duration::from_secs(15);
/// Chooses the moments; another number is another test.
const SEED: u64 = 11;

/// What is done to a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blow {
    Kill,
    Pause,
}

const BLOWS: [Blow; 7] = [Blow::Kill, Blow::Pause, Blow::Kill, Blow::Kill, Blow::Pause, Blow::Kill, Blow::Kill];

/// Small pages, slowly asked for: a source that is still at work at the last blow.
fn slowly(test: &str, simulator: &Simulator, requests_per_second: &str) -> Settings {
    Settings::new(test, 3, simulator)
        .source("extract.page.size", "250")
        .source("quota.requests.per.second", requests_per_second)
}

/// From two seconds, when a start has just joined its groups, to sixteen, when it has had the partitions of its killed
/// predecessor for a while.
fn moment(number: usize) -> Duration {
    Duration::from_millis(2_000 + mix(&[SEED, number as u64]) % 12_000)
}

#[test]
fn rows_equal_the_truth_after_kills_and_pauses() {
    let simulator = Simulator::start("crash", &["--interactions-per-day", "50000"]);
    let settings = slowly("crash", &simulator, "5");
    let mut run = settings.run_until_complete("crash");
    for (number, blow) in BLOWS.into_iter().enumerate() {
        std::thread::sleep(moment(number));
        assert!(run.ended().is_none(), "all was over before blow {number}: {:?}", run.ended());
        match blow {
            Blow::Kill => {
                run.kill();
                run = settings.run_until_complete("crash");
            }
            Blow::Pause => {
                run.freeze();
                std::thread::sleep(PAUSE);
                run.thaw();
            }
        }
    }
    assert_eq!(run.wait(LIMIT).code(), Some(0));
    assert_true_and_by_the_rules(&settings, &Truth::of(&simulator), rules());
}

#[test]
fn rows_equal_the_truth_with_two_processes_of_which_one_is_killed() {
    let simulator = Simulator::start("two", &["--interactions-per-day", "50000"]);
    let settings = slowly("two", &simulator, "8");
    let helper = || settings.run("two-helper", Connectors::Processor, &[UNTIL_COMPLETE]);
    let has_a_task = |process: &mut Process| process.wait_for_line("restored", Duration::from_secs(60));
    let mut first = settings.run_until_complete("two-first");
    has_a_task(&mut first);
    let mut second = helper();
    has_a_task(&mut second);
    std::thread::sleep(moment(0) / 2);
    second.kill();
    std::thread::sleep(Duration::from_secs(3));
    let mut second = helper();
    // Its own work again, and not only a look at what the first process does.
    has_a_task(&mut second);
    assert!(first.ended().is_none(), "all was over before the second process was back");
    assert_eq!(first.wait(LIMIT).code(), Some(0));
    assert_eq!(second.wait(Duration::from_secs(60)).code(), Some(0));
    assert_true_and_by_the_rules(&settings, &Truth::of(&simulator), rules());
}
