//! Kafka Connect's contract: connectors that are managed by REST, alone in a process or shared by a group of them.
//!
//! ```text
//!  rest ──▶ herder ──▶ ledger (`configs`)           what connectors there are, and what each is to do
//!              │  ▲──── statuses (`status`)         what became of it
//!              ▼
//!           hands: units of this process            starts and stops connectors and tasks
//! ```
//!
//! `entities` and `error` are the words of the contract; `herder` says what the REST layer may ask.

pub mod entities;
pub mod error;

pub mod herder;
