//! Makes a processor the only writer of its rows before it writes any. Edge; every call may block.
//!
//! The order matters, and [`crate::topology::claims`] says why: what is asked for stands on `progress` before what others
//! say is read. All of a pipeline's claims are made under one transactional id, so that its processes do not cross.

use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use super::broker::{Broker, TaskProducer};
use super::failure::TaskFailure;
use super::scene::Scene;
use super::takeover::wall_clock_ms;
use crate::avro::{AvroError, Codec};
use crate::domain::progress::{Progress, ProgressKey, Room};
use crate::kafka::error::KafkaFailure;
use crate::kafka::names::Names;
use crate::topology::TopologyError;
use crate::topology::claims::{Claim, Owners, Said, Step, Verdict, judge, key};
use crate::topology::record::{InputRecord, Produce, topic};
use crate::topology::setup::owned_range;
use crate::window::range::OwnedRange;

/// How long the threads of a process wait for another pipeline that asks for the same rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Between two looks.
    pub look: Duration,
    /// Until the other is taken for dead. Shorter: one that is slow is put back to its beginning; longer: what a process
    /// left that was killed while it asked keeps others waiting.
    pub dead_after: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Patience { look: Duration::from_millis(200), dead_after: Duration::from_secs(15) }
    }
}

/// What the threads of a process know of the claim of their processor.
#[derive(Clone, Debug, Default)]
pub struct Claims {
    patience: Patience,
    known: Arc<Mutex<Known>>,
}

#[derive(Debug, Default)]
struct Known {
    has: Option<Claim>,
    look_at: Option<Instant>,
    // Who asks for the same rows, and since when.
    rival: Option<(String, Instant)>,
}

impl Claims {
    /// Claims that wait so long for others.
    #[must_use]
    pub fn waiting(patience: Patience) -> Claims {
        Claims { patience, ..Claims::default() }
    }

    /// Whether these rows are the processor's to write; asks for them where they are not. `false`: not yet.
    ///
    /// # Errors
    /// [`TopologyError::RangeTaken`] when another pipeline writes some of them, or the broker's part.
    pub fn obtain(
        &self,
        scene: &Scene,
        broker: &impl Broker,
        wanted: &Claim,
        beat: &mut dyn FnMut(),
    ) -> Result<bool, TaskFailure> {
        let mut known = match self.known.try_lock() {
            Ok(known) => known,
            Err(TryLockError::Poisoned(known)) => known.into_inner(),
            // Another thread asks for all.
            Err(TryLockError::WouldBlock) => return Ok(false),
        };
        if known.has.as_ref().is_some_and(|has| has.covers(wanted)) {
            return Ok(true);
        }
        if known.look_at.is_some_and(|at| Instant::now() < at) {
            return Ok(false);
        }
        known.look_at = Some(Instant::now() + self.patience.look);
        match ask(scene, broker, wanted, beat) {
            Ok(Asked::Has(has)) => {
                *known = Known { has: Some(has), ..Known::default() };
                Ok(true)
            }
            Ok(Asked::Rival(by)) => {
                let since = match known.rival.take().filter(|(name, _)| *name == by) {
                    Some((_, since)) => since,
                    None => {
                        tracing::info!(
                            pipeline = by,
                            "another pipeline asks for the same rows; waiting for its answer"
                        );
                        Instant::now()
                    }
                };
                if self.patience.dead_after <= since.elapsed() {
                    take_back(scene, broker, &by, beat).map_err(of_claim)?;
                } else {
                    known.rival = Some((by, since));
                }
                Ok(false)
            }
            Err(failure) => Err(of_claim(failure)),
        }
    }

    /// What is known to be had.
    #[must_use]
    pub fn has(&self) -> Option<Claim> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).has.clone()
    }
}

/// A failure of the claim's own producer says nothing of the task's: the task is taken over again, and asks again.
fn of_claim(failure: TaskFailure) -> TaskFailure {
    match failure {
        TaskFailure::Kafka(KafkaFailure::Abortable { doing, cause } | KafkaFailure::Fenced { doing, cause }) => {
            TaskFailure::Kafka(KafkaFailure::Replace { doing, cause })
        }
        other => other,
    }
}

enum Asked {
    Has(Claim),
    Rival(String),
}

fn ask(scene: &Scene, broker: &impl Broker, wanted: &Claim, beat: &mut dyn FnMut()) -> Result<Asked, TaskFailure> {
    let covers = |said: &Said| said.claimed().filter(|has| has.covers(wanted)).cloned();
    // What is had is never given back, so it is known without taking the id over.
    if let Some(has) = covers(&said(scene, broker, &scene.names, beat)?) {
        return Ok(Asked::Has(has));
    }
    let producer = broker.take_over(&scene.names.claim_transactional_id())?;
    broker.settle(&producer, (&scene.names.topic(topic::PROGRESS), 0), beat)?;
    let own = said(scene, broker, &scene.names, beat)?;
    if let Some(has) = covers(&own) {
        return Ok(Asked::Has(has));
    }
    let wanted = with(wanted, own.claimed());
    if own.asks() != Some(&wanted) {
        write(scene, &scene.names, &producer, &[(Step::Asks, Some(&wanted))])?;
    }
    let others = others(scene, broker, beat)?;
    match judge(scene.names.pipeline(), &wanted, &others) {
        Verdict::Free => {
            write(scene, &scene.names, &producer, &[(Step::Has, Some(&wanted)), (Step::Asks, None)])?;
            let orgs = wanted.orgs.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            tracing::info!(pipeline = scene.names.pipeline(), orgs, rows_from = %wanted.range, "rows claimed");
            Ok(Asked::Has(wanted))
        }
        Verdict::Taken(refusal) => {
            write(scene, &scene.names, &producer, &[(Step::Asks, None)])?;
            Err(refusal.into())
        }
        Verdict::Waits { by } => Ok(Asked::Rival(by)),
        Verdict::StepsBack { by } => {
            write(scene, &scene.names, &producer, &[(Step::Asks, None)])?;
            Ok(Asked::Rival(by))
        }
    }
}

