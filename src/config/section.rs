//! A settings file as flat maps: keys, what was written, and what that stands for. Pure.

use std::fmt;

use super::placeholder;
use super::secret::Secret;

/// A settings file.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// Its name, for messages.
    pub name: String,
    /// Whether all of it could be read; else only the problems of reading tell anything.
    pub is_whole: bool,
    /// `[worker]`, if it is there.
    pub worker: Option<Section>,
    /// `[connectors.NAME]`, in the file's order.
    pub connectors: Vec<Section>,
}

/// One table of the file.
#[derive(Clone, Debug, Default)]
pub struct Section {
    /// The connector's name; `worker` for `[worker]`.
    pub name: String,
    /// As it stands in the file: `[connectors.NAME]`.
    pub title: String,
    /// Line where it begins, from 1.
    pub line: usize,
    /// Its settings, in the file's order.
    pub entries: Vec<Entry>,
}

impl Section {
    /// The first entry of that key.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }
}

/// One setting of the file. Its `Debug` shows no value.
#[derive(Clone)]
pub struct Entry {
    /// The key, dotted.
    pub key: String,
    /// Line, from 1.
    pub line: usize,
    /// The value as written, with its placeholders. May itself be a secret.
    pub written: String,
    /// What it stands for; `None` when a placeholder could not be resolved, which is reported already.
    pub resolved: Option<Secret>,
}

impl Entry {
    /// What may be printed of the value: what was written, but of a secret only a placeholder.
    #[must_use]
    pub fn shown(&self, is_secret: bool) -> &str {
        if is_secret && !placeholder::is_one(&self.written) { "[hidden]" } else { &self.written }
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Entry").field("key", &self.key).field("line", &self.line).finish_non_exhaustive()
    }
}
