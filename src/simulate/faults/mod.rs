//! What goes wrong, by script. Pure.
//!
//! A script is a TOML file. This one fails about one request for data in twenty, each in its own way, and cuts a token
//! off now and then; requests for other paths pass:
//!
//! ```toml
//! seed = 1                     # chooses which requests a probability fails
//! token_reuse = "alternate"    # a dead page token: "gone", "empty", or in turn
//!
//! [[rule]]
//! status = 429
//! retry_after_s = 1
//! probability = 0.01
//!
//! [[rule]]
//! status = 429                 # without Retry-After
//! probability = 0.01
//!
//! [[rule]]
//! status = 503
//! probability = 0.01
//!
//! [[rule]]
//! kind = "hang"
//! hang_ms = 3000
//! probability = 0.005
//!
//! [[rule]]
//! kind = "truncate"
//! probability = 0.01
//!
//! [[rule]]
//! kind = "token"
//! probability = 0.01
//!
//! [[rule]]
//! path_contains = "/oauth/token"
//! status = 503
//! after_request = 1            # the first login passes, the second fails
//! times = 1
//!
//! [[row]]                      # told as it stands, beside the centre's rows or conversations; unknown to the truth
//! at = "2026-01-01T10:00:00Z"
//! json = '{"id": "odd", "type": "voice", "status": "completed", "talkDuration": -5}'
//!
//! [[name]]                     # from the second reading of the list on; unknown to the truth
//! list = "queues"
//! id = "QA_Review"
//! from_reading = 2
//! rename = "Quality"           # or: deleted = true
//! ```

mod names;
mod script;

pub use self::names::NameChange;

pub use self::script::{DATA_PATHS, Fault, FaultKind, FaultScript, Faults, Rule, ScriptError};

#[cfg(test)]
mod tests;
