//! Edge: a processor over a model of a broker, in which every call may be the last of its process, fail, or stand still
//! while somebody else takes over. Whatever befalls it, the rows are those of a plain recomputation, and every committed
//! record keeps the rules of the audit.

mod judge;
mod story;

mod claims;
mod crashes;
mod failures;
mod handovers;
mod zombies;
