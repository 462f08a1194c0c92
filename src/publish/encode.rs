//! A publication as records: first what is published, then what speaks of its offsets. Pure.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::contract::{Claimed, Publication, PublishError, Request};
use crate::avro::{AvroError, Codec};
use crate::domain::dead_letter::DeadLetter;
use crate::domain::interaction::Interaction;
use crate::domain::reconciliation::{Reconciliation, ReconciliationKey};
use crate::domain::reference::{Reference, ReferenceKey};
use crate::domain::slice::SliceStatus;
use crate::domain::time::TimeRange;
use crate::domain::watermark::Watermark;
use crate::topology::record::{Produce, topic};

/// What a publisher keeps in the source offset, beside the source's own fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Kept {
    /// Next offset of each partition of `interactions`, as of the last committed transaction.
    pub interactions_offsets: Vec<i64>,
    /// How often this source partition was claimed: tells a source that was taken over from one that was only late.
    pub claims: i64,
}

/// The fields of [`Kept`] in the stored object.
const KEPT: [&str; 2] = ["interactions_offsets", "claims"];

/// What a publisher publishes for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcePartition {
    /// `pipeline.name`.
    pub pipeline: String,
    /// `genesys.org.id`.
    pub org_id: String,
    /// What is read, as in `Watermark::source_partition`.
    pub source_partition: String,
    /// The connector's name, for the headers of dead letters.
    pub connector: String,
}

impl SourcePartition {
    /// Key of the source offset, in the form that Kafka Connect writes.
    ///
    /// WARNING: a source finds its offset by these bytes. The connector's name is not in them, so that a renamed
    /// connector goes on where it was.
    #[must_use]
    pub fn offset_key(&self) -> Vec<u8> {
        let partition = serde_json::json!({ "org": self.org_id, "source_partition": self.source_partition });
        serde_json::json!([self.pipeline, partition]).to_string().into_bytes()
    }

    /// The source partition whose offset stands under a key, if it is of the same pipeline and organisation.
    #[must_use]
    pub fn named_by(&self, key: &[u8]) -> Option<String> {
        let of = SourcePartition::of_offset_key(key)?;
        (of.pipeline == self.pipeline && of.org_id == self.org_id).then_some(of.source_partition)
    }

    /// What an offset key speaks of; `None` for any other key. The connector is not in it.
    #[must_use]
    pub fn of_offset_key(key: &[u8]) -> Option<SourcePartition> {
        let (pipeline, partition): (String, Map<String, Value>) = serde_json::from_slice(key).ok()?;
        let text = |field: &str| partition.get(field).and_then(Value::as_str).map(str::to_owned);
        let (org_id, source_partition) = (text("org")?, text("source_partition")?);
        let of = SourcePartition { pipeline, org_id, source_partition, connector: String::new() };
        Some(of).filter(|of| of.offset_key() == key)
    }

    /// Key of the newest request to read held ranges again; it stands beside the source offset.
    ///
    /// WARNING: a source finds what was asked of it by these bytes.
    #[must_use]
    pub fn request_key(&self) -> Vec<u8> {
        let partition =
            serde_json::json!({ "org": self.org_id, "request": "retry", "source_partition": self.source_partition });
        serde_json::json!([self.pipeline, partition]).to_string().into_bytes()
    }
}

/// The newest source offsets of a pipeline and organisation, each taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredOffsets(BTreeMap<String, Vec<u8>>);

impl StoredOffsets {
    /// Takes a record of `offsets`, in their order; a tombstone is an offset that was removed.
    pub fn take(&mut self, of: &SourcePartition, key: Option<&[u8]>, value: Option<&[u8]>) {
        let Some(name) = key.and_then(|key| of.named_by(key)) else { return };
        match value {
            Some(value) => drop(self.0.insert(name, value.to_vec())),
            None => drop(self.0.remove(&name)),
        }
    }

