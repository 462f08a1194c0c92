//! Pure: the legs of a conversation: stays in queues, what agents did, and who answered what.

use handletime::config::typed::RulesConfig;
use handletime::domain::interaction::{
    Interaction, InteractionLeg, InteractionStatus, InteractionTransfer, LegRole, Phase, PhaseKind,
};
use handletime::domain::media::Dialect;
use handletime::domain::time::InstantMs;
use handletime::domain::transfer::TransferKind;

use super::leg::{Leg, Moved, Said};

/// A stay in a queue.
struct Visit<'a> {
    row: &'a InteractionLeg,
    from: InstantMs,
    to: InstantMs,
    wait_ms: i64,
    leg: Option<usize>,
}

/// What an agent did in one go, and which of its sessions that is part of.
struct Part<'a> {
    row: &'a InteractionLeg,
    phases: Vec<Phase>,
    leg: usize,
}

/// What an agent does with the customer.
const CONTACT: [PhaseKind; 4] = [PhaseKind::Talk, PhaseKind::Dialing, PhaseKind::Contacting, PhaseKind::CustomerHold];

/// The earliest start and the latest end.
fn bounds(phases: &[Phase]) -> Option<(InstantMs, InstantMs)> {
    let from = phases.iter().map(|phase| phase.start).min()?;
    Some((from, phases.iter().map(|phase| phase.end).max()?))
}

fn first(phases: &[Phase], kind: PhaseKind) -> Option<InstantMs> {
    phases.iter().filter(|phase| phase.kind == kind).map(|phase| phase.start).min()
}

/// The legs and transfers of one reading.
pub fn said(reading: &Interaction, config: &RulesConfig) -> Said {
    let mut visits = visits(reading);
    let mut legs: Vec<Leg> = Vec::new();
    let mut parts: Vec<Part<'_>> = Vec::new();
    for row in reading.legs.iter().filter(|row| row.role == LegRole::Agent) {
        for phases in split(reading, row) {
            parts.push(Part { row, phases, leg: legs.len() });
            legs.push(Leg::of(reading, row.media_type));
        }
    }
    // Who answers first takes the visit that ended last before it.
    let mut by_answer: Vec<(InstantMs, usize)> = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        by_answer.extend(first(&part.phases, PhaseKind::Talk).map(|answer| (answer, at)));
    }
    by_answer.sort_unstable();
    for (answer, part) in by_answer {
        let part = &parts[part];
        let ended = |visit: &&mut Visit<'_>| {
            let free = visit.leg.is_none() && visit.row.abandoned_at.is_none() && visit.row.flow_out_at.is_none();
            free && visit.to <= answer && part.row.queue_id == visit.row.queue_id
        };
        if let Some(visit) = visits.iter_mut().filter(ended).max_by_key(|visit| visit.to) {
            visit.leg = Some(part.leg);
        }
    }
    for part in &parts {
        let visit = visits.iter().find(|visit| visit.leg == Some(part.leg));
        measure(&mut legs[part.leg], part, visit, reading, config);
    }
    let froms: Vec<InstantMs> = visits.iter().map(|visit| visit.from).collect();
    for (at, visit) in visits.iter_mut().enumerate().filter(|(_, visit)| visit.leg.is_none()) {
        visit.leg = Some(legs.len());
        let queued = froms.iter().enumerate().any(|(other, from)| other != at && visit.to <= *from);
        let phases = parts.iter().flat_map(|part| &part.phases);
        let went_on =
            queued || phases.into_iter().any(|phase| CONTACT.contains(&phase.kind) && visit.to <= phase.start);
        legs.push(unanswered(visit, reading, went_on));
    }
    dispose(&mut legs, &parts, reading);
    let mut transfers = transfers(&mut legs, &parts, &visits, reading, config);
    transfers.sort_by_key(|moved| moved.at);
    if ![InteractionStatus::Completed, InteractionStatus::Abandoned].contains(&reading.status) {
        // Where they lead to may still have to happen.
        transfers.clear();
    }
    Said { legs, transfers }
}

