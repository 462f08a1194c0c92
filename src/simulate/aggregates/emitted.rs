//! What the platform emits, one figure at a time, of rows and of conversations. Pure.

use std::collections::BTreeSet;

use super::super::centre::{QUEUES, agent_id};
use super::super::conversation::emitted as of_conversation;
use super::super::conversation::seen::Moment;
use super::super::conversation::world::ConversationWorld;
use super::super::form::{Form, form_at};
use super::super::row::{Kind, Outcome, Row};
use super::super::world::World;
use super::service_level;
use crate::domain::time::{DAY_MS, DurationMs, InstantMs, TimeRange};

/// No interaction of the simulated contact centre lasts longer: what began earlier has emitted all that it will.
const LENGTH_MS_MAX: DurationMs = 14 * DAY_MS;

/// One figure of one metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emitted {
    /// The metric, as `tHandle`.
    pub metric: &'static str,
    /// When it was emitted: it counts in the interval that this lies in.
    pub at: InstantMs,
    /// Milliseconds of a timer; 1 of a counter; of the service level 1 for an answer within the target, else 0.
    pub value: i64,
    /// An index into the centre's queues.
    pub queue: Option<u8>,
    /// The medium's word.
    pub media: &'static str,
    /// An index into the centre's agents.
    pub agent: Option<u8>,
    /// The centre called the customer.
    pub outbound: bool,
}

impl Emitted {
    /// Its value in a dimension; `None` where it has none, and for a dimension that is not known here.
    #[must_use]
    pub fn dimension(&self, name: &str) -> Option<String> {
        match name {
            "queueId" => self.queue.map(|queue| QUEUES[usize::from(queue)].id.to_owned()),
            "mediaType" => Some(self.media.to_owned()),
            "userId" => self.agent.map(agent_id),
            "direction" | "originatingDirection" => Some(if self.outbound { "outbound" } else { "inbound" }.to_owned()),
            _ => None,
        }
    }
}

/// What the rows of a history have emitted in `[from, to)` by `now`; `None`: everything has happened.
pub fn of_rows(world: &World, range: TimeRange, now: Option<InstantMs>) -> impl Iterator<Item = Emitted> {
    let began = TimeRange { from: range.from - LENGTH_MS_MAX, to: range.to };
    let mut known = BTreeSet::new();
    // Rows come by their start, so the first of a conversation is where the customer came.
    let all = world.rows(began, None).flat_map(move |row| {
        let begun = if known.insert(row.conversation) { of_arrival(row, now) } else { Vec::new() };
        let rest = if range.from <= row.end { of_row(row, now) } else { Vec::new() };
        begun.into_iter().chain(rest)
    });
    all.filter(move |one| range.contains(one.at))
}

/// What a conversation has emitted when it began, by its first row: the customer is there, whoever answers.
#[must_use]
pub fn of_arrival(first: &Row, now: Option<InstantMs>) -> Vec<Emitted> {
    if form_at(first, now).is_none() {
        return Vec::new();
    }
    let one = |metric| Emitted {
        metric,
        at: first.start,
        value: 1,
        queue: None,
        media: first.kind.word(),
        agent: None,
        outbound: false,
    };
    vec![one("nConversations"), one("nConnected")]
}

/// What the conversations of a history have emitted in `[from, to)` by the moment.
pub fn of_conversations(world: &ConversationWorld, range: TimeRange, moment: Moment) -> impl Iterator<Item = Emitted> {
    let began = TimeRange { from: range.from - LENGTH_MS_MAX, to: range.to };
    let told = world.told(began, None).filter(move |told| range.from <= told.end());
    told.flat_map(move |told| of_conversation::emitted(told, moment)).filter(move |one| range.contains(one.at))
}

/// What a row has emitted. A row that only reports a transfer, and one that nobody handled, have no handle time; neither
/// has a shared screen. A length of nothing is one.
#[must_use]
pub fn of_row(row: &Row, now: Option<InstantMs>) -> Vec<Emitted> {
    let Some(form) = form_at(row, now) else { return Vec::new() };
    let mut all = Vec::new();
    let mut emit = |metric: &'static str, at: InstantMs, value: i64| {
        let (media, queue, agent) = (row.kind.word(), row.queue, row.agent);
        all.push(Emitted { metric, at, value, queue, media, agent, outbound: false });
    };
    if row.kind == Kind::Transfer {
        emit("nTransferred", row.start, 1);
        return all;
    }
    let length = |ms: Option<i32>| i64::from(ms.unwrap_or(0));
    if row.queue.is_some() {
        emit("nOffered", row.start, 1);
    }
    if form == Form::Open {
        return all;
    }
    if row.outcome == Outcome::Abandoned {
        let wait_ms = row.end - row.start;
        emit("tAbandon", row.end, wait_ms);
        of_wait(row, wait_ms, &mut emit);
        return all;
    }
    if row.agent.is_none() || row.kind == Kind::Cobrowse {
        return all;
    }
    let wait_ms = length(row.wait_ms);
    if row.queue.is_some() {
        emit("tAnswered", row.start + wait_ms, wait_ms);
        of_wait(row, wait_ms, &mut emit);
    }
    let spoken = matches!(row.kind, Kind::Voice | Kind::Callback);
    if !spoken {
        emit("tHandle", row.end, length(row.agent_ms));
        return all;
    }
    let over = row.talk_end();
    for (metric, ms) in [("tTalk", row.talk_ms), ("tHeld", row.hold_ms)] {
        if let Some(ms) = ms {
            emit(metric, over, i64::from(ms));
        }
    }
    if form != Form::Final {
        return all;
    }
    if let Some(ms) = row.wrap_ms {
        emit("tAcw", row.end, i64::from(ms));
    }
    emit("tHandle", row.end, length(row.talk_ms) + length(row.hold_ms) + length(row.wrap_ms));
    all
}

/// What the service level makes of a wait, when it is over.
fn of_wait(row: &Row, wait_ms: DurationMs, emit: &mut impl FnMut(&'static str, InstantMs, i64)) {
    let answered = row.outcome == Outcome::Completed;
    for (metric, value) in
        row.queue.iter().flat_map(|queue| service_level::emitted(*queue, row.kind, wait_ms, answered))
    {
        emit(metric, row.start + wait_ms, value);
    }
}