    /// The source partition's own offset and what is kept with it, and the others' offsets. One that has none is kept
    /// with the furthest position that any of the others speaks of: what they published lies before it.
    ///
    /// # Errors
    /// As [`read_offset`] says.
    pub fn read(&self, of: &SourcePartition) -> Result<(Claimed, Kept), PublishError> {
        let (mut claimed, mut kept) = (Claimed::default(), Kept::default());
        for (name, stored) in &self.0 {
            let (offset, found) = read_offset(stored)?;
            if *name == of.source_partition {
                claimed.offset = Some(offset);
                kept.claims = found.claims;
                kept.interactions_offsets = found.interactions_offsets;
            } else {
                claimed.others.insert(name.clone(), offset);
            }
        }
        if claimed.offset.is_none() {
            for stored in self.0.values() {
                let (_, found) = read_offset(stored)?;
                kept.interactions_offsets
                    .resize(found.interactions_offsets.len().max(kept.interactions_offsets.len()), 0);
                let positions = kept.interactions_offsets.iter_mut().zip(found.interactions_offsets);
                positions.for_each(|(kept, found)| *kept = (*kept).max(found));
            }
        }
        Ok((claimed, kept))
    }
}

/// Writes publications as records.
#[derive(Debug, Default)]
pub struct Encoder {
    interaction: Codec<Interaction>,
    slice: Codec<SliceStatus>,
    watermark: Codec<Watermark>,
    reference_key: Codec<ReferenceKey>,
    reference: Codec<Reference>,
    reconciliation: ReconciliationEncoder,
}

/// Writes comparisons as records.
#[derive(Debug, Default)]
pub struct ReconciliationEncoder {
    key: Codec<ReconciliationKey>,
    value: Codec<Reconciliation>,
}

impl ReconciliationEncoder {
    /// A comparison.
    ///
    /// # Errors
    /// When it does not follow its schema.
    pub fn record(&self, record: &Reconciliation) -> Result<Produce, AvroError> {
        Ok(Produce {
            topic: topic::RECONCILIATION.to_owned(),
            key: Some(self.key.framed(&record.key())?),
            value: Some(self.value.framed(record)?),
            ..Produce::default()
        })
    }
}

impl Encoder {
    /// Interactions, dead letters, the slice status, names and comparisons.
    ///
    /// # Errors
    /// When a record does not follow its schema.
    pub fn data(&self, publication: &Publication, of: &SourcePartition) -> Result<Vec<Produce>, AvroError> {
        let mut records = Vec::with_capacity(publication.interactions.len() + publication.dead_letters.len() + 1);
        for interaction in &publication.interactions {
            records.push(Produce {
                topic: topic::INTERACTIONS.to_owned(),
                key: Some(interaction.interaction_id.clone().into_bytes()),
                value: Some(self.interaction.framed(interaction)?),
                ..Produce::default()
            });
        }
        records.extend(publication.dead_letters.iter().map(|letter| dead_letter(letter, of)));
        if let Some(slice) = &publication.slice {
            let key = format!(
                "{}|{}|{}|{}|{}",
                of.pipeline, slice.org_id, slice.source_partition, slice.from, slice.revisit_ms
            );
            records.push(Produce {
                topic: topic::SLICES.to_owned(),
                key: Some(key.into_bytes()),
                value: Some(self.slice.framed(slice)?),
                ..Produce::default()
            });
        }
        for (kind, reference) in &publication.reference {
            let key = ReferenceKey { org_id: reference.org_id.clone(), id: reference.id.clone() };
            records.push(Produce {
                topic: topic::reference(*kind),
                partition: Some(0),
                key: Some(self.reference_key.framed(&key)?),
                value: Some(self.reference.framed(reference)?),
                ..Produce::default()
            });
        }
        for reconciliation in &publication.reconciliations {
            records.push(self.reconciliation.record(reconciliation)?);
        }
        Ok(records)
    }

    /// Reads a value of `reference.*` of this organisation; `None` for another's.
    ///
    /// # Errors
    /// When it is no such record.
    pub fn read_reference(&self, value: &[u8], of: &SourcePartition) -> Result<Option<Reference>, AvroError> {
        let reference = self.reference.read_framed(value)?;
        Ok(Some(reference).filter(|reference| reference.org_id == of.org_id))
    }

