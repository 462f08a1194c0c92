//! Which agent was acting at a given time: who made a transfer, whose disposition it is. Pure.

use crate::domain::interaction::{Phase, PhaseKind};
use crate::domain::time::InstantMs;

/// Somebody with phases in order.
pub trait Acts {
    /// The agent, where one is named.
    fn user_id(&self) -> Option<&str>;
    /// The session as the platform names it.
    fn session(&self) -> &str;
    /// What was done, in order.
    fn phases(&self) -> &[Phase];
}

/// Whether the customer is with an agent or on the way to one in such a phase: not queued, ringing or left.
#[must_use]
pub fn is_contact(kind: PhaseKind) -> bool {
    matches!(kind, PhaseKind::Talk | PhaseKind::Dialing | PhaseKind::Contacting | PhaseKind::CustomerHold)
}

/// Who transferred at `at`: of those of the named session or agent, else of all, the one that talked last at or before it,
/// else the one that did anything last; a named one that did nothing before is taken all the same.
#[must_use]
pub fn transferred<T: Acts>(all: &[T], session: Option<&str>, user: Option<&str>, at: InstantMs) -> Option<usize> {
    let chosen = chosen(all, session, user);
    last(all, &chosen, at, |kind| kind == PhaseKind::Talk)
        .or_else(|| last(all, &chosen, at, |kind| kind != PhaseKind::Wait))
        .or_else(|| named_first(all, &chosen))
}

/// Whose disposition was set at `at`: the one whose after-call work begins with it, else likewise, but whoever did anything
/// last.
#[must_use]
pub fn disposed<T: Acts>(all: &[T], session: Option<&str>, user: Option<&str>, at: InstantMs) -> Option<usize> {
    let chosen = chosen(all, session, user);
    let wraps =
        |index: &usize| all[*index].phases().iter().any(|phase| phase.kind == PhaseKind::Wrap && phase.start == at);
    chosen
        .indexes
        .iter()
        .copied()
        .rfind(|index| chosen.named && wraps(index))
        .or_else(|| last(all, &chosen, at, |kind| kind != PhaseKind::Wait))
        .or_else(|| named_first(all, &chosen))
}

struct Chosen {
    indexes: Vec<usize>,
    named: bool,
}

fn chosen<T: Acts>(all: &[T], session: Option<&str>, user: Option<&str>) -> Chosen {
    let of = |fits: &dyn Fn(&T) -> bool| -> Vec<usize> { (0..all.len()).filter(|index| fits(&all[*index])).collect() };
    let by_session = session.map(|session| of(&|one| one.session() == session)).unwrap_or_default();
    let by_user = || user.map(|user| of(&|one| one.user_id() == Some(user))).unwrap_or_default();
    let named = if by_session.is_empty() { by_user() } else { by_session };
    if named.is_empty() {
        // A name that is nobody's says no more than none.
        return Chosen { indexes: (0..all.len()).collect(), named: false };
    }
    Chosen { indexes: named, named: true }
}

/// Of the phases that begin before `at`, the one that reaches closest to it; of those, the one that began last. One that
/// begins only at `at` is what came of it, so it counts where there is no other.
fn last<T: Acts>(all: &[T], chosen: &Chosen, at: InstantMs, fits: impl Fn(PhaseKind) -> bool) -> Option<usize> {
    let mut best: Option<((bool, InstantMs, InstantMs), usize)> = None;
    for index in &chosen.indexes {
        for phase in all[*index].phases().iter().filter(|phase| fits(phase.kind) && phase.start <= at) {
            let reach = (phase.start < at, phase.end.min(at), phase.start);
            if best.is_none_or(|(other, _)| other < reach) {
                best = Some((reach, *index));
            }
        }
    }
    best.map(|(_, index)| index)
}

fn named_first<T: Acts>(all: &[T], chosen: &Chosen) -> Option<usize> {
    let first = |index: &usize| all[*index].phases().first().map_or(InstantMs::MAX, |phase| phase.start);
    if chosen.named { chosen.indexes.iter().copied().min_by_key(first) } else { None }
}
