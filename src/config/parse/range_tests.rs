//! Which rows the pipelines of a file own. Pure.

use crate::config::Settings;
use crate::config::problem::Problems;
use crate::config::{parse, toml_text};

const WORKER: &str = "[worker]\nbootstrap.servers = \"localhost:9092\"\n";
const PROCESSOR: &str = "[connectors.kpi]\nconnector.class = \"HandleTimeProcessor\"\n";

fn source(name: &str, more: &str) -> String {
    format!(
        "[connectors.{name}]\nconnector.class = \"GenesysSource\"\ngenesys.api.url = \"http://127.0.0.1:9080\"\n\
         genesys.client.id = \"me\"\ngenesys.client.secret = \"s\"\ngenesys.org.id = \"acme\"\n\
         extract.start = \"2026-01-01T00:00:00Z\"\n{more}\n"
    )
}

fn parsed(text: &str) -> Result<Settings, Problems> {
    let mut problems = Vec::new();
    let file = toml_text::read("a test", text, &|name| Err(format!("{name:?}")), &mut problems);
    parse::settings(&file, problems)
}

/// The only problem of the file, which has this key and this in its text.
fn assert_refused(text: &str, key: &str, part: &str) {
    let problems = parsed(text).unwrap_err();
    let found: Vec<_> = problems.list().iter().map(|problem| (problem.key.as_str(), problem.text.as_str())).collect();
    assert!(found.len() == 1 && found[0].0 == key && found[0].1.contains(part), "{found:?}");
}

/// A live pipeline from 2026-01-01 on, and one of history with these settings of its source and processor.
fn with_history(live: &str, of_source: &str, of_processor: &str) -> String {
    let history = source("t", "pipeline.name = \"history\"").replace("2026-01-01T00:00:00Z", "2025-01-01T00:00:00Z");
    let processor = PROCESSOR.replace("kpi]", "kpi2]");
    format!(
        "{WORKER}{}{PROCESSOR}{live}\n{history}{of_source}\n{processor}pipeline.name = \"history\"\n{of_processor}\n",
        source("s", "")
    )
}

#[test]
fn no_row_is_written_by_two_pipelines() {
    let end = "extract.end = \"2026-01-01T00:00:00Z\"";
    assert_refused(
        &with_history("", end, ""),
        "kpi.range.end",
        "from 2025-01-01T00:00:00.000Z on, and [connectors.kpi]",
    );
    assert_refused(&with_history("", end, "kpi.range.end = \"2026-01-02\""), "kpi.range.end", "no row has two writers");
    let apart = with_history("", end, "kpi.range.end = \"2026-01-01\"");
    let rules = parsed(&apart).unwrap().processors.remove(1).rules;
    assert_eq!(rules.range.end, Some("2026-01-01".parse().unwrap()));
    // The end of a local day lies elsewhere.
    let zone = "kpi.range.end = \"2026-01-01\"\nkpi.zone = \"America/New_York\"";
    assert_refused(&with_history("", end, zone), "kpi.range.end", "to 2026-01-01T05:00:00.000Z (exclusive)");
    assert!(parsed(&with_history("kpi.range.start = \"2026-01-02\"", end, zone)).is_ok());
}

#[test]
fn rows_begin_where_they_are_read_and_end_after_that() {
    let with = |setting: &str| format!("{WORKER}{}{PROCESSOR}{setting}\n", source("s", ""));
    assert_refused(&with("kpi.range.start = \"2025-12-31\""), "kpi.range.start", "set extract.start of the pipeline's");
    assert_refused(&with("kpi.range.end = \"2026-01-01\""), "kpi.range.end", "no row is left to the processor");
    let both = "kpi.range.start = \"2026-01-02\"\nkpi.range.end = \"2026-01-02\"";
    assert_refused(&with(both), "kpi.range.end", "must be later than kpi.range.start, which is 2026-01-02");
    assert_refused(&with("kpi.range.start = \"2026-1-2\""), "kpi.range.start", "must be a date, as 2026-01-31");
}
