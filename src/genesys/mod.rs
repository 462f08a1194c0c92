//! The platform's APIs: what is asked, how answers are read, how fast and under which login. Edges beside pure files.
//!
//! `dialect` holds one file for each API shape: it builds requests and reads pages, and lists the facts that the shape
//! carries; `wire` has the shapes, `query` what is asked now and answered later, `reference` the names of ids, `aggregates`
//! what the platform adds up. `quota`, `breaker` and `platform_clock` decide without a clock of their own.
//! `client` is the only one that sends; `limiter` and `token` say when it may and as whom, `insist` what is asked again.
//!
//! Invariant: no request leaves without a permit of the limiter, logins included.

pub mod aggregates;

pub mod dialect;
pub mod query;
pub mod reference;
pub mod wire;

pub mod error;
pub mod permissions;
pub mod quota;
pub mod way_out;

pub mod breaker;
pub mod platform_clock;

pub mod contact_hash;
pub mod counters;
pub mod privacy;

pub mod headroom;
pub mod limiter;
pub mod turns;
pub mod window;

pub mod exchange;
pub mod token;
pub mod transport;

pub mod client;
pub mod insist;

#[cfg(test)]
pub(crate) mod fixture;

#[cfg(test)]
mod client_tests;

#[cfg(test)]
mod login_tests;

#[cfg(test)]
mod rate_tests;
