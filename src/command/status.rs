//! What the process's exit status means. Pure.

/// Exit status of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// All done.
    Success = 0,
    /// The command failed while running; the message says why.
    Failure = 1,
    /// The arguments or the settings are wrong; nothing was started.
    Usage = 2,
    /// Complete, but slices are dead-lettered or rows held.
    Incomplete = 3,
    /// Complete, but interactions were dead-lettered.
    DeadLettered = 4,
}
