//! What a real worker was seen to answer, request by request: status, media type, address, body.

use serde_json::{Value, json};

use super::fake::{Fake, WORKER};
use super::scene::{Scene, config, config_with, creation};
use crate::config::rest::RestConfig;
use crate::connect::plugins::VERSION;

const JSON: &str = "application/json";

#[tokio::test]
async fn the_worker_tells_the_version_of_the_contract_and_its_own() {
    let told = Scene::new().ask("GET", "/", "").await;
    assert_eq!((told.status, told.header("content-type")), (200, JSON));
    let expected = json!({"version": "4.3.1", "commit": VERSION, "kafka_cluster_id": "YkEAWzBlTiyjORcgSjttkA"});
    assert_eq!(told.json(), expected);
}

#[tokio::test]
async fn a_created_connector_is_answered_with_its_address_and_without_tasks() {
    let scene = Scene::new();
    assert_eq!(scene.ask("GET", "/connectors", "").await.text, "[]");
    let told = scene.ask("POST", "/connectors/", &creation(" src ", &config())).await;
    assert_eq!((told.status, told.header("content-type")), (201, JSON));
    assert_eq!(told.header("location"), "http://worker.test:8083/connectors/src");
    let written = config_with("name", json!("src"));
    assert_eq!(told.json(), json!({"name": "src", "config": written, "tasks": [], "type": "source"}));
    let told = scene.ask("GET", "/connectors/src", "").await;
    let tasks = json!([{"connector": "src", "task": 0}]);
    assert_eq!(told.json(), json!({"name": "src", "config": written, "tasks": tasks, "type": "source"}));
    assert_eq!(scene.ask("GET", "/connectors/src/config", "").await.json(), written);
    assert_eq!(scene.ask("GET", "/connectors/src/tasks", "").await.json()[0]["id"], tasks[0]);
    assert_eq!(scene.ask("GET", "/connectors/", "").await.json(), json!(["src"]));
    let again = scene.ask("POST", "/connectors", &creation("src", &config())).await;
    assert_eq!((again.status, again.message().as_str()), (409, "Connector src already exists"));
}

#[tokio::test]
async fn alone_in_a_process_the_tasks_are_there_at_once() {
    let scene = Scene::with(Fake { standalone: true, ..Fake::default() }, &RestConfig::default());
    let told = scene.ask("POST", "/connectors", &creation("src", &config())).await;
    assert_eq!(told.json()["tasks"], json!([{"connector": "src", "task": 0}]));
    let told = scene.ask("POST", "/connectors/src/tasks/7/restart", "").await;
    assert_eq!((told.status, told.message().as_str()), (404, "Task src-7 not found"));
}

#[tokio::test]
async fn a_connector_may_be_created_stopped_and_its_values_are_kept_as_texts() {
    let scene = Scene::new();
    let config = config_with("tasks.max", json!(2));
    let body = json!({"name": "st", "config": config, "initial_state": "STOPPED"}).to_string();
    let told = scene.ask("POST", "/connectors", &body).await;
    assert_eq!((told.status, &told.json()["config"]["tasks.max"]), (201, &json!("2")));
    let told = scene.ask("GET", "/connectors/st/status", "").await;
    let connector = json!({"state": "STOPPED", "worker_id": WORKER, "version": VERSION});
    assert_eq!(told.json(), json!({"name": "st", "connector": connector, "tasks": [], "type": "source"}));
}

