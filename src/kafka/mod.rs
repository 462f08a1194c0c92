//! The only place that names rdkafka. Edge.
//!
//! `settings` holds every property that is set in code, each with its reason; `producer` is a transactional producer
//! whose deliveries are drained before a commit; `reader` reads partitions that are assigned by hand; `member` is a
//! place in a consumer group and nothing else, `assembly` one in the group of workers; `bounds` asks where partitions begin and end; `topics` creates and checks
//! topics, `limits` asks what brokers allow, `probe` what they let this client do. `error` sorts what can go wrong by
//! what the caller does about it; `notices` thins out what librdkafka says about connections, `statistics` adds up what clients tell of themselves; `closing` closes clients aside,
//! `watchdog` makes calls that may never return; `token` is what clients prove themselves with under OAUTHBEARER, `trouble`
//! finds out why brokers and client do not come together.

pub mod error;

mod notices;

mod token;

mod trouble;

pub mod statistics;

mod closing;

mod watchdog;

pub mod settings;

pub mod producer;

pub mod reader;

pub mod assembly;
pub mod member;

pub mod bounds;

pub mod topics;

pub mod limits;

pub mod probe;

pub mod names;
