//! Aggregates by the platform's definition, beside the truth of KPI rows. Pure.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::add_up;
use super::emitted::{Emitted, of_conversations, of_row, of_rows};
use super::known::OF_CONVERSATIONS;
use super::query::{AggregatesQuery, MetricsQuery, read};
use crate::domain::time::{DAY_MS, TimeRange, parse_instant};
use crate::simulate::conversation::model::Conversation;
use crate::simulate::conversation::seen::Moment;
use crate::simulate::conversation::shape::Shape;
use crate::simulate::conversation::world::ConversationWorld;
use crate::simulate::row::{Kind, Outcome, Row};
use crate::simulate::truth::settings::TruthSettings;
use crate::simulate::world::World;

const FROM: &str = "2026-01-05T00:00:00Z";

fn day() -> TimeRange {
    let from = parse_instant(FROM).unwrap();
    TimeRange { from, to: from + DAY_MS }
}

/// A day, and another for what goes on past midnight.
fn whole() -> TimeRange {
    TimeRange { from: day().from, to: day().to + DAY_MS }
}

fn conversations() -> ConversationWorld {
    ConversationWorld::exactly(7, day().from, 1, 800).unwrap()
}

fn row(kind: Kind) -> Row {
    Row {
        id: 1,
        conversation: 2,
        start: 1_000,
        end: 101_000,
        wait_ms: Some(10_000),
        talk_ms: Some(50_000),
        hold_ms: Some(10_000),
        wrap_ms: Some(30_000),
        agent_ms: Some(77_000),
        agent_wrap_after_ms: None,
        late_wrap_after_ms: None,
        transfers: None,
        kind,
        outcome: Outcome::Completed,
        queue: Some(0),
        agent: Some(0),
        wrapup: Some(0),
    }
}

fn figures(row: &Row, now: Option<i64>) -> BTreeMap<&'static str, (i64, i64)> {
    of_row(row, now).into_iter().map(|one| (one.metric, (one.at, one.value))).collect()
}

fn asked(body: &Value) -> MetricsQuery {
    match read(body, &OF_CONVERSATIONS).unwrap() {
        AggregatesQuery::Metrics(query) => query,
        AggregatesQuery::Buckets(_) => panic!("in the guide's shape: {body}"),
    }
}

#[test]
fn a_spoken_row_is_handled_when_its_wrap_up_is_over_and_a_written_one_for_the_agents_time() {
    let spoken = figures(&row(Kind::Voice), None);
    assert_eq!(spoken["tHandle"], (101_000, 90_000));
    assert_eq!((spoken["tAnswered"], spoken["tAcw"]), ((11_000, 10_000), (101_000, 30_000)));
    assert_eq!(figures(&row(Kind::Chat), None)["tHandle"], (101_000, 77_000));
}

#[test]
fn a_late_wrap_up_counts_where_it_lay_once_it_is_known() {
    let late = Row { late_wrap_after_ms: Some(600_000), ..row(Kind::Voice) };
    let talk_end = late.talk_end();
    let before = figures(&late, Some(talk_end + 599_999));
    assert!(before.contains_key("tTalk") && !before.contains_key("tHandle"));
    assert_eq!(figures(&late, Some(talk_end + 600_000))["tHandle"], (101_000, 90_000));
}

#[test]
fn what_nobody_handled_has_no_handle_time_and_a_length_of_nothing_is_one() {
    for unhandled in [
        Row { agent: None, ..row(Kind::Voice) },
        Row { outcome: Outcome::Abandoned, ..row(Kind::Chat) },
        row(Kind::Transfer),
        row(Kind::Cobrowse),
    ] {
        assert!(!figures(&unhandled, None).contains_key("tHandle"), "{unhandled:?}");
    }
    let nothing = Row { talk_ms: None, hold_ms: None, wrap_ms: Some(0), end: 11_000, ..row(Kind::Voice) };
    assert_eq!(figures(&nothing, None)["tHandle"], (11_000, 0));
}

