//! What this worker has read of `configs` and `status`, and who waits for changes of it. Edge.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::catalog::{Catalog, ConfigRecord};
use super::statuses::{StatusRecord, Statuses};

/// Everything that was read.
#[derive(Debug, Default)]
pub struct Pages {
    /// Connectors.
    pub catalog: Catalog,
    /// What became of them.
    pub statuses: Statuses,
    // Next offset of `configs` and of `status`: a record that two readers meet is taken once.
    next_config: i64,
    next_status: i64,
}

/// The pages, and a bell that rings when they change.
#[derive(Debug)]
pub struct Book {
    pages: Mutex<Pages>,
    bell: watch::Sender<u64>,
}

impl Default for Book {
    fn default() -> Self {
        Book { pages: Mutex::default(), bell: watch::channel(0).0 }
    }
}

impl Book {
    /// Looks at what was read.
    pub fn read<R>(&self, look: impl FnOnce(&Pages) -> R) -> R {
        look(&self.lock())
    }

    /// Rings after each change from now on.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.bell.subscribe()
    }

    /// Next offset of `configs`.
    #[must_use]
    pub fn next_config(&self) -> i64 {
        self.lock().next_config
    }

    /// Takes a record of `configs`, unless it was taken already.
    pub fn take_config(&self, at: i64, record: &ConfigRecord) {
        let mut pages = self.lock();
        if pages.next_config <= at {
            pages.next_config = at + 1;
            pages.catalog.take(at, record);
            self.ring();
        }
    }

    /// Takes a record of `status`, unless it was taken already.
    pub fn take_status(&self, at: i64, record: &StatusRecord) {
        let mut pages = self.lock();
        if pages.next_status <= at {
            pages.next_status = at + 1;
            pages.statuses.take(record);
            self.ring();
        }
    }

    fn ring(&self) {
        self.bell.send_modify(|number| *number += 1);
    }

    fn lock(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
