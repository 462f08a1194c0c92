//! Login, pages, tokens, limit, headers, lists, truth. Edge.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::SimulatorOptions;
use super::client::*;
use crate::domain::time::parse_instant;
use crate::simulate::clock::Clock;

#[tokio::test]
async fn a_token_is_given_for_the_right_secret_by_basic_or_form_and_for_nothing_else() {
    let platform = Platform::start(SimulatorOptions::default()).await;
    let grant = "grant_type=client_credentials";
    let good = platform.token(Some(("demo-client", "demo-secret")), grant).await;
    assert_eq!((good.status, good.json()["token_type"].clone()), (200, json!("bearer")));
    assert_eq!(good.json()["expires_in"], json!(86_399));
    let bad = platform.token(Some(("demo-client", "wrong")), grant).await;
    assert_eq!((bad.status, bad.json()["error"].clone()), (401, json!("invalid_client")));
    assert_eq!(platform.token(None, grant).await.status, 401);
    assert_eq!(platform.token(Some(("demo-client", "demo-secret")), "").await.status, 400);
    let mut stranger = Platform { bearer: "unknown".to_owned(), ..platform };
    let refused = stranger.ask(&body(10)).await;
    assert_eq!((refused.status, refused.json()["code"].clone()), (401, json!("bad.credentials")));
    assert_eq!(refused.json()["contextId"], json!(refused.header("inin-correlation-id")));
    stranger.log_in().await;
    assert_eq!(stranger.ask(&body(10)).await.status, 200);
    stranger.stop().await;
}

#[tokio::test]
async fn an_expired_bearer_is_refused() {
    let options = SimulatorOptions { token_expires_s: 0, ..SimulatorOptions::default() };
    let platform = Platform::start(options).await;
    assert_eq!(platform.ask(&body(10)).await.status, 401);
    platform.stop().await;
}

#[tokio::test]
async fn pages_lead_to_the_last_one_and_the_same_seed_serves_the_same_bytes() {
    let mut texts = Vec::new();
    for _ in 0..2 {
        let platform = Platform::start(SimulatorOptions::default()).await;
        let mut pages = vec![platform.ask(&body(1_000)).await];
        while let Some(token) = pages.last().unwrap().json().get("nextPageToken").cloned() {
            pages.push(platform.ask(&with_token(1_000, &token)).await);
            assert!(pages.len() < 20, "the pages do not end");
        }
        let rows: Vec<Value> = pages.iter().flat_map(|page| page.json()["data"].as_array().unwrap().clone()).collect();
        let ids: std::collections::BTreeSet<&str> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), 3_000);
        assert!(pages.iter().all(|page| page.status == 200 && page.json()["total"] == json!(3_000)));
        texts.push(pages.iter().map(|page| page.text.clone()).collect::<Vec<_>>());
        platform.stop().await;
    }
    assert_eq!(texts[0], texts[1]);
}

#[tokio::test]
async fn a_page_token_is_good_once_whatever_became_of_the_request() {
    let platform = Platform::start(SimulatorOptions::default()).await;
    let token = platform.ask(&body(100)).await.json()["nextPageToken"].clone();
    let mut broken = with_token(100, &token);
    broken["size"] = json!(0);
    assert_eq!(platform.ask(&broken).await.status, 400);
    let mut dead = Vec::new();
    for token in [&token, &json!("made up")] {
        let reply = platform.ask(&with_token(100, token)).await;
        let empty = reply.json()["data"] == json!([]) && reply.json().get("nextPageToken").is_none();
        dead.push((reply.status, empty));
    }
    dead.sort_unstable();
    assert_eq!(dead, [(200, true), (410, false)]);
    let token = platform.ask(&body(100)).await.json()["nextPageToken"].clone();
    assert_eq!(platform.ask(&with_token(99, &token)).await.status, 400, "a token belongs to its request");
    platform.stop().await;
}

#[tokio::test]
async fn broken_rules_are_answered_with_the_platforms_error_body() {
    let platform = Platform::start(SimulatorOptions::default()).await;
    let mut grouped = body(10);
    grouped["groupBy"] = json!(["id"]);
    let reply = platform.ask(&grouped).await;
    assert_eq!((reply.status, reply.json()["code"].clone()), (400, json!("groupByTooManyBuckets")));
    assert_eq!(reply.json()["status"], json!(400));
    assert_eq!(reply.header("content-type"), "application/json");
    assert_eq!(platform.get("/api/v2/nothing").await.json()["code"], json!("not.found"));
    platform.stop().await;
}

#[tokio::test]
async fn more_than_twenty_requests_a_second_are_refused_with_retry_after() {
    let platform = Platform::start(SimulatorOptions::default()).await;
    let small = json!({"view": "none"});
    let replies = futures::future::join_all((0..60).map(|_| platform.ask(&small))).await;
    let refused = replies.iter().find(|reply| reply.status == 429).unwrap();
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(refused.json()["code"], json!("too.many.requests.retry.after"));
    assert_eq!((refused.header("inin-ratelimit-count"), refused.header("inin-ratelimit-allowed")), ("20", "20"));
    let asked = platform.requests().await;
    let arrivals = |status: i64| -> Vec<f64> {
        let with_status = asked.iter().filter(|asked| asked["status"] == json!(status));
        with_status.map(|asked| asked["arrived_ms"].as_f64().unwrap()).collect()
    };
    let admitted = arrivals(400);
    for at in arrivals(429) {
        // Requests that arrive at the same time may be judged in another order than they were noted in.
        let before = admitted.iter().filter(|other| at - 1_000.0 < **other && **other < at + 100.0).count();
        assert!(20 <= before, "refused with only {before} requests in the second before");
    }
    for at in &admitted {
        assert!(admitted.iter().filter(|other| *at <= **other && **other < at + 999.0).count() <= 20);
    }
    assert!(asked.iter().all(|asked| asked["scripted"] == json!(false)));
    platform.stop().await;
}

