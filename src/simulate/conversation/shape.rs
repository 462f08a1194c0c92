//! The dialects that tell whole conversations. Pure.

/// How a conversation is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `interaction-events`: a list of timed events.
    Events,
    /// `conversation-details`: participants, sessions, segments and metrics.
    Details,
}
