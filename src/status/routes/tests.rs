//! What is answered, with which headers, and what is refused. Edge.

use axum::http::{Method, Request};
use serde_json::Value;
use tower::ServiceExt;

use super::super::fixture::{failing, healthy};
use super::super::fixture_server::status;
use super::*;

async fn answered(router: Router, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
    let answer = router.oneshot(request).await.unwrap();
    let (head, body) = answer.into_parts();
    let bytes = axum::body::to_bytes(body, 10 << 20).await.unwrap();
    (head.status, head.headers, String::from_utf8(bytes.to_vec()).unwrap())
}

async fn got(router: Router, path: &str) -> (StatusCode, HeaderMap, String) {
    answered(router, Request::get(path).body(Body::empty()).unwrap()).await
}

fn asking(token: &str, origin: Option<&str>, connector: &str) -> Request<Body> {
    let body = format!(
        "token={token}&connector={connector}&from=2026-03-11T10%3A00%3A00.000Z&to=2026-03-11T10%3A30%3A00.000Z"
    );
    let request = Request::builder().method(Method::POST).uri("/status/retry").header("host", "127.0.0.1:8083");
    let request = match origin {
        Some(origin) => request.header("origin", origin),
        None => request,
    };
    request.body(Body::from(body)).unwrap()
}

#[tokio::test]
async fn every_part_is_answered_and_may_load_nothing_from_elsewhere() {
    for (path, content_type) in [
        ("/", "text/html; charset=utf-8"),
        ("/status", "text/html; charset=utf-8"),
        ("/status/fragment?queue=x", "text/html; charset=utf-8"),
        ("/status.json", "application/json"),
        ("/metrics", "text/plain; version=0.0.4; charset=utf-8"),
        ("/status/style.css", "text/css; charset=utf-8"),
        ("/status/live.js", "text/javascript; charset=utf-8"),
        ("/status/icon.svg", "image/svg+xml"),
    ] {
        let (code, headers, text) = got(routes(status(healthy())), path).await;
        assert_eq!((code, headers["content-type"].to_str().unwrap()), (StatusCode::OK, content_type), "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert!(!text.is_empty());
        let is_page = content_type.starts_with("text/html");
        assert_eq!(headers.get("content-security-policy").is_some_and(|policy| policy == POLICY), is_page, "{path}");
        let kept = headers["cache-control"].to_str().unwrap().contains("immutable");
        assert_eq!(kept, path.contains('.') && path != "/status.json", "{path}");
    }
    assert_eq!(got(beside(status(healthy())), "/").await.0, StatusCode::NOT_FOUND);
    let (_, _, text) = got(beside(status(healthy())), "/metrics").await;
    assert_eq!(text, "handletime_sources 2\n");
}

#[tokio::test]
async fn json_has_the_numbers_of_the_page() {
    let router = routes(status(failing()));
    let (_, _, text) = got(router.clone(), "/status.json").await;
    let told: Value = serde_json::from_str(&text).unwrap();
    let (_, _, page) = got(router, "/status").await;
    assert_eq!(told["verdict"]["health"], "failing");
    assert!(page.contains("class=\"verdict failing\""));
    for cause in told["verdict"]["causes"].as_array().unwrap() {
        let what = cause["what"].as_str().unwrap().split(['&', '<', '"']).next().unwrap();
        assert!(page.contains(what), "{what}");
    }
    let number = |of: &Value| super::super::page::words::count(of.as_u64().unwrap());
    assert!(page.contains(&number(&told["vitals"]["sources"][1]["interactions"])));
    assert!(page.contains(&number(&told["vitals"]["processors"][0]["excluded"]["short_talk"])));
    let queue = &told["today"][0]["queues"][0];
    assert_eq!(told["today"][0]["day"], "2026-03-11");
    for row in queue["rows"].as_array().unwrap().iter().filter(|row| !row["aht_ms"].is_null()) {
        let aht = format!("<td class=\"number\">{:.1}</td>", row["aht_ms"].as_f64().unwrap() / 1_000.0);
        assert!(page.contains(&aht), "{aht}");
    }
    let secret = ["secret", "password"];
    assert!(secret.iter().all(|word| !text.contains(word)));
}

#[tokio::test]
async fn a_retry_is_taken_from_the_page_alone() {
    let status = status(failing());
    let own = status.token.clone();
    let router = routes(status);
    let (code, _, text) = answered(router.clone(), asking(&own, Some("http://127.0.0.1:8083"), "genesys")).await;
    assert_eq!(code, StatusCode::OK);
    assert!(text.contains("2 held ranges are read again"), "{text}");
    for request in [
        asking(&own, Some("http://evil.example"), "genesys"),
        asking(&own, Some("null"), "genesys"),
        asking(&own, None, "genesys"),
        asking("", Some("http://127.0.0.1:8083"), "genesys"),
    ] {
        let (code, _, text) = answered(router.clone(), request).await;
        assert_eq!(code, StatusCode::FORBIDDEN, "{text}");
    }
    let (code, _, text) = answered(router.clone(), asking(&own, Some("http://127.0.0.1:8083"), "%3Cb%3E")).await;
    assert_eq!(code, StatusCode::NOT_FOUND);
    assert!(text.contains("Connector &lt;b&gt; not found"), "{text}");
    // By no other method, and not with more than a form.
    assert_eq!(got(router.clone(), "/status/retry").await.0, StatusCode::METHOD_NOT_ALLOWED);
    let long = Request::post("/status/retry").body(Body::from("a".repeat(5_000))).unwrap();
    assert_eq!(answered(router, long).await.0, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn each_start_has_a_token_of_its_own_and_json_does_not_tell_it() {
    let (one, other) = (status(failing()), status(failing()));
    assert_ne!(one.token, other.token);
    let own = one.token.clone();
    assert!(!got(routes(one), "/status.json").await.2.contains(&own));
}
