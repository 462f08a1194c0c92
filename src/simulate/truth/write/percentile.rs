//! The 90th percentile of a list, and the buckets of long lists. Pure.

use crate::domain::time::DurationMs;

/// Bits of a value that name its bucket.
const BUCKET_BITS: u32 = 11;

/// The smallest value that at least nine tenths of all do not exceed.
pub(super) fn nearest_rank(values: &[DurationMs]) -> Option<DurationMs> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let enough = |value: &DurationMs| {
        let below = sorted.iter().take_while(|other| *other <= value).count();
        9 * sorted.len() <= 10 * below
    };
    // The candidates around the rank suffice; a scan of all of them would be quadratic.
    let rank = (sorted.len() * 9).div_ceil(10);
    sorted.iter().copied().skip(rank.saturating_sub(2)).find(enough)
}

/// What lies nine tenths of the way from the first of the sorted values to the last, between two of them in proportion;
/// to the millisecond.
pub(super) fn interpolated(values: &[DurationMs]) -> Option<DurationMs> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let way = sorted.len().checked_sub(1)? * 9;
    let lower = *sorted.get(way / 10)?;
    let upper = sorted.get(way / 10 + 1).copied().unwrap_or(lower);
    let tenths = (way % 10) as DurationMs;
    // Half a millisecond goes up.
    Some(((10 - tenths) * lower + tenths * upper + 5) / 10)
}

/// The value with all but its leading bits cleared.
pub(in crate::simulate) fn bucket(ms: DurationMs) -> DurationMs {
    let mut low_bits = 0;
    while (1 << BUCKET_BITS) <= ms >> low_bits {
        low_bits += 1;
    }
    (ms >> low_bits) << low_bits
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECONDS: [DurationMs; 10] = [100, 120, 150, 180, 200, 240, 300, 360, 420, 900];

    #[test]
    fn p90_is_the_nearest_rank() {
        assert_eq!(nearest_rank(&SECONDS), Some(420));
        assert_eq!(nearest_rank(&[250]), Some(250));
        assert_eq!(nearest_rank(&[]), None);
        assert_eq!(nearest_rank(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]), Some(10));
        assert_eq!(nearest_rank(&[5, 5, 5, 1]), Some(5));
    }

    #[test]
    fn interpolated_p90_lies_between_its_neighbours() {
        assert_eq!(interpolated(&SECONDS), Some(468));
        assert_eq!(interpolated(&[250]), Some(250));
        assert_eq!(interpolated(&[]), None);
        assert_eq!(interpolated(&[10, 0]), Some(9));
        assert_eq!(interpolated(&[10, 15]), Some(15), "14.5");
        assert_eq!(interpolated(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]), Some(10));
    }

    #[test]
    fn a_bucket_keeps_eleven_leading_bits() {
        assert_eq!((bucket(0), bucket(2_047), bucket(2_048), bucket(2_049)), (0, 2_047, 2_048, 2_048));
        assert_eq!(bucket(8_191), 8_188);
    }
}
