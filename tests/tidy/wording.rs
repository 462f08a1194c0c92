//! Pure: the texts that people read when something is wrong.
//!
//! An error says in lower case what was being tried, without a full stop, because it is put together with its causes.
//! A log message is constant, so that it can be searched for and counted; values are fields.

use super::source::{Finding, SourceFile, closing};
use super::tree::assert_kept;

fn check_errors(file: &SourceFile) -> Vec<Finding> {
    let mark = "#[error(";
    let mut findings = Vec::new();
    for at in file.places(mark).filter(|at| file.is_in_src() && !file.in_tests(*at)) {
        let open = at + mark.len() - 1;
        let Some(text) = file.literal(open..closing(&file.code, open)) else { continue };
        findings.extend(faults(text).map(|fault| file.finding(at, format!("error text {fault}: {text:?}"))));
    }
    findings
}

fn check_logs(file: &SourceFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    for mark in ["error!(", "warn!(", "info!(", "debug!(", "trace!("] {
        for at in file.places(mark).filter(|at| file.is_in_src() && !file.in_tests(*at)) {
            let Some(text) = message(file, at + mark.len() - 1) else { continue };
            let inserted = text.replace("{{", "").contains('{').then_some("has a value in it");
            let faults = faults(text).chain(inserted);
            findings.extend(faults.map(|fault| file.finding(at, format!("log message {fault}: {text:?}"))));
        }
    }
    findings
}

/// What is wrong with the text, in the words of a finding.
fn faults(text: &str) -> impl Iterator<Item = &'static str> {
    let capital = text.chars().next().is_some_and(char::is_uppercase).then_some("begins with a capital");
    let full_stop = text.ends_with('.').then_some("ends with a full stop");
    capital.into_iter().chain(full_stop)
}

/// The argument of a logging macro that is a text by itself: fields are `name = "text"`.
fn message(file: &SourceFile, open: usize) -> Option<&str> {
    let end = closing(&file.code, open);
    let mut start = open + 1;
    let mut at = start;
    while at <= end {
        match file.code.as_bytes().get(at) {
            Some(b',' | b')' | b']' | b'}') | None => {
                if file.code[start..at].trim_start().starts_with('"') {
                    return file.literal(start..at);
                }
                start = at + 1;
                at = start;
            }
            Some(b'(' | b'[' | b'{') => at = closing(&file.code, at) + 1,
            Some(_) => at += 1,
        }
    }
    None
}

#[test]
fn error_texts_can_be_put_together() {
    assert_kept(check_errors);
}

#[test]
fn log_messages_are_constant() {
    assert_kept(check_logs);
}

#[test]
fn a_badly_worded_error_is_found() {
    for text in ["Cannot read {path}", "cannot read {path}."] {
        let planted = format!("#[error(\"{text}\")]\nRead {{ path: String }},\n");
        assert_eq!(check_errors(&SourceFile::planted("src/a.rs", &planted)).len(), 1, "{text}");
    }
    for good in ["#[error(\"cannot read {path}\")]", "#[error(transparent)]", "#[error(\"{0}\")]"] {
        assert_eq!(check_errors(&SourceFile::planted("src/a.rs", good)), [], "{good}");
    }
}

#[test]
fn a_badly_worded_log_message_is_found() {
    for bad in [
        "tracing::info!(\"Started\")",
        "warn!(page = 3, \"page was late.\")",
        "error!(error = %f(a, b), \"cannot read {path}\")",
        "debug!(\n    count = list.len(),\n    \"{} records\", count\n)",
    ] {
        assert_eq!(check_logs(&SourceFile::planted("src/a.rs", bad)).len(), 1, "{bad}");
    }
    for good in [
        "tracing::info!(topic = \"A.\", \"assigned\")",
        "info!(target: \"a\", count, \"read\")",
        "trace!(?record)",
        "warn!(braces = 1, \"took {{ for {{\")",
    ] {
        assert_eq!(check_logs(&SourceFile::planted("src/a.rs", good)), [], "{good}");
    }
}
