//! Edge: the topology driven by hand beside the book of what must come of it. What surprises it is a failure of the test.

use handletime::config::typed::RulesConfig;
use handletime::domain::agent_row::{AgentInterval, AgentIntervalKey};
use handletime::domain::interaction::Interaction;
use handletime::domain::leg::{Leg, LegKey};
use handletime::domain::media::MediaType;
use handletime::domain::org_row::{OrgInterval, OrgIntervalKey};
use handletime::domain::row::{QueueInterval, QueueIntervalKey};
use handletime::domain::time::{DAY_MS, InstantMs};
use handletime::embedded::ByHand;
use handletime::embedded::by_hand::ALL;

use super::oracle::book::Book;
use super::oracle::compare::{beside_differences, kpi_differences, leg_differences};
use super::samples::at;

/// The topology and the book.
pub struct Stage {
    pub all: ByHand,
    pub book: Book,
}

impl Stage {
    /// A fresh log; the source reads from a day before `first` on.
    pub fn new(config: RulesConfig, first: &str) -> Stage {
        let begin = at(first) - DAY_MS;
        Stage { all: ByHand::new(config.clone(), (2, 2), begin).unwrap(), book: Book::new(config, begin) }
    }

    /// All of these readings in one page, everything that follows from them, and all of it as the book has it.
    pub fn of(config: RulesConfig, first: &str, readings: &[Interaction]) -> Stage {
        let mut stage = Stage::new(config, first);
        stage.deliver(readings);
        stage.check();
        stage
    }

    /// Publishes a page, and runs until nothing is left to do.
    pub fn deliver(&mut self, readings: &[Interaction]) {
        self.all.publish(readings).unwrap();
        readings.iter().for_each(|reading| self.book.read(reading));
        self.all.run(ALL).unwrap();
    }

    /// Moves the watermark on.
    pub fn watermark(&mut self, at: InstantMs) {
        self.all.watermark(at).unwrap();
        self.book.watermark = at;
        self.all.run(ALL).unwrap();
    }

    /// Every row of every topic is as the book has it.
    pub fn check(&self) {
        let mut differences = leg_differences(&self.all, &self.book);
        differences.extend(beside_differences(&self.all, &self.book));
        differences.extend(kpi_differences(&self.all, &self.book));
        assert!(differences.is_empty(), "{}", differences.into_iter().take(25).collect::<Vec<_>>().join("\n"));
    }

    /// The voice row of a queue that starts at an instant.
    pub fn queue(&self, topic: &str, queue: &str, start: &str) -> Option<QueueInterval> {
        self.queue_media(topic, queue, MediaType::Voice, start)
    }

    pub fn queue_media(&self, topic: &str, queue: &str, media: MediaType, start: &str) -> Option<QueueInterval> {
        let start = at(start);
        let of =
            |key: &QueueIntervalKey| key.queue_id == queue && key.media_type == media && key.interval_start == start;
        self.all.rows(topic).unwrap().into_iter().find(|(key, _)| of(key)).map(|(_, row)| row)
    }

    /// Every row of a topic of queues.
    pub fn queues(&self, topic: &str) -> Vec<QueueInterval> {
        self.all.rows::<QueueIntervalKey, _>(topic).unwrap().into_values().collect()
    }

    /// The row of an agent; `All` on a topic of totals.
    pub fn agent(&self, topic: &str, user: &str, media: MediaType, start: &str) -> Option<AgentInterval> {
        let start = at(start);
        let of = |key: &AgentIntervalKey| key.user_id == user && key.media_type == media && key.interval_start == start;
        self.all.rows(topic).unwrap().into_iter().find(|(key, _)| of(key)).map(|(_, row)| row)
    }

    /// The row of the organisation; `All` on a topic of totals.
    pub fn org(&self, topic: &str, media: MediaType, start: &str) -> Option<OrgInterval> {
        let start = at(start);
        let of = |key: &OrgIntervalKey| key.media_type == media && key.interval_start == start;
        self.all.rows(topic).unwrap().into_iter().find(|(key, _)| of(key)).map(|(_, row)| row)
    }

    /// The leg rows of an interaction, by start.
    pub fn legs(&self, interaction: &str) -> Vec<Leg> {
        let all = self.all.rows::<LegKey, Leg>("legs").unwrap().into_values();
        let mut legs: Vec<Leg> = all.filter(|leg| leg.interaction_id == interaction).collect();
        legs.sort_by_key(|leg| leg.start);
        legs
    }

    /// Reason and key of every dead letter, sorted.
    pub fn dead_letters(&self) -> Vec<(String, String)> {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let mut letters = Vec::new();
        for (_, record) in self.all.records("dead-letters") {
            let reason = record.headers.iter().find(|(name, _)| name == "handletime.reason").unwrap();
            letters.push((text(&reason.1), text(record.key.as_deref().unwrap_or_default())));
        }
        letters.sort();
        letters
    }

    /// The rule that each dead letter broke.
    pub fn letter_rules(&self) -> Vec<String> {
        let mut rules = Vec::new();
        for (_, record) in self.all.records("dead-letters") {
            let rule = record.headers.iter().find(|(name, _)| name == "handletime.rule").unwrap();
            rules.push(String::from_utf8(rule.1.clone()).unwrap());
        }
        rules
    }
}
