//! Pure: partitions, and the transactions that their records belong to.

use std::collections::{BTreeMap, BTreeSet};

use handletime::topology::record::Produce;

/// A partition by the full name of its topic.
pub type Place = (String, i32);

/// Number of a transaction, in the order of their beginnings.
pub type Number = usize;

/// A record as it stands in a partition.
#[derive(Clone, Debug)]
pub struct Standing {
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<(String, Vec<u8>)>,
}

#[derive(Clone, Debug)]
enum Entry {
    Record(Number, Standing),
    /// The end of a transaction in this partition.
    Marker,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Open,
    /// Decided; the markers that are not yet written follow.
    Committed,
    Aborted,
}

#[derive(Clone, Debug)]
struct Transaction {
    /// Its transactional id.
    id: String,
    fate: Fate,
    /// Where it wrote and no marker stands yet.
    unmarked: BTreeSet<Place>,
    /// Next offsets by group and partition, for when it commits.
    offsets: BTreeMap<(String, i32), i64>,
    decided_at: u64,
    /// The coordinator calls it complete, and writes no further marker.
    forgotten: bool,
    /// Where another transaction's marker ended it, and how.
    ended_by_another: BTreeMap<Place, Fate>,
}

/// All partitions.
#[derive(Debug, Default)]
pub struct Log {
    places: BTreeMap<Place, Vec<Entry>>,
    transactions: Vec<Transaction>,
    /// What each group has committed.
    pub group_offsets: BTreeMap<(String, i32), i64>,
}

impl Log {
    /// Begins a transaction of a transactional id.
    pub fn begin(&mut self, id: &str) -> Number {
        self.transactions.push(Transaction {
            id: id.to_owned(),
            fate: Fate::Open,
            unmarked: BTreeSet::new(),
            offsets: BTreeMap::new(),
            decided_at: 0,
            forgotten: false,
            ended_by_another: BTreeMap::new(),
        });
        self.transactions.len() - 1
    }

    /// Appends a record of an open transaction; returns its offset.
    pub fn append(&mut self, number: Number, place: &Place, record: &Produce) -> i64 {
        assert_eq!(self.transactions[number].fate, Fate::Open, "a decided transaction takes no records");
        self.transactions[number].unmarked.insert(place.clone());
        let Produce { key, value, headers, .. } = record.clone();
        let entries = self.places.entry(place.clone()).or_default();
        entries.push(Entry::Record(number, Standing { key, value, headers }));
        entries.len() as i64 - 1
    }

    /// Fills a partition up to an offset, as what was compacted away leaves it.
    pub fn leave_out_to(&mut self, place: &Place, offset: i64) {
        let entries = self.places.entry(place.clone()).or_default();
        while (entries.len() as i64) < offset {
            entries.push(Entry::Marker);
        }
    }

    pub fn note_offset(&mut self, number: Number, group: &str, partition: i32, next_offset: i64) {
        self.transactions[number].offsets.insert((group.to_owned(), partition), next_offset);
    }

    /// Decides an open transaction; its markers follow.
    pub fn decide(&mut self, number: Number, commit: bool, now: u64) {
        let transaction = &mut self.transactions[number];
        assert_eq!(transaction.fate, Fate::Open, "decided once");
        transaction.fate = if commit { Fate::Committed } else { Fate::Aborted };
        transaction.decided_at = now;
        if commit {
            self.group_offsets.extend(std::mem::take(&mut transaction.offsets));
        }
    }

    /// Writes the markers of what was decided at or before `until`. A marker ends whatever has no end there of the same id.
    pub fn mark(&mut self, until: u64) {
        for number in 0..self.transactions.len() {
            let marked = &mut self.transactions[number];
            if marked.fate == Fate::Open || marked.forgotten || until < marked.decided_at {
                continue;
            }
            let (id, fate, places) = (marked.id.clone(), marked.fate, std::mem::take(&mut marked.unmarked));
            for place in places {
                for lost in self.transactions.iter_mut().filter(|lost| lost.forgotten && lost.id == id) {
                    if lost.unmarked.remove(&place) {
                        lost.ended_by_another.insert(place.clone(), fate);
                    }
                }
                self.places.entry(place).or_default().push(Entry::Marker);
            }
        }
    }

    /// The markers that are not yet written never come, as when a coordinator starts before partitions have leaders.
    pub fn forget_markers(&mut self) {
        for transaction in &mut self.transactions {
            transaction.forgotten |= transaction.fate != Fate::Open && !transaction.unmarked.is_empty();
        }
    }

    /// What a transaction wrote is decided without markers of its own.
    pub fn mark_silently(&mut self, number: Number) {
        self.transactions[number].unmarked.clear();
    }

    pub fn open_transactions(&self) -> usize {
        self.transactions.iter().filter(|transaction| transaction.fate == Fate::Open).count()
    }

    pub fn end(&self, place: &Place) -> i64 {
        self.places.get(place).map_or(0, |entries| entries.len() as i64)
    }

    /// The last stable offset.
    pub fn decided(&self, place: &Place) -> i64 {
        let undecided = |entry: &Entry| match entry {
            Entry::Record(number, _) => self.transactions[*number].unmarked.contains(place),
            Entry::Marker => false,
        };
        let entries = self.places.get(place).map_or(&[][..], Vec::as_slice);
        entries.iter().position(undecided).map_or(entries.len() as i64, |at| at as i64)
    }

    /// The first committed record at or after `from` that readers of committed records see.
    pub fn next(&self, place: &Place, from: i64) -> Option<(i64, &Standing)> {
        let decided = self.decided(place);
        let entries = self.places.get(place)?;
        (from..decided).find_map(|offset| match &entries[offset as usize] {
            Entry::Record(number, record) if self.fate(*number, place) == Fate::Committed => Some((offset, record)),
            _ => None,
        })
    }

    fn fate(&self, number: Number, place: &Place) -> Fate {
        let transaction = &self.transactions[number];
        transaction.ended_by_another.get(place).copied().unwrap_or(transaction.fate)
    }

    /// All partitions that anything stands in.
    pub fn places(&self) -> Vec<Place> {
        self.places.keys().cloned().collect()
    }
}
