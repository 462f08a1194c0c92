//! Opens closed e-mails again and corrects records days later, as the platform does. Edge: draws from a seeded generator.

use super::super::draw::Draw;
use super::super::plan::Chunk;
use super::super::row::Kind;
use super::model::{Code, Conversation, Earlier};
use super::stage::{MIN, Stage};
use crate::domain::time::{DurationMs, HOUR_MS};

/// Keeps the streams of restatements apart from those of the conversations themselves.
const STREAM: u64 = 1 << 61;

/// Out of a thousand closed e-mails so many get another answer.
const REOPENED_PERMILLE: u64 = 400;

/// Out of a thousand conversations with after-call work so many are corrected.
const CORRECTED_PERMILLE: u64 = 60;

/// A conversation that lasts longer is not told otherwise later: it might be so for the first time when nobody looks.
const LENGTH_MS_MAX: DurationMs = 6 * HOUR_MS;

/// The same conversations, some of them with an earlier form.
pub(super) fn conversations(seed: u64, chunk: &Chunk, told: Vec<Conversation>) -> Vec<Conversation> {
    let mut draw = Draw::new(seed, chunk.day.cast_unsigned() ^ STREAM, chunk.rows, 0);
    told.into_iter().map(|told| one(&mut draw, told)).collect()
}

fn one(draw: &mut Draw, told: Conversation) -> Conversation {
    // Drawn for every conversation, so that the choice of one does not shift those of others.
    let (reopens, corrects) = (draw.chance(REOPENED_PERMILLE), draw.chance(CORRECTED_PERMILLE));
    let answered = told.sessions.iter().any(|session| session.talked() && session.visit.is_some());
    if LENGTH_MS_MAX < told.known_at() - told.start || !answered {
        return told;
    }
    match told.kind {
        Kind::Email if reopens => opened_again(draw, told),
        _ if corrects => corrected(draw, told),
        _ => told,
    }
}

/// The customer writes again: a second stay in a queue, and a second agent.
fn opened_again(draw: &mut Draw, told: Conversation) -> Conversation {
    let until = told.known_at() + draw.between(HOUR_MS, 30 * HOUR_MS);
    let earlier = Earlier { until, told: Box::new(told.clone()) };
    let mut stage = Stage { draw, told, at: until };
    let queue = stage.told.visits.last().map_or(0, |visit| visit.queue);
    let other = stage.other_queue(queue);
    let wait_ms = stage.wait_ms();
    let visit = stage.visit(other, wait_ms);
    let agent = stage.new_agent();
    let session = stage.answer(visit, agent);
    stage.interact(session);
    stage.wrap(session, Some(MIN));
    Conversation { earlier: Some(earlier), ..stage.told }
}

/// The nightly run over records that are two days old finds more after-call work, and its code.
fn corrected(draw: &mut Draw, told: Conversation) -> Conversation {
    let until = told.known_at() + draw.between(48 * HOUR_MS, 60 * HOUR_MS);
    let mut before = told.clone();
    let wrapped = before.sessions.iter_mut().rev().find(|session| session.talked() && session.wrap.is_some());
    let Some(wrap) = wrapped.and_then(|session| session.wrap.as_mut()) else { return told };
    let half_ms = (wrap.to - wrap.from) / 2;
    wrap.to = wrap.from + half_ms;
    wrap.metric_ms /= 2;
    wrap.code = Some(Code::Listed(2)).filter(|_| wrap.code.is_some());
    Conversation { earlier: Some(Earlier { until, told: Box::new(before) }), ..told }
}
