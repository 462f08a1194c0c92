//! The document is the stored one, and nothing in it points nowhere.

use std::collections::BTreeSet;

use super::*;
use crate::connect::rest::endpoints::ENDPOINTS;

#[test]
fn the_stored_document_is_that_of_the_table() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/connect-rest.openapi.json");
    let document = serde_json::to_string_pretty(&document()).unwrap() + "\n";
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &document).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    let hint = "docs/connect-rest.openapi.json is not current; run UPDATE_GOLDEN=1 cargo test --lib connect::openapi";
    assert!(stored == document, "{hint}");
}

#[test]
fn every_endpoint_is_described_once_and_every_reference_is_to_something() {
    let document = document();
    let mut ids = BTreeSet::new();
    for endpoint in &ENDPOINTS {
        let operation = &document["paths"][endpoint.path][endpoint.method.as_str().to_ascii_lowercase()];
        let id = operation["operationId"].as_str().unwrap();
        assert!(ids.insert(id), "{id}");
        assert_eq!(operation["requestBody"].is_object(), endpoint.operation.takes_body(), "{id}");
        let count = endpoint.path.matches('{').count();
        let named = document["paths"][endpoint.path]["parameters"].as_array().map_or(0, Vec::len);
        assert_eq!(named, count, "{id}");
    }
    let text = document.to_string();
    let used: BTreeSet<&str> =
        text.split("#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let there: BTreeSet<&str> =
        document["components"]["schemas"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(used, there);
}
