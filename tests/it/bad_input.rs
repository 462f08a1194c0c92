//! Edge: input that cannot be counted.
