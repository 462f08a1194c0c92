//! Reads what the demonstration's processor has published: rows of every KPI topic, contacts, transfers. Edge.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::avro::schema::AvroRecord;
use crate::config::Settings;
use crate::config::typed::{ProcessorConfig, WorkerConfig};
use crate::domain::contact::{Contact, ContactKey};
use crate::domain::transfer::{Transfer, TransferKey};
use crate::embedded;
use crate::embedded::log::Log;
use crate::emit::row::RowRecord;
use crate::process::rows;
use crate::topology::record::topic;
use crate::window::row_key::RowTopic;

/// Where the topics are.
#[derive(Debug)]
pub enum Store {
    /// In the log of this process.
    InProcess(Log),
    /// On a broker.
    Broker(Box<WorkerConfig>),
}

/// What stands on the topics, newest of each key; names without the prefix.
#[derive(Debug, Default)]
pub struct Topics {
    /// KPI rows.
    pub rows: BTreeMap<String, Vec<RowRecord>>,
    /// Records of the other topics.
    pub others: BTreeMap<String, Vec<Value>>,
}

/// Reads all topics of the settings' processors.
///
/// # Errors
/// When the broker refuses, or a record cannot be read.
pub fn read(settings: &Settings, store: &Store) -> anyhow::Result<Topics> {
    let mut topics = Topics::default();
    for processor in &settings.processors {
        kpi_rows(processor, store, &mut topics)?;
        if processor.rules.contacts_topic {
            topics.others.insert(topic::CONTACTS.to_owned(), records::<ContactKey, Contact>(store, topic::CONTACTS)?);
        }
        if processor.rules.transfers_topic {
            let transfers = records::<TransferKey, Transfer>(store, topic::TRANSFERS)?;
            topics.others.insert(topic::TRANSFERS.to_owned(), transfers);
        }
    }
    Ok(topics)
}

fn kpi_rows(processor: &ProcessorConfig, store: &Store, topics: &mut Topics) -> anyhow::Result<()> {
    let config = &processor.rules;
    for topic in RowTopic::all(&config.families, &config.grains, &config.attribution) {
        let name = topic.name(config.attribution[0]);
        let read = match store {
            Store::InProcess(log) => embedded::rows::read(log, &name, topic.family)?,
            Store::Broker(worker) => rows::read(worker, &format!("{}{name}", worker.topic_prefix), topic.family)?,
        };
        topics.rows.insert(name, read.into_values().collect());
    }
    Ok(())
}

/// The newest record of each key of a topic, as JSON.
fn records<K: AvroRecord + Ord, V: AvroRecord + Serialize>(store: &Store, name: &str) -> anyhow::Result<Vec<Value>> {
    let newest: BTreeMap<K, V> = match store {
        Store::InProcess(log) => embedded::rows::records(log, name)?,
        Store::Broker(worker) => rows::records(worker, &format!("{}{name}", worker.topic_prefix))?,
    };
    Ok(newest.values().map(serde_json::to_value).collect::<Result<_, _>>()?)
}
