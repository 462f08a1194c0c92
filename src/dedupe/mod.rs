//! Is a reading new, a correction, a duplicate or stale? Pure.

pub mod decision;
