//! What a value must satisfy besides being of its type, and how to say so. Pure.

use std::str::FromStr;

use chrono_tz::Tz;
use url::Url;

use super::definition::Kind;
use super::words;
use crate::domain::time::parse_instant;

/// Longest topic prefix: Kafka allows 249 characters, and the longest name behind the prefix needs about 100.
const TOPIC_PREFIX_LENGTH_MAX: usize = 120;

/// Shortest key of a hash: a shorter one is found by trying.
const SECRET_KEY_LENGTH_MIN: usize = 16;

/// Longest name that becomes part of topic names and transactional ids.
const NAME_LENGTH_MAX: usize = 64;

/// A condition on one value. Data, so that it can stand in a table and describe itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Validator {
    /// Any value of the type.
    Any,
    /// A text with at least one character.
    NonEmpty,
    /// A whole number, both ends included.
    Whole {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
    },
    /// A decimal number above 0, up to and including `max`.
    Positive {
        /// Largest.
        max: f64,
    },
    /// A decimal number from 0 to 1, both included.
    Share,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A list of at least one of these words, none of them twice.
    Words(&'static [&'static str]),
    /// A list of these words, none of them twice; may be empty.
    WordsOrNone(&'static [&'static str]),
    /// A list of texts, none of them twice; may be empty.
    Distinct,
    /// A list of whole numbers above 0, each larger than the one before; may be empty.
    Ascending,
    /// A list of `queue:medium`; may be empty.
    QueueMedia,
    /// A list of `name:factor`; may be empty.
    Factors,
    /// A list of `medium:factor`; may be empty.
    MediaFactors,
    /// A text of at least 16 characters.
    SecretKey,
    /// An ISO-8601 instant with its zone.
    Instant,
    /// An ISO-8601 date, without a zone.
    Date,
    /// `http://HOST[:PORT]` or `https://HOST[:PORT]`.
    Origin,
    /// `http://` or `https://`, host, port and path.
    Address,
    /// An IANA time zone.
    Zone,
    /// The beginning of topic names, with its dot.
    TopicPrefix,
    /// A word that may stand in topic names, group ids and transactional ids.
    Name,
    /// `HOST:PORT` pairs separated by commas.
    Servers,
    /// One `HOST:PORT`.
    Server,
    /// One `HOST:PORT` to listen at; port 0 is any free one.
    Listen,
    /// A text with at least one character and without a colon.
    User,
}

impl Validator {
    /// Whether `text` is of the type and satisfies the condition. Blanks around `text` are the caller's to remove.
    #[must_use]
    pub fn accepts(self, kind: Kind, text: &str) -> bool {
        is_of(kind, text)
            && match self {
                Validator::Any => true,
                Validator::NonEmpty => !text.is_empty(),
                Validator::Whole { min, max } => text.parse().is_ok_and(|number: i64| min <= number && number <= max),
                Validator::Positive { max } => text.parse().is_ok_and(|number: f64| 0.0 < number && number <= max),
                Validator::Share => text.parse().is_ok_and(|number: f64| (0.0..=1.0).contains(&number)),
                Validator::OneOf(words) => words.contains(&text),
                Validator::Words(words) => {
                    let list = split_list(text);
                    !list.is_empty() && are_distinct(&list) && list.iter().all(|word| words.contains(word))
                }
                Validator::WordsOrNone(words) => {
                    let list = split_list(text);
                    are_distinct(&list) && list.iter().all(|word| words.contains(word))
                }
                Validator::Distinct => {
                    let list = split_list(text);
                    are_distinct(&list) && list.iter().all(|word| !word.is_empty())
                }
                Validator::Ascending => split_list(text)
                    .iter()
                    .try_fold(0_i64, |before, word| word.parse().ok().filter(|number| before < *number))
                    .is_some(),
                Validator::QueueMedia => {
                    let list = split_list(text);
                    are_distinct(&list) && list.iter().all(|pair| words::queue_medium(pair).is_some())
                }
                Validator::Factors => split_list(text).iter().all(|pair| words::factor(pair).is_some()),
                Validator::MediaFactors => split_list(text).iter().all(|pair| words::medium_factor(pair).is_some()),
                Validator::SecretKey => SECRET_KEY_LENGTH_MIN <= text.chars().count(),
                Validator::Instant => parse_instant(text).is_some(),
                Validator::Date => is_date(text),
                Validator::Origin => address(text).is_some_and(|url| url.path() == "/"),
                Validator::Address => address(text).is_some(),
                Validator::Zone => Tz::from_str(text).is_ok(),
                Validator::TopicPrefix => {
                    text.len() <= TOPIC_PREFIX_LENGTH_MAX
                        && text.ends_with('.')
                        && !text.starts_with('.')
                        && text.chars().all(|letter| letter == '.' || is_name_letter(letter))
                }
                Validator::Name => {
                    !text.is_empty() && text.len() <= NAME_LENGTH_MAX && text.chars().all(is_name_letter)
                }
                Validator::Servers => {
                    let list = split_list(text);
                    !list.is_empty() && list.iter().all(|server| is_server(server))
                }
                Validator::Server => is_server(text),
                Validator::Listen => host_and_port(text).is_some(),
                Validator::User => !text.is_empty() && !text.contains(':'),
            }
    }

