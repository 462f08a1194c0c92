//! How far the connectors are: a bar on a terminal, a plain line every few seconds elsewhere. Edge.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::domain::progress::Room;
use crate::domain::time::format_instant;
use crate::extract::progress::SourceProgress;
use crate::process::scene::{Restoring, Scene};

/// How often a plain line is printed.
const LINE_INTERVAL: Duration = Duration::from_secs(5);
/// How often a line is printed that says the same as the one before.
const SAME_INTERVAL: Duration = Duration::from_secs(60);
/// Steps of the bar.
const STEPS: u64 = 1_000;

/// One line of progress.
#[derive(Debug)]
pub struct ProgressLine {
    bar: Option<ProgressBar>,
    looked: Instant,
    printed: Option<(String, Instant)>,
}

impl ProgressLine {
    /// A bar when standard error is a terminal and some source has an end, else plain lines.
    #[must_use]
    pub fn new(sources: &[Arc<SourceProgress>]) -> ProgressLine {
        let bounded = sources.iter().any(|source| source.snapshot().share().is_some());
        let bar = (std::io::stderr().is_terminal() && bounded).then(|| {
            let bar = ProgressBar::new(STEPS);
            if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent:>3}% {msg}") {
                bar.set_style(style);
            }
            bar
        });
        ProgressLine { bar, looked: Instant::now(), printed: None }
    }

    /// Shows the present state.
    pub fn show(&mut self, sources: &[Arc<SourceProgress>], scenes: &[Scene]) {
        if self.bar.is_none() && self.looked.elapsed() < LINE_INTERVAL {
            return;
        }
        self.looked = Instant::now();
        let snapshots: Vec<_> = sources.iter().map(|source| source.snapshot()).collect();
        let rows: u64 = snapshots.iter().map(|at| at.rows).sum();
        let cursor = snapshots.iter().map(|at| at.cursor).min().map_or_else(|| "-".to_owned(), format_instant);
        let read = |room: Room| -> u64 {
            let reports = scenes.iter().flat_map(|scene| scene.board.reports());
            reports.filter(|((of, _), _)| *of == room).map(|(_, report)| report.records).sum()
        };
        if let Some(restoring) = restoring(scenes) {
            let Restoring { passed, all } = restoring;
            let text = format!("restoring state: {passed} of {all} offsets");
            match &self.bar {
                Some(bar) => {
                    bar.set_position(passed.saturating_mul(STEPS) / all.max(1));
                    bar.set_message(text);
                }
                None => eprintln!("{text}"),
            }
            return;
        }
        let text = format!(
            "read to {cursor}, {rows} interactions published, {} processed, {} contributions applied",
            read(Room::Legs),
            read(Room::Intervals),
        );
        match &self.bar {
            Some(bar) => {
                let share = snapshots.iter().filter_map(|at| at.share()).fold(1.0_f64, f64::min);
                bar.set_position((share * STEPS as f64) as u64);
                bar.set_message(text);
            }
            None if is_due(self.printed.as_ref(), &text, self.looked) => {
                eprintln!("{text}");
                self.printed = Some((text, self.looked));
            }
            None => {}
        }
    }

    /// Clears the bar.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// What the processors of this process restore, together; `None` when none does.
fn restoring(scenes: &[Scene]) -> Option<Restoring> {
    let each = scenes.iter().filter_map(|scene| scene.board.restore());
    each.reduce(|sum, at| Restoring { passed: sum.passed + at.passed, all: sum.all + at.all })
}

/// Whether a plain line tells something, or shows at least that it goes on.
fn is_due(printed: Option<&(String, Instant)>, text: &str, now: Instant) -> bool {
    printed.is_none_or(|(before, at)| before != text || SAME_INTERVAL <= now.duration_since(*at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_line_is_printed_once_a_minute() {
        let at = Instant::now();
        let printed = ("read to 1".to_owned(), at);
        assert!(is_due(None, "read to 1", at));
        assert!(is_due(Some(&printed), "read to 2", at + LINE_INTERVAL));
        assert!(!is_due(Some(&printed), "read to 1", at + LINE_INTERVAL));
        assert!(is_due(Some(&printed), "read to 1", at + SAME_INTERVAL));
    }
}
