//! Edge: what the source publishes: few readings that do all that readings can do to rows.

use handletime::config::typed::RulesConfig;
use handletime::domain::family::Family;
use handletime::domain::interaction::Interaction;
use handletime::domain::interval::Grain;
use handletime::domain::time::{DAY_MS, HOUR_MS, InstantMs};
use handletime::embedded::ByHand;
use handletime::topology::record::{Produce, topic};

use super::judge::Standings;
use crate::support::model::{Model, PREFIX};
use crate::support::oracle::book::Book;
use crate::support::samples::{at, defaults, flat_row, with};

/// Partitions of both topics.
pub const PARTITIONS: i32 = 2;

const FIRST: &str = "2024-01-15T00:00:00Z";

/// What was published, with the book of what must come of it.
pub struct Story {
    pub source: ByHand,
    pub book: Book,
    pub close: InstantMs,
    /// What stands in the end when nothing befalls anybody.
    pub truth: Option<Standings>,
}

/// Few topics: each is restored at every takeover.
fn rules() -> RulesConfig {
    RulesConfig { families: vec![Family::Queue, Family::AgentTotal], grains: vec![Grain::Pt30m], ..defaults() }
}

fn row(id: &str, start: &str, end: &str, wrap_ms: i64) -> Interaction {
    with(flat_row(id, start, end), |leg| {
        (leg.wait_ms, leg.talk_ms, leg.wrap_ms) = (Some(10_000), Some(120_000), Some(wrap_ms));
    })
}

fn read_later(mut reading: Interaction, by_ms: i64) -> Interaction {
    reading.version += by_ms;
    reading
}

fn elsewhere(reading: Interaction, queue: &str, user: &str) -> Interaction {
    with(reading, |leg| (leg.queue_id, leg.user_id) = (Some(queue.to_owned()), Some(user.to_owned())))
}

impl Story {
    /// New readings in both partitions, a duplicate, corrections that grow a leg, move it to another half hour, queue and
    /// agent, and take it away; half hours that close in the middle of it; the source's end.
    pub fn told() -> Story {
        let begin = at(FIRST) - DAY_MS;
        let source = ByHand::new(rules(), (PARTITIONS, PARTITIONS), begin).unwrap();
        let mut story = Story { source, book: Book::new(rules(), begin), close: 0, truth: None };
        let ids = ["I1", "I2", "I3", "I4", "I5"];
        let first: Vec<Interaction> =
            ids.iter().map(|id| row(id, "2024-01-15T10:05:00Z", "2024-01-15T10:10:00Z", 30_000)).collect();
        story.page(&first);
        story.page(&first[..1]);
        story.watermark(at("2024-01-15T10:30:00Z"));
        let grown = row("I1", "2024-01-15T10:05:00Z", "2024-01-15T10:11:00Z", 90_000);
        let moved = elsewhere(row("I2", "2024-01-15T10:40:00Z", "2024-01-15T10:45:00Z", 30_000), "Q2", "A2");
        story.page(&[read_later(grown, HOUR_MS), read_later(moved, HOUR_MS)]);
        // Every half hour up to here closes; what follows corrects them.
        story.watermark(at("2024-01-15T14:00:00Z"));
        let mut gone = read_later(first[2].clone(), 2 * HOUR_MS);
        gone.legs.clear();
        let late = row("I6", "2024-01-15T10:20:00Z", "2024-01-15T10:25:00Z", 5_000);
        story.page(&[crate::support::samples::hashed(gone), late, first[3].clone()]);
        story.page(&[row("I7", "2024-01-15T14:05:00Z", "2024-01-15T14:09:00Z", 1_000)]);
        story.close = story.book.close();
        story.source.close(story.close).unwrap();
        story
    }

    fn page(&mut self, readings: &[Interaction]) {
        self.source.publish(readings).unwrap();
        readings.iter().for_each(|reading| self.book.read(reading));
    }

    fn watermark(&mut self, at: InstantMs) {
        self.source.watermark(at).unwrap();
        self.book.watermark = at;
    }

    /// A model with all of it published, each record at the offset that watermarks name.
    pub fn model(&self, lag: u64, at_once: usize) -> Model {
        let model = Model::new(PARTITIONS, lag, at_once);
        self.load(&model, PREFIX);
        model
    }

    /// Publishes all of it on a model's topics that begin so.
    pub fn load(&self, model: &Model, prefix: &str) {
        for name in [topic::INTERACTIONS, topic::WATERMARKS] {
            for partition in 0..self.source.log.partitions(name) {
                let records = self.source.log.read(name, partition, 0, usize::MAX).into_iter();
                let produce = |record: std::sync::Arc<handletime::embedded::log::LogRecord>| {
                    let (key, value, headers) = (record.key.clone(), record.value.clone(), record.headers.clone());
                    (record.offset, Produce { topic: name.to_owned(), key, value, headers, ..Produce::default() })
                };
                let records: Vec<(i64, Produce)> = records.map(produce).collect();
                model.load(&(format!("{prefix}{name}"), partition), &records);
            }
        }
    }
}
