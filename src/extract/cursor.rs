//! The page cursor of one query: its token, whether an end is the end, and whether failing gets anywhere. Pure.
//!
//! A token that is gone makes the query begin again at the slice's `resume_from`; whether a failure costs the token is
//! the dialect's to say.

use crate::domain::time::InstantMs;

/// Pages of one query. Too small: a large slice never ends; too large: a server that goes in circles is asked for long.
const PAGES_OF_A_QUERY_MAX: u32 = 50_000;

/// Empty answers in a row that lead on to others. Too small: a filter that a platform applies page by page ends a query
/// early; too large: a server that never ends is asked for long.
const EMPTY_IN_A_ROW_MAX: u32 = 100;

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
    /// Which rows they are: another answer with the same ones has the same.
    pub fingerprint: u64,
}

/// Where one query stands. Lives in memory: a restart begins a new query, or goes on with the token of one that the
/// platform keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    token: Option<String>,
    seen: i64,
    pages: u32,
    empty_in_a_row: u32,
    // Of the answer before.
    fingerprint: Option<u64>,
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
        let asked_with = self.token.take();
        let rows = i64::try_from(shape.rows).unwrap_or(i64::MAX);
        self.seen = self.seen.saturating_add(rows);
        self.pages += 1;
        self.empty_in_a_row = if rows == 0 { self.empty_in_a_row + 1 } else { 0 };
        let verdict = self.judge(&shape, rows, asked_with.as_deref(), position);
        self.fingerprint = Some(shape.fingerprint);
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

    fn judge(&self, shape: &Shape, rows: i64, asked_with: Option<&str>, position: (InstantMs, i64)) -> Verdict {
        let more_counted = shape.total.is_some_and(|total| self.seen < total);
        let next = shape.next_token.as_deref();
        let leads_to_itself = next.is_some() && next == asked_with;
        if PAGES_OF_A_QUERY_MAX <= self.pages {
            return Verdict::Dead("a cursor that does not end");
        }
        if 0 < rows && next.is_some() {
            let again = leads_to_itself && self.fingerprint == Some(shape.fingerprint);
            return if again { Verdict::Dead("a token that leads to the same page again") } else { Verdict::More };
        }
        // An empty page is no end while the cursor goes on, unless the platform counts no more rows.
        if next.is_some() && !leads_to_itself && shape.total != Some(self.seen) {
            let endless = EMPTY_IN_A_ROW_MAX <= self.empty_in_a_row;
            return if endless {
                Verdict::Dead("a cursor that leads from one empty page to another")
            } else {
                Verdict::More
            };
        }
        if rows == 0 && more_counted {
            return Verdict::Dead("an empty answer although the platform counts more rows");
        }
        let doubtful = if rows == 0 { asked_with.is_some() && shape.total != Some(self.seen) } else { more_counted };
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
        self.empty_in_a_row = 0;
        self.fingerprint = None;
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
        Shape { rows, next_token: token.then(|| "t".to_owned()), total, fingerprint: rows as u64 }
    }

    fn page(rows: usize, next_token: &str, fingerprint: u64) -> Shape {
        Shape { rows, next_token: Some(next_token.to_owned()), total: None, fingerprint }
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
    fn an_empty_page_whose_cursor_goes_on_is_no_end_whatever_is_counted() {
        for total in [None, Some(3)] {
            let mut cursor = Cursor::default();
            let mut answered = |shape: Shape, at| cursor.answered(Shape { total, ..shape }, at);
            assert_eq!(answered(page(0, "a", 0), (0, 0)), Verdict::More);
            assert_eq!(answered(page(2, "b", 1), (1, 2)), Verdict::More);
            assert_eq!(answered(page(0, "c", 0), (1, 2)), Verdict::More);
            assert_eq!(answered(Shape { next_token: None, ..page(1, "", 2) }, (2, 1)), Verdict::End);
        }
        // Where all that is counted was read, it is one; and where it leads to itself, it is believed the second time.
        let mut cursor = Cursor::default();
        cursor.answered(Shape { total: Some(2), ..page(2, "a", 1) }, (1, 2));
        assert_eq!(cursor.answered(Shape { total: Some(2), ..page(0, "b", 0) }, (1, 2)), Verdict::End);
        let mut cursor = Cursor::default();
        for expected in [Verdict::Doubt, Verdict::End] {
            assert_eq!(cursor.answered(page(2, "a", 1), (1, 2)), Verdict::More);
            assert_eq!(cursor.answered(page(0, "a", 0), (1, 2)), expected);
        }
    }

    #[test]
    fn a_cursor_that_gets_nowhere_is_dead_and_one_whose_name_stays_is_not() {
        let mut cursor = Cursor::default();
        assert_eq!(cursor.answered(page(2, "a", 1), (1, 2)), Verdict::More);
        assert_eq!(cursor.answered(page(2, "a", 2), (2, 2)), Verdict::More, "as one that scrolls is called");
        assert!(matches!(cursor.answered(page(2, "a", 2), (2, 2)), Verdict::Dead(_)));
        let mut cursor = Cursor::default();
        let mut verdicts = (0..).map(|number: u32| cursor.answered(page(0, &number.to_string(), 0), (0, 0)));
        assert!(verdicts.by_ref().take(EMPTY_IN_A_ROW_MAX as usize - 1).all(|verdict| verdict == Verdict::More));
        assert!(matches!(verdicts.next(), Some(Verdict::Dead(_))));
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
