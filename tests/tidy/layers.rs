//! Pure: who may use whom. The table is that of `src/lib.rs`, room by room.
//!
//! A file may use its own room and every room of a lower layer. The pure rooms share one layer, the first; there each
//! may use those it names: rooms before it in the flow whose output it takes, and the typed settings. The edges of the
//! second layer may use the runtime beside them.

use super::blank::in_name;
use super::source::{Finding, SourceFile, closing};
use super::tree::assert_kept;

struct Room {
    /// Below `src`, with colons; the longest that fits a path is its room.
    path: &'static str,
    /// What is used by others counts as this layer.
    layer: u8,
    /// The layer of its files that do not say Pure.
    edge_layer: u8,
    /// Rooms that it may use where they lie in the same layer as the file that uses them.
    beside: &'static [&'static str],
}

const fn room(path: &'static str, layer: u8, edge_layer: u8, beside: &'static [&'static str]) -> Room {
    Room { path, layer, edge_layer, beside }
}

const ROOMS: [Room; 26] = [
    room("domain", 0, 0, &[]),
    room("avro", 1, 1, &[]),
    room("config", 1, 2, &[]),
    room("genesys", 1, 2, &["config", "runtime"]),
    room("extract", 1, 3, &["avro", "config", "genesys", "publish::contract"]),
    room("extract::task", 3, 3, &[]),
    room("publish::contract", 1, 1, &[]),
    room("publish::encode", 1, 1, &["avro", "publish::contract", "topology"]),
    room("dedupe", 1, 1, &["config"]),
    room("timeline", 1, 1, &["config", "dedupe"]),
    room("window", 1, 1, &["config", "timeline"]),
    room("emit", 1, 1, &["config", "timeline", "window"]),
    room("topology", 1, 1, &["config", "avro", "dedupe", "timeline", "window", "emit"]),
    room("replay", 1, 1, &["config", "avro", "window", "topology"]),
    room("reconcile", 1, 3, &["avro", "config", "window"]),
    room("kafka", 2, 2, &["config", "runtime"]),
    room("runtime", 2, 2, &[]),
    room("publish", 3, 3, &[]),
    room("process", 3, 3, &[]),
    room("process::board", 2, 2, &[]),
    room("embedded", 3, 3, &[]),
    room("simulate", 3, 3, &[]),
    room("status", 4, 4, &[]),
    room("connect", 4, 4, &["status"]),
    room("cli", 4, 4, &[]),
    room("command", 4, 4, &["cli", "connect", "status"]),
];

fn check(file: &SourceFile) -> Vec<Finding> {
    let Some(inside) = file.path.strip_prefix("src/").and_then(|path| path.strip_suffix(".rs")) else {
        return Vec::new();
    };
    if ["lib", "main"].contains(&inside) {
        return Vec::new();
    }
    let Some(own) = room_of(&inside.replace('/', "::")) else {
        return vec![file.finding(0, "its room is not in the table of layers")];
    };
    let layer = if file.is_pure() || inside.ends_with("/mod") { own.layer } else { own.edge_layer };
    let mut findings = Vec::new();
    for at in file.places("crate::").filter(|at| !file.in_tests(*at)) {
        for used in paths_from(&file.code, at + "crate::".len()) {
            let Some(other) = room_of(&used) else {
                findings.push(file.finding(at, format!("`{used}` is not in the table of layers")));
                continue;
            };
            let same_room = top(other.path) == top(own.path) && other.layer <= layer;
            let beside = other.layer == layer && own.beside.contains(&other.path);
            if !same_room && !beside && layer <= other.layer {
                let (own, other) = (own.path, format!("{} of layer {}", other.path, other.layer));
                findings.push(file.finding(at, format!("{own}, here of layer {layer}, must not use {other}")));
            }
        }
    }
    findings
}

fn room_of(path: &str) -> Option<&'static Room> {
    let fits =
        |room: &&Room| path.strip_prefix(room.path).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"));
    ROOMS.iter().filter(fits).max_by_key(|room| room.path.len())
}