#[tokio::test]
async fn settings_are_put_whole_and_patched_in_part() {
    let scene = Scene::new();
    let put = |more: Value| config_with("extract.page.size", more).to_string();
    let told = scene.ask("PUT", "/connectors/put1/config", &put(json!("10"))).await;
    assert_eq!((told.status, told.header("location")), (201, "http://worker.test:8083/connectors/put1"));
    assert_eq!(told.json()["config"]["name"], "put1");
    let told = scene.ask("PUT", "/connectors/put1/config", &put(json!("20"))).await;
    assert_eq!((told.status, told.header("location")), (200, ""));
    assert_eq!(told.json()["tasks"], json!([{"connector": "put1", "task": 0}]));
    let told = scene.ask("PATCH", "/connectors/put1/config", r#"{"extract.page.size": 30}"#).await;
    assert_eq!((told.status, &told.json()["config"]["extract.page.size"]), (200, &json!("30")));
    let told = scene.ask("PATCH", "/connectors/put1/config", r#"{"extract.page.size": null}"#).await;
    assert_eq!(told.json()["config"].get("extract.page.size"), None);
    let told = scene.ask("PATCH", "/connectors/nope/config", r#"{"tasks.max": "1"}"#).await;
    assert_eq!((told.status, told.message().as_str()), (404, "Connector nope not found"));
    let told = scene.ask("PUT", "/connectors/put1/config", &config_with("extract.end", Value::Null).to_string()).await;
    assert_eq!((told.status, told.json()["config"].get("extract.end")), (200, None));
}

#[tokio::test]
async fn a_list_tells_what_it_is_asked_to() {
    let scene = Scene::new();
    scene.source("src").await;
    let status = scene.ask("GET", "/connectors/src/status", "").await.json();
    let info = scene.ask("GET", "/connectors/src", "").await.json();
    for (query, parts) in [
        ("expand=status", json!({"status": status})),
        ("expand=info", json!({"info": info})),
        ("expand=status&expand=info", json!({"info": info, "status": status})),
        ("expand=nope", json!({})),
    ] {
        let told = scene.ask("GET", &format!("/connectors?{query}"), "").await;
        assert_eq!((told.status, told.json()), (200, json!({"src": parts})), "{query}");
    }
}

#[tokio::test]
async fn what_does_not_exist_is_not_found_in_connects_words() {
    let scene = Scene::new();
    scene.source("src").await;
    for (method, path, message) in [
        ("GET", "/connectors/nope", "Connector nope not found"),
        ("GET", "/connectors/nope/config", "Connector nope not found"),
        ("GET", "/connectors/nope/tasks", "Connector nope not found"),
        ("GET", "/connectors/nope/offsets", "Connector nope not found"),
        ("DELETE", "/connectors/nope/offsets", "Connector nope not found"),
        ("DELETE", "/connectors/nope", "Connector nope not found"),
        ("GET", "/connectors/nope/status", "No status found for connector nope"),
        ("GET", "/connectors/src/tasks/7/status", "No status found for task src-7"),
        ("GET", "/connectors/nope/tasks/0/status", "No status found for task nope-0"),
        ("GET", "/connectors/src/tasks/x/status", "HTTP 404 Not Found"),
        ("POST", "/connectors/src/tasks/7/restart", "Unknown task: src-7"),
        ("POST", "/connectors/nope/tasks/0/restart", "Unknown connector: nope"),
        ("POST", "/connectors/nope/restart", "Unknown connector: nope"),
        ("PUT", "/connectors/nope/pause", "Unknown connector nope"),
        ("PUT", "/connectors/nope/resume", "Unknown connector nope"),
        ("PUT", "/connectors/nope/stop", "Unknown connector nope"),
        ("GET", "/connector-plugins/org.example.Nope/config", "Unknown plugin org.example.Nope."),
        ("GET", "/admin/loggers/org.example.nope", "Logger org.example.nope not found."),
    ] {
        let told = scene.ask(method, path, "").await;
        assert_eq!((told.status, told.header("content-type")), (404, JSON), "{method} {path}");
        assert_eq!(told.message(), message, "{method} {path}");
    }
    let told = scene.ask("GET", "/connectors/nope/topics", "").await;
    assert_eq!((told.status, told.json()), (200, json!({"nope": {"topics": []}})));
}

#[tokio::test]
async fn names_may_hold_anything() {
    let scene = Scene::new();
    for (name, path) in [("a/b", "a%2Fb"), ("no pe%", "no%20pe%25"), ("\u{e9}", "%C3%A9")] {
        let told = scene.ask("POST", "/connectors", &creation(name, &config())).await;
        assert_eq!(told.header("location"), format!("http://worker.test:8083/connectors/{path}"), "{name}");
        assert_eq!(scene.ask("GET", &format!("/connectors/{path}"), "").await.json()["name"], name);
        assert_eq!(scene.ask("DELETE", &format!("/connectors/{path}"), "").await.status, 204, "{name}");
    }
}

#[tokio::test]
async fn plugins_and_their_settings_are_told_under_all_names() {
    let scene = Scene::new();
    let told = scene.ask("GET", "/connector-plugins", "").await;
    let plugin = |class: &str, kind: &str| json!({"class": class, "type": kind, "version": VERSION});
    assert_eq!(told.json(), json!([plugin("GenesysSource", "source"), plugin("HandleTimeProcessor", "sink")]));
    assert_eq!(scene.ask("GET", "/connector-plugins?connectorsOnly=false", "").await.json(), told.json());
    let settings = scene.ask("GET", "/connector-plugins/GenesysSource/config", "").await.json();
    for name in ["GenesysSourceConnector", "org.example.GenesysSource"] {
        let told = scene.ask("GET", &format!("/connector-plugins/{name}/config"), "").await;
        assert_eq!(told.json(), settings, "{name}");
    }
    let names: Vec<&str> = settings.as_array().unwrap().iter().map(|info| info["name"].as_str().unwrap()).collect();
    assert_eq!(names[..3], ["name", "connector.class", "tasks.max"]);
    let keys: Vec<&String> = settings[0].as_object().unwrap().keys().collect();
    let expected = [
        "default_value",
        "dependents",
        "display_name",
        "documentation",
        "group",
        "importance",
        "name",
        "order_in_group",
        "required",
        "type",
        "width",
    ];
    assert_eq!(keys, expected);
}

#[tokio::test]
async fn validation_answers_200_with_what_is_wrong_at_each_setting() {
    let scene = Scene::new();
    let mut wrong = config_with("tasks.max", json!("0"));
    wrong["name"] = json!("dummy-name");
    wrong["connector.class"] = json!("org.example.GenesysSourceConnector");
    let told = scene.ask("PUT", "/connector-plugins/GenesysSourceConnector/config/validate", &wrong.to_string()).await;
    assert_eq!((told.status, &told.json()["error_count"]), (200, &json!(1)));
    let body = told.json();
    let configs = body["configs"].as_array().unwrap();
    let tasks = configs.iter().find(|config| config["value"]["name"] == "tasks.max").unwrap();
    assert_eq!(
        tasks["value"],
        json!({
            "name": "tasks.max", "value": "0", "recommended_values": [], "visible": true,
            "errors": ["Invalid value 0 for configuration tasks.max: Value must be at least 1"]
        })
    );
    assert_eq!(tasks["definition"]["group"], "Common");
    let told = scene.ask("PUT", "/connector-plugins/Nope/config/validate", &wrong.to_string()).await;
    let text = "Included connector type org.example.GenesysSourceConnector does not match request type Nope";
    assert_eq!((told.status, told.message().as_str()), (400, text));
}
