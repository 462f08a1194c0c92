//! Answers requests for aggregates, of whichever history is told. Edge: it answers HTTP requests.

use serde_json::Value;

use super::super::aggregates::query::{AggregatesQuery, read};
use super::super::aggregates::{add_up, emitted, known};
use super::super::conversation::seen::Moment;
use super::answer::Answer;
use super::history::History;
use super::simulator::Simulator;
use crate::config::typed::AggregatesShape;
use crate::domain::time::TimeRange;

/// The path of aggregates.
pub(super) const AGGREGATES_PATH: &str = "/api/v2/analytics/conversations/aggregates/query";

/// Answers a query of aggregates, in either shape unless there is one alone.
pub(super) fn answer(simulator: &Simulator, body: Option<&Value>, context: &str) -> Answer {
    let Some(body) = body else { return Answer::error(400, "bad.request", "The request body is no JSON.", context) };
    let only = simulator.options.aggregates;
    let metrics: &[&str] = match &simulator.history {
        History::Rows(_) | History::Reports(_) => &known::OF_ROWS,
        History::Conversations(..) => &known::OF_CONVERSATIONS,
    };
    let query = match read(body, metrics) {
        Err(refusal) => return Answer::error(400, refusal.code, &refusal.message, context),
        Ok(AggregatesQuery::Metrics(_)) if only == Some(AggregatesShape::Buckets) => {
            return Answer::error(400, "bad.request", "date_range, view and group_by are required.", context);
        }
        Ok(AggregatesQuery::Buckets(_)) if only == Some(AggregatesShape::Metrics) => {
            return Answer::error(
                400,
                "bad.request",
                "Unrecognized field \"date_range\" in the request body.",
                context,
            );
        }
        Ok(query) => query,
    };
    let answer = match query {
        AggregatesQuery::Metrics(query) => add_up::metrics(&query, emitted_in(simulator, query.range)),
        AggregatesQuery::Buckets(query) => add_up::buckets(&query, emitted_in(simulator, query.range)),
    };
    Answer::ok(answer.to_string())
}

/// What has been emitted in a range by now.
fn emitted_in(simulator: &Simulator, range: TimeRange) -> Box<dyn Iterator<Item = emitted::Emitted> + '_> {
    let now = simulator.options.clock.horizon();
    match &simulator.history {
        History::Rows(world) | History::Reports(world) => Box::new(emitted::of_rows(world, range, now)),
        History::Conversations(world, _) => Box::new(emitted::of_conversations(world, range, Moment(now))),
    }
}
