//! Pure: what exists nowhere in the crate: macros of its own, anything without a bound, panics in place of errors; and
//! what exists nowhere at all: work left undone and tests that do not count.

use super::source::{Finding, SourceFile};
use super::tree::assert_kept;

/// Three repetitions read better than one macro.
fn check_macros(file: &SourceFile) -> Vec<Finding> {
    in_src(file, &["macro_rules!"], "no macros of our own")
}

/// Whatever can grow without a bound does so on the worst day.
fn check_bounds(file: &SourceFile) -> Vec<Finding> {
    in_src(
        file,
        &["unbounded", "unbounded_channel", "UnboundedSender", "UnboundedReceiver", "mpsc::channel()"],
        "everything is bounded",
    )
}

fn check_unwrap(file: &SourceFile) -> Vec<Finding> {
    in_src(file, &[".unwrap()", ".unwrap_err()", "panic!"], "an error, or `expect` with the invariant")
}

/// Tests included.
fn check_undone(file: &SourceFile) -> Vec<Finding> {
    let undone = ["todo!", "unimplemented!", "#[ignore", "#[should_panic"];
    undone.iter().flat_map(|needle| file.findings(needle, "nothing is left undone or untested", |_| true)).collect()
}

fn in_src(file: &SourceFile, needles: &[&str], what: &str) -> Vec<Finding> {
    if !file.is_in_src() {
        return Vec::new();
    }
    needles.iter().flat_map(|needle| file.findings(needle, what, |at| !file.in_tests(at))).collect()
}

#[test]
fn there_are_no_macros_of_our_own() {
    assert_kept(check_macros);
}

#[test]
fn everything_is_bounded() {
    assert_kept(check_bounds);
}

#[test]
fn nothing_panics_in_place_of_an_error() {
    assert_kept(check_unwrap);
}

#[test]
fn nothing_is_left_undone_or_untested() {
    assert_kept(check_undone);
}

#[test]
fn what_is_forbidden_is_found() {
    type Rule = fn(&SourceFile) -> Vec<Finding>;
    let cases: [(Rule, &str, bool); 10] = [
        (check_macros, "macro_rules! a { () => {} }", true),
        (check_bounds, "tokio::sync::mpsc::unbounded_channel()", true),
        (check_bounds, "futures::channel::mpsc::unbounded()", true),
        (check_bounds, "let (a, b) = mpsc::channel();", true),
        (check_unwrap, "a.unwrap();", true),
        (check_unwrap, "panic!(\"a\");", true),
        (check_undone, "todo!()", false),
        (check_undone, "unimplemented!()", false),
        (check_undone, "#[ignore = \"slow\"]", false),
        (check_undone, "#[should_panic]", false),
    ];
    for (rule, text, allowed_in_tests) in cases {
        assert_eq!(rule(&SourceFile::planted("src/a.rs", text)).len(), 1, "{text}");
        let in_tests = rule(&SourceFile::planted("tests/it/a.rs", text)).len();
        assert_eq!(in_tests, usize::from(!allowed_in_tests), "{text}");
        let as_comment = format!("/// {text}\n");
        assert_eq!(rule(&SourceFile::planted("src/a.rs", &as_comment)), [], "{text}");
    }
}
