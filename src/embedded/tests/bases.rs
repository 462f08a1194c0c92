//! Settings that several scenarios share. Pure.

use crate::config::typed::RulesConfig;
use crate::domain::attribution::Basis;
use crate::timeline::tests::default_rules_config;

/// The topics of half hours when `kpi.attribution` names all three bases.
pub(super) const PT30M_OF_BASES: [&str; 3] =
    ["kpi.queue.pt30m", "kpi.queue.pt30m.completion", "kpi.queue.pt30m.apportioned"];

/// The defaults with all three bases.
pub(super) fn all_bases() -> RulesConfig {
    let attribution = vec![Basis::Start, Basis::Completion, Basis::Apportioned];
    RulesConfig { attribution, ..default_rules_config() }
}
