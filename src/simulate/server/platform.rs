//! Answers as the platform: login, details, reference data; limit, faults and headers around them. Edge.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, Response, header};
use serde_json::{Value, json};

use super::super::conversation::metrics::named_dates;
use super::super::conversation::query::{named_interval, named_range};
use super::super::faults::{Fault, bent, last_row};
use super::super::limit::Verdict;
use super::super::queries::desk::Fate;
use super::super::queries::report::named_bounds;
use super::super::tokens::Continuation;
use super::super::world::World;
use super::super::{chance, conversation, login, page, query, row};
use super::aggregates;
use super::answer::{Answer, Cut, Headers, http_date, page_body};
use super::conversations::{QUERY_PATH, Wanted};
use super::history::History;
use super::queries::{JOBS, Later, REPORTS};
use super::routing;
use super::simulator::{Shared, Simulator};
use crate::runtime::clock::unix_us;

/// Bytes that a request's body may have, as on the platform.
const BODY_BYTES_MAX: usize = 512_000;

/// The path of the flat rows.
const DETAILS_PATH: &str = "/api/v2/analytics/interactions/details";

/// What came in.
struct Asking {
    number: u64,
    arrived_us: i64,
    method: Method,
    path: String,
    query: String,
    authorization: Option<String>,
    body: Vec<u8>,
    context: String,
}

/// Answers one request, and notes it.
pub(super) async fn answer(State(shared): State<Shared>, request: Request) -> Response<Body> {
    let arrived_us = unix_us();
    let simulator = &shared.simulator;
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let path_asked = path.clone();
    let (number, context) = {
        let mut desk = simulator.desk();
        let desk = &mut *desk;
        desk.answers += 1;
        let half = |half| u128::from(chance::mix(&[simulator.history.seed(), 0x636f_7272, desk.answers, half]));
        (desk.ledger.begin(arrived_us, parts.method.as_str(), &path), row::id_text(half(0) << 64 | half(1)))
    };
    let (answer, verdict) = match axum::body::to_bytes(body, BODY_BYTES_MAX).await {
        Ok(body) => {
            let asking = Asking {
                number,
                arrived_us,
                method: parts.method,
                path,
                query: parts.uri.query().unwrap_or_default().to_owned(),
                authorization: text(&parts.headers),
                body: body.to_vec(),
                context: context.clone(),
            };
            decide(&shared, asking).await
        }
        Err(_) => (Answer::error(413, "request.entity.too.large", "The request is too large.", &context), None),
    };
    {
        let mut desk = simulator.desk();
        if let Some(asked) = desk.ledger.entry(number) {
            asked.status = answer.status;
            asked.scripted = answer.scripted;
        }
        if desk.faults.repeats()
            && let Some(row) = last_row(&answer.body)
        {
            desk.row_before = Some((path_asked, row));
        }
    }
    let verdict = verdict.unwrap_or_else(|| Verdict {
        admitted: true,
        count: 0,
        allowed: simulator.desk().limit.allowed(),
        reset_s: 0,
    });
    answer.into_response(Headers {
        date: http_date(simulator.options.clock.now()),
        correlation: context,
        limit_count: verdict.count,
        limit_allowed: verdict.allowed,
        limit_reset_s: verdict.reset_s,
    })
}

fn text(headers: &HeaderMap) -> Option<String> {
    headers.get(header::AUTHORIZATION)?.to_str().ok().map(str::to_owned)
}

