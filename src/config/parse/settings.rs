//! A whole settings file to the typed settings, or to all of its problems. Pure.

use std::collections::BTreeMap;

use super::{pipelines, processor, source, worker};
use crate::config::nearest::nearest;
use crate::config::problem::{Problem, Problems};
use crate::config::secret::Secret;
use crate::config::section::{Entry, File, Section};
use crate::config::tables::class::{Class, NOT_BUILT};
use crate::config::typed::{ProcessorConfig, RulesConfig, SourceConfig, WorkerConfig};
use crate::config::values::{MISSING, Values};

const CLASS: &str = "connector.class";

/// The checked settings of a process.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// What all connectors share.
    pub worker: WorkerConfig,
    /// The sources, in the file's order.
    pub sources: Vec<SourceConfig>,
    /// The processors, in the file's order.
    pub processors: Vec<ProcessorConfig>,
}

/// The typed settings of a file; `problems` are those that reading it met.
///
/// # Errors
/// All problems of the file together, those included.
pub fn settings(file: &File, mut problems: Vec<Problem>) -> Result<Settings, Problems> {
    if !file.is_whole {
        return Err(Problems::new(&file.name, problems));
    }
    let section = worker_section(file);
    let worker = worker::check(&section, &mut problems);
    let (mut sources, mut processors) = (Vec::new(), Vec::new());
    for section in &file.connectors {
        let Some(class) = class_of(section, &mut problems) else { continue };
        let values = Values::check(section, class.table(), &mut problems);
        match class {
            Class::GenesysSource => {
                source::check(&values, &mut problems);
                sources.push(values);
            }
            Class::HandleTimeProcessor => {
                processor::check(&values, &mut problems);
                processors.push(values);
            }
        }
    }
    if file.connectors.is_empty() {
        let text = "has no connector; add a table [connectors.NAME] with its connector.class";
        problems.push(Problem { key: String::new(), place: String::new(), line: 0, text: text.to_owned() });
    }
    pipelines::check(&sources, &processors, &mut problems);
    forget_misplaced(&mut problems);
    refuse_if_any(&file.name, problems)?;
    Ok(Settings {
        worker: worker::build(&worker).ok_or_else(|| unread(&file.name, &section))?,
        sources: sources
            .iter()
            .map(|values| {
                let lengths = pipelines::lengths(values, &processors);
                let config = lengths.and_then(|lengths| source::build(values, lengths));
                config.ok_or_else(|| unread(&file.name, values.section()))
            })
            .collect::<Result<_, _>>()?,
        processors: processors
            .iter()
            .map(|values| processor::build(values).ok_or_else(|| unread(&file.name, values.section())))
            .collect::<Result<_, _>>()?,
    })
}

/// The typed settings of `[worker]` alone; `problems` are those that reading it met.
///
/// # Errors
/// All problems of `[worker]` together, those included.
pub fn worker_alone(file: &File, mut problems: Vec<Problem>) -> Result<WorkerConfig, Problems> {
    if !file.is_whole {
        return Err(Problems::new(&file.name, problems));
    }
    let section = worker_section(file);
    let values = worker::check(&section, &mut problems);
    refuse_if_any(&file.name, problems)?;
    worker::build(&values).ok_or_else(|| unread(&file.name, &section))
}

/// The rules that these settings of a processor give, all others at their defaults.
///
/// # Errors
/// All problems of the settings together.
pub fn rules_of(pairs: &BTreeMap<String, String>) -> Result<RulesConfig, Problems> {
    let name = "the rules";
    let mut section = Section { name: name.to_owned(), ..Section::default() };
    let class = (CLASS.to_owned(), Class::HandleTimeProcessor.word().to_owned());
    for (key, value) in pairs.clone().into_iter().chain([class]) {
        section.entries.push(Entry { key, line: 0, resolved: Some(Secret::new(value.clone())), written: value });
    }
    let mut problems = Vec::new();
    let values = Values::check(&section, Class::HandleTimeProcessor.table(), &mut problems);
    processor::check(&values, &mut problems);
    refuse_if_any(name, problems)?;
    processor::rules(&values).ok_or_else(|| unread(name, &section))
}

/// What is wrong with the settings of one connector of that class, taken by itself: not with what several connectors say
/// against each other.
#[must_use]
pub fn problems_of(section: &Section, class: Class) -> Vec<Problem> {
    let mut problems = Vec::new();
    let values = Values::check(section, class.table(), &mut problems);
    match class {
        Class::GenesysSource => source::check(&values, &mut problems),
        Class::HandleTimeProcessor => processor::check(&values, &mut problems),
    }
    problems
}

