//! What Connect's REST answers tell of plugins and their settings, under its field names. Pure.

use serde::Serialize;

/// A connector class that this program has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PluginInfo {
    /// What `connector.class` names.
    pub class: String,
    /// `source` or `sink`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Version of this program.
    pub version: String,
}

/// What a setting is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConfigKeyInfo {
    /// The key.
    pub name: String,
    /// One of BOOLEAN, CLASS, DOUBLE, INT, LIST, LONG, PASSWORD, STRING; clients know no other but SHORT.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Whether it has to be given.
    pub required: bool,
    /// Its value where it is not given.
    pub default_value: Option<String>,
    /// LOW, MEDIUM or HIGH.
    pub importance: &'static str,
    /// What it is for and what it may be.
    pub documentation: String,
    /// The heading that it stands under.
    pub group: String,
    /// Its place under the heading, from 1.
    pub order_in_group: u32,
    /// How long its values are: SHORT, MEDIUM, LONG or NONE.
    pub width: &'static str,
    /// Its name for people.
    pub display_name: String,
    /// Settings that may be given only with it; there are none.
    pub dependents: Vec<String>,
}

/// What a setting was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConfigValueInfo {
    /// The key.
    pub name: String,
    /// The value as it was written, or the default; `None` where there is neither, and for a secret that stands there itself.
    pub value: Option<String>,
    /// The values that it takes, where they are few.
    pub recommended_values: Vec<String>,
    /// What is wrong with it.
    pub errors: Vec<String>,
    /// Whether it has a use beside the others; always.
    pub visible: bool,
}

/// A setting and what it was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConfigInfo {
    /// What it is.
    pub definition: ConfigKeyInfo,
    /// What it was given.
    pub value: ConfigValueInfo,
}

/// All settings of a connector, and what is wrong with them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConfigInfos {
    /// The class, as it was named.
    pub name: String,
    /// Errors of all settings.
    pub error_count: usize,
    /// The headings, in order.
    pub groups: Vec<String>,
    /// The settings: those of every connector first.
    pub configs: Vec<ConfigInfo>,
}
