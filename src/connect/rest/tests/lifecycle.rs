//! What connectors are to do, where they stand, and the worker's own state and loggers.

use std::time::Duration;

use serde_json::json;

use super::fake::{Fake, Mood, WORKER};
use super::scene::{Scene, config, creation};
use crate::config::rest::RestConfig;
use crate::connect::plugins::VERSION;

async fn scene() -> Scene {
    let scene = Scene::new();
    scene.source("src").await;
    scene
}

#[tokio::test]
async fn pausing_stopping_and_going_on_are_accepted_however_often() {
    let scene = scene().await;
    for (path, status, state) in [
        ("pause", 202, "PAUSED"),
        ("pause", 202, "PAUSED"),
        ("resume", 202, "RUNNING"),
        ("stop", 204, "STOPPED"),
        ("stop", 204, "STOPPED"),
        ("resume", 202, "RUNNING"),
    ] {
        let told = scene.ask("PUT", &format!("/connectors/src/{path}"), "").await;
        assert_eq!((told.status, told.text.as_str(), told.header("content-type")), (status, "", ""), "{path}");
        let told = scene.ask("GET", "/connectors/src/status", "").await.json();
        assert_eq!(told["connector"]["state"], state, "{path}");
        assert_eq!(told["tasks"].as_array().unwrap().len(), usize::from(state != "STOPPED"), "{path}");
    }
}

#[tokio::test]
async fn a_restart_of_parts_tells_what_becomes_of_them() {
    let scene = scene().await;
    for query in ["", "?includeTasks=false", "?includeTasks=perhaps", "?onlyFailed=false&includeTasks="] {
        let told = scene.ask("POST", &format!("/connectors/src/restart{query}"), "").await;
        assert_eq!((told.status, told.text.as_str()), (204, ""), "{query}");
    }
    let told = scene.ask("POST", "/connectors/src/restart?includeTasks=true&onlyFailed=false", "").await;
    let state = json!({"state": "RESTARTING", "worker_id": WORKER, "version": VERSION});
    let mut task = state.clone();
    task["id"] = json!(0);
    assert_eq!(told.status, 202);
    assert_eq!(told.json(), json!({"name": "src", "connector": state, "tasks": [task], "type": "source"}));
    let told = scene.ask("POST", "/connectors/src/restart?onlyFailed=true", "").await;
    assert_eq!((told.status, &told.json()["connector"]["state"]), (202, &json!("RUNNING")));
    assert_eq!(scene.ask("POST", "/connectors/src/tasks/0/restart", "").await.status, 204);
}

#[tokio::test]
async fn a_task_that_failed_says_why_and_one_that_works_does_not() {
    let scene = scene().await;
    let told = scene.ask("GET", "/connectors/src/tasks/0/status", "").await;
    let running = json!({"id": 0, "state": "RUNNING", "worker_id": WORKER, "version": VERSION});
    assert_eq!((told.status, told.json()), (200, running));
    scene.fake.fail("src");
    let told = scene.ask("GET", "/connectors/src/tasks/0/status", "").await.json();
    assert_eq!((&told["state"], &told["trace"]), (&json!("FAILED"), &json!("it broke\n\tat once")));
}

