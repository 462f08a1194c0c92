//! Pure: generated readings of conversations, in the platform's dialect and in that of events: waits, answers, alerts that
//! nobody answers, holds, transfers, abandons and flow-outs, and now and then a contradiction.

use handletime::domain::interaction::{
    Interaction, InteractionDisposition, InteractionLeg, InteractionStatus, InteractionTransfer, LegRole, Phase,
    PhaseKind,
};
use handletime::domain::media::{Dialect, MediaType};
use handletime::domain::time::{DAY_MS, HOUR_MS, InstantMs};
use handletime::domain::transfer::TransferKind;
use proptest::prelude::*;
use proptest::sample::select;

use super::history::{BEGIN, MINUTE_MS};
use crate::support::samples::{blank_leg, hashed};

/// How a stay in a queue ends.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Ending {
    Answered,
    Abandoned,
    FlowOut,
}

/// A stay in a queue and what an agent did then; or an agent alone, without a queue.
#[derive(Clone, Debug)]
struct Stage {
    queue: Option<&'static str>,
    user: &'static str,
    wait_ms: i64,
    ending: Ending,
    // An alert at another agent, who did not answer and has wrap-up all the same.
    missed: bool,
    talks: Vec<(PhaseKind, i64)>,
    wrap_ms: i64,
    overlap_ms: i64,
    code: (Option<&'static str>, Option<&'static str>),
    media: Option<MediaType>,
    // How far the platform's figures are from its positions; `None`: it has no figures.
    metered_ms: Option<i64>,
    reported: bool,
}

#[derive(Clone, Debug)]
struct Plan {
    id: i64,
    dialect: Dialect,
    moved_ms: i64,
    read_after_ms: i64,
    media: MediaType,
    stages: Vec<Stage>,
    open: bool,
    lost_at_end: bool,
    direction: Option<&'static str>,
    contradiction: bool,
}

fn stage() -> impl Strategy<Value = Stage> {
    use PhaseKind::{Contacting, CustomerHold, Dialing, Parked, SystemHold, Talk};
    let talks = vec![
        vec![(Talk, 180_000)],
        vec![(Talk, 180_000)],
        vec![(Talk, 2_999)],
        vec![(Talk, 0)],
        vec![(Talk, 40 * MINUTE_MS), (CustomerHold, 3 * MINUTE_MS), (Talk, 60_283)],
        vec![(Talk, 60_000), (SystemHold, 25_000), (CustomerHold, 5_000), (Talk, 20_000)],
        vec![(Dialing, 6_000), (Contacting, 4_000), (Talk, 100_000)],
        vec![(Talk, 4 * MINUTE_MS), (Parked, 18 * HOUR_MS), (Talk, 6 * MINUTE_MS)],
    ];
    let codes = vec![
        (None, None),
        (Some("c1"), Some("Issue Resolved")),
        (Some("c4"), Some("Follow Up")),
        (Some("c2"), None),
        (Some("c3"), Some("Test Call")),
    ];
    (
        select(vec![Some("Q1"), Some("Q1"), Some("Q2"), Some("QA_Review"), None]),
        select(vec!["A1", "A2"]),
        select(vec![0, 5_000, 20_000, 20_001, 120_001, 35 * MINUTE_MS]),
        prop_oneof![6 => Just(Ending::Answered), 1 => Just(Ending::Abandoned), 1 => Just(Ending::FlowOut)],
        prop::bool::weighted(0.2),
        select(talks),
        (select(vec![0, 30_000, 20 * MINUTE_MS]), select(vec![0, 283, 1_500])),
        select(codes),
        select(vec![None, None, None, Some(MediaType::Callback)]),
        (select(vec![None, Some(0), Some(0), Some(700), Some(-700)]), any::<bool>()),
    )
        .prop_map(|(queue, user, wait_ms, ending, missed, talks, wrap, code, media, metrics)| Stage {
            queue,
            user,
            wait_ms,
            ending: if queue.is_some() { ending } else { Ending::Answered },
            missed,
            talks,
            wrap_ms: wrap.0,
            overlap_ms: wrap.1,
            code,
            media,
            metered_ms: metrics.0,
            reported: metrics.1,
        })
}

