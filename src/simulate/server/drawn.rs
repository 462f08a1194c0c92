//! What was drawn, told plainly to tests: never through a dialect, so that a dialect can be held against it. Edge.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Response, StatusCode};
use futures::stream;
use serde_json::{Value, json};

use super::super::centre::{QUEUES, agent_id};
use super::super::conversation::model::{AgentSession, Conversation};
use super::super::row::id_text;
use super::super::truth::conversation::Stretch;
use super::history::History;
use super::inspect::{LINES, lines_answer, problem_answer};
use super::simulator::Shared;

/// JSON lines of all conversations in their final form, by start and id: instants in ms since 1970, lengths in ms.
pub(super) async fn conversations(State(shared): State<Shared>) -> Response<Body> {
    let History::Conversations(world, _) = shared.simulator.history().clone() else {
        return problem_answer(StatusCode::NOT_FOUND, "this history has no conversations but flat rows");
    };
    let range = world.range();
    let lines = stream::unfold((world, None), move |(world, after)| {
        let mut last = None;
        let mut lines = String::new();
        for told in world.told(range, after).take(LINES) {
            lines.push_str(&plain(told).to_string());
            lines.push('\n');
            last = Some(told.position());
        }
        let part = last.map(|last| (Ok::<_, std::io::Error>(Bytes::from(lines)), (world, Some(last))));
        std::future::ready(part)
    });
    lines_answer(Body::from_stream(lines))
}

fn plain(told: &Conversation) -> Value {
    let queues: Vec<&str> = told.visits.iter().map(|visit| QUEUES[usize::from(visit.queue)].id).collect();
    let sessions: Vec<Value> = told.sessions.iter().map(session).collect();
    json!({
        "id": id_text(told.id),
        "start": told.start,
        "end": told.end(),
        "media": told.kind.word(),
        "outbound": told.outbound,
        "queues": queues,
        "sessions": sessions,
    })
}

fn session(session: &AgentSession) -> Value {
    let wrap = session.wrap;
    json!({
        "user_id": agent_id(session.agent),
        "queue_id": session.queue.map(|queue| QUEUES[usize::from(queue)].id),
        "handle_ms": session.reported_handle_ms(),
        "handled_at": session.end(),
        "talk_ms": session.total_ms(&[Stretch::Talk]),
        "hold_ms": session.total_ms(&[Stretch::CustomerHold, Stretch::SystemHold]),
        "acw_ms": wrap.map(|wrap| wrap.metric_ms),
        "wrapup_code": wrap.and_then(|wrap| wrap.code).map(|code| code.id()),
    })
}
