//! Edge: the one integration binary. Whole processes against a real Kafka broker, which is never replaced by a mock and
//! never done without: a test that cannot have its broker fails and says how to get one.
//!
//! `scenarios` and `properties` need none: they ask of numbers, not of brokers, and drive the same topology by hand over
//! the in-process log.

#![allow(clippy::unwrap_used, reason = "what surprises a test or its helpers is a failure of the test")]

mod support;

mod broker_contract;
mod commits;
mod crash_runs;
mod fault_runs;
mod freshness;
mod full_disk;
mod largest_record;
mod live_run;
mod numbers;
mod pending;
mod process_contract;
mod whole_run;

mod dense;
mod reconcile;
mod refusals;
mod replay;
mod retention;
mod rules_change;

mod slices;
mod stops;

mod backfill;
mod bad_input;

mod check_online;
mod secrets;
mod secured;
mod workers;

mod chaos;
mod crash_model;
mod properties;
mod scenarios;
