//! Every kind of conversation occurs; the same seed draws the same; parts hold what the whole holds. Pure.

use super::super::super::row::Kind;
use super::super::super::truth::conversation::Stretch;
use super::super::model::{AgentSession, Code, Next, Quirk, Target, VisitEnd};
use super::*;
use crate::domain::time::{DAY_MS, HOUR_MS, TimeRange};

/// Whether a conversation is of a kind.
type Shape = Box<dyn Fn(&Conversation) -> bool>;

pub(super) fn from() -> InstantMs {
    parse_instant("2026-01-05T00:00:00Z").unwrap()
}

pub(super) fn world(count: u64) -> ConversationWorld {
    ConversationWorld::exactly(7, from(), 2, count).unwrap()
}

fn session(of: impl Fn(&AgentSession) -> bool + 'static) -> Shape {
    Box::new(move |told| told.sessions.iter().any(&of))
}

fn talk_of(length_ms: i64) -> Shape {
    session(move |session| session.talked() && session.total_ms(&[Stretch::Talk]) == length_ms)
}

fn missed(session: &AgentSession) -> bool {
    session.parts.len() == 1 && session.parts[0].kind == Stretch::Alert
}

fn overlap(session: &AgentSession) -> i64 {
    let (Some(wrap), Some(over), false) = (session.wrap, session.parts_end(), session.wraps_first()) else { return 0 };
    if missed(session) { 0 } else { over - wrap.from }
}

fn wait_of(length_ms: i64) -> Shape {
    Box::new(move |told| told.visits.iter().any(|visit| visit.to - visit.from == length_ms))
}

#[test]
fn every_kind_of_conversation_occurs_in_five_thousand() {
    let world = world(5_000);
    let of_kind = |kind: Kind| -> Shape { Box::new(move |told| told.kind == kind) };
    let has = |kind: Stretch| session(move |session| session.parts.iter().any(|part| part.kind == kind));
    let kinds: Vec<(&str, Shape)> = vec![
        ("voice", of_kind(Kind::Voice)),
        ("callback", of_kind(Kind::Callback)),
        ("chat", of_kind(Kind::Chat)),
        ("email", of_kind(Kind::Email)),
        ("message", of_kind(Kind::Message)),
        ("customer hold", has(Stretch::CustomerHold)),
        ("system hold", has(Stretch::SystemHold)),
        ("parked", has(Stretch::Parked)),
        (
            "parked over a midnight",
            Box::new(|told| {
                let parked = told.sessions.iter().flat_map(|session| &session.parts);
                parked.clone().any(|part| part.kind == Stretch::Parked && part.from / DAY_MS < part.to / DAY_MS)
            }),
        ),
        (
            "several talks",
            session(|session| 2 < session.parts.iter().filter(|part| part.kind == Stretch::Talk).count()),
        ),
        ("outbound, nobody came", Box::new(|told| told.outbound && !told.sessions[0].talked())),
        ("outbound, talked", Box::new(|told| told.outbound && told.sessions[0].talked() && told.visits.is_empty())),
        ("no wrap-up", session(|session| session.talked() && session.wrap.is_none())),
        ("wrap-up of no length", session(|session| session.wrap.is_some_and(|wrap| wrap.from == wrap.to))),
        ("late wrap-up", session(|session| session.wrap.is_some_and(|wrap| wrap.known_at.is_some()))),
        ("no code", session(|session| session.talked() && session.wrap.is_some_and(|wrap| wrap.code.is_none()))),
        ("deleted code", session(|session| session.wrap.and_then(|wrap| wrap.code) == Some(Code::Unlisted))),
        ("timeout", session(|s| s.talked() && s.wrap.and_then(|wrap| wrap.code) == Some(Code::Listed(3)))),
        ("test call", session(|session| session.wrap.and_then(|wrap| wrap.code) == Some(Code::Listed(4)))),
        ("metric unlike the segment", session(|s| s.wrap.is_some_and(|w| s.talked() && w.metric_ms < w.to - w.from))),
        ("missed", session(|session| missed(session) && session.wrap.is_none())),
        ("missed, with wrap-up", session(|session| missed(session) && session.reported_handle_ms() == Some(57_000))),
        (
            "missed, then abandoned",
            Box::new(|told| {
                told.visits.last().is_some_and(|visit| visit.end == VisitEnd::Abandoned)
                    && told.sessions.iter().any(missed)
            }),
        ),
        ("overlap within the tolerance", session(|session| (1..=900).contains(&overlap(session)))),
        ("overlap beyond it", session(|session| overlap(session) == 1_500)),
        ("wrap-up first", session(AgentSession::wraps_first)),
        ("talk of 2999", talk_of(2_999)),
        ("talk of 3000", talk_of(3_000)),
        ("talk of 3001", talk_of(3_001)),
        ("talk of no length", talk_of(0)),
        ("wait of 20 s", wait_of(20_000)),
        ("wait of 20.001 s", wait_of(20_001)),
        ("wait of 120 s", wait_of(120_000)),
        ("wait of 120.001 s", wait_of(120_001)),
        ("no wait", wait_of(0)),
        (
            "short abandon",
            Box::new(|told| {
                told.visits.len() == 1
                    && told.visits[0].end == VisitEnd::Abandoned
                    && told.customer_until() - told.start < 10_000
            }),
        ),
        ("abandon", Box::new(|told| told.visits.len() == 1 && told.visits[0].end == VisitEnd::Abandoned)),
        ("flow-out", Box::new(|told| told.visits.len() == 2 && told.visits[0].end == VisitEnd::FlowOut)),
        (
            "blind, answered",
            Box::new(|told| {
                told.transfers.len() == 1
                    && told.visits.len() == 2
                    && matches!(told.visits[1].end, VisitEnd::Answered(_))
            }),
        ),
        (
            "blind, abandoned",
            Box::new(|told| {
                told.transfers.len() == 1 && told.visits.last().is_some_and(|visit| visit.end == VisitEnd::Abandoned)
            }),
        ),
        (
            "blind, to an agent",
            Box::new(|told| told.transfers.iter().any(|t| !t.consult && matches!(t.to, Target::Agent(_)))),
        ),
        ("blind, to nothing", Box::new(|told| told.transfers.iter().any(|transfer| transfer.next == Next::Nothing))),
        ("consult", Box::new(|told| told.transfers.iter().any(|transfer| transfer.consult))),
        (
            "back to the same pair",
            Box::new(|told| {
                let pairs = || told.sessions.iter().map(|session| (session.queue, session.agent));
                told.transfers.len() == 2 && pairs().next() == pairs().next_back()
            }),
        ),
        (
            "queued again",
            Box::new(|told| {
                let same = told.sessions.len() == 2 && told.sessions[0].agent == told.sessions[1].agent;
                told.transfers.len() == 1 && same && told.visits[0].queue == told.visits[1].queue
            }),
        ),
        ("conference", Box::new(|told| told.sessions.iter().filter(|session| session.conference).count() == 2)),
        ("excluded queue", Box::new(|told| told.visits.iter().any(|visit| 5 <= visit.queue))),
        ("menu alone", Box::new(|told| told.visits.is_empty() && told.sessions.is_empty())),
        ("reported handle time too large", session(|session| matches!(session.quirk, Quirk::Excess(_)))),
        ("no metric of the talk", session(|session| session.quirk == Quirk::NoTalk && session.talked())),
        ("start on a half hour", Box::new(|told| told.start % 1_800_000 == 0)),
        ("start a moment before", Box::new(|told| told.start % 1_800_000 == 1_799_999)),
    ];
    for (name, of) in kinds {
        let some: Vec<u128> = world.told(world.range(), None).filter(|told| of(told)).map(|told| told.id).collect();
        assert!(!some.is_empty(), "no conversation: {name}");
    }
}

