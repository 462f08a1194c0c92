//! Each kind of fault: it serves no data, its page token dies, and the ledger says who ordered it. Edge.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::*;

async fn second_page(platform: &Platform) -> Value {
    with_token(100, &platform.ask(&body(100)).await.json()["nextPageToken"])
}

async fn is_dead(platform: &Platform, body: &Value) -> bool {
    let reply = platform.ask(body).await;
    reply.status == 410 || reply.json()["data"] == json!([])
}

#[tokio::test]
async fn a_status_is_answered_with_and_without_retry_after_and_kills_the_token() {
    let platform = Platform::scripted(
        "[[rule]]\nstatus = 429\nafter_request = 1\nretry_after_s = 2\n[[rule]]\nstatus = 503\nafter_request = 2\n",
    )
    .await;
    let body = second_page(&platform).await;
    let throttled = platform.ask(&body).await;
    assert_eq!((throttled.status, throttled.header("retry-after")), (429, "2"));
    assert_eq!(throttled.json()["code"], json!("too.many.requests.retry.after"));
    let unavailable = platform.ask(&body).await;
    assert_eq!((unavailable.status, unavailable.header("retry-after")), (503, ""));
    assert!(is_dead(&platform, &body).await);
    let scripted: Vec<Value> = platform.requests().await.iter().map(|asked| asked["scripted"].clone()).collect();
    assert_eq!(scripted, [false, false, true, true, false]);
    platform.stop().await;
}

#[tokio::test]
async fn an_ordered_401_logs_the_client_out() {
    let mut platform = Platform::scripted("[[rule]]\nstatus = 401\n").await;
    assert_eq!(platform.ask(&body(10)).await.json()["code"], json!("bad.credentials"));
    assert_eq!(platform.ask(&body(10)).await.status, 401);
    platform.log_in().await;
    assert_eq!(platform.ask(&body(10)).await.status, 200);
    platform.stop().await;
}

#[tokio::test]
async fn a_truncated_body_is_no_page_whether_the_connection_breaks_or_not() {
    let platform = Platform::scripted("[[rule]]\nkind = \"truncate\"\nafter_request = 1\ntimes = 2\n").await;
    let body = second_page(&platform).await;
    assert!(platform.try_ask(&body).await.is_err(), "the connection ends before the announced length");
    let cut = platform.ask(&body).await;
    assert!(cut.status == 200 || cut.status == 410);
    assert!(serde_json::from_str::<Value>(&cut.text).is_err(), "{}", cut.text);
    assert!(is_dead(&platform, &body).await);
    platform.stop().await;
}

#[tokio::test]
async fn a_hang_is_noted_even_when_the_client_gives_up_and_ends_with_the_shutdown() {
    let platform = Platform::scripted("[[rule]]\nkind = \"hang\"\ntimes = 2\nhang_ms = 60000\n").await;
    let request = platform.client.post(format!("{}{DETAILS}", platform.base)).bearer_auth(&platform.bearer);
    let request = request.timeout(Duration::from_millis(200)).body(body(10).to_string());
    assert!(read(request).await.is_err());
    let asked = platform.requests().await;
    assert_eq!((&asked[1]["status"], &asked[1]["scripted"]), (&json!(0), &json!(true)));
    let hanging = body(10);
    let begun = Instant::now();
    let (reply, ()) = tokio::join!(platform.try_ask(&hanging), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        platform.supervisor.shutdown().trigger();
    });
    assert_eq!(reply.unwrap().status, 504);
    platform.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_token_fault_makes_a_good_token_dead() {
    let platform = Platform::scripted("token_reuse = \"gone\"\n[[rule]]\nkind = \"token\"\n").await;
    let body = second_page(&platform).await;
    assert_eq!(platform.ask(&body).await.status, 410);
    let again = second_page(&platform).await;
    assert_eq!(platform.ask(&again).await.status, 200);
    platform.stop().await;
}

#[tokio::test]
async fn odd_rows_are_told_as_they_stand() {
    let script = "[[row]]\nat = \"2026-01-05T09:00:00Z\"\njson = '{\"id\": \"odd\", \"talkDuration\": -5}'\n";
    let platform = Platform::scripted(script).await;
    let mut reply = platform.ask(&body(1_000)).await.json();
    let mut found = 0;
    for page in 1.. {
        assert!(page < 20, "the pages do not end");
        found += reply["data"].as_array().unwrap().iter().filter(|row| row["id"] == "odd").count();
        let Some(token) = reply.get("nextPageToken").cloned() else { break };
        reply = platform.ask(&with_token(1_000, &token)).await.json();
    }
    assert_eq!(found, 1);
    platform.stop().await;
}
