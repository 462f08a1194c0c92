//! A task that has claimed its rows looks whether another pipeline claims one of them. Edge.

use super::broker::Ranges;
use super::completion::{overview, tasks_of};
use super::failure::TaskFailure;
use super::scene::Scene;
use crate::domain::progress::Room;
use crate::domain::range::OwnedRange;
use crate::topology::TopologyError;
use crate::topology::claims::Claims;

/// What the other pipelines of the topic prefix claim, as far as it is committed.
///
/// # Errors
/// As [`TaskFailure`] says.
pub fn claims_of_others(scene: &Scene, ranges: &impl Ranges, beat: &mut dyn FnMut()) -> Result<Claims, TaskFailure> {
    let mut claims = Claims::default();
    for (topic, partitions) in ranges.topics()? {
        if let Some(pipeline) = scene.names.rival(&topic) {
            let tasks = tasks_of(scene, ranges, (&topic, partitions), beat)?;
            claims.take(pipeline, tasks.iter().map(|((room, _), progress)| (*room, progress)));
        }
    }
    Ok(claims)
}

/// Refuses rows that another pipeline claims, by its name; unless another task of this pipeline has begun, and with it
/// shown that they are its own. Of two pipelines that claim them in the same moment both may be refused.
///
/// # Errors
/// [`TopologyError::RangeTaken`], or as [`TaskFailure`] says.
pub fn refuse_if_taken(
    scene: &Scene,
    ranges: &impl Ranges,
    own: OwnedRange,
    beat: &mut dyn FnMut(),
) -> Result<(), TaskFailure> {
    let tasks = overview(scene, ranges)?.tasks;
    if tasks.iter().any(|((room, _), progress)| *room == Room::Legs && progress.has_begun()) {
        return Ok(());
    }
    let claims = claims_of_others(scene, ranges, beat)?;
    let Some((pipeline, theirs)) = claims.overlapping(&own) else {
        return Ok(());
    };
    let (topic, pipeline) = (scene.names.progress_of(pipeline), pipeline.to_owned());
    Err(TopologyError::RangeTaken { own, pipeline, theirs, topic }.into())
}
