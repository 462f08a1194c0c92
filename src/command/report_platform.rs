//! `handletime report --from-platform`: the platform's own interval report as a table. Edge.

use anyhow::Context;
use chrono_tz::Tz;

use super::loaded::loaded;
use super::pick;
use super::status::ExitStatus;
use super::table::lined_up;
use crate::cli::ReportArgs;
use crate::config::typed::SourceConfig;
use crate::domain::causes::causes;
use crate::domain::interval::{Grain, interval_at};
use crate::domain::time::{DAY_MS, InstantMs, TimeRange, format_instant, parse_instant};
use crate::genesys::aggregates::by_interval::{Interval, Report, ReportShape};
use crate::genesys::aggregates::{PATH, refusal};
use crate::genesys::client::GenesysClient;
use crate::genesys::error::GenesysError;
use crate::genesys::limiter::Rank;

/// Runs the command.
///
/// # Errors
/// When the HTTP client cannot be built.
pub async fn run(args: &ReportArgs) -> anyhow::Result<ExitStatus> {
    let path = args.config.as_ref().context("--from-platform needs --config")?;
    let settings = match loaded(path) {
        Ok(settings) => settings,
        Err(status) => return Ok(status),
    };
    let chosen = pick::source(&settings, args.pipeline.as_deref()).and_then(|source| Ok((source, asked(args)?)));
    let (source, asked) = match chosen {
        Ok(chosen) => chosen,
        Err(error) => {
            eprintln!("handletime: {error:#}");
            return Ok(ExitStatus::Usage);
        }
    };
    match report(source, asked).await? {
        Ok(report) => {
            print!("{}", table(&report));
            Ok(ExitStatus::Success)
        }
        Err(error) => {
            eprintln!("handletime: {}", causes(&error));
            if let Some(advice) = refusal::advice(&error) {
                eprintln!("{advice}");
            }
            Ok(ExitStatus::Failure)
        }
    }
}

/// What is asked for; an end that is missing depends on the platform's time.
struct Asked {
    grain: Grain,
    from: Option<InstantMs>,
    to: Option<InstantMs>,
}

fn asked(args: &ReportArgs) -> anyhow::Result<Asked> {
    let grain = Grain::from_word(&args.grain)
        .with_context(|| format!("--grain must be pt15m, pt30m, pt1h or p1d: {}", args.grain))?;
    let instant = |option: &str, text: &Option<String>| match text {
        None => Ok(None),
        Some(text) => parse_instant(text)
            .map(Some)
            .with_context(|| format!("{option} must be an instant such as 2026-01-01T00:00:00Z: {text}")),
    };
    let (from, to) = (instant("--from", &args.from)?, instant("--to", &args.to)?);
    if let (Some(from), Some(to)) = (from, to) {
        anyhow::ensure!(from < to, "--to must be later than --from");
    }
    Ok(Asked { grain, from, to })
}

impl Asked {
    /// The whole intervals that hold what is asked for: the platform counts its intervals from the range's start.
    fn range(&self, now: InstantMs) -> TimeRange {
        let to = self.to.unwrap_or_else(|| self.from.map_or(now, |from| from + DAY_MS));
        let from = self.from.unwrap_or(to - DAY_MS);
        let whole = |at: InstantMs| interval_at(at, self.grain, Tz::UTC);
        TimeRange { from: whole(from).from, to: whole(to - 1).to }
    }
}

async fn report(source: &SourceConfig, asked: Asked) -> anyhow::Result<Result<Report, GenesysError>> {
    let client = GenesysClient::new(source)?;
    if let Err(error) = client.log_in().await {
        return Ok(Err(error));
    }
    let (shape, range) = (ReportShape::of(source.dialect), asked.range(client.now()));
    let body = shape.request_body(range, asked.grain);
    let answer = match client.post(Rank::First, PATH, body).await {
        Ok(answer) => answer,
        Err(error) => return Ok(Err(error)),
    };
    Ok(shape.read(&answer.body, range, asked.grain).map_err(GenesysError::from))
}

/// Every interval, empty ones without an average, and all together.
fn table(report: &Report) -> String {
    let mut lines: Vec<Vec<String>> = vec![["interval", "count", "handle time s", "AHT s"].map(str::to_owned).to_vec()];
    let seconds = |ms: f64| format!("{:.1}", ms / 1_000.0);
    let line = |name: String, figures: &Interval| {
        let average = figures.average_ms().map_or_else(|| "-".to_owned(), seconds);
        vec![name, figures.count.to_string(), seconds(figures.handle_ms as f64), average]
    };
    lines.extend(report.intervals.iter().map(|(from, figures)| line(format_instant(*from), figures)));
    lines.push(line("all".to_owned(), &report.total()));
    lined_up(&lines, |column| column == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(from: Option<&str>, to: Option<&str>) -> TimeRange {
        let instant = |text: &str| parse_instant(text).unwrap();
        let asked = Asked { grain: Grain::Pt1h, from: from.map(instant), to: to.map(instant) };
        asked.range(instant("2026-01-05T10:20:00Z"))
    }

    #[test]
    fn whole_intervals_are_asked_for_and_a_day_unless_told_otherwise() {
        let said = |range: TimeRange| (format_instant(range.from), format_instant(range.to));
        let day = ("2026-01-04T10:00:00.000Z".to_owned(), "2026-01-05T11:00:00.000Z".to_owned());
        assert_eq!(said(asked(None, None)), day);
        let hours = asked(Some("2026-01-01T00:30:00Z"), Some("2026-01-01T02:00:00Z"));
        assert_eq!(said(hours), ("2026-01-01T00:00:00.000Z".to_owned(), "2026-01-01T02:00:00.000Z".to_owned()));
        assert_eq!(said(asked(Some("2026-01-01T00:00:00Z"), None)).1, "2026-01-02T00:00:00.000Z");
    }

    #[test]
    fn an_empty_interval_has_a_dash_and_the_whole_is_a_sum_over_a_sum() {
        let range = TimeRange { from: 0, to: 3 * 3_600_000 };
        let mut report = Report::empty(range, Grain::Pt1h);
        report.add(0, Interval { count: 1, handle_ms: 100_000 });
        report.add(7_200_000, Interval { count: 3, handle_ms: 900_000 });
        let text = table(&report);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[2].starts_with("1970-01-01T01:00:00.000Z") && lines[2].ends_with('-'), "{text}");
        assert!(lines[4].starts_with("all") && lines[4].ends_with("250.0"), "{text}");
    }
}
