//! The Genesys Cloud look-alike: a seeded contact centre whose true figures are known. Edge where it draws and serves.
//!
//! ```text
//!  plan ─▶ draw ─▶ world ─▶ form (open, late wrap-up, final) ─▶ query, page ─▶ server ─HTTP─▶ the connector
//!                    │         conversation: model, seen, events and details, page ─┘
//!                    └────▶ restriction ─▶ truth ─▶ GET /simulator/truth, `demo --exit`          └ login, tokens, limit, faults, ledger
//! ```
//!
//! [`queries`] are those that are answered later. [`conversation`] draws a history of its own from the same plan, for the dialects that tell whole conversations.
//!
//! Same seed, range and rate: same bytes. [`truth`] is the second opinion on every KPI row: it recomputes them from the
//! final rows in plain slow code, and must never use a formula of the rooms that it judges; [`comparison`] sets the two
//! side by side.

pub mod row;

pub mod centre;

pub mod chance;

pub mod plan;

pub mod draw;

pub mod world;

pub mod conversation;

pub mod clock;

pub mod form;

pub mod restate;

pub mod query;

pub mod page;

pub mod queries;

pub mod login;

pub mod tokens;

pub mod limit;

pub mod faults;

pub mod ledger;

pub mod aggregates;

pub mod server;

pub mod truth;

pub mod restriction;

pub mod comparison;

#[cfg(test)]
mod agreement;
