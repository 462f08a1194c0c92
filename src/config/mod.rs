//! Settings: declared once in definition tables, read from a TOML file, checked all together. Pure but for `file`.
//!
//! `definition` says what a setting is; the three tables say which there are; `typed` is what the program gets.

pub mod secret;
pub mod typed;
