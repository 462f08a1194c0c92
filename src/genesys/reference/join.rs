//! Names put on interactions as they are read. Pure.

use std::collections::BTreeSet;

use super::names::{Kind, Names};
use crate::domain::interaction::Interaction;
use crate::domain::media::Dialect;
use crate::genesys::wire::RowRead;

/// What separates the skills of a set.
const SKILL_SEPARATOR: &str = "|||";

/// How the platform's own wrap-up codes begin: they are in no list, and are their own names.
const SYSTEM_CODE: &str = "ININ-";

impl Names {
    /// Puts names and targets on an interaction, and answers its hash anew: they are part of it.
    pub fn join(&self, interaction: &mut Interaction) {
        let dialect = interaction.source;
        for leg in &mut interaction.legs {
            if let Some(queue) = leg.queue_id.as_deref().and_then(|id| self.entity(Kind::Queue, id)) {
                leg.queue_name = Some(queue.name.clone());
                leg.service_level_target_ms = queue.targets_ms.get(&leg.media_type).copied();
            }
            leg.wrapup_code_name = leg.wrapup_code_id.as_deref().and_then(|code| self.code_name(dialect, code));
            leg.skill_set = self.skill_set(&leg.skill_set);
            if let Some(name) = self.name(Kind::Language, &leg.language) {
                leg.language = name.to_owned();
            }
        }
        for disposition in &mut interaction.dispositions {
            disposition.code_name = disposition.code_id.as_deref().and_then(|code| self.code_name(dialect, code));
        }
        interaction.content_hash = interaction.computed_hash();
    }

    /// The name of a wrap-up code. The guides' dialects carry names where the platform has ids.
    fn code_name(&self, dialect: Dialect, code: &str) -> Option<String> {
        if let Some(name) = self.name(Kind::WrapupCode, code) {
            return Some(name.to_owned());
        }
        let is_name = !is_real(dialect) || code.starts_with(SYSTEM_CODE) || self.is_wrapup_name(code);
        is_name.then(|| code.to_owned())
    }

    fn skill_set(&self, ids: &str) -> String {
        let split = ids.split(SKILL_SEPARATOR).filter(|id| !id.is_empty());
        let names: BTreeSet<&str> = split.map(|id| self.name(Kind::Skill, id).unwrap_or(id)).collect();
        skill_set(names)
    }

    /// Whether the meaning of an id has to be asked for.
    #[must_use]
    pub fn lacks(&self, kind: Kind, id: &str) -> bool {
        let own_name = kind == Kind::WrapupCode && (id.starts_with(SYSTEM_CODE) || self.is_wrapup_name(id));
        !id.is_empty() && !own_name && self.entity(kind, id).is_none()
    }
}

/// A skill set out of sorted skills.
#[must_use]
pub fn skill_set<'a>(skills: impl IntoIterator<Item = &'a str>) -> String {
    skills.into_iter().collect::<Vec<_>>().join(SKILL_SEPARATOR)
}

fn is_real(dialect: Dialect) -> bool {
    matches!(dialect, Dialect::ConversationDetails | Dialect::ConversationJobs)
}

/// Those of the ids of these rows that stand without a name.
#[must_use]
pub fn unresolved(rows: &[RowRead], ids: &BTreeSet<(Kind, String)>, names: &Names) -> BTreeSet<(Kind, String)> {
    // The guides' dialects carry names where the platform has ids of wrap-up codes.
    let has_code_ids = rows.iter().any(|row| matches!(row, RowRead::Whole(read) if is_real(read.source)));
    let counts = |kind: Kind| kind.is_joined() && (kind != Kind::WrapupCode || has_code_ids);
    ids.iter().filter(|(kind, id)| counts(*kind) && names.lacks(*kind, id)).cloned().collect()
}

/// All ids of the rows that may have a name.
#[must_use]
pub fn ids_of(rows: &[RowRead]) -> BTreeSet<(Kind, String)> {
    let mut ids = BTreeSet::new();
    let mut add = |kind: Kind, id: Option<&str>| {
        if let Some(id) = id.filter(|id| !id.is_empty()) {
            ids.insert((kind, id.to_owned()));
        }
    };
    for row in rows {
        match row {
            RowRead::Row(row) => {
                add(Kind::Queue, row.queue_id.as_deref());
                add(Kind::WrapupCode, row.wrap_up_code.as_deref());
                add(Kind::User, row.agent_id.as_deref());
            }
            RowRead::Whole(interaction) => {
                for leg in &interaction.legs {
                    add(Kind::Queue, leg.queue_id.as_deref());
                    add(Kind::WrapupCode, leg.wrapup_code_id.as_deref());
                    add(Kind::Language, Some(&leg.language));
                    add(Kind::User, leg.user_id.as_deref());
                    for skill in leg.skill_set.split(SKILL_SEPARATOR) {
                        add(Kind::Skill, Some(skill));
                    }
                }
                for disposition in &interaction.dispositions {
                    add(Kind::WrapupCode, disposition.code_id.as_deref());
                }
            }
            RowRead::Malformed(_) => {}
        }
    }
    ids
}
