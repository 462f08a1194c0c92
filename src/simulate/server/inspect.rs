//! What only tests and `demo` ask: health, clock, the requests so far, the truth. Edge.

use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::http::{Response, StatusCode, header};
use futures::stream;
use serde_json::json;

use super::super::truth::Truth;
use super::super::truth::settings::TruthSettings;
use super::history::History;
use super::simulator::Shared;
use crate::domain::time::format_instant;

/// Lines that are made at a time while an answer streams.
pub(super) const LINES: usize = 500;

pub(super) async fn health(State(shared): State<Shared>) -> Response<Body> {
    json_answer(
        json!({"status": "up", "seed": shared.simulator.history().seed(), "rows": shared.simulator.history().total()}),
    )
}

pub(super) async fn clock(State(shared): State<Shared>) -> Response<Body> {
    let range = shared.simulator.history().range();
    json_answer(json!({
        "now": format_instant(shared.simulator.options.clock.now()),
        "from": format_instant(range.from),
        "to": format_instant(range.to),
        "live": shared.simulator.options.clock.horizon().is_some(),
    }))
}

/// JSON lines of all requests that are still remembered.
pub(super) async fn requests(State(shared): State<Shared>) -> Response<Body> {
    let lines = stream::unfold(0, move |number| {
        let part = shared.simulator.desk().ledger.lines(number, LINES);
        std::future::ready(part.map(|(lines, next)| (Ok::<_, std::io::Error>(Bytes::from(lines)), next)))
    });
    lines_answer(Body::from_stream(lines))
}

/// JSON lines of the rows that a correct connector ends with.
pub(super) async fn truth(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Response<Body> {
    let settings = match settings(&query.unwrap_or_default()) {
        Ok(settings) => settings,
        Err(problem) => return problem_answer(StatusCode::BAD_REQUEST, &problem),
    };
    let truth = computed(shared.simulator.history(), &settings);
    let lines = stream::unfold((truth, 0), |(truth, skip)| {
        let mut lines = String::new();
        let mut count = 0;
        for row in truth.rows_from(skip).take(LINES) {
            lines.push_str(&row.to_string());
            lines.push('\n');
            count += 1;
        }
        let part = (0 < count).then(|| (Ok::<_, std::io::Error>(Bytes::from(lines)), (truth, skip + count)));
        std::future::ready(part)
    });
    lines_answer(Body::from_stream(lines))
}

/// The computation takes seconds for large histories; where other threads can take over this one's work, they do.
fn computed(history: &History, settings: &TruthSettings) -> Truth {
    match tokio::runtime::Handle::current().runtime_flavor() {
        tokio::runtime::RuntimeFlavor::MultiThread => tokio::task::block_in_place(|| history.truth(settings)),
        _ => history.truth(settings),
    }
}

fn settings(query: &str) -> Result<TruthSettings, String> {
    let parameters: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let Some((_, topic)) = parameters.iter().find(|(name, _)| name == "topic") else {
        return Err("the parameter topic is missing, as in topic=kpi.queue.pt30m".to_owned());
    };
    let mut settings = TruthSettings::of_topic(topic).map_err(|error| error.to_string())?;
    for (name, value) in parameters.iter().filter(|(name, _)| name != "topic") {
        settings.set(name, value).map_err(|error| error.to_string())?;
    }
    settings.check().map_err(|error| error.to_string())?;
    Ok(settings)
}

fn json_answer(value: serde_json::Value) -> Response<Body> {
    typed(Body::from(value.to_string()), "application/json")
}

pub(super) fn lines_answer(body: Body) -> Response<Body> {
    typed(body, "application/x-ndjson")
}

pub(super) fn problem_answer(status: StatusCode, problem: &str) -> Response<Body> {
    let code = if status == StatusCode::NOT_FOUND { "not.found" } else { "bad.request" };
    let mut answer = json_answer(json!({"message": problem, "code": code, "status": status.as_u16()}));
    *answer.status_mut() = status;
    answer
}

fn typed(body: Body, media_type: &'static str) -> Response<Body> {
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(media_type));
    response
}
