//! A task that has claimed its rows looks whether another pipeline claims one of them. Edge.

use super::broker::Ranges;
use super::completion::{overview, tasks_of};
use super::failure::TaskFailure;
use super::scene::Scene;
use crate::domain::progress::Room;
use crate::domain::range::OwnedRange;
use crate::topology::TopologyError;
use crate::topology::claims::Claims;
use crate::topology::setup::owned_range;

/// What the other pipelines of the topic prefix claim, as far as it is committed.
///
/// # Errors
/// As [`TaskFailure`] says.
pub fn claims_of_others(scene: &Scene, ranges: &impl Ranges, beat: &mut dyn FnMut()) -> Result<Claims, TaskFailure> {
    let mut claims = Claims::default();
    let topics = ranges.topics()?;
    for (topic, partitions) in topics.clone() {
        let rival = scene.names.rival(&topic);
        let shares_rows =
            |pipeline: &&str| !topics.iter().any(|(other, _)| scene.names.is_row_of_longer_prefix(other, pipeline));
        if let Some(pipeline) = rival.filter(shares_rows) {
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
    let begun = tasks.iter().find(|((room, _), progress)| *room == Room::Legs && progress.has_begun());
    if let Some((_, begun)) = begun {
        // One that began by other dates keeps them, and so do the others.
        let same = owned_range(begun) == Some(own);
        return if same { Ok(()) } else { Err(TopologyError::RangeChanged.into()) };
    }
    let claims = claims_of_others(scene, ranges, beat)?;
    let Some((pipeline, theirs)) = claims.overlapping(&own) else {
        return Ok(());
    };
    let (topic, pipeline) = (scene.names.progress_of(pipeline), pipeline.to_owned());
    Err(TopologyError::RangeTaken { own, pipeline, theirs, topic }.into())
}
