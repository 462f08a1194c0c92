//! The fault script: which requests fail, and how. Pure; the same script and seed fail the same requests.

use serde::Deserialize;
use serde_json::Value;

use super::super::chance::{happens, mix};
use super::super::page::OddRow;
use super::super::queries::desk::Fate;
use super::super::tokens::TokenReuse;
use super::bend::{Bend, Field};
use super::names::{NameChange, NameText};
use super::requested::Requested;
use crate::domain::time::parse_instant;

/// What a path holds one of when it asks for data: the requests that a rule without `path_contains` looks at.
pub const DATA_PATHS: [&str; 3] =
    ["/analytics/interactions/detail", "/analytics/conversations/details", "/analytics/report-queries"];

/// How long a hanging answer takes, unless said otherwise: longer than any client should wait.
const HANG_MS: u64 = 60_000;

/// What a rule does to a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FaultKind {
    /// Answers with `status`; 401 also revokes the bearer.
    #[default]
    Status,
    /// Waits `hang_ms`, then answers 504.
    Hang,
    /// Breaks the body off: in turn by cutting the connection, and by ending the answer too early.
    Truncate,
    /// Treats the page token as used up; looks only at requests that name one.
    Token,
    /// Lets a query end as `fate` says; looks only at submissions of queries that are answered later.
    Query,
    /// Answers 200 with a page of HTML, as a proxy in between does.
    Html,
    /// Answers as it should, but says that it is `text/plain`.
    Plain,
    /// Tells the last row of the answer before once more, at the head of this one.
    Repeat,
    /// Says a total that is off by `by`.
    Total,
    /// Gives every row of the answer, or those with `row_contains`, a field `at` of the value `value`.
    Field,
    /// Says a state `value`; looks only at requests that ask how far a query is.
    State,
}

/// One rule. It counts the requests that it looks at, and fails those that its conditions name.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What it does.
    #[serde(default)]
    pub kind: FaultKind,
    /// Looks at requests whose path holds this text; default: requests for data.
    pub path_contains: Option<String>,
    /// Looks at requests that take this step of a query which is answered later.
    pub request: Option<Requested>,
    /// The status of the answer; needed for `status`.
    pub status: Option<u16>,
    /// Fails at most so many; default: 1, or no limit where `every` or `probability` is given.
    pub times: Option<u64>,
    /// Lets the first so many pass.
    #[serde(default)]
    pub after_request: u64,
    /// Fails only every so manieth.
    pub every: Option<u64>,
    /// Fails this share (0 to 1), chosen by seed.
    pub probability: Option<f64>,
    /// `Retry-After` in seconds; without it there is no such header.
    pub retry_after_s: Option<u64>,
    /// `Retry-After` names the instant that lies so far ahead, instead of the seconds.
    #[serde(default)]
    pub retry_after_date: bool,
    /// How long a hang takes.
    pub hang_ms: Option<u64>,
    /// How a query ends; needed for `query`.
    pub fate: Option<Fate>,
    /// How far a total is off; needed for `total`.
    pub by: Option<i64>,
    /// Names below a row, with dots between; lists on the way mean each of theirs. Needed for `field`.
    pub at: Option<String>,
    /// What the field says there; needed for `field`.
    pub value: Option<Value>,
    /// Changes only the rows whose JSON holds this text; for `field` alone.
    pub row_contains: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OddRowText {
    at: String,
    json: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptText {
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    token_reuse: TokenReuse,
    #[serde(default)]
    rule: Vec<Rule>,
    #[serde(default)]
    row: Vec<OddRowText>,
    #[serde(default)]
    name: Vec<NameText>,
}

/// A script: `[[rule]]`, `[[row]]` and `[[name]]` entries, `token_reuse` and `seed`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FaultScript {
    /// Chooses which requests a `probability` fails.
    pub seed: u64,
    /// How dead page tokens are answered.
    pub token_reuse: TokenReuse,
    /// The rules; the first that fires decides.
    pub rules: Vec<Rule>,
    /// Rows or conversations told as they stand, beside those of the contact centre. The truth knows nothing of them.
    pub odd_rows: Vec<OddRow>,
    /// Names that change while the platform runs. The truth knows nothing of them.
    pub names: Vec<NameChange>,
}