fn top(path: &str) -> &str {
    path.split("::").next().unwrap_or(path)
}

/// The paths that begin at a place: one, or those of a list in braces, to any depth.
fn paths_from(code: &str, start: usize) -> Vec<String> {
    let length = code[start..].bytes().take_while(|byte| in_name(*byte) || *byte == b':').count();
    let stem = &code[start..start + length];
    if code.as_bytes().get(start + length) != Some(&b'{') {
        return vec![stem.trim_end_matches(':').to_owned()];
    }
    let open = start + length;
    let mut paths = Vec::new();
    let mut at = open + 1;
    let end = closing(code, open);
    while at < end {
        if in_name(code.as_bytes()[at]) {
            paths.extend(paths_from(code, at).into_iter().map(|path| format!("{stem}{path}")));
            let mut over = at;
            while over < end && code.as_bytes()[over] != b',' {
                over = if code.as_bytes()[over] == b'{' { closing(code, over) } else { over + 1 };
            }
            at = over;
        }
        at += 1;
    }
    paths
}

#[test]
fn rooms_use_only_what_lies_below_them() {
    assert_kept(check);
}

#[test]
fn a_use_against_the_layers_is_found() {
    for (path, line) in [
        ("src/domain/a.rs", "use crate::avro::b::C;"),
        ("src/timeline/a.rs", "use crate::kafka::b::C;"),
        ("src/timeline/a.rs", "use crate::window::b::C;"),
        ("src/kafka/a.rs", "use crate::{domain::b, process::c};"),
        ("src/runtime/a.rs", "fn b() { crate::kafka::c(); }"),
        ("src/extract/a.rs", "use crate::extract::task::b;"),
        ("src/genesys/a.rs", "use crate::runtime::b;"),
        ("src/simulate/a.rs", "use crate::process::b;"),
        ("src/simulate/a.rs", "use crate::nowhere::b;"),
        ("src/nowhere/a.rs", "use crate::domain::b;"),
    ] {
        let file = SourceFile::planted(path, &format!("//! Pure.\n{line}\n"));
        assert_eq!(check(&file).len(), 1, "{path}: {line}: {:?}", check(&file));
    }
}

#[test]
fn a_use_along_the_layers_is_not_found() {
    for (path, kind, line) in [
        ("src/domain/a.rs", "Pure", "use crate::domain::b::C;"),
        ("src/window/a.rs", "Pure", "use crate::timeline::b::C;"),
        ("src/extract/a.rs", "Pure", "use crate::publish::contract::C;"),
        ("src/extract/task.rs", "Edge", "use crate::{extract::b, kafka::c, runtime::{d, e::F}, genesys::g};"),
        ("src/extract/poll_task.rs", "Edge", "use crate::runtime::b;"),
        ("src/genesys/client.rs", "Edge", "use crate::runtime::b;"),
        ("src/kafka/a.rs", "Edge", "fn b() { crate::runtime::c(); }"),
        ("src/publish/kafka.rs", "Edge", "use crate::publish::contract::Publish;"),
        ("src/embedded/a.rs", "Edge", "use crate::publish::contract::Publish;"),
        ("src/genesys/a.rs", "Edge", "use crate::config::typed::B;"),
        ("src/command/a.rs", "Edge", "use crate::cli::B;"),
        ("src/domain/a.rs", "Pure", "#[cfg(test)]\nmod tests { use crate::window::b; }"),
    ] {
        let file = SourceFile::planted(path, &format!("//! {kind}.\n{line}\n"));
        assert_eq!(check(&file), [], "{path}: {line}");
    }
}

#[test]
fn a_list_in_braces_is_many_paths() {
    let code = "use crate::{a::b, c::{d, e::F}, g};";
    assert_eq!(paths_from(code, 11), ["a::b", "c::d", "c::e::F", "g"]);
}
