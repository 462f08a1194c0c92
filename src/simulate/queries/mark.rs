//! The mark of a page of one query: where it begins, sealed so that no other query takes it. Pure.

use super::super::chance::mix;
use crate::domain::time::InstantMs;

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Behind the row of this start and id.
    pub after: (InstantMs, u128),
    /// Rows on the pages before.
    pub served: usize,
}

impl Mark {
    /// As text that means nothing to whoever passes it on; it has characters that a query string must escape.
    #[must_use]
    pub fn to_text(self, seed: u64, query: u64) -> String {
        let (start, id) = self.after;
        let seal = self.seal(seed, query);
        format!("{:x}+{id:032x}/{:x}={seal:016x}", start.cast_unsigned(), self.served)
    }

    /// Reads a text; `None` when it was not given to this query.
    #[must_use]
    pub fn from_text(text: &str, seed: u64, query: u64) -> Option<Mark> {
        let (start, rest) = text.split_once('+')?;
        let (id, rest) = rest.split_once('/')?;
        let (served, seal) = rest.split_once('=')?;
        let start = u64::from_str_radix(start, 16).ok()?.cast_signed();
        let after = (start, u128::from_str_radix(id, 16).ok()?);
        let mark = Mark { after, served: usize::from_str_radix(served, 16).ok()? };
        (u64::from_str_radix(seal, 16).ok()? == mark.seal(seed, query)).then_some(mark)
    }

    fn seal(self, seed: u64, query: u64) -> u64 {
        let (start, id) = self.after;
        mix(&[seed, query, start.cast_unsigned(), id as u64, (id >> 64) as u64, self.served as u64])
    }
}
