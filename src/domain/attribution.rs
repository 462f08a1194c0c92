//! Which interval a leg's figures belong to: the three bases. Pure.

use serde::{Deserialize, Serialize};

/// The attribution basis of a row; one topic each (D-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Basis {
    /// Everything at the leg's start.
    Start,
    /// Handle time at the leg's end, counts where they happen.
    Completion,
    /// Lengths of time clipped to intervals.
    Apportioned,
    /// A basis that this build does not know.
    Unknown,
}

impl Basis {
    /// The word of the setting `kpi.attribution`, and the topic suffix of all but the first.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Basis::Start => "start",
            Basis::Completion => "completion",
            Basis::Apportioned => "apportioned",
            Basis::Unknown => "unknown",
        }
    }

    /// Reads the word of the setting.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Basis> {
        [Basis::Start, Basis::Completion, Basis::Apportioned].into_iter().find(|basis| basis.word() == word)
    }
}
