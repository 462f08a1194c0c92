//! The broker of a measurement: whether it is there, and its topics before and after. Edge.

use anyhow::Context;

use super::arguments::{PREFIX, Written};
use crate::kafka::error::KafkaFailure;
use crate::kafka::topics::{TopicSpec, Topics};
use crate::process::scene::Scene;
use crate::process::start;
use crate::runtime::shutdown::Shutdown;
use crate::topology::record::topic;

/// The topics that a source writes: kept from run to run.
const OF_THE_SOURCE: [&str; 2] = [topic::INTERACTIONS, topic::WATERMARKS];

/// The topics of one measurement.
#[derive(Debug)]
pub struct Stage {
    /// Surroundings like the processor's.
    pub scene: Scene,
    topics: Topics,
    specs: Vec<TopicSpec>,
    keep: bool,
}

impl Stage {
    /// Empty topics on the broker; those of an earlier measurement are deleted.
    ///
    /// # Errors
    /// When no broker answers, with the way to have one, or it refuses.
    pub fn new(written: &Written, keep: bool) -> anyhow::Result<Stage> {
        let worker = &written.settings.worker;
        let config = written.settings.processors.first().context("a measurement has a processor")?;
        let scene = start::scene(worker, config);
        let topics = Topics::new(worker)?;
        let answered = topics.existing();
        if let Err(KafkaFailure::Transient { cause, .. }) = &answered {
            let at = &worker.bootstrap_servers;
            anyhow::bail!(
                "no Kafka broker answers at {at}: {cause}; name yours with --bootstrap-servers, or start one, for example \
                 with `docker run --rm -p 9092:9092 apache/kafka:4.3.1`"
            );
        }
        answered?;
        let stage = Stage { specs: start::topics_of(&scene), scene, topics, keep };
        stage.delete(|_| true)?;
        stage.create()?;
        Ok(stage)
    }

    /// Empties everything that a processor writes; what a source wrote stays.
    ///
    /// # Errors
    /// As the broker says.
    pub fn reset(&self) -> anyhow::Result<()> {
        let of_the_source = OF_THE_SOURCE.map(|name| self.scene.names.topic(name));
        self.delete(|name| !of_the_source.iter().any(|kept| kept == name))?;
        self.create()
    }

    /// The topics that a processor writes, by their full names.
    pub fn outputs(&self) -> impl Iterator<Item = &str> {
        let of_the_source = OF_THE_SOURCE.map(|name| self.scene.names.topic(name));
        let names = self.specs.iter().map(|spec| spec.name.as_str());
        names.filter(move |name| !of_the_source.iter().any(|other| other == name))
    }

    /// Deletes the topics, unless they are to be kept.
    ///
    /// # Errors
    /// As the broker says.
    pub fn leave(self) -> anyhow::Result<()> {
        if self.keep {
            println!("the topics are left, beginning with {PREFIX}");
            return Ok(());
        }
        self.delete(|_| true)
    }

    fn create(&self) -> anyhow::Result<()> {
        start::ensure_topics(&self.scene.worker, &self.specs, &Shutdown::default())?;
        Ok(())
    }

    fn delete(&self, which: impl Fn(&str) -> bool) -> anyhow::Result<()> {
        let existing = self.topics.existing()?;
        let ours = existing.keys().map(String::as_str).filter(|name| name.starts_with(PREFIX) && which(name));
        Ok(self.topics.delete(&ours.collect::<Vec<&str>>())?)
    }
}
