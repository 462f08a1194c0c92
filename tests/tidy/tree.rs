//! Edge: the files of the repository, and the verdict on all of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::source::{Finding, SourceFile};

/// Where the repository is. Asked when the tests run, so that a built test binary can look at another copy of it.
pub fn root() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from)
}

/// All Rust files under `src` and `tests`, in the order of their paths.
pub fn files() -> Vec<SourceFile> {
    let root = root();
    let mut paths = Vec::new();
    for top in ["src", "tests"] {
        collect(&root.join(top), &mut paths);
    }
    paths.sort();
    let texts: Vec<(String, String)> = paths
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            (path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/"), text)
        })
        .collect();
    let mut test_stems = BTreeSet::new();
    for (path, text) in &texts {
        let file = SourceFile::new(path, text, false);
        test_stems.extend(file.test_modules().into_iter().map(|module| format!("{}/{module}", room_of(path))));
    }
    texts.iter().map(|(path, text)| SourceFile::new(path, text, is_below(path, &test_stems))).collect()
}

/// # Panics
/// With all findings of the rule on the tree.
pub fn assert_kept(rule: fn(&SourceFile) -> Vec<Finding>) {
    let files = files();
    assert!(20 < files.len(), "only {} files found under {}", files.len(), root().display());
    let findings: Vec<String> =
        files.iter().flat_map(rule).map(|f| format!("{}:{}: {}", f.path, f.line, f.what)).collect();
    assert!(findings.is_empty(), "{} findings\n{}", findings.len(), findings.join("\n"));
}

/// The directory in which a file's own modules lie.
fn room_of(path: &str) -> &str {
    let stem = path.strip_suffix(".rs").unwrap_or(path);
    ["/mod", "/lib", "/main"].into_iter().find_map(|name| stem.strip_suffix(name)).unwrap_or(stem)
}

fn is_below(path: &str, stems: &BTreeSet<String>) -> bool {
    stems.iter().any(|stem| path.strip_prefix(stem.as_str()).is_some_and(|rest| rest == ".rs" || rest.starts_with('/')))
}

fn collect(directory: &Path, paths: &mut Vec<PathBuf>) {
    let entries =
        fs::read_dir(directory).unwrap_or_else(|error| panic!("cannot read {}: {error}", directory.display()));
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}

#[test]
fn the_file_of_a_test_module_is_known_as_one() {
    let stems =
        BTreeSet::from([format!("{}/tests", room_of("src/a/b.rs")), format!("{}/tests", room_of("src/c/mod.rs"))]);
    for (path, below) in [
        ("src/a/b/tests.rs", true),
        ("src/c/tests/d.rs", true),
        ("src/a/tests.rs", false),
        ("src/c/tests_of.rs", false),
    ] {
        assert_eq!(is_below(path, &stems), below, "{path}");
    }
}
