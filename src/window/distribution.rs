//! Values with counts, from which percentiles come; mergeable and retractable. Pure.

use crate::domain::varint;

/// More offered or handled legs than this, and a row keeps buckets instead of values, for its life.
///
/// Smaller: percentiles lose their exactness early. Larger: rows grow with every distinct value.
pub const EXACT_MAX: i64 = 1_000;

/// A value with all but its 11 leading bits cleared: at most 0.1 % below the value.
#[must_use]
pub fn bucket(value: i64) -> i64 {
    let bits = 64 - value.max(0).leading_zeros();
    let shift = bits.saturating_sub(11);
    (value >> shift) << shift
}

/// As many values stand in one piece of memory; more, and it is halved.
///
/// Smaller: more pieces to copy. Larger: more to move for a value that comes in between.
const PIECE_MAX: usize = 256;

/// Values with their counts. Counts may be negative while differences are merged, never in a row.
///
/// A row's distributions are copied whole for every transaction that changes it, and read whole for every publication:
/// both are quick on values that lie side by side.
#[derive(Clone, Debug, Default)]
pub struct Distribution {
    // Ascending, in pieces none of which is empty; no count is 0.
    pieces: Vec<Vec<(i64, i64)>>,
}

impl PartialEq for Distribution {
    fn eq(&self, other: &Distribution) -> bool {
        self.counts().eq(other.counts())
    }
}

impl Eq for Distribution {}

impl Distribution {
    /// Adds `count` (negative: takes away) of a value.
    pub fn add(&mut self, value: i64, count: i64) {
        if count == 0 {
            return;
        }
        if self.append(value, count) {
            return;
        }
        let at = self.pieces.partition_point(|piece| piece.first().is_some_and(|first| first.0 <= value));
        let at = at.saturating_sub(1);
        let Some(piece) = self.pieces.get_mut(at) else {
            return;
        };
        match piece.binary_search_by_key(&value, |known| known.0) {
            Ok(known) => {
                piece[known].1 += count;
                if piece[known].1 == 0 {
                    piece.remove(known);
                }
                if piece.is_empty() {
                    self.pieces.remove(at);
                }
            }
            Err(place) => {
                piece.insert(place, (value, count));
                if PIECE_MAX < piece.len() {
                    let upper = piece.split_off(PIECE_MAX / 2);
                    self.pieces.insert(at + 1, upper);
                }
            }
        }
    }

    /// Adds a value that is above all others, as every value is when bytes are read; whether it is.
    fn append(&mut self, value: i64, count: i64) -> bool {
        match self.pieces.last_mut() {
            Some(piece) if piece.last().is_some_and(|last| value <= last.0) => return false,
            Some(piece) if piece.len() < PIECE_MAX => piece.push((value, count)),
            _ => self.pieces.push(vec![(value, count)]),
        }
        true
    }

    fn counts(&self) -> impl DoubleEndedIterator<Item = (i64, i64)> {
        self.pieces.iter().flatten().copied()
    }

    /// Adds all of another distribution; `bucketed`: each value by its bucket.
    pub fn merge(&mut self, other: &Distribution, bucketed: bool) {
        for (value, count) in other.counts() {
            self.add(if bucketed { bucket(value) } else { value }, count);
        }
    }

    /// The same with every value replaced by its bucket.
    #[must_use]
    pub fn into_buckets(self) -> Distribution {
        let mut buckets = Distribution::default();
        buckets.merge(&self, true);
        buckets
    }

    /// The greatest value; `None` when empty.
    #[must_use]
    pub fn max(&self) -> Option<i64> {
        self.counts().next_back().map(|(value, _)| value)
    }

    /// Nearest rank (D-4): the smallest value with so many tenths of the counts at or below it; `None` when empty.
    #[must_use]
    pub fn percentile_tenths(&self, tenths: i64) -> Option<i64> {
        let total: i64 = self.counts().map(|(_, count)| count).sum();
        let mut below = 0;
        self.counts().find_map(|(value, count)| {
            below += count;
            (below * 10 >= tenths * total).then_some(value)
        })
    }

    /// Between the two neighbours in proportion, as SQL's `percentile_cont`, rounded to a whole number; `None` when empty.
    #[must_use]
    pub fn percentile_interpolated(&self, tenths: i64) -> Option<i64> {
        let total: i64 = self.counts().map(|(_, count)| count).sum();
        let tenfold = tenths * (total - 1);
        let at = |rank: i64| {
            let mut upto = 0;
            self.counts().find_map(|(value, count)| {
                upto += count;
                (rank < upto).then_some(value)
            })
        };
        let (low, part) = (at(tenfold.div_euclid(10))?, tenfold.rem_euclid(10));
        let high = if part == 0 { low } else { at(tenfold.div_euclid(10) + 1)? };
        Some(low + ((high - low) * part + 5) / 10)
    }

