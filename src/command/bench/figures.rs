//! Medians, shares, and the file that keeps a measurement. Edge.

use std::path::Path;

use anyhow::Context;
use serde::Serialize;

use super::machine::Machine;

/// A figure of several runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// The one in the middle, or the mean of the two there.
    pub median: f64,
    /// The least.
    pub least: f64,
    /// The most.
    pub most: f64,
}

impl Figure {
    /// Of at least one run; of none it is nothing but zeros.
    #[must_use]
    pub fn of(runs: impl IntoIterator<Item = f64>) -> Figure {
        let mut runs: Vec<f64> = runs.into_iter().collect();
        runs.sort_unstable_by(f64::total_cmp);
        let middle = runs.len() / 2;
        let median = match (runs.get(middle), runs.len() % 2) {
            (Some(of), 1) => *of,
            (Some(of), _) => f64::midpoint(runs[middle - 1], *of),
            (None, _) => 0.0,
        };
        let end = |of: Option<&f64>| of.copied().unwrap_or(0.0);
        Figure { median, least: end(runs.first()), most: end(runs.last()) }
    }

    /// `12.3 (11.0 to 14.2)`, with so many digits behind the point.
    #[must_use]
    pub fn text(&self, digits: usize) -> String {
        let Figure { median, least, most } = self;
        if least == most {
            format!("{median:.digits$}")
        } else {
            format!("{median:.digits$} ({least:.digits$} to {most:.digits$})")
        }
    }
}

/// The value below which a share of sorted values lies, by nearest rank; `None` of none.
#[must_use]
pub fn percentile<T: Copy>(sorted: &[T], share: f64) -> Option<T> {
    // At least the first and at most the last, whatever rounding says.
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(rank.clamp(1, sorted.len().max(1)) - 1).copied()
}

/// `met`, or `MISSED`.
#[must_use]
pub fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "MISSED" }
}

/// A measurement as it is kept.
#[derive(Debug, Serialize)]
struct Kept<'a, A, R> {
    machine: &'a Machine,
    measured: &'a str,
    arguments: A,
    results: R,
}

/// Writes a measurement to a file, if one is wanted.
///
/// # Errors
/// When it cannot be written.
pub fn keep(
    path: Option<&Path>,
    machine: &Machine,
    measured: &str,
    arguments: impl Serialize,
    results: impl Serialize,
) -> anyhow::Result<()> {
    let Some(path) = path else { return Ok(()) };
    let text = serde_json::to_string_pretty(&Kept { machine, measured, arguments, results })?;
    std::fs::write(path, text + "\n").with_context(|| format!("writing {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_one_in_the_middle_or_between_two() {
        assert_eq!(Figure::of([3.0, 1.0, 2.0]), Figure { median: 2.0, least: 1.0, most: 3.0 });
        assert_eq!(Figure::of([4.0, 1.0]).median, 2.5);
        assert_eq!(Figure::of([]).text(1), "0.0");
        assert_eq!(Figure::of([4.0, 1.0]).text(0), "2 (1 to 4)");
    }

    #[test]
    fn a_percentile_is_a_value_that_was_seen() {
        let values: Vec<u32> = (1..=1_000).collect();
        assert_eq!(percentile(&values, 0.5), Some(500));
        assert_eq!(percentile(&values, 0.999), Some(999));
        assert_eq!((percentile(&[7], 0.01), percentile::<u32>(&[], 0.5)), (Some(7), None));
    }
}
