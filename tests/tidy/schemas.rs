//! Edge: the Avro schemas are read by strangers years later: every one parses, bears the name of its record, and says
//! of every field what it means.

use std::fs;

use serde_json::Value;

use super::tree::root;

/// What is wrong with one schema file, in the words of a finding.
fn check(file_stem: &str, text: &str) -> Vec<String> {
    let schema: Value = match serde_json::from_str(text) {
        Ok(schema) => schema,
        Err(error) => return vec![format!("is not JSON: {error}")],
    };
    let mut findings = Vec::new();
    if schema["name"] != file_stem {
        findings.push(format!("holds a record named {}", schema["name"]));
    }
    undocumented(&schema, &mut findings);
    findings
}

/// Records, enums and fields without a text, to any depth.
fn undocumented(schema: &Value, findings: &mut Vec<String>) {
    match schema {
        Value::Array(branches) => branches.iter().for_each(|branch| undocumented(branch, findings)),
        Value::Object(parts) => {
            let has_text = |value: &Value| value["doc"].as_str().is_some_and(|doc| !doc.trim().is_empty());
            let is_named = parts.contains_key("fields") || parts.contains_key("symbols");
            if is_named && !has_text(schema) {
                findings.push(format!("{} has no doc", schema["name"]));
            }
            for field in schema["fields"].as_array().into_iter().flatten() {
                if !has_text(field) {
                    findings.push(format!("{}.{} has no doc", schema["name"], field["name"]));
                }
                undocumented(&field["type"], findings);
            }
            for inner in ["type", "items", "values"].into_iter().filter_map(|key| parts.get(key)) {
                undocumented(inner, findings);
            }
        }
        _ => {}
    }
}

#[test]
fn schemas_say_what_every_field_means() {
    let directory = root().join("schemas");
    let entries =
        fs::read_dir(&directory).unwrap_or_else(|error| panic!("no schemas at {}: {error}", directory.display()));
    let mut findings = Vec::new();
    let mut count = 0;
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.extension().is_some_and(|extension| extension == "avsc") {
            count += 1;
            let stem = path.file_stem().unwrap().to_str().unwrap();
            let found = check(stem, &fs::read_to_string(&path).unwrap());
            findings.extend(found.into_iter().map(|what| format!("schemas/{stem}.avsc: {what}")));
        }
    }
    assert!(0 < count, "no schema in {}", directory.display());
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

#[test]
fn a_schema_that_says_too_little_is_found() {
    let good = r#"{"type":"record","name":"Row","doc":"A row.","fields":[
        {"name":"sum_ms","doc":"Milliseconds.","type":["null",{"type":"array","items":
            {"type":"record","name":"Part","doc":"A part.","fields":[{"name":"id","doc":"Its id.","type":"string"}]}}]}]}"#;
    assert_eq!(check("Row", good), Vec::<String>::new());
    assert_eq!(check("Other", good).len(), 1);
    assert_eq!(check("Row", &good[1..]).len(), 1);
    for doc in ["A row.", "Milliseconds.", "A part.", "Its id."] {
        assert_eq!(check("Row", &good.replace(doc, " ")).len(), 1, "{doc}");
    }
}