/// A setting that stands in the wrong table is told there: that the right one lacks it would tell the same again.
fn forget_misplaced(problems: &mut Vec<Problem>) {
    let is_missing = |problem: &Problem| problem.text.starts_with(MISSING);
    let told: Vec<String> =
        problems.iter().filter(|problem| !is_missing(problem)).map(|problem| problem.key.clone()).collect();
    problems.retain(|problem| !is_missing(problem) || !told.contains(&problem.key));
}

fn refuse_if_any(file: &str, problems: Vec<Problem>) -> Result<(), Problems> {
    if problems.is_empty() { Ok(()) } else { Err(Problems::new(file, problems)) }
}

/// A fault of this program, not of the file: a table declares what its reader cannot read.
fn unread(file: &str, section: &Section) -> Problems {
    let text = "could not be read although each setting is sound: a fault of the program".to_owned();
    Problems::new(file, vec![Problem { key: String::new(), place: section.title.clone(), line: section.line, text }])
}

/// `[worker]`, or an empty one that lacks all that is required.
fn worker_section(file: &File) -> Section {
    let absent = || Section { name: "worker".to_owned(), title: "[worker]".to_owned(), ..Section::default() };
    file.worker.clone().unwrap_or_else(absent)
}

fn class_of(section: &Section, problems: &mut Vec<Problem>) -> Option<Class> {
    let known = Class::ALL.map(Class::word);
    let Some(entry) = section.entry(CLASS) else {
        let text = format!("{MISSING}; say one of {}", known.join(", "));
        problems.push(Problem { key: CLASS.to_owned(), place: section.title.clone(), line: section.line, text });
        return None;
    };
    let word = entry.resolved.as_ref()?.reveal().trim();
    let class = Class::from_word(word);
    if class.is_none() {
        let shown = entry.shown(false);
        let text = if NOT_BUILT.contains(&word) {
            format!("\"{shown}\" is not supported by this version; it has {}", known.join(", "))
        } else if let Some(meant) = nearest(word, known.into_iter()) {
            format!("is \"{shown}\", which is no connector; did you mean {meant}")
        } else {
            format!("is \"{shown}\"; must be one of {}", known.join(", "))
        };
        problems.push(Problem { key: CLASS.to_owned(), place: section.title.clone(), line: entry.line, text });
    }
    class
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::placeholder::Reference;
    use crate::config::toml_text;
    use crate::domain::media::Dialect;

    const WORKER: &str = "[worker]\nbootstrap.servers = \"a:9092\"\n";
    const PROCESSOR: &str = "[connectors.kpi]\nconnector.class = \"HandleTimeProcessor\"\n";

    fn source(name: &str, more: &str) -> String {
        format!(
            "[connectors.{name}]\nconnector.class = \"GenesysSource\"\ngenesys.api.url = \"http://127.0.0.1:9080\"\n\
             genesys.client.id = \"me\"\ngenesys.client.secret = \"${{env:SECRET}}\"\ngenesys.org.id = \"acme\"\n\
             extract.start = \"2026-01-01T00:00:00Z\"\n{more}\n"
        )
    }

    fn parsed(text: &str) -> Result<Settings, Problems> {
        let lookup = |reference: &Reference| match reference {
            Reference::Env { name } if name == "SECRET" => Ok("hunter2".to_owned()),
            _ => Err("it is not set".to_owned()),
        };
        let mut problems = Vec::new();
        let file = toml_text::read("x.toml", text, &lookup, &mut problems);
        settings(&file, problems)
    }

    fn refused(text: &str) -> Vec<String> {
        parsed(text).unwrap_err().list().iter().map(|problem| format!("{}: {}", problem.key, problem.text)).collect()
    }

    /// The only problem of the file, which has this key and this in its text.
    fn assert_refused(text: &str, key: &str, part: &str) {
        let found = refused(text);
        assert!(found.len() == 1 && found[0].starts_with(&format!("{key}: ")) && found[0].contains(part), "{found:?}");
    }

    #[test]
    fn what_is_not_said_has_its_default() {
        let settings = parsed(&format!("{WORKER}{}{PROCESSOR}", source("s", ""))).unwrap();
        let (worker, source, processor) = (&settings.worker, &settings.sources[0], &settings.processors[0]);
        assert_eq!((worker.topic_prefix.as_str(), worker.topics_partitions), ("handletime.", 4));
        assert_eq!((source.dialect, source.freshness_delay_ms), (Dialect::InteractionDetails, 30_000));
        assert_eq!(source.login_url, source.api_url);
        assert_eq!(source.revisit_ms, [300_000, 900_000, 3_600_000, 90_000_000, 262_800_000]);
        assert_eq!((source.extract_end, source.status_filter.as_deref(), source.retries_max), (None, None, 10));
        assert_eq!(processor.rules, rules_of(&BTreeMap::new()).unwrap());
        assert_eq!(processor.rules.weht_tiers_milli, [1_000, 1_200, 1_000, 1_500]);
        assert_eq!((processor.pipeline.as_str(), processor.tasks_max), ("default", 2));
    }

    #[test]
    fn everything_wrong_is_reported_together_in_the_order_of_the_file() {
        let text = "[worker]\ntopics.partitions = 0\nkafka.group.id = \"g\"\n[connectors.s]\nconnector.class = \
                    \"GenesysSource\"\ngenesys.client.secret = \"${env:NOBODY}\"\nextract.start = \"yesterday\"\n\
                    [connectors.k]\nconnector.class = \"HandleTimeProcesor\"\n";
        let problems = parsed(text).unwrap_err();
        let keys: Vec<(usize, &str)> =
            problems.list().iter().map(|problem| (problem.line, problem.key.as_str())).collect();
        assert_eq!(
            keys,
            [
                (1, "bootstrap.servers"),
                (2, "topics.partitions"),
                (3, "kafka.group.id"),
                (4, "genesys.api.url"),
                (4, "genesys.client.id"),
                (4, "genesys.org.id"),
                (6, "genesys.client.secret"),
                (7, "extract.start"),
                (9, "connector.class"),
            ],
            "{problems}"
        );
    }

    #[test]
    fn a_file_that_is_not_toml_tells_only_that() {
        let found = refused("[worker]\nbootstrap.servers = \n");
        assert!(found.len() == 1 && found[0].contains("is not TOML"), "{found:?}");
    }

    #[test]
    fn region_and_address_exclude_each_other_and_one_is_needed() {
        assert_refused(
            &format!("{WORKER}{}", source("s", "genesys.region = \"eu-west-1\"")),
            "genesys.region",
            "contradicts",
        );
        let neither = source("s", "").replace("genesys.api.url = \"http://127.0.0.1:9080\"\n", "");
        assert_refused(&format!("{WORKER}{neither}"), "genesys.api.url", "is missing");
        let region = format!("{WORKER}{neither}genesys.region = \"eu-west-1\"\n");
        let source = parsed(&region).unwrap().sources.remove(0);
        assert_eq!(source.api_url.as_str(), "https://api.mypurecloud.ie/");
        assert_eq!(source.login_url.as_str(), "https://login.mypurecloud.ie/");
    }

    #[test]
    fn a_range_ends_after_its_start() {
        let text = format!("{WORKER}{}", source("s", "extract.end = \"2026-01-01T01:00:00+01:00\""));
        assert_refused(&text, "extract.end", "must be later than extract.start, which is 2026-01-01T00:00:00Z");
    }

    #[test]
    fn the_horizon_exceeds_revisit_slice_and_delay() {
        let with = |horizon: i64| {
            let ages = source(
                "s",
                "extract.revisit.ms = \"1000,5000\"\nextract.slice.ms = 2000\nextract.freshness.delay.ms = 10",
            );
            format!(
                "{WORKER}{ages}{PROCESSOR}kpi.settling.ms = 0\nkpi.grace.ms = 0\nkpi.lateness.horizon.ms = {horizon}\n"
            )
        };
        assert_refused(&with(7_010), "kpi.lateness.horizon.ms", "must exceed 7010");
        assert!(parsed(&with(7_011)).is_ok());
    }

    #[test]
    fn grace_and_settling_lie_within_the_horizon() {
        let with = |setting: &str| format!("{WORKER}{PROCESSOR}{setting}\n");
        assert_refused(&with("kpi.grace.ms = 432000001"), "kpi.grace.ms", "must not exceed kpi.lateness.horizon.ms");
        assert_refused(&with("kpi.settling.ms = 432000000"), "kpi.settling.ms", "must be less than");
    }

    #[test]
    fn nothing_is_voice_and_digital_or_included_and_excluded() {
        let with = |setting: &str| format!("{WORKER}{PROCESSOR}{setting}\n");
        assert_refused(&with("kpi.media.voice = \"voice,chat\""), "kpi.media.voice", "\"chat\" is in both");
        assert_refused(
            &with("kpi.included.queues = \"Sales,QA_Review\""),
            "kpi.included.queues",
            "\"QA_Review\" is in both",
        );
    }

    #[test]
    fn a_pipeline_has_one_source_and_one_processor() {
        let two = format!("{WORKER}{}{}", source("a", ""), source("b", ""));
        assert_refused(&two, "pipeline.name", "\"default\" has a source already, [connectors.a]");
        let two = format!("{WORKER}{PROCESSOR}{}", PROCESSOR.replace("kpi]", "kpi2]"));
        assert_refused(&two, "pipeline.name", "has a processor already, [connectors.kpi]");
    }

    #[test]
    fn a_source_and_a_processor_that_miss_each_other_are_a_contradiction() {
        let text = format!("{WORKER}{}{PROCESSOR}", source("s", "pipeline.name = \"history\""));
        assert_refused(&text, "pipeline.name", "which no source of the file has, while [connectors.s] has \"history\"");
    }

    #[test]
    fn the_source_takes_the_longest_leg_from_its_processor() {
        let text = format!("{WORKER}{}{PROCESSOR}kpi.leg.length.ms.max = 7\n", source("s", ""));
        assert_eq!(parsed(&text).unwrap().sources[0].leg_length_ms_max, 7);
        let text = text.replacen("genesys.client.id", "kpi.leg.length.ms.max = 8\ngenesys.client.id", 1);
        assert_refused(&text, "kpi.leg.length.ms.max", "is 8, but 7 in [connectors.kpi]");
    }

    #[test]
    fn the_source_takes_the_horizon_from_its_processor() {
        let text = format!("{WORKER}{}{PROCESSOR}kpi.lateness.horizon.ms = 400000000\n", source("s", ""));
        assert_eq!(parsed(&text).unwrap().sources[0].horizon_ms, 400_000_000);
        let text = text.replacen("genesys.client.id", "kpi.lateness.horizon.ms = 8\ngenesys.client.id", 1);
        assert_refused(&text, "kpi.lateness.horizon.ms", "is 8, but 400000000 in [connectors.kpi]");
    }

    #[test]
    fn a_connector_needs_a_class_that_there_is() {
        assert_refused(WORKER, "", "has no connector");
        let with = |class: &str| format!("{WORKER}[connectors.x]\nconnector.class = \"{class}\"\n");
        assert_refused(&with("GenesysSorce"), "connector.class", "did you mean GenesysSource");
        assert_refused(&with("PostgresSink"), "connector.class", "\"PostgresSink\" is not supported by this version");
        assert_refused(
            &format!("{WORKER}[connectors.x]\nkpi.zone = \"UTC\"\n"),
            "connector.class",
            "is missing; say one of",
        );
    }

    #[test]
    fn no_debug_or_display_shows_a_secret() {
        let plain = source("s", "").replace("${env:SECRET}", "hunter2");
        let text = format!("{WORKER}kafka.log.level = \"hunter2\"\n{plain}{PROCESSOR}");
        let mut problems = Vec::new();
        let file = toml_text::read("x.toml", &text, &|_| Err(String::new()), &mut problems);
        let settings = settings(&file, problems).unwrap();
        assert_eq!(settings.sources[0].client_secret.reveal(), "hunter2");
        assert_eq!(settings.worker.kafka["log.level"], "hunter2");
        let shown = format!("{file:?}{file:#?}{settings:?}{settings:#?}");
        assert!(!shown.contains("hunter2"), "{shown}");
        let empty = text.replacen("secret = \"hunter2\"", "secret = \"\"", 1).replacen("client.id", "client.secred", 1);
        let found = parsed(&empty).unwrap_err();
        assert!(!format!("{found}{found:?}").contains("hunter2"));
    }

    #[test]
    fn the_rules_of_a_request_are_checked_like_those_of_a_file() {
        let pairs =
            BTreeMap::from([("kpi.zone".to_owned(), "Mars".to_owned()), ("kpi.zones".to_owned(), "x".to_owned())]);
        assert_eq!(rules_of(&pairs).unwrap_err().list().len(), 2);
    }
}
