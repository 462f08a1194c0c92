//! Which shape of aggregates a host is asked for, and by what an answer shows that it is the other one. Pure.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;

use crate::config::typed::AggregatesShape;
use crate::domain::media::Dialect;
use crate::genesys::error::GenesysError;
use crate::genesys::wire::WireError;

/// The shapes to ask for, in order, until the host answers one: the one that is `configured`, else the platform's own,
/// and of a host that serves a dialect of the guides the guide's besides.
#[must_use]
pub fn shapes(configured: Option<AggregatesShape>, dialect: Dialect) -> &'static [AggregatesShape] {
    match (configured, dialect) {
        (Some(AggregatesShape::Buckets), _) => &[AggregatesShape::Buckets],
        (Some(AggregatesShape::Metrics), _) | (None, Dialect::ConversationDetails | Dialect::ConversationJobs) => {
            &[AggregatesShape::Metrics]
        }
        (None, _) => &[AggregatesShape::Metrics, AggregatesShape::Buckets],
    }
}

/// Whether a refusal may be of the shape alone, so that the other may be answered.
#[must_use]
pub fn is_of_the_shape(error: &GenesysError) -> bool {
    matches!(error, GenesysError::BadRequest { .. } | GenesysError::BadBody(_))
}

/// The same body, unless it plainly is an answer in the other shape: that would be read as one without figures.
///
/// # Errors
/// Then.
pub fn own(shape: AggregatesShape, body: &[u8]) -> Result<&[u8], WireError> {
    let (own, other) = match shape {
        AggregatesShape::Metrics => ("results", "buckets"),
        AggregatesShape::Buckets => ("buckets", "results"),
    };
    let said: BTreeMap<String, IgnoredAny> = serde_json::from_slice(body)?;
    if said.contains_key(other) && !said.contains_key(own) {
        return Err(unreadable(format!(
            "the answer has {other} where {own} were asked for: genesys.aggregates says which shape is asked for"
        )));
    }
    Ok(body)
}

/// An answer that cannot be read, for this reason.
#[must_use]
pub fn unreadable(why: String) -> WireError {
    WireError::Json(<serde_json::Error as serde::de::Error>::custom(why))
}