/// Why a script cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// It is no TOML, or names something unknown.
    #[error("cannot read the fault script")]
    Toml(#[from] toml::de::Error),
    /// A rule contradicts itself.
    #[error("rule {number} of the fault script: {problem}")]
    Rule {
        /// Counted from 1.
        number: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// A row cannot be placed or is no JSON.
    #[error("row {number} of the fault script: {problem}")]
    Row {
        /// Counted from 1.
        number: usize,
        /// What is wrong.
        problem: String,
    },
    /// A change of a name is none.
    #[error("name {number} of the fault script: {problem}")]
    Name {
        /// Counted from 1.
        number: usize,
        /// What is wrong.
        problem: &'static str,
    },
}

impl FaultScript {
    /// Reads a script from TOML.
    ///
    /// # Errors
    /// The first thing in it that cannot be followed.
    pub fn read(text: &str) -> Result<FaultScript, ScriptError> {
        let script: ScriptText = toml::from_str(text)?;
        for (index, rule) in script.rule.iter().enumerate() {
            if let Some(problem) = problem_of(rule) {
                return Err(ScriptError::Rule { number: index + 1, problem });
            }
        }
        let odd_row = |(index, row): (usize, &OddRowText)| {
            let number = index + 1;
            let json = serde_json::from_str(&row.json)
                .map_err(|error| ScriptError::Row { number, problem: format!("json is none: {error}") })?;
            let at = parse_instant(&row.at)
                .ok_or_else(|| ScriptError::Row { number, problem: format!("at is no instant: {}", row.at) })?;
            Ok(OddRow { at, json })
        };
        let odd_rows = script.row.iter().enumerate().map(odd_row).collect::<Result<_, ScriptError>>()?;
        let numbered = script.name.iter().enumerate();
        let names = numbered
            .map(|(index, name)| name.read().map_err(|problem| ScriptError::Name { number: index + 1, problem }))
            .collect::<Result<_, ScriptError>>()?;
        Ok(FaultScript { seed: script.seed, token_reuse: script.token_reuse, rules: script.rule, odd_rows, names })
    }
}

fn problem_of(rule: &Rule) -> Option<&'static str> {
    if rule.kind == FaultKind::Status && !rule.status.is_some_and(|status| (400..600).contains(&status)) {
        return Some("kind status needs a status from 400 to 599");
    }
    if (rule.kind == FaultKind::Query) != rule.fate.is_some() {
        return Some("kind query needs a fate, and no other has one");
    }
    if rule.every == Some(0) {
        return Some("every must be 1 or more");
    }
    if rule.probability.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
        return Some("probability must lie between 0 and 1");
    }
    if rule.retry_after_date && rule.retry_after_s.is_none() {
        return Some("retry_after_date needs retry_after_s, how far ahead it is");
    }
    if rule.kind == FaultKind::State && !rule.value.as_ref().is_some_and(Value::is_string) {
        return Some("kind state needs value, the word that is said");
    }
    if rule.kind == FaultKind::Total && rule.by.is_none() {
        return Some("kind total needs by, how far it is off");
    }
    if rule.kind == FaultKind::Field && (rule.at.is_none() || rule.value.is_none()) {
        return Some("kind field needs at, the names below a row, and value");
    }
    if rule.kind != FaultKind::Field && rule.row_contains.is_some() {
        return Some("row_contains is for kind field, and no other has it");
    }
    None
}

/// What is done to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Answer so.
    Status {
        /// The status.
        status: u16,
        /// `Retry-After`, seconds.
        retry_after_s: Option<u64>,
        /// As a date.
        as_date: bool,
    },
    /// Wait, then answer 504.
    Hang {
        /// How long, in milliseconds.
        hang_ms: u64,
    },
    /// Break the body off.
    Truncate {
        /// By cutting the connection, else by ending the answer too early.
        connection: bool,
    },
    /// Treat the page token as used up.
    Token,
    /// Let the query end so.
    Query {
        /// How.
        fate: Fate,
    },
    /// Answer with a page of HTML.
    Html,
    /// Answer under another content type.
    Plain,
    /// Answer with something changed.
    Bend(Bend),
}

