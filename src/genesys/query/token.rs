//! The name of a page of an asynchronous query: which query, when it was asked, how many rows came before. Pure.
//!
//! ```text
//!  queryId|submitted (ms)|rows before[/rows of the query, where the platform says it]|the platform's own token
//! ```
//!
//! WARNING: stored in the source offset, so that a restarted source reads on where the old one stopped.

use crate::domain::time::InstantMs;

/// A page behind the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageToken {
    /// The platform's name of the query.
    pub query_id: String,
    /// Platform's instant at which the query was submitted: all of its pages speak for it.
    pub submitted_at: InstantMs,
    /// Rows on the pages before.
    pub rows: i64,
    /// How many rows the platform says that the query has.
    pub found: Option<i64>,
    /// The platform's name of the page, to be passed on as it is.
    pub page: String,
}

impl PageToken {
    /// As text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let found = self.found.map(|found| format!("/{found}")).unwrap_or_default();
        format!("{}|{}|{}{found}|{}", self.query_id, self.submitted_at, self.rows, self.page)
    }

    /// Reads a text; `None` when it is none of these.
    #[must_use]
    pub fn from_text(text: &str) -> Option<PageToken> {
        let mut parts = text.splitn(4, '|');
        let query_id = parts.next().filter(|id| is_id(id))?.to_owned();
        let submitted_at = parts.next()?.parse().ok()?;
        let counts = parts.next()?;
        let (rows, found) = counts.split_once('/').map_or((counts, None), |(rows, found)| (rows, Some(found)));
        let found = found.map(str::parse).transpose().ok()?;
        Some(PageToken { query_id, submitted_at, rows: rows.parse().ok()?, found, page: parts.next()?.to_owned() })
    }
}

/// Whether a text can stand in a path as it is: what the platform calls its queries.
#[must_use]
pub fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|one| one.is_ascii_alphanumeric() || "-_.~".contains(one))
        && !text.chars().all(|one| one == '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_whatever_the_platform_puts_into_its_own() {
        let token = PageToken {
            query_id: "a1b2c3d4-e5f6".to_owned(),
            submitted_at: 1_704_067_205_123,
            rows: 3_000,
            found: None,
            page: "eyJwYWdlIjoyfQ==|/?&".to_owned(),
        };
        assert_eq!(token.to_text(), "a1b2c3d4-e5f6|1704067205123|3000|eyJwYWdlIjoyfQ==|/?&");
        assert_eq!(PageToken::from_text(&token.to_text()), Some(token.clone()));
        let counted = PageToken { found: Some(4_000), ..token };
        assert_eq!(counted.to_text(), "a1b2c3d4-e5f6|1704067205123|3000/4000|eyJwYWdlIjoyfQ==|/?&");
        assert_eq!(PageToken::from_text(&counted.to_text()), Some(counted));
    }

    #[test]
    fn what_is_no_token_or_would_leave_the_path_is_none() {
        for text in ["", "7", "a|1|2", "a|x|2|p", "a|1|2/x|p", "../users|1|2|p", "..|1|2|p", "a b|1|2|p"] {
            assert_eq!(PageToken::from_text(text), None, "{text}");
        }
    }
}
