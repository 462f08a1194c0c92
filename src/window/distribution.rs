//! Values with counts, from which percentiles come; mergeable and retractable. Pure.

use std::collections::BTreeMap;

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

/// Values with their counts. Counts may be negative while differences are merged, never in a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distribution {
    counts: BTreeMap<i64, i64>,
}

impl Distribution {
    /// Adds `count` (negative: takes away) of a value.
    pub fn add(&mut self, value: i64, count: i64) {
        let entry = self.counts.entry(value).or_insert(0);
        *entry += count;
        if *entry == 0 {
            self.counts.remove(&value);
        }
    }

    /// Adds all of another distribution; `bucketed`: each value by its bucket.
    pub fn merge(&mut self, other: &Distribution, bucketed: bool) {
        for (value, count) in &other.counts {
            self.add(if bucketed { bucket(*value) } else { *value }, *count);
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
        self.counts.last_key_value().map(|(value, _)| *value)
    }

    /// Nearest rank (D-4): the smallest value with so many tenths of the counts at or below it; `None` when empty.
    #[must_use]
    pub fn percentile_tenths(&self, tenths: i64) -> Option<i64> {
        let total: i64 = self.counts.values().sum();
        let mut below = 0;
        self.counts.iter().find_map(|(value, count)| {
            below += count;
            (below * 10 >= tenths * total).then_some(*value)
        })
    }

    /// Between the two neighbours in proportion, as SQL's `percentile_cont`, rounded to a whole number; `None` when empty.
    #[must_use]
    pub fn percentile_interpolated(&self, tenths: i64) -> Option<i64> {
        let total: i64 = self.counts.values().sum();
        let tenfold = tenths * (total - 1);
        let at = |rank: i64| {
            let mut upto = 0;
            self.counts.iter().find_map(|(value, count)| {
                upto += count;
                (rank < upto).then_some(*value)
            })
        };
        let (low, part) = (at(tenfold.div_euclid(10))?, tenfold.rem_euclid(10));
        let high = if part == 0 { low } else { at(tenfold.div_euclid(10) + 1)? };
        Some(low + ((high - low) * part + 5) / 10)
    }

    /// Whether no value is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Whether a value is there less than no times.
    #[must_use]
    pub fn has_negative(&self) -> bool {
        self.counts.values().any(|count| *count < 0)
    }

    /// Format 1: the byte 1, then for each value, ascending, its distance from the value before and its count, zigzag.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(1 + 4 * self.counts.len());
        out.push(1);
        let mut before = 0;
        for (value, count) in &self.counts {
            varint::put_signed(&mut out, value - before);
            varint::put_signed(&mut out, *count);
            before = *value;
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
