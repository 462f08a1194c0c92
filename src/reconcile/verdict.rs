//! Whether figures agree, and the record that says so. Pure.

use std::collections::BTreeMap;

use super::ours::{Amount, OurDay, Ours};
use super::split::{Split, split};
use super::theirs::Theirs;
use crate::domain::attribution::Basis;
use crate::domain::reconciliation::{Agreement, Check, Reconciliation};
use crate::domain::time::{InstantMs, TimeRange};

/// What the records of one comparison share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Tenant.
    pub org_id: String,
    /// When it was compared, on the platform's clock.
    pub written_at: InstantMs,
}

/// Whether `ours` lies further from `theirs` than so many parts of a thousand of `theirs`.
#[must_use]
pub fn is_apart(ours: i64, theirs: i64, permille: i64) -> bool {
    let apart = i128::from(ours.abs_diff(theirs)) * 1_000;
    i128::from(theirs.unsigned_abs()) * i128::from(permille) < apart
}

/// The name of all queues together.
const ALL_QUEUES: &str = "(all queues)";

/// The comparisons of every queue of a day, those that only one side knows among them.
#[must_use]
pub fn handle_time(
    origin: &Origin,
    ours: &Ours,
    day: TimeRange,
    theirs: &BTreeMap<String, Theirs>,
) -> Vec<Reconciliation> {
    let mut queues: BTreeMap<&str, OurDay> =
        ours.queues(day.from).map(|(queue, known)| (queue, known.clone())).collect();
    for queue in theirs.keys() {
        queues.entry(queue).or_default();
    }
    // Of a queue that they do not name they say that it has nothing, in as much as they say of others.
    let outward = theirs.values().any(|one| one.outward.is_some()).then(Default::default);
    let nothing = Theirs { outward, ..Theirs::default() };
    let record = |(queue, known): (&str, OurDay)| {
        let theirs = theirs.get(queue).unwrap_or(&nothing);
        of_split(origin, ours, day, (queue, known.queue_name.clone()), &split(&known, theirs))
    };
    queues.into_iter().map(record).collect()
}

/// The comparison of all queues of a day together.
#[must_use]
pub fn whole_handle_time(origin: &Origin, ours: &Ours, day: TimeRange, theirs: &Theirs) -> Reconciliation {
    let mut known = OurDay::default();
    ours.queues(day.from).for_each(|(_, of_queue)| known += of_queue);
    of_split(origin, ours, day, ("", Some(ALL_QUEUES.to_owned())), &split(&known, theirs))
}

/// Whether handle times agree: the averages, and the numbers behind them. An average alone would not show that legs are
/// missing.
#[must_use]
pub fn agreement(split: &Split) -> Agreement {
    let permille = Check::HandleTime.tolerance_permille();
    let (explained, theirs) = (split.explained(), split.theirs);
    let counts_apart = is_apart(explained.count, theirs.count, permille);
    // Averages in whole numbers: ours / our count against theirs / their count, multiplied by both counts.
    let crossed = |amount: Amount, other: Amount| i128::from(amount.handle_ms) * i128::from(other.count);
    let (left, right) = (crossed(explained, theirs), crossed(theirs, explained));
    let averages_apart = right.abs() * i128::from(permille) < (left - right).abs() * 1_000;
    let nothing = explained.count == 0 && theirs.count == 0 && explained.handle_ms != theirs.handle_ms;
    if counts_apart || averages_apart || nothing { Agreement::Beyond } else { Agreement::Within }
}

fn of_split(
    origin: &Origin,
    ours: &Ours,
    day: TimeRange,
    (queue, queue_name): (&str, Option<String>),
    split: &Split,
) -> Reconciliation {
    let (explained_aht_ms, theirs_aht_ms) = (split.explained().aht_ms(), split.theirs.aht_ms());
    let variance = match (explained_aht_ms, theirs_aht_ms) {
        (Some(ours), Some(theirs)) if theirs != 0.0 => Some((ours - theirs) / theirs),
        _ => None,
    };
    Reconciliation {
        queue_id: queue.to_owned(),
        queue_name,
        attribution: ours.basis(),
        tz: ours.zone().name().to_owned(),
        ours_count: split.ours.count,
        theirs_count: split.theirs.count,
        difference_count: split.difference().count,
        basis_count: split.basis.count,
        dialing_contacting_count: split.dialing_contacting.count,
        excluded_count: split.excluded.count,
        late_count: split.late.count,
        unexplained_count: split.unexplained.count,
        ours_handle_ms: split.ours.handle_ms,
        theirs_handle_ms: split.theirs.handle_ms,
        difference_handle_ms: split.difference().handle_ms,
        basis_handle_ms: split.basis.handle_ms,
        dialing_contacting_ms: split.dialing_contacting.handle_ms,
        system_hold_ms: split.system_hold_ms,
        excluded_handle_ms: split.excluded.handle_ms,
        late_handle_ms: split.late.handle_ms,
        mismatch_handle_ms: split.mismatch_ms,
        unexplained_handle_ms: split.unexplained.handle_ms,
        ours_aht_ms: split.ours.aht_ms(),
        explained_aht_ms,
        theirs_aht_ms,
        variance,
        agreement: agreement(split),
        ..counted(origin, Check::HandleTime, day, (0, 0))
    }
}

/// The comparison of two counts of interactions.
///
/// Fewer than the platform counts is a loss. More is none: what the platform has forgotten since was counted once; a job
/// that gives more than is there is no more right than one that gives less.
#[must_use]
pub fn counted(origin: &Origin, check: Check, range: TimeRange, (ours, theirs): (i64, i64)) -> Reconciliation {
    let permille = check.tolerance_permille();
    let beyond = is_apart(ours, theirs, permille) && (ours < theirs || check == Check::JobCount);
    Reconciliation {
        org_id: origin.org_id.clone(),
        check,
        interval_start: range.from,
        interval_end: range.to,
        queue_id: String::new(),
        queue_name: None,
        attribution: Basis::Unknown,
        tz: "UTC".to_owned(),
        ours_count: ours,
        theirs_count: theirs,
        difference_count: theirs - ours,
        basis_count: 0,
        dialing_contacting_count: 0,
        excluded_count: 0,
        late_count: 0,
        unexplained_count: theirs - ours,
        ours_handle_ms: 0,
        theirs_handle_ms: 0,
        difference_handle_ms: 0,
        basis_handle_ms: 0,
        dialing_contacting_ms: 0,
        system_hold_ms: 0,
        excluded_handle_ms: 0,
        late_handle_ms: 0,
        mismatch_handle_ms: 0,
        unexplained_handle_ms: 0,
        ours_aht_ms: None,
        explained_aht_ms: None,
        theirs_aht_ms: None,
        variance: (theirs != 0).then(|| (ours - theirs) as f64 / theirs as f64),
        tolerance: permille as f64 / 1_000.0,
        agreement: if beyond { Agreement::Beyond } else { Agreement::Within },
        queues: String::new(),
        written_at: origin.written_at,
    }
}
