//! Edge: two pipelines that want the same rows: whatever the order of their calls, one gets them, and the other is refused
//! by its name and has written none.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use handletime::config::canonical::{canonical_text, rules_version};
use handletime::config::typed::RulesConfig;
use handletime::domain::progress::Room;
use handletime::embedded::log::Log;
use handletime::kafka::names::Names;
use handletime::process::claim::Patience;
use handletime::process::failure::TaskFailure;
use handletime::process::scene::Scene;
use handletime::timeline::rules::Rules;
use handletime::topology::TopologyError;
use handletime::topology::record::{Produce, topic};
use handletime::topology::setup::TaskSetup;
use serde_json::{Map, Value};

use super::story::{PARTITIONS, Story};
use crate::support::audit::Audit;
use crate::support::model::{Fault, Model, Outcome, PREFIX, Processor, Standing, scene_of};
use crate::support::samples::at;

/// Greater and smaller than `default`, which the other pipeline is.
const NAMES: [&str; 2] = ["zeta", "alpha"];

const LAG: u64 = 6;

fn scene(story: &Story, pipeline: &str) -> Scene {
    Scene { names: Names::new(PREFIX, pipeline), ..scene_of(story.source.setup.clone()) }
}

/// A model on which both pipelines have everything of the story to read.
fn model(story: &Story, other: &str) -> Model {
    let model = story.model(LAG, usize::MAX);
    for name in [topic::INTERACTIONS, topic::WATERMARKS] {
        for partition in 0..story.source.log.partitions(name) {
            let records = story.source.log.read(name, partition, 0, usize::MAX).into_iter();
            let produce = |record: Arc<handletime::embedded::log::LogRecord>| {
                let (key, value) = (record.key.clone(), record.value.clone());
                (record.offset, Produce { topic: name.to_owned(), key, value, ..Produce::default() })
            };
            let place = (Names::new(PREFIX, other).topic(name), partition);
            model.load(&place, &records.map(produce).collect::<Vec<_>>());
        }
    }
    model
}

/// The rows that stand, each published once a revision: two writers would count their revisions apart.
fn rows(story: &mut Story, model: &Model) -> BTreeMap<(String, String), Map<String, Value>> {
    let log = Log::new(PARTITIONS, PARTITIONS);
    for ((full, partition), records) in model.committed() {
        let name = full.strip_prefix(PREFIX).expect("a topic of the program").to_owned();
        let produce = |Standing { key, value, headers }| {
            let (topic, partition) = (name.clone(), Some(partition));
            Produce { topic, partition, key, value, headers, timestamp: None }
        };
        if name.starts_with("kpi.") {
            log.append(records.into_iter().map(produce).collect(), 0).expect("the log takes it");
        }
    }
    let own = std::mem::replace(&mut story.source.log, log);
    let mut audit = Audit::default();
    audit.look(&story.source, story.close);
    story.source.log = own;
    audit.comparable()
}

fn is_taken(outcome: &Outcome, by: &str) -> bool {
    match outcome {
        Outcome::Failed(TaskFailure::Topology(TopologyError::RangeTaken { by: found, .. })) => found == by,
        _ => false,
    }
}

/// Gives both their rounds until one is refused, and the one that is not comes to its end; says which got the rows.
fn settle(pair: [(&mut Processor, &str); 2]) -> usize {
    let names = [pair[0].1, pair[1].1];
    let processors = pair.map(|(processor, _)| processor);
    for _ in 0..10 {
        for at in 0..2 {
            let outcome = processors[at].run();
            if is_taken(&outcome, names[1 - at]) {
                assert!(matches!(processors[1 - at].run(), Outcome::Idle));
                return 1 - at;
            }
            assert!(matches!(outcome, Outcome::Idle), "{outcome:?}");
        }
    }
    panic!("neither was refused");
}

#[test]
fn whoever_comes_second_is_refused_by_the_name_of_the_first() {
    let mut story = Story::told();
    for other in NAMES {
        for order in [["default", other], [other, "default"]] {
            let model = model(&story, other);
            let [first, second] = order.map(|name| scene(&story, name));
            assert!(matches!(Processor::inheriting(&model, &first).run(), Outcome::Idle));
            let before = rows(&mut story, &model);
            assert!(!before.is_empty());
            // Restarted, too: a refusal leaves nothing behind that would help it later, or hinder the other.
            for _ in 0..2 {
                let refused = Processor::inheriting(&model, &second).run();
                assert!(is_taken(&refused, order[0]), "{order:?}: {refused:?}");
                let again = Processor::inheriting(&model, &first).run();
                assert!(matches!(again, Outcome::Idle), "{order:?}: {again:?}");
            }
            assert_eq!(rows(&mut story, &model), before);
        }
    }
}

