//! Ranges of rows as files say them: sound by themselves, read whole, and apart from each other. Pure.

use crate::config::parse::{Settings, settings};
use crate::config::problem::Problems;
use crate::config::toml_text;
use crate::domain::time::{InstantMs, parse_instant};

fn parsed(connectors: &str) -> Result<Settings, Problems> {
    let text = format!("[worker]\nbootstrap.servers = \"a:9092\"\n{connectors}");
    let mut problems = Vec::new();
    let file = toml_text::read("x.toml", &text, &|_| Err(String::new()), &mut problems);
    settings(&file, problems)
}

fn refused(connectors: &str) -> Vec<String> {
    let problems = parsed(connectors).unwrap_err();
    problems.list().iter().map(|problem| format!("{}: {}", problem.key, problem.text)).collect()
}

/// The only problem, which has this key and this in its text.
fn assert_refused(connectors: &str, key: &str, part: &str) {
    let found = refused(connectors);
    assert!(found.len() == 1 && found[0].starts_with(&format!("{key}: ")) && found[0].contains(part), "{found:?}");
}

/// Both connectors of a pipeline.
fn pair(pipeline: &str, source: &str, processor: &str) -> String {
    format!(
        "[connectors.read-{pipeline}]\nconnector.class = \"GenesysSource\"\ngenesys.api.url = \"http://a\"\n\
         genesys.client.id = \"me\"\ngenesys.client.secret = \"s\"\ngenesys.org.id = \"acme\"\npipeline.name = \
         \"{pipeline}\"\n{source}\n[connectors.kpi-{pipeline}]\nconnector.class = \"HandleTimeProcessor\"\n\
         pipeline.name = \"{pipeline}\"\n{processor}\n"
    )
}

const NEW_YEAR: &str = "extract.start = \"2026-01-01T00:00:00Z\"";

fn with(processor: &str) -> String {
    pair("default", NEW_YEAR, processor)
}

fn at(text: &str) -> Option<InstantMs> {
    parse_instant(text)
}

#[test]
fn a_range_is_read_as_midnights_of_the_zone() {
    let text = with("kpi.zone = \"Europe/Berlin\"\nkpi.range.start = \"2026-02-01\"\nkpi.range.end = \"2026-04-01\"");
    let rules = parsed(&text).unwrap().processors.remove(0).rules;
    assert_eq!((rules.range_start, rules.range_end), (at("2026-01-31T23:00:00Z"), at("2026-03-31T22:00:00Z")));
    let rules = parsed(&with("")).unwrap().processors.remove(0).rules;
    assert_eq!((rules.range_start, rules.range_end), (None, None));
}

#[test]
fn an_end_that_is_no_midnight_or_before_the_start_is_refused() {
    let noon = with("kpi.range.start = \"2026-02-01T12:00:00Z\"");
    assert_refused(&noon, "kpi.range.start", "is no local midnight of kpi.zone, UTC");
    let berlin = with("kpi.zone = \"Europe/Berlin\"\nkpi.range.end = \"2026-02-01T00:00:00Z\"");
    assert_refused(&berlin, "kpi.range.end", "is no local midnight of kpi.zone, Europe/Berlin");
    assert_refused(&with("kpi.range.end = \"soon\""), "kpi.range.end", "must be a local date");
    let empty = with("kpi.range.start = \"2026-02-01\"\nkpi.range.end = \"2026-02-01\"");
    assert_refused(&empty, "kpi.range.end", "must be later than kpi.range.start");
    assert_refused(
        &with("kpi.range.end = \"2026-01-01\""),
        "kpi.range.end",
        "must be later than 2026-01-01T00:00:00.000Z",
    );
}

#[test]
fn what_touches_the_rows_has_to_be_read() {
    assert_refused(&with("kpi.range.start = \"2025-12-31\""), "kpi.range.start", "is before 2026-01-01T00:00:00.000Z");
    // From noon on the first day is not read whole, and the look back is for what reaches into the first rows only.
    let source = "extract.start = \"2026-01-01T12:00:00Z\"\nextract.lookback.ms = 86400000";
    let first = pair("default", source, "kpi.range.start = \"2026-01-01\"");
    assert_refused(&first, "kpi.range.start", "is before 2026-01-02T00:00:00.000Z");
    let bounded =
        |end: &str, processor: &str| pair("default", &format!("{NEW_YEAR}\nextract.end = \"{end}\""), processor);
    let week = "kpi.range.end = \"2026-01-08\"";
    assert!(parsed(&bounded("2026-01-08T00:00:00Z", week)).is_ok());
    assert_refused(&bounded("2026-01-07T23:59:59Z", week), "extract.end", "must be 2026-01-08T00:00:00.000Z or later");
    let nepal = format!("{week}\nkpi.zone = \"Asia/Kathmandu\"");
    assert_refused(
        &bounded("2026-01-07T18:15:00Z", &nepal),
        "extract.end",
        "must be 2026-01-07T18:30:00.000Z or later",
    );
    assert!(parsed(&bounded("2026-01-07T18:30:00Z", &nepal)).is_ok());
}

#[test]
fn pipelines_of_an_organisation_have_ranges_apart_and_others_need_not() {
    let live = with("kpi.range.start = \"2026-01-01\"");
    let year = "extract.start = \"2025-01-01T00:00:00Z\"\nextract.end = \"2026-01-01T00:00:00Z\"";
    let history = |end: &str| format!("{live}{}", pair("history", year, &format!("kpi.range.end = \"{end}\"")));
    assert_eq!(parsed(&history("2026-01-01")).unwrap().processors.len(), 2);
    let longer = history("2026-01-02")
        .replace("2026-01-01T00:00:00Z\"\n[connectors.kpi-history", "2026-02-01T00:00:00Z\"\n[connectors.kpi-history");
    assert_refused(
        &longer,
        "kpi.range.end",
        "both [connectors.kpi-default], from 2026-01-01T00:00:00.000Z on, and this one",
    );
    let elsewhere = longer.replacen("acme", "other", 1);
    assert!(parsed(&elsewhere).is_ok());
}