/// Token first, because it dies whatever follows; then login, limit, script, and at last the request itself.
async fn decide(shared: &Shared, asking: Asking) -> (Answer, Option<Verdict>) {
    let simulator = &*shared.simulator;
    let body: Option<Value> = serde_json::from_slice(&asking.body).ok();
    let parameters = conversation::query::parameters(&asking.query);
    let named = body.as_ref().and_then(|body| body.get("nextPageToken")).and_then(Value::as_str);
    let given = |name: &str| parameters.get(name).is_some_and(|text| !text.is_empty());
    let goes_on = given("cursor") || given("pageToken") || (asking.path == QUERY_PATH && given("page"));
    let page_token = named.is_some() || goes_on;
    let (continuation, verdict, fault) = {
        let mut desk = simulator.desk();
        let desk = &mut *desk;
        if let Some(asked) = desk.ledger.entry(asking.number) {
            let slice = body.as_ref().and_then(|body| {
                query::named_range(body).or_else(|| named_interval(body)).or_else(|| named_bounds(body))
            });
            let slice = slice.or_else(|| body.as_ref().and_then(named_dates));
            asked.slice = slice.or_else(|| named_range(&parameters));
            asked.page_token = page_token;
        }
        let continuation = named.map(|token| desk.tokens.take(token, asking.arrived_us));
        let mut verdict = None;
        if asking.path != "/oauth/token" {
            let client = desk.bearers.client(asking.authorization.as_deref(), asking.arrived_us).map(str::to_owned);
            let Some(client) = client else {
                return (Answer::of_status(401, None, &asking.context), None);
            };
            let judged = desk.limit.admit(&client, asking.arrived_us);
            if !judged.admitted {
                return (Answer::of_status(429, Some(judged.reset_s.max(1)), &asking.context), Some(judged));
            }
            verdict = Some(judged);
        }
        let fault = desk.faults.next(asking.method.as_str(), &asking.path, page_token);
        if let Some(asked) = desk.ledger.entry(asking.number) {
            // Noted at once: a client that hangs up on a hanging answer leaves no other trace of the script.
            asked.scripted = fault.is_some();
        }
        if matches!(fault, Some(Fault::Status { status: 401, .. })) {
            desk.bearers.revoke(asking.authorization.as_deref());
        }
        (continuation, verdict, fault)
    };
    let answer = match fault {
        None => route(simulator, &asking, body.as_ref(), continuation, Scripted::default()),
        Some(fault) => {
            let answer = fail(shared, &asking, body.as_ref(), continuation, fault).await;
            Answer { scripted: true, ..answer }
        }
    };
    (answer, verdict)
}

async fn fail(
    shared: &Shared,
    asking: &Asking,
    body: Option<&Value>,
    continuation: Option<Option<Continuation>>,
    fault: Fault,
) -> Answer {
    match fault {
        Fault::Status { status, retry_after_s, as_date } => {
            let seconds = retry_after_s.and_then(|seconds| i64::try_from(seconds).ok());
            let now = shared.simulator.options.clock.now();
            let retry_at = seconds.filter(|_| as_date).map(|seconds| http_date(now + seconds * 1_000));
            Answer { retry_at, ..Answer::of_status(status, seconds, &asking.context) }
        }
        Fault::Hang { hang_ms } => {
            shared.shutdown.sleep(std::time::Duration::from_millis(hang_ms)).await;
            Answer::of_status(504, None, &asking.context)
        }
        Fault::Truncate { connection } => {
            let whole = route(&shared.simulator, asking, body, continuation, Scripted::default());
            Answer { cut: Some(if connection { Cut::Connection } else { Cut::Body }), ..whole }
        }
        Fault::Token => {
            let scripted = Scripted { cursor_dead: true, fate: None };
            route(&shared.simulator, asking, body, continuation.map(|_| None), scripted)
        }
        Fault::Query { fate } => {
            let scripted = Scripted { cursor_dead: false, fate: Some(fate) };
            route(&shared.simulator, asking, body, continuation, scripted)
        }
        Fault::Html => Answer::html(),
        Fault::Plain => {
            let whole = route(&shared.simulator, asking, body, continuation, Scripted::default());
            Answer { content_type: "text/plain", ..whole }
        }
        Fault::Bend(bend) => {
            let whole = route(&shared.simulator, asking, body, continuation, Scripted::default());
            let before = shared.simulator.desk().row_before.clone();
            let row = before.filter(|(path, _)| *path == asking.path).map(|(_, row)| row);
            Answer { body: bent(&whole.body, &bend, row.as_ref()), ..whole }
        }
    }
}

/// What the script does to a request that is answered otherwise as ever.
#[derive(Clone, Copy, Debug, Default)]
struct Scripted {
    /// A cursor is taken for an expired one.
    cursor_dead: bool,
    /// How the query that is submitted ends.
    fate: Option<Fate>,
}

