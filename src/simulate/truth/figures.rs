//! The figures of one topic: rows in, KPI rows out. Pure.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use serde_json::Value;

use super::calendar::Calendar;
use super::input::FinalRow;
use super::settings::{TruthBasis, TruthGrain, TruthSettings};
use super::tally::Tally;
use super::{place, write};
use crate::domain::media::MediaType;
use crate::domain::time::InstantMs;

/// What tells the rows of one topic apart: interval start, queue id, media symbol.
type Key = (InstantMs, String, &'static str);

/// The figures of one topic.
#[derive(Debug)]
pub struct Truth {
    pub(super) settings: TruthSettings,
    pub(super) calendar: Calendar,
    tallies: BTreeMap<Key, Tally>,
}

/// The first local midnight of `zone` at or after `at`: where the rows of a history that begins at `at` begin.
#[must_use]
pub fn first_midnight(zone: Tz, at: InstantMs) -> InstantMs {
    Calendar::new(TruthGrain::Day, zone).midnight_from(at)
}

/// Computes the figures of `rows` under `settings`.
#[must_use]
pub fn of<'a>(settings: &TruthSettings, rows: impl Iterator<Item = FinalRow<'a>>) -> Truth {
    let calendar = Calendar::new(settings.grain, settings.zone);
    let mut truth = Truth { settings: settings.clone(), calendar, tallies: BTreeMap::new() };
    for row in rows {
        place::place(&mut truth, &row);
    }
    truth
}

impl Truth {
    /// The KPI rows, sorted by interval start, queue and medium: JSON objects with the fields of a queue row.
    pub fn rows(&self) -> impl Iterator<Item = Value> + '_ {
        self.rows_from(0)
    }

    /// The same, without the first `skip`.
    pub fn rows_from(&self, skip: usize) -> impl Iterator<Item = Value> + '_ {
        let (from, to) = (self.settings.from, self.settings.to);
        let wanted = move |at: InstantMs| from.is_none_or(|from| from <= at) && to.is_none_or(|to| at < to);
        self.tallies.iter().filter(move |((start, _, _), _)| wanted(*start)).skip(skip).map(
            |((start, queue, media), tally)| write::row(&self.settings, &self.calendar, *start, queue, media, tally),
        )
    }

    pub(super) fn tally(&mut self, at: InstantMs, queue: &str, media: MediaType) -> &mut Tally {
        let start = self.calendar.interval_start(at);
        self.tallies.entry((start, queue.to_owned(), media.symbol())).or_default()
    }

    pub(super) fn apportioned(&self) -> bool {
        self.settings.basis == TruthBasis::Apportioned
    }
}
