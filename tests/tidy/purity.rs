//! Pure: a pure file of the crate has no async, clock, randomness, network, file, log or hash-ordered iteration.

use super::source::{Finding, SourceFile};
use super::tree::assert_kept;

const BANNED: [&str; 10] =
    ["async", "tokio", "rdkafka", "reqwest", "std::fs", "::now(", "rand", "tracing", "HashMap", "HashSet"];

fn check(file: &SourceFile) -> Vec<Finding> {
    if !file.is_in_src() || !file.is_pure() {
        return Vec::new();
    }
    // For lookups alone hashbrown's are fine; that nothing depends on their order is for the reviewer to see.
    let own_hashing = file.places("hashbrown").next().is_some();
    let banned = BANNED.into_iter().filter(|word| !(own_hashing && word.starts_with("Hash")));
    banned.flat_map(|word| file.findings(word, "not in a pure file", |at| !file.in_tests(at))).collect()
}

#[test]
fn pure_files_are_pure() {
    assert_kept(check);
}

#[test]
fn an_effect_in_a_pure_file_is_found() {
    for effect in [
        "async fn a() {}",
        "use tokio::time;",
        "use rdkafka::Offset;",
        "reqwest::get(a)",
        "std::fs::read(a)",
        "let a = Instant::now();",
        "use rand::Rng;",
        "tracing::info!(a)",
        "use std::collections::HashMap;",
    ] {
        assert_eq!(check(&SourceFile::planted("src/a.rs", &format!("//! Pure.\n{effect}\n"))).len(), 1, "{effect}");
        for kept in ["//! Edge.\n{}\n", "//! Pure.\n// {}\n", "//! Pure.\n#[cfg(test)]\nmod tests { {} }\n"] {
            let text = kept.replace("{}", effect);
            assert_eq!(check(&SourceFile::planted("src/a.rs", &text)), [], "{text}");
        }
    }
    assert_eq!(check(&SourceFile::planted("src/a.rs", "//! Pure.\nuse hashbrown::HashMap;\n")), []);
}
