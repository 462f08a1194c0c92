//! A record as the client takes it. Edge.

use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::BaseRecord;

use crate::topology::record::Produce;

/// The record, for the topic of this full name.
pub(super) fn base_record<'a>(record: &'a Produce, topic: &'a str) -> BaseRecord<'a, Vec<u8>, Vec<u8>> {
    let mut base = BaseRecord::to(topic);
    if let Some(partition) = record.partition {
        base = base.partition(partition);
    }
    if let Some(key) = &record.key {
        base = base.key(key);
    }
    if let Some(value) = &record.value {
        base = base.payload(value);
    }
    if let Some(timestamp) = record.timestamp {
        base = base.timestamp(timestamp);
    }
    if !record.headers.is_empty() {
        let headers = OwnedHeaders::new_with_capacity(record.headers.len());
        let headers = record.headers.iter().fold(headers, |headers, (name, value)| {
            headers.insert(Header { key: name.as_str(), value: Some(value.as_slice()) })
        });
        base = base.headers(headers);
    }
    base
}
