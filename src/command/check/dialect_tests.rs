//! Tests of what `check --online` says of dialects: at the simulated platform in each of its histories, and at a host that
//! fails in every way. Edge.

use super::finding::{Finding, Verdict};
use super::platform::findings;
use crate::cli::SimulatedDialect;
use crate::command::fixture::Platform;
use crate::config::typed::SourceConfig;
use crate::domain::media::Dialect;
use crate::domain::time::{DAY_MS, TimeRange, parse_instant};
use crate::genesys::fixture::{Reaction, Server, ok};
use crate::simulate::server::SimulatorOptions;

/// What a look at the platform that tells `history` says when `dialect` is set, from `days` days after its begin on.
async fn looked_at(history: SimulatedDialect, dialect: SimulatedDialect, days: i64) -> Vec<Finding> {
    let from = parse_instant("2026-01-05T00:00:00Z").unwrap();
    let told = history.exactly(7, from, 1, 400).unwrap();
    let platform = Platform::start(told, SimulatorOptions::default()).await;
    let range = TimeRange { from: from + days * DAY_MS, to: from + (days + 1) * DAY_MS };
    let found = findings(&platform.settings(dialect, range).sources[0]).await.unwrap();
    platform.stop().await;
    found
}

fn line<'a>(found: &'a [Finding], subject: &str) -> (&'a Finding, String) {
    let line = found.iter().find(|finding| finding.subject.starts_with(subject));
    let line = line.unwrap_or_else(|| panic!("nothing of {subject}: {found:#?}"));
    (line, line.to_string())
}

/// Everything that is not as it must be says what to do.
fn assert_ways_out(found: &[Finding]) {
    for finding in found.iter().filter(|finding| finding.verdict != Verdict::Ok) {
        let text = finding.to_string();
        assert!(!finding.way_out.is_empty() || text.contains("; "), "no way out: {text}");
    }
}

#[tokio::test]
async fn a_dialect_that_the_host_refuses_is_told_with_those_that_it_answers() {
    let found = looked_at(SimulatedDialect::ConversationDetails, SimulatedDialect::ReportQueries, 0).await;
    assert_ways_out(&found);
    let (finding, text) = line(&found, "genesys.dialect report-queries");
    assert_eq!(finding.verdict, Verdict::Wrong);
    let answered = "interaction-events, conversation-details, conversation-jobs, conversation-metrics";
    for part in ["Unrecognized field", "choose a dialect that is served (", "genesys.api.url"] {
        assert!(text.contains(part), "not said: {part}: {text}");
    }
    for word in answered.split(", ") {
        assert!(finding.way_out.contains(word), "{word}: {text}");
    }
    assert!(!finding.way_out.contains("report-queries") && !finding.way_out.contains("interaction-details"), "{text}");
}

#[tokio::test]
async fn a_dialect_that_is_counted_and_not_told_is_recommended_to_nobody() {
    let found = looked_at(SimulatedDialect::ReportQueries, SimulatedDialect::ReportQueries, 0).await;
    assert_ways_out(&found);
    assert_eq!(line(&found, "genesys.dialect").0.verdict, Verdict::Ok);
    assert_eq!(line(&found, "other dialects").0.what, "none is served");
    let found = looked_at(SimulatedDialect::ReportQueries, SimulatedDialect::ConversationDetails, 0).await;
    let (finding, text) = line(&found, "genesys.dialect conversation-details");
    assert_eq!(finding.verdict, Verdict::Wrong, "{text}");
    for part in ["are counted, and none of them is told", "choose a dialect that is served (report-queries)"] {
        assert!(text.contains(part), "not said: {part}: {text}");
    }
}

#[tokio::test]
async fn an_empty_page_of_a_day_without_conversations_is_right() {
    for (days, verdict) in [(0, Verdict::Ok), (9, Verdict::Ok)] {
        let found = looked_at(SimulatedDialect::ConversationDetails, SimulatedDialect::ConversationDetails, days).await;
        let (finding, text) = line(&found, "genesys.dialect conversation-details");
        assert_eq!(finding.verdict, verdict, "{text}");
    }
}

#[tokio::test]
async fn whatever_a_host_answers_each_line_that_is_not_ok_has_a_way_out() {
    let error = |status: u16| Reaction::Status(status, None, r#"{"message":"no","code":"some.code"}"#.to_owned());
    let all = [Dialect::ConversationDetails, Dialect::ReportQueries, Dialect::InteractionEvents];
    for status in [400, 403, 404, 409, 418, 500, 200, 0] {
        let server = Server::start_with(move |_| match status {
            0 => Reaction::Truncated(String::new()),
            200 => ok("<html>"),
            status => error(status),
        })
        .await;
        // What may pass is asked again and again, and takes its time.
        for dialect in all.into_iter().take(if [0, 500].contains(&status) { 1 } else { all.len() }) {
            let found = findings(&SourceConfig { dialect, ..server.config() }).await.unwrap();
            assert!(found.iter().any(|finding| finding.verdict == Verdict::Wrong), "{status}: {found:#?}");
            assert_ways_out(&found);
        }
    }
}
