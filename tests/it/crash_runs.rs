//! Edge: processes that are killed or stand still at any moment, and start again.

use std::time::Duration;

use handletime::simulate::chance::mix;

use crate::support::process::Process;
use crate::support::settings::{Connectors, Settings, UNTIL_COMPLETE};
use crate::support::simulator::Simulator;
use crate::support::verdict::assert_true_and_by_the_rules;
use crate::whole_run::{FEW_CONVERSATIONS, FEW_EVENTS, History, ROWS, rules};

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

const KILLS: [Blow; 3] = [Blow::Kill; 3];

/// Small pages, slowly asked for: a source that is still at work at the last blow.
fn slowly(test: &str, simulator: &Simulator, page_size: &str, requests_per_second: &str) -> Settings {
    Settings::new(test, 3, simulator)
        .source("extract.page.size", page_size)
        .source("quota.requests.per.second", requests_per_second)
}

/// From two seconds, when a start has just joined its groups, to sixteen, when it has had the partitions of its killed
/// predecessor for a while.
fn moment(number: usize) -> Duration {
    Duration::from_millis(2_000 + mix(&[SEED, number as u64]) % 12_000)
}

fn assert_true_in_spite_of(blows: &[Blow], test: &str, history: &History, (page_size, requests): (&str, &str)) {
    let simulator = history.platform(test, &[]);
    let settings = slowly(test, &simulator, page_size, requests);
    let mut run = settings.run_until_complete(test);
    for (number, blow) in blows.iter().enumerate() {
        std::thread::sleep(moment(number));
        assert!(run.ended().is_none(), "all was over before blow {number}: {:?}", run.ended());
        match blow {
            Blow::Kill => {
                run.kill();
                run = settings.run_until_complete(test);
            }
            Blow::Pause => {
                run.freeze();
                std::thread::sleep(PAUSE);
                run.thaw();
            }
        }
    }
    assert_eq!(run.wait(LIMIT).code(), Some(history.status));
    assert_true_and_by_the_rules(&settings, history.truth(&simulator), rules());
}

#[test]
fn rows_equal_the_truth_after_kills_and_pauses() {
    assert_true_in_spite_of(&BLOWS, "crash-rows", &ROWS, ("250", "5"));
}

#[test]
fn rows_equal_the_truth_after_kills_while_events_are_read() {
    assert_true_in_spite_of(&KILLS, "crash-events", &FEW_EVENTS, ("200", "5"));
}

#[test]
fn rows_equal_the_truth_after_kills_while_conversations_are_read() {
    assert_true_in_spite_of(&KILLS, "crash-conversations", &FEW_CONVERSATIONS, ("20", "5"));
}

#[test]
fn rows_equal_the_truth_with_two_processes_of_which_one_is_killed() {
    let simulator = ROWS.platform("two", &[]);
    let settings = slowly("two", &simulator, "250", "8");
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
    assert_true_and_by_the_rules(&settings, ROWS.truth(&simulator), rules());
}
