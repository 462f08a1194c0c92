//! Edge: what the tests of this binary stand on: a broker, processes, topics. No test is in here.

pub mod blocking;

pub mod reaper;

pub mod broker;
pub mod secured;

pub mod topics;

pub mod process;

pub mod settings;
pub mod simulator;

pub mod history;

pub mod checker;

pub mod scene;
pub mod verdict;

pub mod samples;

pub mod oracle;

pub mod stage;

pub mod audit;
pub mod model;
