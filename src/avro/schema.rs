//! The schema files, compiled in, and which Rust type each describes. Pure.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use apache_avro::Schema;
use apache_avro::rabin::Rabin;
use serde::{Serialize, de::DeserializeOwned};

use crate::domain::agent_row::{AgentInterval, AgentIntervalKey};
use crate::domain::contact::{Contact, ContactKey};
use crate::domain::contribution::{Contribution, ContributionKey};
use crate::domain::custom_row::{CustomInterval, CustomIntervalKey};
use crate::domain::interaction::Interaction;
use crate::domain::leg::{Leg, LegKey};
use crate::domain::org_row::{OrgInterval, OrgIntervalKey};
use crate::domain::progress::{Progress, ProgressKey};
use crate::domain::reconciliation::{Reconciliation, ReconciliationKey};
use crate::domain::reference::{Reference, ReferenceKey};
use crate::domain::row::{QueueInterval, QueueIntervalKey};
use crate::domain::slice::SliceStatus;
use crate::domain::transfer::{Transfer, TransferKey};
use crate::domain::watermark::Watermark;

/// A Rust type that a schema file describes.
pub trait AvroRecord: Serialize + DeserializeOwned {
    /// The record's name, which is the file's name.
    const NAME: &'static str;
}

impl AvroRecord for Interaction {
    const NAME: &'static str = "Interaction";
}
impl AvroRecord for Watermark {
    const NAME: &'static str = "Watermark";
}
impl AvroRecord for SliceStatus {
    const NAME: &'static str = "SliceStatus";
}
impl AvroRecord for ReferenceKey {
    const NAME: &'static str = "ReferenceKey";
}
impl AvroRecord for Reference {
    const NAME: &'static str = "Reference";
}
impl AvroRecord for LegKey {
    const NAME: &'static str = "LegKey";
}
impl AvroRecord for Leg {
    const NAME: &'static str = "Leg";
}
impl AvroRecord for ContributionKey {
    const NAME: &'static str = "ContributionKey";
}
impl AvroRecord for Contribution {
    const NAME: &'static str = "Contribution";
}
impl AvroRecord for ProgressKey {
    const NAME: &'static str = "ProgressKey";
}
impl AvroRecord for Progress {
    const NAME: &'static str = "Progress";
}
impl AvroRecord for QueueIntervalKey {
    const NAME: &'static str = "QueueIntervalKey";
}
impl AvroRecord for QueueInterval {
    const NAME: &'static str = "QueueInterval";
}

impl AvroRecord for AgentIntervalKey {
    const NAME: &'static str = "AgentIntervalKey";
}
impl AvroRecord for AgentInterval {
    const NAME: &'static str = "AgentInterval";
}
impl AvroRecord for OrgIntervalKey {
    const NAME: &'static str = "OrgIntervalKey";
}
impl AvroRecord for OrgInterval {
    const NAME: &'static str = "OrgInterval";
}
impl AvroRecord for CustomIntervalKey {
    const NAME: &'static str = "CustomIntervalKey";
}
impl AvroRecord for CustomInterval {
    const NAME: &'static str = "CustomInterval";
}
impl AvroRecord for ContactKey {
    const NAME: &'static str = "ContactKey";
}
impl AvroRecord for Contact {
    const NAME: &'static str = "Contact";
}
impl AvroRecord for TransferKey {
    const NAME: &'static str = "TransferKey";
}
impl AvroRecord for Transfer {
    const NAME: &'static str = "Transfer";
}
impl AvroRecord for ReconciliationKey {
    const NAME: &'static str = "ReconciliationKey";
}
impl AvroRecord for Reconciliation {
    const NAME: &'static str = "Reconciliation";
}

/// Every schema file: its name and its text.
pub const FILES: [(&str, &str); 25] = [
    ("Interaction", include_str!("../../schemas/Interaction.avsc")),
    ("Watermark", include_str!("../../schemas/Watermark.avsc")),
    ("SliceStatus", include_str!("../../schemas/SliceStatus.avsc")),
    ("ReferenceKey", include_str!("../../schemas/ReferenceKey.avsc")),
    ("Reference", include_str!("../../schemas/Reference.avsc")),
    ("LegKey", include_str!("../../schemas/LegKey.avsc")),
    ("Leg", include_str!("../../schemas/Leg.avsc")),
    ("ContributionKey", include_str!("../../schemas/ContributionKey.avsc")),
    ("Contribution", include_str!("../../schemas/Contribution.avsc")),
    ("ProgressKey", include_str!("../../schemas/ProgressKey.avsc")),
    ("Progress", include_str!("../../schemas/Progress.avsc")),
    ("QueueIntervalKey", include_str!("../../schemas/QueueIntervalKey.avsc")),
    ("QueueInterval", include_str!("../../schemas/QueueInterval.avsc")),
    ("AgentIntervalKey", include_str!("../../schemas/AgentIntervalKey.avsc")),
    ("AgentInterval", include_str!("../../schemas/AgentInterval.avsc")),
    ("OrgIntervalKey", include_str!("../../schemas/OrgIntervalKey.avsc")),
    ("OrgInterval", include_str!("../../schemas/OrgInterval.avsc")),
    ("CustomIntervalKey", include_str!("../../schemas/CustomIntervalKey.avsc")),
    ("CustomInterval", include_str!("../../schemas/CustomInterval.avsc")),
    ("ContactKey", include_str!("../../schemas/ContactKey.avsc")),
    ("Contact", include_str!("../../schemas/Contact.avsc")),
    ("TransferKey", include_str!("../../schemas/TransferKey.avsc")),
    ("Transfer", include_str!("../../schemas/Transfer.avsc")),
    ("ReconciliationKey", include_str!("../../schemas/ReconciliationKey.avsc")),
    ("Reconciliation", include_str!("../../schemas/Reconciliation.avsc")),
];

/// All of them, parsed.
fn parsed() -> &'static [(&'static str, Schema)] {
    static PARSED: OnceLock<Vec<(&'static str, Schema)>> = OnceLock::new();
    PARSED.get_or_init(|| {
        FILES
            .iter()
            .map(|(name, text)| (*name, Schema::parse_str(text).expect("compiled-in schema files are valid")))
            .collect()
    })
}

/// The CRC-64-AVRO of each schema, in hexadecimal, by the record's name.
#[must_use]
pub fn fingerprints() -> BTreeMap<String, String> {
    let each = parsed().iter();
    each.map(|(name, schema)| ((*name).to_owned(), schema.fingerprint::<Rabin>().to_string())).collect()
}

/// The parsed schema of a record type.
///
/// # Panics
/// When a compiled-in schema file is not a schema, which a test excludes.
#[must_use]
pub fn schema_of<T: AvroRecord>() -> &'static Schema {
    let found = parsed().iter().find(|(name, _)| *name == T::NAME);
    &found.expect("every record type has its schema file in FILES").1
}
