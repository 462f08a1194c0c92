//! `${env:NAME}` and `${file:PATH:KEY}` inside a value. Pure: who asks brings the look-up.

use std::fmt;

/// What a placeholder points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// An environment variable.
    Env {
        /// Its name.
        name: String,
    },
    /// A line of a properties file.
    File {
        /// The file.
        path: String,
        /// The line's key.
        key: String,
    },
}

impl fmt::Display for Reference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reference::Env { name } => write!(out, "${{env:{name}}}"),
            Reference::File { path, key } => write!(out, "${{file:{path}:{key}}}"),
        }
    }
}

/// What a reference points at, or why it could not be found, without any value in the text.
pub type Lookup<'a> = &'a dyn Fn(&Reference) -> Result<String, String>;

/// Puts what they point at in the place of all placeholders; what comes in is not looked through again.
///
/// # Errors
/// One text for each placeholder that is malformed or points at nothing.
pub fn expand(written: &str, lookup: Lookup<'_>) -> Result<String, Vec<String>> {
    let mut out = String::with_capacity(written.len());
    let mut problems = Vec::new();
    let mut rest = written;
    while let Some(begin) = rest.find("${") {
        out.push_str(&rest[..begin]);
        let Some(length) = rest[begin..].find('}') else {
            problems.push("has a \"${\" without its \"}\"".to_owned());
            rest = "";
            break;
        };
        let inner = &rest[begin + 2..begin + length];
        rest = &rest[begin + length + 1..];
        match parse(inner) {
            Some(reference) => match lookup(&reference) {
                Ok(value) => out.push_str(&value),
                Err(cause) => problems.push(format!("cannot resolve {reference}: {cause}")),
            },
            // Not quoted: it may be part of a secret that happens to look like a placeholder.
            None => problems.push("has a placeholder that is neither ${env:NAME} nor ${file:PATH:KEY}".to_owned()),
        }
    }
    out.push_str(rest);
    if problems.is_empty() { Ok(out) } else { Err(problems) }
}

/// Whether the whole of `written` is one well-formed placeholder, so that printing it tells nothing.
#[must_use]
pub fn is_one(written: &str) -> bool {
    written
        .strip_prefix("${")
        .and_then(|inner| inner.strip_suffix('}'))
        .is_some_and(|inner| !inner.contains(['$', '{', '}']) && parse(inner).is_some())
}

/// The path may hold colons, so the key begins after the last one.
fn parse(inner: &str) -> Option<Reference> {
    let (provider, rest) = inner.split_once(':')?;
    match provider {
        "env" if !rest.is_empty() => Some(Reference::Env { name: rest.to_owned() }),
        "file" => {
            let (path, key) = rest.rsplit_once(':')?;
            let is_whole = !path.is_empty() && !key.is_empty();
            is_whole.then(|| Reference::File { path: path.to_owned(), key: key.to_owned() })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(reference: &Reference) -> Result<String, String> {
        match reference {
            Reference::Env { name } if name == "WHO" => Ok("acme".to_owned()),
            Reference::File { path, key } if path == "/run/a:b" && key == "k" => Ok("${env:WHO}".to_owned()),
            _ => Err("it is not set".to_owned()),
        }
    }

    #[test]
    fn placeholders_are_replaced_anywhere_in_a_value() {
        assert_eq!(expand("x ${env:WHO}-${env:WHO} y", &known).unwrap(), "x acme-acme y");
        assert_eq!(expand("no $ and no {}", &known).unwrap(), "no $ and no {}");
    }

    #[test]
    fn what_comes_in_is_not_expanded_again() {
        assert_eq!(expand("${file:/run/a:b:k}", &known).unwrap(), "${env:WHO}");
    }

    #[test]
    fn every_placeholder_that_points_at_nothing_is_named() {
        let problems = expand("${env:A} ${vault:x} ${env:B} ${env:WHO", &known).unwrap_err();
        assert_eq!(
            problems,
            [
                "cannot resolve ${env:A}: it is not set",
                "has a placeholder that is neither ${env:NAME} nor ${file:PATH:KEY}",
                "cannot resolve ${env:B}: it is not set",
                "has a \"${\" without its \"}\"",
            ]
        );
    }

    #[test]
    fn only_a_lone_placeholder_tells_nothing() {
        assert!(is_one("${env:A}") && is_one("${file:/run/x:k}"));
        assert!(!is_one("s3cret${env:A}") && !is_one("${env:A}s3cret}") && !is_one("${s3cret}"));
    }
}
