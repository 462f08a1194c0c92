//! Pure: a file has one job, and at most 400 lines with its tests.

use super::source::{Finding, SourceFile};
use super::tree::assert_kept;

const LINES_MAX: usize = 400;

fn check(file: &SourceFile) -> Vec<Finding> {
    let lines = file.text.lines().count();
    if lines <= LINES_MAX {
        return Vec::new();
    }
    vec![file.finding(file.text.len(), format!("{lines} lines; at most {LINES_MAX}: move the tests out, then a job"))]
}

#[test]
fn files_are_short() {
    assert_kept(check);
}

#[test]
fn a_long_file_is_found() {
    assert_eq!(check(&SourceFile::planted("src/a.rs", &"\n".repeat(400))), []);
    assert_eq!(check(&SourceFile::planted("src/a.rs", &"\n".repeat(401))).len(), 1);
}
