//! Reads and writes keys and rows of every KPI topic; the record follows from the topic's family. Pure.

use crate::avro::{AvroError, Codec};
use crate::domain::agent_row::{AgentInterval, AgentIntervalKey};
use crate::domain::custom_row::{CustomInterval, CustomIntervalKey};
use crate::domain::family::Family;
use crate::domain::org_row::{OrgInterval, OrgIntervalKey};
use crate::domain::row::{QueueInterval, QueueIntervalKey};
use crate::emit::row::RowRecord;
use crate::window::row_key::KeyRecord;

/// The codecs of all KPI topics.
#[derive(Debug, Default)]
pub struct RowCodecs {
    queue: (Codec<QueueIntervalKey>, Codec<QueueInterval>),
    agent: (Codec<AgentIntervalKey>, Codec<AgentInterval>),
    org: (Codec<OrgIntervalKey>, Codec<OrgInterval>),
    custom: (Codec<CustomIntervalKey>, Codec<CustomInterval>),
}

impl RowCodecs {
    /// Appends a key without a frame: its canonical form, by which rows are partitioned.
    ///
    /// # Errors
    /// When it does not follow its schema.
    pub fn write_key(&self, key: &KeyRecord, out: &mut Vec<u8>) -> Result<(), AvroError> {
        match key {
            KeyRecord::Queue(key) => self.queue.0.write_body(key, out),
            KeyRecord::Agent(key) => self.agent.0.write_body(key, out),
            KeyRecord::Org(key) => self.org.0.write_body(key, out),
            KeyRecord::Custom(key) => self.custom.0.write_body(key, out),
        }
    }

    /// Reads [`RowCodecs::write_key`]'s bytes.
    ///
    /// # Errors
    /// When they are not such.
    pub fn read_key(&self, family: Family, body: &[u8]) -> Result<KeyRecord, AvroError> {
        Ok(match family {
            Family::Queue => KeyRecord::Queue(self.queue.0.read_body(body)?),
            Family::Agent | Family::AgentTotal => KeyRecord::Agent(self.agent.0.read_body(body)?),
            Family::Org | Family::OrgTotal => KeyRecord::Org(self.org.0.read_body(body)?),
            Family::Custom => KeyRecord::Custom(self.custom.0.read_body(body)?),
        })
    }

    /// A key with its frame.
    ///
    /// # Errors
    /// When it does not follow its schema.
    pub fn framed_key(&self, key: &KeyRecord) -> Result<Vec<u8>, AvroError> {
        match key {
            KeyRecord::Queue(key) => self.queue.0.framed(key),
            KeyRecord::Agent(key) => self.agent.0.framed(key),
            KeyRecord::Org(key) => self.org.0.framed(key),
            KeyRecord::Custom(key) => self.custom.0.framed(key),
        }
    }

    /// Reads a key with its frame.
    ///
    /// # Errors
    /// When the bytes are not such.
    pub fn read_framed_key(&self, family: Family, bytes: &[u8]) -> Result<KeyRecord, AvroError> {
        Ok(match family {
            Family::Queue => KeyRecord::Queue(self.queue.0.read_framed(bytes)?),
            Family::Agent | Family::AgentTotal => KeyRecord::Agent(self.agent.0.read_framed(bytes)?),
            Family::Org | Family::OrgTotal => KeyRecord::Org(self.org.0.read_framed(bytes)?),
            Family::Custom => KeyRecord::Custom(self.custom.0.read_framed(bytes)?),
        })
    }

    /// A row with its frame.
    ///
    /// # Errors
    /// When it does not follow its schema.
    pub fn framed_row(&self, row: &RowRecord) -> Result<Vec<u8>, AvroError> {
        match row {
            RowRecord::Queue(row) => self.queue.1.framed(row),
            RowRecord::Agent(row) => self.agent.1.framed(row),
            RowRecord::Org(row) => self.org.1.framed(row),
            RowRecord::Custom(row) => self.custom.1.framed(row),
        }
    }

    /// Reads a row with its frame.
    ///
    /// # Errors
    /// When the bytes are not such.
    pub fn read_framed_row(&self, family: Family, bytes: &[u8]) -> Result<RowRecord, AvroError> {
        Ok(match family {
            Family::Queue => RowRecord::Queue(Box::new(self.queue.1.read_framed(bytes)?)),
            Family::Agent | Family::AgentTotal => RowRecord::Agent(Box::new(self.agent.1.read_framed(bytes)?)),
            Family::Org | Family::OrgTotal => RowRecord::Org(Box::new(self.org.1.read_framed(bytes)?)),
            Family::Custom => RowRecord::Custom(Box::new(self.custom.1.read_framed(bytes)?)),
        })
    }
}
