//! Tests of `check --online`'s look at the platform, against a server of its own and the simulator. Edge.

use serde_json::json;

use super::finding::{Finding, Verdict};
use super::platform::findings;
use super::run;
use crate::cli::CheckArgs;
use crate::command::status::ExitStatus;
use crate::config::secret::Secret;
use crate::config::typed::{AggregatesShape, RevisitDialect, SourceConfig};
use crate::domain::media::Dialect;
use crate::genesys::fixture::{Asked, Reaction, Server, ok};

fn told(found: &[Finding], subject: &str) -> (Verdict, String) {
    let line = found.iter().find(|finding| finding.subject.starts_with(subject));
    let line = line.unwrap_or_else(|| panic!("nothing of {subject}: {found:#?}"));
    (line.verdict, line.to_string())
}

fn assert_told(found: &[Finding], subject: &str, verdict: Verdict, parts: &[&str]) {
    let (is, text) = told(found, subject);
    assert_eq!(is, verdict, "{text}");
    for part in parts {
        assert!(text.contains(part), "not said: {part}: {text}");
    }
}

fn list(entities: serde_json::Value, total: u64) -> Reaction {
    ok(json!({"entities": entities, "total": total, "pageCount": 1}).to_string())
}

fn whole(asked: &Asked<'_>) -> Reaction {
    match asked.target.split('?').next().unwrap() {
        "/api/v2/analytics/conversations/details/query" => ok(r#"{"totalHits":0}"#),
        "/api/v2/analytics/conversations/details/jobs/availability" => {
            ok(r#"{"dataAvailabilityDate":"2026-01-01T00:00:00Z"}"#)
        }
        "/api/v2/analytics/conversations/aggregates/query" => ok(r#"{"results":[]}"#),
        "/api/v2/routing/queues" => list(json!([{"id": "q", "name": "Sales"}, {"id": "r", "name": "Orders"}]), 12),
        "/api/v2/routing/wrapupcodes" | "/api/v2/routing/skills" | "/api/v2/routing/languages" | "/api/v2/users" => {
            list(json!([{"id": "x", "name": "Ann"}]), 1)
        }
        _ => Reaction::Status(404, None, r#"{"message":"no such path","code":"not.found"}"#.to_owned()),
    }
}

fn details(server: &Server) -> SourceConfig {
    SourceConfig { dialect: Dialect::ConversationDetails, ..server.config() }
}

#[tokio::test]
async fn a_platform_that_has_all_is_ok_line_by_line() {
    let server = Server::start_with(whole).await;
    let found = findings(&details(&server)).await.unwrap();
    assert!(found.iter().all(|finding| finding.verdict == Verdict::Ok), "{found:#?}");
    assert_told(&found, "login at http://127.0.0.1", Verdict::Ok, &["ok, the token is good for 86399 s"]);
    assert_told(&found, "clock", Verdict::Ok, &["ms from the platform's"]);
    assert_told(&found, "genesys.dialect conversation-details", Verdict::Ok, &["the platform answers it"]);
    assert_told(&found, "details jobs", Verdict::Ok, &["2026-01-01T00:00:00Z"]);
    assert_told(&found, "aggregates", Verdict::Ok, &[]);
    assert_told(&found, "queues", Verdict::Ok, &["this client sees 12: Sales, Orders, …"]);
    assert_told(&found, "quota", Verdict::Ok, &["requests read all of it", "0 interactions on 1970-01-01"]);
    assert!(!told(&found, "users").1.contains("Ann"), "agents are not named");
}

#[tokio::test]
async fn what_is_forbidden_is_told_with_the_permission_that_it_takes() {
    let body = r#"{"message":"You lack something","code":"missing.any.permissions","contextId":"c-7"}"#;
    let server = Server::start_with(move |asked| match asked.target {
        target if target.contains("/api/v2/date") => ok("{}"),
        _ => Reaction::Status(403, None, body.to_owned()),
    })
    .await;
    let found = findings(&details(&server)).await.unwrap();
    let detail = ["analytics:conversationDetail:view", "division", "missing.any.permissions", "context id c-7"];
    assert_told(&found, "genesys.dialect", Verdict::Wrong, &detail);
    assert_told(&found, "details jobs", Verdict::Note, &detail[..1]);
    assert_told(&found, "aggregates", Verdict::Note, &["analytics:conversationAggregate:view"]);
    assert_told(&found, "queues", Verdict::Note, &["routing:queue:view"]);
    assert_told(&found, "wrapup-codes", Verdict::Note, &["routing:wrapupCode:view"]);
    assert_told(&found, "skills", Verdict::Note, &["routing:skill:view"]);
    assert_told(&found, "languages", Verdict::Note, &["routing:language:view"]);
}

#[tokio::test]
async fn aggregates_are_looked_for_in_the_shape_that_is_set_or_that_the_host_answers() {
    let guide = |asked: &Asked<'_>| match asked.target {
        "/api/v2/analytics/conversations/aggregates/query" if asked.body.contains("date_range") => {
            ok(r#"{"buckets":[]}"#)
        }
        "/api/v2/analytics/conversations/aggregates/query" => {
            Reaction::Status(400, None, r#"{"message":"date_range is required","code":"bad.request"}"#.to_owned())
        }
        _ => whole(asked),
    };
    let server = Server::start_with(guide).await;
    let of =
        async |dialect, aggregates| findings(&SourceConfig { dialect, aggregates, ..server.config() }).await.unwrap();
    let found = of(Dialect::InteractionDetails, None).await;
    assert_told(&found, "aggregates", Verdict::Ok, &["buckets", "all queues together"]);
    let found = of(Dialect::ConversationDetails, Some(AggregatesShape::Buckets)).await;
    assert_told(&found, "aggregates", Verdict::Ok, &["buckets"]);
    for (dialect, set) in
        [(Dialect::InteractionDetails, Some(AggregatesShape::Metrics)), (Dialect::ConversationDetails, None)]
    {
        let found = of(dialect, set).await;
        assert_told(&found, "aggregates", Verdict::Note, &["date_range is required"]);
    }
    let server = Server::start_with(whole).await;
    let found = findings(&server.config()).await.unwrap();
    assert_told(&found, "aggregates", Verdict::Ok, &["metrics", "queue by queue"]);
}

#[tokio::test]
async fn a_dialect_that_is_not_served_is_wrong_and_the_ones_that_are_stand_beside_it() {
    let server = Server::start_with(whole).await;
    let found = findings(&server.config()).await.unwrap();
    assert_told(
        &found,
        "genesys.dialect interaction-details",
        Verdict::Wrong,
        &["404", "is not there: choose a dialect that is served"],
    );
    assert_told(&found, "other dialects", Verdict::Ok, &["conversation-details"]);
}

#[tokio::test]
async fn no_queue_in_sight_and_a_page_of_another_shape_are_told() {
    let server = Server::start_with(|asked| match asked.target.split('?').next().unwrap() {
        "/api/v2/routing/queues" => list(json!([]), 0),
        "/api/v2/analytics/conversations/details/query" => ok("<html>"),
        _ => whole(asked),
    })
    .await;
    let found = findings(&details(&server)).await.unwrap();
    assert_told(&found, "queues", Verdict::Note, &["this client sees none", "divisions of the client's roles"]);
    assert_told(&found, "genesys.dialect", Verdict::Wrong, &["answers another shape"]);
}

#[tokio::test]
async fn a_clock_that_is_off_and_a_quota_that_cannot_do_are_told() {
    let server = Server::start_with(|asked| {
        let date = (chrono::Utc::now() + chrono::Duration::seconds(90)).format("%a, %d %b %Y %H:%M:%S GMT");
        match whole(asked) {
            Reaction::Status(status, _, body) => Reaction::Status(status, Some(("date", date.to_string())), body),
            other => other,
        }
    })
    .await;
    let poll_interval = std::time::Duration::from_millis(1);
    let config = SourceConfig { poll_interval, extract_end: None, ..details(&server) };
    let found = findings(&SourceConfig { dialect: Dialect::InteractionEvents, ..config }).await.unwrap();
    assert_told(&found, "clock", Verdict::Note, &["s slow", "synchronise it"]);
    assert_told(&found, "quota", Verdict::Wrong, &["would fall behind", "extract.poll.interval.ms"]);
    assert_told(&found, "volume summary", Verdict::Note, &["will not be checked"]);
}

#[tokio::test]
async fn a_day_of_requests_is_counted_with_what_starts_on_a_day_and_held_against_the_room_for_it() {
    let server = Server::start_with(|asked| match asked.target {
        "/api/v2/analytics/conversations/details/query" => ok(r#"{"totalHits":20000}"#),
        _ => whole(asked),
    })
    .await;
    let with = |poll_ms| SourceConfig {
        extract_end: None,
        poll_interval: std::time::Duration::from_millis(poll_ms),
        revisit_ms: vec![300_000],
        page_size: 100,
        quota_requests_per_second: 20.0,
        ..details(&server)
    };
    // 1440 looks, 1440 revisits, two readings of 200 pages, 24 times 4 lists, 1 login.
    let found = findings(&with(60_000)).await.unwrap();
    assert_told(&found, "quota", Verdict::Ok, &["about 3377 requests a day", "of 1728000", "20000 interactions on "]);
    let found = findings(&with(75)).await.unwrap();
    assert_told(&found, "quota", Verdict::Note, &["1152000 to look for something new", "slow to catch up"]);
    let found = findings(&with(45)).await.unwrap();
    assert_told(&found, "quota", Verdict::Wrong, &["would fall behind", "extract.revisit.ms to fewer ages"]);
}

#[tokio::test]
async fn the_dialect_of_revisits_is_asked_too_with_its_permission_and_how_far_it_is() {
    let jobs = "/api/v2/analytics/conversations/details/jobs";
    let again = |server: &Server| SourceConfig {
        revisit_dialect: Some(RevisitDialect { dialect: Dialect::ConversationJobs, page_size: 100, from_age_ms: 0 }),
        ..details(server)
    };
    let subject = "extract.revisit.dialect conversation-jobs";
    let server = Server::start_with(move |asked| match (asked.method, asked.target) {
        ("POST", target) if target == jobs => ok(r#"{"jobId":"j-1"}"#),
        ("DELETE", _) => ok("{}"),
        _ => whole(asked),
    })
    .await;
    let found = findings(&again(&server)).await.unwrap();
    assert!(found.iter().all(|finding| finding.verdict == Verdict::Ok), "{found:#?}");
    assert_told(&found, subject, Verdict::Ok, &["the platform answers it"]);
    assert_told(&found, "other dialects", Verdict::Ok, &["none is served"]);

    let server = Server::start_with(move |asked| match asked.target {
        target if target.starts_with(jobs) => {
            Reaction::Status(403, None, r#"{"message":"no","code":"missing.permissions"}"#.to_owned())
        }
        _ => whole(asked),
    })
    .await;
    let found = findings(&again(&server)).await.unwrap();
    assert_told(&found, subject, Verdict::Wrong, &["403", "analytics:conversationDetail:view"]);
    assert_told(&found, "details jobs", Verdict::Wrong, &["analytics:conversationDetail:view"]);

    let server = Server::start_with(whole).await;
    let found = findings(&again(&server)).await.unwrap();
    assert_told(&found, subject, Verdict::Wrong, &["404", "choose a dialect that is served"]);
}

#[tokio::test]
async fn a_wrong_secret_ends_the_look_with_the_platforms_words_and_a_way_out_and_is_not_told() {
    let server = Server::start_with(whole).await;
    let mut config = details(&server);
    config.client_secret = Secret::new("hunter2".to_owned());
    let found = findings(&config).await.unwrap();
    assert_eq!(found.len(), 1);
    let parts = ["invalid_client: authentication failed", "check genesys.client.id and genesys.client.secret"];
    assert_told(&found, "login", Verdict::Wrong, &parts);
    assert!(!found[0].to_string().contains("hunter2"));
}

#[tokio::test]
async fn an_absent_login_host_is_told_with_its_causes() {
    let found = findings(&crate::genesys::fixture::offline_config()).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_told(&found, "login", Verdict::Wrong, &["onnection refused", "check genesys.region"]);
}

#[tokio::test]
async fn wrong_settings_end_with_status_2() {
    let path = std::path::PathBuf::from("/nowhere/at/all.toml");
    assert_eq!(run(CheckArgs { config: path, online: false }).await.unwrap(), ExitStatus::Usage);
}
