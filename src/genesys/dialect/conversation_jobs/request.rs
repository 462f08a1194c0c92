//! What is asked for: the job, its state, a page of its conversations, how far the lake is. Pure.

use serde::{Deserialize, Serialize};

use super::super::facts::Facts;
use crate::domain::selection::Group;
use crate::domain::time::{InstantMs, format_instant};
use crate::genesys::dialect::conversation_details::{self, SegmentFilter, segment_filters};
use crate::genesys::query::token::is_id;
use crate::genesys::wire::WireError;

/// Where jobs are submitted, and below which they live.
const PATH: &str = "/api/v2/analytics/conversations/details/jobs";

/// Where the instant is asked for before which the lake has everything.
pub const AVAILABILITY_PATH: &str = "/api/v2/analytics/conversations/details/jobs/availability";

/// What the records can say: the same as those of `conversation-details`, but no page counts the whole selection.
pub const FACTS: Facts = Facts { native_count: false, ..conversation_details::FACTS };

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    interval: String,
    order: &'static str,
    order_by: &'static str,
    // Without it every conversation comes that was still going on, however long ago it began.
    start_of_day_interval_matching: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    segment_filters: Vec<SegmentFilter<'a>>,
}

/// Path and body of the request that submits a job for what starts in `[from, to)`; `filter` of `None`: everything.
///
/// # Panics
/// Never: text always serializes.
#[must_use]
pub fn submission(from: InstantMs, to: InstantMs, filter: Option<&Group>) -> (&'static str, String) {
    let body = Body {
        interval: format!("{}/{}", format_instant(from), format_instant(to)),
        order: "asc",
        order_by: "conversationStart",
        start_of_day_interval_matching: true,
        segment_filters: segment_filters(filter),
    };
    (PATH, serde_json::to_string(&body).expect("text always serializes"))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Submitted {
    #[serde(default)]
    job_id: Option<String>,
}

/// The id in the answer to a submission.
///
/// # Errors
/// When there is none, or it could not stand in a path.
pub fn submitted_id(body: &[u8]) -> Result<String, WireError> {
    let submitted: Submitted = serde_json::from_slice(body)?;
    submitted.job_id.filter(|id| is_id(id)).ok_or(WireError::NoQuery)
}

/// Where a job's state is asked for, and where it is deleted.
#[must_use]
pub fn status_target(id: &str) -> String {
    format!("{PATH}/{id}")
}

/// Where a page of its conversations is asked for; `cursor` of `None` is the first.
#[must_use]
pub fn results_target(id: &str, cursor: Option<&str>, page_size: u32) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("pageSize", &page_size.to_string());
    if let Some(cursor) = cursor {
        query.append_pair("cursor", cursor);
    }
    format!("{PATH}/{id}/results?{}", query.finish())
}
