//! How soon the allocator gives freed memory back to the system. Edge: it sets an option of the allocator.

use std::ffi::c_long;

use libmimalloc_sys::{mi_option_get, mi_option_set_default, mi_option_t};

/// `mi_option_purge_delay` of mimalloc's own header, which the binding does not name.
const PURGE_DELAY: mi_option_t = 15;

/// How long freed memory is kept while a source runs. Longer: each thread keeps what the pages that it once read took,
/// though all of them together never need so much at once; shorter: the same memory is given back and taken again.
const KEPT_MS: c_long = 10;

/// Freed memory is given back within a tenth of a second, as a source's pages want; `MIMALLOC_PURGE_DELAY` in the
/// environment goes before it. The processor's small blocks are better kept, as they are otherwise.
#[expect(unsafe_code, reason = "the allocator has no other way to be told from within")]
pub fn give_back_soon() {
    // SAFETY: both read and write one number of mimalloc's table of options, within its bounds; any thread may.
    unsafe {
        mi_option_set_default(PURGE_DELAY, KEPT_MS);
        tracing::debug!(kept_ms = mi_option_get(PURGE_DELAY), "freed memory is kept for");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number of the option is none of the binding's: another mimalloc may count otherwise.
    #[test]
    #[expect(unsafe_code, reason = "the allocator has no other way to be asked")]
    fn the_option_is_the_one_that_keeps_freed_memory() {
        // SAFETY: it reads one number of mimalloc's table of options, within its bounds.
        let before = unsafe { mi_option_get(PURGE_DELAY) };
        // A second unless somebody has said otherwise; no option beside it has that value.
        assert!([1_000, KEPT_MS].contains(&before) || std::env::var_os("MIMALLOC_PURGE_DELAY").is_some(), "{before}");
        give_back_soon();
        // SAFETY: as above.
        let after = unsafe { mi_option_get(PURGE_DELAY) };
        assert!(after == KEPT_MS || std::env::var_os("MIMALLOC_PURGE_DELAY").is_some(), "{after}");
    }
}
