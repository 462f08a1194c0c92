//! The commands that put rebuilt rows in the place of published ones. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::aside::{RebuiltRow, RowId, RowRecord};
use super::difference::{Row, decode, of_row};
use crate::avro::{AvroError, Codec};
use crate::domain::contribution::{Contribution, ContributionKey, ContributionRow};
use crate::domain::sums::{Figure, Sums};
use crate::topology::partition::partition_of;
use crate::topology::record::{Produce, topic};
use crate::window::distribution::{Distribution, EXACT_MAX};

/// One command for each row that differs, or is held back, on the partition of its key; an all-zero one for a row that is
/// not rebuilt.
///
/// # Errors
/// When a published row cannot be read, or a command cannot be encoded.
pub fn replacements(
    published: &BTreeMap<RowId, RowRecord>,
    rebuilt: &BTreeMap<RowId, RebuiltRow>,
    contributions_partitions: i32,
) -> Result<Vec<Produce>, AvroError> {
    let mut commands = Vec::new();
    let ids: BTreeSet<&RowId> = published.keys().chain(rebuilt.keys()).collect();
    for id in ids {
        let known = published.get(id).map(|record| decode(&id.0, record)).transpose()?;
        let row = rebuilt.get(id);
        let now = row.map(|row| decode(&id.0, &row.record)).transpose()?;
        let held = known.as_ref().is_some_and(|known| known.value["held"].as_bool() == Some(true));
        if held || !of_row(known.as_ref(), now.as_ref(), false).is_empty() {
            let contribution = row.map(|row| &row.contribution);
            commands.push(replacement(id, known.as_ref(), contribution, contributions_partitions)?);
        }
    }
    Ok(commands)
}

fn replacement(
    (name, row): &RowId,
    known: Option<&Row>,
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
        replace_revision: Some(known.map_or(-1, |known| number(known, "revision"))),
        replace_restatements: Some(known.map_or(0, |known| number(known, "restatements"))),
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

fn number(row: &Row, field: &str) -> i32 {
    row.value[field].as_i64().and_then(|number| i32::try_from(number).ok()).unwrap_or(0)
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
