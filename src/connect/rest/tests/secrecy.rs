//! No secret is in an answer, in an error or in the log, whatever is asked and whatever the level.

use serde_json::json;

use super::fake::Fake;
use super::scene::{SECRET, Scene, config, config_with, creation};
use crate::config::rest::{BasicUser, RestConfig};
use crate::config::secret::Secret;
use crate::runtime::captured::{heard, listen};

const LITERAL: &str = "s3cret-in-itself";

#[tokio::test]
async fn no_secret_is_answered_or_logged() {
    listen();
    let scene = Scene::new();
    scene.source("src").await;
    let resolved = std::env::var(SECRET).unwrap();
    let written = format!("${{env:{SECRET}}}");
    let validate = "/connector-plugins/GenesysSource/config/validate";
    let mut classless = config_with("genesys.client.secret", json!(LITERAL));
    classless.as_object_mut().unwrap().remove("connector.class");
    let literal = |key: &str, value: &str| config_with(key, json!(value));
    let secret = literal("genesys.client.secret", LITERAL);
    let requests = [
        ("GET", "/connectors?expand=info&expand=status", String::new(), 200),
        ("GET", "/connectors/src/config", String::new(), 200),
        ("GET", "/connectors/src/tasks", String::new(), 200),
        ("PUT", validate, config().to_string(), 200),
        ("PUT", validate, secret.to_string(), 200),
        ("PUT", validate, literal("genesys.client.secrte", LITERAL).to_string(), 200),
        ("PUT", validate, literal("genesys.api.url", &format!("http://me:{LITERAL}@host")).to_string(), 200),
        ("PUT", validate, literal("extract.page.size", &written).to_string(), 200),
        ("PUT", validate, classless.to_string(), 400),
        ("POST", "/connectors", creation("new", &secret), 400),
        ("POST", "/connectors", creation("new", &classless), 400),
        ("PUT", "/connectors/src/config", secret.to_string(), 400),
        ("PATCH", "/connectors/src/config", json!({"genesys.client.secret": LITERAL}).to_string(), 400),
        ("POST", "/connectors", creation("new", &config_with("extract.start", json!([LITERAL]))), 400),
        ("POST", "/connectors", format!("{{\"config\":{{\"a\":\"{LITERAL}\"}}"), 400),
        ("POST", "/connectors", json!(LITERAL).to_string(), 400),
        ("PUT", "/admin/loggers/root", json!([LITERAL]).to_string(), 400),
        ("PATCH", "/connectors/src/offsets", json!({"offsets": LITERAL}).to_string(), 400),
    ];
    for (method, path, body, status) in requests {
        let told = scene.ask(method, path, &body).await;
        assert_eq!(told.status, status, "{method} {path} {body}: {}", told.text);
        assert!(!told.text.contains(LITERAL) && !told.text.contains(&resolved), "{method} {path}: {}", told.text);
    }
    let kept = scene.ask("GET", "/connectors/src/config", "").await;
    assert_eq!(kept.json()["genesys.client.secret"], written, "an indirection is told as it was written");
    let logged = heard();
    assert!(logged.contains("request answered"), "nothing was logged");
    assert!(!logged.contains(LITERAL) && !logged.contains(&resolved), "{logged}");
}

#[tokio::test]
async fn without_the_password_nothing_is_answered_at_all() {
    let basic = BasicUser { user: "me".to_owned(), password: Secret::new(LITERAL.to_owned()) };
    let scene = Scene::with(Fake::default(), &RestConfig { basic: Some(basic), ..RestConfig::default() });
    // me:s3cret-in-itself
    let right = [("authorization", "Basic bWU6czNjcmV0LWluLWl0c2VsZg==")];
    let wrong = [("authorization", "Basic bWU6d3Jvbmc=")];
    for path in ["/", "/connectors", "/health", "/status", "/openapi.json", "/nope"] {
        for headers in [&wrong[..], &[]] {
            let told = scene.ask_with("GET", path, "", headers).await;
            assert_eq!((told.status, told.message().as_str()), (401, "User cannot access the resource."), "{path}");
            assert!(told.header("www-authenticate").starts_with("Basic realm="), "{path}");
            assert!(!told.text.contains(LITERAL));
        }
        let told = scene.ask_with("GET", path, "", &right).await;
        assert_eq!(told.status, if path == "/nope" { 404 } else { 200 }, "{path}");
    }
}
