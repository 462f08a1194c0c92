//! Our side of a comparison with the platform, read from the broker's topics. Edge; blocks.

use chrono_tz::Tz;

use super::rows::{self, RowsError};
use crate::config::typed::{RulesConfig, WorkerConfig};
use crate::domain::causes::causes;
use crate::domain::range::RangeDates;
use crate::domain::time::TimeRange;
use crate::kafka::bounds::Bounds;
use crate::kafka::names::Names;
use crate::kafka::reader::{input, read_range};
use crate::reconcile::collect::{Collect, OurSide, Wanted};
use crate::reconcile::contract::{Processed, ReadOurs};
use crate::topology::record::topic;

/// Reads rows, legs, interactions and slices as they stand. Legs and interactions are read whole: what of them concerns
/// the range is kept.
///
/// # Errors
/// As [`RowsError`] says; a topic of rows that is missing is one, as there is nothing to compare then.
pub fn read(worker: &WorkerConfig, names: &Names, wanted: Wanted) -> Result<OurSide, RowsError> {
    let rows_topic = wanted.rows_topic();
    let mut all = Collect::new(wanted);
    if let Some(rows_topic) = rows_topic {
        // First, so that what is read afterwards has come at least so far.
        all.progress(&rows::records(worker, &names.topic(topic::PROGRESS))?);
        rows::each(worker, &names.topic(&rows_topic), |key, value| all.row(key, value))?;
        rows::each(worker, &names.topic(topic::LEGS), |key, value| all.leg(key, value))?;
    }
    let interactions = names.topic(topic::INTERACTIONS);
    rows::each(worker, &interactions, |key, value| all.interaction(key, value))?;
    begins(worker, &interactions, &mut all)?;
    rows::each(worker, &names.topic(topic::DEAD_LETTERS), |key, _| {
        all.dead_letter(key);
        Ok(())
    })?;
    rows::each(worker, &names.topic(topic::SLICES), |_, value| all.slice(value))?;
    Ok(all.finish())
}

/// Our side of a source's own comparisons.
#[derive(Debug)]
pub struct KafkaOurs {
    worker: WorkerConfig,
    names: Names,
    org_id: String,
    rules: Option<RulesConfig>,
}

impl KafkaOurs {
    /// That of an organisation; `rules` are those of the pipeline's processor, where the process knows it.
    #[must_use]
    pub fn new(worker: &WorkerConfig, names: Names, org_id: &str, rules: Option<RulesConfig>) -> KafkaOurs {
        KafkaOurs { worker: worker.clone(), names, org_id: org_id.to_owned(), rules }
    }
}

impl ReadOurs for KafkaOurs {
    fn zone(&self) -> Tz {
        self.rules.as_ref().map_or(Tz::UTC, |rules| rules.zone)
    }

    fn range(&self) -> RangeDates {
        self.rules.as_ref().map_or_else(RangeDates::default, |rules| rules.range)
    }

    fn processed(&self) -> Result<Processed, String> {
        if self.rules.is_none() {
            return Ok(Processed::NOTHING_TO_DO);
        }
        let all = rows::records(&self.worker, &self.names.topic(topic::PROGRESS)).map_err(|error| causes(&error))?;
        Ok(Processed::of(&all, &self.org_id))
    }

    fn read(&self, range: TimeRange) -> Result<OurSide, String> {
        let wanted = Wanted { org_id: self.org_id.clone(), range, rules: self.rules.clone() };
        read(&self.worker, &self.names, wanted).map_err(|error| causes(&error))
    }
}

/// Notes where retention has taken what each partition began with.
fn begins(worker: &WorkerConfig, topic: &str, all: &mut Collect) -> Result<(), RowsError> {
    let group = format!("{}report", worker.topic_prefix);
    let bounds = Bounds::new(worker, &group)?;
    for partition in 0..bounds.partitions(topic)?.unwrap_or(0) {
        let (first, end) = bounds.all(topic, partition)?;
        if first == 0 {
            continue;
        }
        // The first record with a value; commands have none.
        let mut noted = false;
        let range = (first, end);
        read_range::<RowsError>(worker, &bounds, &group, (topic, partition), range, &mut || {}, &mut |record| {
            let record = input(record);
            if noted || record.value.is_none() {
                return Ok(());
            }
            noted = true;
            all.begins_with(record.value).map_err(|error| RowsError::Unreadable {
                topic: topic.to_owned(),
                offset: record.offset,
                cause: causes(&error),
            })
        })?;
    }
    Ok(())
}
