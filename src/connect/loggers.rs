//! Levels of loggers while the program runs: what of the log's filter Connect's `/admin/loggers` shows and changes. Edge.
//!
//! A logger is a module of the program, or a library that it logs through. Names are told with dots, as Connect's are,
//! and taken with dots or with Rust's colons. A level holds for the logger and for all below it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use serde::Serialize;

use super::error::ConnectError;
use crate::runtime::clock::unix_ms;
use crate::runtime::telemetry::{self, Filter};

/// The logger above all others.
pub const ROOT: &str = "root";

/// The loggers that there are from the beginning; below each there may be more.
const KNOWN: [&str; 19] = [
    "h2",
    "handletime",
    "handletime.command",
    "handletime.config",
    "handletime.connect",
    "handletime.embedded",
    "handletime.extract",
    "handletime.genesys",
    "handletime.kafka",
    "handletime.process",
    "handletime.publish",
    "handletime.reconcile",
    "handletime.runtime",
    "handletime.simulate",
    "handletime.status",
    "hyper",
    "hyper_util",
    "reqwest",
    "rustls",
];

/// Loggers that may have levels of their own: as the names come from outside, there is an end to them.
const SET_MAX: usize = 200;

/// The levels that Connect takes, and what each is here: there is none above ERROR.
const LEVELS: [(&str, &str); 7] = [
    ("TRACE", "trace"),
    ("DEBUG", "debug"),
    ("INFO", "info"),
    ("WARN", "warn"),
    ("ERROR", "error"),
    ("FATAL", "error"),
    ("OFF", "off"),
];

/// A logger's level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LoggerLevel {
    /// TRACE, DEBUG, INFO, WARN, ERROR, FATAL or OFF.
    pub level: &'static str,
    /// When it was set, in milliseconds since 1970; `None`: it is as the program started with.
    pub last_modified: Option<i64>,
}

/// The levels of all loggers of a process.
#[derive(Debug)]
pub struct Loggers {
    // None: nothing is logged, as in tests; levels are kept all the same.
    filter: Option<Filter>,
    set: Mutex<BTreeMap<String, LoggerLevel>>,
}

impl Loggers {
    /// Those behind a filter, with the levels that it started with.
    #[must_use]
    pub fn new(filter: Option<Filter>) -> Loggers {
        Loggers { filter, set: Mutex::default() }
    }

    /// Those of this process.
    pub fn of_process() -> Arc<Loggers> {
        static LOGGERS: OnceLock<Arc<Loggers>> = OnceLock::new();
        LOGGERS.get_or_init(|| Arc::new(Loggers::new(telemetry::filter()))).clone()
    }

    /// All loggers with their levels.
    #[must_use]
    pub fn all(&self) -> BTreeMap<String, LoggerLevel> {
        let set = self.set();
        let names = KNOWN.iter().map(|name| (*name).to_owned()).chain([ROOT.to_owned()]).chain(set.keys().cloned());
        names.map(|name| (name.clone(), self.level(&set, &name))).collect()
    }

    /// The level of a logger.
    ///
    /// # Errors
    /// 404 when there is no such logger.
    pub fn get(&self, logger: &str) -> Result<LoggerLevel, ConnectError> {
        let set = self.set();
        let name = dotted(logger);
        if name == ROOT || KNOWN.contains(&name.as_str()) || set.contains_key(&name) {
            return Ok(self.level(&set, &name));
        }
        Err(ConnectError::not_found(format!("Logger {logger} not found.")))
    }