/// In events every wait is a visit; else every session of a queue is one.
fn visits(reading: &Interaction) -> Vec<Visit<'_>> {
    let mut visits = Vec::new();
    for row in reading.legs.iter().filter(|row| row.role == LegRole::Queue) {
        let waits: Vec<Phase> = row.phases.iter().filter(|phase| phase.kind == PhaseKind::Wait).cloned().collect();
        let each: Vec<Vec<Phase>> = match reading.source {
            Dialect::InteractionEvents => waits.into_iter().map(|wait| vec![wait]).collect(),
            _ => vec![waits],
        };
        for waits in each {
            let whole = (row.start.unwrap_or(reading.start), row.end.or(row.start).unwrap_or(reading.start));
            let (from, to) = bounds(&waits).unwrap_or(whole);
            let lengths_ms: i64 = waits.iter().map(|wait| wait.end - wait.start).sum();
            let wait_ms = row.wait_ms.filter(|_| reading.source != Dialect::InteractionEvents).unwrap_or(lengths_ms);
            visits.push(Visit { row, from, to, wait_ms, leg: None });
        }
    }
    visits.sort_by_key(|visit| visit.from);
    visits
}

/// The session of the agent that made a transfer, as far as the reading tells.
fn made_by(transfer: &InteractionTransfer, row: &InteractionLeg) -> bool {
    match (&transfer.session_id, &transfer.user_id) {
        (Some(session), _) => *session == row.session_id,
        (None, Some(user)) => row.user_id.as_ref() == Some(user),
        (None, None) => true,
    }
}

/// in events, what an agent of a queue does again after having handed the contact on is another visit. Wrap-up of the
/// first visit may well be later than the transfer.
fn split(reading: &Interaction, row: &InteractionLeg) -> Vec<Vec<Phase>> {
    let mut phases = row.phases.clone();
    phases.sort_by_key(|phase| (phase.start, phase.kind));
    if reading.source != Dialect::InteractionEvents {
        return vec![phases];
    }
    let active = |phase: &Phase| ![PhaseKind::Wrap, PhaseKind::Transfer, PhaseKind::Parked].contains(&phase.kind);
    let mut visits: Vec<Vec<Phase>> = vec![Vec::new()];
    let mut began: Option<InstantMs> = None;
    for phase in phases {
        let handed_on = |begin: InstantMs| {
            let mut mine = reading.transfers.iter().filter(|transfer| made_by(transfer, row));
            mine.any(|transfer| begin < transfer.at && transfer.at <= phase.start)
        };
        if active(&phase) && began.is_some_and(handed_on) {
            visits.push(Vec::new());
            began = None;
        }
        if active(&phase) {
            began = Some(began.unwrap_or(phase.start));
        }
        visits.last_mut().unwrap().push(phase);
    }
    visits
}

fn name(leg: &mut Leg, row: &InteractionLeg) {
    leg.queue.clone_from(&row.queue_id);
    leg.queue_name.clone_from(&row.queue_name);
    leg.user.clone_from(&row.user_id);
    leg.skill_set.clone_from(&row.skill_set);
    leg.language.clone_from(&row.language);
    leg.code_id.clone_from(&row.wrapup_code_id);
    leg.code_name.clone_from(&row.wrapup_code_name);
    leg.target_ms = row.service_level_target_ms;
}

/// Non-overlapping stretches: where two meet, the later kind has the time.
fn swept(phases: &[Phase]) -> Vec<(PhaseKind, InstantMs, InstantMs)> {
    let counted = |phase: &&Phase| ![PhaseKind::Wait, PhaseKind::Alert, PhaseKind::Transfer].contains(&phase.kind);
    let phases: Vec<&Phase> = phases.iter().filter(counted).collect();
    let mut edges: Vec<InstantMs> = phases.iter().flat_map(|phase| [phase.start, phase.end]).collect();
    edges.sort_unstable();
    edges.dedup();
    let mut spans = Vec::new();
    for pair in edges.windows(2) {
        let over = phases.iter().filter(|phase| phase.start <= pair[0] && pair[1] <= phase.end);
        spans.extend(over.map(|phase| phase.kind).max().map(|kind| (kind, pair[0], pair[1])));
    }
    spans
}