    /// What a value must be, to follow the words "must be".
    #[must_use]
    pub fn expected(self, kind: Kind) -> String {
        match self {
            Validator::Any => match kind {
                Kind::Boolean => "true or false".to_owned(),
                Kind::Double => "a number".to_owned(),
                Kind::Int | Kind::Long => "a whole number".to_owned(),
                Kind::List => "texts separated by commas".to_owned(),
                Kind::Class | Kind::Password | Kind::String => "a text".to_owned(),
            },
            Validator::NonEmpty => "a text that is not empty".to_owned(),
            Validator::Whole { min, max } => format!("a whole number from {min} to {max}"),
            Validator::Positive { max } => format!("a number above 0 and at most {max}"),
            Validator::Share => "a number from 0 to 1".to_owned(),
            Validator::OneOf(words) => format!("one of {}", words.join(", ")),
            Validator::Words(words) => {
                format!("one or more of {}, separated by commas, none of them twice", words.join(", "))
            }
            Validator::WordsOrNone(words) => {
                format!("empty, or some of {}, separated by commas, none of them twice", words.join(", "))
            }
            Validator::Distinct => "empty, or texts separated by commas, none of them empty or twice".to_owned(),
            Validator::Ascending => {
                "empty, or whole numbers above 0 separated by commas, each larger than the one before".to_owned()
            }
            Validator::QueueMedia => "empty, or queue:medium pairs separated by commas, as Q1:voice".to_owned(),
            Validator::Factors => "empty, or name:factor pairs separated by commas, as Complaint:1.5".to_owned(),
            Validator::MediaFactors => "empty, or medium:factor pairs separated by commas, as chat:1.5".to_owned(),
            Validator::SecretKey => format!("at least {SECRET_KEY_LENGTH_MIN} characters"),
            Validator::Instant => "an instant with its zone, as 2026-01-01T00:00:00Z".to_owned(),
            Validator::Date => "a date, as 2026-01-31".to_owned(),
            Validator::Origin => "http://HOST[:PORT] or https://HOST[:PORT], without user, path or query".to_owned(),
            Validator::Address => "an http or https URL without user, query or fragment".to_owned(),
            Validator::Zone => "an IANA time zone, as Europe/Berlin or UTC".to_owned(),
            Validator::TopicPrefix => format!(
                "letters, digits, '.', '_' and '-' that end with a dot, as \"handletime.\", at most \
                 {TOPIC_PREFIX_LENGTH_MAX} characters"
            ),
            Validator::Name => format!("letters, digits, '_' and '-', from 1 to {NAME_LENGTH_MAX} characters"),
            Validator::Servers => "HOST:PORT pairs separated by commas".to_owned(),
            Validator::Server => "HOST:PORT".to_owned(),
            Validator::Listen => "HOST:PORT, as 127.0.0.1:8083; port 0 for any free one".to_owned(),
            Validator::User => "a text that is not empty and has no colon".to_owned(),
        }
    }
}

/// The parts of a list without their surrounding blanks; an empty text is the empty list.
#[must_use]
pub fn split_list(text: &str) -> Vec<&str> {
    if text.trim().is_empty() { Vec::new() } else { text.split(',').map(str::trim).collect() }
}

/// Reads `true` or `false` in any case, as Connect does.
#[must_use]
pub fn parse_boolean(text: &str) -> Option<bool> {
    [true, false].into_iter().find(|value| text.eq_ignore_ascii_case(&value.to_string()))
}

/// With all of its digits, so that a date has one text.
fn is_date(text: &str) -> bool {
    text.parse::<chrono::NaiveDate>().is_ok_and(|date| date.to_string() == text)
}

fn is_of(kind: Kind, text: &str) -> bool {
    match kind {
        Kind::Boolean => parse_boolean(text).is_some(),
        Kind::Double => text.parse().is_ok_and(f64::is_finite),
        Kind::Int => text.parse::<i32>().is_ok(),
        Kind::Long => text.parse::<i64>().is_ok(),
        Kind::Class | Kind::List | Kind::Password | Kind::String => true,
    }
}

fn are_distinct(list: &[&str]) -> bool {
    list.iter().enumerate().all(|(position, word)| !list[..position].contains(word))
}

fn is_name_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_' || letter == '-'
}

fn address(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    })
}

