//! Edge: three brokers and several processes, to which everything happens that happens to such in a bad year, within
//! minutes.
//!
//! ```text
//!  seed ─▶ schedule ─▶ events ─▶ cluster: brokers in containers, each behind proxies ─▶ markers (held in flight)
//!                        └─────▶ crew: a source, processors, one of them behind a network that can be cut
//!  run: all of it together; afterwards rows beside the truth, every record beside the rules, `readings` beside what
//!  the platform has and was asked for
//! ```

mod schedule;

mod wire;

mod proxy;

mod cluster;

mod crew;

mod events;

mod readings;

mod standing;

mod run;
