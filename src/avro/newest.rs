//! The newest value of each key of a compacted topic, record by record. Pure.

use std::collections::BTreeMap;

use super::schema::AvroRecord;
use super::{AvroError, Codec};

/// Gathers what stands; a tombstone takes a key away.
#[derive(Debug)]
pub struct Newest<K, V> {
    keys: Codec<K>,
    values: Codec<V>,
    standing: BTreeMap<K, V>,
}

impl<K: AvroRecord + Ord, V: AvroRecord> Default for Newest<K, V> {
    fn default() -> Self {
        Newest { keys: Codec::default(), values: Codec::default(), standing: BTreeMap::new() }
    }
}

impl<K: AvroRecord + Ord, V: AvroRecord> Newest<K, V> {
    /// Takes a record; those of a key come in the order of their offsets.
    ///
    /// # Errors
    /// When key or value is not framed as its type; nothing has changed then.
    pub fn take(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), AvroError> {
        let key = self.keys.read_framed(key)?;
        match value {
            Some(value) => self.standing.insert(key, self.values.read_framed(value)?),
            None => self.standing.remove(&key),
        };
        Ok(())
    }

    /// What stands.
    #[must_use]
    pub fn standing(self) -> BTreeMap<K, V> {
        self.standing
    }
}
