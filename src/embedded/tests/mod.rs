//! The whole topology over the in-process log: finality, the horizon, takeovers, and rules of readings that come again.
//! Edge, as the log is. What the numbers must be is asked in `tests/it`, beside an oracle.

mod bases;

mod attribution;
mod finality;
mod handle_time;
mod horizon;
mod replay;
mod restatement;
mod rules_change;
mod takeover;

use bases::{PT30M_OF_BASES, all_bases};
