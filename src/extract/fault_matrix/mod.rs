//! Every dialect against every fault: the real source asks the simulated platform in memory, while tokio's time is held.
//! Edge.
//!
//! Nothing waits for real: the clock jumps to whatever is waited for, so the figures of recovery are exact. What is
//! published goes through the whole topology, and its rows must be the true ones: nothing is lost, nothing is counted
//! twice. A dialect joins with a line in `course::DIALECTS`.

mod memory;

mod course;

mod run;

mod verdict;

mod cost;

mod refusals;

mod broken;

mod tokens;

mod totals;

mod drift;

mod storms;

mod queries;

mod steps;

mod words;
