//! Counts the dead letters of connectors, for the exit status of a run that is complete. Edge.

use std::collections::BTreeMap;

use super::failure::TaskFailure;
use super::scene::Scene;
use crate::domain::progress::Room;
use crate::kafka::bounds::Bounds;
use crate::kafka::reader::{header_of, read_range};
use crate::topology::record::topic;

/// Dead letters by reason that these connectors wrote and retention has left.
///
/// # Errors
/// As [`TaskFailure`] says.
pub fn by_reason(scene: &Scene, bounds: &Bounds, connectors: &[&str]) -> Result<BTreeMap<String, u64>, TaskFailure> {
    let full = scene.names.topic(topic::DEAD_LETTERS);
    let group = scene.names.group(Room::Legs);
    let mut counts = BTreeMap::new();
    for partition in 0..bounds.partitions(&full)?.unwrap_or(0) {
        let range = bounds.all(&full, partition)?;
        read_range::<TaskFailure>(
            &scene.worker,
            bounds,
            &group,
            (&full, partition),
            range,
            &mut || {},
            &mut |record| {
                let ours = header_of(record, "__connect.errors.connector.name");
                if ours.is_some_and(|name| connectors.contains(&name.as_str())) {
                    let reason = header_of(record, "handletime.reason").unwrap_or_else(|| "unknown".to_owned());
                    *counts.entry(reason).or_insert(0) += 1;
                }
                Ok(())
            },
        )?;
    }
    Ok(counts)
}
