//! The settings of connectors as maps, checked and typed as those of a file are. Edge: placeholders are looked up.

use crate::config::file::resolve;
use crate::config::parse::{self, Settings};
use crate::config::placeholder;
use crate::config::problem::{Problem, Problems};
use crate::config::secret::Secret;
use crate::config::section::{Entry, File, Section};
use crate::connect::entities::ConnectorConfig;
use crate::connect::plugins;

/// Settings that every connector has, and that say nothing to it.
const NAME: &str = "name";

/// The table of a settings file that says what the map does.
#[must_use]
pub fn section_of(name: &str, config: &ConnectorConfig, problems: &mut Vec<Problem>) -> Section {
    let title = format!("[connectors.{name}]");
    let mut section = Section { name: name.to_owned(), title: title.clone(), ..Section::default() };
    for (key, written) in config.iter().filter(|(key, _)| *key != NAME) {
        let resolved = match placeholder::expand(written, &resolve) {
            Ok(resolved) => Some(Secret::read_through(resolved, written)),
            Err(causes) => {
                problems.extend(causes.into_iter().map(|text| Problem {
                    key: key.clone(),
                    place: title.clone(),
                    line: 0,
                    text,
                }));
                None
            }
        };
        // Classes have several names here, and one in the checks.
        let class = (key == plugins::CLASS).then(|| plugins::class_of(written)).flatten();
        let (written, resolved) = match class {
            Some(class) => (class.word().to_owned(), Some(Secret::new(class.word().to_owned()))),
            None => (written.clone(), resolved),
        };
        section.entries.push(Entry { key: key.clone(), line: 0, written, resolved });
    }
    section
}

/// The typed settings of these connectors, which see each other.
///
/// # Errors
/// All problems of them together.
pub fn settings_of(worker: &Section, connectors: &[(&str, &ConnectorConfig)]) -> Result<Settings, Problems> {
    let mut problems = Vec::new();
    let sections = connectors.iter().map(|(name, config)| section_of(name, config, &mut problems)).collect();
    let file = File {
        name: "the connector's settings".to_owned(),
        is_whole: true,
        worker: Some(worker.clone()),
        connectors: sections,
    };
    parse::settings(&file, problems)
}
