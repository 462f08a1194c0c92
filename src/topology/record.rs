//! Records as they come in and go out, without a broker's types. Pure.

use crate::domain::time::InstantMs;

/// Topics by their names without the prefix.
pub mod topic {
    use crate::domain::reference::Kind;

    /// Raw interactions.
    pub const INTERACTIONS: &str = "interactions";
    /// How far sources are.
    pub const WATERMARKS: &str = "watermarks";
    /// Leg rows.
    pub const LEGS: &str = "legs";
    /// What legs tasks send to intervals tasks.
    pub const CONTRIBUTIONS: &str = "contributions";
    /// How far tasks are.
    pub const PROGRESS: &str = "progress";
    /// Contact-level handle time.
    pub const CONTACTS: &str = "contacts";
    /// Transfers, and what became of them.
    pub const TRANSFERS: &str = "transfers";
    /// What could not be processed.
    pub const DEAD_LETTERS: &str = "dead-letters";
    /// What became of slices, for people.
    pub const SLICES: &str = "slices";
    /// What we count beside what the platform counts.
    pub const RECONCILIATION: &str = "reconciliation";
    /// Source offsets, as Kafka Connect writes them.
    pub const OFFSETS: &str = "offsets";
    /// Connectors and their settings, as Kafka Connect writes them.
    pub const CONFIGS: &str = "configs";
    /// What became of connectors and tasks, as Kafka Connect writes it.
    pub const STATUS: &str = "status";

    /// What all topics of [`reference()`] begin with.
    pub const REFERENCE: &str = "reference.";

    /// What ids of a kind are called.
    #[must_use]
    pub fn reference(kind: Kind) -> String {
        format!("{REFERENCE}{}", kind.word())
    }
}

/// A record of a task's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputRecord<'a> {
    /// Its offset.
    pub offset: i64,
    /// Its key.
    pub key: Option<&'a [u8]>,
    /// Its value.
    pub value: Option<&'a [u8]>,
}

/// A record that a task wants produced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Produce {
    /// Topic without the prefix.
    pub topic: String,
    /// Explicit partition; `None`: by the key, as a Java producer would.
    pub partition: Option<i32>,
    /// Key.
    pub key: Option<Vec<u8>>,
    /// Value; `None`: a tombstone.
    pub value: Option<Vec<u8>>,
    /// Record timestamp; `None`: the time of writing.
    pub timestamp: Option<InstantMs>,
    /// Headers.
    pub headers: Vec<(String, Vec<u8>)>,
}
