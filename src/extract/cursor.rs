//! The page cursor of one query: its token, whether an end is the end, and whether failing gets anywhere. Pure.
//!
//! A token that is gone makes the query begin again at the slice's `resume_from`; whether a failure costs the token is
//! the dialect's to say.

use crate::domain::time::InstantMs;

/// Pages of one query. Too small: a large slice never ends; too large: a server that goes in circles is asked for long.
const PAGES_OF_A_QUERY_MAX: u32 = 50_000;

/// What an answer says about the rest of its query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// More pages follow.
    More,
    /// The cursor is exhausted.
    End,
    /// It looks like the end, but the platform counts more rows or gave an empty answer to a token: ask again from the
    /// last published instant. The same end at the same place a second time is [`Verdict::End`].
    Doubt,
    /// The token was dead, or the cursor goes in circles: a failed attempt, with what was wrong.
    Dead(&'static str),
}

/// What an answer looks like from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Rows in the answer, whatever became of them.
    pub rows: usize,
    /// The next page's token.
    pub next_token: Option<String>,
    /// How many rows the platform says the query has.
    pub total: Option<i64>,
}

/// Where one query stands. Lives in memory: a restart begins a new query, or goes on with the token of one that the
/// platform keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    token: Option<String>,
    seen: i64,
    pages: u32,
    failures: u32,
    furthest: Option<(InstantMs, i64)>,
    doubted: Option<(InstantMs, i64)>,
}

impl Cursor {
    /// A query of an earlier program that goes on with `token` after `seen` rows.
    #[must_use]
    pub fn going_on(token: String, seen: i64) -> Cursor {
        Cursor { token: Some(token), seen, ..Cursor::default() }
    }

    /// The token to ask with; `None` for the first page of a query.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Rows of the query so far, whatever became of them.
    #[must_use]
    pub fn seen(&self) -> i64 {
        self.seen
    }

    /// Failures in a row at the place that was never passed.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// Takes in an answer; `position` is the slice's after its rows.
    pub fn answered(&mut self, shape: Shape, position: (InstantMs, i64)) -> Verdict {
        let with_token = self.token.take().is_some();
        let rows = i64::try_from(shape.rows).unwrap_or(i64::MAX);
        self.seen = self.seen.saturating_add(rows);
        self.pages += 1;
        let verdict = self.judge(&shape, rows, with_token, position);
        match verdict {
            Verdict::More => self.token = shape.next_token,
            Verdict::Doubt => {
                self.doubted = Some(position);
                self.dropped();
            }
            Verdict::End | Verdict::Dead(_) => {}
        }
        if 0 < rows && self.furthest.is_none_or(|furthest| furthest < position) {
            self.furthest = Some(position);
            self.failures = 0;
        }
        verdict
    }

    fn judge(&self, shape: &Shape, rows: i64, with_token: bool, position: (InstantMs, i64)) -> Verdict {
        let more_counted = shape.total.is_some_and(|total| self.seen < total);
        if rows == 0 && more_counted {
            return Verdict::Dead("an empty answer although the platform counts more rows");
        }
        if PAGES_OF_A_QUERY_MAX <= self.pages {
            return Verdict::Dead("a cursor that does not end");
        }
        if 0 < rows && shape.next_token.is_some() {
            return Verdict::More;
        }
        let doubtful = if rows == 0 { with_token && shape.total != Some(self.seen) } else { more_counted };
        if doubtful && self.doubted != Some(position) {
            return Verdict::Doubt;
        }
        Verdict::End
    }

    /// The token is no longer good: the next query begins at the slice's `resume_from`.
    pub fn dropped(&mut self) {
        self.token = None;
        self.seen = 0;
        self.pages = 0;
    }

    /// An attempt failed; drops the token and answers how many have failed in a row.
    pub fn failed(&mut self) -> u32 {
        self.dropped();
        self.failed_at_page()
    }

    /// An attempt failed and the token is still good; answers how many have failed in a row.
    pub fn failed_at_page(&mut self) -> u32 {
        self.failures = self.failures.saturating_add(1);
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(rows: usize, token: bool, total: Option<i64>) -> Shape {
        Shape { rows, next_token: token.then(|| "t".to_owned()), total }
    }

    #[test]
    fn a_query_ends_without_a_token_or_with_an_empty_page_that_completes_the_total() {
        let mut cursor = Cursor::default();
        assert_eq!(cursor.answered(shape(2, true, Some(3)), (1, 2)), Verdict::More);
        assert_eq!(cursor.token(), Some("t"));
        assert_eq!(cursor.answered(shape(1, true, Some(3)), (2, 1)), Verdict::More);
        assert_eq!(cursor.answered(shape(0, true, Some(3)), (2, 1)), Verdict::End);
        assert_eq!(Cursor::default().answered(shape(0, false, None), (0, 0)), Verdict::End);
        assert_eq!(Cursor::default().answered(shape(3, false, None), (0, 3)), Verdict::End);
    }

    #[test]
    fn an_empty_page_short_of_the_total_is_a_dead_token() {
        let mut cursor = Cursor::default();
        cursor.answered(shape(2, true, Some(3)), (1, 2));
        assert!(matches!(cursor.answered(shape(0, false, Some(3)), (1, 2)), Verdict::Dead(_)));
        assert!(matches!(Cursor::default().answered(shape(0, false, Some(9)), (0, 0)), Verdict::Dead(_)));
    }

    #[test]
    fn an_empty_answer_to_a_token_that_says_no_total_is_believed_only_the_second_time() {
        let mut cursor = Cursor::default();
        for expected in [Verdict::Doubt, Verdict::End] {
            assert_eq!(cursor.answered(shape(2, true, None), (1, 2)), Verdict::More);
            assert_eq!(cursor.answered(shape(0, false, Some(0)), (1, 2)), expected);
        }
    }

    #[test]
    fn an_end_short_of_the_total_is_asked_once_more() {
        let mut cursor = Cursor::default();
        assert_eq!(cursor.answered(shape(2, false, Some(5)), (1, 2)), Verdict::Doubt);
        assert_eq!(cursor.token(), None);
        assert_eq!(cursor.answered(shape(2, false, Some(5)), (1, 2)), Verdict::End);
    }

    #[test]
    fn only_getting_further_than_ever_clears_the_failures() {
        let mut cursor = Cursor::default();
        cursor.answered(shape(1, true, None), (1, 1));
        for failures in 1..=5 {
            assert_eq!(cursor.failed(), failures);
            // The same page again: no progress.
            assert_eq!(cursor.answered(shape(1, true, None), (1, 1)), Verdict::More);
        }
        assert_eq!(cursor.failures(), 5);
        // One more row of the same instant is progress.
        cursor.answered(shape(1, true, None), (1, 2));
        assert_eq!(cursor.failures(), 0);
    }
}
