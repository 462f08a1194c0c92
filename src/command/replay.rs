//! `handletime replay`: rebuilds rows by the rules of a settings file, or says what that would change. Edge.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use anyhow::Context;
use indicatif::ProgressBar;

use super::broker_failure;
use super::loaded::loaded;
use super::replay_platform;
use super::status::ExitStatus;
use crate::cli::{ReplayArgs, ReplaySource};
use crate::config::Settings;
use crate::config::typed::{ProcessorConfig, SourceConfig, WorkerConfig};
use crate::domain::interval::{day_start, local_date};
use crate::domain::time::{InstantMs, format_instant, parse_instant};
use crate::process::replay::ReplayError;
use crate::process::replay::rebuild::Readings;
use crate::process::replay::run::{self, Asked, Compared};
use crate::process::scene::Scene;
use crate::process::start;

/// Differences that are printed.
const PRINTED: usize = 20;
/// How often the spinner of a terminal moves.
const TICK: Duration = Duration::from_millis(120);

/// Runs the command.
///
/// # Errors
/// Whatever keeps it from running, with its causes.
pub async fn run(args: ReplayArgs) -> anyhow::Result<ExitStatus> {
    let settings = match loaded(&args.config) {
        Ok(settings) => settings,
        Err(status) => return Ok(status),
    };
    let (scene, mut asked, source) = match prepare(&args, &settings) {
        Ok(prepared) => prepared,
        Err(error) => {
            eprintln!("handletime: {error:#}");
            return Ok(ExitStatus::Usage);
        }
    };
    if let Some(source) = source {
        let (of, from, to) = (scene.clone(), asked.from, asked.to);
        let range = tokio::task::spawn_blocking(move || run::source_range(&of, from, to)).await;
        match range.context("looking how far the tasks are")? {
            Ok((from, to)) => asked.readings = Readings::Platform(replay_platform::read(source, from, to).await?),
            Err(error) => return refused(&settings.worker, error),
        }
    }
    let done = tokio::task::spawn_blocking(move || {
        if args.diff { compare(&scene, &asked) } else { publish(&scene, &asked, args.yes) }
    });
    done.await.context("replaying")?.or_else(|error| refused(&settings.worker, error))
}

/// The exit status of arguments that do not fit what there is; every other error is the command's own.
fn refused(worker: &WorkerConfig, error: ReplayError) -> anyhow::Result<ExitStatus> {
    if !error.is_usage() {
        return Err(broker_failure::told(worker, error));
    }
    eprintln!("handletime: {error}");
    Ok(ExitStatus::Usage)
}

/// The processor, what is asked of it, and the source whose platform is to be asked again.
fn prepare<'a>(args: &ReplayArgs, settings: &'a Settings) -> anyhow::Result<(Scene, Asked, Option<&'a SourceConfig>)> {
    let config = processor(args, settings)?;
    let zone = config.rules.zone;
    let midnight = |option: &str, text: &Option<String>| -> anyhow::Result<Option<InstantMs>> {
        let Some(text) = text else {
            return Ok(None);
        };
        let at = parse_instant(text)
            .with_context(|| format!("{option} must be an instant such as 2026-01-01T00:00:00Z: {text}"))?;
        let day = day_start(local_date(at, zone), zone);
        anyhow::ensure!(
            day == at,
            "{option} must be a midnight of kpi.zone {}, such as {}: {text}",
            zone.name(),
            format_instant(day)
        );
        Ok(Some(at))
    };
    let (from, to) = (midnight("--from", &args.from)?, midnight("--to", &args.to)?);
    let source = match args.source {
        ReplaySource::Log => None,
        ReplaySource::Platform => {
            let of = settings.sources.iter().find(|source| source.pipeline == config.pipeline);
            Some(of.with_context(|| format!("no GenesysSource has pipeline.name {}", config.pipeline))?)
        }
    };
    Ok((start::scene(&settings.worker, config), Asked { from, to, readings: Readings::Log }, source))
}

