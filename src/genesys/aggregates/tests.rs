//! Requests and readers of aggregates, from answers as the platform and the guide write them; which of them a host is
//! asked for. Edge: a server of the tests.

use std::sync::Arc;

use chrono_tz::Tz;

use super::ask::{Aggregates, Sums};
use super::by_interval::{Cut, Interval, Report, read, request_body};
use super::metrics::{HANDLE, MetricsQuery, Stats};
use super::{interval_report, metrics, refusal};
use crate::config::typed::{AggregatesShape, SourceConfig};
use crate::domain::interval::Grain;
use crate::domain::media::Dialect;
use crate::domain::time::{TimeRange, parse_instant};
use crate::genesys::client::GenesysClient;
use crate::genesys::error::{GenesysError, Told};
use crate::genesys::fixture::{Reaction, Server, ok};
use crate::genesys::limiter::Rank;

fn range(from: &str, to: &str) -> TimeRange {
    TimeRange { from: parse_instant(from).unwrap(), to: parse_instant(to).unwrap() }
}

fn morning() -> TimeRange {
    range("2024-01-15T10:00:00Z", "2024-01-15T13:00:00Z")
}

fn cut(grain: Grain) -> Cut {
    Cut { range: morning(), grain, zone: Tz::UTC }
}

/// The day on which New York's clocks go back: 25 hours.
fn long_day() -> Cut {
    Cut { range: range("2024-11-03T04:00:00Z", "2024-11-05T05:00:00Z"), grain: Grain::P1d, zone: Tz::America__New_York }
}

fn averages(report: &Report) -> Vec<Option<f64>> {
    report.intervals.values().map(Interval::average_ms).collect()
}

#[test]
fn the_guides_request_names_range_view_and_interval() {
    let expected = r#"{"date_range":{"end":"2024-01-15T13:00:00.000Z","start":"2024-01-15T10:00:00.000Z"},"group_by":{"by":"time","interval":"PT1H"},"view":{"metrics":[{"name":"count"},{"name":"handle-time"}],"name":"conversations"}}"#;
    let sorted: serde_json::Value = serde_json::from_str(expected).unwrap();
    let body = interval_report::request_body(cut(Grain::Pt1h));
    assert_eq!(serde_json::from_str::<serde_json::Value>(&body).unwrap(), sorted);
}

#[test]
fn the_guides_handle_time_is_a_total_in_seconds_and_an_empty_interval_has_no_average() {
    let body = br#"{"buckets":[
        {"interval":"2024-01-15T10:00:00.000Z","metrics":{"count":4,"handle-time":1200.5}},
        {"interval":"2024-01-15T12:00:00.000Z/2024-01-15T13:00:00.000Z","metrics":{"count":0,"handle-time":null}}]}"#;
    let report = interval_report::read(body, cut(Grain::Pt1h)).unwrap();
    assert_eq!(averages(&report), [Some(300_125.0), None, None], "never the total, never 0");
    assert_eq!(report.total(), Interval { count: 4, handle_ms: 1_200_500 });
    let none = interval_report::read(b"{}", cut(Grain::Pt30m)).unwrap();
    assert_eq!((none.intervals.len(), none.total()), (6, Interval::default()));
}

#[test]
fn a_bucket_without_a_place_and_another_answer_are_refused() {
    for body in ["<html>", r#"{"buckets":[{"metrics":{"count":1}}]}"#, r#"{"buckets":[{"interval":"ten"}]}"#] {
        assert!(interval_report::read(body.as_bytes(), cut(Grain::Pt1h)).is_err(), "{body}");
    }
}

#[test]
fn the_platforms_request_has_one_interval_and_lists() {
    let day = range("2024-11-03T04:00:00Z", "2024-11-04T05:00:00Z");
    let query = MetricsQuery {
        range: day,
        granularity: Some(Grain::P1d),
        zone: Some(Tz::America__New_York),
        group_by: vec!["queueId", "mediaType"],
        users: Vec::new(),
        metrics: vec!["tHandle", "nOffered"],
    };
    assert_eq!(
        metrics::request_body(&query),
        r#"{"interval":"2024-11-03T04:00:00.000Z/2024-11-04T05:00:00.000Z","granularity":"P1D","timeZone":"America/New_York","groupBy":["queueId","mediaType"],"metrics":["tHandle","nOffered"]}"#
    );
    let whole =
        MetricsQuery { granularity: None, zone: None, group_by: Vec::new(), metrics: vec![HANDLE], ..query.clone() };
    assert_eq!(
        metrics::request_body(&whole),
        r#"{"interval":"2024-11-03T04:00:00.000Z/2024-11-04T05:00:00.000Z","metrics":["tHandle"]}"#
    );
    let of_agents = metrics::request_body(&MetricsQuery { users: vec!["a1".to_owned(), "a2".to_owned()], ..whole });
    let filter = r#""filter":{"type":"or","predicates":[{"type":"dimension","dimension":"userId","value":"a1"},{"type":"dimension","dimension":"userId","value":"a2"}]}"#;
    assert!(of_agents.contains(filter), "{of_agents}");
}

