//! Bodies of requests: read up to a limit, and taken apart without repeating values in an error. Edge.
//!
//! A value may be a secret, so an error names places and keys, and never what stands there.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::connect::entities::{ConnectorConfig, ConnectorOffset, TargetState};
use crate::connect::error::ConnectError;

/// Longest wait for a body. Shorter fails slow lines; longer lets a client keep a place that others need.
const READ: Duration = Duration::from_secs(30);

/// Most letters of a key that an error repeats.
const KEY_LENGTH_MAX: usize = 80;

/// The whole body.
pub(super) async fn read(body: Body, bytes_max: usize) -> Result<Bytes, ConnectError> {
    match tokio::time::timeout(READ, to_bytes(body, bytes_max)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if is_too_long(&error) => {
            Err(ConnectError::new(413, format!("The body is longer than {bytes_max} bytes (rest.body.max.bytes)")))
        }
        Ok(Err(_)) => Err(ConnectError::bad_request("The body could not be read to its end")),
        Err(_) => Err(ConnectError::new(408, format!("The body did not come within {} s", READ.as_secs()))),
    }
}

fn is_too_long(error: &axum::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if error.to_string().contains("length limit exceeded") {
            return true;
        }
        cause = error.source();
    }
    false
}

/// `POST /connectors`.
#[derive(Debug)]
pub(super) struct CreateRequest {
    /// Without surrounding blanks; empty where there is none.
    pub(super) name: String,
    pub(super) config: ConnectorConfig,
    pub(super) state: TargetState,
}

/// Reads the body of `POST /connectors`.
pub(super) fn create_request(bytes: &[u8]) -> Result<CreateRequest, ConnectError> {
    let mut fields = object(bytes)?;
    let (name, config, state) = (fields.remove("name"), fields.remove("config"), fields.remove("initial_state"));
    if let Some(key) = fields.keys().next() {
        let text = format!(
            "Unrecognized field \"{}\" (3 known properties: \"config\", \"name\", \"initial_state\")",
            shortened(key)
        );
        return Err(ConnectError::bad_request(text));
    }
    let name = name.map_or(Ok(None), |raw| scalar("name", &raw))?.unwrap_or_default();
    let config = config.filter(|raw| raw.get() != "null");
    let Some(config) = config else {
        return Err(ConnectError::bad_request(
            "\"config\" is missing: the settings of the connector, as a JSON object",
        ));
    };
    let config = given(pairs(parsed(config.get().as_bytes(), "\"config\" must be a JSON object")?)?);
    let state = state.map_or(Ok(None), |raw| scalar("initial_state", &raw))?;
    let state = match state.map(|word| word.to_ascii_uppercase()).as_deref() {
        None | Some("RUNNING") => TargetState::Started,
        Some("PAUSED") => TargetState::Paused,
        Some("STOPPED") => TargetState::Stopped,
        Some(_) => {
            return Err(ConnectError::bad_request("\"initial_state\" must be one of RUNNING, PAUSED, STOPPED"));
        }
    };
    Ok(CreateRequest { name: name.trim().to_owned(), config, state })
}

/// Reads a flat map of settings. One whose value is null is as good as not there.
pub(super) fn config(bytes: &[u8]) -> Result<ConnectorConfig, ConnectError> {
    Ok(given(pairs(object(bytes)?)?))
}

/// Reads settings to set, or with null to remove.
pub(super) fn changes(bytes: &[u8]) -> Result<Vec<(String, Option<String>)>, ConnectError> {
    pairs(object(bytes)?)
}

/// Reads the offsets to set; none when the request names none.
pub(super) fn offsets(bytes: &[u8]) -> Result<Vec<ConnectorOffset>, ConnectError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Request {
        #[serde(default)]
        offsets: Option<Vec<ConnectorOffset>>,
    }
    let _ = object(bytes)?;
    let shape = "the body must be {\"offsets\": [{\"partition\": {…}, \"offset\": {…} or null}, …]}";
    parsed::<Request>(bytes, shape).map(|request| request.offsets.unwrap_or_default())
}

/// Reads the level of a logger; `None` when the request names none.
pub(super) fn level(bytes: &[u8]) -> Result<Option<String>, ConnectError> {
    object(bytes)?.get("level").map_or(Ok(None), |raw| scalar("level", raw))
}

fn object(bytes: &[u8]) -> Result<BTreeMap<String, Box<RawValue>>, ConnectError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(ConnectError::bad_request("The request has no body; it must be a JSON object"));
    }
    parsed(bytes, "the body must be a JSON object")
}

/// `shape` says what it must be where it is JSON of another kind.
fn parsed<T: DeserializeOwned>(bytes: &[u8], shape: &str) -> Result<T, ConnectError> {
    serde_json::from_slice(bytes).map_err(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        ConnectError::bad_request(match error.classify() {
            // Texts of these kinds repeat nothing of what was sent.
            serde_json::error::Category::Syntax | serde_json::error::Category::Eof => {
                format!("malformed JSON: {error}")
            }
            serde_json::error::Category::Data | serde_json::error::Category::Io => format!("{shape} ({place})"),
        })
    })
}

