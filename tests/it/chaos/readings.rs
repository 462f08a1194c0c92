//! Edge: every committed record of `interactions` beside what the platform has, and how often it was asked for it.

use std::collections::BTreeMap;

use handletime::avro::Codec;
use handletime::domain::interaction::Interaction;
use handletime::domain::time::InstantMs;
use handletime::simulate::row::id_text;
use handletime::simulate::world::World;

use crate::support::settings::Settings;
use crate::support::simulator::Asked;
use crate::support::topics::{Isolation, each_to_end};

/// How many faults are told.
const TOLD: usize = 20;

/// What was read of one interaction.
#[derive(Clone, Copy, Debug, Default)]
struct Read {
    start: InstantMs,
    times: usize,
    /// Readings with another content than the one before.
    changes: usize,
    version: InstantMs,
    hash: i64,
}

/// What the topic holds.
#[derive(Clone, Copy, Debug)]
pub struct Readings {
    pub interactions: usize,
    pub records: usize,
    /// Readings that say something else than the one before.
    pub corrections: usize,
}

/// How often the platform was asked for which instants.
struct Queries {
    begins: Vec<InstantMs>,
    ends: Vec<InstantMs>,
}

impl Queries {
    /// A query, of however many pages, serves an interaction once.
    fn of_requests(asked: &[Asked]) -> Self {
        let first_pages = || asked.iter().filter(|asked| asked.is_for_data() && !asked.page_token);
        let (mut begins, mut ends): (Vec<_>, Vec<_>) =
            first_pages().filter_map(|asked| Some((asked.from?, asked.to?))).unzip();
        begins.sort_unstable();
        ends.sort_unstable();
        Self { begins, ends }
    }

    /// Queries for a range with this instant in it.
    fn of(&self, at: InstantMs) -> usize {
        let begun = self.begins.partition_point(|begin| *begin <= at);
        begun - self.ends.partition_point(|end| *end < at)
    }
}

/// Looks at every record.
///
/// # Panics
/// When an interaction of the platform is missing, one is there that the platform does not have or more often than it
/// was asked for, or an older reading stands behind a newer one.
pub fn assert_readings(settings: &Settings, world: &World, asked: &[Asked]) -> Readings {
    let codec = Codec::<Interaction>::default();
    let topic = settings.topic("interactions");
    let mut read: BTreeMap<String, Read> = BTreeMap::new();
    let mut newest: BTreeMap<i32, InstantMs> = BTreeMap::new();
    let mut broken = Vec::new();
    let mut readings = Readings { interactions: 0, records: 0, corrections: 0 };
    each_to_end(settings.bootstrap_servers(), &topic, Isolation::ReadCommitted, |record| {
        let at = format!("{topic} {} {}", record.partition, record.offset);
        let value = record.value.unwrap_or_else(|| panic!("{at} has no value"));
        let interaction = codec.read_framed(&value).unwrap_or_else(|error| panic!("{at}: {error}"));
        let key = String::from_utf8(record.key.unwrap_or_default()).unwrap_or_else(|error| panic!("{at}: {error}"));
        readings.records += 1;
        // One source reads, page by page, and each page is newer than all before it: whoever was replaced is silent.
        let newest = newest.entry(record.partition).or_insert(interaction.version);
        if interaction.version < *newest {
            broken.push(format!("{at}: version {} behind {newest}", interaction.version));
        }
        *newest = interaction.version.max(*newest);
        let known = read.entry(key).or_default();
        if 0 < known.times && known.version == interaction.version {
            broken.push(format!("{at}: one page holds {} twice", interaction.interaction_id));
        }
        if 0 < known.times && known.hash != interaction.content_hash {
            known.changes += 1;
        }
        known.times += 1;
        (known.start, known.version, known.hash) = (interaction.start, interaction.version, interaction.content_hash);
    });
    let queries = Queries::of_requests(asked);
    let mut missing = 0;
    for row in world.rows(world.range(), None) {
        let Some(known) = read.remove(&id_text(row.id)) else {
            missing += 1;
            broken.push(format!("{} is lost", id_text(row.id)));
            continue;
        };
        readings.interactions += 1;
        readings.corrections += known.changes;
        let served = queries.of(known.start);
        if served < known.times {
            broken.push(format!("{} stands {} times and was asked for {served} times", id_text(row.id), known.times));
        }
    }
    broken.extend(read.keys().map(|id| format!("{id} is no interaction of the platform")));
    assert!(
        broken.is_empty(),
        "{} faults in {readings:?}, {missing} of them losses:\n  {}",
        broken.len(),
        broken.iter().take(TOLD).map(String::as_str).collect::<Vec<_>>().join("\n  ")
    );
    readings
}
