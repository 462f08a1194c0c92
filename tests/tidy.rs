//! Edge: reads the source tree and holds it to the house rules.
//!
//! One module a rule: what the rule is, a test that the tree keeps it, and a test that a planted violation is found, so
//! that no rule can be kept by not looking.

#![allow(clippy::unwrap_used, reason = "what surprises a test or its helpers is a failure of the test")]

/// The rules, and below them what reads the tree.
mod tidy {
    mod size;

    mod opening;
    mod purity;

    mod layers;
    mod room_files;

    mod confined;
    mod forbidden;

    mod wording;

    mod test_names;

    mod schemas;

    mod blank;
    mod source;
    mod tree;
}
