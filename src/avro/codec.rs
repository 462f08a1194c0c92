//! Reads and writes one record type, with a reader and a writer built once. Pure.

use std::marker::PhantomData;

use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::writer::datum::GenericDatumWriter;

use super::framing::{HEADER_BYTES, header, strip};
use super::plan::Plan;
use super::positional;
use super::reader;
use super::schema::{AvroRecord, schema_of};

/// Why bytes could not be read, or a record could not be written.
#[derive(Debug, thiserror::Error)]
pub enum AvroError {
    /// The bytes do not begin with the header of the expected schema.
    #[error("not a single-object {record}: the value begins with {begins}")]
    Frame {
        /// The expected record.
        record: &'static str,
        /// The first bytes, in hexadecimal.
        begins: String,
    },
    /// The body does not follow the schema.
    #[error("reading an Avro {record}")]
    Body {
        /// The expected record.
        record: &'static str,
        /// What the decoder said.
        #[source]
        source: Box<apache_avro::Error>,
    },
    /// Bytes are left over after the record.
    #[error("reading an Avro {record}: {left} bytes are left over")]
    Rest {
        /// The expected record.
        record: &'static str,
        /// How many.
        left: usize,
    },
    /// The record does not follow its schema.
    #[error("writing an Avro {record}")]
    Write {
        /// The record.
        record: &'static str,
        /// What the encoder said.
        #[source]
        source: Box<apache_avro::Error>,
    },
}

/// Reads and writes records of type `T`.
pub struct Codec<T> {
    writer: GenericDatumWriter<'static>,
    reader: GenericDatumReader<'static>,
    header: [u8; HEADER_BYTES],
    plan: Plan,
    record: PhantomData<fn() -> T>,
}

impl<T> std::fmt::Debug for Codec<T> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Codec({})", std::any::type_name::<T>())
    }
}

impl<T: AvroRecord> Default for Codec<T> {
    fn default() -> Self {
        let schema = schema_of::<T>();
        let invariant = "compiled-in schemas resolve, which a test shows for each";
        Codec {
            writer: GenericDatumWriter::builder(schema).human_readable(false).build().expect(invariant),
            reader: GenericDatumReader::builder(schema).human_readable(false).build().expect(invariant),
            header: header(schema),
            plan: Plan::of(schema),
            record: PhantomData,
        }
    }
}

impl<T: AvroRecord> Codec<T> {
    /// Appends the header and the body.
    ///
    /// # Errors
    /// [`AvroError::Write`] when the record does not follow its schema; `out` then ends in a part of it.
    pub fn write_framed(&self, record: &T, out: &mut Vec<u8>) -> Result<(), AvroError> {
        out.extend_from_slice(&self.header);
        self.write_body(record, out)
    }

    /// Header and body in a buffer of their own.
    ///
    /// # Errors
    /// [`AvroError::Write`] when the record does not follow its schema.
    pub fn framed(&self, record: &T) -> Result<Vec<u8>, AvroError> {
        let mut out = Vec::with_capacity(HEADER_BYTES + self.plan.likely_bytes());
        self.write_framed(record, &mut out)?;
        Ok(out)
    }

    /// Appends the body alone: the canonical form that contributions are partitioned by.
    ///
    /// # Errors
    /// [`AvroError::Write`] when the record does not follow its schema; `out` then ends in a part of it.
    pub fn write_body(&self, record: &T, out: &mut Vec<u8>) -> Result<(), AvroError> {
        let before = out.len();
        if positional::write(&self.plan, record, out).is_ok() {
            return Ok(());
        }
        out.truncate(before);
        let written = self.writer.write_ser(out, record);
        written.map(|_| ()).map_err(|source| AvroError::Write { record: T::NAME, source: Box::new(source) })
    }

    /// Reads a framed record.
    ///
    /// # Errors
    /// [`AvroError::Frame`], [`AvroError::Body`] or [`AvroError::Rest`]: the bytes are no such record.
    pub fn read_framed(&self, framed: &[u8]) -> Result<T, AvroError> {
        let body = strip(framed, &self.header).ok_or_else(|| AvroError::Frame {
            record: T::NAME,
            begins: framed.iter().take(HEADER_BYTES).map(|byte| format!("{byte:02x}")).collect(),
        })?;
        self.read_body(body)
    }

    /// Reads a record without a frame.
    ///
    /// # Errors
    /// [`AvroError::Body`] or [`AvroError::Rest`]: the bytes are no such record.
    pub fn read_body(&self, mut body: &[u8]) -> Result<T, AvroError> {
        let mut rest = body;
        if let Ok(record) = reader::read(&self.plan, &mut rest)
            && rest.is_empty()
        {
            return Ok(record);
        }
        let record = self
            .reader
            .read_deser(&mut body)
            .map_err(|source| AvroError::Body { record: T::NAME, source: Box::new(source) })?;
        if body.is_empty() { Ok(record) } else { Err(AvroError::Rest { record: T::NAME, left: body.len() }) }
    }
}

#[cfg(test)]
mod tests;
