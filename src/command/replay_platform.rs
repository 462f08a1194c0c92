//! Reads the platform again for a replay: the ordinary source, whose pages stay in memory. Edge.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;

use crate::avro::Codec;
use crate::config::typed::SourceConfig;
use crate::domain::interaction::Interaction;
use crate::domain::time::InstantMs;
use crate::extract::task::SourceTask;
use crate::publish::contract::{Claimed, Publication, Publish, PublishError};
use crate::runtime::shutdown::Shutdown;
use crate::topology::record::{Produce, topic};

/// How often the source is asked whether it is done.
const LOOK_INTERVAL: Duration = Duration::from_millis(200);

/// Takes what a source would publish; watermarks and source offsets are of no use to a replay.
#[derive(Clone, Default)]
struct Collector {
    records: Arc<Mutex<Vec<Produce>>>,
}

impl Publish for Collector {
    fn claim(&mut self) -> Result<Claimed, PublishError> {
        Ok(Claimed::default())
    }

    fn publish(&mut self, publication: &Publication) -> Result<(), PublishError> {
        let codec = Codec::<Interaction>::default();
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        for interaction in &publication.interactions {
            let value = codec.framed(interaction).map_err(|error| PublishError::Fatal(error.to_string()))?;
            records.push(Produce {
                topic: topic::INTERACTIONS.to_owned(),
                key: Some(interaction.interaction_id.clone().into_bytes()),
                value: Some(value),
                ..Produce::default()
            });
        }
        Ok(())
    }
}

/// Everything that the source's platform says of interactions that start in `[from, to)`.
///
/// # Errors
/// When the platform refuses, or a slice of the range could not be read.
pub async fn read(source: &SourceConfig, from: InstantMs, to: InstantMs) -> anyhow::Result<Vec<Produce>> {
    let config = SourceConfig {
        extract_start: from.max(source.extract_start),
        extract_end: Some(to),
        // All of it is as old as it gets.
        revisit_ms: Vec::new(),
        ..source.clone()
    };
    let collector = Collector::default();
    let task = SourceTask::new(&config, Box::new(collector.clone()))?;
    let (progress, shutdown) = (task.progress(), Shutdown::default());
    let mut running = std::pin::pin!(task.run(shutdown.clone()));
    loop {
        tokio::select! {
            ended = &mut running => {
                ended.context("reading the platform")?;
                break;
            }
            () = tokio::time::sleep(LOOK_INTERVAL) => {
                if progress.snapshot().complete {
                    shutdown.trigger();
                }
            }
        }
    }
    let read = progress.snapshot();
    anyhow::ensure!(read.complete, "the platform could not be read whole");
    anyhow::ensure!(read.slices_failed == 0, "{} slices could not be read; try again later", read.slices_failed);
    Ok(std::mem::take(&mut *collector.records.lock().unwrap_or_else(PoisonError::into_inner)))
}