#[tokio::test]
async fn offsets_move_only_while_the_connector_is_stopped() {
    let scene = scene().await;
    let path = "/connectors/src/offsets";
    let there = json!({"offsets": [{"partition": {"org": "acme"}, "offset": {"position": 14}}]});
    assert_eq!(scene.ask("GET", path, "").await.json(), there);
    let moved = json!({"offsets": [{"partition": {"org": "acme"}, "offset": {"position": 4}}]});
    for (method, body) in [("PATCH", moved.to_string()), ("DELETE", String::new())] {
        let told = scene.ask(method, path, &body).await;
        assert_eq!(told.status, 400, "{method}");
        assert!(told.message().starts_with("Connectors must be in the STOPPED state"), "{}", told.text);
    }
    scene.ask("PUT", "/connectors/src/stop", "").await;
    let told = scene.ask("PATCH", path, &moved.to_string()).await;
    let said = |verb: &str| json!({"message": format!("The offsets for this connector have been {verb} successfully")});
    assert_eq!((told.status, told.json()), (200, said("altered")));
    assert_eq!(scene.ask("GET", path, "").await.json(), moved);
    for none in [r#"{"offsets":[]}"#, "{}", r#"{"offsets":null}"#] {
        let told = scene.ask("PATCH", path, none).await;
        let text = "Partitions / offsets need to be provided for an alter offsets request";
        assert_eq!((told.status, told.message().as_str()), (400, text), "{none}");
    }
    let told = scene.ask("PATCH", path, r#"{"offsets":[{"offset":{"position":4}}]}"#).await;
    assert_eq!((told.status, told.message().as_str()), (400, "Partition objects cannot be null"));
    let forgotten = r#"{"offsets":[{"partition":{"org":"acme"},"offset":null}]}"#;
    assert_eq!(scene.ask("PATCH", path, forgotten).await.json(), said("altered"));
    assert_eq!(scene.ask("GET", path, "").await.json(), json!({"offsets": []}));
    assert_eq!(scene.ask("DELETE", path, "").await.json(), said("reset"));
}

#[tokio::test]
async fn topics_are_told_and_forgotten() {
    let scene = scene().await;
    let told = scene.ask("GET", "/connectors/src/topics", "").await;
    assert_eq!(told.json(), json!({"src": {"topics": ["handletime.interactions"]}}));
    let told = scene.ask("PUT", "/connectors/src/topics/reset", "").await;
    assert_eq!((told.status, told.text.as_str()), (202, ""));
    assert_eq!(scene.ask("GET", "/connectors/src/topics", "").await.json(), json!({"src": {"topics": []}}));
}

#[tokio::test]
async fn health_tells_whether_the_worker_can_do_its_work() {
    let scene = Scene::new();
    for (mood, status, word, message) in [
        (Mood::Well, 200, "healthy", "Worker has completed startup and is ready to handle requests."),
        (Mood::Starting, 503, "starting", "Worker is still starting up."),
        (Mood::Ill, 500, "unhealthy", "the broker does not answer"),
    ] {
        scene.is(mood);
        let told = scene.ask("GET", "/health", "").await;
        assert_eq!((told.status, told.json()), (status, json!({"status": word, "message": message})));
    }
}

#[tokio::test]
async fn levels_of_loggers_are_set_here_or_everywhere() {
    let scene = Scene::new();
    let told = scene.ask("GET", "/admin/loggers/root", "").await;
    assert_eq!(told.json(), json!({"level": "INFO", "last_modified": null}));
    let debug = r#"{"level":"debug"}"#;
    let told = scene.ask("PUT", "/admin/loggers/handletime.kafka", debug).await;
    assert_eq!((told.status, told.json()), (200, json!(["handletime.kafka"])));
    let told = scene.ask("GET", "/admin/loggers/handletime::kafka", "").await.json();
    assert!(
        told["level"] == "DEBUG" && told["last_modified"].as_i64().is_some_and(|at| 1_700_000_000_000 < at),
        "{told}"
    );
    assert_eq!(scene.ask("GET", "/admin/loggers", "").await.json()["handletime.kafka"], told);
    let told = scene.ask("PUT", "/admin/loggers/handletime.kafka?scope=cluster", debug).await;
    assert_eq!((told.status, told.text.as_str()), (204, ""));
    assert_eq!(*scene.fake.levels.lock().unwrap(), [("handletime.kafka".to_owned(), "debug".to_owned())]);
    let told = scene.ask("PUT", "/admin/loggers/org.apache.kafka.connect?scope=galaxy", debug).await;
    assert_eq!((told.status, told.text.as_str()), (200, "[]"));
    for scope in ["", "?scope=cluster"] {
        let told = scene.ask("PUT", &format!("/admin/loggers/root{scope}"), r#"{"level":"LOUD"}"#).await;
        assert_eq!((told.status, told.message().as_str()), (404, "invalid log level 'LOUD'."));
    }
    let told = scene.ask("PUT", "/admin/loggers/root", "{}").await;
    let text = "Desired 'level' parameter was not specified in request.";
    assert_eq!((told.status, told.message().as_str()), (400, text));
}

#[tokio::test]
async fn while_workers_share_out_the_connectors_clients_are_told_to_try_again() {
    let scene = scene().await;
    scene.is(Mood::Rebalancing);
    for (method, path, body) in [
        ("POST", "/connectors", creation("other", &config())),
        ("PUT", "/connectors/src/config", config().to_string()),
        ("DELETE", "/connectors/src", String::new()),
        ("PUT", "/connectors/src/stop", String::new()),
        ("POST", "/connectors/src/restart", String::new()),
        ("POST", "/connectors/src/tasks/0/restart", String::new()),
    ] {
        let told = scene.ask(method, path, &body).await;
        let text = "Request cannot be completed because a rebalance is expected";
        assert_eq!((told.status, told.message().as_str()), (409, text), "{method} {path}");
    }
    assert_eq!(scene.ask("GET", "/connectors", "").await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_request_is_answered_in_time_whatever_the_worker_does() {
    let config = RestConfig { request_timeout: Duration::from_secs(90), ..RestConfig::default() };
    let scene = Scene::with(Fake::default(), &config);
    scene.source("src").await;
    scene.is(Mood::Stuck);
    let began = tokio::time::Instant::now();
    let told = scene.ask("PUT", "/connectors/src/stop", "").await;
    assert_eq!((told.status, began.elapsed().as_secs()), (500, 90));
    assert!(told.message().starts_with("Request timed out"), "{}", told.text);
}

#[tokio::test]
async fn a_fault_of_the_program_is_an_answer_and_not_the_end() {
    let scene = scene().await;
    scene.is(Mood::Faulty);
    let told = scene.ask("PUT", "/connectors/src/stop", "").await;
    assert_eq!((told.status, told.header("content-type")), (500, "application/json"));
    assert_eq!(told.message(), "a fault of the program; its log says more");
    scene.is(Mood::Well);
    assert_eq!(scene.ask("PUT", "/connectors/src/stop", "").await.status, 204);
}
