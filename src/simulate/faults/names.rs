//! Names that change while the simulated platform runs. Pure; the truth knows nothing of them.

use serde::Deserialize;

use crate::domain::reference::Kind;

/// One change of one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameChange {
    /// Which list.
    pub kind: Kind,
    /// Whose name.
    pub id: String,
    /// From which reading of the list on, counted from 1.
    pub from_reading: u64,
    /// What it is called then; `None`: it is deleted.
    pub name: Option<String>,
}

/// `[[name]]` as it stands in a script.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NameText {
    list: String,
    id: String,
    from_reading: u64,
    rename: Option<String>,
    #[serde(default)]
    deleted: bool,
}

impl NameText {
    /// The change.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(&self) -> Result<NameChange, &'static str> {
        let kind = Kind::from_word(&self.list);
        let kind = kind.ok_or("list must be one of queues, wrapup-codes, skills, languages, users")?;
        if self.rename.is_some() == self.deleted {
            return Err("either rename or deleted = true must be given");
        }
        Ok(NameChange { kind, id: self.id.clone(), from_reading: self.from_reading, name: self.rename.clone() })
    }
}
