//! Where connectors stand, as Connect tells and sets it. Edge; every call blocks.

use serde_json::{Map, Value};

use super::entities::{ConnectorOffset, ConnectorOffsets};
use super::error::ConnectError;
use crate::config::Settings;
use crate::config::typed::{ProcessorConfig, SourceConfig, WorkerConfig};
use crate::domain::causes::causes;
use crate::domain::progress::Room;
use crate::extract::source_offset::SourceOffset;
use crate::kafka::bounds::Bounds;
use crate::kafka::error::KafkaFailure;
use crate::kafka::names::Names;
use crate::kafka::producer::TransactionalProducer;
use crate::kafka::reader::{input, read_range};
use crate::process::failure::TaskFailure;
use crate::process::over_kafka::KafkaRanges;
use crate::process::{completion, start};
use crate::publish::encode::{SourcePartition, StoredOffsets};
use crate::topology::record::{Produce, topic};
use crate::topology::task::Task;

/// What a processor's offsets are told to be when somebody wants to set them.
const USE_REPLAY: &str = "The offsets of a HandleTimeProcessor cannot be altered: its rows are made of what stands before them. \
                          Use `handletime replay` to make rows again from any day on";

/// Where a connector stands.
///
/// # Errors
/// 500 when Kafka does not tell.
pub fn read(worker: &WorkerConfig, settings: &Settings, name: &str) -> Result<ConnectorOffsets, ConnectError> {
    if let Some(source) = settings.sources.iter().find(|one| one.name == name) {
        return of_source(worker, source).map_err(|error| untold(&error));
    }
    match settings.processors.iter().find(|one| one.name == name) {
        Some(processor) => of_processor(worker, processor).map_err(|error| untold(&error)),
        None => Ok(ConnectorOffsets::default()),
    }
}

fn untold(error: &dyn std::error::Error) -> ConnectError {
    ConnectError::failed(format!("Kafka does not tell the offsets: {}; try again", causes(error)))
}

fn offsets_topic(worker: &WorkerConfig) -> String {
    Names::new(&worker.topic_prefix, "").topic(topic::OFFSETS)
}

/// A record: its key, and its value unless it removes one.
type Stored = (Vec<u8>, Option<Vec<u8>>);

/// All records of `offsets`, newest last.
fn stored(worker: &WorkerConfig) -> Result<Vec<Stored>, KafkaFailure> {
    let offsets = offsets_topic(worker);
    let group = format!("{}offsets", worker.topic_prefix);
    let bounds = Bounds::new(worker, &group)?;
    if bounds.partitions(&offsets)?.is_none() {
        return Ok(Vec::new());
    }
    let range = bounds.all(&offsets, 0)?;
    let mut records = Vec::new();
    read_range::<KafkaFailure>(worker, &bounds, &group, (&offsets, 0), range, &mut || {}, &mut |record| {
        let record = input(record);
        records.push((record.key.unwrap_or_default().to_vec(), record.value.map(<[u8]>::to_vec)));
        Ok(())
    })?;
    Ok(records)
}

fn of_source(worker: &WorkerConfig, source: &SourceConfig) -> Result<ConnectorOffsets, KafkaFailure> {
    let mut newest: std::collections::BTreeMap<String, Value> = std::collections::BTreeMap::new();
    for (key, value) in stored(worker)? {
        let Some(of) = SourcePartition::of_offset_key(&key) else { continue };
        if of.pipeline != source.pipeline || of.org_id != source.org_id {
            continue;
        }
        match value.and_then(|value| serde_json::from_slice(&value).ok()) {
            Some(offset) => drop(newest.insert(of.source_partition, offset)),
            None => drop(newest.remove(&of.source_partition)),
        }
    }
    let offsets = newest.into_iter().map(|(name, offset)| ConnectorOffset {
        partition: Some(partition_of(source, &name)),
        offset: offset.as_object().cloned(),
    });
    Ok(ConnectorOffsets { offsets: offsets.collect() })
}

fn partition_of(source: &SourceConfig, name: &str) -> Map<String, Value> {
    object([("org", source.org_id.as_str().into()), ("source_partition", name.into())])
}

/// As Connect tells those of sinks: the next offset of each partition of an input, as it stands in `progress`.
fn of_processor(worker: &WorkerConfig, processor: &ProcessorConfig) -> Result<ConnectorOffsets, TaskFailure> {
    let scene = start::scene(worker, processor);
    let bounds = Bounds::new(worker, &scene.names.group(Room::Legs))?;
    if bounds.partitions(&scene.names.topic(topic::PROGRESS))?.is_none() {
        return Ok(ConnectorOffsets::default());
    }
    let overview = completion::overview(&scene, &KafkaRanges { worker, bounds: &bounds })?;
    let offsets = overview.tasks.iter().map(|((room, partition), progress)| {
        let input = scene.names.topic(Task::input_topic(*room));
        let partition = [("kafka_topic", Value::from(input)), ("kafka_partition", (*partition).into())];
        let offset = [("kafka_offset", Value::from(progress.input_offset))];
        ConnectorOffset { partition: Some(object(partition)), offset: Some(object(offset)) }
    });
    Ok(ConnectorOffsets { offsets: offsets.collect() })
}

