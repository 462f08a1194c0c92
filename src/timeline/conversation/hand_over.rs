//! Transfers: from which leg, to which, and what became of them (R-21, R-30; METRICS scenarios 7 and 14). Pure.

use std::cmp::Reverse;

use super::session::Draft;
use crate::domain::interaction::{Interaction, InteractionTransfer, PhaseKind};
use crate::domain::time::InstantMs;
use crate::domain::transfer::{Transfer, TransferKind};
use crate::timeline::rules::Rules;
use crate::timeline::{blank, contradiction, transfers};

/// Links the transfers of a conversation, which are in order, to its drafts: `from[seq]` is the draft that made one, `None`
/// for one that no agent made. Sets what legs say of transfers, and gives the rows.
///
/// An open conversation has no rows yet: where its transfers lead to may still have to happen.
pub fn link(
    interaction: &Interaction,
    made: &[InteractionTransfer],
    from: &[Option<usize>],
    drafts: &mut [Draft],
    rules: &Rules,
) -> Vec<Transfer> {
    let over = blank::is_over(interaction.status);
    let from: Vec<Option<usize>> =
        made.iter().zip(from).map(|(transfer, from)| from.or_else(|| queued_at(drafts, transfer.at))).collect();
    let targets = targets(made, &from, drafts, rules.config.overlap_tolerance_ms);
    let without_wait: Vec<bool> =
        made.iter().map(|one| over && !wait_follows(one, drafts, rules.config.overlap_tolerance_ms)).collect();
    for (seq, from) in from.iter().enumerate() {
        let Some(from) = *from else {
            continue;
        };
        drafts[from].leg.transfers_out += 1;
        if let Some(target) = targets[seq] {
            drafts[target].leg.transferred_in_at = Some(made[seq].at);
        }
        if without_wait[seq] && rules.config.transfer_without_wait_is_malformed {
            let queue = made[seq].to_queue_id.as_deref().unwrap_or_default();
            let rule = contradiction::TRANSFER_WITHOUT_TARGET_WAIT;
            drafts[from].contradictions.push(format!("{rule}: no wait in queue {queue} follows the transfer to it"));
        }
    }
    if !over {
        return Vec::new();
    }
    let mut rows = Vec::with_capacity(made.len());
    let mut of_leg: Vec<Vec<(i32, InstantMs)>> = vec![Vec::new(); drafts.len()];
    for (seq, one) in made.iter().enumerate() {
        // Only a conversation without any leg has a transfer that no leg made.
        if let (Some(from), Ok(number)) = (from[seq], i32::try_from(seq)) {
            of_leg[from].push((number, one.at));
            rows.push(row(one, number, &drafts[from], targets[seq].map(|at| &drafts[at]), without_wait[seq]));
        }
    }
    for (draft, made) in drafts.iter_mut().zip(&of_leg) {
        draft.leg.transfers = transfers::encode(made);
    }
    rows
}

/// The leg that was there when a transfer was made that no agent made: a flow moved the contact on.
fn queued_at(drafts: &[Draft], at: InstantMs) -> Option<usize> {
    let start = |index: &usize| drafts[*index].leg.start.unwrap_or(InstantMs::MAX);
    let indexes = 0..drafts.len();
    let before = indexes.clone().filter(|index| start(index) < at).max_by_key(|index| (start(index), Reverse(*index)));
    before.or_else(|| indexes.min_by_key(start))
}

/// The leg that each transfer led to; a leg is the target of one transfer at most.
fn targets(
    made: &[InteractionTransfer],
    from: &[Option<usize>],
    drafts: &[Draft],
    tolerance_ms: i64,
) -> Vec<Option<usize>> {
    let mut taken = vec![false; drafts.len()];
    let mut targets = Vec::with_capacity(made.len());
    for (transfer, from) in made.iter().zip(from) {
        let free = |index: &usize| Some(*index) != *from && !taken[*index];
        let free: Vec<usize> = (0..drafts.len()).filter(free).collect();
        let target = target(transfer, &free, drafts, transfer.at - tolerance_ms);
        if let Some(target) = target {
            taken[target] = true;
        }
        targets.push(target);
    }
    targets
}