/// A script being followed.
#[derive(Debug)]
pub struct Faults {
    script: FaultScript,
    /// For each rule: requests that it looked at, and those that it failed.
    counts: Vec<(u64, u64)>,
}

impl Faults {
    /// At the beginning of a script.
    #[must_use]
    pub fn new(script: FaultScript) -> Faults {
        let counts = vec![(0, 0); script.rules.len()];
        Faults { script, counts }
    }

    /// The script.
    #[must_use]
    pub fn script(&self) -> &FaultScript {
        &self.script
    }

    /// Whether an answer may have to tell a row of the one before.
    #[must_use]
    pub fn repeats(&self) -> bool {
        self.script.rules.iter().any(|rule| rule.kind == FaultKind::Repeat)
    }

    /// What becomes of the next request; every rule counts it, whichever decides.
    pub fn next(&mut self, method: &str, path: &str, page_token: bool) -> Option<Fault> {
        let step = Requested::of(method, path);
        let mut fault = None;
        for (number, (rule, (seen, fired))) in self.script.rules.iter().zip(&mut self.counts).enumerate() {
            let looks = match &rule.path_contains {
                Some(part) => path.contains(part.as_str()),
                None if rule.request.is_some() => true,
                None => DATA_PATHS.iter().any(|part| path.contains(part)),
            };
            let passes = match rule.kind {
                FaultKind::Token => !page_token,
                FaultKind::Query => step != Some(Requested::Submit),
                FaultKind::State => step != Some(Requested::Look),
                _ => false,
            } || (rule.request.is_some() && rule.request != step);
            if !looks || passes {
                continue;
            }
            *seen += 1;
            let limit =
                rule.times.unwrap_or(if rule.every.or(rule.probability.map(|_| 0)).is_some() { u64::MAX } else { 1 });
            let past = seen.saturating_sub(rule.after_request);
            let fires = 0 < past
                && *fired < limit
                && rule.every.is_none_or(|every| past % every == 0)
                && rule.probability.is_none_or(|share| happens(mix(&[self.script.seed, number as u64, *seen]), share));
            if fires && fault.is_none() {
                *fired += 1;
                fault = Some(fault_of(rule, *fired));
            }
        }
        fault
    }
}

fn fault_of(rule: &Rule, fired: u64) -> Fault {
    match rule.kind {
        FaultKind::Status => Fault::Status {
            status: rule.status.unwrap_or(503),
            retry_after_s: rule.retry_after_s,
            as_date: rule.retry_after_date,
        },
        FaultKind::Hang => Fault::Hang { hang_ms: rule.hang_ms.unwrap_or(HANG_MS) },
        FaultKind::Truncate => Fault::Truncate { connection: fired % 2 == 1 },
        FaultKind::Token => Fault::Token,
        FaultKind::Query => Fault::Query { fate: rule.fate.unwrap_or(Fate::Failed) },
        FaultKind::Html => Fault::Html,
        FaultKind::Plain => Fault::Plain,
        FaultKind::Repeat => Fault::Bend(Bend::Repeat),
        FaultKind::Total => Fault::Bend(Bend::Total(rule.by.unwrap_or(1))),
        FaultKind::State => {
            let word = rule.value.as_ref().and_then(Value::as_str).unwrap_or_default();
            Fault::Bend(Bend::State(word.to_owned()))
        }
        FaultKind::Field => {
            let names = rule.at.as_deref().unwrap_or_default().split('.').map(str::to_owned).collect();
            let value = rule.value.clone().unwrap_or(Value::Null);
            Fault::Bend(Bend::Field(Field { names, value, row_contains: rule.row_contains.clone() }))
        }
    }
}
