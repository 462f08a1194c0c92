//! The whole topology over the in-process log: finality, the horizon, takeovers, changed rules.
//! Edge, as the log is. What the numbers must be is asked in `tests/it`, beside an oracle.

mod bases;

mod finality;
mod horizon;
mod replay;
mod rules_change;
mod takeover;
mod tally;

use bases::{PT30M_OF_BASES, all_bases};
