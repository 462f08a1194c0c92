//! Edge: the acceptance scenarios, one test each under the name of its rule, and a test for every ruling that touches a
//! number. Each is driven through the whole topology, and held against the oracle's book besides.

mod local_days;

mod attribution;
mod conversations;
mod handle_time;
mod measures;
mod rejected;
mod restatement;
mod rulings;

/// Where most of them happen.
const DAY: &str = "2024-01-15T00:00:00Z";
const TEN: &str = "2024-01-15T10:00:00Z";

const PT30M: &str = "kpi.queue.pt30m";
/// The topics of half hours when `kpi.attribution` names all three bases.
const PT30M_OF_BASES: [&str; 3] = ["kpi.queue.pt30m", "kpi.queue.pt30m.completion", "kpi.queue.pt30m.apportioned"];
