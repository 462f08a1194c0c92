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
//! kind = "query"               # a query that is answered later ends so
//! fate = "failed"              # failed, partial, cancelled, expired, endless
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
//!
//! What a `kind` does, besides answering with a `status` (401 also makes the bearer invalid):
//!
//! | kind | the request is answered with |
//! |---|---|
//! | `hang` | nothing for `hang_ms`, then 504 |
//! | `truncate` | half of the body: in turn the connection breaks, or the answer ends too early |
//! | `token` | what a page token gets that is used up; looks only at requests that name one |
//! | `html` | 200 and a page of HTML, as from a proxy in between |
//! | `plain` | what was asked for, as `text/plain` |
//! | `repeat` | what was asked for, behind the last row of the answer before |
//! | `total` | what was asked for, with a total that is off by `by` |
//! | `state` | what was asked for, with the state `value` of a query; looks only at requests for that |
//! | `field` | what was asked for, each row with a field `at` (names with dots between, through lists) of `value` |
//!
//! A rule with `request` looks at one step of queries that are answered later: `submit`, `look`, `page`, `delete` or
//! `availability`. With `retry_after_date = true` `Retry-After` is a date.
//!
//! ```toml
//! [[rule]]
//! request = "look"
//! status = 429
//! retry_after_s = 40
//! retry_after_date = true
//!
//! [[rule]]
//! kind = "total"
//! by = -3
//!
//! [[rule]]
//! kind = "field"
//! at = "participants.sessions.mood"   # a field that no reader knows
//! value = "calm"
//! row_contains = "0a1b"               # only rows whose JSON holds this text
//! ```

mod bend;

mod names;
mod requested;
mod script;

pub use self::bend::{Bend, Field, bent, last_row};
pub use self::names::NameChange;
pub use self::requested::Requested;

pub use self::script::{DATA_PATHS, Fault, FaultKind, FaultScript, Faults, Rule, ScriptError};

#[cfg(test)]
mod tests;
