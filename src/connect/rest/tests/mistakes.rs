//! What clients do wrong: every answer is an error of theirs, and says what is wrong.

use serde_json::{Value, json};

use super::scene::{Scene, config, config_with, creation};
use crate::config::rest::RestConfig;
use crate::connect::rest::tests::fake::Fake;

const TAIL: &str = "You can also find the above list of errors at the endpoint \
                    `/connector-plugins/{connectorType}/config/validate`";

#[tokio::test]
async fn settings_that_are_not_sound_are_refused_all_at_once_and_nothing_is_created() {
    let scene = Scene::new();
    let mut wrong = config_with("tasks.max", json!("0"));
    wrong["extract.page.size"] = json!("x");
    for (method, path, body) in
        [("POST", "/connectors", creation("bad", &wrong)), ("PUT", "/connectors/bad/config", wrong.to_string())]
    {
        let told = scene.ask(method, path, &body).await;
        assert_eq!(told.status, 400);
        let expected = format!(
            "Connector configuration is invalid and contains the following 2 error(s):\nInvalid value 0 for \
             configuration tasks.max: Value must be at least 1\nextract.page.size: is \"x\"; must be a whole number \
             from 1 to 10000\n{TAIL}"
        );
        assert_eq!(told.message(), expected);
    }
    assert_eq!(scene.ask("GET", "/connectors", "").await.text, "[]");
}

#[tokio::test]
async fn mistakes_that_connect_takes_for_its_own_are_the_clients_here() {
    let scene = Scene::new();
    scene.source("src").await;
    let named = |class: &str| creation("bad", &config_with("connector.class", json!(class)));
    let mut classless = config();
    classless.as_object_mut().unwrap().remove("connector.class");
    let empty_name = format!(
        "Connector configuration is invalid and contains the following 1 error(s):\nInvalid value  for configuration \
         name: String may not be empty\n{TAIL}"
    );
    let validate = "/connector-plugins/GenesysSource/config/validate";
    let nowhere = "/connector-plugins/org.example.Nope/config/validate";
    let nope = json!({"connector.class": "org.example.Nope"}).to_string();
    let cases: [(&str, &str, String, &str); 21] = [
        ("POST", "/connectors", creation("", &config()), &empty_name),
        ("POST", "/connectors", json!({"config": config()}).to_string(), &empty_name),
        (
            "POST",
            "/connectors",
            named("org.example.Nope"),
            "Failed to find any class that implements Connector and which name matches org.example.Nope",
        ),
        ("POST", "/connectors", creation("bad", &classless), "contains no connector type"),
        (
            "POST",
            "/connectors",
            creation("bad", &config_with("name", json!("other"))),
            "Connector name configuration (other) doesn't match connector name in the URL (bad)",
        ),
        ("POST", "/connectors", json!({"name": "bad"}).to_string(), "\"config\" is missing"),
        ("POST", "/connectors", "{}".to_owned(), "\"config\" is missing"),
        (
            "POST",
            "/connectors",
            json!({"name": "bad", "konfig": {}, "config": config()}).to_string(),
            "Unrecognized field \"konfig\"",
        ),
        ("POST", "/connectors", "{\"name\":\"bad\",\"config\":".to_owned(), "malformed JSON: EOF while parsing"),
        ("POST", "/connectors", "[]".to_owned(), "must be a JSON object"),
        (
            "POST",
            "/connectors",
            json!({"name": "bad", "config": config(), "initial_state": "SLEEPING"}).to_string(),
            "must be one of RUNNING, PAUSED, STOPPED",
        ),
        (
            "PUT",
            "/connectors/src/config",
            config_with("name", json!("zzz")).to_string(),
            "Connector name configuration (zzz) doesn't match connector name in the URL (src)",
        ),
        ("PUT", "/connectors/src/config", classless.to_string(), "contains no connector type"),
        ("PUT", "/connectors/src/config", "{\"file\"".to_owned(), "malformed JSON"),
        ("PATCH", "/connectors/src/config", "{\"name\":\"zzz\"}".to_owned(), "Connector name configuration (zzz)"),
        ("PATCH", "/connectors/src/config", "{\"name\":null}".to_owned(), "the name of a connector cannot be removed"),
        ("PATCH", "/connectors/src/config", "{\"connector.class\":null}".to_owned(), "contains no connector type"),
        ("PATCH", "/connectors/src/offsets", "{\"offsets\":[".to_owned(), "malformed JSON"),
        ("PUT", validate, classless.to_string(), "contains no connector type"),
        ("PUT", nowhere, nope, "Failed to find any class that implements Connector"),
        ("PUT", validate, "{\"topic\"".to_owned(), "malformed JSON"),
    ];
    for (method, path, body, part) in cases {
        let told = scene.ask(method, path, &body).await;
        assert_eq!((told.status, told.header("content-type")), (400, "application/json"), "{path} {body}");
        assert!(told.message().contains(part), "{path} {body}: {}", told.text);
    }
    assert_eq!(scene.ask("GET", "/connectors", "").await.text, "[\"src\"]");
}

