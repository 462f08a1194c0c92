//! Which rules hold after a replay. Pure.

use crate::config::canonical::differing_keys;
use crate::domain::progress::Progress;
use crate::domain::time::{InstantMs, format_instant};
use crate::topology::rules_history::unchangeable;
use crate::topology::setup::TaskSetup;

/// Why a replay is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RulesRefused {
    /// Rows after the end would be of other rules than those within, and nothing could say so.
    #[error("the settings {keys} have changed, so the rows are to be rebuilt up to the last one: leave --to out")]
    EndsEarly {
        /// The settings that differ.
        keys: String,
    },
    /// These settings cannot change from a day on.
    #[error("the settings {keys} decide which rows there are, so all rows are to be rebuilt: leave --from out")]
    Shape {
        /// Those that do.
        keys: String,
    },
    /// There would be three rules.
    #[error(
        "the rules changed at {} already, and what was before that can still be corrected: begin there or earlier",
        format_instant(*.changed_at)
    )]
    ThirdRules {
        /// The midnight of the last change.
        changed_at: InstantMs,
    },
    /// Topics would change their meaning.
    #[error("kpi.attribution has changed, which names the topics; use another topic.prefix")]
    Attribution,
}

/// The progress of a task with the rules of the settings: since ever, or from `from` on. Equal rules stay as they are.
///
/// # Errors
/// As [`RulesRefused`] says.
pub fn with_rules(
    mut progress: Progress,
    setup: &TaskSetup,
    from: Option<InstantMs>,
    to: Option<InstantMs>,
) -> Result<Progress, RulesRefused> {
    if progress.rules_version == setup.rules.version {
        return Ok(progress);
    }
    let keys = differing_keys(&progress.rules_text, &setup.rules.text);
    if keys.iter().any(|key| key == "kpi.attribution") {
        return Err(RulesRefused::Attribution);
    }
    if to.is_some() {
        return Err(RulesRefused::EndsEarly { keys: keys.join(", ") });
    }
    let before = std::mem::replace(&mut progress.rules_text, setup.rules.text.clone());
    progress.rules_version.clone_from(&setup.rules.version);
    let Some(from) = from else {
        (progress.previous_rules_text, progress.rules_changed_at) = (None, None);
        return Ok(progress);
    };
    let shape = unchangeable(&keys);
    if !shape.is_empty() {
        return Err(RulesRefused::Shape { keys: shape.join(", ") });
    }
    match progress.rules_changed_at {
        Some(changed_at) if changed_at < from => return Err(RulesRefused::ThirdRules { changed_at }),
        // What held before that change holds before this one, which takes its place.
        Some(_) => {}
        None => progress.previous_rules_text = Some(before),
    }
    progress.rules_changed_at = Some(from);
    Ok(progress)
}