#[test]
fn the_same_seed_draws_the_same_conversations_and_another_seed_others() {
    let told = |seed: u64| -> Vec<Conversation> {
        let world = ConversationWorld::exactly(seed, from(), 1, 500).unwrap();
        world.told(world.range(), None).cloned().collect()
    };
    assert_eq!(told(7), told(7));
    assert_ne!(told(7), told(8));
}

#[test]
fn parts_of_the_range_hold_together_what_the_whole_holds() {
    let world = world(2_000);
    let whole: Vec<&Conversation> = world.told(world.range(), None).collect();
    assert_eq!((whole.len(), world.count(world.range()), world.total()), (2_000, 2_000, 2_000));
    assert!(whole.windows(2).all(|pair| pair[0].position() < pair[1].position()));
    let mut parts = Vec::new();
    for from in (world.range().from..world.range().to).step_by(5 * HOUR_MS as usize) {
        let part = TimeRange { from, to: (from + 5 * HOUR_MS).min(world.range().to) };
        assert_eq!(world.count(part), world.told(part, None).count());
        parts.extend(world.told(part, None));
    }
    assert_eq!(parts, whole);
    let rest: Vec<&Conversation> = world.told(world.range(), Some(whole[700].position())).collect();
    assert_eq!(rest, whole[701..]);
    assert!(whole.iter().all(|told| world.by_id(told.id) == Some(*told)));
    assert_eq!(world.by_id(whole[0].id ^ 1 << 100), None);
}

#[test]
fn no_agent_does_two_things_at_once_and_no_stretch_ends_before_it_begins() {
    let world = world(5_000);
    for told in world.told(world.range(), None) {
        for session in &told.sessions {
            assert!(session.parts.windows(2).all(|pair| pair[0].to <= pair[1].from), "{told:?}");
            assert!(session.parts.iter().all(|part| told.start <= part.from && part.from <= part.to), "{told:?}");
            assert!(session.wrap.is_none_or(|wrap| wrap.from <= wrap.to && 0 <= wrap.metric_ms), "{told:?}");
        }
        for (first, second) in told.sessions.iter().zip(told.sessions.iter().skip(1)) {
            let again = first.agent == second.agent;
            assert!(!again || first.end() <= second.parts.first().map(|part| part.from), "{told:?}");
        }
        assert!(told.visits.windows(2).all(|pair| pair[0].to <= pair[1].from), "{told:?}");
    }
}
