//! Requests and readers of aggregates, from answers as the platform and the guide write them. Pure.

use chrono_tz::Tz;

use super::by_interval::{Interval, Report, ReportShape};
use super::metrics::{HANDLE, MetricsQuery, Stats};
use super::{interval_report, metrics, refusal};
use crate::domain::interval::Grain;
use crate::domain::media::Dialect;
use crate::domain::time::{TimeRange, parse_instant};
use crate::genesys::error::{GenesysError, Told};

fn range(from: &str, to: &str) -> TimeRange {
    TimeRange { from: parse_instant(from).unwrap(), to: parse_instant(to).unwrap() }
}

fn morning() -> TimeRange {
    range("2024-01-15T10:00:00Z", "2024-01-15T13:00:00Z")
}

fn averages(report: &Report) -> Vec<Option<f64>> {
    report.intervals.values().map(Interval::average_ms).collect()
}

#[test]
fn the_guides_request_names_range_view_and_interval() {
    let expected = r#"{"date_range":{"end":"2024-01-15T13:00:00.000Z","start":"2024-01-15T10:00:00.000Z"},"group_by":{"by":"time","interval":"PT1H"},"view":{"metrics":[{"name":"count"},{"name":"handle-time"}],"name":"conversations"}}"#;
    let sorted: serde_json::Value = serde_json::from_str(expected).unwrap();
    let body = interval_report::request_body(morning(), Grain::Pt1h);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&body).unwrap(), sorted);
}

#[test]
fn the_guides_handle_time_is_a_total_in_seconds_and_an_empty_interval_has_no_average() {
    let body = br#"{"buckets":[
        {"interval":"2024-01-15T10:00:00.000Z","metrics":{"count":4,"handle-time":1200.5}},
        {"interval":"2024-01-15T12:00:00.000Z/2024-01-15T13:00:00.000Z","metrics":{"count":0,"handle-time":null}}]}"#;
    let report = interval_report::read(body, morning(), Grain::Pt1h).unwrap();
    assert_eq!(averages(&report), [Some(300_125.0), None, None], "never the total, never 0");
    assert_eq!(report.total(), Interval { count: 4, handle_ms: 1_200_500 });
    let none = interval_report::read(b"{}", morning(), Grain::Pt30m).unwrap();
    assert_eq!((none.intervals.len(), none.total()), (6, Interval::default()));
}

#[test]
fn a_bucket_without_a_place_and_another_answer_are_refused() {
    for body in ["<html>", r#"{"buckets":[{"metrics":{"count":1}}]}"#, r#"{"buckets":[{"interval":"ten"}]}"#] {
        assert!(interval_report::read(body.as_bytes(), morning(), Grain::Pt1h).is_err(), "{body}");
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
    let report = metrics::read_report(body, morning(), Grain::Pt1h).unwrap();
    assert_eq!(averages(&report), [Some(217_447.0), None, Some(5_097_600_909.0)]);
    assert!(metrics::read(b"{}").unwrap().is_empty());
    assert!(metrics::read(br#"{"results":[{"data":[{"interval":"x"}]}]}"#).is_err());
}

#[test]
fn real_dialects_are_asked_for_metrics_and_the_guides_for_buckets() {
    assert_eq!(ReportShape::of(Dialect::ConversationDetails), ReportShape::Metrics);
    assert_eq!(ReportShape::of(Dialect::InteractionEvents), ReportShape::Buckets);
    assert!(ReportShape::Metrics.request_body(morning(), Grain::Pt15m).contains("PT15M"));
}

#[test]
fn a_refusal_says_what_helps() {
    let told = |status| Told { status, ..Told::default() };
    let forbidden = refusal::advice(&GenesysError::Forbidden { told: told(403), help: "" }).unwrap();
    assert!(forbidden.contains("analytics:conversation:read"), "{forbidden}");
    assert!(refusal::advice(&GenesysError::BadRequest { told: told(400) }).unwrap().contains("less time"));
    assert!(refusal::advice(&GenesysError::BadRequest { told: told(404) }).unwrap().contains("genesys.dialect"));
}
