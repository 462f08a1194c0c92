//! The fields of one JSON object by their path, nested or dotted, each with its text; lengths of time exactly. Pure.

use std::collections::BTreeMap;

use super::allow::Pairs;
use crate::domain::time::{DurationMs, InstantMs, parse_instant};

/// Longest length of time that is believed: ten years. A larger one would overflow sums.
pub const DURATION_MS_MAX: DurationMs = 10 * 366 * 86_400_000;

/// Digits of a number that are looked at; the ones behind can change no millisecond.
const DIGITS_MAX: usize = 30;

/// The fields of an object. A path that stands both nested and dotted has the text that came last.
#[derive(Debug, Default)]
pub struct Paths<'a> {
    values: BTreeMap<String, &'a str>,
}

impl<'a> Paths<'a> {
    /// The fields of `json`; lists are values.
    ///
    /// # Errors
    /// When it is no object.
    pub fn of(json: &'a str) -> Result<Paths<'a>, String> {
        let mut paths = Paths::default();
        paths.collect(json, "")?;
        Ok(paths)
    }

    fn collect(&mut self, json: &'a str, prefix: &str) -> Result<(), String> {
        let pairs: Pairs<'a> = serde_json::from_str(json).map_err(|_| "a row is a JSON object".to_owned())?;
        for (key, value) in pairs.0 {
            let path = if prefix.is_empty() { key } else { format!("{prefix}.{key}") };
            if value.get().starts_with('{') {
                self.collect(value.get(), &path)?;
            } else {
                self.values.insert(path, value.get());
            }
        }
        Ok(())
    }

    /// The text of the JSON value; `None` for null and for no value.
    #[must_use]
    pub fn value(&self, path: &str) -> Option<&'a str> {
        self.values.get(path).copied().filter(|text| *text != "null")
    }

    /// Whether the path stands there at all, be it with null.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        self.values.contains_key(path)
    }

    /// A text; `None` where it is absent or empty.
    ///
    /// # Errors
    /// When it is no text.
    pub fn text(&self, path: &str) -> Result<Option<String>, String> {
        let Some(value) = self.value(path) else { return Ok(None) };
        let text: String = serde_json::from_str(value).map_err(|_| format!("{path} is text"))?;
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    /// Whether it says true.
    ///
    /// # Errors
    /// When it is neither true nor false.
    pub fn flag(&self, path: &str) -> Result<bool, String> {
        match self.value(path) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(format!("{path} is true or false")),
        }
    }

    /// An instant.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn instant(&self, path: &str) -> Result<Option<InstantMs>, String> {
        self.text(path)?.map(|text| instant(path, &text)).transpose()
    }

    /// A length of time that is given in milliseconds; decimals are rounded to the whole one.
    ///
    /// # Errors
    /// When it is no number, is negative, or is longer than [`DURATION_MS_MAX`].
    pub fn millis(&self, path: &str) -> Result<Option<DurationMs>, String> {
        let Some(value) = self.value(path) else { return Ok(None) };
        let whole = serde_json::from_str::<i64>(value).ok();
        // The cast saturates, and the range is checked below.
        let ms = whole.or_else(|| serde_json::from_str::<f64>(value).ok().map(|ms| ms.round() as i64));
        match ms.ok_or_else(|| format!("{path} is a number"))? {
            i64::MIN..0 => Err(format!("{path} is not negative")),
            ms if DURATION_MS_MAX < ms => Err(format!("{path} is at most {DURATION_MS_MAX}")),
            ms => Ok(Some(ms)),
        }
    }

    /// A length of time that is given in seconds.
    ///
    /// # Errors
    /// When it is no number, is negative, or is longer than [`DURATION_MS_MAX`].
    pub fn seconds(&self, path: &str) -> Result<Option<DurationMs>, String> {
        let Some(value) = self.value(path) else { return Ok(None) };
        let ms = ms_from_seconds(value).ok_or_else(|| format!("{path} is a number"))?;
        match ms {
            i64::MIN..0 => Err(format!("{path} is not negative")),
            ms if DURATION_MS_MAX < ms => Err(format!("{path} is at most {} s", DURATION_MS_MAX / 1_000)),
            ms => Ok(Some(ms)),
        }
    }
}

