//! Where connectors and their states are kept: in memory for one process, in `configs` and `status` for a group. Edge.

use std::sync::Arc;

use super::book::Book;
use super::catalog::{Catalog, ConfigRecord};
use super::error::ConnectError;
use super::statuses::StatusRecord;

pub mod kafka;
pub mod memory;

/// Says what is to be written of connectors as they stand, or why nothing is.
pub type Decide<'a> = &'a mut dyn FnMut(&Catalog) -> Result<Vec<ConfigRecord>, ConnectError>;

/// Where connectors and their states are kept. Every call may block.
pub trait Ledger: Send + Sync + 'static {
    /// What was read of it so far.
    fn book(&self) -> &Arc<Book>;

    /// Writes what `decide` says, all of it or nothing; nobody else changes anything in between, and the book has it when
    /// this returns.
    ///
    /// # Errors
    /// What `decide` says; 409 when another worker changes something at the same moment; 500 when it cannot be written.
    fn change(&self, decide: Decide<'_>) -> Result<(), ConnectError>;

    /// Says what became of connectors and tasks. What cannot be written is logged: it is said again when it changes.
    fn say(&self, records: &[StatusRecord]);

    /// Whether everything was read that stood there at the start.
    fn is_ready(&self) -> bool;
}