#[tokio::test]
async fn an_empty_body_is_told_from_one_that_is_no_json() {
    let scene = Scene::new();
    let json = [("content-type", "application/json")];
    for headers in [&json[..], &[]] {
        let told = scene.ask_with("POST", "/connectors", "", headers).await;
        assert_eq!((told.status, told.message().as_str()), (400, "The request has no body; it must be a JSON object"));
    }
    for headers in
        [&[("content-type", "text/plain")][..], &[("content-type", "application/x-www-form-urlencoded")], &[]]
    {
        let told = scene.ask_with("POST", "/connectors", "{\"name\":\"bad\",\"config\":{}}", headers).await;
        assert_eq!((told.status, told.header("content-type")), (415, ""), "{headers:?}");
        assert_eq!(told.message(), "HTTP 415 Unsupported Media Type");
    }
}

#[tokio::test]
async fn errors_of_http_itself_are_json_without_saying_so() {
    let scene = Scene::new();
    scene.source("src").await;
    let html = [("accept", "text/html")];
    let none: [(&str, &str); 0] = [];
    for (method, path, headers, status, message) in [
        ("GET", "/nope", &none[..], 404, "HTTP 404 Not Found"),
        ("GET", "/connectors/src/nope", &none, 404, "HTTP 404 Not Found"),
        ("DELETE", "/connectors/a/b", &none, 404, "HTTP 404 Not Found"),
        ("GET", "/connectors/src/tasks-config", &none, 404, "HTTP 404 Not Found"),
        ("PUT", "/connectors/src/fence", &none, 404, "HTTP 404 Not Found"),
        ("DELETE", "/connectors", &none, 405, "HTTP 405 Method Not Allowed"),
        ("PATCH", "/connectors/src", &none, 405, "HTTP 405 Method Not Allowed"),
        ("PUT", "/connectors/src/status", &none, 405, "HTTP 405 Method Not Allowed"),
        ("POST", "/", &none, 405, "HTTP 405 Method Not Allowed"),
        ("POST", "/status", &none, 405, "HTTP 405 Method Not Allowed"),
        ("GET", "/connectors", &html, 406, "HTTP 406 Not Acceptable"),
        ("PUT", "/connectors/src/pause", &html, 406, "HTTP 406 Not Acceptable"),
    ] {
        let told = scene.ask_with(method, path, "", headers).await;
        assert_eq!((told.status, told.header("content-type")), (status, ""), "{method} {path}");
        assert_eq!(told.message(), message, "{method} {path}");
    }
    let told = scene.ask("DELETE", "/connectors", "").await;
    assert_eq!(told.header("allow"), "GET, POST, HEAD, OPTIONS");
    let state = scene.ask("GET", "/connectors/src/status", "").await.json()["connector"]["state"].clone();
    assert_eq!(state, "RUNNING", "what was not accepted was not done");
}

#[tokio::test]
async fn a_path_that_is_no_text_and_a_host_that_is_none_are_met_calmly() {
    let scene = Scene::new();
    let told = scene.ask("GET", "/connectors/%ff", "").await;
    assert_eq!((told.status, told.message().as_str()), (400, "the path is not UTF-8"));
    assert_eq!(scene.ask("GET", "/connectors?expand=%ff&%zz", "").await.status, 200);
    let headers = [("content-type", "application/json"), ("host", "not a host")];
    let told = scene.ask_with("POST", "/connectors", &creation("src", &config()), &headers[..1]).await;
    assert_eq!(told.status, 201);
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_and_one_at_it_is_read() {
    let config = RestConfig { body_bytes_max: 2_000, ..RestConfig::default() };
    let scene = Scene::with(Fake::default(), &config);
    let of_length = |length: usize| {
        let body = creation("src", &super::scene::config());
        format!("{body}{}", " ".repeat(length - body.len()))
    };
    let told = scene.ask("POST", "/connectors", &of_length(2_001)).await;
    assert_eq!(
        (told.status, told.message().as_str()),
        (413, "The body is longer than 2000 bytes (rest.body.max.bytes)")
    );
    assert_eq!(scene.ask("POST", "/connectors", &of_length(2_000)).await.status, 201);
}

#[tokio::test]
async fn a_page_of_another_site_may_look_and_not_touch() {
    let scene = Scene::new();
    scene.source("src").await;
    for (site, status) in [("cross-site", 403), ("same-site", 403), ("same-origin", 204), ("none", 204)] {
        let told = scene.ask_with("POST", "/connectors/src/restart", "", &[("sec-fetch-site", site)]).await;
        assert_eq!(told.status, status, "{site}");
    }
    assert_eq!(scene.ask_with("GET", "/connectors", "", &[("sec-fetch-site", "cross-site")]).await.status, 200);
}

#[tokio::test]
async fn values_that_are_no_texts_are_refused_and_named() {
    let scene = Scene::new();
    for value in [json!({"a": 1}), json!(["a"])] {
        let told = scene.ask("POST", "/connectors", &creation("bad", &config_with("extract.start", value))).await;
        assert_eq!(told.status, 400);
        assert_eq!(told.message(), "the value of \"extract.start\" must be a text, a number, true or false");
    }
    let told = scene.ask("POST", "/connectors", &creation("bad", &config_with("genesys.org.id", Value::Null))).await;
    assert!(told.message().contains("Missing required configuration \"genesys.org.id\""), "{}", told.text);
}
