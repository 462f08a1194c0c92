//! Pure: what happens in a run and when, all of it out of a seed.

use std::fmt;

use handletime::simulate::chance::mix;

/// Which of the processors that are there from the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Processor {
    /// It speaks to the brokers directly.
    Near,
    /// It speaks to the brokers over a network that can be cut.
    Far,
}

/// One thing that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// SIGKILL, and a new start after a while.
    KillProcessor { which: Processor, away_ms: u64 },
    /// SIGKILL, and a new start after a while.
    KillSource { away_ms: u64 },
    /// SIGKILL to a broker, and a new start after a while.
    KillBroker { broker: usize, away_ms: u64 },
    /// A broker stands still with all that it holds.
    PauseBroker { broker: usize, ms: u64 },
    /// A processor stands still for longer than its session lasts, and wakes up as one whose tasks others have.
    PauseProcessor { which: Processor, ms: u64 },
    /// A transaction of an intervals task is decided, and before its marker stands in the task's partition of a KPI topic
    /// the leader of that partition stands still and the task's owner is killed.
    PauseLeader { partition: i32, ms: u64 },
    /// Nothing passes between the far processor and the brokers, and later all of it does.
    CutNetwork { ms: u64 },
    /// Each broker is stopped in order and started again, one after another.
    RollingRestart,
    /// Another processor joins.
    AddProcessor,
    /// That one is asked to stop.
    RemoveProcessor,
}

impl fmt::Display for Event {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = |ms: &u64| *ms as f64 / 1_000.0;
        match self {
            Event::KillProcessor { which, away_ms } => {
                write!(out, "kill the {which:?} processor, start it {} s later", s(away_ms))
            }
            Event::KillSource { away_ms } => write!(out, "kill the source, start it {} s later", s(away_ms)),
            Event::KillBroker { broker, away_ms } => {
                write!(out, "kill broker {broker}, start it {} s later", s(away_ms))
            }
            Event::PauseBroker { broker, ms } => write!(out, "pause broker {broker} for {} s", s(ms)),
            Event::PauseProcessor { which, ms } => write!(out, "pause the {which:?} processor for {} s", s(ms)),
            Event::PauseLeader { partition, ms } => {
                write!(
                    out,
                    "kill the owner of intervals {partition} between commit and marker, leader away {} s",
                    s(ms)
                )
            }
            Event::CutNetwork { ms } => write!(out, "cut the Far processor off for {} s", s(ms)),
            Event::RollingRestart => write!(out, "restart all brokers, one after another"),
            Event::AddProcessor => write!(out, "add a processor"),
            Event::RemoveProcessor => write!(out, "remove that processor"),
        }
    }
}

impl Event {
    /// How long it takes on a machine with little else to do, with the waiting for brokers that follows it.
    fn length_ms(&self) -> u64 {
        match self {
            Event::KillProcessor { away_ms, .. } | Event::KillSource { away_ms } => *away_ms,
            Event::KillBroker { away_ms, .. } => away_ms + 9_000,
            Event::PauseBroker { ms, .. } => ms + 4_000,
            Event::PauseProcessor { ms, .. } | Event::CutNetwork { ms } => *ms,
            Event::PauseLeader { ms, .. } => ms + 5_000,
            Event::RollingRestart => 36_000,
            Event::AddProcessor => 1_000,
            Event::RemoveProcessor => 2_000,
        }
    }

    /// Its kind, for counting.
    pub fn kind(&self) -> &'static str {
        match self {
            Event::KillProcessor { .. } => "processor killed",
            Event::KillSource { .. } => "source killed",
            Event::KillBroker { .. } => "broker killed",
            Event::PauseBroker { .. } => "broker paused",
            Event::PauseProcessor { .. } => "processor paused",
            Event::PauseLeader { .. } => "leader paused between commit and marker, owner killed",
            Event::CutNetwork { .. } => "network cut",
            Event::RollingRestart => "rolling restart",
            Event::AddProcessor => "processor added",
            Event::RemoveProcessor => "processor removed",
        }
    }
}

/// An event and when it begins: not before this, and not before the one before it in its lane is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Milliseconds after the beginning.
    pub at_ms: u64,
    pub event: Event,
}

/// Two lanes that run side by side: brokers are away one at a time, for data has two replicas that must be in sync; what
/// happens to processes knows nothing of that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    pub brokers: Vec<Planned>,
    pub processes: Vec<Planned>,
}

/// Longer than the ten seconds of a session and of a transaction.
const BEYOND_SESSION_MS: u64 = 12_000;

struct Dice {
    seed: u64,
    thrown: u64,
}

impl Dice {
    /// In `[from, to)`.
    fn throw(&mut self, from: u64, to: u64) -> u64 {
        self.thrown += 1;
        from + mix(&[self.seed, self.thrown]) % (to - from)
    }

    fn shuffle<T>(&mut self, deck: &mut [T]) {
        for at in (1..deck.len()).rev() {
            let other = self.throw(0, at as u64 + 1) as usize;
            deck.swap(at, other);
        }
    }

    fn processor(&mut self) -> Processor {
        if self.throw(0, 2) == 0 { Processor::Near } else { Processor::Far }
    }

    fn brokers(&mut self, (brokers, partitions): (usize, i32)) -> Vec<Event> {
        let mut broker = || self.throw(0, brokers as u64) as usize;
        let (killed, paused) = (broker(), broker());
        let mut deck = vec![
            Event::KillBroker { broker: killed, away_ms: self.throw(500, 5_000) },
            Event::PauseBroker { broker: paused, ms: self.throw(7_000, 14_000) },
            Event::PauseLeader { partition: self.throw(0, partitions as u64) as i32, ms: self.throw(6_000, 10_000) },
            Event::RollingRestart,
        ];
        self.shuffle(&mut deck);
        deck
    }

