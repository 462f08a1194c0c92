//! Both rooms of the topology, joined by hand instead of by a broker, and interactions to feed them. Pure.

use std::collections::BTreeMap;

use handletime::avro::Codec;
use handletime::config::canonical::{canonical_text, rules_version};
use handletime::config::rules_of;
use handletime::config::typed::RulesChange;
use handletime::domain::interaction::{Interaction, InteractionLeg, InteractionStatus, LegRole};
use handletime::domain::media::{Dialect, MediaType};
use handletime::domain::progress::Room;
use handletime::domain::time::{DAY_MS, InstantMs};
use handletime::domain::watermark::Watermark;
use handletime::simulate::row::{Outcome, Row, id_text};
use handletime::timeline::rules::Rules;
use handletime::topology::record::{InputRecord, Produce, topic};
use handletime::topology::setup::TaskSetup;
use handletime::topology::task::Task;

/// A row as the source would publish it.
pub fn interaction(row: &Row) -> Interaction {
    let media = MediaType::from_word(row.kind.word());
    let length = |ms: Option<i32>| ms.map(i64::from);
    let id = id_text(row.id);
    let leg = InteractionLeg {
        session_id: id.clone(),
        transfer_row: row.kind.word() == "transfer",
        media_type: media,
        media_reported: Some(row.kind.word().to_owned()),
        queue_id: row.queue.map(|queue| format!("queue-{queue}")),
        user_id: row.agent.map(|agent| format!("agent-{agent}")),
        start: Some(row.start),
        end: Some(row.end),
        wait_ms: length(row.wait_ms),
        talk_ms: length(row.talk_ms),
        hold_ms: length(row.hold_ms),
        wrap_ms: length(row.wrap_ms),
        agent_ms: length(row.agent_ms),
        agent_wrap_at: row.agent_wrap_at(),
        wrapup_code_id: row.wrapup.map(|code| format!("code-{code}")),
        transfers: row.transfers.map(i64::from),
        ..InteractionLeg::blank(LegRole::Row)
    };
    let mut one = Interaction {
        org_id: "acme".to_owned(),
        interaction_id: id,
        conversation_id: Some(id_text(row.conversation)),
        source: Dialect::InteractionDetails,
        version: row.start + 2 * DAY_MS,
        extracted_at: row.start + 2 * DAY_MS,
        content_hash: 0,
        status: match row.outcome {
            Outcome::Completed => InteractionStatus::Completed,
            Outcome::Abandoned => InteractionStatus::Abandoned,
        },
        start: row.start,
        end: Some(row.end),
        legs: vec![leg],
        direction: None,
        contact_hash: None,
        transfers: Vec::new(),
        dispositions: Vec::new(),
        raw: String::new(),
    };
    one.content_hash = one.computed_hash();
    one
}

/// One partition of each room, with these families of rows.
pub fn setup(settings: &[(&str, &str)]) -> TaskSetup {
    let settings = settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let config = rules_of(&settings).expect("sound settings");
    let text = canonical_text(&config);
    let version = rules_version(&text);
    TaskSetup {
        rules: Rules::new(config, text, version),
        rules_change: RulesChange::Refuse,
        interactions_partitions: 1,
        contributions_partitions: 1,
        connector: "bench".to_owned(),
    }
}

/// One task of each room, joined by hand.
pub struct Rooms {
    legs: Task,
    intervals: Task,
    from: InstantMs,
    input_offset: i64,
    contributions_offset: i64,
    watermarks: i64,
    /// Records and bytes written, by family of topics.
    pub written: BTreeMap<String, (u64, u64)>,
}

impl Rooms {
    /// Rooms that hold nothing; the source begins at `from`.
    pub fn new(setup: &TaskSetup, from: InstantMs) -> Rooms {
        let task = |room| {
            let mut task = Task::new(room, setup.clone(), 0, None).expect("a task");
            task.restored().expect("nothing to restore");
            task
        };
        Rooms {
            legs: task(Room::Legs),
            intervals: task(Room::Intervals),
            from,
            input_offset: 0,
            contributions_offset: 0,
            watermarks: 0,
            written: BTreeMap::new(),
        }
    }

    /// The source says that it is complete up to `at`.
    pub fn watermark(&mut self, at: InstantMs, closed: bool) {
        let watermark = Watermark {
            org_id: "acme".to_owned(),
            source_partition: "interaction-details".to_owned(),
            watermark: at,
            interactions_offsets: vec![self.input_offset],
            plan_generation: 1,
            plan_size: 1,
            extract_start: self.from,
            held: Vec::new(),
            closed,
            written_at: at,
        };
        let value = Codec::<Watermark>::default().framed(&watermark).expect("it follows its schema");
        let record = InputRecord { offset: self.watermarks, key: None, value: Some(&value) };
        self.legs.watermark(record).expect("a watermark");
        self.watermarks += 1;
    }

    /// Gives the first room an interaction.
    pub fn input(&mut self, key: &str, value: &[u8]) {
        let record = InputRecord { offset: self.input_offset, key: Some(key.as_bytes()), value: Some(value) };
        self.legs.input(record).expect("an interaction");
        self.input_offset += 1;
    }

    /// Commits what is staged in the first room, hands it to the second, and commits there.
    pub fn commit(&mut self) {
        let outputs = self.legs.outputs(0).expect("outputs");
        self.count(&outputs);
        self.legs.promote(Some(self.input_offset));
        for record in outputs.iter().filter(|record| record.topic == topic::CONTRIBUTIONS) {
            let (key, value) = (record.key.as_deref(), record.value.as_deref());
            let input = InputRecord { offset: self.contributions_offset, key, value };
            self.intervals.input(input).expect("a contribution");
            self.contributions_offset += 1;
        }
        let outputs = self.intervals.outputs(0).expect("outputs");
        self.count(&outputs);
        self.intervals.promote(None);
    }

    fn count(&mut self, outputs: &[Produce]) {
        for record in outputs {
            let family = record.topic.split('.').take(2).collect::<Vec<_>>().join(".");
            let counted = self.written.entry(family).or_default();
            counted.0 += 1;
            let length = |bytes: &Option<Vec<u8>>| bytes.as_ref().map_or(0, Vec::len) as u64;
            counted.1 += length(&record.key) + length(&record.value);
        }
    }
}
