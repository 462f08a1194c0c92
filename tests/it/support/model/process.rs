//! Edge: a processor over the model, with a thread for each room that are given their rounds in turn.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::Duration;

use handletime::config::typed::WorkerConfig;
use handletime::domain::progress::Room;
use handletime::kafka::names::Names;
use handletime::process::failure::TaskFailure;
use handletime::process::room::{Pacing, RoomThread};
use handletime::process::scene::{Board, Scene};
use handletime::runtime::shutdown::Shutdown;
use handletime::topology::setup::TaskSetup;

use super::faces::Model;
use super::faults::Crashed;
use super::member::ModelMember;

/// Rounds without anything to do after which a processor is idle: markers that lag have come by then.
const IDLE_ROUNDS: u32 = 40;

/// The prefix of all topics.
pub const PREFIX: &str = "ht.";

/// How a processor's run came to its end.
#[derive(Debug)]
pub enum Outcome {
    /// There is nothing left to do.
    Idle,
    /// The process is gone.
    Crashed,
    /// A task FAILED.
    Failed(TaskFailure),
}

/// One process.
pub struct Processor {
    rooms: Vec<RoomThread<Model, ModelMember>>,
    members: Vec<ModelMember>,
    shutdown: Shutdown,
}

/// The surroundings of tasks whose transactions are due at once.
pub fn scene_of(setup: TaskSetup) -> Scene {
    scene_of_pipeline(setup, "default")
}

/// As [`scene_of`], of another pipeline over the same rows.
pub fn scene_of_pipeline(setup: TaskSetup, pipeline: &str) -> Scene {
    let worker = WorkerConfig {
        bootstrap_servers: "a model".to_owned(),
        topic_prefix: PREFIX.to_owned(),
        topics_partitions: setup.interactions_partitions,
        topics_replication_factor: 1,
        kafka: BTreeMap::new(),
        oauth_token: None,
        rest: handletime::config::rest::RestConfig::default(),
        group_id: None,
        telemetry: handletime::config::telemetry::TelemetryConfig::default(),
    };
    let (names, board) = (Names::new(PREFIX, pipeline), Board::default());
    Scene { worker: Arc::new(worker), names, setup, transaction_interval: Duration::ZERO, board }
}

impl Processor {
    /// One that joins both groups and owns nothing yet.
    pub fn new(model: &Model, scene: &Scene) -> Processor {
        let now = Duration::ZERO;
        let pacing = Pacing { idle: now, beat: now, backoff_first: now, backoff_max: now, rejoin_after: now };
        let join = |room| {
            let member = model.member(&scene.names.group(room));
            (RoomThread::new(scene, room, member.clone(), model.clone(), pacing), member)
        };
        let (rooms, members) = [Room::Legs, Room::Intervals].into_iter().map(join).unzip();
        Processor { rooms, members, shutdown: Shutdown::default() }
    }

    /// One to which all partitions are given, everybody else being taken for dead.
    pub fn inheriting(model: &Model, scene: &Scene) -> Processor {
        let processor = Processor::new(model, scene);
        processor.members.iter().for_each(|member| model.inherit(member));
        processor
    }

    /// Both groups forget the process, which goes on.
    pub fn be_forgotten(&self, model: &Model) {
        self.members.iter().for_each(|member| model.forget(member));
    }

    /// Partition `partition` of both rooms is to come here.
    pub fn ask_for(&self, model: &Model, partition: i32) {
        self.members.iter().for_each(|member| model.hand_over(partition, member));
    }

    /// Gives both rooms their rounds until there is nothing left to do.
    pub fn run(&mut self) -> Outcome {
        Processor::run_together(&mut [self])
    }

    /// Gives the rooms of several processes their rounds in turn until there is nothing left to do.
    pub fn run_together(processes: &mut [&mut Processor]) -> Outcome {
        let ran = catch_unwind(AssertUnwindSafe(|| -> Result<(), TaskFailure> {
            let mut idle = 0;
            while idle < IDLE_ROUNDS {
                idle += 1;
                for process in &mut *processes {
                    for room in &mut process.rooms {
                        if room.round(&process.shutdown)? {
                            idle = 0;
                        }
                    }
                }
            }
            Ok(())
        }));
        outcome_of(ran)
    }

    /// Gives both rooms so many rounds, whatever there is to do.
    pub fn rounds(&mut self, rounds: usize) -> Outcome {
        outcome_of(catch_unwind(AssertUnwindSafe(|| {
            (0..rounds)
                .try_for_each(|_| self.rooms.iter_mut().try_for_each(|room| room.round(&self.shutdown).map(|_| ())))
        })))
    }

    /// Stops in an orderly way.
    pub fn stop(&mut self) -> Outcome {
        outcome_of(catch_unwind(AssertUnwindSafe(|| {
            self.rooms.iter_mut().for_each(RoomThread::stop);
            Ok(())
        })))
    }
}

fn outcome_of(ran: Result<Result<(), TaskFailure>, Box<dyn Any + Send>>) -> Outcome {
    match ran {
        Ok(Ok(())) => Outcome::Idle,
        Ok(Err(failure)) => Outcome::Failed(failure),
        Err(cause) if cause.is::<Crashed>() => Outcome::Crashed,
        Err(cause) => resume_unwind(cause),
    }
}
