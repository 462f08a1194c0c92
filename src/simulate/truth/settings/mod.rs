//! Which figures are asked for, and by which rules: a topic's name and `kpi.*` settings as query parameters. Pure.

mod error;

mod topic;

mod values;

mod parameters;

pub use self::error::SettingsError;
pub use self::topic::{TruthBasis, TruthGrain, TruthSubject};
pub use self::values::{TruthCustom, TruthExpression, TruthFacts, TruthSettings};
