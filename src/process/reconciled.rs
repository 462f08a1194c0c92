//! Publishes comparisons that no source publishes, and says how far a source has read. Edge; blocks.

use std::collections::BTreeMap;

use super::rows::{self, RowsError};
use crate::avro::Codec;
use crate::config::typed::WorkerConfig;
use crate::domain::reconciliation::Reconciliation;
use crate::domain::watermark::Watermark;
use crate::kafka::error::KafkaFailure;
use crate::kafka::names::Names;
use crate::kafka::producer::TransactionalProducer;
use crate::publish::encode::ReconciliationEncoder;
use crate::topology::record::topic;

/// The newest watermark of each source partition of an organisation.
///
/// # Errors
/// As [`RowsError`] says.
pub fn watermarks(worker: &WorkerConfig, names: &Names, org_id: &str) -> Result<Vec<Watermark>, RowsError> {
    let codec = Codec::<Watermark>::default();
    let mut newest: BTreeMap<String, Watermark> = BTreeMap::new();
    rows::each(worker, &names.topic(topic::WATERMARKS), |_, value| {
        let Some(value) = value else { return Ok(()) };
        let watermark = codec.read_framed(value)?;
        if watermark.org_id == org_id {
            newest.insert(watermark.source_partition.clone(), watermark);
        }
        Ok(())
    })?;
    // A plan that was replaced says nothing any more.
    let generation = newest.values().map(|one| one.plan_generation).max();
    Ok(newest.into_values().filter(|one| Some(one.plan_generation) == generation).collect())
}

/// Publishes all records in one transaction.
///
/// # Errors
/// As [`KafkaFailure`] says; none of them is visible then.
pub fn publish(
    worker: &WorkerConfig,
    names: &Names,
    org_id: &str,
    records: &[Reconciliation],
) -> Result<(), KafkaFailure> {
    if records.is_empty() {
        return Ok(());
    }
    let encoder = ReconciliationEncoder::default();
    let produced: Result<Vec<_>, _> = records.iter().map(|record| encoder.record(record)).collect();
    let produced = produced.map_err(|error| KafkaFailure::Refused {
        doing: "writing a comparison".to_owned(),
        cause: error.to_string(),
    })?;
    let producer = TransactionalProducer::take_over(worker, &names.reconcile_transactional_id(org_id))?;
    producer.begin()?;
    producer.send(&produced, &|topic| names.topic(topic))?;
    producer.drain()?;
    producer.commit()
}
