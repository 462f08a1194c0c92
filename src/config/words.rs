//! The words of settings that choose one of several ways. Pure.

use chrono::NaiveDate;

use super::typed::{AggregatesShape, DigitalHandle, Percentile, RulesChange};
use crate::domain::media::MediaType;
use crate::domain::range::RangeDates;

/// A way and its word.
pub type Word<T> = (&'static str, T);

/// `kpi.digital.handle`.
pub const DIGITAL_HANDLE: [Word<DigitalHandle>; 2] =
    [("agent-duration", DigitalHandle::AgentDuration), ("active", DigitalHandle::Active)];

/// `kpi.percentile`.
pub const PERCENTILE: [Word<Percentile>; 2] =
    [("nearest-rank", Percentile::NearestRank), ("interpolated", Percentile::Interpolated)];

/// `kpi.transfer.without.wait`: whether the leg is malformed.
pub const TRANSFER_WITHOUT_WAIT: [Word<bool>; 2] = [("dead-letter", true), ("keep", false)];

/// `kpi.rules.change`.
pub const RULES_CHANGE: [Word<RulesChange>; 2] =
    [("refuse", RulesChange::Refuse), ("from-next-day", RulesChange::FromNextDay)];

/// `genesys.aggregates`.
pub const AGGREGATES: [Word<AggregatesShape>; 2] =
    [("metrics", AggregatesShape::Metrics), ("buckets", AggregatesShape::Buckets)];

/// Both ends of a range in one line: each date, or nothing where it is left to the plan or open.
#[must_use]
pub fn of_range(range: &RangeDates) -> String {
    let date = |date: Option<NaiveDate>| date.map_or_else(String::new, |date| date.to_string());
    format!("{}..{}", date(range.start), date(range.end))
}

/// The inverse of [`of_range`].
#[must_use]
pub fn range(text: &str) -> Option<RangeDates> {
    let date = |text: &str| if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) };
    let (start, end) = text.split_once("..")?;
    Some(RangeDates { start: date(start)?, end: date(end)? })
}

/// The word of a way.
#[must_use]
pub fn of<T: Copy + PartialEq>(words: &[Word<T>], way: T) -> String {
    words.iter().find(|(_, known)| *known == way).map_or_else(String::new, |(word, _)| (*word).to_owned())
}

/// The way of a word.
#[must_use]
pub fn read<T: Copy>(words: &[Word<T>], word: &str) -> Option<T> {
    words.iter().find(|(known, _)| *known == word).map(|(_, way)| *way)
}

/// Reads `name:factor` pairs as factors × 1000; a name may hold colons. `None` when a pair is not such.
#[must_use]
pub fn factor(pair: &str) -> Option<(String, i64)> {
    let (name, factor) = pair.rsplit_once(':')?;
    let factor: f64 = factor.trim().parse().ok()?;
    let milli = (factor * 1_000.0).round();
    let in_range = !name.trim().is_empty() && (0.0..=1_000_000.0).contains(&milli);
    in_range.then(|| (name.trim().to_owned(), milli as i64))
}

/// Reads `medium:factor`.
#[must_use]
pub fn medium_factor(pair: &str) -> Option<(MediaType, i64)> {
    let (word, milli) = factor(pair)?;
    Some((known_medium(&word)?, milli))
}

/// Reads `queue:medium`; a queue may hold colons.
#[must_use]
pub fn queue_medium(pair: &str) -> Option<(String, MediaType)> {
    let (queue, word) = pair.rsplit_once(':')?;
    Some((queue.trim().to_owned(), known_medium(word.trim())?))
}

fn known_medium(word: &str) -> Option<MediaType> {
    Some(MediaType::from_word(word)).filter(|medium| *medium != MediaType::Unknown)
}
