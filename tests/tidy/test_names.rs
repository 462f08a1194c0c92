//! Pure: the name of a test says the rule that it shows, and not that it is a test.

use super::source::{Finding, SourceFile};
use super::tree::assert_kept;

fn check(file: &SourceFile) -> Vec<Finding> {
    let functions = file.code.match_indices("fn test_").map(|(at, _)| at);
    let tests = functions.filter(|at| is_a_test(&file.code[..*at]));
    tests.map(|at| file.finding(at, "a test named `test_…`: name the rule")).collect()
}

/// Whether what stands before a function marks it as a test: `#[test]`, `#[tokio::test]` and the like.
fn is_a_test(before: &str) -> bool {
    let attributes = before.rfind(['{', '}', ';']).map_or(before, |end| &before[end..]);
    attributes.contains("#[test]") || attributes.contains("::test")
}

#[test]
fn tests_are_named_after_rules() {
    assert_kept(check);
}

#[test]
fn a_test_named_test_is_found() {
    let text = "#[cfg(test)]\nmod tests {\n    #[test]\n    fn test_sum() {}\n}\n";
    assert_eq!(check(&SourceFile::planted("src/a.rs", text))[0].line, 4);
    for good in [text.replace("test_sum", "sums_add_up"), text.replace("#[test]", "")] {
        assert_eq!(check(&SourceFile::planted("src/a.rs", &good)), [], "{good}");
    }
}