    /// Whether no value is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Whether a value is there less than no times.
    #[must_use]
    pub fn has_negative(&self) -> bool {
        self.counts().any(|(_, count)| count < 0)
    }

    /// Format 1: the byte 1, then for each value, ascending, its distance from the value before and its count, zigzag.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(1 + 4 * self.pieces.iter().map(Vec::len).sum::<usize>());
        out.push(1);
        let mut before = 0;
        for (value, count) in self.counts() {
            varint::put_signed(&mut out, value - before);
            varint::put_signed(&mut out, count);
            before = value;
        }
        out
    }

    /// Reads the bytes of a row's field; a null field holds nothing.
    #[must_use]
    pub fn of(bytes: Option<&[u8]>) -> Option<Distribution> {
        bytes.map_or(Some(Distribution::default()), Distribution::decode)
    }

    /// Reads [`Distribution::encode`]'s bytes; `None` when they are not such.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Distribution> {
        let (format, mut rest) = bytes.split_first()?;
        if *format != 1 {
            return None;
        }
        let mut distribution = Distribution::default();
        let mut value = 0i64;
        while !rest.is_empty() {
            value = value.checked_add(varint::take_signed(&mut rest)?)?;
            let count = varint::take_signed(&mut rest)?;
            distribution.add(value, count);
        }
        Some(distribution)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[i64]) -> Distribution {
        let mut distribution = Distribution::default();
        values.iter().for_each(|value| distribution.add(*value, 1));
        distribution
    }

    #[test]
    fn p90_is_the_nearest_rank_and_percentiles_are_not_additive() {
        let first = of(&[100, 120, 150, 180, 200]);
        let second = of(&[240, 300, 360, 420, 900]);
        assert_eq!((first.percentile_tenths(9), second.percentile_tenths(9)), (Some(200), Some(900)));
        let mut both = first;
        both.merge(&second, false);
        assert_eq!(both.percentile_tenths(9), Some(420));
        assert_eq!(of(&[250]).percentile_tenths(9), Some(250));
        assert_eq!(of(&[]).percentile_tenths(9), None);
    }

    #[test]
    fn the_interpolated_variant_lies_between_the_neighbours() {
        let handles = of(&[100, 120, 150, 180, 200, 240, 300, 360, 420, 900]);
        assert_eq!(handles.percentile_interpolated(9), Some(468));
        assert_eq!(of(&[250]).percentile_interpolated(9), Some(250));
        assert_eq!(of(&[]).percentile_interpolated(9), None);
    }

    #[test]
    fn a_bucket_is_at_most_a_thousandth_below_its_value_and_small_values_are_their_own() {
        for value in [0, 1, 2_047, 2_048, 2_049, 350_123, 575_150_181, i64::from(u32::MAX)] {
            let low = bucket(value);
            assert!(low <= value && (value - low) * 1_000 <= value, "{value}");
            assert_eq!(bucket(low), low);
        }
        assert_eq!(bucket(2_047), 2_047);
        assert_eq!(bucket(2_049), 2_048);
    }

    #[test]
    fn values_that_come_in_any_order_stand_in_their_own_and_leave_nothing_behind() {
        let mut distribution = Distribution::default();
        let mut expected = std::collections::BTreeMap::new();
        // 7919 is prime to 10007, so every value comes, scattered.
        let values: Vec<i64> = (0..10_007).map(|at| at * 7_919 % 10_007).collect();
        for value in &values {
            distribution.add(*value, value % 3 + 1);
            expected.insert(*value, value % 3 + 1);
        }
        assert!(distribution.counts().eq(expected.clone()));
        assert!(distribution.pieces.iter().all(|piece| (1..=PIECE_MAX).contains(&piece.len())));
        assert_eq!(Distribution::decode(&distribution.encode()), Some(distribution.clone()));
        for value in values.iter().filter(|value| **value % 2 == 0) {
            distribution.add(*value, -(value % 3 + 1));
            expected.remove(value);
        }
        assert!(distribution.counts().eq(expected));
        for value in values.iter().filter(|value| **value % 2 == 1) {
            distribution.add(*value, -(value % 3 + 1));
        }
        assert_eq!(distribution, Distribution::default());
    }

    #[test]
    fn bytes_read_back_and_retraction_empties() {
        let mut distribution = of(&[5, 5, 70_000]);
        let read = Distribution::decode(&distribution.encode()).unwrap();
        assert_eq!(read, distribution);
        for value in [5, 5, 70_000] {
            distribution.add(value, -1);
        }
        assert!(distribution.is_empty());
        assert_eq!(Distribution::decode(&[2]), None);
    }
}
