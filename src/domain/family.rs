//! What KPI rows are about: a queue, an agent, the organisation, or a KPI of the user's own. Pure.

/// A family of KPI topics; each has a topic a grain and a basis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// One queue, by medium.
    Queue,
    /// One agent, by medium.
    Agent,
    /// One agent, over all media.
    AgentTotal,
    /// The whole organisation, by medium.
    Org,
    /// The whole organisation, over all media.
    OrgTotal,
    /// A KPI of the user's own, by queue and medium.
    Custom,
}

impl Family {
    /// All families, in the order in which topics are listed.
    pub const ALL: [Family; 6] =
        [Family::Queue, Family::Agent, Family::AgentTotal, Family::Org, Family::OrgTotal, Family::Custom];

    /// The word in topic names, `kpi.<word>.<grain>`, and in the setting `kpi.topics`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Family::Queue => "queue",
            Family::Agent => "agent",
            Family::AgentTotal => "agent-total",
            Family::Org => "org",
            Family::OrgTotal => "org-total",
            Family::Custom => "custom",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Family> {
        Family::ALL.into_iter().find(|family| family.word() == word)
    }

    /// Whether its rows are over all media together.
    #[must_use]
    pub fn is_total(self) -> bool {
        matches!(self, Family::AgentTotal | Family::OrgTotal)
    }
}
