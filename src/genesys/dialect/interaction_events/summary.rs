//! The summary of the same time: how many interactions the platform counts in it (R-39). Pure.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::selection::{Dimension, Group, Selection};
use crate::domain::time::{InstantMs, format_instant};
use crate::genesys::wire::WireError;

/// Where the summary is asked for, below `genesys.api.url`.
const PATH: &str = "/api/v2/analytics/interactions/summary";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    #[serde(default)]
    interaction_volume: Option<f64>,
    #[serde(default)]
    by_type: Option<BTreeMap<String, f64>>,
}

/// How many interactions the platform counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Volumes {
    /// In all.
    pub all: Option<i64>,
    /// By type, where it says so; a type that is not there has none.
    pub by_type: Option<BTreeMap<String, i64>>,
}

impl Volumes {
    /// How many of them are in the group; `None` when that is not said.
    #[must_use]
    pub fn within(&self, group: &Group) -> Option<i64> {
        let by_type = self.by_type.as_ref().filter(|_| group.dimension == Dimension::Media)?;
        Some(by_type.iter().filter(|(word, _)| group.has(word)).map(|(_, volume)| volume).sum())
    }

    /// How many of them are in the selection; `None` when that is not said.
    #[must_use]
    pub fn of(&self, selection: &Selection) -> Option<i64> {
        match selection {
            Selection::All => self.all,
            Selection::Only(group) => self.within(group),
            Selection::Rest { others, .. } => Some((self.all? - self.within(others)?).max(0)),
        }
    }
}

/// The path and query that ask how many interactions start in `[from, to)`.
#[must_use]
pub fn request_target(from: InstantMs, to: InstantMs) -> String {
    let text = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("since", &format_instant(from))
        .append_pair("until", &format_instant(to))
        .finish();
    format!("{PATH}?{text}")
}

/// Reads the answer.
///
/// # Errors
/// When the body is not JSON.
pub fn read_volumes(body: &[u8]) -> Result<Volumes, WireError> {
    let summary: Summary = serde_json::from_slice(body)?;
    // A count is whole and small; the cast saturates.
    let count = |volume: f64| (0.0 <= volume).then_some(volume as i64);
    let by_type = |volumes: BTreeMap<String, f64>| {
        volumes.into_iter().filter_map(|(word, volume)| Some((word, count(volume)?))).collect()
    };
    Ok(Volumes { all: summary.interaction_volume.and_then(count), by_type: summary.by_type.map(by_type) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_is_asked_for_the_same_half_open_time_and_read_as_a_count() {
        assert_eq!(
            request_target(0, 900_000),
            "/api/v2/analytics/interactions/summary?since=1970-01-01T00%3A00%3A00.000Z&until=1970-01-01T00%3A15%3A00.000Z"
        );
        let read = |text: &str| read_volumes(text.as_bytes());
        assert_eq!(read(r#"{"interactionVolume": 12, "byType": {"voice": 12}}"#).unwrap().all, Some(12));
        assert_eq!(read(r#"{"interactionVolume": 12.0}"#).unwrap().all, Some(12));
        assert_eq!(read("{}").unwrap(), Volumes::default());
        assert!(read("<html>").is_err());
    }

    #[test]
    fn the_volume_of_a_part_is_that_of_its_types_and_the_rest_is_what_no_other_part_has() {
        let body = br#"{"interactionVolume": 12, "byType": {"voice": 7, "chat": 3, "fax": 2}}"#;
        let volumes = read_volumes(body).unwrap();
        let group = |word: &str| Group::new(Dimension::Media, [word.to_owned()]);
        let parts = Selection::split(vec![group("voice"), group("chat")], &[]);
        let of: Vec<Option<i64>> = parts.iter().map(|part| volumes.of(part)).collect();
        assert_eq!(of, [Some(7), Some(3), Some(2)]);
        assert_eq!(volumes.of(&Selection::Only(group("email"))), Some(0));
        let unsaid = Volumes { by_type: None, ..volumes };
        assert_eq!((unsaid.of(&parts[0]), unsaid.of(&parts[2]), unsaid.of(&Selection::All)), (None, None, Some(12)));
    }
}
