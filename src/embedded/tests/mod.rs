//! The whole topology over the in-process log: scenarios named after their rules, and properties against an oracle.
//! Edge, as the log is.

mod attribution;
mod bases;
mod finality;
mod handle_time;
mod horizon;
mod restatement;
mod takeover;

use bases::{PT30M_OF_BASES, all_bases};
