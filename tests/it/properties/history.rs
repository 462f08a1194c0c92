//! Pure: generated histories: what is published in which order, and what befalls the tasks meanwhile.

use handletime::config::typed::RulesConfig;
use handletime::domain::interaction::Interaction;
use handletime::domain::time::{HOUR_MS, InstantMs};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::settings::{Start, rules, starts};

/// 2024-01-14T12:00:00Z: what readings are drawn relative to.
pub const BEGIN: InstantMs = 1_705_233_600_000;

pub const MINUTE_MS: i64 = 60_000;

/// One thing that happens.
#[derive(Clone, Debug)]
pub enum Event {
    /// A page is published.
    Page(Vec<Interaction>),
    /// An earlier reading is published again.
    Again(Index),
    /// The watermark moves on by so much.
    Watermark(i64),
    /// A task commits a transaction of at most so many records.
    Step(Index, usize),
    /// A task's transaction is aborted.
    Abort(Index, usize),
    /// A task is dropped, and taken over from the log.
    Restart(Index),
    /// All tasks are dropped; what their progress no longer needs is deleted; they are taken over from the log.
    Forget,
}

/// A history and where it is played.
#[derive(Clone, Debug)]
pub struct History {
    /// What happens, in order; at the end the source closes and all tasks run until nothing is left to do.
    pub events: Vec<Event>,
    /// Partitions of `interactions` and of `contributions`.
    pub partitions: (i32, i32),
    /// The rules.
    pub config: RulesConfig,
    /// First instant that is read.
    pub begin: InstantMs,
}

/// Any history of at most so many events, over such readings.
pub fn histories(
    readings: impl Strategy<Value = Interaction> + 'static,
    events_max: usize,
) -> impl Strategy<Value = History> {
    let events = prop::collection::vec(event(readings.boxed()), 1..events_max);
    (events, 1..4, 1..3, starts(), rules()).prop_map(|(events, interactions, contributions, start, rules)| {
        let Start { zone, begin } = start;
        let events = events.into_iter().map(|event| moved(event, begin - BEGIN)).collect();
        History { events, partitions: (interactions, contributions), config: RulesConfig { zone, ..rules }, begin }
    })
}

fn event(readings: BoxedStrategy<Interaction>) -> impl Strategy<Value = Event> {
    let index = any::<Index>;
    let step = select(vec![1, 2, 3, 7, 1_000]);
    prop_oneof![
        7 => prop::collection::vec(readings, 1..4).prop_map(Event::Page),
        2 => index().prop_map(Event::Again),
        2 => select(vec![HOUR_MS, 5 * HOUR_MS, 20 * HOUR_MS, 120 * HOUR_MS]).prop_map(Event::Watermark),
        8 => (index(), step.clone()).prop_map(|(task, records_max)| Event::Step(task, records_max)),
        2 => (index(), step).prop_map(|(task, records_max)| Event::Abort(task, records_max)),
        2 => index().prop_map(Event::Restart),
        1 => Just(Event::Forget),
    ]
}

fn moved(event: Event, by_ms: i64) -> Event {
    match event {
        Event::Page(readings) => Event::Page(readings.into_iter().map(|reading| later(reading, by_ms)).collect()),
        other => other,
    }
}

/// The same reading at another time.
pub fn later(mut reading: Interaction, by_ms: i64) -> Interaction {
    let instants = [&mut reading.version, &mut reading.extracted_at, &mut reading.start];
    instants.into_iter().chain(reading.end.as_mut()).for_each(|at| *at += by_ms);
    for leg in &mut reading.legs {
        let instants =
            [&mut leg.start, &mut leg.end, &mut leg.agent_wrap_at, &mut leg.abandoned_at, &mut leg.flow_out_at];
        instants.into_iter().flatten().for_each(|at| *at += by_ms);
        for phase in &mut leg.phases {
            phase.start += by_ms;
            phase.end += by_ms;
        }
    }
    reading.transfers.iter_mut().for_each(|transfer| transfer.at += by_ms);
    reading.dispositions.iter_mut().for_each(|disposition| disposition.at += by_ms);
    crate::support::samples::hashed(reading)
}
