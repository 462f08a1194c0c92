//! The volume check: what was read against what the platform says of the same selection. Pure.

/// Parts of a thousand by which the two may differ (METRICS scenario 23).
const TOLERANCE_PERMILLE: i64 = 5;

/// Whether so many rows read are as many as the platform counts, within half a per cent of its count.
#[must_use]
pub fn agrees(read: i64, native: i64) -> bool {
    (read - native).abs().saturating_mul(1_000) <= native.saturating_mul(TOLERANCE_PERMILLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_per_cent_passes_and_more_does_not() {
        assert!(agrees(1_990, 2_000) && agrees(2_010, 2_000));
        assert!(!agrees(1_989, 2_000) && !agrees(2_011, 2_000));
        assert!(agrees(0, 0) && !agrees(1, 0) && !agrees(0, 1));
    }
}
