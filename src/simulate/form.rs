//! What of a row is known at an instant: nothing yet, that it goes on, all but the wrap-up, everything. Pure.

use super::row::{Outcome, Row};
use crate::domain::time::InstantMs;

/// How far a row has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// It goes on: no durations, no end.
    Open,
    /// The talk is over; wrap-up and its code are still to come.
    BeforeWrap,
    /// All is known.
    Final,
}

/// The row's form at `now`, or `None` before it starts. `now` of `None`: everything has happened.
#[must_use]
pub fn form_at(row: &Row, now: Option<InstantMs>) -> Option<Form> {
    let Some(now) = now else { return Some(Form::Final) };
    if now < row.start {
        return None;
    }
    let Some(late_ms) = row.late_wrap_after_ms else {
        return Some(if now < row.end { Form::Open } else { Form::Final });
    };
    let talk_end = row.talk_end();
    Some(if now < talk_end {
        Form::Open
    } else if now < talk_end + i64::from(late_ms) {
        Form::BeforeWrap
    } else {
        Form::Final
    })
}

impl Form {
    /// The word in the `status` column.
    #[must_use]
    pub fn status(self, row: &Row) -> &'static str {
        match (self, row.outcome) {
            (Form::Open, _) => "inProgress",
            (_, Outcome::Completed) => "completed",
            (_, Outcome::Abandoned) => "abandoned",
        }
    }

    /// The `endTimestamp` column.
    #[must_use]
    pub fn end(self, row: &Row) -> Option<InstantMs> {
        match self {
            Form::Open => None,
            Form::BeforeWrap => Some(row.talk_end()),
            Form::Final => Some(row.end),
        }
    }

    /// Whether the columns of durations and counts have their values.
    #[must_use]
    pub fn measured(self) -> bool {
        self != Form::Open
    }

    /// Whether the columns of the wrap-up have their values.
    #[must_use]
    pub fn wrapped(self) -> bool {
        self == Form::Final
    }
}

#[cfg(test)]
mod tests {
    use super::super::row::Kind;
    use super::*;

    fn row(late_wrap_after_ms: Option<i32>) -> Row {
        Row {
            id: 1,
            conversation: 2,
            start: 1_000,
            end: 91_000,
            wait_ms: Some(10_000),
            talk_ms: Some(50_000),
            hold_ms: None,
            wrap_ms: Some(30_000),
            agent_ms: None,
            agent_wrap_after_ms: None,
            late_wrap_after_ms,
            transfers: None,
            kind: Kind::Voice,
            outcome: Outcome::Completed,
            queue: Some(0),
            agent: Some(0),
            wrapup: Some(0),
        }
    }

    #[test]
    fn a_row_is_not_there_then_open_then_final() {
        let row = row(None);
        assert_eq!(form_at(&row, Some(999)), None);
        assert_eq!(form_at(&row, Some(1_000)), Some(Form::Open));
        assert_eq!(form_at(&row, Some(90_999)).unwrap().status(&row), "inProgress");
        assert_eq!(form_at(&row, Some(91_000)), Some(Form::Final));
        assert_eq!(form_at(&row, None), Some(Form::Final));
    }

    #[test]
    fn a_late_wrap_up_is_missing_from_the_talks_end_until_it_arrives() {
        let row = row(Some(600_000));
        assert_eq!(form_at(&row, Some(60_999)), Some(Form::Open));
        let early = form_at(&row, Some(61_000)).unwrap();
        assert_eq!((early, early.status(&row), early.end(&row)), (Form::BeforeWrap, "completed", Some(61_000)));
        assert!(early.measured() && !early.wrapped());
        assert_eq!(form_at(&row, Some(660_999)), Some(Form::BeforeWrap));
        assert_eq!(form_at(&row, Some(661_000)), Some(Form::Final));
    }
}