#[test]
fn handle_time_of_conversations_is_what_every_session_reports_dialing_and_contacting_included() {
    let world = conversations();
    let emitted: Vec<Emitted> = of_conversations(&world, whole(), Moment(None)).collect();
    let sum = |metric: &str| emitted.iter().filter(|one| one.metric == metric).map(|one| one.value).sum::<i64>();
    let count = |metric: &str| emitted.iter().filter(|one| one.metric == metric).count();
    let told: Vec<&Conversation> = world.told(day(), None).collect();
    let sessions = || told.iter().flat_map(|told| &told.sessions);
    let reported: Vec<i64> = sessions().filter_map(|session| session.reported_handle_ms()).collect();
    assert_eq!((count("tHandle"), sum("tHandle")), (reported.len(), reported.iter().sum()));
    assert!(0 < sum("tDialing") && 0 < sum("tContacting"), "the centre calls customers too");
    let visits: usize = told.iter().map(|told| told.visits.len()).sum();
    assert_eq!((count("nOffered"), count("tWait"), sum("tWait")), (visits, visits, sum("tAcd")));
}

#[test]
fn the_platform_counts_what_kpi_rows_leave_out() {
    let world = conversations();
    let settings = TruthSettings::of_topic("kpi.org-total.p1d").unwrap();
    let truth = world.truth(&settings, Shape::Details);
    let sum = |field: &str| truth.rows_from(0).map(|row| row[field].as_i64().unwrap()).sum::<i64>();
    let theirs: Vec<Emitted> =
        of_conversations(&world, whole(), Moment(None)).filter(|one| one.metric == "tHandle").collect();
    let theirs_ms: i64 = theirs.iter().map(|one| one.value).sum();
    assert!(0 < sum("handled") && sum("handled") < theirs.len() as i64);
    assert!(sum("handle_ms_sum") < sum("genesys_handle_ms_sum"), "dialing, contacting, hold by the system");
    assert!(sum("genesys_handle_ms_sum") < theirs_ms, "and what the rules leave out");
}