/// `earliest`: the transfer's time less the tolerance of clocks.
fn target(transfer: &InteractionTransfer, free: &[usize], drafts: &[Draft], earliest: InstantMs) -> Option<usize> {
    let leg = |index: usize| &drafts[index].leg;
    let first_since = |since: InstantMs, fits: &dyn Fn(usize) -> Option<InstantMs>| {
        let starts = free.iter().filter_map(|index| Some((fits(*index).filter(|at| since <= *at)?, *index)));
        // At the same instant a stay in a queue comes before an agent that is only rung there.
        starts.min_by_key(|(at, index)| (*at, leg(*index).arrival.is_none(), *index)).map(|(_, index)| index)
    };
    let first = |fits: &dyn Fn(usize) -> Option<InstantMs>| first_since(earliest, fits);
    if let Some(queue) = &transfer.to_queue_id {
        let entered = |index: usize| leg(index).arrival.filter(|_| leg(index).queue_id.as_ref() == Some(queue));
        // What entered the queue after the transfer, rather than what clocks may have put a little before it.
        return first_since(transfer.at, &entered).or_else(|| first(&entered));
    }
    let consulted = || {
        let at = transfer.at;
        let there = |index: &&usize| {
            let leg = leg(**index);
            let named = transfer.to_user_id.is_none() || leg.user_id == transfer.to_user_id;
            named
                && leg.user_id.is_some()
                && leg.start.is_some_and(|start| start < at)
                && leg.end.is_none_or(|end| at < end)
        };
        let there = free.iter().filter(there);
        there.max_by_key(|index| (leg(**index).start, Reverse(**index))).copied()
    };
    let next = || {
        first(&|index| {
            let leg = leg(index);
            let fits = transfer.to_user_id.is_none() || leg.user_id == transfer.to_user_id;
            leg.start.filter(|_| fits)
        })
    };
    match transfer.kind {
        TransferKind::Consult => consulted().or_else(next),
        TransferKind::Blind => next(),
        // Who was there already was consulted, unless somebody comes after.
        TransferKind::Unknown => next().or_else(consulted),
    }
}

/// Whether a transfer is followed by a wait in the queue that it names; one that names none needs none (D-8).
fn wait_follows(transfer: &InteractionTransfer, drafts: &[Draft], tolerance_ms: i64) -> bool {
    let Some(queue) = &transfer.to_queue_id else {
        return true;
    };
    let in_queue = drafts.iter().filter(|draft| draft.leg.queue_id.as_ref() == Some(queue));
    let mut waits = in_queue.flat_map(|draft| &draft.phases).filter(|phase| phase.kind == PhaseKind::Wait);
    waits.any(|wait| transfer.at - tolerance_ms <= wait.start)
}

fn row(made: &InteractionTransfer, seq: i32, from: &Draft, target: Option<&Draft>, malformed: bool) -> Transfer {
    let leg = &from.leg;
    // Figures that contradict each other reach no row.
    let sound = target.filter(|target| target.contradictions.is_empty());
    // An agent that the contact went to directly may be named with a queue that it did not go through.
    let entered = target.filter(|target| target.leg.arrival.is_some());
    let answered = target.is_some_and(|target| target.talked);
    Transfer {
        org_id: leg.org_id.clone(),
        conversation_id: leg.conversation_id.clone(),
        transfer_seq: seq,
        transfer_time: made.at,
        kind: made.kind,
        from_queue_id: leg.queue_id.clone(),
        from_user_id: made.user_id.clone().or_else(|| leg.user_id.clone()),
        to_queue_id: made.to_queue_id.clone().or_else(|| entered.and_then(|target| target.leg.queue_id.clone())),
        to_user_id: made.to_user_id.clone().or_else(|| target.and_then(|target| target.leg.user_id.clone())),
        target_wait_ms: sound.map(|target| target.leg.wait_ms),
        target_handle_ms: sound.filter(|_| answered).map(|target| target.leg.handle_ms),
        completed: answered,
        malformed,
        version: leg.version,
        rules_version: leg.rules_version.clone(),
    }
}