#[test]
fn the_platforms_answer_is_read_with_its_gaps() {
    let body = br#"{"results":[
      {"group":{"queueId":"q1","mediaType":"voice"},"data":[
        {"interval":"2024-01-15T10:00:00.000Z/2024-01-15T10:30:00.000Z","metrics":[
          {"metric":"tHandle","stats":{"max":377894,"min":57000,"count":2,"sum":434894.0}},
          {"metric":"nOffered","stats":{"count":1}},
          {"metric":"oServiceLevel","stats":{"ratio":0.78,"numerator":7,"denominator":9,"target":0.8}}]}]},
      {"group":{"mediaType":"email"},"data":[
        {"interval":"2024-01-15T12:00:00.000Z/2024-01-15T12:30:00.000Z","metrics":[
          {"metric":"tHandle","stats":{"count":1,"sum":5097600909}}]}]}]}"#;
    let cells = metrics::read(body).unwrap();
    assert_eq!(cells.len(), 2);
    assert_eq!((cells[0].queue_id(), cells[0].stats(HANDLE)), ("q1", Stats { count: 2, sum: 434_894 }));
    assert_eq!((cells[0].stats("nOffered").count, cells[0].stats("tAcw")), (1, Stats::default()));
    assert_eq!((cells[1].queue_id(), cells[1].stats(HANDLE).sum), ("", 5_097_600_909), "more than 32 bits");
    let report = metrics::read_report(body, cut(Grain::Pt1h)).unwrap();
    assert_eq!(averages(&report), [Some(217_447.0), None, Some(5_097_600_909.0)]);
    assert!(metrics::read(b"{}").unwrap().is_empty());
    assert!(metrics::read(br#"{"results":[{"data":[{"interval":"x"}]}]}"#).is_err());
}

#[test]
fn days_are_those_of_the_zone_also_when_clocks_change() {
    let asked = request_body(AggregatesShape::Metrics, long_day());
    assert!(asked.contains(r#""granularity":"P1D","timeZone":"America/New_York""#), "{asked}");
    let theirs = br#"{"results":[{"group":{},"data":[
        {"interval":"2024-11-03T00:00:00.000-04:00/2024-11-04T00:00:00.000-05:00","metrics":[{"metric":"tHandle","stats":{"count":2,"sum":200}}]},
        {"interval":"2024-11-04T05:00:00.000Z/2024-11-05T05:00:00.000Z","metrics":[{"metric":"tHandle","stats":{"count":1,"sum":50}}]}]}]}"#;
    let report = read(AggregatesShape::Metrics, theirs, long_day()).unwrap();
    assert_eq!(averages(&report), [Some(100.0), Some(50.0)]);
    // A server that counts days of 24 hours: its first begins on the one local day and ends on it, its second does not.
    let other = br#"{"results":[{"group":{},"data":[
        {"interval":"2024-11-04T04:00:00.000Z/2024-11-05T04:00:00.000Z","metrics":[{"metric":"tHandle","stats":{"count":1,"sum":5}}]}]}]}"#;
    let error = read(AggregatesShape::Metrics, other, long_day()).unwrap_err();
    assert!(crate::domain::causes::causes(&error).contains("America/New_York"), "{error:?}");
}

