//! What settings each dialect takes, and what it says of those that it has no use for. Pure.

use crate::config::Settings;
use crate::config::problem::Problems;
use crate::config::{parse, toml_text};

fn parsed(dialect: &str, more: &str) -> Result<Settings, Problems> {
    let text = format!(
        "[worker]\nbootstrap.servers = \"localhost:9092\"\n[connectors.s]\nconnector.class = \"GenesysSource\"\n\
         genesys.api.url = \"http://127.0.0.1:9080\"\ngenesys.client.id = \"i\"\ngenesys.client.secret = \"s\"\n\
         genesys.org.id = \"acme\"\ngenesys.dialect = \"{dialect}\"\nextract.start = \"2026-01-01T00:00:00Z\"\n{more}\n"
    );
    let mut problems = Vec::new();
    let file = toml_text::read("a test", &text, &|name| Err(format!("{name:?}")), &mut problems);
    parse::settings(&file, problems)
}

/// The text of the only problem, which is the setting's.
fn refused(dialect: &str, setting: &str, value: &str) -> String {
    let problems = parsed(dialect, &format!("{setting} = {value}")).unwrap_err();
    let [problem] = problems.list() else { panic!("{problems}") };
    assert_eq!(problem.key, setting);
    problem.text.clone()
}

#[test]
fn conversation_metrics_asks_for_nothing_younger_than_half_an_hour() {
    let source = parsed("conversation-metrics", "").unwrap().sources.remove(0);
    assert_eq!((source.freshness_delay_ms, source.agents.len()), (1_800_000, 0));
    let text = refused("conversation-metrics", "extract.freshness.delay.ms", "1799999");
    assert!(text.contains("younger than 1800000") && text.contains("give at least 1800000"), "{text}");
    let older = parsed("conversation-metrics", "extract.freshness.delay.ms = 1800001").unwrap();
    assert_eq!(older.sources[0].freshness_delay_ms, 1_800_001);
    assert!(parsed("interaction-details", "extract.freshness.delay.ms = 0").is_ok());
}

#[test]
fn agents_are_filtered_and_pages_sized_where_the_dialect_can() {
    let filtered = parsed("conversation-metrics", "extract.agent.filter = \"a-1, a-2\"").unwrap();
    assert_eq!(filtered.sources[0].agents, ["a-1", "a-2"]);
    assert!(refused("interaction-events", "extract.agent.filter", "\"a-1\"").contains("is for conversation-metrics"));
    assert!(refused("conversation-metrics", "extract.page.size", "100").contains("the platform decides"));
}

#[test]
fn the_forward_buffer_is_30_to_60_minutes_and_for_events() {
    for (value, ok) in [("1799999", false), ("1800000", true), ("3600000", true), ("3600001", false)] {
        let setting = format!("extract.forward.buffer.ms = {value}");
        assert_eq!(parsed("interaction-events", &setting).is_ok(), ok, "{value}");
    }
    assert_eq!(parsed("interaction-events", "").unwrap().sources[0].forward_buffer_ms, 1_800_000);
    assert!(refused("conversation-metrics", "extract.forward.buffer.ms", "1800000").contains("interaction-events"));
}

#[test]
fn slices_and_pages_of_conversations_are_within_what_the_platform_gives() {
    assert!(refused("conversation-details", "extract.page.size", "101").contains("at most 100 rows a page"));
    let longest = 31 * 86_400_000_i64;
    assert!(parsed("conversation-details", &format!("extract.slice.ms = {longest}")).is_ok());
    refused("conversation-details", "extract.slice.ms", &(longest + 1).to_string());
}

#[test]
fn a_source_looks_back_only_when_told_to() {
    assert_eq!(parsed("conversation-details", "").unwrap().sources[0].lookback_ms, 0);
    let back = parsed("conversation-details", "extract.lookback.ms = 86400000").unwrap();
    assert_eq!(back.sources[0].lookback_ms, 86_400_000);
    refused("conversation-details", "extract.lookback.ms", "-1");
}

#[test]
fn queries_that_are_answered_later_ask_for_a_day_and_others_for_half_an_hour_unless_told() {
    let slice_ms = |dialect: &str, more: &str| parsed(dialect, more).unwrap().sources[0].slice_ms;
    for dialect in ["report-queries", "conversation-jobs"] {
        assert_eq!(slice_ms(dialect, ""), 86_400_000);
        assert_eq!(slice_ms(dialect, "extract.slice.ms = 1800000"), 1_800_000);
    }
    for dialect in ["interaction-details", "interaction-events", "conversation-metrics", "conversation-details"] {
        assert_eq!(slice_ms(dialect, ""), 1_800_000);
    }
    assert_eq!(slice_ms("conversation-details", "extract.revisit.dialect = \"conversation-jobs\""), 1_800_000);
}

#[test]
fn several_queries_in_flight_are_for_dialects_that_answer_later() {
    let in_flight = |dialect: &str, more: &str| parsed(dialect, more).unwrap().sources[0].queries_in_flight_max;
    assert_eq!(in_flight("report-queries", ""), 4);
    assert_eq!(in_flight("conversation-jobs", "extract.query.in.flight.max = 9"), 9);
    refused("conversation-jobs", "extract.query.in.flight.max", "0");
    assert!(refused("conversation-details", "extract.query.in.flight.max", "2").contains("answers at once; remove it"));
}