    /// Sets the level of a logger and of all below it, and tells which those are: none when the name is that of nothing
    /// that the program logs through.
    ///
    /// # Errors
    /// 404 when the level is none; 400 when too many loggers have levels of their own. Nothing is changed then.
    pub fn set_level(&self, logger: &str, level: &str) -> Result<Vec<String>, ConnectError> {
        let level = check_level(level)?;
        let name = dotted(logger);
        if name != ROOT && !may_be(&name) {
            return Ok(Vec::new());
        }
        let mut set = self.set();
        if SET_MAX <= set.len() && !set.contains_key(&name) && name != ROOT {
            let text =
                format!("{SET_MAX} loggers have levels of their own already; set {ROOT}, which takes those away");
            return Err(ConnectError::bad_request(text));
        }
        let mut next = set.clone();
        next.retain(|other, _| !is_below(other, &name));
        next.insert(name.clone(), LoggerLevel { level, last_modified: Some(unix_ms()) });
        if let Some(filter) = &self.filter {
            filter.replace(&words(filter.started_with(), &next)).map_err(ConnectError::failed)?;
        }
        let known = KNOWN.iter().map(|known| (*known).to_owned()).chain([ROOT.to_owned()]);
        let mut affected: Vec<String> = known.chain(set.keys().cloned()).chain([name.clone()]).collect();
        affected.retain(|other| is_below(other, &name));
        affected.sort_unstable();
        affected.dedup();
        *set = next;
        Ok(affected)
    }

    fn set(&self) -> MutexGuard<'_, BTreeMap<String, LoggerLevel>> {
        self.set.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The level that holds: that of the logger itself or of the nearest above it; what was set wins over the beginning.
    fn level(&self, set: &BTreeMap<String, LoggerLevel>, name: &str) -> LoggerLevel {
        let nearest = set.iter().filter(|(other, _)| is_below(name, other)).max_by_key(|(other, _)| depth(other));
        let started_with = self.filter.as_ref().map_or("info", Filter::started_with);
        let is_replaced = |other: &str| set.keys().any(|own| is_below(other, own));
        let first = levels_in(started_with)
            .filter(|(other, _)| is_below(name, other) && !is_replaced(other))
            .max_by_key(|(other, _)| depth(other));
        match (nearest, first) {
            (Some((own, level)), Some((other, _))) if depth(&other) <= depth(own) => level.clone(),
            (Some((_, level)), None) => level.clone(),
            (_, Some((_, level))) => LoggerLevel { level, last_modified: None },
            (None, None) => LoggerLevel { level: "ERROR", last_modified: None },
        }
    }
}

/// The level that a word names, in any case.
///
/// # Errors
/// 404 when it names none.
pub fn check_level(word: &str) -> Result<&'static str, ConnectError> {
    let known = LEVELS.iter().find(|(level, _)| level.eq_ignore_ascii_case(word));
    known.map(|(level, _)| *level).ok_or_else(|| ConnectError::not_found(format!("invalid log level '{word}'.")))
}

/// The filter that these levels make. What it started with of a logger below one that was set is left out.
fn words(started_with: &str, set: &BTreeMap<String, LoggerLevel>) -> String {
    let is_replaced = |part: &str| match levels_in(part).next() {
        Some((name, _)) => set.keys().any(|other| is_below(&name, other)),
        // Of spans and fields: it goes on beside what was set.
        None => false,
    };
    let first = split(started_with).filter(|part| !is_replaced(part)).map(str::to_owned);
    let own = set.iter().map(|(name, level)| {
        let word = LEVELS.iter().find(|(word, _)| *word == level.level).map_or("info", |(_, word)| word);
        if name == ROOT { word.to_owned() } else { format!("{}={word}", name.replace('.', "::")) }
    });
    first.chain(own).collect::<Vec<_>>().join(",")
}

/// The loggers and levels that a filter names plainly.
fn levels_in(words: &str) -> impl Iterator<Item = (String, &'static str)> {
    split(words).filter_map(|part| {
        let (name, word) = part.rsplit_once('=').unwrap_or((ROOT, part));
        let (level, _) = LEVELS.iter().find(|(level, _)| level.eq_ignore_ascii_case(word.trim()))?;
        let is_plain = name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_:".contains(letter));
        is_plain.then(|| (dotted(name), *level))
    })
}

fn split(words: &str) -> impl Iterator<Item = &str> {
    words.split(',').map(str::trim).filter(|part| !part.is_empty())
}

fn dotted(name: &str) -> String {
    name.trim().replace("::", ".")
}

/// Whether the program may log through a logger of that name: one that is known, or one below it.
fn may_be(name: &str) -> bool {
    let is_module =
        |part: &str| !part.is_empty() && part.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    name.len() <= 200 && name.split('.').all(is_module) && KNOWN.iter().any(|known| is_below(name, known))
}

