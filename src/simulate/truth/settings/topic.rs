//! What a topic's name says: what its rows are about, the length of the intervals, the basis. Pure.

use super::error::SettingsError;

/// What the rows of a topic are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TruthSubject {
    /// One queue, by medium.
    Queue,
    /// One agent, by medium.
    Agent,
    /// One agent, over all media.
    AgentTotal,
    /// The organisation, by medium.
    Org,
    /// The organisation, over all media.
    OrgTotal,
    /// A KPI of the user's own, by queue and medium.
    Custom,
    /// One contact each.
    Contacts,
    /// One transfer each.
    Transfers,
}

impl TruthSubject {
    /// Whether its rows are over all media together.
    #[must_use]
    pub fn is_total(self) -> bool {
        self == TruthSubject::AgentTotal || self == TruthSubject::OrgTotal
    }
}

/// Length of the intervals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TruthGrain {
    /// So many minutes of UTC time.
    Minutes(i64),
    /// A local day.
    Day,
}

/// Which interval a row's figures belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TruthBasis {
    /// The one it starts in.
    Start,
    /// The one in which each figure is complete.
    Completion,
    /// Lengths of time cut at the boundaries.
    Apportioned,
}

/// Reads a topic's name, such as `kpi.queue.pt30m.completion`, with or without the prefix `handletime.`. Contacts and
/// transfers have neither intervals nor a basis; what stands for them here is of no account.
///
/// # Errors
/// When it is no topic of such rows.
pub(super) fn read(topic: &str) -> Result<(TruthSubject, TruthGrain, TruthBasis), SettingsError> {
    let unknown = || SettingsError::Topic(topic.to_owned());
    let name = topic.strip_prefix("handletime.").unwrap_or(topic);
    match name {
        "contacts" => return Ok((TruthSubject::Contacts, TruthGrain::Day, TruthBasis::Start)),
        "transfers" => return Ok((TruthSubject::Transfers, TruthGrain::Day, TruthBasis::Start)),
        _ => {}
    }
    let name = name.strip_prefix("kpi.").ok_or_else(unknown)?;
    let (subject, name) = name.split_once('.').ok_or_else(unknown)?;
    let subject = match subject {
        "queue" => TruthSubject::Queue,
        "agent" => TruthSubject::Agent,
        "agent-total" => TruthSubject::AgentTotal,
        "org" => TruthSubject::Org,
        "org-total" => TruthSubject::OrgTotal,
        "custom" => TruthSubject::Custom,
        _ => return Err(unknown()),
    };
    let (grain, basis) = name.split_once('.').unwrap_or((name, "start"));
    let grain = match grain {
        "pt15m" => TruthGrain::Minutes(15),
        "pt30m" => TruthGrain::Minutes(30),
        "pt1h" => TruthGrain::Minutes(60),
        "p1d" => TruthGrain::Day,
        _ => return Err(unknown()),
    };
    let basis = match basis {
        "start" => TruthBasis::Start,
        "completion" => TruthBasis::Completion,
        "apportioned" => TruthBasis::Apportioned,
        _ => return Err(unknown()),
    };
    Ok((subject, grain, basis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_names_subject_grain_and_basis() {
        let days = read("handletime.kpi.queue.p1d.apportioned");
        assert_eq!(days, Ok((TruthSubject::Queue, TruthGrain::Day, TruthBasis::Apportioned)));
        let quarters = read("kpi.agent-total.pt15m");
        assert_eq!(quarters, Ok((TruthSubject::AgentTotal, TruthGrain::Minutes(15), TruthBasis::Start)));
        for (name, subject) in [
            ("kpi.agent.pt30m", TruthSubject::Agent),
            ("kpi.org.pt1h.completion", TruthSubject::Org),
            ("kpi.org-total.pt1h", TruthSubject::OrgTotal),
            ("kpi.custom.p1d", TruthSubject::Custom),
            ("contacts", TruthSubject::Contacts),
            ("handletime.transfers", TruthSubject::Transfers),
        ] {
            assert_eq!(read(name).map(|(subject, _, _)| subject), Ok(subject));
        }
        for topic in ["kpi.skill.pt30m", "kpi.queue.pt5m", "kpi.queue.pt30m.answer", "kpi.queue", "legs", ""] {
            assert_eq!(read(topic), Err(SettingsError::Topic(topic.to_owned())));
        }
    }
}