fn pairs(fields: BTreeMap<String, Box<RawValue>>) -> Result<Vec<(String, Option<String>)>, ConnectError> {
    fields.into_iter().map(|(key, raw)| scalar(&key, &raw).map(|value| (key, value))).collect()
}

fn given(pairs: Vec<(String, Option<String>)>) -> ConnectorConfig {
    pairs.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

/// A text, or a number or switch as it was written; `None` for null.
fn scalar(key: &str, raw: &RawValue) -> Result<Option<String>, ConnectError> {
    let text = raw.get();
    match text.as_bytes().first() {
        Some(b'"') => serde_json::from_str(text).map(Some).map_err(|_| not_scalar(key)),
        Some(b'{' | b'[') | None => Err(not_scalar(key)),
        Some(b'n') => Ok(None),
        Some(_) => Ok(Some(text.to_owned())),
    }
}

fn not_scalar(key: &str) -> ConnectError {
    ConnectError::bad_request(format!("the value of \"{}\" must be a text, a number, true or false", shortened(key)))
}

fn shortened(key: &str) -> String {
    key.chars().take(KEY_LENGTH_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_switches_are_taken_as_they_were_written() {
        let config = config(br#"{"a": 1, "b": 1.50, "c": true, "d": "x\u00e9", "e": null, "f": -0}"#).unwrap();
        let expected = [("a", "1"), ("b", "1.50"), ("c", "true"), ("d", "x\u{e9}"), ("f", "-0")];
        assert_eq!(config, expected.map(|(key, value)| (key.to_owned(), value.to_owned())).into());
        assert_eq!(changes(br#"{"e": null}"#).unwrap(), [("e".to_owned(), None)]);
    }

    #[test]
    fn what_is_wrong_with_a_body_is_told_without_its_values() {
        let cases: [(&[u8], &str); 12] = [
            (b"", "has no body"),
            (b" \n", "has no body"),
            (b"{\"name\":\"hunter2\",", "malformed JSON: EOF"),
            (b"[\"hunter2\"]", "must be a JSON object"),
            (b"\"hunter2\"", "must be a JSON object"),
            (b"{\"name\":\"hunter2\"}", "\"config\" is missing"),
            (b"{\"name\":\"hunter2\",\"config\":null}", "\"config\" is missing"),
            (b"{\"config\":\"hunter2\"}", "\"config\" must be a JSON object"),
            (b"{\"config\":{\"k\":[\"hunter2\"]}}", "the value of \"k\""),
            (b"{\"config\":{\"k\":\"\\ud800hunter2\"}}", "the value of \"k\""),
            (b"{\"konfig\":{},\"config\":{\"k\":\"hunter2\"}}", "Unrecognized field \"konfig\""),
            (b"{\"initial_state\":\"hunter2\",\"config\":{}}", "one of RUNNING, PAUSED, STOPPED"),
        ];
        for (body, part) in cases {
            let error = create_request(body).unwrap_err();
            assert!(error.status == 400 && error.message.contains(part), "{error}");
            assert!(!error.message.contains("hunter2"), "{error}");
        }
        for body in [&b"{\"offsets\":\"hunter2\"}"[..], b"{\"offsets\":[\"hunter2\"]}", b"{\"offset\":\"hunter2\"}"] {
            let error = offsets(body).unwrap_err();
            assert!(error.status == 400 && !error.message.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_connector_may_be_created_in_any_state_and_its_name_is_trimmed() {
        let of =
            |state: &str| create_request(format!("{{\"name\":\" a b \",\"config\":{{}}{state}}}").as_bytes()).unwrap();
        for (word, state) in [
            ("", TargetState::Started),
            (",\"initial_state\":null", TargetState::Started),
            (",\"initial_state\":\"running\"", TargetState::Started),
            (",\"initial_state\":\"PAUSED\"", TargetState::Paused),
            (",\"initial_state\":\"STOPPED\"", TargetState::Stopped),
        ] {
            let request = of(word);
            assert_eq!((request.name.as_str(), request.state), ("a b", state), "{word}");
        }
        assert_eq!(create_request(b"{\"config\":{}}").unwrap().name, "");
        assert_eq!(create_request(b"{\"name\":null,\"config\":{}}").unwrap().name, "");
    }

    #[test]
    fn offsets_may_be_absent_and_each_may_lack_its_parts() {
        assert_eq!(offsets(b"{}").unwrap(), []);
        assert_eq!(offsets(b"{\"offsets\":null}").unwrap(), []);
        let read = offsets(br#"{"offsets":[{"offset":{"a":1}},{"partition":{"b":"c"},"offset":null}]}"#).unwrap();
        assert!(read[0].partition.is_none() && read[1].offset.is_none() && read[1].partition.is_some());
    }
}
