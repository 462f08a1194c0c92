//! Kafka Connect's contract: connectors that are managed by REST, alone in a process or shared by a group of them. Edge,
//! but for the words of the contract.
//!
//! ```text
//!  rest ──▶ herder ──▶ ledger (`configs`)           what connectors there are, and what each is to do
//!              │  ▲──── statuses (`status`)         what became of it
//!              ▼
//!           hands: units of this process            starts and stops connectors and tasks
//! ```
//!
//! `entities`, `config_infos` and `error` are the words of the contract; `herder` says what the REST layer may ask, and `worker` answers it.
//! `catalog` and `statuses` read the two topics, `placement` says whose a connector or task is; `herding` keeps what a worker
//! has at work by its `hands`, which `units` are on a Kafka cluster.
//! `plugins` and `validate` know the settings, `loggers` the levels; `rest` is the interface, and `openapi` describes it.

pub mod config_infos;
pub mod entities;
pub mod error;

pub mod herder;

pub mod plugins;
pub mod validate;

pub mod loggers;

pub mod openapi;
pub mod rest;

pub mod catalog;
pub mod statuses;

pub mod placement;

mod book;
pub mod ledger;

pub mod hands;
pub mod herding;

mod typed;
pub mod units;

mod offsets;
mod retry;
mod told;

pub mod worker;
