//! Edge: a program under test as a process of its own, with signals, time limits and its output kept.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How much of the output a failing test prints; the whole is in the file that it names.
const TAIL_BYTES: usize = 8_000;
const POLL: Duration = Duration::from_millis(20);

static STARTED: AtomicU32 = AtomicU32::new(0);

/// A running or ended process. Dropped, it is killed; dropped in a failing test, it prints what it said.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    output: PathBuf,
    errors: PathBuf,
    ended: Option<ExitStatus>,
}

impl Process {
    /// Starts the `handletime` program that this build made.
    pub fn handletime(name: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_handletime"));
        command.args(arguments);
        Self::start(name, command)
    }

    /// Starts any program; `name` is for people, in file names and failures.
    pub fn start(name: &str, mut command: Command) -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("processes");
        fs::create_dir_all(&directory).expect("target takes a directory");
        let count = STARTED.fetch_add(1, Ordering::Relaxed);
        let stem = format!("{}-{count}-{name}", std::process::id());
        let output = directory.join(format!("{stem}.stdout"));
        let errors = directory.join(format!("{stem}.stderr"));
        let child = command
            .stdin(Stdio::null())
            .stdout(File::create(&output).expect("target takes a file"))
            .stderr(File::create(&errors).expect("target takes a file"))
            .spawn();
        let child = child.unwrap_or_else(|error| panic!("{name} does not start: {error}: {command:?}"));
        Self { name: name.to_owned(), child, output, errors, ended: None }
    }

    /// The operating system's number for it.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has written to standard output so far.
    pub fn stdout(&self) -> String {
        read(&self.output)
    }

    /// What it has written to standard error so far.
    pub fn stderr(&self) -> String {
        read(&self.errors)
    }

    /// Its status if it has ended.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().expect("a child of this process can be waited for");
        }
        self.ended
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When it still runs after `limit`.
    pub fn wait(&mut self, limit: Duration) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.ended() {
                return status;
            }
            assert!(begun.elapsed() < limit, "{} still runs after {limit:?}", self.name);
            std::thread::sleep(POLL);
        }
    }

    /// Waits for a line on either output that holds `text`, and returns it whole.
    ///
    /// # Panics
    /// When it ends without that line, or has not written it after `limit`.
    pub fn wait_for_line(&mut self, text: &str, limit: Duration) -> String {
        let begun = Instant::now();
        loop {
            // Asked first, so that a last line written just before the end is still seen.
            let ended = self.ended();
            for said in [self.stdout(), self.stderr()] {
                // A line that is still being written has no end yet.
                let whole = said.rfind('\n').map_or("", |end| &said[..end]);
                if let Some(line) = whole.lines().find(|line| line.contains(text)) {
                    return line.to_owned();
                }
            }
            assert!(ended.is_none(), "{} ended with {ended:?} without saying {text:?}", self.name);
            assert!(begun.elapsed() < limit, "{} has not said {text:?} within {limit:?}", self.name);
            std::thread::sleep(POLL);
        }
    }

    /// SIGKILL: gone at once, with no chance to clean up. Waits until it is.
    pub fn kill(&mut self) {
        self.signal("KILL");
        self.wait(Duration::from_secs(10));
    }

    /// SIGTERM: asks it to end in order.
    pub fn terminate(&mut self) {
        self.signal("TERM");
    }

    /// SIGINT, as Ctrl-C sends it.
    pub fn interrupt(&mut self) {
        self.signal("INT");
    }

    /// SIGSTOP: it stands still, with all that it holds, until [`Process::thaw`].
    pub fn freeze(&mut self) {
        self.signal("STOP");
    }

    /// SIGCONT.
    pub fn thaw(&mut self) {
        self.signal("CONT");
    }

    fn signal(&mut self, signal: &str) {
        // Until it has been waited for its number cannot be given to another process.
        let ended = self.ended();
        assert!(ended.is_none(), "{} has ended with {ended:?} and takes no SIG{signal}", self.name);
        let sent = Command::new("kill").args(["-s", signal, &self.pid().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "SIG{signal} does not reach {}", self.name);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.ended.is_none() {
            // Either it has ended meanwhile, or it ends now.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        if std::thread::panicking() {
            for (stream, path) in [("stdout", &self.output), ("stderr", &self.errors)] {
                eprintln!("---- {} of {} ({}) ----\n{}", stream, self.name, path.display(), tail(&read(path)));
            }
            return;
        }
        let _ = fs::remove_file(&self.output);
        let _ = fs::remove_file(&self.errors);
    }
}

fn read(path: &Path) -> String {
    let bytes = fs::read(path).expect("a file that this process created can be read");
    String::from_utf8_lossy(&bytes).into_owned()
}

fn tail(text: &str) -> &str {
    let start = (text.len().saturating_sub(TAIL_BYTES)..=text.len()).find(|at| text.is_char_boundary(*at));
    &text[start.unwrap_or(0)..]
}