fn is_server(server: &str) -> bool {
    host_and_port(server).is_some_and(|(_, port)| 0 < port)
}

/// The two parts of `HOST:PORT`.
#[must_use]
pub fn host_and_port(text: &str) -> Option<(&str, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let is_host = !host.is_empty() && !host.contains(|letter: char| letter.is_whitespace() || letter == ',');
    Some((host, port.parse().ok()?)).filter(|_| is_host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted<'a>(validator: Validator, kind: Kind, texts: &[&'a str]) -> Vec<&'a str> {
        texts.iter().copied().filter(|text| validator.accepts(kind, text)).collect()
    }

    #[test]
    fn a_whole_number_includes_both_ends() {
        let page = Validator::Whole { min: 1, max: 1000 };
        assert_eq!(accepted(page, Kind::Int, &["0", "1", "1000", "1001", "x", "1.5", ""]), ["1", "1000"]);
        assert_eq!(accepted(Validator::Any, Kind::Int, &["2147483647", "2147483648"]), ["2147483647"]);
    }

    #[test]
    fn a_positive_number_excludes_zero_and_what_is_not_finite() {
        let quota = Validator::Positive { max: 100.0 };
        assert_eq!(accepted(quota, Kind::Double, &["0", "-1", "0.1", "100", "100.1", "inf", "NaN"]), ["0.1", "100"]);
        assert_eq!(accepted(Validator::Share, Kind::Double, &["-0.1", "0", "1", "1.01"]), ["0", "1"]);
    }

    #[test]
    fn booleans_are_true_or_false_in_any_case() {
        assert_eq!(accepted(Validator::Any, Kind::Boolean, &["true", "FALSE", "yes", "1", ""]), ["true", "FALSE"]);
    }

    #[test]
    fn words_are_known_distinct_and_at_least_one() {
        let words = Validator::Words(&["pt30m", "p1d"]);
        assert_eq!(
            accepted(words, Kind::List, &["", "p1d", "p1d, pt30m", "p1d,p1d", "p1d,pt5m"]),
            ["p1d", "p1d, pt30m"]
        );
        let none_too = Validator::WordsOrNone(&["pt30m", "p1d"]);
        assert_eq!(accepted(none_too, Kind::List, &["", "p1d", "p2d"]), ["", "p1d"]);
    }

    #[test]
    fn revisit_ages_are_positive_and_ascend() {
        let ages = Validator::Ascending;
        assert_eq!(
            accepted(ages, Kind::List, &["", "5", "5,10", "0,5", "5,5", "10,5", "5,x", "5,"]),
            ["", "5", "5,10"]
        );
    }

    #[test]
    fn an_origin_has_neither_user_nor_path() {
        let texts = [
            "http://127.0.0.1:9080",
            "https://api.mypurecloud.ie/",
            "https://user:pass@host",
            "https://host/api",
            "https://host?x=1",
            "ftp://host",
            "host:80",
        ];
        assert_eq!(accepted(Validator::Origin, Kind::String, &texts), texts[..2]);
    }

    #[test]
    fn a_topic_prefix_ends_with_its_dot() {
        let texts = ["handletime.", "a.b-c_d.", "handletime", "", ".", "hand time.", ".x."];
        assert_eq!(accepted(Validator::TopicPrefix, Kind::String, &texts), texts[..2]);
    }

    #[test]
    fn names_zones_instants_and_servers() {
        assert_eq!(accepted(Validator::Name, Kind::String, &["a-b_1", "a.b", "", "a b"]), ["a-b_1"]);
        assert_eq!(
            accepted(Validator::Zone, Kind::String, &["Europe/Berlin", "UTC", "Berlin"]),
            ["Europe/Berlin", "UTC"]
        );
        assert_eq!(
            accepted(Validator::Instant, Kind::String, &["2026-01-01T00:00:00Z", "2026-01-01", "2026-01-01T00:00:00"]),
            ["2026-01-01T00:00:00Z"]
        );
        assert_eq!(
            accepted(Validator::Date, Kind::String, &["2026-02-28", "2026-02-29", "2026-2-8", "2026-01-01T00:00:00Z"]),
            ["2026-02-28"]
        );
        let servers = ["a:9092", "a:9092, [::1]:9092", "a", "a:0", "", "a:9092,", ":9092"];
        assert_eq!(accepted(Validator::Servers, Kind::String, &servers), servers[..2]);
        assert_eq!(accepted(Validator::Server, Kind::String, &["a:1", "a:0", "a:1,b:1", "a"]), ["a:1"]);
        assert_eq!(accepted(Validator::Listen, Kind::String, &["a:0", "[::]:8083", ":1", "a"]), ["a:0", "[::]:8083"]);
        assert_eq!(accepted(Validator::User, Kind::String, &["me", "", "a:b"]), ["me"]);
    }
}