    /// Watermark and source offset; `kept` speaks of the partitions of `interactions` after the data.
    ///
    /// # Errors
    /// When a record does not follow its schema, or the source offset is not a JSON object.
    pub fn positions(
        &self,
        publication: &Publication,
        of: &SourcePartition,
        kept: &Kept,
    ) -> Result<Vec<Produce>, PublishError> {
        let mut records = Vec::with_capacity(2);
        if let Some(watermark) = &publication.watermark {
            let mut watermark = watermark.clone();
            watermark.interactions_offsets.clone_from(&kept.interactions_offsets);
            let framed = self.watermark.framed(&watermark).map_err(|error| PublishError::Fatal(error.to_string()))?;
            records.push(Produce {
                topic: topic::WATERMARKS.to_owned(),
                partition: Some(0),
                key: Some(watermark.source_partition.into_bytes()),
                value: Some(framed),
                ..Produce::default()
            });
        }
        let mut offset: Map<String, Value> = serde_json::from_str(&publication.offset)
            .map_err(|error| PublishError::Fatal(format!("the source offset is not a JSON object: {error}")))?;
        offset.insert(KEPT[0].to_owned(), kept.interactions_offsets.clone().into());
        offset.insert(KEPT[1].to_owned(), kept.claims.into());
        records.push(Produce {
            topic: topic::OFFSETS.to_owned(),
            partition: Some(0),
            key: Some(of.offset_key()),
            value: Some(Value::Object(offset).to_string().into_bytes()),
            ..Produce::default()
        });
        Ok(records)
    }
}

#[derive(serde::Serialize, serde::Deserialize)]
struct StoredRequest {
    ranges: Vec<TimeRange>,
    // A version before this one knows none, and leaves it alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    lost: Vec<TimeRange>,
}

/// A request as it is stored under [`SourcePartition::request_key`].
///
/// # Panics
/// Never: numbers always serialize.
#[must_use]
pub fn request_value(request: &Request) -> Vec<u8> {
    let Request { ranges, lost, .. } = request.clone();
    serde_json::to_vec(&StoredRequest { ranges, lost }).expect("numbers always serialize")
}

/// Reads a stored request; `offset` is its record's. `None` when it is not one, or was taken back.
#[must_use]
pub fn read_request(offset: i64, stored: Option<&[u8]>) -> Option<Request> {
    let StoredRequest { ranges, lost } = serde_json::from_slice(stored?).ok()?;
    Some(Request { number: offset + 1, ranges, lost })
}

/// Takes a stored source offset apart: the source's own part, and the publisher's.
///
/// # Errors
/// When it is not what [`Encoder::positions`] writes.
pub fn read_offset(stored: &[u8]) -> Result<(String, Kept), PublishError> {
    let broken =
        |why: &dyn std::fmt::Display| PublishError::Fatal(format!("the stored source offset cannot be read: {why}"));
    let kept: Kept = serde_json::from_slice(stored).map_err(|error| broken(&error))?;
    let mut offset: Map<String, Value> = serde_json::from_slice(stored).map_err(|error| broken(&error))?;
    KEPT.iter().for_each(|field| drop(offset.remove(*field)));
    Ok((Value::Object(offset).to_string(), kept))
}

