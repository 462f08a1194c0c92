//! Pure: what befalls which call.

use handletime::kafka::error::KafkaFailure;

/// The process is gone: nothing of it runs any more.
#[derive(Debug)]
pub struct Crashed;

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    Transient,
    Abortable,
    Fenced,
    Replace,
}

impl Refusal {
    pub fn failure(self, doing: &str) -> KafkaFailure {
        let (doing, cause) = (doing.to_owned(), format!("the model says {self:?}"));
        match self {
            Refusal::Transient => KafkaFailure::Transient { doing, cause },
            Refusal::Abortable => KafkaFailure::Abortable { doing, cause },
            Refusal::Fenced => KafkaFailure::Fenced { doing, cause },
            Refusal::Replace => KafkaFailure::Replace { doing, cause },
        }
    }

    /// Whether a client may answer a call so. What was decided is never called abortable.
    pub fn may_befall(self, doing: &str, after: bool) -> bool {
        match doing {
            "begin" => !after && matches!(self, Refusal::Fenced | Refusal::Replace),
            "send" | "drain" | "send_offset" => !after && self != Refusal::Transient,
            "commit" => self == Refusal::Replace || self == Refusal::Fenced || (!after && self == Refusal::Abortable),
            "abort" => matches!(self, Refusal::Fenced | Refusal::Replace),
            "take_over" => matches!(self, Refusal::Transient | Refusal::Replace | Refusal::Fenced),
            _ => !after && self == Refusal::Transient,
        }
    }
}

/// What befalls a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The process ends, before or after the call had its effect.
    Crash { after: bool },
    /// The process and the broker end after the call had its effect, and the markers of what was decided are lost.
    CrashOfAll,
    /// The broker ends after the call had its effect, and comes back: the markers of what was decided are lost.
    LoseMarkers,
    /// The call fails, before or after it had its effect.
    Refuse { refusal: Refusal, after: bool },
    /// The process stands still, before or after the call had its effect, until it is woken.
    Freeze { after: bool },
}