/// One reading of any of six conversations.
pub fn conversation() -> impl Strategy<Value = Interaction> {
    use MediaType::{Chat, Message, Unknown, Voice};
    (
        0i64..6,
        select(vec![Dialect::ConversationDetails, Dialect::InteractionEvents]),
        select(vec![0, 0, 0, 1, 25 * MINUTE_MS, DAY_MS, -20 * HOUR_MS]),
        select(vec![HOUR_MS, 10 * HOUR_MS, 23 * HOUR_MS, 25 * HOUR_MS, 60 * HOUR_MS]),
        select(vec![Voice, Voice, Voice, Chat, Message, Unknown]),
        prop::collection::vec(stage(), 1..4),
        (prop::bool::weighted(0.15), any::<bool>()),
        select(vec![None, Some("inbound"), Some("outbound")]),
        prop::bool::weighted(0.1),
    )
        .prop_map(|(id, dialect, moved_ms, read_after_ms, media, stages, open, direction, contradiction)| {
            let (open, lost_at_end) = open;
            read(&Plan {
                id,
                dialect,
                moved_ms,
                read_after_ms,
                media,
                stages,
                open,
                lost_at_end,
                direction,
                contradiction,
            })
        })
}

fn read(plan: &Plan) -> Interaction {
    // Nine hours apart, each ten minutes before a boundary of half hours.
    let usual = BEGIN + 10 * HOUR_MS + plan.id * 9 * HOUR_MS + 20 * MINUTE_MS;
    let id = format!("c-{}", plan.id);
    let mut reading = Interaction {
        org_id: "acme".to_owned(),
        interaction_id: id.clone(),
        conversation_id: Some(id),
        source: plan.dialect,
        version: usual + plan.read_after_ms,
        extracted_at: usual + plan.read_after_ms,
        content_hash: 0,
        status: InteractionStatus::Completed,
        start: usual + plan.moved_ms,
        end: None,
        legs: Vec::new(),
        direction: plan.direction.map(str::to_owned),
        contact_hash: None,
        transfers: Vec::new(),
        dispositions: Vec::new(),
        raw: "{}".to_owned(),
    };
    let mut at = reading.start;
    let mut before: Option<(String, &'static str)> = None;
    for (number, stage) in plan.stages.iter().enumerate() {
        if let Some((session, user)) = before.take() {
            hand_on(&mut reading, plan, at, &session, user, stage);
            // Talk of the very instant of a transfer is before it (METRICS scenario 13), so nobody answers in no time.
            at += i64::from(stage.queue.is_none() || stage.wait_ms == 0);
        }
        let last = number + 1 == plan.stages.len();
        at = wait(&mut reading, plan, number, stage, at);
        if stage.ending != Ending::Answered {
            if stage.ending == Ending::Abandoned && plan.lost_at_end {
                reading.status = InteractionStatus::Abandoned;
            }
            break;
        }
        let session = answer(&mut reading, plan, number, stage, &mut at, plan.contradiction && last);
        before = Some((session, stage.user));
    }
    let ends = reading.legs.iter().flat_map(|leg| &leg.phases).map(|phase| phase.end);
    reading.end = ends.max();
    if plan.open {
        (reading.status, reading.end) = (InteractionStatus::Open, None);
    }
    hashed(reading)
}

fn leg_at<'a>(
    reading: &'a mut Interaction,
    role: LegRole,
    session: &str,
    plan: &Plan,
    stage: &Stage,
) -> &'a mut InteractionLeg {
    let known = reading.legs.iter().position(|leg| leg.session_id == session);
    let index = known.unwrap_or_else(|| {
        // A session has one medium, and in events so has an agent of a queue.
        let other = stage.media.filter(|_| plan.dialect == Dialect::ConversationDetails);
        let mut leg = blank_leg(role, session, other.unwrap_or(plan.media));
        leg.queue_id = stage.queue.map(str::to_owned);
        leg.skill_set = if stage.queue == Some("Q2") { "Billing".to_owned() } else { String::new() };
        leg.language = "en".to_owned();
        leg.service_level_target_ms = (stage.queue == Some("Q2")).then_some(10_000);
        reading.legs.push(leg);
        reading.legs.len() - 1
    });
    &mut reading.legs[index]
}

/// Appends a phase, and gives the leg the bounds of all its phases.
fn add(leg: &mut InteractionLeg, kind: PhaseKind, start: InstantMs, end: InstantMs) {
    leg.phases.push(Phase { kind, start, end });
    leg.start = leg.phases.iter().map(|phase| phase.start).min();
    leg.end = leg.phases.iter().map(|phase| phase.end).max();
}

