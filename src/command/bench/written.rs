//! What a processor has written: records and bytes by topic, before compression. Edge.

use std::collections::BTreeMap;

use serde::Serialize;

use super::broker::Stage;
use crate::kafka::bounds::Bounds;
use crate::kafka::error::KafkaFailure;
use crate::kafka::reader::{input, read_range};

/// Records of a topic, and the bytes of their keys and values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Written {
    /// Records.
    pub records: u64,
    /// Bytes.
    pub bytes: u64,
    /// Offsets at the log's beginning that were purged behind their reader; they are in neither number.
    pub purged: u64,
}

/// Everything that stands on the processor's topics, by their names without the prefix.
///
/// # Errors
/// As the broker says.
pub fn by_topic(stage: &Stage) -> anyhow::Result<BTreeMap<String, Written>> {
    let worker = &stage.scene.worker;
    let group = format!("{}bench", worker.topic_prefix);
    let bounds = Bounds::new(worker, &group)?;
    let mut all = BTreeMap::new();
    for name in stage.outputs() {
        let mut written = Written::default();
        for partition in 0..bounds.partitions(name)?.unwrap_or(0) {
            let range = bounds.all(name, partition)?;
            written.purged += range.0.unsigned_abs();
            read_range::<KafkaFailure>(worker, &bounds, &group, (name, partition), range, &mut || {}, &mut |record| {
                let record = input(record);
                written.records += 1;
                written.bytes += (record.key.map_or(0, <[u8]>::len) + record.value.map_or(0, <[u8]>::len)) as u64;
                Ok(())
            })?;
        }
        let short = name.strip_prefix(worker.topic_prefix.as_str()).unwrap_or(name);
        all.insert(short.to_owned(), written);
    }
    Ok(all)
}
