//! The REST interface: Kafka Connect's, over a [`crate::connect::herder::Herder`]. Pure but for what is marked Edge.
//!
//! ```text
//!  server ─▶ guard ─▶ router ─▶ dispatch ─▶ connectors, lifecycle, offsets, admin ─▶ herder
//!  TLS       user     endpoints  Accept,
//!  limits    time                body
//! ```
//!
//! `endpoints` is the one table of what there is: the router is made of it, and so is the OpenAPI document. Where an
//! answer differs from Connect's, `docs/connect-rest.md` says so and why.

pub mod endpoints;

mod accept;
mod answer;
mod basic;
mod body;
mod query;

mod admin;
mod connectors;
mod lifecycle;
mod offsets;

mod dispatch;
mod guard;
pub mod router;

pub mod server;
mod tls;

#[cfg(test)]
mod tests;

pub use server::{ServeError, Server, bind};
