//! Whatever is sent, an answer is never a fault of the server, and an error is always in Connect's form. The random
//! choices are the library's.

use std::sync::Arc;

use proptest::prelude::{Just, Strategy, any, prop_assert, prop_oneof};
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use super::scene::{Scene, config, creation};
use crate::connect::rest::endpoints::paths;

const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

const TYPES: [&str; 4] = ["application/json", "application/json; charset=utf-8", "text/plain", ""];

/// Paths of the table, with something or other in the place of their parameters.
fn path() -> impl Strategy<Value = String> {
    let parts =
        ["src", "nope", "0", "7", "-1", "99999999999", "%2F", "%ff", "%00", "%20", "root", "GenesysSource", "%C3%A9"];
    let part = proptest::sample::select(parts.to_vec());
    let queries = [
        "",
        "?expand=status&expand=info",
        "?expand=%ff",
        "?includeTasks=x&onlyFailed=true",
        "?scope=cluster",
        "/",
        "?=&&%",
    ];
    let query = proptest::sample::select(queries.to_vec());
    (proptest::sample::select(paths()), part.clone(), part, query).prop_map(|(path, one, other, query)| {
        let named = path.replacen("{task}", other, 1);
        let filled: Vec<&str> =
            named.split('/').map(|piece| if piece.starts_with('{') { one } else { piece }).collect();
        format!("{}{query}", filled.join("/"))
    })
}

/// JSON of any shape, with words that mean something here.
fn value() -> impl Strategy<Value = Value> {
    let word = proptest::sample::select(vec![
        "",
        "x",
        "GenesysSource",
        "1",
        "${env:",
        "DEBUG",
        "STOPPED",
        "\u{0}",
        "\u{1f600}",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        word.prop_map(Value::from),
    ];
    let keys = vec![
        "name",
        "config",
        "initial_state",
        "connector.class",
        "tasks.max",
        "offsets",
        "partition",
        "offset",
        "level",
        "x",
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        let key = proptest::sample::select(keys.clone());
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::vec((key, inner), 0..4)
                .prop_map(|pairs| pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

fn body() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just(config().to_string()),
        Just(creation("new", &config())),
        Just(json!({"level": "info"}).to_string()),
        Just(json!({"offsets": [{"partition": {"org": "acme"}, "offset": {"position": 1}}]}).to_string()),
        value().prop_map(|value| value.to_string()),
        value().prop_map(|value| value.to_string().chars().rev().collect()),
        "\\PC{0,12}",
    ]
}

#[test]
fn whatever_is_sent_the_answer_is_no_fault_of_the_server() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let scene = Arc::new(Scene::new());
    let requests =
        (proptest::sample::select(METHODS.to_vec()), path(), body(), proptest::sample::select(TYPES.to_vec()));
    let config = Config { cases: 3_000, failure_persistence: None, ..Config::default() };
    let check = |(method, path, body, media): (&'static str, String, String, &'static str)| {
        let headers: &[(&str, &str)] = if media.is_empty() { &[] } else { &[("content-type", media)] };
        let told = runtime.block_on(scene.ask_with(method, &path, &body, headers));
        let said = format!("{method} {path} {body}: {} {}", told.status, told.text);
        prop_assert!(told.status < 500, "{said}");
        if 400 <= told.status && method != "HEAD" {
            let error: Value = serde_json::from_str(&told.text).unwrap_or_default();
            prop_assert!(error["error_code"] == told.status && error["message"].is_string(), "{said}");
        }
        Ok(())
    };
    TestRunner::new(config).run(&requests.prop_map(|request| request), check).unwrap();
}
