//! Pure: what exists in one place only. Tasks are started by the supervisor, the Kafka client is known to one room, and
//! errors without a type end at the shell.

use super::source::{Finding, SourceFile};
use super::tree::assert_kept;

const SUPERVISOR: &str = "src/runtime/supervisor.rs";

/// A task that nobody supervises is never joined, and its panic is never seen.
fn check_tasks(file: &SourceFile) -> Vec<Finding> {
    let starts = ["tokio::spawn", "task::spawn", "thread::spawn", "thread::Builder"];
    outside(file, &starts, &[SUPERVISOR], "tasks are started by runtime::supervisor")
}

/// With one room that knows the client, its pitfalls are met once.
fn check_client(file: &SourceFile) -> Vec<Finding> {
    outside(file, &["rdkafka"], &["src/kafka/"], "the Kafka client is known to the room kafka alone")
}

/// An error that a caller is to act on has variants.
fn check_untyped_errors(file: &SourceFile) -> Vec<Finding> {
    outside(file, &["anyhow"], &["src/main.rs", "src/command/"], "errors of a room are enums of its own")
}

/// The places in the crate, its tests left out, that are not in a file or directory named.
fn outside(file: &SourceFile, needles: &[&str], homes: &[&str], what: &str) -> Vec<Finding> {
    if !file.is_in_src() || homes.iter().any(|home| file.path.starts_with(home)) {
        return Vec::new();
    }
    needles.iter().flat_map(|needle| file.findings(needle, what, |at| !file.in_tests(at))).collect()
}

#[test]
fn tasks_are_started_by_the_supervisor() {
    assert_kept(check_tasks);
}

#[test]
fn the_kafka_client_stays_in_its_room() {
    assert_kept(check_client);
}

#[test]
fn untyped_errors_stay_in_the_shell() {
    assert_kept(check_untyped_errors);
}

#[test]
fn what_is_out_of_its_place_is_found() {
    type Rule = fn(&SourceFile) -> Vec<Finding>;
    let cases: [(Rule, &str, &str); 6] = [
        (check_tasks, "tokio::spawn(a)", SUPERVISOR),
        (check_tasks, "tokio::task::spawn(a)", SUPERVISOR),
        (check_tasks, "std::thread::spawn(a)", SUPERVISOR),
        (check_tasks, "std::thread::Builder::new()", SUPERVISOR),
        (check_client, "use rdkafka::Offset;", "src/kafka/a.rs"),
        (check_untyped_errors, "fn a() -> anyhow::Result<()>", "src/command/a.rs"),
    ];
    for (rule, text, home) in cases {
        assert_eq!(rule(&SourceFile::planted("src/process/a.rs", text)).len(), 1, "{text}");
        assert_eq!(rule(&SourceFile::planted(home, text)), [], "{text}");
        assert_eq!(rule(&SourceFile::planted("tests/it/a.rs", text)), [], "{text}");
        let as_comment = format!("// {text}\n");
        assert_eq!(rule(&SourceFile::planted("src/process/a.rs", &as_comment)), [], "{text}");
    }
}
