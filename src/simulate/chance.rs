//! Choices that depend on the seed and on what is chosen about, but on no order of events. Pure.

use xxhash_rust::xxh64::Xxh64;

/// A number that looks arbitrary and is a function of `parts` alone.
#[must_use]
pub fn mix(parts: &[u64]) -> u64 {
    let mut hash = Xxh64::new(0x68_616e_646c_6574);
    for part in parts {
        hash.update(&part.to_le_bytes());
    }
    hash.digest()
}

/// True for `share` (0 to 1) of all values of `mixed`.
#[must_use]
pub fn happens(mixed: u64, share: f64) -> bool {
    // 53 bits are what a double holds exactly.
    ((mixed >> 11) as f64) < share * (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_the_mixed_values_happens() {
        let hits = (0..10_000).filter(|part| happens(mix(&[7, *part]), 0.05)).count();
        assert!((400..600).contains(&hits), "{hits}");
        assert!(!happens(mix(&[1]), 0.0) && happens(mix(&[1]), 1.0));
    }
}
