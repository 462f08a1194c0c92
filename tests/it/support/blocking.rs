//! Edge: async clients called from plain tests.

use std::future::Future;

/// Waits for the future on a thread and a runtime of its own, so that it can be called with or without a runtime around.
pub fn wait_for<F>(future: F) -> F::Output
where
    F: Future + Send,
    F::Output: Send,
{
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime on this thread can be built")
                .block_on(future)
        });
        match waiting.join() {
            Ok(output) => output,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}