#[test]
fn of_two_that_start_at_once_one_writes_the_rows_wherever_the_other_stood_still() {
    let mut story = Story::told();
    let alone = model(&story, NAMES[0]);
    assert!(matches!(Processor::inheriting(&alone, &scene(&story, "default")).run(), Outcome::Idle));
    let (calls, truth) = (alone.calls(), rows(&mut story, &alone));
    // The claim is over with its second commit, which is the second of those that have no input behind them.
    let of_claims = (1..calls.len()).filter(|at| calls[*at] == "commit" && calls[*at - 1] == "drain");
    let end = of_claims.last().expect("rows are claimed before they are written") + 2;
    let mut winners = [0, 0];
    for other in NAMES {
        for call in 0..end {
            for after in [false, true] {
                let model = model(&story, other);
                model.befall([(call, Fault::Freeze { after })]);
                let (mine, theirs) = (scene(&story, "default"), scene(&story, other));
                let ended = AtomicBool::new(false);
                let (mut first, mut second) = std::thread::scope(|scope| {
                    let sleeper = scope.spawn(|| {
                        let mut processor = Processor::inheriting(&model, &mine);
                        let outcome = processor.run();
                        ended.store(true, Ordering::Release);
                        (processor, outcome)
                    });
                    assert!(model.wait_until_frozen(|| ended.load(Ordering::Acquire)), "call {call} was never made");
                    let mut other = Processor::inheriting(&model, &theirs);
                    let meanwhile = other.run();
                    model.thaw();
                    let (own, woken) = sleeper.join().expect("no panic");
                    // One may be refused already; it says so again when it is asked again.
                    for outcome in [meanwhile, woken] {
                        let taken =
                            matches!(outcome, Outcome::Failed(TaskFailure::Topology(TopologyError::RangeTaken { .. })));
                        assert!(taken || matches!(outcome, Outcome::Idle), "{outcome:?} after call {call}");
                    }
                    (own, other)
                });
                winners[settle([(&mut first, "default"), (&mut second, other)])] += 1;
                assert_eq!(rows(&mut story, &model), truth, "{other} beside call {call}, after its effect: {after}");
            }
        }
    }
    assert!(winners.iter().all(|won| 0 < *won), "{winners:?}");
}

#[test]
fn what_a_dead_process_asked_for_is_taken_back_by_those_who_wait_for_it() {
    let mut story = Story::told();
    for other in NAMES {
        let model = model(&story, other);
        let calls = {
            let alone = self::model(&story, other);
            assert!(matches!(Processor::inheriting(&alone, &scene(&story, "default")).run(), Outcome::Idle));
            alone.calls()
        };
        let asked = (1..calls.len()).find(|at| calls[*at] == "commit" && calls[*at - 1] == "drain").unwrap();
        model.befall([(asked, Fault::Crash { after: true })]);
        assert!(matches!(Processor::inheriting(&model, &scene(&story, "default")).run(), Outcome::Crashed));
        let theirs = scene(&story, other);
        let mut patient = Processor::inheriting(&model, &theirs);
        assert!(matches!(patient.run(), Outcome::Idle));
        assert!(rows(&mut story, &model).is_empty(), "it waits");
        let at_once = Patience { look: Duration::ZERO, dead_after: Duration::ZERO };
        let mut impatient = Processor::with_patience(&model, &theirs, at_once);
        assert!(matches!(impatient.run(), Outcome::Idle));
        assert!(!rows(&mut story, &model).is_empty());
        let refused = Processor::inheriting(&model, &scene(&story, "default")).run();
        assert!(is_taken(&refused, other), "{refused:?}");
        assert!(model.group_offset(&theirs.names.group(Room::Legs), 0).is_some());
    }
}

/// The story's setup by other settings.
fn setup(story: &Story, config: RulesConfig) -> TaskSetup {
    let text = canonical_text(&config);
    let version = rules_version(&text);
    TaskSetup { rules: Rules::new(config, text, version), ..story.source.setup.clone() }
}

#[test]
fn neighbours_on_the_same_topics_never_touch_each_others_rows_whoever_restarts() {
    let mut story = Story::told();
    // Midnight in Tonga is 11:00 UTC, amid the story.
    let config = RulesConfig { zone: chrono_tz::Tz::Pacific__Tongatapu, ..story.source.setup.rules.config.clone() };
    let midnight = Some(at("2024-01-15T11:00:00Z"));
    let other = NAMES[0];
    let whole = setup(&story, config.clone());
    let earlier = setup(&story, RulesConfig { range_end: midnight, ..config.clone() });
    let later = setup(&story, RulesConfig { range_start: midnight, ..config });
    let of =
        |setup: &TaskSetup, pipeline: &str| Scene { names: Names::new(PREFIX, pipeline), ..scene_of(setup.clone()) };
    // The hash on the rows covers the range.
    let found = |story: &mut Story, model: &Model| {
        let mut rows = rows(story, model);
        rows.values_mut().for_each(|row| drop(row.remove("rules_version")));
        rows
    };
    let alone = model(&story, other);
    assert!(matches!(Processor::inheriting(&alone, &of(&whole, "default")).run(), Outcome::Idle));
    let truth = found(&mut story, &alone);
    for first_rounds in [0, 4, 8, 12, 16, 24, 40] {
        for second_rounds in [0, 4, 8, 12, 16, 24, 40] {
            let model = model(&story, other);
            let (first, second) = (of(&earlier, "default"), of(&later, other));
            assert!(matches!(Processor::inheriting(&model, &first).rounds(first_rounds), Outcome::Idle));
            assert!(matches!(Processor::inheriting(&model, &second).rounds(second_rounds), Outcome::Idle));
            for scene in [&first, &second, &first] {
                assert!(matches!(Processor::inheriting(&model, scene).run(), Outcome::Idle));
            }
            assert_eq!(found(&mut story, &model), truth, "after {first_rounds} and {second_rounds} rounds");
        }
    }
}
