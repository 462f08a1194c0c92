//! Pure: every file opens with what it is for, and those of the crate say whether they are pure or an edge.

use super::source::{Finding, SourceFile};
use super::tree::assert_kept;

fn check(file: &SourceFile) -> Vec<Finding> {
    let opening = file.opening().join(" ").to_lowercase();
    if opening.trim().is_empty() {
        return vec![file.finding(0, "opens without `//!` and what it is for")];
    }
    let says = |word| opening.split(|c| !char::is_alphanumeric(c)).any(|said| said == word);
    if file.is_in_src() && !file.in_tests(0) && !says("pure") && !says("edge") {
        return vec![file.finding(0, "its opening says neither Pure nor Edge")];
    }
    Vec::new()
}

#[test]
fn files_say_what_they_are_for() {
    assert_kept(check);
}

#[test]
fn a_file_that_does_not_say_it_is_found() {
    for text in ["use std::fmt;\n", "//!\n", "//! Impure thoughts.\n", "// Pure.\n"] {
        assert_eq!(check(&SourceFile::planted("src/a.rs", text)).len(), 1, "{text}");
    }
    assert_eq!(check(&SourceFile::planted("src/a.rs", "//! Thoughts; `b` is pure.\n")), []);
    assert_eq!(check(&SourceFile::planted("tests/a.rs", "//! Thoughts.\n")), []);
    assert_eq!(check(&SourceFile::new("src/a/tests.rs", "//! Thoughts.\n", true)), []);
}
