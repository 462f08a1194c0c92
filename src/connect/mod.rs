//! Kafka Connect's contract: connectors that are managed by REST, alone in a process or shared by a group of them.
//!
//! ```text
//!  rest ──▶ herder ──▶ ledger (`configs`)           what connectors there are, and what each is to do
//!              │  ▲──── statuses (`status`)         what became of it
//!              ▼
//!           hands: units of this process            starts and stops connectors and tasks
//! ```
//!
//! `entities`, `config_infos` and `error` are the words of the contract; `herder` says what the REST layer may ask.
//! `plugins` and `validate` know the settings, `loggers` the levels, and `openapi` describes all of `rest`.

pub mod config_infos;
pub mod entities;
pub mod error;

pub mod herder;

pub mod plugins;
pub mod validate;

pub mod loggers;

pub mod openapi;
pub mod rest;
