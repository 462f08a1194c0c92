//! One file a subcommand: arguments in, exit status out. Edge, layer 4.

pub mod broker_failure;
pub mod loaded;
pub mod pick;
pub mod pipeline;
pub mod progress_line;
pub mod status;
pub mod table;

pub mod bench;
pub mod check;

mod clients;
pub mod demo;
pub mod demo_page;
pub mod demo_run;
pub mod demo_topics;
pub mod demo_verdict;
pub mod reconcile;

mod reconcile_lost;
pub mod reconcile_table;
pub mod replay;
pub mod replay_platform;
pub mod report;
pub mod report_platform;
pub mod run;

mod pages;
mod serving;
pub mod simulate;
pub mod simulate_settings;
pub mod slices;
pub mod slices_retry;
pub mod slices_table;
mod standalone;
pub mod worker;

#[cfg(test)]
mod fixture;

#[cfg(test)]
mod later_tests;

#[cfg(test)]
mod limit_tests;

#[cfg(test)]
mod readme_tests;

#[cfg(test)]
mod week_tests;