    fn processes(&mut self) -> Vec<Event> {
        let mut deck = vec![
            Event::KillProcessor { which: self.processor(), away_ms: self.throw(0, 4_000) },
            Event::KillSource { away_ms: self.throw(0, 4_000) },
            Event::PauseProcessor { which: self.processor(), ms: BEYOND_SESSION_MS + self.throw(0, 4_000) },
            Event::CutNetwork { ms: BEYOND_SESSION_MS + self.throw(0, 4_000) },
            Event::AddProcessor,
            Event::RemoveProcessor,
        ];
        self.shuffle(&mut deck);
        let place = |wanted: Event, deck: &[Event]| deck.iter().position(|event| *event == wanted);
        if let (Some(add), Some(remove)) = (place(Event::AddProcessor, &deck), place(Event::RemoveProcessor, &deck))
            && remove < add
        {
            deck.swap(add, remove);
        }
        deck
    }
}

impl Schedule {
    /// One event of each kind, over so many brokers and partitions. The rolling restart, which takes longest and is longest
    /// delayed by a busy machine, comes last: what comes after it could find that all data has flowed.
    pub fn short(seed: u64, size: (usize, i32)) -> Self {
        let mut dice = Dice { seed, thrown: 0 };
        let (mut brokers, processes) = (dice.brokers(size), dice.processes());
        brokers.sort_by_key(|event| *event == Event::RollingRestart);
        Self { brokers: dice.plan(brokers, 3_000), processes: dice.plan(processes, 4_000) }
    }

    /// As many of each kind as there is time for, at least once each.
    pub fn long(seed: u64, size: (usize, i32), length_ms: u64) -> Self {
        let mut dice = Dice { seed, thrown: 0 };
        let fill = |dice: &mut Dice, pause_ms: u64, more: &mut dyn FnMut(&mut Dice) -> Vec<Event>| {
            let mut events = more(dice);
            loop {
                let next = [events.clone(), more(dice)].concat();
                let length: u64 = next.iter().map(|event| event.length_ms() + pause_ms / 2).sum();
                if length_ms < length {
                    return dice.plan(events, pause_ms);
                }
                events = next;
            }
        };
        let brokers = fill(&mut dice, 8_000, &mut |dice| dice.brokers(size));
        let processes = fill(&mut dice, 8_000, &mut Dice::processes);
        Self { brokers, processes }
    }

    /// When the last event should be over.
    pub fn length_ms(&self) -> u64 {
        let end = |lane: &[Planned]| lane.last().map_or(0, |last| last.at_ms + last.event.length_ms());
        end(&self.brokers).max(end(&self.processes))
    }

    /// All events in the order of their time.
    pub fn all(&self) -> Vec<Planned> {
        let mut all = [self.brokers.clone(), self.processes.clone()].concat();
        all.sort_by_key(|planned| planned.at_ms);
        all
    }
}

impl Dice {
    /// Puts events one behind another with pauses of up to `pause_ms`, beginning when the work has begun.
    fn plan(&mut self, events: Vec<Event>, pause_ms: u64) -> Vec<Planned> {
        let mut at_ms = 5_000;
        let planned = events.into_iter().map(|event| {
            at_ms += self.throw(0, pause_ms);
            let planned = Planned { at_ms, event };
            at_ms += event.length_ms();
            planned
        });
        planned.collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const SIZE: (usize, i32) = (3, 3);
    const TEN_MINUTES_MS: u64 = 600_000;

    fn kinds(schedule: &Schedule) -> BTreeSet<&'static str> {
        schedule.all().iter().map(|planned| planned.event.kind()).collect()
    }

    #[test]
    fn a_seed_makes_one_schedule_and_another_seed_another() {
        assert_eq!(Schedule::short(1, SIZE), Schedule::short(1, SIZE));
        assert_ne!(Schedule::short(1, SIZE), Schedule::short(2, SIZE));
        assert_ne!(Schedule::long(1, SIZE, TEN_MINUTES_MS), Schedule::long(2, SIZE, TEN_MINUTES_MS));
    }

    #[test]
    fn every_schedule_has_every_kind_and_a_long_one_has_twenty_events_in_its_time() {
        for seed in 0..100 {
            let (short, long) = (Schedule::short(seed, SIZE), Schedule::long(seed, SIZE, TEN_MINUTES_MS));
            assert_eq!((kinds(&short).len(), kinds(&long).len()), (10, 10), "seed {seed}");
            assert!(20 <= long.all().len(), "{} events with seed {seed}", long.all().len());
            assert!(long.length_ms() <= TEN_MINUTES_MS * 5 / 4, "{} ms with seed {seed}", long.length_ms());
        }
    }

    #[test]
    fn a_processor_is_added_before_it_is_removed_and_never_twice() {
        for seed in 0..100 {
            let mut added = false;
            for planned in Schedule::long(seed, SIZE, TEN_MINUTES_MS).processes {
                match planned.event {
                    Event::AddProcessor => assert!(!std::mem::replace(&mut added, true), "seed {seed}"),
                    Event::RemoveProcessor => assert!(std::mem::replace(&mut added, false), "seed {seed}"),
                    _ => {}
                }
            }
        }
    }

    #[test]
    fn within_a_lane_one_event_begins_when_the_one_before_it_is_over() {
        let schedule = Schedule::long(5, SIZE, TEN_MINUTES_MS);
        for lane in [&schedule.brokers, &schedule.processes] {
            for pair in lane.windows(2) {
                assert!(pair[0].at_ms + pair[0].event.length_ms() <= pair[1].at_ms, "{pair:?}");
            }
        }
    }
}
