//! What of a conversation is known at an instant: nothing of what has not begun, no end of what goes on. Pure.

use super::model::{Conversation, Wrap};
use crate::domain::time::InstantMs;

/// What has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// First instant.
    pub from: InstantMs,
    /// First instant after it; `None`: it goes on.
    pub to: Option<InstantMs>,
}

/// The platform's knowledge at an instant; `None`: everything has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment(pub Option<InstantMs>);

impl Moment {
    /// The conversation as the platform believes it to be: one that was opened again or corrected later is another until
    /// then.
    #[must_use]
    pub fn of(self, told: &Conversation) -> &Conversation {
        match (&told.earlier, self.0) {
            (Some(earlier), Some(now)) if now < earlier.until => &earlier.told,
            _ => told,
        }
    }

    /// Whether `at` has come.
    #[must_use]
    pub fn has_come(self, at: InstantMs) -> bool {
        self.0.is_none_or(|now| at <= now)
    }

    /// What is known of a stretch; `None`: it has not begun.
    #[must_use]
    pub fn stretch(self, from: InstantMs, to: InstantMs) -> Option<Seen> {
        self.has_come(from).then(|| Seen { from, to: self.has_come(to).then_some(to) })
    }

    /// What is known of a wrap-up: of a late one nothing until it arrives.
    #[must_use]
    pub fn wrap(self, wrap: &Wrap) -> Option<Seen> {
        match wrap.known_at {
            Some(known_at) => self.has_come(known_at).then_some(Seen { from: wrap.from, to: Some(wrap.to) }),
            None => self.stretch(wrap.from, wrap.to),
        }
    }

    /// The end of the conversation, once all of it is known.
    #[must_use]
    pub fn end(self, told: &Conversation) -> Option<InstantMs> {
        self.has_come(told.known_at()).then(|| told.end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_begins_goes_on_and_ends() {
        assert_eq!(Moment(Some(9)).stretch(10, 20), None);
        assert_eq!(Moment(Some(10)).stretch(10, 20), Some(Seen { from: 10, to: None }));
        assert_eq!(Moment(Some(20)).stretch(10, 20), Some(Seen { from: 10, to: Some(20) }));
        assert_eq!(Moment(None).stretch(10, 20), Some(Seen { from: 10, to: Some(20) }));
    }

    #[test]
    fn a_late_wrap_up_arrives_as_a_whole() {
        let wrap = Wrap { from: 10, to: 20, metric_ms: 10, known_at: Some(50), code: None };
        assert_eq!(Moment(Some(49)).wrap(&wrap), None);
        assert_eq!(Moment(Some(50)).wrap(&wrap), Some(Seen { from: 10, to: Some(20) }));
        let prompt = Wrap { known_at: None, ..wrap };
        assert_eq!(Moment(Some(15)).wrap(&prompt), Some(Seen { from: 10, to: None }));
    }
}
