//! What part of an organisation's interactions a source partition reads. Pure.
//!
//! The parts of one split cover everything: what is in none of the groups that are named is the rest's.

use xxhash_rust::xxh64::xxh64;

/// What interactions are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// The medium, as the platform names it.
    Media,
    /// A queue, by its id.
    Queue,
}

/// Interactions of which the dimension has one of these values. An interaction may be in several groups: one of two
/// media, or of two queues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What is looked at.
    pub dimension: Dimension,
    /// In order, none twice.
    pub values: Vec<String>,
}

/// What one source partition reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Everything: the only one.
    All,
    /// One group.
    Only(Group),
    /// What is in no group of the others.
    Rest {
        /// All groups of the others in one.
        others: Group,
        /// Values that are known to exist besides; there may be more.
        usual: Vec<String>,
    },
}

/// Characters that the values may have in a source partition's name. Too small: people see a hash; too large: keys,
/// transactional ids and headers become long.
const NAMED_CHARS_MAX: usize = 100;

impl Group {
    /// A group of these values, in any order.
    #[must_use]
    pub fn new(dimension: Dimension, values: impl IntoIterator<Item = String>) -> Group {
        let mut values: Vec<String> = values.into_iter().collect();
        values.sort_unstable();
        values.dedup();
        Group { dimension, values }
    }

    /// Whether a value is one of the group's, in any case: so platforms compare them.
    #[must_use]
    pub fn has(&self, value: &str) -> bool {
        self.values.iter().any(|known| known.eq_ignore_ascii_case(value))
    }

    fn word(&self) -> String {
        let joined = self.values.join("+");
        let values = match joined.chars().count() <= NAMED_CHARS_MAX {
            true => joined,
            false => format!("{}-{:016x}", self.values.len(), xxh64(joined.as_bytes(), 0)),
        };
        match self.dimension {
            Dimension::Media => values,
            Dimension::Queue => format!("queue-{values}"),
        }
    }
}

impl Selection {
    /// The parts of a split into these groups and the rest; without groups everything is one part. `usual` are all
    /// values that are known to exist.
    #[must_use]
    pub fn split(groups: Vec<Group>, usual: &[&str]) -> Vec<Selection> {
        let Some(first) = groups.first() else { return vec![Selection::All] };
        let all = groups.iter().flat_map(|group| group.values.iter().cloned());
        let others = Group::new(first.dimension, all);
        let usual = usual.iter().filter(|value| !others.has(value)).map(|value| (*value).to_owned()).collect();
        groups.into_iter().map(Selection::Only).chain([Selection::Rest { others, usual }]).collect()
    }

    /// The source partition's name.
    ///
    /// WARNING: source offsets are found by it. It tells what is read, so that an offset never stands for another part:
    /// the same name is the same part, whatever the split.
    #[must_use]
    pub fn source_partition(&self, dialect: &str) -> String {
        match self {
            Selection::All => dialect.to_owned(),
            Selection::Only(group) => format!("{dialect}.{}", group.word()),
            Selection::Rest { others, .. } => format!("{dialect}.not-{}", others.word()),
        }
    }
}

/// Whether a source partition of this name reads a part, or all, of the dialect.
#[must_use]
pub fn is_of_dialect(source_partition: &str, dialect: &str) -> bool {
    source_partition.strip_prefix(dialect).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn media(words: &[&str]) -> Group {
        Group::new(Dimension::Media, words.iter().map(|word| (*word).to_owned()))
    }

    #[test]
    fn a_split_is_its_groups_and_the_rest() {
        let parts = Selection::split(vec![media(&["voice"]), media(&["message", "chat"])], &["voice", "chat", "email"]);
        let names: Vec<String> = parts.iter().map(|part| part.source_partition("interaction-details")).collect();
        let expected = ["voice", "chat+message", "not-chat+message+voice"];
        assert_eq!(names, expected.map(|part| format!("interaction-details.{part}")));
        assert!(matches!(&parts[2], Selection::Rest { usual, .. } if *usual == ["email"]));
        assert_eq!(Selection::split(Vec::new(), &["voice"]), [Selection::All]);
        assert_eq!(Selection::All.source_partition("interaction-details"), "interaction-details");
    }

    #[test]
    fn a_name_says_what_is_read_in_whatever_order_it_is_given_and_however_much_it_is() {
        assert_eq!(media(&["voice", "chat"]), media(&["chat", "voice", "chat"]));
        let queues = |count: usize| Group::new(Dimension::Queue, (0..count).map(|n| format!("queue-{n:04}")));
        let name = |count| Selection::Only(queues(count)).source_partition("d");
        assert_eq!(name(1), "d.queue-queue-0000");
        assert!(name(400).len() < 40 && name(400) != name(401), "{}", name(400));
        assert!(media(&["voice"]).has("Voice") && !media(&["voice"]).has("voicemail"));
    }

    #[test]
    fn a_dialect_knows_its_own_source_partitions() {
        assert!(is_of_dialect("interaction-details", "interaction-details"));
        assert!(is_of_dialect("interaction-details.voice", "interaction-details"));
        assert!(!is_of_dialect("interaction-details-2", "interaction-details"));
    }
}