fn object<const N: usize>(pairs: [(&str, Value); N]) -> Map<String, Value> {
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// Sets where a source goes on, or forgets it: what is not named stays as it is. The source must be stopped: whoever runs it
/// all the same is fenced.
///
/// # Errors
/// 400 for what is no offset of this connector; 500 when Kafka does not take it.
pub fn alter(
    worker: &WorkerConfig,
    settings: &Settings,
    name: &str,
    offsets: &[ConnectorOffset],
) -> Result<(), ConnectError> {
    let Some(source) = settings.sources.iter().find(|one| one.name == name) else {
        return Err(ConnectError::bad_request(USE_REPLAY));
    };
    let wanted = offsets.iter().map(|offset| wanted(source, offset)).collect::<Result<Vec<_>, _>>()?;
    write(worker, source, &wanted)
        .map_err(|error| ConnectError::failed(format!("Kafka does not take the offsets: {error}; try again")))
}

/// Forgets where a source stands: it begins at `extract.start` again. What it reads once more is known to the processor by
/// its content, and is not counted twice.
///
/// # Errors
/// As [`alter`].
pub fn reset(worker: &WorkerConfig, settings: &Settings, name: &str) -> Result<(), ConnectError> {
    let known = read(worker, settings, name)?;
    let forgotten: Vec<ConnectorOffset> =
        known.offsets.into_iter().map(|known| ConnectorOffset { offset: None, ..known }).collect();
    alter(worker, settings, name, &forgotten)
}

/// A source partition, and its new offset.
fn wanted(source: &SourceConfig, offset: &ConnectorOffset) -> Result<(String, Option<String>), ConnectError> {
    let Some(partition) = &offset.partition else {
        return Err(ConnectError::bad_request("Partition objects cannot be null"));
    };
    let text = |key: &str| {
        partition.get(key).and_then(Value::as_str).ok_or_else(|| {
            ConnectError::bad_request(format!("Partition objects should contain the key '{key}' with a text"))
        })
    };
    let (org_id, name) = (text("org")?, text("source_partition")?);
    if org_id != source.org_id {
        let own = &source.org_id;
        return Err(ConnectError::bad_request(format!("The connector reads the organisation {own}, not {org_id}")));
    }
    let Some(offset) = &offset.offset else { return Ok((name.to_owned(), None)) };
    let json = Value::Object(offset.clone()).to_string();
    SourceOffset::from_json(&json).map_err(|error| {
        let text = format!("The offset of {name} is none that a GenesysSource writes: {}", causes(&error));
        ConnectError::bad_request(format!("{text}; take one that GET answers, and change its cursor"))
    })?;
    Ok((name.to_owned(), Some(json)))
}

fn write(
    worker: &WorkerConfig,
    source: &SourceConfig,
    wanted: &[(String, Option<String>)],
) -> Result<(), KafkaFailure> {
    let names = Names::new(&worker.topic_prefix, &source.pipeline);
    for (name, json) in wanted {
        // As the source itself: one that still runs is fenced.
        let id = names.source_transactional_id(&source.org_id, name);
        let producer = TransactionalProducer::take_over(worker, &id)?;
        producer.settle(&Bounds::new(worker, &id)?, &[(offsets_topic(worker), 0)], &mut || {})?;
        let of = SourcePartition {
            pipeline: source.pipeline.clone(),
            org_id: source.org_id.clone(),
            source_partition: name.clone(),
            connector: source.name.clone(),
        };
        let mut before = StoredOffsets::default();
        for (key, value) in stored(worker)? {
            before.take(&of, Some(&key), value.as_deref());
        }
        let value = json.as_ref().map(|json| with_kept(json, &before, &of)).transpose()?;
        let record = Produce {
            topic: topic::OFFSETS.to_owned(),
            partition: Some(0),
            key: Some(of.offset_key()),
            value,
            ..Produce::default()
        };
        producer.begin()?;
        producer.send(&[record], &|topic| names.topic(topic))?;
        producer.drain()?;
        producer.commit()?;
    }
    Ok(())
}

/// The offset with what the publisher keeps beside it, as that stands: it speaks of the log, not of the source.
fn with_kept(json: &str, before: &StoredOffsets, of: &SourcePartition) -> Result<Vec<u8>, KafkaFailure> {
    let refused = |cause: String| KafkaFailure::Refused { doing: "keeping the log's positions".to_owned(), cause };
    let (_, kept) = before.read(of).map_err(|error| refused(error.to_string()))?;
    let mut object: Map<String, Value> = serde_json::from_str(json).map_err(|error| refused(error.to_string()))?;
    let kept = serde_json::to_value(&kept).map_err(|error| refused(error.to_string()))?;
    object.extend(kept.as_object().cloned().unwrap_or_default());
    Ok(Value::Object(object).to_string().into_bytes())
}