/// The stay in the queue; when it ends.
fn wait(reading: &mut Interaction, plan: &Plan, number: usize, stage: &Stage, at: InstantMs) -> InstantMs {
    let Some(queue) = stage.queue else {
        return at;
    };
    let details = plan.dialect == Dialect::ConversationDetails;
    let session = if details { format!("q{number}") } else { queue.to_owned() };
    let to = at + stage.wait_ms;
    let leg = leg_at(reading, LegRole::Queue, &session, plan, stage);
    add(leg, PhaseKind::Wait, at, to);
    if details {
        leg.wait_ms = stage.metered_ms.map(|by_ms| (stage.wait_ms + by_ms).max(0));
        leg.abandoned_at = (stage.ending == Ending::Abandoned).then_some(to);
        leg.flow_out_at = (stage.ending == Ending::FlowOut).then_some(to);
    }
    if stage.missed && stage.wait_ms >= 20_000 {
        let session = if details { format!("m{number}") } else { format!("{queue}/A3") };
        let leg = leg_at(reading, LegRole::Agent, &session, plan, stage);
        leg.user_id = Some("A3".to_owned());
        add(leg, PhaseKind::Alert, at + 1_000, at + 8_421);
        add(leg, PhaseKind::Wrap, at + 8_421, at + 12_000);
    }
    to
}

/// What the agent does; its session. `at` moves on to the end of the talk.
fn answer(
    reading: &mut Interaction,
    plan: &Plan,
    number: usize,
    stage: &Stage,
    at: &mut InstantMs,
    contradiction: bool,
) -> String {
    let details = plan.dialect == Dialect::ConversationDetails;
    let queue = stage.queue.unwrap_or_default();
    let session = if details { format!("s{number}") } else { format!("{queue}/{}", stage.user) };
    let answered = *at;
    let leg = leg_at(reading, LegRole::Agent, &session, plan, stage);
    leg.user_id = Some(stage.user.to_owned());
    if contradiction && !leg.phases.iter().any(|phase| phase.kind == PhaseKind::Talk) {
        add(leg, PhaseKind::Wrap, *at, *at + 20_000);
        *at += 30_000;
    }
    let (mut talk_ms, mut hold_ms) = (0, 0);
    for (kind, length_ms) in &stage.talks {
        // Only the last talk of a session may be of no length: what follows at the same instant cannot be told from it.
        let length_ms = if details && number + 1 == plan.stages.len() { *length_ms } else { (*length_ms).max(1) };
        add(leg, *kind, *at, *at + length_ms);
        *at += length_ms;
        talk_ms += if *kind == PhaseKind::Talk { length_ms } else { 0 };
        hold_ms += if *kind == PhaseKind::CustomerHold { length_ms } else { 0 };
    }
    if stage.wrap_ms > 0 {
        add(leg, PhaseKind::Wrap, (*at - stage.overlap_ms.min(talk_ms / 2)).max(answered), *at + stage.wrap_ms);
    }
    if let (true, Some(by_ms)) = (details, stage.metered_ms) {
        leg.talk_ms = (!stage.reported || by_ms == 0).then_some((talk_ms + by_ms).max(0));
        leg.hold_ms = Some(hold_ms);
        leg.wrap_ms = (stage.wrap_ms > 0).then_some(stage.wrap_ms);
        leg.reported_handle_ms = stage.reported.then_some((talk_ms + hold_ms + stage.wrap_ms + by_ms).max(0));
    }
    // Events name no session: whose code it is is sure where the agent was there once.
    let once = plan.stages.iter().filter(|other| other.user == stage.user).count() == 1;
    if stage.code != (None, None) && (details || once && stage.wrap_ms > 0) {
        reading.dispositions.push(InteractionDisposition {
            at: *at,
            session_id: details.then(|| session.clone()),
            user_id: Some(stage.user.to_owned()),
            code_id: stage.code.0.map(str::to_owned),
            code_name: stage.code.1.map(str::to_owned),
        });
    }
    session
}

fn hand_on(reading: &mut Interaction, plan: &Plan, at: InstantMs, session: &str, user: &str, to: &Stage) {
    // Now and then to a queue in which nobody ever waits.
    let nowhere = plan.contradiction && plan.lost_at_end;
    reading.transfers.push(InteractionTransfer {
        at,
        kind: TransferKind::Blind,
        session_id: (plan.dialect == Dialect::ConversationDetails).then(|| session.to_owned()),
        user_id: Some(user.to_owned()),
        to_queue_id: if nowhere { Some("Q9".to_owned()) } else { to.queue.map(str::to_owned) },
        to_user_id: to.queue.is_none().then(|| to.user.to_owned()),
    });
}
