//! Edge: a process stands still at a call, is taken for dead, and wakes when a successor has done its work.

use std::sync::atomic::{AtomicBool, Ordering};

use super::crashes::{calls_of, run_to_the_end};
use super::judge::wrong;
use super::story::Story;
use crate::support::model::{Fault, Outcome, Processor, scene_of};

#[test]
fn a_process_that_wakes_after_its_successor_finished_changes_nothing() {
    let mut story = Story::told();
    let scene = scene_of(story.source.setup.clone());
    let calls = calls_of(&mut story, 3);
    let of_owners = ["take_over", "begin", "send", "drain", "metadata", "send_offset", "commit", "all", "each"];
    for (call, doing) in calls.iter().enumerate().filter(|(_, doing)| of_owners.contains(doing)) {
        for after in [false, true] {
            let model = story.model(6, 3);
            model.befall([(call, Fault::Freeze { after })]);
            let ended = AtomicBool::new(false);
            std::thread::scope(|scope| {
                let sleeper = scope.spawn(|| {
                    let mut processor = Processor::inheriting(&model, &scene);
                    let mut outcome = processor.run();
                    if matches!(outcome, Outcome::Idle) {
                        outcome = processor.stop();
                    }
                    ended.store(true, Ordering::Release);
                    outcome
                });
                assert!(model.wait_until_frozen(|| ended.load(Ordering::Acquire)), "{doing} {call} was never called");
                assert_eq!(run_to_the_end(&story, &model), 1);
                model.thaw();
                let outcome = sleeper.join().expect("no panic");
                assert!(matches!(outcome, Outcome::Idle), "{outcome:?} after {doing} {call}");
            });
            let found = wrong(&mut story, &model);
            assert_eq!(
                found,
                Vec::<String>::new(),
                "it stood still at {doing}, call {call}, after its effect: {after}"
            );
        }
    }
}
