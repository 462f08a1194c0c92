//! Which of a settings file's sources a command is about. Pure.

use anyhow::Context;

use crate::config::Settings;
use crate::config::typed::SourceConfig;

/// The source of a pipeline; the only one when none is named.
///
/// # Errors
/// A sentence for the user: there is none, or several.
pub fn source<'a>(settings: &'a Settings, pipeline: Option<&str>) -> anyhow::Result<&'a SourceConfig> {
    let known = || settings.sources.iter().map(|one| one.pipeline.as_str()).collect::<Vec<_>>().join(", ");
    match (pipeline, settings.sources.as_slice()) {
        (_, []) => anyhow::bail!("the settings file has no GenesysSource"),
        (None, [only]) => Ok(only),
        (None, _) => anyhow::bail!("--pipeline must say which source: {}", known()),
        (Some(pipeline), all) => all
            .iter()
            .find(|one| one.pipeline == pipeline)
            .with_context(|| format!("no source has pipeline.name {pipeline}; there are {}", known())),
    }
}
