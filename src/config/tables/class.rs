//! The connector classes, and those that are known but not built. Pure.

use super::genesys_source;
use super::handle_time_processor;
use crate::config::definition::Definition;

/// What a connector can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Reads interactions from Genesys Cloud.
    GenesysSource,
    /// Turns interactions into legs and KPI rows.
    HandleTimeProcessor,
}

/// Classes of the design that this version does not have.
pub const NOT_BUILT: &[&str] = &["PostgresSink", "ParquetSink"];

impl Class {
    /// All classes, in the order of the flow.
    pub const ALL: [Class; 2] = [Class::GenesysSource, Class::HandleTimeProcessor];

    /// The word that `connector.class` takes.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Class::GenesysSource => "GenesysSource",
            Class::HandleTimeProcessor => "HandleTimeProcessor",
        }
    }

    /// Reads the word of `connector.class`.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Class> {
        Class::ALL.into_iter().find(|class| class.word() == word)
    }

    /// The settings of the class.
    #[must_use]
    pub fn table(self) -> &'static [Definition] {
        match self {
            Class::GenesysSource => genesys_source::TABLE,
            Class::HandleTimeProcessor => handle_time_processor::TABLE,
        }
    }
}
