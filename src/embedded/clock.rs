//! The local clock, for record timestamps and `computed_at`. Edge.

use crate::domain::time::InstantMs;

/// Now, by the local clock.
#[must_use]
pub fn now() -> InstantMs {
    chrono::Utc::now().timestamp_millis()
}
