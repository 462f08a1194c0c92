//! Purges `contributions` behind the committed position of each intervals task of this process. Edge.

use std::collections::BTreeMap;
use std::time::Duration;

use super::scene::Scene;
use crate::domain::progress::Room;
use crate::kafka::topics::Topics;
use crate::runtime::shutdown::Shutdown;
use crate::topology::record::topic;

/// How often: each purge is one request, and the records are small.
const PURGE_INTERVAL: Duration = Duration::from_secs(30);

/// Purges until a stop is asked for. Failing to purge costs disk, never data, so it is logged and tried again.
pub fn run(scene: &Scene, mut topics: Topics, shutdown: &Shutdown) {
    let name = scene.names.topic(topic::CONTRIBUTIONS);
    let mut purged: BTreeMap<i32, i64> = BTreeMap::new();
    let mut waited = Duration::ZERO;
    let pause = Duration::from_millis(200);
    while !shutdown.requested() {
        if waited < PURGE_INTERVAL {
            std::thread::sleep(pause);
            waited += pause;
            continue;
        }
        waited = Duration::ZERO;
        let reports = scene.board.reports();
        let read: Vec<(i32, i64)> = reports
            .into_iter()
            .filter(|((room, _), _)| *room == Room::Intervals)
            .map(|((_, partition), report)| (partition, report.input_offset))
            .filter(|(partition, offset)| purged.get(partition).copied().unwrap_or(0) < *offset)
            .collect();
        if read.is_empty() {
            continue;
        }
        match topics.delete_before(&name, &read) {
            Ok(()) => purged.extend(read),
            Err(error) => {
                tracing::warn!(%error, "contributions not purged");
                // A client that heard of a partition without a leader goes on believing that for minutes.
                match Topics::new(&scene.worker) {
                    Ok(anew) => topics = anew,
                    Err(error) => tracing::debug!(%error, "making a client anew"),
                }
            }
        }
    }
}
