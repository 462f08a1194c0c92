//! What the README and the documents beside it tell people to write: settings are sound, commands are understood, and the
//! settings that they name exist. Edge: reads the documents.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Parser;

use crate::cli::{Cli, Command, SimulatedDialect};
use crate::config::placeholder::Reference;
use crate::config::section::File;
use crate::config::tables::class::Class;
use crate::config::tables::worker;
use crate::config::{Problem, Problems, Settings, parse, toml_text};

fn documents() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = std::fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    docs.filter(|path| path.extension().is_some_and(|ending| ending == "md")).chain([root.join("README.md")]).collect()
}

fn readme() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

/// The blocks of a document that say that they are `language`.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let parts = text.split("\n```").skip(1).step_by(2);
    let of_language = parts.filter_map(|part| part.split_once('\n').filter(|(said, _)| *said == language));
    of_language.map(|(_, block)| block.to_owned()).collect()
}

fn settings(text: &str) -> Result<Settings, Problems> {
    let (file, problems) = read(text);
    parse::settings(&file, problems)
}

fn read(text: &str) -> (File, Vec<Problem>) {
    let lookup = |_: &Reference| Ok("something that is long".to_owned());
    let mut problems = Vec::new();
    let file = toml_text::read("the document", text, &lookup, &mut problems);
    (file, problems)
}

/// A file for `handletime worker` has no connectors; any other has some.
fn is_sound(text: &str) -> Result<(), Problems> {
    let (file, problems) = read(text);
    match parse::worker_alone(&file, problems.clone()) {
        Ok(worker) if worker.group_id.is_some() && file.connectors.is_empty() => Ok(()),
        _ => parse::settings(&file, problems).map(drop),
    }
}

#[test]
fn every_settings_file_of_a_document_is_sound() {
    let mut files = 0;
    for path in documents() {
        for block in blocks(&std::fs::read_to_string(&path).unwrap(), "toml") {
            files += 1;
            if let Err(problems) = is_sound(&block) {
                panic!("{}: {problems}\n{block}", path.display());
            }
        }
    }
    assert!(0 < files);
}

#[test]
fn the_least_settings_of_each_dialect_are_sound_with_and_without_what_stands_beside_it() {
    let text = readme();
    let [block] = blocks(&text, "toml").try_into().unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `")).filter_map(|line| line.split_once("` |"));
    for dialect in SimulatedDialect::ALL.map(SimulatedDialect::word) {
        let with = |more: &str| {
            let own = format!("genesys.dialect = \"{dialect}\"\n{more}");
            let file = block.replace("genesys.dialect = \"conversation-details\"\n", &own);
            let settings = settings(&file).unwrap_or_else(|problems| panic!("{problems}\n{file}"));
            assert_eq!(settings.sources[0].dialect.word(), dialect, "{file}");
        };
        with("");
        let mut of_dialect = rows.clone().filter(|(word, _)| *word == dialect);
        let (_, cells) = of_dialect.next().unwrap_or_else(|| panic!("the README has no line of {dialect}"));
        // Each in backticks, in the first cell behind the dialect.
        let cell = cells.split('|').next().unwrap_or_default();
        for setting in cell.split('`').skip(1).step_by(2) {
            with(&format!("{setting}\n"));
        }
    }
}

#[test]
fn every_command_of_a_document_is_understood() {
    let mut simulated = BTreeSet::new();
    for path in documents() {
        let text = std::fs::read_to_string(&path).unwrap();
        let lines = blocks(&text, "sh").into_iter().chain(blocks(&text, "text"));
        for line in lines.flat_map(|block| block.lines().map(str::to_owned).collect::<Vec<_>>()) {
            let line = line.trim_start_matches("$ ").replace("cargo run --release -- ", "handletime ");
            let line = line.trim_start_matches("./target/release/");
            let Some(arguments) = line.strip_prefix("handletime ") else { continue };
            let words = arguments.split_whitespace().take_while(|word| !word.starts_with(['#', '&', '|', '>']));
            let words = words.map(|word| if word == "T" { "2026-01-01T00:00:00Z" } else { word });
            let parsed = Cli::try_parse_from(["handletime"].into_iter().chain(words));
            match parsed.unwrap_or_else(|error| panic!("{}: {line}: {error}", path.display())).command {
                Command::Simulate(args) => simulated.insert(args.dialect.word()),
                _ => false,
            };
        }
    }
    assert!(!simulated.is_empty());
}

#[test]
fn every_setting_that_a_document_names_exists() {
    let tables = [worker::TABLE].into_iter().chain(Class::ALL.map(Class::table));
    let known: Vec<_> = tables.flatten().collect();
    let beginnings = ["extract.", "genesys.", "kpi.", "privacy.", "quota.", "reconcile.", "reference.", "topics."];
    // Topics are called like settings.
    let topics = ["kpi.agent", "kpi.agent-total", "kpi.org", "kpi.org-total", "kpi.queue", "kpi.custom", "reference."];
    let mut named = 0;
    for path in documents() {
        let text = std::fs::read_to_string(&path).unwrap();
        for word in text.split('`').skip(1).step_by(2) {
            let key = word.split([' ', '=']).next().unwrap_or_default();
            let is_key = key.chars().all(|letter| letter.is_ascii_lowercase() || letter == '.');
            let is_topic = topics.iter().any(|topic| key.starts_with(topic)) && !key.ends_with(".ms");
            if !is_key || key.ends_with('.') || is_topic || !beginnings.iter().any(|one| key.starts_with(one)) {
                continue;
            }
            named += 1;
            let exists = known.iter().any(|definition| definition.is_for(key));
            assert!(exists, "{}: {key} is no setting", path.display());
        }
    }
    assert!(50 < named, "{named}");
}