fn measure(leg: &mut Leg, part: &Part<'_>, visit: Option<&Visit<'_>>, reading: &Interaction, config: &RulesConfig) {
    let row = part.row;
    name(leg, row);
    leg.spans = swept(&part.phases);
    let of = |kinds: &[PhaseKind]| -> i64 {
        let chosen = leg.spans.iter().filter(|(kind, _, _)| kinds.contains(kind));
        chosen.map(|(_, from, to)| to - from).sum()
    };
    let metrics = [row.talk_ms, row.hold_ms, row.wrap_ms, row.dialing_ms, row.contacting_ms, row.reported_handle_ms];
    let carried = metrics.iter().any(Option::is_some);
    let length = |metric: Option<i64>, kind: PhaseKind| if carried { metric.unwrap_or(0) } else { of(&[kind]) };
    let dialing_ms = length(row.dialing_ms, PhaseKind::Dialing);
    let contacting_ms = length(row.contacting_ms, PhaseKind::Contacting);
    let system_hold_ms = row.system_hold_ms.unwrap_or_else(|| of(&[PhaseKind::SystemHold]));
    let held_ms = length(row.hold_ms, PhaseKind::CustomerHold);
    let hold_ms = if carried { held_ms - row.system_hold_ms.unwrap_or(0).min(held_ms) } else { held_ms };
    let wrap_ms = length(row.wrap_ms, PhaseKind::Wrap);
    let mut talk_ms = length(row.talk_ms, PhaseKind::Talk);
    if let (None, Some(reported_ms)) = (row.talk_ms, row.reported_handle_ms) {
        talk_ms = (reported_ms - held_ms - wrap_ms - dialing_ms - contacting_ms).max(0);
    }
    // in events the hold of both kinds, in the platform's own segments what it calls hold.
    let events = reading.source == Dialect::InteractionEvents;
    let all_hold_ms = if events { hold_ms + system_hold_ms } else { held_ms };
    let handle_ms = talk_ms + hold_ms + wrap_ms;
    let genesys_ms = talk_ms + all_hold_ms + wrap_ms + dialing_ms + contacting_ms;
    let active_ms = of(&[PhaseKind::Talk, PhaseKind::Wrap]);
    (leg.talk_ms, leg.hold_ms, leg.system_hold_ms, leg.wrap_ms) = (talk_ms, hold_ms, system_hold_ms, wrap_ms);
    let mapped = config.media_voice.contains(&leg.media) || config.media_digital.contains(&leg.media);
    leg.handle_ms = if mapped { handle_ms } else { 0 };
    leg.genesys_ms = row.reported_handle_ms.unwrap_or(genesys_ms);
    leg.parts_known = mapped;
    let ran = bounds(&part.phases);
    leg.start = ran.map(|ran| ran.0).or(row.start).unwrap_or(reading.start);
    leg.end = ran.map(|ran| ran.1).or(row.end);
    if let Some(visit) = visit {
        leg.start = leg.start.min(visit.from);
        leg.arrival = Some(visit.from);
        leg.answered_at = first(&part.phases, PhaseKind::Talk);
        leg.wait_ms = visit.wait_ms;
    }
    if config.media_digital.contains(&leg.media) {
        leg.active_ms = Some(active_ms);
        leg.elapsed_ms = first(&part.phases, PhaseKind::Talk).zip(leg.end).map(|(from, to)| to - from).or(Some(0));
    }
    let talk = first(&part.phases, PhaseKind::Talk);
    leg.talked = row.user_id.is_some() && (talk.is_some() || row.talk_ms.is_some_and(|ms| ms > 0));
    leg.malformed = first(&part.phases, PhaseKind::Wrap).zip(talk).is_some_and(|(wrap, talk)| wrap < talk);
    if leg.malformed {
        (leg.wait_ms, leg.handle_ms) = (0, 0);
    }
}

/// Where a dialect does not say how a stay ended: the contact that went on elsewhere flowed out, the other was lost.
fn unanswered(visit: &Visit<'_>, reading: &Interaction, went_on: bool) -> Leg {
    let mut leg = Leg::of(reading, visit.row.media_type);
    name(&mut leg, visit.row);
    leg.user = None;
    (leg.start, leg.end, leg.wait_ms) = (visit.from, Some(visit.to), visit.wait_ms);
    leg.arrival = Some(visit.from);
    (leg.abandoned_at, leg.flow_out_at) = (visit.row.abandoned_at, visit.row.flow_out_at);
    let told = leg.abandoned_at.or(leg.flow_out_at).is_some();
    if !told && leg.is_over() {
        leg.abandoned_at = Some(visit.to).filter(|_| !went_on);
        leg.flow_out_at = Some(visit.to).filter(|_| went_on);
    }
    if !leg.is_over() {
        leg.end = visit.row.end;
    }
    leg.lost = leg.abandoned_at.is_some();
    leg
}

