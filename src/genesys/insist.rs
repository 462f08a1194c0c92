//! Asks until there is an answer, unless asking again cannot help: what a source does for its pages, for those who ask
//! by themselves. Edge: waits.

use std::future::Future;
use std::time::Duration;

use super::error::GenesysError;
use super::quota::Backoff;
use crate::domain::causes::causes;

/// Failed attempts at one question before it is given up. Too few: a moment's trouble ends it; too many: a platform in
/// trouble is asked for a long time by something that can wait a day.
const ATTEMPTS_MAX: u32 = 5;

/// A longer wait is told: somebody may sit before it.
const TOLD_MS: u64 = 2_000;

/// How failures are met.
#[derive(Clone, Copy, Debug, Default)]
pub struct Insistence {
    backoff: Backoff,
}

impl Insistence {
    /// With another backoff than that of sources, so that tests of failures need not wait.
    #[must_use]
    pub fn with_backoff(backoff: Backoff) -> Insistence {
        Insistence { backoff }
    }

    /// The answer to a question that `ask` puts each time anew. It waits at least as long as the platform asks to.
    ///
    /// # Errors
    /// The last failure, when the attempts are spent, or when the settings are wrong.
    pub async fn on<T, F: Future<Output = Result<T, GenesysError>>>(
        &self,
        ask: impl Fn() -> F,
    ) -> Result<T, GenesysError> {
        let mut failures = 0;
        loop {
            let error = match ask().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            failures += 1;
            // The same question selects too much again.
            let in_vain = error.is_configuration() || matches!(error, GenesysError::TooMuch { .. });
            if in_vain || ATTEMPTS_MAX <= failures {
                return Err(error);
            }
            let wait_ms = if error.repaired() && failures == 1 {
                0
            } else {
                self.backoff.wait_ms(failures, rand::random::<f64>(), error.retry_after_ms())
            };
            let (class, reason) = (error.class(), causes(&error));
            if TOLD_MS <= wait_ms {
                tracing::warn!(class, reason, failures, wait_ms, "no answer, asking again after a wait");
            } else {
                tracing::debug!(class, reason, failures, wait_ms, "no answer, asking again");
            }
            tokio::time::sleep(Duration::from_millis(wait_ms)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::time::Instant;

    use super::*;
    use crate::genesys::error::Told;

    fn limited(retry_after_ms: u64) -> GenesysError {
        GenesysError::RateLimited { retry_after_ms: Some(retry_after_ms), told: Told::default() }
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_that_is_limited_is_waited_for_as_long_as_the_platform_asks_and_not_for_ever() {
        let (asked, began) = (AtomicU32::new(0), Instant::now());
        let third =
            || async { if asked.fetch_add(1, Ordering::SeqCst) < 2 { Err(limited(30_000)) } else { Ok("answer") } };
        assert_eq!(Insistence::default().on(third).await.unwrap(), "answer");
        assert_eq!(asked.load(Ordering::SeqCst), 3);
        assert!(Duration::from_secs(60) <= began.elapsed(), "{:?}", began.elapsed());
        let (asked, never) = (AtomicU32::new(0), Insistence::default());
        let outcome = never.on(|| async {
            asked.fetch_add(1, Ordering::SeqCst);
            Err::<(), _>(limited(1))
        });
        assert_eq!(outcome.await.unwrap_err().class(), "rate_limited");
        assert_eq!(asked.load(Ordering::SeqCst), ATTEMPTS_MAX);
    }

    #[tokio::test]
    async fn what_asking_again_cannot_help_is_asked_once() {
        let asked = AtomicU32::new(0);
        for refused in [
            || GenesysError::Forbidden { told: Told::default(), help: "" },
            || GenesysError::BadRequest { told: Told::default() },
            || GenesysError::TooMuch { reason: String::new() },
        ] {
            asked.store(0, Ordering::SeqCst);
            let once = Insistence::default();
            let outcome = once.on(|| async {
                asked.fetch_add(1, Ordering::SeqCst);
                Err::<(), _>(refused())
            });
            assert!(outcome.await.is_err());
            assert_eq!(asked.load(Ordering::SeqCst), 1);
        }
    }
}
