//! One line of what was looked at: whether it is as it must be, and if not, the way out. Pure.

use std::fmt;

/// Whether it is as it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is.
    Ok,
    /// It works, and somebody should know.
    Note,
    /// It does not work.
    Wrong,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// Whose it is, as `[connectors.genesys]`.
    pub(super) place: String,
    /// What was looked at.
    pub(super) subject: String,
    /// Whether it is as it must be.
    pub(super) verdict: Verdict,
    /// What was found.
    pub(super) what: String,
    /// What to do about it; empty for nothing.
    pub(super) way_out: String,
}

impl Finding {
    /// A line without a way out.
    pub(super) fn new(place: &str, subject: impl Into<String>, verdict: Verdict, what: impl Into<String>) -> Finding {
        let (place, way_out) = (place.to_owned(), String::new());
        Finding { place, subject: subject.into(), verdict, what: what.into(), way_out }
    }

    /// The same with a way out.
    pub(super) fn way_out(mut self, way_out: impl Into<String>) -> Finding {
        self.way_out = way_out.into();
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.verdict {
            Verdict::Ok => "ok",
            Verdict::Note => "note",
            Verdict::Wrong => "wrong",
        };
        write!(out, "{} {}: {word}, {}", self.place, self.subject, self.what)?;
        if self.way_out.is_empty() { Ok(()) } else { write!(out, "; {}", self.way_out) }
    }
}
