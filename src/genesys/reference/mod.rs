//! Names of queues, wrap-up codes, skills and languages, out of the routing API. Edges beside pure files.
//!
//! `names` is what is known at one moment, `join` puts it on interactions, `listing` reads the API's lists; `shelf`
//! decides what to ask for and when, and `cache` asks; `ledger` knows what of it is published.

mod join;
mod listing;
mod names;

mod shelf;

pub mod ledger;

pub mod cache;

pub use join::{ids_of, skill_set};
pub use listing::{ListPage, read_list};
pub use names::{Entity, Kind, Names, path_of};
