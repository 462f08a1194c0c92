//! What a reading is to what is already known of the same interaction. Pure.

use crate::domain::time::InstantMs;

/// What identifies a reading of an interaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The instant that it speaks for.
    pub version: InstantMs,
    /// Hash of its content.
    pub content_hash: i64,
    /// The rules that it was measured by, or that are in force for it: the digits of `rules_version` as a number.
    pub rules: u64,
}

/// The digits of a `rules_version` as a number; 0 for what is none.
#[must_use]
pub fn rules_number(rules_version: &str) -> u64 {
    u64::from_str_radix(rules_version, 16).unwrap_or(0)
}

/// What to do with a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Nothing is known of the interaction.
    New,
    /// It replaces what is known.
    Correction,
    /// The same content, read later: only the version moves forward.
    Confirmation,
    /// The same content, to be measured by other rules than it was; the version does not go back.
    Remeasured,
    /// Already known; nothing changes.
    Duplicate,
    /// Older than what is known; nothing changes.
    Stale,
}

/// Compares a reading with the known one.
///
/// | content | version | decision |
/// |---|---|---|
/// | same | newer | `Confirmation` |
/// | same | equal or older | `Duplicate`; `Remeasured` when other rules are in force than it was measured by |
/// | other | newer | `Correction` |
/// | other | older | `Stale` |
/// | other | equal | `Correction` when its hash is the greater one, else `Stale`: so that any order ends alike |
#[must_use]
pub fn decide(known: Option<Reading>, reading: Reading) -> Decision {
    let Some(known) = known else {
        return Decision::New;
    };
    if known.content_hash == reading.content_hash {
        return if known.version < reading.version {
            Decision::Confirmation
        } else if known.rules != reading.rules {
            Decision::Remeasured
        } else {
            Decision::Duplicate
        };
    }
    if known.version < reading.version {
        return Decision::Correction;
    }
    if known.version == reading.version && known.content_hash < reading.content_hash {
        Decision::Correction
    } else {
        Decision::Stale
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(version: i64, content_hash: i64) -> Reading {
        Reading { version, content_hash, rules: 1 }
    }

    #[test]
    fn each_row_of_the_table_holds() {
        let known = Some(reading(10, 5));
        assert_eq!(decide(None, reading(1, 1)), Decision::New);
        assert_eq!(decide(known, reading(11, 5)), Decision::Confirmation);
        assert_eq!(decide(known, reading(10, 5)), Decision::Duplicate);
        assert_eq!(decide(known, reading(9, 5)), Decision::Duplicate);
        let by_others = |version| Reading { rules: 2, ..reading(version, 5) };
        assert_eq!(decide(known, by_others(10)), Decision::Remeasured);
        assert_eq!(decide(known, by_others(9)), Decision::Remeasured);
        assert_eq!(decide(known, by_others(11)), Decision::Confirmation);
        assert_eq!(decide(known, reading(11, 4)), Decision::Correction);
        assert_eq!(decide(known, reading(9, 6)), Decision::Stale);
        assert_eq!(decide(known, reading(10, 6)), Decision::Correction);
        assert_eq!(decide(known, reading(10, 4)), Decision::Stale);
    }
}
