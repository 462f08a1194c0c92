//! `handletime report --from-platform`: the platform's own interval report as a table. Edge.

use std::sync::Arc;

use anyhow::Context;
use chrono_tz::Tz;

use super::loaded::loaded;
use super::pick;
use super::report;
use super::status::ExitStatus;
use super::table::lined_up;
use crate::cli::ReportArgs;
use crate::config::Settings;
use crate::config::typed::SourceConfig;
use crate::domain::causes::causes;
use crate::domain::interval::{Grain, interval_at, local_start};
use crate::domain::time::{DAY_MS, InstantMs, TimeRange, format_instant, parse_instant};
use crate::genesys::aggregates::ask::Aggregates;
use crate::genesys::aggregates::by_interval::{Cut, Interval, Report};
use crate::genesys::aggregates::refusal;
use crate::genesys::client::GenesysClient;
use crate::genesys::error::GenesysError;
use crate::genesys::insist::Insistence;
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
    let chosen = pick::source(&settings, args.pipeline.as_deref())
        .and_then(|source| Ok((source, asked(args, zone_of(&settings, source))?)));
    let (source, asked) = match chosen {
        Ok(chosen) => chosen,
        Err(error) => {
            eprintln!("handletime: {error:#}");
            return Ok(ExitStatus::Usage);
        }
    };
    match ask(source, &asked, Insistence::default()).await? {
        Ok(report) => {
            print!("{}", table(&report, &asked));
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
    zone: Tz,
    from: Option<InstantMs>,
    to: Option<InstantMs>,
}

/// The zone of the pipeline's rows; UTC where the settings file has no processor for it.
fn zone_of(settings: &Settings, source: &SourceConfig) -> Tz {
    let processor = settings.processors.iter().find(|one| one.pipeline == source.pipeline);
    processor.map_or(Tz::UTC, |processor| processor.rules.zone)
}

fn asked(args: &ReportArgs, zone: Tz) -> anyhow::Result<Asked> {
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
    Ok(Asked { grain, zone: report::zone(args)?.unwrap_or(zone), from, to })
}

impl Asked {
    /// The whole intervals that hold what is asked for: the platform counts its intervals from the range's start.
    fn cut(&self, now: InstantMs) -> Cut {
        let to = self.to.unwrap_or_else(|| self.from.map_or(now, |from| from + DAY_MS));
        let from = self.from.unwrap_or(to - DAY_MS);
        let whole = |at: InstantMs| interval_at(at, self.grain, self.zone);
        Cut { range: TimeRange { from: whole(from).from, to: whole(to - 1).to }, grain: self.grain, zone: self.zone }
    }

    /// How an interval is called: days by their local time.
    fn name(&self, from: InstantMs) -> String {
        match self.grain {
            Grain::P1d => local_start(from, self.zone).text,
            _ => format_instant(from),
        }
    }
}

/// Asks for the report, with the patience of a source.
async fn ask(
    source: &SourceConfig,
    asked: &Asked,
    insistence: Insistence,
) -> anyhow::Result<Result<Report, GenesysError>> {
    let client = Arc::new(GenesysClient::new(source)?);
    // Also tells what time it is there.
    if let Err(error) = insistence.on(|| client.log_in()).await {
        return Ok(Err(error));
    }
    let cut = asked.cut(client.now());
    Ok(Aggregates::new(client, source, Rank::First).insisting(insistence).report(cut).await)
}

/// Every interval, empty ones without an average, and all together.
fn table(report: &Report, asked: &Asked) -> String {
    let mut lines: Vec<Vec<String>> = vec![["interval", "count", "handle time s", "AHT s"].map(str::to_owned).to_vec()];
    let seconds = |ms: f64| format!("{:.1}", ms / 1_000.0);
    let line = |name: String, figures: &Interval| {
        let average = figures.average_ms().map_or_else(|| "-".to_owned(), seconds);
        vec![name, figures.count.to_string(), seconds(figures.handle_ms as f64), average]
    };
    lines.extend(report.intervals.iter().map(|(from, figures)| line(asked.name(*from), figures)));
    lines.push(line("all".to_owned(), &report.total()));
    lined_up(&lines, |column| column == 0)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};
    use crate::genesys::fixture::{Reaction, Server, ok};
    use crate::genesys::quota::Backoff;

    fn args(words: &[&str]) -> Result<ReportArgs, clap::Error> {
        let words = ["handletime", "report", "-c", "file.toml"].iter().chain(words);
        match Cli::try_parse_from(words)?.command {
            Command::Report(args) => Ok(args),
            other => panic!("{other:?}"),
        }
    }

    fn hours(from: Option<&str>, to: Option<&str>) -> Asked {
        let instant = |text: &str| parse_instant(text).unwrap();
        Asked { grain: Grain::Pt1h, zone: Tz::UTC, from: from.map(instant), to: to.map(instant) }
    }

    fn range(asked: &Asked) -> (String, String) {
        let TimeRange { from, to } = asked.cut(parse_instant("2026-01-05T10:20:00Z").unwrap()).range;
        (format_instant(from), format_instant(to))
    }

    #[test]
    fn whole_intervals_are_asked_for_and_a_day_unless_told_otherwise() {
        let day = ("2026-01-04T10:00:00.000Z".to_owned(), "2026-01-05T11:00:00.000Z".to_owned());
        assert_eq!(range(&hours(None, None)), day);
        let two = hours(Some("2026-01-01T00:30:00Z"), Some("2026-01-01T02:00:00Z"));
        assert_eq!(range(&two), ("2026-01-01T00:00:00.000Z".to_owned(), "2026-01-01T02:00:00.000Z".to_owned()));
        assert_eq!(range(&hours(Some("2026-01-01T00:00:00Z"), None)).1, "2026-01-02T00:00:00.000Z");
    }

    #[test]
    fn days_are_those_of_the_zone_that_is_given_else_of_the_pipeline() {
        let words =
            ["--from-platform", "--grain", "p1d", "--from", "2024-11-03T12:00:00Z", "--to", "2024-11-03T13:00:00Z"];
        let long_day = ("2024-11-03T04:00:00.000Z".to_owned(), "2024-11-04T05:00:00.000Z".to_owned());
        let of_pipeline = asked(&args(&words).unwrap(), Tz::America__New_York).unwrap();
        assert_eq!(range(&of_pipeline), long_day);
        let given: Vec<&str> = words.into_iter().chain(["--zone", "Asia/Kolkata"]).collect();
        let given = asked(&args(&given).unwrap(), Tz::America__New_York).unwrap();
        assert_eq!(range(&given), ("2024-11-02T18:30:00.000Z".to_owned(), "2024-11-03T18:30:00.000Z".to_owned()));
        let mut report = Report::empty(of_pipeline.cut(0));
        report.add(parse_instant("2024-11-04T04:59:00Z").unwrap(), Interval { count: 1, handle_ms: 1_000 });
        let text = table(&report, &of_pipeline);
        assert!(text.lines().nth(1).unwrap().starts_with("2024-11-03T00:00:00-04:00  "), "{text}");
        let wrong: Vec<&str> = words.into_iter().chain(["--zone", "Atlantis"]).collect();
        assert!(asked(&args(&wrong).unwrap(), Tz::UTC).err().unwrap().to_string().contains("Atlantis"));
        assert!(args(&["--zone", "UTC"]).is_err(), "rows have the zone of their rules");
        assert!(args(&["--zone", "UTC", "--repeat-contacts", "7"]).is_ok());
    }

    #[test]
    fn an_empty_interval_has_a_dash_and_the_whole_is_a_sum_over_a_sum() {
        let asked = hours(None, None);
        let mut report = Report::empty(Cut { range: TimeRange { from: 0, to: 3 * 3_600_000 }, ..asked.cut(0) });
        report.add(0, Interval { count: 1, handle_ms: 100_000 });
        report.add(7_200_000, Interval { count: 3, handle_ms: 900_000 });
        let text = table(&report, &asked);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[2].starts_with("1970-01-01T01:00:00.000Z") && lines[2].ends_with('-'), "{text}");
        assert!(lines[4].starts_with("all") && lines[4].ends_with("250.0"), "{text}");
    }

    #[tokio::test]
    async fn a_limited_rate_is_waited_for_and_a_refusal_is_not() {
        let asked_for = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&asked_for);
        let server = Server::start(move |_| match counted.fetch_add(1, Ordering::SeqCst) {
            0 => Reaction::Status(429, Some(("retry-after", "1".to_owned())), "{}".to_owned()),
            1 => Reaction::Status(503, None, "{}".to_owned()),
            _ => ok(r#"{"results":[]}"#),
        })
        .await;
        let began = std::time::Instant::now();
        let soon = Insistence::with_backoff(Backoff { first_ms: 1, most_ms: 1 });
        let report = ask(&server.config(), &hours(None, None), soon).await.unwrap().unwrap();
        assert_eq!((report.total(), asked_for.load(Ordering::SeqCst)), (Interval::default(), 3));
        assert!(1_000 <= began.elapsed().as_millis(), "the platform asked for a second");
        let server = Server::start(|_| Reaction::Status(403, None, "{}".to_owned())).await;
        let refused = ask(&server.config(), &hours(None, None), soon).await.unwrap().unwrap_err();
        assert!(refusal::advice(&refused).unwrap().contains("permission"));
    }

    #[tokio::test]
    async fn a_platform_that_is_not_there_is_told_with_the_settings_that_say_where_it_is() {
        let soon = Insistence::with_backoff(Backoff { first_ms: 1, most_ms: 1 });
        let away =
            ask(&crate::genesys::fixture::offline_config(), &hours(None, None), soon).await.unwrap().unwrap_err();
        assert_eq!(refusal::advice(&away).as_deref(), Some(crate::genesys::way_out::NOT_REACHED));
        assert!(crate::genesys::way_out::NOT_REACHED.contains("genesys.api.url"));
    }
}
