//! Settings: declared once in definition tables, read from a TOML file, checked all together. Pure but for `file`.
//!
//! ```text
//! file ─▶ toml_text ─▶ section ─▶ values ─▶ parse ─▶ typed
//!         placeholder             definition, tables
//! ```
//!
//! `definition` says what a setting is; the tables say which there are; `values` checks each on its own, `parse` what
//! they say of each other; `typed` is what the program gets. `problem` is what the user gets instead, all at once.
//! `canonical` is the stored form of the rules; `reference` and `summary` are for people.

pub mod definition;
pub mod words;

pub mod expression;

pub mod validator;

pub mod regions;
pub mod rest;
pub mod tables;
pub mod telemetry;
pub mod weht;

pub mod problem;
pub mod secret;

pub mod placeholder;
pub mod privacy;
pub mod properties;
pub mod section;
pub mod toml_text;

pub mod kafka_properties;
pub mod nearest;
pub mod values;

pub mod parse;
pub mod typed;

pub mod file;

pub mod canonical;
pub mod reference;
pub mod stored_rules;
pub mod summary;

pub use file::{load, load_worker};
pub use parse::{Settings, rules_of};
pub use problem::{Problem, Problems};
