//! KPI rows as a table for people. Pure.

use crate::domain::row::{QueueInterval, RowResult};
use crate::domain::time::format_instant;
use crate::emit::derived;

const HEADINGS: [&str; 14] = [
    "interval",
    "queue",
    "media",
    "offered",
    "answered",
    "abandoned",
    "abd %",
    "handled",
    "AHT s",
    "P90 s",
    "ASA s",
    "SL %",
    "Erlangs",
    "result",
];

/// The rows, one a line, under headings; times in seconds with one decimal, `-` where there is nothing to divide by.
#[must_use]
pub fn table<'a>(rows: impl Iterator<Item = &'a QueueInterval>) -> String {
    let mut lines: Vec<Vec<String>> = vec![HEADINGS.iter().map(|heading| (*heading).to_owned()).collect()];
    lines.extend(rows.map(cells));
    lined_up(&lines, |column| column < 3 || column + 1 == HEADINGS.len())
}

/// Lines of equally many cells under each other: words, which are those of columns that `left` names, to the left,
/// numbers to the right.
#[must_use]
pub fn lined_up(lines: &[Vec<String>], left: impl Fn(usize) -> bool) -> String {
    let columns = lines.first().map_or(0, Vec::len);
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for line in lines {
        for (column, (cell, width)) in line.iter().zip(&widths).enumerate() {
            let padded = if left(column) { format!("{cell:<width$}") } else { format!("{cell:>width$}") };
            out.push_str(&padded);
            out.push_str("  ");
        }
        out.truncate(out.trim_end().len());
        out.push('\n');
    }
    out
}

fn cells(row: &QueueInterval) -> Vec<String> {
    let number = |of: Option<f64>, digits: usize| of.map_or_else(|| "-".to_owned(), |of| format!("{of:.digits$}"));
    let seconds = |ms: Option<f64>| number(ms.map(|ms| ms / 1_000.0), 1);
    let queue = match (&row.queue_name, row.queue_id.as_str()) {
        (Some(name), _) => name.clone(),
        (None, "") => "(no queue)".to_owned(),
        (None, id) => id.to_owned(),
    };
    let result = match row.result {
        RowResult::Provisional => "provisional",
        RowResult::Final => "final",
        RowResult::Corrected => "corrected",
        RowResult::Unknown => "unknown",
    };
    vec![
        row.local_start.clone(),
        queue,
        row.media_type.symbol().to_owned(),
        row.offered.to_string(),
        row.answered.to_string(),
        row.abandoned.to_string(),
        number(derived::abandoned_percent(row), 1),
        row.handled.to_string(),
        seconds(row.aht_ms),
        seconds(row.p90_handle_ms.map(|ms| ms as f64)),
        seconds(row.asa_ms),
        number(row.service_level.map(|share| share * 100.0), 1),
        number(derived::erlangs(row), 2),
        if row.held { format!("{result} (held)") } else { result.to_owned() },
    ]
}

/// One line that says what the rows add up to. AHT is the sum of sums over the sum of counts.
#[must_use]
pub fn total<'a>(rows: impl Iterator<Item = &'a QueueInterval>) -> String {
    let (mut count, mut handled, mut handle_ms) = (0_u64, 0_i64, 0_i64);
    let (mut first, mut last) = (None, None);
    for row in rows {
        count += 1;
        handled += row.handled;
        handle_ms += row.handle_ms_sum;
        first = Some(first.map_or(row.interval_start, |at: i64| at.min(row.interval_start)));
        last = Some(last.map_or(row.interval_end, |at: i64| at.max(row.interval_end)));
    }
    let range = match (first, last) {
        (Some(first), Some(last)) => format!(" from {} to {}", format_instant(first), format_instant(last)),
        _ => String::new(),
    };
    let aht =
        if handled == 0 { "-".to_owned() } else { format!("{:.1} s", handle_ms as f64 / handled as f64 / 1_000.0) };
    format!("{count} rows{range}: {handled} handled, AHT {aht}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_nothing_to_divide_by_is_a_dash() {
        let mut row = crate::emit::row::sample_row();
        let mut empty = row.clone();
        empty.aht_ms = None;
        empty.handled = 0;
        empty.handle_ms_sum = 0;
        row.queue_name = Some("Billing".to_owned());
        let text = table([&row, &empty].into_iter());
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[1].contains("Billing") && lines[1].contains("570.0") && lines[2].contains(" - "));
        assert_eq!(lines[0].find("result"), lines[1].find("provisional"));
        assert!(total([&row, &empty].into_iter()).ends_with("1 handled, AHT 570.0 s"));
    }
}