/// Whether a logger is that other one, or below it.
fn is_below(name: &str, other: &str) -> bool {
    other == ROOT || name.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn depth(name: &str) -> usize {
    if name == ROOT { 0 } else { name.split('.').count() }
}

#[cfg(test)]
mod tests {
    use tracing::Level;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[test]
    fn a_level_holds_for_a_logger_and_all_below_it() {
        let loggers = Loggers::new(None);
        assert_eq!(loggers.get(ROOT).unwrap(), LoggerLevel { level: "INFO", last_modified: None });
        let affected = loggers.set_level("handletime::kafka", "debug").unwrap();
        assert_eq!(affected, ["handletime.kafka"]);
        assert_eq!(loggers.set_level("handletime.kafka.producer", "FATAL").unwrap(), ["handletime.kafka.producer"]);
        let level = |name: &str| loggers.get(name).unwrap().level;
        assert_eq!((level("handletime.kafka"), level("handletime::kafka::producer")), ("DEBUG", "FATAL"));
        assert_eq!(level("handletime.process"), "INFO");
        assert!(loggers.get("handletime.kafka").unwrap().last_modified.is_some());
        // What lies below loses its own.
        assert_eq!(
            loggers.set_level("handletime.kafka", "WARN").unwrap(),
            ["handletime.kafka", "handletime.kafka.producer"]
        );
        assert!(loggers.set_level(ROOT, "TRACE").unwrap().len() > KNOWN.len());
        assert!(loggers.all().values().all(|level| level.level == "TRACE"));
    }

    #[test]
    fn what_is_no_logger_is_not_changed_and_what_is_no_level_is_not_found() {
        let loggers = Loggers::new(None);
        for name in
            ["org.apache.kafka.connect", "handletimes", "handletime..kafka", "handletime=trace,x", "", "handletime.a b"]
        {
            assert_eq!(loggers.set_level(name, "INFO").unwrap(), Vec::<String>::new(), "{name}");
            assert_eq!(loggers.get(name).unwrap_err().message, format!("Logger {name} not found."));
        }
        let error = loggers.set_level("handletime", "LOUD").unwrap_err();
        assert_eq!((error.status, error.message.as_str()), (404, "invalid log level 'LOUD'."));
        assert_eq!(loggers.all().len(), KNOWN.len() + 1);
    }

    #[test]
    fn there_is_an_end_to_the_loggers_with_levels_of_their_own() {
        let loggers = Loggers::new(None);
        for number in 0..SET_MAX {
            loggers.set_level(&format!("handletime.kafka.m{number}"), "INFO").unwrap();
        }
        assert_eq!(loggers.set_level("handletime.kafka.more", "INFO").unwrap_err().status, 400);
        loggers.set_level(ROOT, "INFO").unwrap();
        assert!(loggers.set_level("handletime.kafka.more", "INFO").is_ok());
    }

    #[test]
    fn the_filter_follows_and_what_it_started_with_holds_elsewhere() {
        let (layer, filter) = telemetry::layer("info,handletime::kafka=trace");
        let loggers = Loggers::new(Some(filter));
        let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
        assert_eq!(loggers.get("handletime.kafka").unwrap().level, "TRACE");
        assert!(tracing::enabled!(target: "handletime::kafka::reader", Level::TRACE));
        assert!(!tracing::enabled!(target: "handletime::process", Level::DEBUG));
        loggers.set_level("handletime.process", "DEBUG").unwrap();
        assert!(tracing::enabled!(target: "handletime::process::task", Level::DEBUG));
        assert!(tracing::enabled!(target: "handletime::kafka", Level::TRACE), "as it started");
        // A level for all below takes the beginning's away too.
        loggers.set_level("handletime", "OFF").unwrap();
        assert!(!tracing::enabled!(target: "handletime::kafka", Level::ERROR));
        assert!(tracing::enabled!(target: "hyper", Level::INFO));
        assert_eq!(loggers.get("handletime.kafka").unwrap().level, "OFF");
        loggers.set_level(ROOT, "ERROR").unwrap();
        assert!(!tracing::enabled!(target: "hyper", Level::WARN));
        assert!(tracing::enabled!(target: "handletime::kafka", Level::ERROR));
    }
}
