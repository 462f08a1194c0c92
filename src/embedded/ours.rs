//! Our side of a comparison with the platform, read from the in-process log. Edge: it locks the log.

use chrono_tz::Tz;

use super::log::Log;
use super::rows::{each, records};
use crate::avro::AvroError;
use crate::config::typed::RulesConfig;
use crate::domain::causes::causes;
use crate::domain::range::RangeDates;
use crate::domain::time::TimeRange;
use crate::reconcile::collect::{Collect, OurSide, Wanted};
use crate::reconcile::contract::{Processed, ReadOurs};
use crate::topology::record::topic;

/// Our side of a source's own comparisons.
#[derive(Debug)]
pub struct EmbeddedOurs {
    /// The log.
    pub log: Log,
    /// Tenant.
    pub org_id: String,
    /// Rules of the rows.
    pub rules: RulesConfig,
}

impl ReadOurs for EmbeddedOurs {
    fn zone(&self) -> Tz {
        self.rules.zone
    }

    fn range(&self) -> RangeDates {
        self.rules.range
    }

    fn processed(&self) -> Result<Processed, String> {
        let all = records(&self.log, topic::PROGRESS).map_err(|error| causes(&error))?;
        Ok(Processed::of(&all, &self.org_id))
    }

    fn read(&self, range: TimeRange) -> Result<OurSide, String> {
        let wanted = Wanted { org_id: self.org_id.clone(), range, rules: Some(self.rules.clone()) };
        read(&self.log, wanted).map_err(|error| causes(&error))
    }
}

/// Reads rows, legs, interactions and slices as they stand.
///
/// # Errors
/// When a record cannot be read.
pub fn read(log: &Log, wanted: Wanted) -> Result<OurSide, AvroError> {
    let rows_topic = wanted.rows_topic();
    let mut all = Collect::new(wanted);
    if let Some(rows_topic) = rows_topic {
        // First, so that what is read afterwards has come at least so far.
        all.progress(&records(log, topic::PROGRESS)?);
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
