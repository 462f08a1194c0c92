//! Starts tasks and threads, and joins every one of them. Edge; the only place that spawns.

use std::future::Future;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::task::JoinSet;

use super::shutdown::Shutdown;

/// The tasks and threads of one process or test. Dropping it without [`Supervisor::join`] aborts the async tasks.
#[derive(Debug)]
pub struct Supervisor {
    shutdown: Shutdown,
    tasks: JoinSet<(String, Result<(), String>)>,
    threads: Vec<(String, JoinHandle<Result<(), String>>)>,
}

/// Asks for a stop when its thread panics.
struct TriggerOnPanic(Shutdown);

impl Drop for TriggerOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.trigger();
        }
    }
}

/// Starts a thread that nobody joins: for calls of others that may never return.
///
/// # Errors
/// When the operating system refuses another thread.
pub fn start_aside(name: &str, body: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    std::thread::Builder::new().name(name.to_owned()).spawn(body).map(drop)
}

/// Drops a value on a thread of its own that nobody waits for: for handles of others whose drop may never return.
pub fn drop_aside<T: Send + 'static>(name: &str, value: T) {
    // Without a thread to spare it is dropped here.
    drop(start_aside(name, move || drop(value)));
}

impl Supervisor {
    /// An empty supervisor whose tasks stop with `shutdown`.
    #[must_use]
    pub fn new(shutdown: Shutdown) -> Supervisor {
        Supervisor { shutdown, tasks: JoinSet::new(), threads: Vec::new() }
    }

    /// The wish to stop that the tasks watch.
    #[must_use]
    pub fn shutdown(&self) -> Shutdown {
        self.shutdown.clone()
    }

    /// Starts an async task. An error of it asks all others to stop.
    pub fn start<F>(&mut self, name: &str, task: F)
    where
        F: Future<Output = Result<(), String>> + Send + 'static,
    {
        let name = name.to_owned();
        let shutdown = self.shutdown.clone();
        self.tasks.spawn(async move {
            let outcome = task.await;
            if outcome.is_err() {
                shutdown.trigger();
            }
            (name, outcome)
        });
    }

    /// Starts an OS thread for work that blocks. An error of it asks all others to stop.
    ///
    /// # Errors
    /// When the operating system refuses another thread.
    pub fn start_thread<F>(&mut self, name: &str, body: F) -> std::io::Result<()>
    where
        F: FnOnce() -> Result<(), String> + Send + 'static,
    {
        let shutdown = self.shutdown.clone();
        let handle = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            // A panic unwinds past what follows, and must end the process as an error does.
            let guard = TriggerOnPanic(shutdown.clone());
            let outcome = body();
            if outcome.is_err() {
                shutdown.trigger();
            }
            drop(guard);
            outcome
        })?;
        self.threads.push((name.to_owned(), handle));
        Ok(())
    }

    /// Waits until every task has ended by itself.
    ///
    /// After a stop was asked for, whatever has not ended within `deadline` is logged and left behind.
    ///
    /// # Errors
    /// All tasks' errors and panics, one line each.
    pub async fn join(mut self, deadline: Duration) -> Result<(), String> {
        let mut problems = Vec::new();
        let shutdown = self.shutdown.clone();
        let all = async {
            while let Some(outcome) = self.tasks.join_next().await {
                match outcome {
                    Ok((_, Ok(()))) => {}
                    Ok((name, Err(problem))) => problems.push(format!("{name}: {problem}")),
                    Err(error) => {
                        shutdown.trigger();
                        problems.push(format!("a task ended unexpectedly: {error}"));
                    }
                }
            }
            while self.threads.iter().any(|(_, handle)| !handle.is_finished()) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let late = async {
            shutdown.wait().await;
            tokio::time::sleep(deadline).await;
        };
        let in_time = tokio::select! {
            () = all => true,
            () = late => false,
        };
        for (name, handle) in self.threads {
            if !handle.is_finished() {
                tracing::warn!(name, "thread did not end before the deadline");
                continue;
            }
            match handle.join() {
                Ok(Ok(())) => {}
                Ok(Err(problem)) => problems.push(format!("{name}: {problem}")),
                Err(_) => problems.push(format!("{name}: panicked")),
            }
        }
        if !in_time {
            problems.push(format!("not everything ended within {} s of the stop", deadline.as_secs()));
        }
        if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
    }
}
