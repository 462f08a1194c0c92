//! One wish to stop, seen by every task. Edge.

use std::time::Duration;

use tokio::sync::watch;

/// A clone of the wish to stop: asked by blocking loops, awaited by async tasks.
#[derive(Clone, Debug)]
pub struct Shutdown {
    sender: std::sync::Arc<watch::Sender<bool>>,
    receiver: watch::Receiver<bool>,
}

impl Default for Shutdown {
    fn default() -> Self {
        let (sender, receiver) = watch::channel(false);
        Shutdown { sender: std::sync::Arc::new(sender), receiver }
    }
}

impl Shutdown {
    /// Asks every holder of a clone to stop. Idempotent.
    pub fn trigger(&self) {
        self.sender.send_replace(true);
    }

    /// Whether a stop was asked for.
    #[must_use]
    pub fn requested(&self) -> bool {
        *self.receiver.borrow()
    }

    /// Waits until a stop is asked for; safe to drop half-way.
    pub async fn wait(&self) {
        let mut receiver = self.receiver.clone();
        // An error means that every sender is gone, and so is the program.
        let _ = receiver.wait_for(|stop| *stop).await;
    }

    /// Sleeps for `length`, or until a stop is asked for; `true` when a stop was.
    pub async fn sleep(&self, length: Duration) -> bool {
        tokio::select! {
            () = self.wait() => true,
            () = tokio::time::sleep(length) => self.requested(),
        }
    }
}

/// Triggers `shutdown` at Ctrl-C or SIGTERM, then returns; returns at once when a stop was asked for otherwise.
///
/// # Errors
/// When the operating system refuses the signal handlers.
pub async fn on_signal(shutdown: Shutdown) -> std::io::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        () = shutdown.wait() => {}
        outcome = tokio::signal::ctrl_c() => outcome?,
        _ = terminate.recv() => {}
    }
    if !shutdown.requested() {
        tracing::info!("stop asked for; draining");
    }
    shutdown.trigger();
    Ok(())
}
