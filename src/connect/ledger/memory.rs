//! The ledger of a process by itself. Edge: it shares memory, and loses it at its end.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Decide, Ledger};
use crate::connect::book::Book;
use crate::connect::error::ConnectError;
use crate::connect::statuses::StatusRecord;

/// Connectors in memory.
#[derive(Debug, Default)]
pub struct MemoryLedger {
    book: Arc<Book>,
    changing: Mutex<()>,
    statuses: AtomicI64,
}

impl Ledger for MemoryLedger {
    fn book(&self) -> &Arc<Book> {
        &self.book
    }

    fn change(&self, decide: Decide<'_>) -> Result<(), ConnectError> {
        let _one = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let records = self.book.read(|pages| decide(&pages.catalog))?;
        for record in records {
            self.book.take_config(self.book.next_config(), &record);
        }
        Ok(())
    }

    fn say(&self, records: &[StatusRecord]) {
        for record in records {
            self.book.take_status(self.statuses.fetch_add(1, Ordering::Relaxed), record);
        }
    }

    fn is_ready(&self) -> bool {
        true
    }
}
