//! What is wrong with a settings file: every problem with its key and its place, reported together. Pure.
//!
//! A text never holds a secret: whoever makes a problem prints what was written, not what it stands for.

use std::fmt;

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The setting, or empty when the problem is none of one setting.
    pub key: String,
    /// The table of the file, as `[worker]`; empty when the problem is that of the whole file.
    pub place: String,
    /// Line of the file, from 1; 0 for none.
    pub line: usize,
    /// The cause and the way out: lower case, no full stop.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = if self.line == 0 { String::new() } else { format!("line {}", self.line) };
        let parts = [line.as_str(), self.place.as_str(), self.key.as_str()];
        let before: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        if before.is_empty() {
            return out.write_str(&self.text);
        }
        write!(out, "{}: {}", before.join(" "), self.text)
    }
}

/// All problems of one file, in the file's order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Problems {
    file: String,
    list: Vec<Problem>,
}

impl Problems {
    /// The problems of `file`, sorted by line and then by key, each of them once.
    #[must_use]
    pub fn new(file: &str, mut list: Vec<Problem>) -> Problems {
        list.sort_by(|a, b| (a.line, &a.key, &a.text).cmp(&(b.line, &b.key, &b.text)));
        list.dedup();
        Problems { file: file.to_owned(), list }
    }

    /// The problems.
    #[must_use]
    pub fn list(&self) -> &[Problem] {
        &self.list
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let noun = if self.list.len() == 1 { "problem" } else { "problems" };
        write!(out, "{} {noun} in {}", self.list.len(), self.file)?;
        self.list.iter().try_for_each(|problem| write!(out, "\n  {problem}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_reported_together_in_the_order_of_the_file() {
        let at = |line, key: &str| Problem {
            key: key.to_owned(),
            place: "[worker]".to_owned(),
            line,
            text: "is wrong".to_owned(),
        };
        let problems = Problems::new("x.toml", vec![at(9, "b"), at(2, "z"), at(9, "a"), at(2, "z")]);
        assert_eq!(
            problems.to_string(),
            "3 problems in x.toml\n  line 2 [worker] z: is wrong\n  line 9 [worker] a: is wrong\n  line 9 [worker] b: is wrong"
        );
    }
}
