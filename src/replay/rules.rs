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
    /// Rows would have two writers, or none.
    #[error(
        "kpi.range.start or kpi.range.end has changed, and the rows of a pipeline never change hands: restore them, or use \
         another pipeline.name for other rows"
    )]
    Range,
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
    if keys.iter().any(|key| key == "kpi.range") {
        return Err(RulesRefused::Range);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::typed::{RulesChange, RulesConfig};
    use crate::domain::range::RangeDates;
    use crate::timeline::tests::{default_rules_config, rules_of};

    const FROM: InstantMs = 1_000;

    fn setup(rules: RulesConfig) -> TaskSetup {
        TaskSetup {
            rules: rules_of(rules),
            rules_change: RulesChange::Refuse,
            interactions_partitions: 1,
            contributions_partitions: 1,
            connector: "kpi".to_owned(),
        }
    }

    fn stored() -> Progress {
        setup(default_rules_config()).fresh_progress()
    }

    fn talk(talk_min_ms: i64) -> TaskSetup {
        setup(RulesConfig { talk_min_ms, ..default_rules_config() })
    }

    #[test]
    fn all_rows_get_the_new_rules_and_equal_ones_change_nothing() {
        let same = with_rules(stored(), &setup(default_rules_config()), Some(FROM), Some(2 * FROM));
        assert_eq!(same, Ok(stored()));
        let before = Progress { previous_rules_text: Some(String::new()), rules_changed_at: Some(5), ..stored() };
        let changed = with_rules(before, &talk(1), None, None).unwrap();
        assert_eq!((changed.previous_rules_text, changed.rules_changed_at), (None, None));
        assert_eq!(changed.rules_text, talk(1).rules.text);
        assert_eq!(changed.rules_version, talk(1).rules.version);
    }

    #[test]
    fn from_a_midnight_on_the_old_rules_stay_before_it_and_never_become_three() {
        let once = with_rules(stored(), &talk(1), Some(FROM), None).unwrap();
        assert_eq!((once.previous_rules_text.clone(), once.rules_changed_at), (Some(stored().rules_text), Some(FROM)));
        let later = with_rules(once.clone(), &talk(2), Some(FROM + 1), None);
        assert_eq!(later, Err(RulesRefused::ThirdRules { changed_at: FROM }));
        let earlier = with_rules(once, &talk(2), Some(FROM - 1), None).unwrap();
        assert_eq!(earlier.previous_rules_text, Some(stored().rules_text));
        assert_eq!((earlier.rules_changed_at, earlier.rules_version), (Some(FROM - 1), talk(2).rules.version));
    }

    #[test]
    fn what_would_leave_rows_of_unknown_rules_is_refused_by_name() {
        let keys = || "kpi.talk.min.ms".to_owned();
        assert_eq!(with_rules(stored(), &talk(1), None, Some(FROM)), Err(RulesRefused::EndsEarly { keys: keys() }));
        let grace = setup(RulesConfig { grace_ms: 1, ..default_rules_config() });
        let refused = with_rules(stored(), &grace, Some(FROM), None);
        assert_eq!(refused, Err(RulesRefused::Shape { keys: "kpi.grace.ms".to_owned() }));
        assert!(with_rules(stored(), &grace, None, None).is_ok());
        let attribution = vec![crate::domain::attribution::Basis::Completion];
        let renamed = setup(RulesConfig { attribution, ..default_rules_config() });
        assert_eq!(with_rules(stored(), &renamed, None, None), Err(RulesRefused::Attribution));
        let range = RangeDates { start: None, end: "2026-01-01".parse().ok() };
        let other_rows = setup(RulesConfig { range, ..default_rules_config() });
        assert_eq!(with_rules(stored(), &other_rows, None, None), Err(RulesRefused::Range));
    }
}
