//! Slices as a table for people. Pure.

use chrono_tz::Tz;

use crate::cli::SliceFilter;
use crate::domain::slice::{SliceState, SliceStatus};
use crate::domain::time::{DAY_MS, DurationMs, HOUR_MS, InstantMs, TimeRange, format_instant};

/// A slice, and whether a held range touches it.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// The pipeline whose source read it.
    pub pipeline: String,
    /// What was said of it last.
    pub status: SliceStatus,
    /// Nothing in it is final, as far as it is held.
    pub held: bool,
}

/// What is asked for; an empty list of states is all of them.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Only slices that share an instant with it.
    pub range: TimeRange,
    /// Only these states.
    pub states: Vec<SliceFilter>,
    /// Only this pipeline.
    pub pipeline: Option<String>,
}

impl Wanted {
    /// Whether the slice is asked for.
    #[must_use]
    pub fn takes(&self, slice: &Listed) -> bool {
        let range = TimeRange { from: slice.status.from, to: slice.status.to };
        let in_state = |state: &SliceFilter| match state {
            SliceFilter::Running => slice.status.state == SliceState::Running,
            SliceFilter::Done => slice.status.state == SliceState::Done,
            SliceFilter::Failed => slice.status.state == SliceState::Failed,
            SliceFilter::Held => slice.held,
        };
        self.range.intersects(&range)
            && (self.states.is_empty() || self.states.iter().any(in_state))
            && self.pipeline.as_ref().is_none_or(|pipeline| *pipeline == slice.pipeline)
    }
}

const HEADINGS: [&str; 15] = [
    "source",
    "from (UTC)",
    "to (UTC)",
    "from",
    "kind",
    "state",
    "held",
    "pages",
    "rows",
    "count",
    "var %",
    "attempts",
    "windows",
    "last error",
    "written (UTC)",
];

/// The column of local times.
const LOCAL: usize = 3;

/// The slices, one a line, under headings, or nothing where there is none; `-` where nothing is known. Local times are of
/// `zone`, and left out where that is UTC, which stands there anyway.
#[must_use]
pub fn table(slices: &[Listed], zone: Tz) -> String {
    if slices.is_empty() {
        return String::new();
    }
    let mut lines: Vec<Vec<String>> = vec![HEADINGS.iter().map(|heading| (*heading).to_owned()).collect()];
    lines[0][LOCAL] = format!("from ({zone})");
    lines.extend(slices.iter().map(|slice| cells(slice, zone)));
    if zone == Tz::UTC {
        for line in &mut lines {
            line[LOCAL].clear();
        }
    }
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..HEADINGS.len()).map(width).collect();
    let mut out = String::new();
    for line in &lines {
        for (column, (cell, width)) in line.iter().zip(&widths).enumerate().filter(|(_, (_, width))| 0 < **width) {
            // Numbers to the right, words to the left.
            let padded = if (7..13).contains(&column) { format!("{cell:>width$}") } else { format!("{cell:<width$}") };
            out.push_str(&padded);
            out.push_str("  ");
        }
        out.truncate(out.trim_end().len());
        out.push('\n');
    }
    out
}

fn cells(Listed { pipeline, status, held }: &Listed, zone: Tz) -> Vec<String> {
    let number = |of: Option<i64>| of.map_or_else(|| "-".to_owned(), |of| of.to_string());
    let state = match status.state {
        SliceState::Running => "running",
        SliceState::Done => "done",
        SliceState::Failed => "failed",
        SliceState::Unknown => "unknown",
    };
    vec![
        format!("{pipeline}/{}/{}", status.org_id, status.source_partition),
        format_instant(status.from),
        format_instant(status.to),
        local(status.from, zone),
        kind(status.revisit_ms),
        state.to_owned(),
        if *held { "held" } else { "-" }.to_owned(),
        status.pages.to_string(),
        status.rows.to_string(),
        number(status.native_count),
        status.variance.map_or_else(|| "-".to_owned(), |share| format!("{:.2}", share * 100.0)),
        status.attempts.to_string(),
        number(status.windows),
        status.last_error_class.clone().unwrap_or_else(|| "-".to_owned()),
        format_instant(status.written_at),
    ]
}

