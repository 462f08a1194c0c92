//! Edge: properties of the whole topology under any history of readings, over the in-process log.
//!
//! `flat_rows` and `conversations` draw readings, `settings` the rules they are read by, `history` what happens to them
//! and to the tasks. `play` plays a history beside the oracle's book.

mod conversations;
mod flat_rows;
mod settings;

mod history;

mod play;

mod any_history;
mod corrections;
