//! Pure: a `mod.rs` holds the room's essay, its declarations and re-exports, and no logic.

use super::source::{Finding, SourceFile};
use super::tree::assert_kept;

fn check(file: &SourceFile) -> Vec<Finding> {
    if !file.path.ends_with("/mod.rs") {
        return Vec::new();
    }
    file.findings("fn", "no logic in mod.rs", |_| true)
}

#[test]
fn room_files_hold_no_logic() {
    assert_kept(check);
}

#[test]
fn a_function_in_a_room_file_is_found() {
    let text = "//! A room. Pure.\n\npub mod a;\n\nfn b() {}\n";
    assert_eq!(check(&SourceFile::planted("src/a/mod.rs", text))[0].line, 5);
    assert_eq!(check(&SourceFile::planted("src/a/b.rs", text)), []);
}
