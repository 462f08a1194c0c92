//! The whole topology over the in-process log: scenarios named after their rules, and properties against an oracle.
//! Edge, as the log is.

mod bases;

mod attribution;
mod finality;
mod handle_time;
mod horizon;
mod replay;
mod restatement;
mod rules_change;
mod takeover;

mod audit;
mod history;
mod oracle;
mod oracle_legs;
mod properties;

use bases::{PT30M_OF_BASES, all_bases};
