//! Edge: two pipelines that both would write the same rows, started at once, with a crash of either at any call.

use handletime::avro::Codec;
use handletime::domain::progress::{Progress, ProgressKey};
use handletime::process::failure::TaskFailure;
use handletime::topology::TopologyError;
use handletime::topology::record::topic;

use super::crashes::calls_of;
use super::judge::wrong_of;
use super::story::Story;
use crate::support::model::{Fault, Model, Outcome, PREFIX, Processor, scene_of_pipeline};

const RIVAL: &str = "rival";
/// The topics that each pipeline has for itself.
const OWN: [&str; 5] = [topic::INTERACTIONS, topic::WATERMARKS, topic::LEGS, topic::CONTRIBUTIONS, topic::PROGRESS];
/// A pipeline that is refused has asked for less than this when it ends, and one that is not has claimed its rows.
const CALLS: usize = 150;

/// One of the two, in its newest process; `None`: it was refused, and is gone.
struct Pipeline<'a> {
    name: &'a str,
    process: Option<Processor>,
}

impl Pipeline<'_> {
    fn started<'a>(story: &Story, model: &Model, name: &'a str) -> Pipeline<'a> {
        let scene = scene_of_pipeline(story.source.setup.clone(), name);
        Pipeline { name, process: Some(Processor::inheriting(model, &scene)) }
    }

    /// Gives it some rounds, and starts it again after a crash.
    fn go_on(&mut self, story: &Story, model: &Model, rounds: usize) {
        let Some(process) = &mut self.process else { return };
        match process.rounds(rounds) {
            Outcome::Idle => {}
            Outcome::Crashed => *self = Pipeline::started(story, model, self.name),
            Outcome::Failed(TaskFailure::Topology(TopologyError::RangeTaken { pipeline, .. })) => {
                assert_ne!(pipeline, self.name);
                // As a thread does whose task FAILED. A crash while it does leaves the rest to the next start.
                match process.stop() {
                    Outcome::Crashed => *self = Pipeline::started(story, model, self.name),
                    _ => self.process = None,
                }
            }
            Outcome::Failed(failure) => panic!("{failure}"),
        }
    }
}

/// Whether a pipeline has taken anything in.
fn has_begun(model: &Model, name: &str) -> bool {
    let full = if name == RIVAL { format!("{PREFIX}{RIVAL}.progress") } else { format!("{PREFIX}progress") };
    let (keys, values) = (Codec::<ProgressKey>::default(), Codec::<Progress>::default());
    model.committed().iter().filter(|((topic, _), _)| *topic == full).flat_map(|(_, records)| records).any(|record| {
        keys.read_framed(record.key.as_deref().unwrap()).unwrap();
        values.read_framed(record.value.as_deref().unwrap()).unwrap().has_begun()
    })
}

/// What a topic is to the pipeline that has won; nothing, if it is the other's.
fn name_for<'a>(winner: &'a str) -> impl Fn(&str) -> Option<String> + 'a {
    move |full| {
        let name = full.strip_prefix(PREFIX)?;
        let of_rival = name.strip_prefix(RIVAL).and_then(|name| name.strip_prefix('.'));
        match (winner == RIVAL, of_rival) {
            (true, Some(name)) => Some(name.to_owned()),
            (true, None) if OWN.contains(&name) => None,
            (false, Some(_)) => None,
            _ => Some(name.to_owned()),
        }
    }
}

/// Runs both until the one has done its work and the other is refused, or both are; returns who has won.
fn contest(story: &mut Story, model: &Model, ahead: usize) -> Option<&'static str> {
    story.load(model, &format!("{PREFIX}{RIVAL}."));
    let mut pipelines = ["default", RIVAL].map(|name| Pipeline::started(story, model, name));
    pipelines[0].go_on(story, model, ahead);
    for _ in 0..400 {
        pipelines.iter_mut().for_each(|pipeline| pipeline.go_on(story, model, 1));
    }
    let left: Vec<&mut Pipeline<'_>> = pipelines.iter_mut().filter(|pipeline| pipeline.process.is_some()).collect();
    assert!(left.len() < 2, "both work on the same rows");
    let winner = left.into_iter().next()?;
    while !matches!(winner.process.as_mut()?.run(), Outcome::Idle) {
        *winner = Pipeline::started(story, model, winner.name);
    }
    winner.process.as_mut()?.stop();
    Some(winner.name)
}

#[test]
fn of_two_pipelines_over_the_same_rows_at_most_one_begins_whoever_crashes() {
    let mut story = Story::told();
    calls_of(&mut story, usize::MAX);
    let (mut won, mut neither) = (0, 0);
    for ahead in [0, 1, 2, 3, 4, 6] {
        for call in (0..CALLS).step_by(if ahead == 0 { 1 } else { 3 }) {
            let model = story.model(6, usize::MAX);
            model.befall([(call, Fault::Crash { after: call % 2 == 0 })]);
            let winner = contest(&mut story, &model, ahead);
            let begun = ["default", RIVAL].map(|name| has_begun(&model, name));
            let told = format!("{ahead} rounds ahead, crash at call {call}: {winner:?}, begun {begun:?}");
            match winner {
                Some(name) => {
                    won += 1;
                    assert_eq!(begun, [name == "default", name == RIVAL], "{told}");
                    assert_eq!(wrong_of(&mut story, &model, name_for(name)), Vec::<String>::new(), "{told}");
                }
                None => {
                    // Both have seen the other's claim. Nothing of either is in anybody's way now; but where one of a
                    // pipeline's tasks had looked before the other claimed, the rows are that pipeline's.
                    neither += 1;
                    assert_ne!(begun, [true, true], "{told}");
                    let name = if begun[1] { RIVAL } else { "default" };
                    let mut alone = Pipeline::started(&story, &model, name).process.expect("it is started");
                    let outcome = alone.run();
                    assert!(matches!(outcome, Outcome::Idle), "{told}: {outcome:?}");
                    assert!(matches!(alone.stop(), Outcome::Idle));
                    assert_eq!(wrong_of(&mut story, &model, name_for(name)), Vec::<String>::new(), "{told}");
                }
            }
        }
    }
    println!("{won} times one has won, {neither} times neither");
    assert!(0 < won && 0 < neither);
}