#[tokio::test]
async fn requests_are_noted_with_their_slice_and_token() {
    let platform = Platform::start(SimulatorOptions::default()).await;
    let token = platform.ask(&body(100)).await.json()["nextPageToken"].clone();
    platform.ask(&with_token(100, &token)).await;
    let asked = platform.requests().await;
    assert_eq!(asked.len(), 3);
    assert_eq!(asked[0]["path"], json!("/oauth/token"));
    assert_eq!(asked[1]["from"], json!(parse_instant(FROM).unwrap()));
    assert_eq!((&asked[1]["page_token"], &asked[2]["page_token"]), (&json!(false), &json!(true)));
    let arrivals: Vec<f64> = asked.iter().map(|asked| asked["arrived_ms"].as_f64().unwrap()).collect();
    assert!(arrivals.is_sorted() && 1.7e12 < arrivals[0]);
    platform.stop().await;
}

#[tokio::test]
async fn the_routing_lists_are_paged() {
    let platform = Platform::start(SimulatorOptions::default()).await;
    let first = platform.get("/api/v2/routing/queues?pageSize=5").await.json();
    assert_eq!((first["entities"].as_array().unwrap().len(), &first["total"]), (5, &json!(8)));
    let second = platform.get(first["nextUri"].as_str().unwrap()).await.json();
    assert_eq!(second["entities"].as_array().unwrap().len(), 3);
    assert!(second.get("nextUri").is_none());
    assert_eq!(second["entities"][2]["mediaSettings"]["call"]["serviceLevel"]["durationMs"], json!(20_000));
    let codes = platform.get("/api/v2/routing/wrapupcodes").await.json();
    assert_eq!(codes["entities"][0]["name"], json!("Issue Resolved"));
    assert_eq!(platform.get("/api/v2/routing/queues?pageSize=0").await.status, 400);
    platform.stop().await;
}

#[tokio::test]
async fn the_truth_streams_its_rows_and_refuses_what_it_does_not_know() {
    let platform = Platform::start(SimulatorOptions::default()).await;
    let reply = platform.get("/simulator/truth?topic=kpi.queue.pt30m&kpi.sla.threshold.ms=60000").await;
    let rows: Vec<Value> = reply.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(500 < rows.len(), "more than one part of the stream: {}", rows.len());
    assert_eq!(rows[0]["sla_threshold_ms"], json!(60_000));
    let days = platform.get("/simulator/truth?topic=kpi.queue.p1d&genesys.org.id=x").await.text;
    let handled = |row: &Value| row["handled"].as_i64().unwrap();
    let days: Vec<Value> = days.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(days.iter().map(handled).sum::<i64>(), rows.iter().map(handled).sum::<i64>());
    assert_eq!(days[0]["org_id"], json!("x"));
    for topic in
        ["kpi.agent.pt30m", "kpi.agent-total.p1d", "kpi.org.pt1h", "kpi.org-total.pt15m.apportioned", "transfers"]
    {
        let reply = platform.get(&format!("/simulator/truth?topic={topic}")).await;
        assert!(reply.status == 200 && reply.text.lines().count() > 1, "{topic}");
    }
    let custom = "/simulator/truth?topic=kpi.custom.p1d&kpi.custom.share.sum=talk_ms";
    assert_eq!(platform.get(custom).await.status, 400, "half a KPI");
    assert_eq!(platform.get(&format!("{custom}&kpi.custom.share.over=handle_ms")).await.status, 200);
    assert_eq!(platform.get("/simulator/truth?topic=contacts").await.text, "", "rows are no contacts");
    assert_eq!(platform.get("/simulator/truth?topic=kpi.queue.pt30m&kpi.talk=1").await.status, 400);
    assert_eq!(platform.get("/simulator/truth").await.status, 400);
    assert_eq!(platform.get("/simulator/health").await.json()["rows"], json!(3_000));
    platform.stop().await;
}

#[tokio::test]
async fn live_rows_open_and_complete_as_time_goes_by_and_the_date_is_the_simulated_one() {
    // One simulated hour a second, from five to nine on.
    let clock = Clock::live(parse_instant("2026-01-05T08:55:00Z").unwrap(), 3_600.0);
    let platform = Platform::start(SimulatorOptions { clock, ..SimulatorOptions::default() }).await;
    let first = platform.ask(&body(1_000)).await;
    assert!(first.header("date").starts_with("Mon, 05 Jan 2026 "), "{}", first.header("date"));
    let rows = first.json()["data"].as_array().unwrap().clone();
    let open: Vec<Value> = rows.into_iter().filter(|row| row["status"] == "inProgress").collect();
    assert!(!open.is_empty() && open.iter().all(|row| row["endTimestamp"].is_null()));
    tokio::time::sleep(Duration::from_millis(700)).await;
    let later = platform.ask(&body(1_000)).await.json();
    assert!(first.json()["total"].as_i64() < later["total"].as_i64());
    let completed = |row: &&Value| {
        let same = later["data"].as_array().unwrap().iter().find(|other| other["id"] == row["id"]);
        same.is_some_and(|same| same["status"] != "inProgress" && same["endTimestamp"].is_string())
    };
    assert!(open.iter().any(|row| completed(&row)));
    assert_eq!(platform.get("/simulator/clock").await.json()["live"], json!(true));
    platform.stop().await;
}