fn dead_letter(letter: &DeadLetter, of: &SourcePartition) -> Produce {
    let header = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
    Produce {
        topic: topic::DEAD_LETTERS.to_owned(),
        key: letter.key.clone(),
        value: letter.value.clone(),
        headers: vec![
            header("__connect.errors.connector.name", &of.connector),
            header("__connect.errors.task.id", "0"),
            header("__connect.errors.stage", "TASK_POLL"),
            header("__connect.errors.class.name", "handletime.GenesysSource"),
            header("__connect.errors.exception.class.name", &letter.reason),
            header("__connect.errors.exception.message", &letter.rule),
            header("handletime.reason", &letter.reason),
            header("handletime.rule", &letter.rule),
            header("handletime.origin", &letter.origin),
        ],
        ..Produce::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_offset_reads_back_with_the_offsets_of_interactions_beside_it() {
        let of = SourcePartition {
            pipeline: "default".into(),
            org_id: "acme".into(),
            source_partition: "interaction-details".into(),
            connector: "genesys".into(),
        };
        let publication = Publication { offset: r#"{"cursor":7}"#.into(), ..Publication::default() };
        let kept = Kept { interactions_offsets: vec![3, 0], claims: 2 };
        let records = Encoder::default().positions(&publication, &of, &kept).unwrap();
        let key = String::from_utf8(records[0].key.clone().unwrap()).unwrap();
        assert_eq!(key, r#"["default",{"org":"acme","source_partition":"interaction-details"}]"#);
        assert_eq!(of.named_by(key.as_bytes()).as_deref(), Some("interaction-details"));
        let elsewhere = SourcePartition { org_id: "other".into(), ..of.clone() };
        assert_eq!((elsewhere.named_by(key.as_bytes()), of.named_by(b"[\"other\",{}]")), (None, None));
        let (offset, read) = read_offset(records[0].value.as_deref().unwrap()).unwrap();
        assert_eq!((offset.as_str(), read), (r#"{"cursor":7}"#, kept));
        assert!(matches!(read_offset(b"{}"), Err(PublishError::Fatal(_))));
    }

    #[test]
    fn a_source_partition_without_an_offset_is_told_the_others_and_goes_on_behind_what_they_published() {
        let of = |name: &str| SourcePartition {
            pipeline: "default".into(),
            org_id: "acme".into(),
            source_partition: name.into(),
            connector: "genesys".into(),
        };
        let mut stored = StoredOffsets::default();
        let mut take = |name: &str, value: Option<&str>| {
            stored.take(&of("new"), Some(&of(name).offset_key()), value.map(str::as_bytes));
        };
        take("a", Some(r#"{"cursor":1,"interactions_offsets":[3,9],"claims":2}"#));
        take("b", Some(r#"{"cursor":2,"interactions_offsets":[5,4],"claims":7}"#));
        take("gone", Some(r#"{"cursor":3,"interactions_offsets":[99,99],"claims":1}"#));
        take("gone", None);
        let (claimed, kept) = stored.read(&of("new")).unwrap();
        assert_eq!(claimed.offset, None);
        assert_eq!(claimed.others.keys().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(kept, Kept { interactions_offsets: vec![5, 9], claims: 0 });
        let (claimed, kept) = stored.read(&of("a")).unwrap();
        assert_eq!((claimed.offset.as_deref(), claimed.others.len()), (Some(r#"{"cursor":1}"#), 1));
        assert_eq!(kept, Kept { interactions_offsets: vec![3, 9], claims: 2 });
    }

    #[test]
    fn a_request_reads_back_under_a_key_of_its_own() {
        let of = SourcePartition {
            pipeline: "default".into(),
            org_id: "acme".into(),
            source_partition: "interaction-details".into(),
            connector: String::new(),
        };
        assert_eq!(SourcePartition::of_offset_key(&of.offset_key()), Some(of.clone()));
        assert_eq!(SourcePartition::of_offset_key(&of.request_key()), None);
        let (ranges, lost) = (vec![TimeRange { from: 5, to: 9 }], vec![TimeRange { from: 20, to: 30 }]);
        let request = Request { number: 7, ranges: ranges.clone(), lost };
        assert_eq!(read_request(6, Some(&request_value(&request))), Some(request));
        // As a version before wrote it.
        let before = br#"{"ranges":[{"from":5,"to":9}]}"#;
        assert_eq!(read_request(6, Some(before)), Some(Request { number: 7, ranges, lost: Vec::new() }));
        assert_eq!((read_request(6, None), read_request(6, Some(b"{}"))), (None, None));
    }
}
