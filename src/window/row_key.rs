//! Which KPI topic and which row of it. Pure.

use crate::domain::agent_row::AgentIntervalKey;
use crate::domain::attribution::Basis;
use crate::domain::custom_row::CustomIntervalKey;
use crate::domain::family::Family;
use crate::domain::interval::Grain;
use crate::domain::org_row::OrgIntervalKey;
use crate::domain::row::QueueIntervalKey;
use crate::domain::time::InstantMs;

/// A KPI topic: what its rows are about, its grain and its basis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowTopic {
    /// What its rows are about.
    pub family: Family,
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
        let plain = format!("kpi.{}.{}", self.family.word(), self.grain.word());
        if self.basis == first { plain } else { format!("{plain}.{}", self.basis.word()) }
    }

    /// Reads [`RowTopic::name`].
    #[must_use]
    pub fn from_name(name: &str, first: Basis) -> Option<RowTopic> {
        let mut words = name.strip_prefix("kpi.")?.split('.');
        let family = Family::from_word(words.next()?)?;
        let grain = Grain::from_word(words.next()?)?;
        let basis = match words.next() {
            Some(word) => Basis::from_word(word)?,
            None => first,
        };
        words.next().is_none().then_some(RowTopic { family, grain, basis })
    }

    /// Every topic of these families, grains and bases, in the order of the bases, then the grains.
    #[must_use]
    pub fn all(families: &[Family], grains: &[Grain], bases: &[Basis]) -> Vec<RowTopic> {
        let of_basis = |basis: Basis| {
            let of_grain =
                move |grain: Grain| families.iter().map(move |family| RowTopic { family: *family, grain, basis });
            grains.iter().copied().flat_map(of_grain)
        };
        bases.iter().copied().flat_map(of_basis).collect()
    }
}

/// Key of a record of a KPI topic: which record it is follows from the topic's family.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyRecord {
    /// Of a queue's row.
    Queue(QueueIntervalKey),
    /// Of an agent's row.
    Agent(AgentIntervalKey),
    /// Of the organisation's row.
    Org(OrgIntervalKey),
    /// Of a row of a KPI of the user's own.
    Custom(CustomIntervalKey),
}

impl KeyRecord {
    /// Tenant.
    #[must_use]
    pub fn org_id(&self) -> &str {
        match self {
            KeyRecord::Queue(key) => &key.org_id,
            KeyRecord::Agent(key) => &key.org_id,
            KeyRecord::Org(key) => &key.org_id,
            KeyRecord::Custom(key) => &key.org_id,
        }
    }

    /// First instant of the row's interval.
    #[must_use]
    pub fn interval_start(&self) -> InstantMs {
        match self {
            KeyRecord::Queue(key) => key.interval_start,
            KeyRecord::Agent(key) => key.interval_start,
            KeyRecord::Org(key) => key.interval_start,
            KeyRecord::Custom(key) => key.interval_start,
        }
    }

    /// The same row of another interval.
    #[must_use]
    pub fn at(&self, start: InstantMs) -> KeyRecord {
        let mut key = self.clone();
        key.begin_at(start);
        key
    }

    /// Makes it the key of the same row of another interval.
    pub fn begin_at(&mut self, start: InstantMs) {
        let own = match self {
            KeyRecord::Queue(key) => &mut key.interval_start,
            KeyRecord::Agent(key) => &mut key.interval_start,
            KeyRecord::Org(key) => &mut key.interval_start,
            KeyRecord::Custom(key) => &mut key.interval_start,
        };
        *own = start;
    }
}

/// One row of one topic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey {
    /// Topic.
    pub topic: RowTopic,
    /// Key of the record.
    pub key: KeyRecord,
}

impl RowKey {
    /// Makes it the key of the same row at another grain; its start stays.
    pub fn measure_by(&mut self, grain: Grain) {
        self.topic.grain = grain;
        let own = match &mut self.key {
            KeyRecord::Queue(key) => &mut key.interval_length_s,
            KeyRecord::Agent(key) => &mut key.interval_length_s,
            KeyRecord::Org(key) => &mut key.interval_length_s,
            KeyRecord::Custom(key) => &mut key.interval_length_s,
        };
        *own = grain.length_s();
    }
}

impl From<&RowKey> for RowKey {
    fn from(key: &RowKey) -> RowKey {
        key.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_basis_has_the_plain_name_and_names_read_back() {
        let topic = RowTopic { family: Family::AgentTotal, grain: Grain::Pt30m, basis: Basis::Completion };
        assert_eq!(topic.name(Basis::Completion), "kpi.agent-total.pt30m");
        assert_eq!(topic.name(Basis::Start), "kpi.agent-total.pt30m.completion");
        assert_eq!(RowTopic::from_name("kpi.agent-total.pt30m.completion", Basis::Start), Some(topic));
        assert_eq!(RowTopic::from_name("kpi.agent-total.pt30m", Basis::Completion), Some(topic));
        assert_eq!(RowTopic::from_name("kpi.queue.pt7m", Basis::Start), None);
        assert_eq!(RowTopic::from_name("kpi.site.pt30m", Basis::Start), None);
        let bases = [Basis::Start, Basis::Completion, Basis::Apportioned];
        let all = RowTopic::all(&Family::ALL, &Grain::ALL, &bases);
        let names: std::collections::BTreeSet<String> = all.iter().map(|topic| topic.name(Basis::Start)).collect();
        assert_eq!(names.len(), 6 * 4 * 3);
    }
}
