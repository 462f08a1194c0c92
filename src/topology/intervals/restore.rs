//! The intervals task's state from its own rows. Pure.

use super::IntervalsTask;
use crate::domain::range::OwnedRange;
use crate::domain::time::InstantMs;
use crate::emit::row::state;
use crate::topology::claims::Claims;
use crate::topology::error::TopologyError;
use crate::topology::record::InputRecord;
use crate::topology::setup::owned_range;
use crate::window::row_key::{RowKey, RowTopic};

impl IntervalsTask {
    /// Rows outside the range are none of the task's.
    pub fn own(&mut self, range: OwnedRange) {
        self.own = Some(range);
    }

    /// Rows that others claim are none of the task's, while its own range is not known.
    pub fn leave_to(&mut self, others: Claims) {
        self.others = others;
    }

    /// Takes a record of the task's own partition of a KPI topic, in order. Rows below the row floor and those of other
    /// pipelines are passed over; `false` for the latter.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn restore(&mut self, from: &str, record: InputRecord<'_>) -> Result<bool, TopologyError> {
        let Some(value) = record.value else {
            return Ok(false);
        };
        let unreadable = |source| TopologyError::State { what: "kpi", offset: record.offset, source };
        let broken = || TopologyError::Broken(format!("{from} offset {} does not read back as a row", record.offset));
        let topic = RowTopic::from_name(from, self.setup.rules.config.attribution[0]).ok_or_else(broken)?;
        let read = self.codecs.rows.read_framed_row(topic.family, value).map_err(unreadable)?;
        let key = record.key.unwrap_or_default();
        let key = self.codecs.rows.read_framed_key(topic.family, key).map_err(unreadable)?;
        if !self.owns(key.interval_start()) {
            return Ok(false);
        }
        let restored = state(&read).ok_or_else(broken)?;
        if self.floor(key.org_id()).is_none_or(|floor| floor < read.interval_end()) {
            self.rows.restore(RowKey { topic, key }, restored, read.interval_end());
        }
        Ok(true)
    }

    /// Whether a row of the shared topics is one of the pipeline's.
    fn owns(&self, interval_start: InstantMs) -> bool {
        match self.own.or_else(|| owned_range(&self.progress)) {
            Some(range) => range.owns(interval_start),
            None => self.others.owner(interval_start).is_none(),
        }
    }
}
