//! Which KPI topic and which row of it. Pure.

use crate::domain::attribution::Basis;
use crate::domain::interval::Grain;
use crate::domain::row::QueueIntervalKey;

/// A KPI topic: its grain and its basis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowTopic {
    /// Grain.
    pub grain: Grain,
    /// Basis.
    pub basis: Basis,
}

impl RowTopic {
    /// The topic's name without the prefix. The first basis of `kpi.attribution` has the plain name, so that a table
    /// made from one topic can be summed without counting twice.
    ///
    /// WARNING: a name given here is stored in `contributions` and on brokers.
    #[must_use]
    pub fn name(self, first: Basis) -> String {
        let plain = format!("kpi.queue.{}", self.grain.word());
        if self.basis == first { plain } else { format!("{plain}.{}", self.basis.word()) }
    }

    /// Reads [`RowTopic::name`].
    #[must_use]
    pub fn from_name(name: &str, first: Basis) -> Option<RowTopic> {
        let mut words = name.strip_prefix("kpi.queue.")?.split('.');
        let grain = Grain::from_word(words.next()?)?;
        let basis = match words.next() {
            Some(word) => Basis::from_word(word)?,
            None => first,
        };
        words.next().is_none().then_some(RowTopic { grain, basis })
    }
}

/// One row of one topic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey {
    /// Topic.
    pub topic: RowTopic,
    /// Key of the record.
    pub key: QueueIntervalKey,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_basis_has_the_plain_name_and_names_read_back() {
        let topic = RowTopic { grain: Grain::Pt30m, basis: Basis::Completion };
        assert_eq!(topic.name(Basis::Completion), "kpi.queue.pt30m");
        assert_eq!(topic.name(Basis::Start), "kpi.queue.pt30m.completion");
        assert_eq!(RowTopic::from_name("kpi.queue.pt30m.completion", Basis::Start), Some(topic));
        assert_eq!(RowTopic::from_name("kpi.queue.pt30m", Basis::Completion), Some(topic));
        assert_eq!(RowTopic::from_name("kpi.queue.pt7m", Basis::Start), None);
    }
}