#[test]
fn the_guides_shape_has_no_zone_and_is_asked_for_pieces_of_local_days() {
    let asked = request_body(AggregatesShape::Buckets, long_day());
    assert!(asked.contains(r#""interval":"PT15M""#), "{asked}");
    let utc = Cut { zone: Tz::UTC, ..long_day() };
    assert!(request_body(AggregatesShape::Buckets, utc).contains(r#""interval":"P1D""#));
    // The last quarter of an hour of the long day, and the first of the next.
    let buckets = br#"{"buckets":[
        {"interval":"2024-11-04T04:45:00Z","metrics":{"count":1,"handle-time":7}},
        {"interval":"2024-11-04T05:00:00Z","metrics":{"count":2,"handle-time":8}}]}"#;
    let report = read(AggregatesShape::Buckets, buckets, long_day()).unwrap();
    assert_eq!(averages(&report), [Some(7_000.0), Some(4_000.0)]);
}

/// What a server was asked for, by the first field of each body, and what `sums` made of it.
async fn asked_for(
    configured: Option<AggregatesShape>,
    dialect: Dialect,
    react: impl Fn(&str) -> Reaction + Send + Sync + 'static,
) -> (Vec<&'static str>, Result<Sums, GenesysError>) {
    let seen: Arc<std::sync::Mutex<Vec<&'static str>>> = Arc::default();
    let kept = Arc::clone(&seen);
    let server = Server::start(move |body| {
        let is_metrics = body.starts_with(r#"{"interval""#);
        kept.lock().unwrap().push(if is_metrics { "metrics" } else { "buckets" });
        react(body)
    })
    .await;
    let config = SourceConfig { dialect, aggregates: configured, ..server.config() };
    let client = Arc::new(GenesysClient::new(&config).unwrap());
    let aggregates = Aggregates::new(client, &config, Rank::First);
    let query = metrics::report_query(cut(Grain::Pt1h));
    let first = aggregates.sums(&query).await;
    if let Ok(first) = &first {
        // What was answered once is asked for at once.
        assert_eq!(aggregates.sums(&query).await.unwrap(), *first);
    }
    (seen.lock().unwrap().clone(), first)
}

const BUCKETS: &str = r#"{"buckets":[{"interval":"2024-01-15T10:00:00Z","metrics":{"count":3,"handle-time":6}},
    {"interval":"2024-01-15T13:00:00Z","metrics":{"count":9,"handle-time":9}}]}"#;

fn refused() -> Reaction {
    Reaction::Status(400, None, r#"{"message":"date_range is required","code":"bad.request"}"#.to_owned())
}

#[tokio::test]
async fn a_host_of_the_guides_dialects_is_asked_for_metrics_and_where_it_has_none_for_buckets() {
    let guide = |body: &str| if body.contains("date_range") { ok(BUCKETS) } else { refused() };
    // What begins after the range is not of it.
    let expected = Sums::Total(Interval { count: 3, handle_ms: 6_000 });
    let (asked, sums) = asked_for(None, Dialect::InteractionDetails, guide).await;
    assert_eq!((asked, sums.unwrap()), (vec!["metrics", "buckets", "buckets"], expected.clone()));
    // A host that answers buckets whatever it is asked for.
    let (asked, sums) = asked_for(None, Dialect::InteractionEvents, |_| ok(BUCKETS)).await;
    assert_eq!((asked, sums.unwrap()), (vec!["metrics", "buckets", "buckets"], expected.clone()));
    let (asked, sums) = asked_for(Some(AggregatesShape::Buckets), Dialect::ConversationDetails, guide).await;
    assert_eq!((asked, sums.unwrap()), (vec!["buckets", "buckets"], expected));
    let (asked, sums) = asked_for(None, Dialect::InteractionDetails, |_| ok("{}")).await;
    assert_eq!((asked, sums.unwrap()), (vec!["metrics", "metrics"], Sums::Cells(Vec::new())));
}

#[tokio::test]
async fn the_real_platform_and_a_shape_that_is_set_are_asked_for_nothing_else() {
    let guide = |body: &str| if body.contains("date_range") { ok(BUCKETS) } else { refused() };
    for (configured, dialect) in
        [(None, Dialect::ConversationJobs), (Some(AggregatesShape::Metrics), Dialect::InteractionDetails)]
    {
        let (asked, sums) = asked_for(configured, dialect, guide).await;
        assert_eq!(asked, ["metrics"]);
        assert!(sums.unwrap_err().is_configuration());
    }
    // The other shape is no answer without figures.
    let set = Some(AggregatesShape::Metrics);
    let (_, sums) = asked_for(set, Dialect::InteractionDetails, |_| ok(r#"{"buckets":[]}"#)).await;
    assert!(crate::domain::causes::causes(&sums.unwrap_err()).contains("genesys.aggregates"));
    let forbidden = |_: &str| Reaction::Status(403, None, "{}".to_owned());
    let (asked, _) = asked_for(None, Dialect::InteractionDetails, forbidden).await;
    assert_eq!(asked, ["metrics"], "a permission that is missing is missing for both");
}

#[test]
fn a_refusal_says_what_helps() {
    let told = |status| Told { status, ..Told::default() };
    let forbidden = refusal::advice(&GenesysError::Forbidden { told: told(403), help: "" }).unwrap();
    assert!(
        forbidden.contains("grant analytics:conversationAggregate:view to a role of the OAuth client"),
        "{forbidden}"
    );
    assert!(refusal::advice(&GenesysError::BadRequest { told: told(400) }).unwrap().contains("less time"));
    assert!(refusal::advice(&GenesysError::BadRequest { told: told(404) }).unwrap().contains("genesys.aggregates"));
}
