//! What the platform emits, one figure at a time, of rows and of conversations. Pure.

use super::super::centre::{QUEUES, agent_id};
use super::super::conversation::emitted as of_conversation;
use super::super::conversation::seen::Moment;
use super::super::conversation::world::ConversationWorld;
use super::super::form::{Form, form_at};
use super::super::row::{Kind, Outcome, Row};
use super::super::world::World;
use crate::domain::time::{DAY_MS, DurationMs, InstantMs, TimeRange};

/// No interaction of the simulated contact centre lasts longer: what began earlier has emitted all that it will.
const LENGTH_MS_MAX: DurationMs = 14 * DAY_MS;

/// One figure of one metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emitted {
    /// The metric, as `tHandle`.
    pub metric: String,
    /// When it was emitted: it counts in the interval that this lies in.
    pub at: InstantMs,
    /// Milliseconds of a timer; 1 of a counter.
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
    let touches = move |row: &&Row| range.from <= row.end;
    let all = world.rows(began, None).filter(touches).flat_map(move |row| of_row(row, now));
    all.filter(move |one| range.contains(one.at))
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
    let mut emit = |metric: &str, at: InstantMs, value: i64| {
        let (media, queue, agent) = (row.kind.word(), row.queue, row.agent);
        all.push(Emitted { metric: metric.to_owned(), at, value, queue, media, agent, outbound: false });
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
        emit("tAbandon", row.end, row.end - row.start);
        return all;
    }
    if row.agent.is_none() || row.kind == Kind::Cobrowse {
        return all;
    }
    let wait_ms = length(row.wait_ms);
    emit("nConnected", row.start + wait_ms, 1);
    if row.queue.is_some() {
        emit("tAnswered", row.start + wait_ms, wait_ms);
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
