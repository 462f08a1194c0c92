//! Our side of a comparison with the platform, read from the in-process log. Edge: it locks the log.

use super::log::Log;
use super::rows::each;
use crate::avro::AvroError;
use crate::reconcile::collect::{Collect, OurSide, Wanted};
use crate::topology::record::topic;

/// Reads rows, legs, interactions and slices as they stand.
///
/// # Errors
/// When a record cannot be read.
pub fn read(log: &Log, wanted: Wanted) -> Result<OurSide, AvroError> {
    let rows_topic = wanted.rows_topic();
    let mut all = Collect::new(wanted);
    if let Some(rows_topic) = rows_topic {
        each(log, &rows_topic, |key, value| all.row(key, value))?;
        each(log, topic::LEGS, |key, value| all.leg(key, value))?;
    }
    each(log, topic::INTERACTIONS, |key, value| all.interaction(key, value))?;
    each(log, topic::DEAD_LETTERS, |key, _| {
        all.dead_letter(key);
        Ok(())
    })?;
    each(log, topic::SLICES, |_, value| all.slice(value))?;
    Ok(all.finish())
}
