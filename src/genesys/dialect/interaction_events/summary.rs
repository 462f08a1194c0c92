//! The summary of the same time: how many interactions the platform counts in it (R-39). Pure.

use serde::Deserialize;

use crate::domain::time::{InstantMs, format_instant};
use crate::genesys::wire::WireError;

/// Where the summary is asked for, below `genesys.api.url`.
const PATH: &str = "/api/v2/analytics/interactions/summary";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    #[serde(default)]
    interaction_volume: Option<f64>,
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

/// Reads the answer; `None` when it counts nothing.
///
/// # Errors
/// When the body is not JSON.
pub fn read_volume(body: &[u8]) -> Result<Option<i64>, WireError> {
    let summary: Summary = serde_json::from_slice(body)?;
    // A count is whole and small; the cast saturates.
    Ok(summary.interaction_volume.filter(|volume| 0.0 <= *volume).map(|volume| volume as i64))
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
        let read = |text: &str| read_volume(text.as_bytes());
        assert_eq!(read(r#"{"interactionVolume": 12, "byType": {"voice": 12}}"#).unwrap(), Some(12));
        assert_eq!(read(r#"{"interactionVolume": 12.0}"#).unwrap(), Some(12));
        assert_eq!(read("{}").unwrap(), None);
        assert!(read("<html>").is_err());
    }
}