#[test]
fn groups_intervals_and_filters_share_the_figures_out() {
    let world = World::exactly(7, day().from, 1, 2_000).unwrap();
    let body = |more: Value| {
        let mut body =
            json!({"interval": "2026-01-05T00:00:00Z/2026-01-07T00:00:00Z", "metrics": ["tHandle", "nOffered"]});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let answer = |more: Value| add_up::metrics(&asked(&body(more)), of_rows(&world, whole(), None));
    let total = |answer: &Value, metric: &str| -> (i64, i64) {
        let cells = answer["results"].as_array().unwrap().iter().flat_map(|group| group["data"].as_array().unwrap());
        let stats = cells.flat_map(|cell| cell["metrics"].as_array().unwrap()).filter(|one| one["metric"] == metric);
        let figures =
            stats.map(|one| (one["stats"]["count"].as_i64().unwrap(), one["stats"]["sum"].as_i64().unwrap_or(0)));
        figures.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    };
    let whole_answer = answer(json!({}));
    let parts = answer(json!({"groupBy": ["queueId", "mediaType"], "granularity": "PT30M"}));
    assert_eq!(total(&whole_answer, "tHandle"), total(&parts, "tHandle"));
    assert!(1_000 < total(&parts, "tHandle").0);
    let queues: std::collections::BTreeSet<String> =
        parts["results"].as_array().unwrap().iter().map(|group| group["group"]["queueId"].to_string()).collect();
    assert!(queues.contains("null"), "some have no queue");
    let by_queue = |queue: &str| {
        let filter = json!({"type": "and", "predicates": [{"dimension": "queueId", "value": queue}]});
        total(&answer(json!({"filter": filter})), "tHandle").0
    };
    let named: i64 =
        queues.iter().filter(|queue| *queue != "null").map(|queue| by_queue(queue.trim_matches('"'))).sum();
    assert!(named < total(&parts, "tHandle").0 && 0 < named);
}

#[test]
fn days_of_a_zone_are_local_ones_and_its_name_is_checked() {
    let world = World::exactly(7, day().from, 2, 4_000).unwrap();
    let mut body = json!({
        "interval": "2026-01-05T05:00:00Z/2026-01-07T05:00:00Z",
        "granularity": "P1D",
        "timeZone": "America/New_York",
        "metrics": ["tHandle"],
    });
    let told = |body: &Value| add_up::metrics(&asked(body), of_rows(&world, asked(body).range, None));
    let whole = told(&body);
    let cells = whole["results"].as_array().unwrap().iter().flat_map(|group| group["data"].as_array().unwrap());
    let days: std::collections::BTreeSet<&str> = cells.map(|cell| cell["interval"].as_str().unwrap()).collect();
    let local =
        ["2026-01-05T05:00:00.000Z/2026-01-06T05:00:00.000Z", "2026-01-06T05:00:00.000Z/2026-01-07T05:00:00.000Z"];
    assert_eq!(days, std::collections::BTreeSet::from(local));
    body["interval"] = json!("2026-01-05T07:00:00Z/2026-01-06T07:00:00Z");
    assert!(told(&body).to_string().contains("2026-01-05T07:00:00.000Z/2026-01-06T05:00:00.000Z"), "cut at midnight");
    body["timeZone"] = json!("Atlantis");
    assert!(read(&body, &OF_CONVERSATIONS).unwrap_err().message.contains("Atlantis"));
}

#[test]
fn what_is_wrong_with_a_query_is_said() {
    let good = json!({"interval": "2026-01-05T00:00:00Z/2026-01-06T00:00:00Z", "metrics": ["tHandle"]});
    for (field, value, says) in [
        ("interval", json!("2026-01-06T00:00:00Z/2026-01-05T00:00:00Z"), "before"),
        ("interval", json!("yesterday"), "interval"),
        ("granularity", json!("1H"), "PT30M"),
        ("metrics", json!([]), "required"),
        ("metrics", json!(["tHold"]), "tHeld"),
        ("metrics", json!(["tHandle", "nError"]), "[nError]"),
        ("groupBy", json!(["colour"]), "queueId"),
        ("filter", json!([]), "one object"),
        ("paging", json!({}), "paging"),
    ] {
        let mut bad = good.clone();
        bad[field] = value;
        let refusal = read(&bad, &OF_CONVERSATIONS).unwrap_err();
        assert!(refusal.message.contains(says), "{}", refusal.message);
    }
    let buckets = json!({
        "date_range": {"start": "2026-01-05T00:00:00Z", "end": "2026-01-06T00:00:00Z"},
        "view": {"name": "conversations", "metrics": [{"name": "count"}]},
        "group_by": {"by": "time", "interval": "PT1H"},
    });
    assert!(matches!(read(&buckets, &OF_CONVERSATIONS), Ok(AggregatesQuery::Buckets(_))));
    for (outer, inner, value) in [
        ("view", "name", json!("queues")),
        ("view", "metrics", json!([{"name": "aht"}])),
        ("group_by", "interval", json!("1H")),
    ] {
        let mut bad = buckets.clone();
        bad[outer][inner] = value;
        assert!(read(&bad, &OF_CONVERSATIONS).is_err(), "{bad}");
    }
}

#[test]
fn the_guides_buckets_hold_seconds_in_total_and_leave_out_silent_intervals() {
    let world = World::exactly(7, day().from, 1, 40).unwrap();
    let body = json!({
        "date_range": {"start": "2026-01-05T00:00:00Z", "end": "2026-01-06T00:00:00Z"},
        "view": {"name": "conversations", "metrics": [{"name": "count"}, {"name": "handle-time"}]},
        "group_by": {"by": "time", "interval": "PT30M"},
    });
    let Ok(AggregatesQuery::Buckets(query)) = read(&body, &OF_CONVERSATIONS) else {
        panic!("not in the guide's shape")
    };
    let told = add_up::buckets(&query, of_rows(&world, day(), None));
    let buckets = told["buckets"].as_array().unwrap();
    assert!(buckets.len() < 48);
    let seconds: f64 = buckets.iter().map(|bucket| bucket["metrics"]["handle-time"].as_f64().unwrap()).sum();
    let handles = of_rows(&world, day(), None).filter(|one| one.metric == "tHandle");
    let expected_ms: i64 = handles.map(|one| one.value).sum();
    assert!((seconds * 1_000.0 - expected_ms as f64).abs() < 0.5);
}
