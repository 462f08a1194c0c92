//! Why no figures can be told. Pure.

/// Why no figures can be told.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SettingsError {
    /// The topic is none of those whose rows are computed.
    #[error("there is no truth about the topic {0}")]
    Topic(String),
    /// The truth does not depend on such a setting.
    #[error("the truth does not know the parameter {0}")]
    Unknown(String),
    /// A parameter cannot be read.
    #[error("the parameter {name} cannot be read: {value}")]
    Value {
        /// The parameter.
        name: String,
        /// What it was given.
        value: String,
    },
    /// One half of a KPI of the user's own is missing.
    #[error("the KPI {0} needs both kpi.custom.{0}.sum and kpi.custom.{0}.over")]
    HalfCustom(String),
}
