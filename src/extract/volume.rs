//! The volume check: what was read against what the platform says of the same selection. Pure.

/// Parts of a thousand that may be missing (METRICS scenario 23).
const TOLERANCE_PERMILLE: i64 = 5;

/// Whether at most half a per cent of the platform's count is missing from what was read.
///
/// More than it counts is no loss: records move between pages while they are read, and stand on two of them then.
#[must_use]
pub fn agrees(read: i64, native: i64) -> bool {
    (native - read).saturating_mul(1_000) <= native.saturating_mul(TOLERANCE_PERMILLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_per_cent_passes_and_more_does_not() {
        assert!(agrees(1_990, 2_000) && !agrees(1_989, 2_000));
        assert!(agrees(0, 0) && !agrees(0, 1));
        assert!(agrees(2_100, 2_000), "rows that stand on two pages are no loss");
    }
}
