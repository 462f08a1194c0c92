//! Settings that are sound, and those that are not.

use super::*;
use crate::config::placeholder::Reference;

fn known(reference: &Reference) -> Result<String, String> {
    match reference {
        Reference::Env { name } if name == "SECRET" => Ok("hunter2".to_owned()),
        _ => Err("it is not set".to_owned()),
    }
}

fn config(more: &[(&str, &str)]) -> ConnectorConfig {
    let sound = [
        ("name", "acme"),
        ("connector.class", "org.example.GenesysSourceConnector"),
        ("genesys.api.url", "http://127.0.0.1:9080"),
        ("genesys.client.id", "me"),
        ("genesys.client.secret", "${env:SECRET}"),
        ("genesys.org.id", "acme"),
        ("extract.start", "2026-01-01T00:00:00Z"),
    ];
    sound.iter().chain(more).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn infos(more: &[(&str, &str)]) -> ConfigInfos {
    validate_with(&config(more), &known).unwrap()
}

fn errors(more: &[(&str, &str)]) -> Vec<String> {
    infos(more).configs.into_iter().flat_map(|config| config.value.errors).collect()
}

fn value(infos: &ConfigInfos, key: &str) -> ConfigValueInfo {
    infos.configs.iter().find(|config| config.value.name == key).unwrap().value.clone()
}

#[test]
fn sound_settings_have_no_error_and_every_setting_its_value() {
    let infos = infos(&[("extract.page.size", "500")]);
    assert_eq!((infos.error_count, refusal(&infos)), (0, None));
    assert_eq!(infos.name, "org.example.GenesysSourceConnector");
    assert_eq!(infos.configs.len(), Class::GenesysSource.table().len() + 1);
    assert_eq!(value(&infos, "extract.page.size").value.as_deref(), Some("500"));
    assert_eq!(value(&infos, "tasks.max").value.as_deref(), Some("1"), "the default");
    assert_eq!(value(&infos, "genesys.client.secret").value.as_deref(), Some("${env:SECRET}"), "as written");
    assert_eq!(infos.groups[0], "Common");
}

#[test]
fn each_problem_stands_at_its_setting_and_all_are_in_the_refusal() {
    let wrong =
        [("tasks.max", "0"), ("extract.page.size", "many"), ("extract.end", "2025-01-01T00:00:00Z"), ("name", " ")];
    let infos = infos(&wrong);
    assert_eq!(infos.error_count, 4);
    let at = |key| value(&infos, key).errors;
    assert_eq!(at("tasks.max"), ["Invalid value 0 for configuration tasks.max: Value must be at least 1"]);
    assert_eq!(at("extract.page.size"), ["extract.page.size: is \"many\"; must be a whole number from 1 to 10000"]);
    assert!(
        at("extract.end")[0].starts_with("extract.end: must be later than extract.start"),
        "{:?}",
        at("extract.end")
    );
    assert_eq!(at("name"), ["Invalid value   for configuration name: String may not be empty"]);
    let refusal = refusal(&infos).unwrap();
    assert_eq!(refusal.status, 400);
    let lines: Vec<&str> = refusal.message.lines().collect();
    assert_eq!(lines[0], "Connector configuration is invalid and contains the following 4 error(s):");
    assert_eq!(lines.len(), 6);
    assert!(lines[5].ends_with("at the endpoint `/connector-plugins/{connectorType}/config/validate`"), "{}", lines[5]);
}

#[test]
fn a_setting_that_is_missing_or_not_a_number_is_told_in_connects_words() {
    let mut config = config(&[("tasks.max", "x")]);
    config.remove("genesys.org.id");
    config.remove("name");
    let infos = validate_with(&config, &known).unwrap();
    let missing = |key: &str| format!("Missing required configuration \"{key}\" which has no default value.");
    assert_eq!(value(&infos, "genesys.org.id").errors, [missing("genesys.org.id")]);
    assert_eq!(value(&infos, "name").errors, [missing("name")]);
    assert_eq!(
        value(&infos, "tasks.max").errors,
        ["Invalid value x for configuration tasks.max: Not a number of type INT"]
    );
}

#[test]
fn a_secret_that_stands_there_itself_is_refused_and_shown_nowhere() {
    for (key, literal) in [
        ("genesys.client.secret", "s3cret-itself"),
        ("genesys.client.secret", "s3cret-itself${env:SECRET}"),
        ("genesys.api.url", "https://me:s3cret-itself@host"),
        ("genesys.client.secrte", "s3cret-itself"),
        ("privacy.user.hash.key", "s3cret-itself"),
    ] {
        let infos = infos(&[(key, literal)]);
        assert_eq!(infos.error_count, 1, "{key}: {:?}", refusal(&infos));
        assert_eq!(value(&infos, key).value, None, "{key}");
        let text = serde_json::to_string(&infos).unwrap() + &refusal(&infos).unwrap().message;
        assert!(!text.contains("s3cret-itself") && !text.contains("hunter2"), "{key}: {text}");
        if !key.ends_with("secrte") {
            assert!(text.contains("${env:NAME} or ${file:PATH:KEY}"), "{key}: {text}");
        }
    }
}

#[test]
fn what_a_placeholder_stands_for_is_checked_and_never_shown() {
    let infos = infos(&[("extract.page.size", "${env:SECRET}"), ("genesys.org.id", "${env:NOBODY}")]);
    assert_eq!(
        value(&infos, "extract.page.size").errors,
        ["extract.page.size: is \"${env:SECRET}\"; must be a whole number from 1 to 10000"]
    );
    assert_eq!(value(&infos, "genesys.org.id").errors, ["genesys.org.id: cannot resolve ${env:NOBODY}: it is not set"]);
    assert!(!serde_json::to_string(&infos).unwrap().contains("hunter2"));
}

#[test]
fn what_is_no_setting_is_told_with_a_definition_that_clients_can_show() {
    let infos = infos(&[("key.converter", "x")]);
    let unknown = infos.configs.last().unwrap();
    assert_eq!(unknown.definition.kind, "STRING");
    assert!(unknown.value.errors[0].starts_with("key.converter: is no setting"), "{unknown:?}");
}

#[test]
fn a_setting_that_a_star_stands_for_is_told_under_its_own_name() {
    let config: ConnectorConfig = [
        ("name", "kpi"),
        ("connector.class", "HandleTimeProcessor"),
        ("kpi.custom.talk.sum", "talk_ms"),
        ("kpi.custom.talk.over", "no such field"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into();
    let infos = validate_with(&config, &known).unwrap();
    assert_eq!(value(&infos, "kpi.custom.talk.sum").value.as_deref(), Some("talk_ms"));
    assert_eq!(value(&infos, "kpi.custom.talk.over").errors.len(), 1);
    assert_eq!(infos.error_count, 1);
}

#[test]
fn without_a_known_class_there_is_nothing_to_check_against() {
    let mut config = config(&[("connector.class", "org.example.Nope")]);
    let error = validate_with(&config, &known).unwrap_err();
    assert!(error.message.starts_with("Failed to find any class that implements Connector"), "{error}");
    config.remove("connector.class");
    config.insert("genesys.client.secret".to_owned(), "s3cret-itself".to_owned());
    let error = validate_with(&config, &known).unwrap_err();
    assert_eq!(error.status, 400);
    assert!(error.message.ends_with("contains no connector type"), "{error}");
    assert!(!error.message.contains("s3cret-itself"), "{error}");
}

#[test]
fn names_of_controls_and_names_of_nothing_are_refused() {
    assert_eq!(errors(&[("name", "a\u{7}b")]).len(), 1);
    assert_eq!(errors(&[("name", "")]), ["Invalid value  for configuration name: String may not be empty"]);
    assert_eq!(errors(&[("name", "a/b c")]), Vec::<String>::new());
    assert_eq!(errors(&[("name", "..")]), ["Invalid value .. for configuration name: String may not be . or .."]);
    assert_eq!((errors(&[("name", ".")]).len(), errors(&[("name", "...")]).len()), (1, 0));
}
