//! Pure: one file of Rust as the rules look at it.

use std::ops::Range;

use super::blank::{blank, in_name};

/// A broken rule, at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub path: String,
    /// From 1.
    pub line: usize,
    pub what: String,
}

/// A file, from the root of the repository.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// With slashes, as `src/kafka/producer.rs`.
    pub path: String,
    pub text: String,
    /// The text with comments and the insides of literals blanked; places in both are the same.
    pub code: String,
    /// Where tests are; sorted.
    tests: Vec<Range<usize>>,
}

impl SourceFile {
    /// `only_tests` says that the file as a whole is compiled for tests alone.
    pub fn new(path: &str, text: &str, only_tests: bool) -> Self {
        let code = blank(text);
        let whole = only_tests || path.starts_with("tests/");
        let tests = if whole { std::iter::once(0..text.len()).collect() } else { test_regions(&code) };
        Self { path: path.to_owned(), text: text.to_owned(), code, tests }
    }

    /// A file that a test of a rule makes up.
    pub fn planted(path: &str, text: &str) -> Self {
        Self::new(path, text, false)
    }

    /// Whether it is part of the crate, and not of its tests.
    pub fn is_in_src(&self) -> bool {
        self.path.starts_with("src/")
    }

    pub fn in_tests(&self, at: usize) -> bool {
        self.tests.iter().any(|region| region.contains(&at))
    }

    /// The lines that open the file and say what it is for, without their marks; paragraphs are parted by empty lines.
    pub fn opening(&self) -> Vec<&str> {
        self.text.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim).collect()
    }

    /// The first of the words `Pure` and `Edge` in the first paragraph of the opening decides. A room's list of what is
    /// pure in it decides nothing.
    pub fn is_pure(&self) -> bool {
        let opening = self.opening();
        let words = opening
            .iter()
            .take_while(|line| !line.is_empty())
            .flat_map(|line| line.split(|c| !char::is_alphanumeric(c)));
        words.into_iter().find(|word| ["Pure", "Edge"].contains(word)) == Some("Pure")
    }

    /// Every place of `needle` in the code, tests included. Where it begins or ends with a letter it is a whole word.
    pub fn places<'a>(&'a self, needle: &'a str) -> impl Iterator<Item = usize> + 'a {
        let bytes = self.code.as_bytes();
        let ends_in_name = |byte: Option<&u8>| byte.is_some_and(|byte| in_name(*byte));
        self.code.match_indices(needle).map(|(at, _)| at).filter(move |at| {
            let glued_before = ends_in_name(needle.as_bytes().first()) && 0 < *at && in_name(bytes[at - 1]);
            let glued_after = ends_in_name(needle.as_bytes().last()) && ends_in_name(bytes.get(at + needle.len()));
            !glued_before && !glued_after
        })
    }

    pub fn finding(&self, at: usize, what: impl Into<String>) -> Finding {
        let line = self.text[..at].matches('\n').count() + 1;
        Finding { path: self.path.clone(), line, what: what.into() }
    }

    /// Findings at every place of `needle` that `counts`.
    pub fn findings(&self, needle: &str, what: &str, counts: impl Fn(usize) -> bool) -> Vec<Finding> {
        self.places(needle).filter(|at| counts(*at)).map(|at| self.finding(at, format!("`{needle}`: {what}"))).collect()
    }

    /// The inside of the first string literal that begins in the range, as it stands in the source.
    pub fn literal(&self, range: Range<usize>) -> Option<&str> {
        let open = range.start + self.code[range.clone()].find('"')?;
        let length = self.code[open + 1..].find('"')?;
        Some(&self.text[open + 1..open + 1 + length])
    }

    /// Names of the modules that this file declares for tests only, as in `#[cfg(test)] mod tests;`.
    pub fn test_modules(&self) -> Vec<&str> {
        let declarations = self.tests.iter().map(|region| &self.code[region.clone()]);
        declarations
            .filter_map(|code| code.strip_suffix(';')?.rsplit_once("mod ").map(|(_, name)| name.trim()))
            .collect()
    }
}

/// Where the bracket at `open` is closed, or the end.
pub fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0_i32;
    for (at, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    code.len()
}

fn test_regions(code: &str) -> Vec<Range<usize>> {
    let mut regions = Vec::new();
    for (start, mark) in code.match_indices("#[cfg(test)]") {
        let item = start + mark.len();
        let Some(length) = code[item..].find(['{', ';']) else { continue };
        let at = item + length;
        let last = if code.as_bytes()[at] == b'{' { closing(code, at) } else { at };
        regions.push(start..(last + 1).min(code.len()));
    }
    regions
}

#[test]
fn a_test_module_is_a_region_of_tests() {
    let file = SourceFile::planted("src/a.rs", "fn a() {}\n#[cfg(test)]\nmod tests {\n fn b() { '}' }\n}\nfn c() {}\n");
    let places: Vec<bool> = file.places("fn").map(|at| file.in_tests(at)).collect();
    assert_eq!(places, [false, true, false]);
    let apart = SourceFile::planted("src/a.rs", "fn a() {}\n#[cfg(test)]\nmod tests;\n");
    assert_eq!(apart.test_modules(), ["tests"]);
}

#[test]
fn the_first_word_of_the_first_paragraph_decides_what_is_pure() {
    for (text, pure) in [
        ("//! Rows. Pure; the Edge is elsewhere.\n", true),
        ("//! Edge: calls what is Pure.\n", false),
        ("//! A room.\n//!\n//! Pure here, not there.\n", false),
        ("//! Purely a matter of words.\n", false),
    ] {
        assert_eq!(SourceFile::planted("src/a.rs", text).is_pure(), pure, "{text}");
    }
}

#[test]
fn a_word_is_found_whole_and_only_in_code() {
    let file = SourceFile::planted("src/a.rs", "rand::x; grand; rand_x; // rand\n\"rand\" rand");
    let lines: Vec<usize> = file.findings("rand", "", |_| true).iter().map(|finding| finding.line).collect();
    assert_eq!(lines, [1, 2]);
}
