//! The interactions of a measurement, as a source reads them: drawn, told as pages, read by the dialect. Pure.

use anyhow::Context;

use crate::domain::interaction::Interaction;
use crate::domain::media::{Dialect, MediaType};
use crate::domain::time::{InstantMs, TimeRange, parse_instant};
use crate::domain::watermark::Watermark;
use crate::extract::normalize::{self, Origin};
use crate::genesys::dialect::interaction_details::{Columns, read_page};
use crate::genesys::privacy::Privacy;
use crate::genesys::wire::RowRead;
use crate::simulate::page;
use crate::simulate::query::{COLUMNS, DetailsQuery};
use crate::simulate::world::World;

/// First instant of a backlog: fixed, so that a seed gives the same records on every day.
pub const FROM: &str = "2026-01-01T00:00:00Z";
/// The tenant.
const ORG: &str = "acme";
/// Source time of one slice, as `extract.slice.ms` has it by default.
const SLICE_MS: i64 = 1_800_000;
/// How long after the end of all source time it is read: a backlog is read later than it happened.
const READ_AFTER_MS: i64 = 3_600_000;
/// Rows of one page.
const PAGE_ROWS: usize = 1_000;

/// A simulated history, slice by slice.
#[derive(Debug)]
pub struct Backlog {
    world: World,
    range: TimeRange,
    origin: Origin,
}

impl Backlog {
    /// So many interactions that begin within so many days.
    ///
    /// # Errors
    /// When there are none, or more than memory is planned for.
    pub fn new(seed: u64, interactions: u64, days: u32) -> anyhow::Result<Backlog> {
        let from = parse_instant(FROM).context("the backlog's first instant")?;
        let world = World::exactly(seed, from, days, interactions)?;
        Ok(Backlog { range: world.range(), world, origin: origin() })
    }

    /// All source time.
    #[must_use]
    pub fn range(&self) -> TimeRange {
        self.range
    }

    /// The slices, in order.
    pub fn slices(&self) -> impl Iterator<Item = TimeRange> + use<> {
        let TimeRange { from, to } = self.range;
        let starts = std::iter::successors(Some(from), |start| Some(start + SLICE_MS));
        starts.take_while(move |start| *start < to).map(move |from| TimeRange { from, to: to.min(from + SLICE_MS) })
    }

    /// The pages of a slice.
    ///
    /// # Errors
    /// When a page is none: then the simulation and the dialect's reader disagree.
    pub fn pages(&self, slice: TimeRange) -> anyhow::Result<Vec<Vec<Interaction>>> {
        let select = COLUMNS.iter().map(|(column, _)| *column).collect();
        let query = DetailsQuery { range: slice, filters: Vec::new(), select, size: PAGE_ROWS };
        let (mut pages, mut cursor) = (Vec::new(), None);
        let mut last_id = String::new();
        loop {
            let told = page::build(&self.world, &[], &query, cursor, None);
            let read = read(&told.data, &self.origin, self.range.to + READ_AFTER_MS)?;
            // A page may begin with the row that the page before ended with.
            let page: Vec<Interaction> = read.into_iter().filter(|one| one.interaction_id != last_id).collect();
            last_id = page.last().map_or(last_id, |one| one.interaction_id.clone());
            pages.push(page);
            cursor = told.next;
            if cursor.is_none() {
                return Ok(pages);
            }
        }
    }
}

/// How far a source is that reads all of its organisation.
#[must_use]
pub fn watermark(at: InstantMs, extract_start: InstantMs, closed: bool, interactions_offsets: &[i64]) -> Watermark {
    Watermark {
        org_id: ORG.to_owned(),
        source_partition: "interaction-details".to_owned(),
        watermark: at,
        interactions_offsets: interactions_offsets.to_vec(),
        plan_generation: 1,
        plan_size: 1,
        extract_start,
        held: Vec::new(),
        closed,
        written_at: at,
    }
}

/// What the interactions of a measurement share.
#[must_use]
pub fn origin() -> Origin {
    Origin { org_id: ORG.to_owned(), dialect: Dialect::InteractionDetails, media_default: MediaType::Voice }
}

/// Reads rows, JSON objects with commas between them, as an answer at `version` has them.
///
/// # Errors
/// When they are no rows of the dialect.
pub fn read(rows: &str, origin: &Origin, version: InstantMs) -> anyhow::Result<Vec<Interaction>> {
    let body = format!(r#"{{"data":[{rows}]}}"#);
    let page = read_page(body.as_bytes(), Columns::All, &Privacy::default()).context("reading a simulated page")?;
    let read = page.rows.into_iter().map(|row| match row {
        RowRead::Row(row) => Ok(normalize::interaction(*row, origin, version, version)),
        other => Err(anyhow::anyhow!("a simulated row cannot be read: {other:?}")),
    });
    read.collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_backlog_has_so_many_interactions_each_once_and_with_its_raw_form() {
        let backlog = Backlog::new(7, 5_000, 1).unwrap();
        let (mut ids, mut count) = (BTreeSet::new(), 0);
        for slice in backlog.slices() {
            for one in backlog.pages(slice).unwrap().into_iter().flatten() {
                assert!(slice.from <= one.start && one.start < slice.to);
                assert!(one.raw.contains(&one.interaction_id), "{}", one.raw);
                count += 1;
                ids.insert(one.interaction_id);
            }
        }
        assert_eq!((count, ids.len()), (5_000, 5_000));
        assert_eq!(backlog.slices().count(), 48);
    }
}
