//! The routes are those of the table, whatever the end of the path, the method or the form that is wanted.

use super::scene::Scene;
use crate::connect::openapi;
use crate::connect::rest::endpoints::{ENDPOINTS, allowed, paths};

/// A path of the table with something in the place of its parameters.
fn concrete(path: &str) -> String {
    path.replace("{connector}", "src")
        .replace("{task}", "0")
        .replace("{plugin}", "GenesysSource")
        .replace("{logger}", "root")
}

#[tokio::test]
async fn every_endpoint_of_the_table_answers_and_no_other_method_of_its_path() {
    let scene = Scene::new();
    scene.source("src").await;
    for path in paths() {
        let told = scene.ask("OPTIONS", &concrete(path), "").await;
        assert_eq!((told.status, told.header("content-type")), (200, "text/plain"), "{path}");
        assert_eq!((told.header("allow"), told.text.as_str()), (allowed(path).as_str(), allowed(path).as_str()));
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"] {
            let told = scene.ask(method, &concrete(path), "").await;
            let is_there = ENDPOINTS.iter().any(|endpoint| endpoint.path == path && endpoint.method == method);
            assert_eq!(told.status != 405, is_there, "{method} {path}: {}", told.text);
            if is_there {
                let document = openapi::document();
                let described = &document["paths"][path][method.to_ascii_lowercase()]["responses"];
                let status = told.status.to_string();
                assert!(described[&status].is_object(), "{method} {path}: {status} is not described");
            }
            if method == "DELETE" && is_there {
                let _ = scene.ask("PUT", "/connectors/src/config", &super::scene::config().to_string()).await;
            }
        }
    }
}

#[tokio::test]
async fn a_slash_at_the_end_makes_no_difference() {
    let scene = Scene::new();
    scene.source("src").await;
    let gets = ENDPOINTS.iter().filter(|endpoint| endpoint.method == "GET" && endpoint.path != "/");
    for path in gets.map(|endpoint| concrete(endpoint.path)) {
        let (bare, slashed) = (scene.ask("GET", &path, "").await, scene.ask("GET", &format!("{path}/"), "").await);
        assert_eq!((bare.status, bare.text), (slashed.status, slashed.text), "{path}");
        assert_eq!(bare.status, 200, "{path}");
    }
    assert_eq!(scene.ask("GET", "/connectors/?expand=info", "").await.json()["src"]["info"]["name"], "src");
}

#[tokio::test]
async fn a_head_is_a_get_without_its_body() {
    let scene = Scene::new();
    scene.source("src").await;
    let told = scene.ask("HEAD", "/connectors", "").await;
    assert_eq!((told.status, told.text.as_str(), told.header("content-type")), (200, "", "application/json"));
    assert_eq!(told.header("content-length"), "7");
}

#[tokio::test]
async fn a_browser_gets_the_page_and_a_client_the_version() {
    let scene = Scene::new();
    let browser = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
    let page = scene.ask_with("GET", "/", "", &browser).await;
    assert_eq!((page.status, page.text.as_str()), (200, "<p>the page</p>"));
    assert_eq!(scene.ask("GET", "/status/", "").await.text, "<p>the page</p>");
    assert_eq!(scene.ask_with("GET", "/", "", &[("accept", "*/*")]).await.json()["version"], "4.3.1");
}

#[tokio::test]
async fn the_document_is_served() {
    let told = Scene::new().ask("GET", "/openapi.json", "").await;
    assert_eq!((told.status, told.json()), (200, openapi::document()));
}