/// What is wanted, with all that is had already.
fn with(wanted: &Claim, has: Option<&Claim>) -> Claim {
    let Some(has) = has else { return wanted.clone() };
    let end = wanted.range.end.zip(has.range.end).map(|(one, other)| one.max(other));
    Claim {
        orgs: wanted.orgs.union(&has.orgs).cloned().collect(),
        range: OwnedRange { start: wanted.range.start.min(has.range.start), end },
    }
}

/// Takes back what another pipeline asked for and never came to have: whoever asked is fenced, and asks anew if it lives.
fn take_back(scene: &Scene, broker: &impl Broker, pipeline: &str, beat: &mut dyn FnMut()) -> Result<(), TaskFailure> {
    let names = scene.names.of_pipeline(pipeline);
    let producer = broker.take_over(&names.claim_transactional_id())?;
    broker.settle(&producer, (&names.topic(topic::PROGRESS), 0), beat)?;
    if said(scene, broker, &names, beat)?.asks().is_some() {
        tracing::warn!(pipeline, "what it asked for and never came to have is taken back");
        write(scene, &names, &producer, &[(Step::Asks, None)])?;
    }
    Ok(())
}

fn write(
    scene: &Scene,
    names: &Names,
    producer: &impl TaskProducer,
    steps: &[(Step, Option<&Claim>)],
) -> Result<(), TaskFailure> {
    let (keys, values) = (Codec::<ProgressKey>::default(), Codec::<Progress>::default());
    let record = |(step, claim): &(Step, Option<&Claim>)| -> Result<Produce, AvroError> {
        let value = claim.map(|claim| values.framed(&claim.record(&scene.setup, wall_clock_ms()))).transpose()?;
        let key = Some(keys.framed(&key(*step))?);
        Ok(Produce { topic: topic::PROGRESS.to_owned(), partition: Some(0), key, value, ..Produce::default() })
    };
    let records = steps.iter().map(record).collect::<Result<Vec<_>, _>>().map_err(TopologyError::from)?;
    producer.begin()?;
    producer.send(&records, &|name| names.topic(name))?;
    producer.drain()?;
    producer.commit()?;
    Ok(())
}

/// What a pipeline says; waits until everything that stands there is decided.
fn said(scene: &Scene, broker: &impl Broker, names: &Names, beat: &mut dyn FnMut()) -> Result<Said, TaskFailure> {
    let (keys, values) = (Codec::<ProgressKey>::default(), Codec::<Progress>::default());
    let full = names.topic(topic::PROGRESS);
    let range = broker.all((&full, 0))?;
    let mut said = Said::default();
    let group = scene.names.group(Room::Legs);
    broker.each(&group, (&full, 0), range, beat, &mut |record| {
        let InputRecord { offset, key, value } = record;
        let unreadable = |source| TopologyError::State { what: topic::PROGRESS, offset, source };
        let key = keys.read_framed(key.unwrap_or_default()).map_err(unreadable)?;
        let value = value.map(|value| values.read_framed(value)).transpose().map_err(unreadable)?;
        said.take(&key, value.as_ref());
        Ok(())
    })?;
    Ok(said)
}

/// What the other pipelines of the prefix say, by their names.
fn others(scene: &Scene, broker: &impl Broker, beat: &mut dyn FnMut()) -> Result<Vec<(String, Said)>, TaskFailure> {
    let mut others = Vec::new();
    for pipeline in scene.names.other_pipelines(&broker.topics()?) {
        let names = scene.names.of_pipeline(&pipeline);
        others.push((pipeline, said(scene, broker, &names, beat)?));
    }
    Ok(others)
}

/// Which rows on the topics of KPIs are those of an intervals task with this progress, and which are other pipelines'.
///
/// # Errors
/// [`TopologyError::RangeAwaited`] while the settings add rows that are not claimed, or the broker's part.
pub fn owners(
    scene: &Scene,
    broker: &impl Broker,
    progress: Option<&Progress>,
    beat: &mut dyn FnMut(),
) -> Result<Owners, TaskFailure> {
    let own = said(scene, broker, &scene.names, beat)?;
    let claimed = own.claimed().map(|claim| claim.range);
    if let Some(progress) = progress
        && let Some(joining) = scene.setup.joining_if_accepted(progress)
        && !claimed.is_some_and(|claimed| claimed.covers(&joining))
    {
        return Err(TopologyError::RangeAwaited.into());
    }
    let own = claimed.or_else(|| progress.and_then(owned_range));
    // Nothing of a task that knows its rows can be taken for another's; for one that knows nothing others must explain
    // what stands there.
    if own.is_some() && progress.is_some() {
        return Ok(Owners { own, others: Vec::new() });
    }
    let others = others(scene, broker, beat)?;
    Ok(Owners { own, others: others.into_iter().filter_map(|(_, said)| said.has().cloned()).collect() })
}
