//! Bytes to domain records and back. Pure.
//!
//! `schemas/*.avsc` is the source of truth; `schema` holds their text, `framing` what stands before the body on a topic,
//! `codec` reads and writes bodies with writers and readers that are built once, `newest` gathers what stands on a
//! compacted topic.

pub mod schema;

pub mod framing;

pub mod codec;
mod newest;
mod plan;
mod positional;
mod reader;

pub use codec::{AvroError, Codec};
pub use newest::Newest;
