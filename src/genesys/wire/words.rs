//! Words of answers: what a status or a medium means, and which words no one knows. Pure.

use super::page::Drift;
use crate::domain::interaction::InteractionStatus;
use crate::domain::media::MediaType;

/// Characters of an unknown word that are told. Too small: it cannot be recognised; too large: free text fills the
/// counters.
const WORD_CHARS_MAX: usize = 40;

/// What a status word means; `None` for a word that is not known. No word at all is not known either.
#[must_use]
pub fn status_from_word(word: &str) -> Option<InteractionStatus> {
    match word.to_ascii_lowercase().as_str() {
        "completed" => Some(InteractionStatus::Completed),
        "abandoned" => Some(InteractionStatus::Abandoned),
        // A conversation that was set aside goes on later.
        "inprogress" | "paused" => Some(InteractionStatus::Open),
        _ => None,
    }
}

/// The medium of a word; without a word it is `Unknown`, for the one who knows `genesys.media.default`.
#[must_use]
pub fn media_from_word(word: Option<&str>) -> MediaType {
    word.map_or(MediaType::Unknown, MediaType::from_word)
}

/// Counts a word that no one knows as drift of `field`.
pub fn word_drift(drift: &mut Drift, field: &str, word: &str) {
    let short: String = word.chars().take(WORD_CHARS_MAX).collect();
    Drift::count(&mut drift.unknown, &format!("{field}={short}"), 1);
}
