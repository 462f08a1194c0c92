//! Calls of a client that may never return, made by a thread that nobody waits for longer than they may take. Edge.
//!
//! Some calls of librdkafka wait for an answer of its own threads without any limit of time, whatever timeout they are
//! given: after a broker stood still that answer may never come. Who makes such a call itself stands still with it, and
//! everything that its thread carries.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

use crate::runtime::supervisor::start_aside;

/// How often it is asked whether there is still time.
const LOOK: Duration = Duration::from_millis(100);

/// A call, and where its answer goes.
type Call = Box<dyn FnOnce() + Send>;

/// A thread that makes calls one after another. Dropped, it ends with the call that it is at; if that never returns, the
/// thread and what the call holds are left behind.
pub struct Watchdog {
    calls: SyncSender<Call>,
    // A call has not returned: none that comes after it will.
    stuck: AtomicBool,
}

/// The call did not return in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overdue;

impl Watchdog {
    /// A thread that has nothing to do yet.
    ///
    /// # Errors
    /// When the operating system refuses another thread.
    pub fn start(name: &str) -> std::io::Result<Watchdog> {
        let (calls, waiting) = mpsc::sync_channel::<Call>(1);
        start_aside(name, move || waiting.into_iter().for_each(|call| call()))?;
        Ok(Watchdog { calls, stuck: AtomicBool::new(false) })
    }

    /// Makes a call and waits for its answer, for as long as `limit` says, which is asked again and again.
    ///
    /// # Errors
    /// [`Overdue`], at once when an earlier call has not returned.
    pub fn call<T: Send + 'static>(
        &self,
        limit: impl Fn() -> Duration,
        call: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Overdue> {
        if self.stuck.load(Ordering::Relaxed) {
            return Err(Overdue);
        }
        let (answer, answered) = mpsc::sync_channel(1);
        let call = Box::new(move || {
            // Nobody may be waiting any more.
            let _ = answer.send(call());
        });
        if self.calls.send(call).is_err() {
            self.stuck.store(true, Ordering::Relaxed);
            return Err(Overdue);
        }
        let began = Instant::now();
        loop {
            let left = limit().saturating_sub(began.elapsed());
            match answered.recv_timeout(left.min(LOOK)) {
                Ok(answer) => return Ok(answer),
                Err(RecvTimeoutError::Timeout) if !left.is_zero() => {}
                // Or the call panicked, and its thread is gone.
                Err(_) => {
                    self.stuck.store(true, Ordering::Relaxed);
                    return Err(Overdue);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn calls_are_made_one_after_another_by_one_thread() {
        let watchdog = Watchdog::start("calls").unwrap();
        let on = |watchdog: &Watchdog| watchdog.call(|| LONG, || std::thread::current().id()).unwrap();
        let first = on(&watchdog);
        assert_ne!(first, std::thread::current().id());
        assert_eq!(on(&watchdog), first);
    }

    #[test]
    fn a_call_that_does_not_return_is_given_up_and_none_is_made_after_it() {
        let watchdog = Watchdog::start("calls").unwrap();
        let (let_go, never) = mpsc::sync_channel::<()>(1);
        assert_eq!(watchdog.call(|| SHORT, move || never.recv().is_ok()), Err(Overdue));
        let began = Instant::now();
        assert_eq!(watchdog.call(|| LONG, || true), Err(Overdue));
        assert!(began.elapsed() < LONG / 2, "it was waited for");
        drop(let_go);
    }

    #[test]
    fn a_call_is_given_up_when_there_is_no_time_left_for_it_any_more() {
        let watchdog = Watchdog::start("calls").unwrap();
        let (_let_go, never) = mpsc::sync_channel::<()>(1);
        let began = Instant::now();
        let limit = || if SHORT < began.elapsed() { SHORT } else { LONG };
        assert_eq!(watchdog.call(limit, move || never.recv().is_ok()), Err(Overdue));
        assert!(began.elapsed() < LONG / 2, "it was waited for");
    }

    #[test]
    fn a_call_that_panics_is_given_up() {
        let watchdog = Watchdog::start("calls").unwrap();
        assert_eq!(watchdog.call(|| LONG, || std::panic::panic_any("as a test wants it")), Err::<(), _>(Overdue));
        assert_eq!(watchdog.call(|| LONG, || true), Err(Overdue));
    }
}
