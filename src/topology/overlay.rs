//! Staged changes over committed state: promoted on commit, dropped on abort. Pure.

use std::hash::Hash;

use hashbrown::HashMap;

/// A map with uncommitted changes on top. Iteration order is never relied on.
#[derive(Clone, Debug)]
pub struct Overlay<K, V> {
    committed: HashMap<K, V>,
    staged: HashMap<K, Option<V>>,
}

impl<K, V> Default for Overlay<K, V> {
    fn default() -> Self {
        Overlay { committed: HashMap::new(), staged: HashMap::new() }
    }
}

impl<K: Clone + Eq + Hash, V> Overlay<K, V> {
    /// The value as staged, else as committed.
    pub fn at<Q: ?Sized + Hash + hashbrown::Equivalent<K>>(&self, key: &Q) -> Option<&V> {
        match self.staged.get(key) {
            Some(staged) => staged.as_ref(),
            None => self.committed.get(key),
        }
    }

    /// Stages a value.
    pub fn put(&mut self, key: K, value: V) {
        self.staged.insert(key, Some(value));
    }

    /// The staged value, to be changed: what is committed is copied for it once, nothing is begun anew.
    pub fn staged_mut(&mut self, key: &K) -> &mut V
    where
        V: Clone + Default,
    {
        let committed = &self.committed;
        let staged = self.staged.entry_ref(key).or_insert_with(|| committed.get(key).cloned());
        staged.get_or_insert_default()
    }

    /// Stages that there is no value.
    pub fn remove(&mut self, key: K) {
        self.staged.insert(key, None);
    }

    /// Puts a committed value, at restore.
    pub fn restore(&mut self, key: K, value: V) {
        self.committed.insert(key, value);
    }

    /// Takes a committed value out, at restore or eviction.
    pub fn evict<Q: ?Sized + Hash + hashbrown::Equivalent<K>>(&mut self, key: &Q) -> Option<V> {
        self.committed.remove(key)
    }

    /// The committed value, whatever is staged.
    pub fn committed<Q: ?Sized + Hash + hashbrown::Equivalent<K>>(&self, key: &Q) -> Option<&V> {
        self.committed.get(key)
    }

    /// The staged values, in no order.
    pub fn staged(&self) -> impl Iterator<Item = (&K, &V)> {
        self.staged.iter().filter_map(|(key, value)| value.as_ref().map(|value| (key, value)))
    }

    /// All committed values, in no order.
    pub fn iter_committed(&self) -> impl Iterator<Item = (&K, &V)> {
        self.committed.iter()
    }

    /// Takes the staged values out, in no order; what is to stay staged is put again.
    pub fn take_staged(&mut self) -> Vec<(K, V)> {
        self.staged.drain().filter_map(|(key, value)| value.map(|value| (key, value))).collect()
    }

    /// Makes the staged values the committed ones; `each` is told those that there are now, without what was before:
    /// that would be one more look into a map that no cache holds.
    pub fn promote(&mut self, mut each: impl FnMut(&K, &V)) {
        for (key, value) in self.staged.drain() {
            match value {
                Some(value) => {
                    each(&key, &value);
                    self.committed.insert(key, value);
                }
                None => {
                    self.committed.remove(&key);
                }
            }
        }
    }

    /// Makes the staged values the committed ones; `each` is told every key that changed, its value before and now.
    pub fn promote_each(&mut self, mut each: impl FnMut(&K, Option<&V>, Option<&V>)) {
        for (key, value) in self.staged.drain() {
            each(&key, self.committed.get(&key), value.as_ref());
            match value {
                Some(value) => self.committed.insert(key, value),
                None => self.committed.remove(&key),
            };
        }
    }

    /// Forgets the staged values.
    pub fn abort(&mut self) {
        self.staged.clear();
    }

    /// How many values are committed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.committed.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.committed.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_staged_value_is_changed_in_place_and_the_committed_one_stays() {
        let mut overlay = Overlay::<String, i32>::default();
        overlay.restore("a".into(), 1);
        *overlay.staged_mut(&"a".into()) += 1;
        *overlay.staged_mut(&"a".into()) += 1;
        *overlay.staged_mut(&"b".into()) += 5;
        assert_eq!((overlay.at("a"), overlay.committed("a"), overlay.at("b")), (Some(&3), Some(&1), Some(&5)));
        overlay.abort();
        assert_eq!((overlay.at("a"), overlay.at("b")), (Some(&1), None));
        *overlay.staged_mut(&"a".into()) += 1;
        let mut told = Vec::new();
        overlay.promote_each(|key, before, now| told.push((key.clone(), before.copied(), now.copied())));
        assert_eq!(told, [("a".to_owned(), Some(1), Some(2))]);
        overlay.remove("a".into());
        assert_eq!(*overlay.staged_mut(&"a".into()), 0, "what is staged as gone is begun anew");
    }

    #[test]
    fn staged_values_are_seen_and_vanish_on_abort() {
        let mut overlay = Overlay::<String, i32>::default();
        overlay.restore("a".into(), 1);
        overlay.put("a".into(), 2);
        assert_eq!((overlay.at("a"), overlay.committed("a")), (Some(&2), Some(&1)));
        overlay.abort();
        assert_eq!(overlay.at("a"), Some(&1));
        overlay.put("a".into(), 3);
        overlay.remove("b".into());
        let mut told = Vec::new();
        overlay.promote(|key, value| told.push((key.clone(), *value)));
        assert_eq!(told, [("a".to_owned(), 3)]);
        assert_eq!(overlay.committed("a"), Some(&3));
    }
}