/// Each wrap-up code goes to the leg of its session or agent that had begun last when it was set; the last one stands.
fn dispose(legs: &mut [Leg], parts: &[Part<'_>], reading: &Interaction) {
    let mut dispositions = reading.dispositions.clone();
    dispositions.sort();
    for said in dispositions {
        let of = |part: &&Part<'_>| match (&said.session_id, &said.user_id) {
            (Some(session), _) => *session == part.row.session_id,
            (None, Some(user)) => part.row.user_id.as_ref() == Some(user),
            (None, None) => true,
        };
        let acted = |part: &Part<'_>| bounds(&part.phases).map(|(from, _)| from);
        let begun = |part: &&Part<'_>| acted(part).is_some_and(|from| from < said.at);
        let part = parts.iter().filter(of).filter(begun).max_by_key(|part| acted(part));
        // A named one that only begins then is meant all the same.
        let part = part.or_else(|| parts.iter().filter(of).min_by_key(|part| acted(part)));
        if let Some(part) = part {
            legs[part.leg].code_id.clone_from(&said.code_id);
            legs[part.leg].code_name.clone_from(&said.code_name);
        }
    }
}

/// Who transferred, and where it went: the first leg that reached the target from then on.
fn transfers(
    legs: &mut [Leg],
    parts: &[Part<'_>],
    visits: &[Visit<'_>],
    reading: &Interaction,
    config: &RulesConfig,
) -> Vec<Moved> {
    let mut moved = Vec::new();
    let mut told = reading.transfers.clone();
    told.sort();
    for transfer in &told {
        let begun = |part: &&Part<'_>| {
            let active = part.phases.iter().filter(|phase| phase.kind != PhaseKind::Wrap);
            made_by(transfer, part.row) && active.map(|phase| phase.start).min().is_some_and(|at| at <= transfer.at)
        };
        let from =
            parts.iter().filter(begun).max_by_key(|part| first(&part.phases, PhaseKind::Talk)).map(|part| part.leg);
        let reached = |leg: &Leg| match (&transfer.to_queue_id, &transfer.to_user_id) {
            (Some(queue), _) => leg.arrival.filter(|_| leg.queue.as_ref() == Some(queue)),
            (None, Some(user)) => Some(leg.start).filter(|_| leg.user.as_ref() == Some(user)),
            (None, None) => None,
        };
        let candidates = (0..legs.len()).filter(|at| Some(*at) != from && legs[*at].transferred_in_at.is_none());
        let after = candidates.filter_map(|at| reached(&legs[at]).filter(|to| transfer.at <= *to).map(|to| (to, at)));
        let target = after.min().map(|(_, at)| at);
        let without_wait = transfer.to_queue_id.is_some()
            && [InteractionStatus::Completed, InteractionStatus::Abandoned].contains(&reading.status)
            && !visits.iter().any(|visit| visit.row.queue_id == transfer.to_queue_id && transfer.at <= visit.from);
        if let Some(from) = from {
            legs[from].transfers.push(transfer.at);
            if without_wait && config.transfer_without_wait_is_malformed {
                legs[from].malformed = true;
                (legs[from].wait_ms, legs[from].handle_ms) = (0, 0);
            }
        }
        if let Some(target) = target {
            legs[target].transferred_in_at = Some(transfer.at);
        }
        let target = target.map(|at| &legs[at]);
        let answered = target.filter(|leg| leg.talked);
        let sound = target.filter(|leg| !leg.malformed);
        moved.push(Moved {
            conversation_id: legs.first().map_or_else(String::new, |leg| leg.conversation_id.clone()),
            at: transfer.at,
            kind: match transfer.kind {
                TransferKind::Blind => "BLIND",
                TransferKind::Consult => "CONSULT",
                TransferKind::Unknown => "UNKNOWN",
            },
            from_queue: from.and_then(|at| legs[at].queue.clone()),
            from_user: transfer.user_id.clone().or_else(|| from.and_then(|at| legs[at].user.clone())),
            to_queue: transfer.to_queue_id.clone(),
            to_user: transfer.to_user_id.clone().or_else(|| target.and_then(|leg| leg.user.clone())),
            target_wait_ms: sound.map(|leg| leg.wait_ms),
            target_handle_ms: sound.filter(|leg| leg.talked).map(|leg| leg.handle_ms),
            completed: answered.is_some(),
            malformed: without_wait,
        });
    }
    moved
}
