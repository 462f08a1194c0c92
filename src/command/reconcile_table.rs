//! Comparisons as tables for people: counts of interactions, then handle times with the parts of their difference. Pure.

use super::table::lined_up;
use crate::domain::reconciliation::{Agreement, Check, Reconciliation};
use crate::domain::time::format_instant;

const COUNTS: [&str; 8] = ["check", "from", "to", "ours", "theirs", "off %", "result", "queues"];

const HANDLE_TIMES: [&str; 17] = [
    "day from",
    "queue",
    "ours",
    "theirs",
    "AHT s",
    "theirs s",
    "difference s",
    "basis",
    "dial+contact",
    "system hold",
    "excluded",
    "late",
    "mismatch",
    "unexplained",
    "legs",
    "off %",
    "result",
];

/// Both tables; one without lines is left out. Parts are in seconds of handle time; `legs`: those that are unexplained.
#[must_use]
pub fn tables(records: &[Reconciliation]) -> String {
    let mut counts = vec![COUNTS.map(str::to_owned).to_vec()];
    let mut times = vec![HANDLE_TIMES.map(str::to_owned).to_vec()];
    for record in records {
        match record.check {
            Check::HandleTime => times.push(handle_time(record)),
            _ => counts.push(count(record)),
        }
    }
    let mut out = String::new();
    if 1 < counts.len() {
        out.push_str(&lined_up(&counts, |column| !(3..6).contains(&column)));
    }
    if 1 < times.len() {
        out.push('\n');
        out.push_str(&lined_up(&times, |column| column < 2 || column == 16));
    }
    out
}

fn count(record: &Reconciliation) -> Vec<String> {
    vec![
        record.check.word().to_owned(),
        format_instant(record.interval_start),
        format_instant(record.interval_end),
        record.ours_count.to_string(),
        record.theirs_count.to_string(),
        percent(record.variance),
        result(record),
        record.queues.clone(),
    ]
}

fn handle_time(record: &Reconciliation) -> Vec<String> {
    let seconds = |ms: i64| format!("{:.1}", ms as f64 / 1_000.0);
    let average = |ms: Option<f64>| ms.map_or_else(|| "-".to_owned(), |ms| format!("{:.1}", ms / 1_000.0));
    let queue = match (&record.queue_name, record.queue_id.as_str()) {
        (Some(name), _) => name.clone(),
        (None, "") => "(no queue)".to_owned(),
        (None, id) => id.to_owned(),
    };
    vec![
        format_instant(record.interval_start),
        queue,
        record.ours_count.to_string(),
        record.theirs_count.to_string(),
        average(record.ours_aht_ms),
        average(record.theirs_aht_ms),
        seconds(record.difference_handle_ms),
        seconds(record.basis_handle_ms),
        seconds(record.dialing_contacting_ms),
        seconds(record.system_hold_ms),
        seconds(record.excluded_handle_ms),
        seconds(record.late_handle_ms),
        seconds(record.mismatch_handle_ms),
        seconds(record.unexplained_handle_ms),
        record.unexplained_count.to_string(),
        percent(record.variance),
        result(record),
    ]
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{:.2}", 100.0 * share))
}

fn result(record: &Reconciliation) -> String {
    match record.agreement {
        Agreement::Within => "within".to_owned(),
        Agreement::Beyond => format!("BEYOND {:.1} %", 100.0 * record.tolerance),
        Agreement::Unknown => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::TimeRange;
    use crate::reconcile::verdict::{Origin, counted};

    #[test]
    fn counts_and_handle_times_stand_apart_and_what_is_beyond_cries_out() {
        let origin = Origin { org_id: "acme".to_owned(), written_at: 0 };
        let of = |check| counted(&origin, check, TimeRange { from: 0, to: 86_400_000 }, (90, 100));
        let volume = Reconciliation { queues: "Q1,Q2".to_owned(), ..of(Check::Volume) };
        let time = Reconciliation {
            queue_id: "Q1".to_owned(),
            theirs_handle_ms: 1_500,
            difference_handle_ms: 1_500,
            late_handle_ms: 1_500,
            ..of(Check::HandleTime)
        };
        let text = tables(&[volume, time]);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[1].contains("BEYOND 0.5 %") && lines[1].ends_with("Q1,Q2"), "{text}");
        assert!(lines[4].contains("Q1") && lines[4].contains("1.5") && lines[4].contains("-10.00"), "{text}");
        assert_eq!(tables(&[]), "");
    }
}