fn route(
    simulator: &Simulator,
    asking: &Asking,
    body: Option<&Value>,
    continuation: Option<Option<Continuation>>,
    scripted: Scripted,
) -> Answer {
    let (query, context) = (asking.query.as_str(), asking.context.as_str());
    let Scripted { cursor_dead, fate } = scripted;
    let later = Later { simulator, query, context, mark_dead: cursor_dead, fate };
    match (asking.method.as_str(), asking.path.as_str(), &simulator.history) {
        ("POST", "/oauth/token", _) => login(simulator, asking),
        ("GET", path, _) if routing::knows(path) => routing::answer(simulator, path, query, context),
        ("POST", aggregates::AGGREGATES_PATH, _) => aggregates::answer(simulator, body, context),
        ("POST", DETAILS_PATH, History::Rows(world)) => details(simulator, world, asking, body, continuation),
        ("POST", QUERY_PATH, History::Reports(world)) => match body.filter(|body| named_interval(body).is_some()) {
            Some(body) => later.count_conversations(world, body),
            None => later.submit_report(world, body),
        },
        ("GET", path, History::Reports(world)) => match path.strip_prefix(REPORTS) {
            Some(rest) => later.report(world, rest),
            None => Answer::of_status(404, None, context),
        },
        ("DELETE", path, History::Reports(_)) => match path.strip_prefix(REPORTS) {
            Some(rest) => later.delete(rest),
            None => Answer::of_status(404, None, context),
        },
        (method, path, History::Conversations(world, _)) if path.starts_with(JOBS) => {
            match (method, path.strip_prefix(JOBS).map(|rest| rest.trim_start_matches('/'))) {
                ("POST", Some("")) => later.submit_job(body),
                ("GET", Some("availability")) => later.availability(),
                ("GET", Some(rest)) => later.job(world, rest),
                ("DELETE", Some(rest)) => later.delete(rest),
                _ => Answer::of_status(404, None, context),
            }
        }
        (method @ ("GET" | "POST"), path, History::Conversations(world, _)) => {
            let wanted = Wanted { simulator, world, path, query, context, cursor_dead };
            match (method, path) {
                ("POST", QUERY_PATH) => wanted.query(body),
                ("GET", _) => wanted.get(),
                _ => Answer::of_status(404, None, context),
            }
        }
        _ => Answer::of_status(404, None, context),
    }
}

fn login(simulator: &Simulator, asking: &Asking) -> Answer {
    let request = login::read(asking.authorization.as_deref(), &asking.body);
    if request.grant != "client_credentials" {
        return Answer::login_error(400, "unsupported_grant_type", "grant type must be client_credentials");
    }
    let options = &simulator.options;
    let secrets = simulator.desk().secrets.clone();
    let right = |known: &login::Credentials| known.id == options.client_id && secrets.contains(&known.secret);
    if !request.credentials.as_ref().is_some_and(right) {
        return Answer::login_error(401, "invalid_client", "authentication failed");
    }
    let (token, expires_s) = simulator.desk().bearers.mint(&options.client_id, asking.arrived_us);
    let body = json!({"access_token": token, "token_type": "bearer", "expires_in": expires_s});
    Answer::ok(body.to_string())
}

fn details(
    simulator: &Simulator,
    world: &World,
    asking: &Asking,
    body: Option<&Value>,
    continuation: Option<Option<Continuation>>,
) -> Answer {
    let Some(body) = body else {
        return Answer::error(400, "bad.request", "The request body is no JSON.", &asking.context);
    };
    let query = match query::read(body, simulator.options.to_inclusive) {
        Ok(query) => query,
        Err(refusal) => return Answer::error(400, refusal.code, &refusal.message, &asking.context),
    };
    let cursor = match continuation {
        None => None,
        Some(Some(continuation)) if continuation.query == query => Some(continuation.cursor),
        Some(Some(_)) => {
            let message = "nextPageToken belongs to another request.";
            return Answer::error(400, "bad.request", message, &asking.context);
        }
        Some(None) => {
            let reuse = simulator.options.faults.token_reuse;
            return if simulator.desk().tokens.answers_gone(reuse) {
                Answer::error(410, "gone", "nextPageToken has been used or has expired.", &asking.context)
            } else {
                Answer::ok(page_body("", None, query.size, 0))
            };
        }
    };
    let horizon = simulator.options.clock.horizon();
    let page = page::build(world, &simulator.options.faults.odd_rows, &query, cursor, horizon);
    let size = query.size;
    let token = page.next.map(|cursor| simulator.desk().tokens.mint(Continuation { query, cursor }, asking.arrived_us));
    Answer::ok(page_body(&page.data, token.as_deref(), size, page.total))
}
