//! The profiles of weighted handle time: what a leg weighs by the number of its transfers. Pure.

/// Profile, and the weight of 0, 1, 2, and 3 or more transfers × 1000 (D-3).
const PROFILES: [(&str, [i64; 4]); 3] = [
    ("published", [1_000, 1_200, 1_000, 1_500]),
    ("monotone", [1_000, 1_200, 1_200, 1_500]),
    ("two-or-more", [1_000, 1_200, 1_500, 1_500]),
];

/// The words that `kpi.weht.profile` takes.
pub const WORDS: [&str; PROFILES.len()] = [PROFILES[0].0, PROFILES[1].0, PROFILES[2].0];

/// The weights of a profile × 1000; `None` for a word that is none.
#[must_use]
pub fn tiers_milli(profile: &str) -> Option<[i64; 4]> {
    PROFILES.iter().find(|(word, _)| *word == profile).map(|(_, tiers)| *tiers)
}
