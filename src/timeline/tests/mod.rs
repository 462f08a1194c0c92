//! Samples that the tests of several rooms share, and the rules of legs, each named by its test. Pure.

mod samples;

mod sample_conversations;

mod flat_rows;

mod events;

mod sequences;

mod transfers;

mod details;

mod factors;

mod permutations;

pub(crate) use sample_conversations::{details_conversation, events_conversation, with_leg};
pub(crate) use samples::{default_rules_config, flat_row, rules_of, sample_leg, with};