fn local(at: InstantMs, zone: Tz) -> String {
    let utc = chrono::DateTime::from_timestamp_millis(at);
    utc.map_or_else(|| "-".to_owned(), |utc| utc.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S %z").to_string())
}

/// Which reading: the first, or that of an age.
fn kind(revisit_ms: DurationMs) -> String {
    let (minute_ms, of_day) = (60_000, revisit_ms % DAY_MS == 0);
    match revisit_ms {
        0 => "first".to_owned(),
        ms if of_day => format!("revisit {} d", ms / DAY_MS),
        ms if HOUR_MS <= ms => format!("revisit {} h", ms / HOUR_MS),
        ms if minute_ms <= ms => format!("revisit {} min", ms / minute_ms),
        ms => format!("revisit {ms} ms"),
    }
}

/// One line that says how many slices there are in each state.
#[must_use]
pub fn total(slices: &[Listed]) -> String {
    let of = |state: SliceState| slices.iter().filter(|slice| slice.status.state == state).count();
    let held = slices.iter().filter(|slice| slice.held).count();
    format!(
        "{} slices: {} done, {} running, {} failed; {held} in held ranges",
        slices.len(),
        of(SliceState::Done),
        of(SliceState::Running),
        of(SliceState::Failed)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slice(from: InstantMs, state: SliceState, held: bool) -> Listed {
        let status = SliceStatus {
            org_id: "acme".to_owned(),
            source_partition: "interaction-details".to_owned(),
            from,
            to: from + HOUR_MS,
            revisit_ms: 0,
            state,
            pages: 3,
            rows: 1_989,
            open_rows: 0,
            native_count: Some(2_000),
            variance: Some(-0.0055),
            attempts: 9,
            windows: Some(2),
            last_error_class: Some("volume".to_owned()),
            written_at: 5,
        };
        Listed { pipeline: "default".to_owned(), status, held }
    }

    #[test]
    fn a_line_says_range_state_counts_and_what_was_wrong() {
        let text = table(&[slice(0, SliceState::Failed, true)], chrono_tz::Europe::Berlin);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].contains("from (Europe/Berlin)"), "{text}");
        let expected = [
            "default/acme/interaction-details",
            "1970-01-01T00:00:00.000Z",
            "1970-01-01T01:00:00.000Z",
            "1970-01-01 01:00:00 +0100",
            "first",
            "failed",
            "held",
            "1989",
            "2000",
            "-0.55",
            "volume",
        ];
        assert!(expected.iter().all(|part| lines[1].contains(part)), "{text}");
        assert_eq!(lines[0].find("last error"), lines[1].find("volume"));
    }

    #[test]
    fn utc_stands_there_once_and_no_slice_has_no_headings() {
        let text = table(&[slice(0, SliceState::Failed, true)], Tz::UTC);
        assert_eq!(text.matches("from (UTC)").count(), 1, "{text}");
        let heading = text.find("last error").unwrap();
        let line = text.find('\n').unwrap() + 1;
        assert_eq!(text[line..].find("volume"), Some(heading), "{text}");
        assert_eq!(table(&[], Tz::UTC), "");
    }

    #[test]
    fn slices_are_chosen_by_state_range_and_pipeline() {
        let all = [slice(0, SliceState::Done, false), slice(HOUR_MS, SliceState::Failed, true)];
        let count = |states: &[SliceFilter], from, to, pipeline: Option<&str>| {
            let pipeline = pipeline.map(str::to_owned);
            let wanted = Wanted { range: TimeRange { from, to }, states: states.to_vec(), pipeline };
            all.iter().filter(|slice| wanted.takes(slice)).count()
        };
        assert_eq!(count(&[], 0, 9 * HOUR_MS, None), 2);
        assert_eq!(count(&[SliceFilter::Held], 0, 9 * HOUR_MS, None), 1);
        assert_eq!(count(&[SliceFilter::Held, SliceFilter::Done], 0, 9 * HOUR_MS, None), 2);
        assert_eq!(count(&[SliceFilter::Running], 0, 9 * HOUR_MS, None), 0);
        assert_eq!(count(&[], HOUR_MS, 2 * HOUR_MS, None), 1, "the first ends where the range begins");
        assert_eq!(count(&[], 0, 9 * HOUR_MS, Some("other")), 0);
        assert_eq!(total(&all), "2 slices: 1 done, 0 running, 1 failed; 1 in held ranges");
    }

    #[test]
    fn readings_are_named_by_their_age() {
        let names = [0, 300_000, 3_600_000, 90_000_000, 2 * DAY_MS, 5].map(kind);
        assert_eq!(names, ["first", "revisit 5 min", "revisit 1 h", "revisit 25 h", "revisit 2 d", "revisit 5 ms"]);
    }
}
