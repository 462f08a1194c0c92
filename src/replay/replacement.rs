//! The commands that put rebuilt rows in the place of published ones. Pure.

use std::collections::BTreeMap;

use super::aside::{Rebuilt, RebuiltRow, RowId};
use super::difference::{Row, of_row};
use crate::avro::{AvroError, Codec};
use crate::domain::contribution::{Contribution, ContributionKey, ContributionRow};
use crate::domain::sums::{Figure, Sums};
use crate::topology::partition::partition_of;
use crate::topology::record::{Produce, topic};
use crate::window::distribution::{Distribution, EXACT_MAX};

/// A published row, and how often.
#[derive(Clone, Debug, PartialEq)]
pub struct Published {
    /// The row.
    pub row: Row,
    /// Its last revision.
    pub revision: i32,
    /// Its restatements.
    pub restatements: i32,
}

impl Published {
    /// A published row with what it says of itself.
    #[must_use]
    pub fn of(row: Row) -> Published {
        let number = |field: &str| row.value[field].as_i64().and_then(|number| i32::try_from(number).ok()).unwrap_or(0);
        Published { revision: number("revision"), restatements: number("restatements"), row }
    }
}

/// One command for each row that differs, or is held back, on the partition of its key; an all-zero one for a row that is
/// not rebuilt. `rebuilt_rows` are the decoded rows of `rebuilt`.
///
/// # Errors
/// When a command cannot be encoded.
pub fn replacements(
    published: &BTreeMap<RowId, Published>,
    rebuilt: &Rebuilt,
    rebuilt_rows: &BTreeMap<RowId, Row>,
    contributions_partitions: i32,
) -> Result<Vec<Produce>, AvroError> {
    let mut commands = Vec::new();
    let mut command = |id: &RowId, known: Option<&Published>, rebuilt: Option<&RebuiltRow>| {
        commands.push(replacement(id, known, rebuilt.map(|row| &row.contribution), contributions_partitions)?);
        Ok::<(), AvroError>(())
    };
    for (id, row) in &rebuilt.rows {
        let known = published.get(id);
        let held = known.is_some_and(|known| known.row.value["held"].as_bool() == Some(true));
        if held || !of_row(known.map(|known| &known.row), rebuilt_rows.get(id), false).is_empty() {
            command(id, known, Some(row))?;
        }
    }
    for (id, known) in published.iter().filter(|(id, _)| !rebuilt.rows.contains_key(*id)) {
        if !of_row(Some(&known.row), None, false).is_empty() {
            command(id, Some(known), None)?;
        }
    }
    Ok(commands)
}

fn replacement(
    (name, row): &RowId,
    known: Option<&Published>,
    rebuilt: Option<&ContributionRow>,
    contributions_partitions: i32,
) -> Result<Produce, AvroError> {
    let partition = partition_of(row, contributions_partitions);
    let nothing = || ContributionRow {
        sums: Sums::default().encode(),
        handle: Distribution::default().encode(),
        wait: Distribution::default().encode(),
        queue_name: None,
        service_level_target_ms: 0,
        attributes_version: 0,
        spans: Vec::new(),
        conversations: false,
        replace_revision: None,
        replace_restatements: None,
    };
    let said = ContributionRow {
        replace_revision: Some(known.map_or(-1, |known| known.revision)),
        replace_restatements: Some(known.map_or(0, |known| known.restatements)),
        ..rebuilt.map_or_else(nothing, bucketed)
    };
    let key = ContributionKey { topic: name.clone(), row: row.clone() };
    Ok(Produce {
        topic: topic::CONTRIBUTIONS.to_owned(),
        partition: Some(partition),
        key: Some(Codec::<ContributionKey>::default().framed(&key)?),
        value: Some(Codec::<Contribution>::default().framed(&Contribution { row: Some(said), watermark: None })?),
        ..Produce::default()
    })
}

/// A row of many legs keeps buckets: sent as buckets, its record stays as small as the row.
fn bucketed(row: &ContributionRow) -> ContributionRow {
    let many =
        Sums::decode(&row.sums).is_some_and(|sums| EXACT_MAX < sums.at(Figure::Offered).max(sums.at(Figure::Handled)));
    let buckets = |bytes: &[u8]| match Distribution::decode(bytes) {
        Some(values) if many => values.into_buckets().encode(),
        _ => bytes.to_vec(),
    };
    ContributionRow { handle: buckets(&row.handle), wait: buckets(&row.wait), ..row.clone() }
}
