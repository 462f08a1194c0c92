//! Words of answers: what a status or a medium means, and which words no one knows. Pure.

use super::page::Drift;
use crate::domain::interaction::InteractionStatus;
use crate::domain::media::MediaType;

/// Characters of an unknown word that is told. Too small: it cannot be recognised; too large: free text fills the
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

/// Media that the platform has and no figure tells apart.
const MEDIA_WITHOUT_LEGS: [&str; 6] =
    ["cobrowse", "internalmessage", "screenmonitoring", "screenshare", "unknown", "video"];

/// Counts the word of a medium as drift of `field`, if the platform is not known to have such a medium.
pub fn media_drift(drift: &mut Drift, field: &str, word: &str) {
    let is_of = |known: &&str| known.eq_ignore_ascii_case(word);
    if MediaType::from_word(word) == MediaType::Unknown && !MEDIA_WITHOUT_LEGS.iter().any(is_of) {
        word_drift(drift, field, word);
    }
}

/// Counts a word that no one knows as drift of `field`.
pub fn word_drift(drift: &mut Drift, field: &str, word: &str) {
    let told = if is_a_name(word) { word } else { "(free text)" };
    Drift::count(&mut drift.unknown, &format!("{field}={told}"), 1);
}

/// A field's name as it may be told: one that looks like data, such as a number or an address, may be personal.
#[must_use]
pub fn told_name(name: &str) -> &str {
    let is_told = name.split('.').all(is_a_name);
    if is_told { name } else { "(no name)" }
}

fn is_a_name(word: &str) -> bool {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    word.len() <= WORD_CHARS_MAX
        && word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && word.chars().all(is_letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_medium_that_the_platform_has_is_no_drift_though_nothing_is_measured_of_it() {
        let mut drift = Drift::default();
        for word in ["voice", "Cobrowse", "screenshare", "video", "unknown", "telepathy"] {
            media_drift(&mut drift, "type", word);
        }
        assert_eq!(drift.unknown.into_iter().collect::<Vec<_>>(), [("type=telepathy".to_owned(), 1)]);
    }

    #[test]
    fn what_looks_like_data_is_counted_and_not_told() {
        let mut drift = Drift::default();
        for word in ["teleport", "+49301234", "ann@example.org", "Ann Lee", ""] {
            word_drift(&mut drift, "type", word);
        }
        assert_eq!(
            drift.unknown.into_iter().collect::<Vec<_>>(),
            [("type=(free text)".to_owned(), 4), ("type=teleport".to_owned(), 1)]
        );
        assert_eq!((told_name("customer.ani"), told_name("004930")), ("customer.ani", "(no name)"));
    }
}
