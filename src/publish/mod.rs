//! Interactions to their topic, with the source offset, in one transaction. `contract` and `encode` are pure; `kafka` is
//! an edge, as are `stored`, which reads offsets from aside, and `asked`, which leaves requests for sources.
//!
//! The delivery contract: what one [`contract::Publication`] holds is seen by a `read_committed` consumer as a whole or
//! not at all, and the source offset in it is the one that a restarted source begins from.

pub mod contract;

pub mod encode;

pub mod kafka;

pub mod stored;

pub mod asked;
