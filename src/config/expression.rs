//! Whether a text is an expression of the Common Expression Language. Pure; the language is a library's.

use cel::Program;

/// Checks the syntax of an expression.
///
/// # Errors
/// What the parser says of it, in one line.
pub fn check(text: &str) -> Result<(), String> {
    match Program::compile(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string().lines().collect::<Vec<_>>().join(" ")),
    }
}