/// An instant of the field `path`.
///
/// # Errors
/// When it cannot be read.
pub fn instant(path: &str, text: &str) -> Result<InstantMs, String> {
    parse_instant(text).ok_or_else(|| format!("{path} is an ISO-8601 instant with its zone"))
}

/// A JSON number of seconds in milliseconds, exactly; a half is rounded away from zero, and a negative number that
/// rounds to zero is -1, so that it is not taken for one that is not negative. `None` for what is no JSON number.
#[must_use]
pub fn ms_from_seconds(text: &str) -> Option<i64> {
    // The grammar is JSON's own.
    serde_json::from_str::<serde_json::Number>(text).ok().or_else(|| huge(text))?;
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_start_matches('0');
    let kept = &significant[..significant.len().min(DIGITS_MAX)];
    let number: i128 = if kept.is_empty() { 0 } else { kept.parse().ok()? };
    let dropped = i64::try_from(significant.len() - kept.len()).ok()?;
    let power = exponent.checked_add(3 + dropped)?.checked_sub(i64::try_from(fraction.len()).ok()?)?;
    let limit = i128::from(i64::MAX);
    let ms = if number == 0 {
        0
    } else if 0 <= power {
        let scale = u32::try_from(power).ok().and_then(|power| 10_i128.checked_pow(power));
        scale.and_then(|scale| number.checked_mul(scale)).unwrap_or(limit).min(limit)
    } else {
        let scale = u32::try_from(-power).ok().and_then(|power| 10_i128.checked_pow(power));
        scale.map_or(0, |scale| (number + scale / 2) / scale).min(limit)
    };
    let ms = i64::try_from(ms).ok()?;
    Some(if negative && 0 < number { (-ms).min(-1) } else { ms })
}

/// A number that is larger than the library takes is one nevertheless.
fn huge(text: &str) -> Option<serde_json::Number> {
    let is_number = text.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    is_number.then(|| serde_json::Number::from(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_become_milliseconds_exactly_and_halves_go_away_from_zero() {
        for (text, ms) in [
            ("12", 12_000),
            ("0", 0),
            ("0.0005", 1),
            ("0.00049999999999999999999999999999999999999", 0),
            ("12.3455", 12_346),
            // In binary this lies below the half.
            ("1.0005", 1_001),
            ("2.675", 2_675),
            ("1.5e2", 150_000),
            ("15E-1", 1_500),
            ("1e-99", 0),
            ("-0.0001", -1),
            ("-2", -2_000),
            ("-0", 0),
            ("1e400", i64::MAX),
        ] {
            assert_eq!(ms_from_seconds(text), Some(ms), "{text}");
        }
        assert_eq!(ms_from_seconds("\"12\""), None);
        assert_eq!(ms_from_seconds("true"), None);
    }

    #[test]
    fn nested_and_dotted_paths_are_the_same_and_null_is_nothing() {
        let paths = Paths::of(r#"{"routing":{"queue":{"id":"q"},"skill.id":null},"agent.id":"a","on":true}"#).unwrap();
        assert_eq!(paths.text("routing.queue.id"), Ok(Some("q".to_owned())));
        assert_eq!(paths.text("routing.skill.id"), Ok(None));
        assert_eq!((paths.text("agent.id"), paths.flag("on")), (Ok(Some("a".to_owned())), Ok(true)));
        assert_eq!(paths.flag("agent.id"), Err("agent.id is true or false".to_owned()));
        assert!(Paths::of("[1]").is_err());
    }

    #[test]
    fn a_length_of_time_is_not_negative_and_not_endless() {
        let paths = Paths::of(r#"{"a":-0.001,"b":1e300,"c":"5"}"#).unwrap();
        assert_eq!(paths.seconds("a"), Err("a is not negative".to_owned()));
        assert_eq!(paths.seconds("b"), Err("b is at most 316224000 s".to_owned()));
        assert_eq!(paths.seconds("c"), Err("c is a number".to_owned()));
        assert_eq!(paths.seconds("d"), Ok(None));
    }
}