fn processor<'a>(args: &ReplayArgs, settings: &'a Settings) -> anyhow::Result<&'a ProcessorConfig> {
    let known = || settings.processors.iter().map(|one| one.pipeline.as_str()).collect::<Vec<_>>().join(", ");
    match (&args.pipeline, settings.processors.as_slice()) {
        (_, []) => anyhow::bail!("{} has no HandleTimeProcessor", args.config.display()),
        (None, [only]) => Ok(only),
        (None, _) => anyhow::bail!("--pipeline must say which processor: {}", known()),
        (Some(pipeline), all) => all
            .iter()
            .find(|one| one.pipeline == *pipeline)
            .with_context(|| format!("no processor has pipeline.name {pipeline}; there are {}", known())),
    }
}

fn compare(scene: &Scene, asked: &Asked) -> Result<ExitStatus, ReplayError> {
    let shown = Shown::new();
    let compared = run::compare(scene, asked, &mut |text| shown.say(text))?;
    shown.finish();
    print!("{}", report(&compared));
    let differing = compared.topics.values().any(|(_, rows)| !rows.is_empty());
    Ok(if differing { ExitStatus::Failure } else { ExitStatus::Success })
}

/// What differs, for people: a line a topic, then the first differences.
fn report(compared: &Compared) -> String {
    let mut text = String::new();
    for (name, (rows, differing)) in &compared.topics {
        text.push_str(&format!("{name}: {} of {rows} rows differ\n", differing.len()));
    }
    let fields =
        || compared.topics.iter().flat_map(|(name, (_, rows))| rows.iter().flatten().map(move |one| (name, one)));
    for (name, one) in fields().take(PRINTED) {
        let line =
            format!("  {name} {}: {}: published {}, rebuilt {}\n", one.key, one.field, one.published, one.rebuilt);
        text.push_str(&line);
    }
    let more = fields().count().saturating_sub(PRINTED);
    if 0 < more {
        text.push_str(&format!("  and {more} fields more\n"));
    }
    let (readings, dead) = (compared.readings, compared.dead_letters);
    text.push_str(&format!("rebuilt from {readings} readings, {dead} of them not countable\n"));
    text
}

fn publish(scene: &Scene, asked: &Asked, yes: bool) -> Result<ExitStatus, ReplayError> {
    run::check(scene, asked)?;
    if !yes && !confirmed(&scene.names.group(crate::domain::progress::Room::Legs)) {
        eprintln!("handletime: nothing was published; --yes answers the question beforehand");
        return Ok(ExitStatus::Usage);
    }
    let shown = Shown::new();
    let replayed = run::publish(scene, asked, &mut |text| shown.say(text))?;
    shown.finish();
    println!(
        "replayed from {} readings: {} interactions sent again, {} rows replaced; start the processor to publish them",
        replayed.readings, replayed.sent, replayed.replaced
    );
    Ok(ExitStatus::Success)
}

/// Asks on a terminal; elsewhere the answer is no.
fn confirmed(group: &str) -> bool {
    if !std::io::stdin().is_terminal() {
        return false;
    }
    eprint!("The processor of {group} must stay stopped until this has ended. Rebuild its rows? [y/N] ");
    let mut answer = String::new();
    let asked = std::io::stderr().flush().and_then(|()| std::io::stdin().read_line(&mut answer));
    asked.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes")
}

/// What is being done: a spinner on a terminal, plain lines elsewhere.
struct Shown {
    spinner: Option<ProgressBar>,
}

impl Shown {
    fn new() -> Shown {
        let spinner = std::io::stderr().is_terminal().then(ProgressBar::new_spinner);
        if let Some(spinner) = &spinner {
            spinner.enable_steady_tick(TICK);
        }
        Shown { spinner }
    }

    fn say(&self, text: &str) {
        match &self.spinner {
            Some(spinner) => spinner.set_message(text.to_owned()),
            None => eprintln!("{text}"),
        }
    }

    fn finish(&self) {
        if let Some(spinner) = &self.spinner {
            spinner.finish_and_clear();
        }
    }
}
