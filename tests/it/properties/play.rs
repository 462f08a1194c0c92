//! Edge: a history, played over the in-process log and entered into the book.

use handletime::domain::interaction::Interaction;
use handletime::domain::progress::Room;
use handletime::domain::time::InstantMs;
use handletime::embedded::ByHand;
use handletime::embedded::by_hand::ALL;
use handletime::topology::record::topic;
use handletime::topology::task::Task;

use super::history::{Event, History};
use crate::support::audit::Audit;
use crate::support::oracle::book::Book;
use crate::support::oracle::compare::{beside_differences, kpi_differences};

/// A history that is being played.
pub struct Play {
    pub all: ByHand,
    pub book: Book,
    pub audit: Audit,
    published: Vec<Interaction>,
    watermark: InstantMs,
}

impl Play {
    pub fn new(history: &History) -> Play {
        Play {
            all: ByHand::new(history.config.clone(), history.partitions, history.begin).unwrap(),
            book: Book::new(history.config.clone(), history.begin),
            audit: Audit::default(),
            published: Vec::new(),
            watermark: history.begin,
        }
    }

    /// Plays all of it; `chaos`: also what befalls the tasks.
    pub fn all(history: &History, chaos: bool) -> Play {
        let mut play = Play::new(history);
        for event in &history.events {
            if chaos || matches!(event, Event::Page(_) | Event::Again(_) | Event::Watermark(_)) {
                play.event(event);
            }
        }
        play.close();
        play
    }

    /// The source ends, and all tasks run until nothing is left to do.
    pub fn close(&mut self) {
        let close = self.book.close();
        self.all.close(close).unwrap();
        self.all.run(ALL).unwrap();
        self.audit.look(&self.all, close);
    }

    pub fn event(&mut self, event: &Event) {
        let tasks = self.all.tasks.len();
        match event {
            Event::Page(readings) => self.page(readings),
            Event::Again(which) if !self.published.is_empty() => {
                self.page(&[self.published[which.index(self.published.len())].clone()]);
            }
            Event::Again(_) => {}
            Event::Watermark(by_ms) => {
                self.watermark += by_ms;
                self.all.watermark(self.watermark).unwrap();
                self.book.watermark = self.watermark;
            }
            Event::Step(task, records_max) => {
                self.all.tasks[task.index(tasks)].step(*records_max).unwrap();
            }
            Event::Abort(task, records_max) => {
                let transactions = self.all.log.transactions();
                self.all.tasks[task.index(tasks)].step_aborted(*records_max).unwrap();
                assert_eq!(self.all.log.transactions(), transactions);
            }
            Event::Restart(task) => self.all.restart_one(task.index(tasks)).unwrap(),
            Event::Forget => self.forget(),
        }
    }

    pub fn page(&mut self, readings: &[Interaction]) {
        self.all.publish(readings).unwrap();
        readings.iter().for_each(|reading| self.book.read(reading));
        self.published.extend_from_slice(readings);
    }

    /// Retention and compaction take all that the tasks' progress does not need, and all tasks begin anew.
    pub fn forget(&mut self) {
        self.audit.look(&self.all, InstantMs::MAX);
        let log = &self.all.log;
        let mut watermarks = i64::MAX;
        for task in &self.all.tasks {
            let (room, partition) = task.place();
            let progress = task.task().progress();
            log.delete_before(Task::input_topic(room), partition, progress.input_offset);
            if room == Room::Legs {
                log.delete_before(topic::LEGS, partition, progress.legs_floor_offset);
                watermarks = watermarks.min(progress.watermarks_offset);
            }
        }
        log.delete_before(topic::WATERMARKS, 0, watermarks);
        let kept = ["legs", "progress", "contacts", "transfers"];
        for topic in log.topics().iter().filter(|name| name.starts_with("kpi.") || kept.contains(&name.as_str())) {
            (0..log.partitions(topic)).for_each(|partition| log.compact(topic, partition));
        }
        self.all.restart().unwrap();
    }

    /// What the rows of all topics are against what they must be. The rows of `legs` go with the horizon, so they are
    /// no part of it.
    pub fn differences(&self) -> Vec<String> {
        let mut differences = self.audit.open_rows();
        differences.extend(beside_differences(&self.all, &self.book));
        differences.extend(kpi_differences(&self.all, &self.book));
        differences.truncate(20);
        differences
    }

    /// How many interactions the legs tasks hold.
    pub fn interactions_held(&self) -> usize {
        let held = |task: &handletime::embedded::EmbeddedTask| match task.task() {
            Task::Legs(task) => task.interactions_held(),
            Task::Intervals(_) => 0,
        };
        self.all.tasks.iter().map(held).sum()
    }
}
