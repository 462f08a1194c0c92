//! Tests of requests and of reading conversations. Pure.

use serde_json::{Value, json};

use super::*;
use crate::domain::interaction::{Interaction, InteractionLeg, InteractionStatus, LegRole, PhaseKind};
use crate::domain::media::MediaType;
use crate::domain::selection::{Dimension, Group};
use crate::domain::time::parse_instant;
use crate::domain::transfer::TransferKind;
use crate::genesys::error::Told;
use crate::genesys::privacy::Privacy;
use crate::genesys::wire::{MalformedRow, Page, RowRead};

/// A real agent's session, its ids replaced.
const AGENT: &str = r#"{"participantId":"p3","purpose":"agent","userId":"u1","participantName":"Ann","sessions":[
 {"sessionId":"s3","mediaType":"voice","direction":"inbound","peerId":"s1","provider":"Edge","ani":"+49123",
 "requestedRoutings":["Standard"],"usedRouting":"Standard","selectedAgentId":"u1","segments":[
  {"segmentType":"alert","queueId":"q1","conference":false,"segmentStart":"2024-04-29T17:31:57.716Z","segmentEnd":"2024-04-29T17:32:00.080Z"},
  {"segmentType":"interact","queueId":"q1","conference":false,"disconnectType":"peer","segmentStart":"2024-04-29T17:32:00.080Z","segmentEnd":"2024-04-29T17:38:14.974Z"},
  {"segmentType":"wrapup","queueId":"q1","conference":false,"wrapUpCode":"ININ-WRAP-UP-TIMEOUT","wrapUpNote":"call Ann back","segmentStart":"2024-04-29T17:38:14.974Z","segmentEnd":"2024-04-29T17:38:17.974Z"}],
 "metrics":[
  {"name":"tAlert","value":2364,"emitDate":"2024-04-29T17:32:00.080Z"},
  {"name":"tAnswered","value":12411,"emitDate":"2024-04-29T17:32:00.080Z"},
  {"name":"tTalk","value":374894,"emitDate":"2024-04-29T17:38:14.974Z"},
  {"name":"tTalkComplete","value":374894,"emitDate":"2024-04-29T17:38:14.974Z"},
  {"name":"tAcw","value":3000,"emitDate":"2024-04-29T17:38:17.974Z"},
  {"name":"tHandle","value":377894,"emitDate":"2024-04-29T17:38:17.974Z"}]}]}"#;

fn at(text: &str) -> i64 {
    parse_instant(&format!("2024-04-29T17:{text}Z")).unwrap()
}

fn agent() -> Value {
    serde_json::from_str(AGENT).unwrap()
}

fn conversation(participants: Vec<Value>) -> Value {
    json!({"conversationId": "c-1", "conversationStart": "2024-04-29T17:31:40.000Z",
        "conversationEnd": "2024-04-29T17:38:17.974Z", "originatingDirection": "inbound", "participants": participants})
}

/// A session that an agent or a queue has, with these segments and metrics.
fn session(purpose: &str, segments: Value, metrics: Value) -> Value {
    json!({"participantId": "p", "purpose": purpose, "userId": "u", "sessions": [
        {"sessionId": "s", "mediaType": "voice", "segments": segments, "metrics": metrics}]})
}

fn segment(kind: &str, start: &str, end: Option<&str>) -> Value {
    let time = |text: &str| format!("2024-04-29T17:{text}Z");
    let mut segment = json!({"segmentType": kind, "segmentStart": time(start)});
    if let Some(end) = end {
        segment["segmentEnd"] = time(end).into();
    }
    segment
}

fn metric(name: &str, value: i64, emitted: &str) -> Value {
    json!({"name": name, "value": value, "emitDate": format!("2024-04-29T17:{emitted}Z")})
}

fn query(number: Option<&str>) -> PageQuery {
    PageQuery { from: at("30:00"), to: at("45:00"), filter: None, page_size: 2, token: number.map(str::to_owned) }
}

fn page(conversations: Value, total: Value) -> Page {
    let body = json!({"conversations": conversations, "totalHits": total}).to_string();
    read_page(body.as_bytes(), &query(None), &Privacy::default()).unwrap()
}

fn read(conversation: &Value) -> Interaction {
    match page(json!([conversation]), json!(1)).rows.pop().unwrap() {
        RowRead::Whole(read) => *read,
        other => panic!("read as {other:?}"),
    }
}

fn leg(participant: Value) -> InteractionLeg {
    read(&conversation(vec![participant])).legs.remove(0)
}

fn malformed(conversation: &Value) -> MalformedRow {
    let good = self::conversation(vec![agent()]);
    let mut page = page(json!([good, conversation, good]), json!(3));
    assert!(matches!((&page.rows[0], &page.rows[2]), (RowRead::Whole(_), RowRead::Whole(_))));
    match page.rows.remove(1) {
        RowRead::Malformed(row) => row,
        other => panic!("read as {other:?}"),
    }
}

#[test]
fn the_request_is_the_platforms_with_the_page_in_the_body() {
    let body: Value = serde_json::from_str(&request_body(&query(None))).unwrap();
    let expected = json!({"interval": "2024-04-29T17:30:00.000Z/2024-04-29T17:45:00.000Z", "order": "asc",
        "orderBy": "conversationStart", "paging": {"pageSize": 2, "pageNumber": 1}});
    assert_eq!(body, expected);
    let body: Value = serde_json::from_str(&request_body(&query(Some("7")))).unwrap();
    assert_eq!(body["paging"]["pageNumber"], 7);
    let media = Group::new(Dimension::Media, ["voice", "callback"].map(str::to_owned));
    let body: Value = serde_json::from_str(&request_body(&PageQuery { filter: Some(media), ..query(None) })).unwrap();
    let predicate = |value: &str| {
        json!({"type": "dimension", "dimension": "mediaType", "operator": "matches",
            "value": value})
    };
    let expected = json!([{"type": "or", "predicates": [predicate("callback"), predicate("voice")]}]);
    assert_eq!(body["segmentFilters"], expected);
}

#[test]
fn pages_follow_until_one_is_short_and_the_total_of_the_latest_answer_is_reached() {
    let next = |number: Option<&str>, total: Value, rows: usize| {
        let list = vec![conversation(Vec::new()); rows];
        let body = json!({"conversations": list, "totalHits": total}).to_string();
        read_page(body.as_bytes(), &query(number), &Privacy::default()).unwrap().next_token
    };
    assert_eq!(next(None, json!(5), 2), Some("2".to_owned()));
    assert_eq!(next(Some("2"), json!(5), 2), Some("3".to_owned()));
    assert_eq!(next(Some("3"), json!(5), 1), None);
    assert_eq!(next(Some("3"), json!(7), 2), Some("4".to_owned()), "the total grew");
    assert_eq!(next(Some("2"), json!(4), 2), Some("3".to_owned()), "a full page may have more behind it");
    assert_eq!(next(Some("3"), json!(4), 0), None);
    assert_eq!(next(Some("50000"), json!(100_000), 2), None, "the platform refuses to page further");
    assert_eq!(next(None, Value::Null, 2), Some("2".to_owned()));
    assert_eq!(next(None, Value::Null, 1), None);
    let none = read_page(br#"{"totalHits":0}"#, &query(None), &Privacy::default()).unwrap();
    assert_eq!((none.rows.len(), none.total, none.next_token), (0, Some(0), None));
}

#[test]
fn the_page_behind_the_last_is_told_from_other_refusals() {
    let told = |message: &str| Told { status: 400, message: message.to_owned(), ..Told::default() };
    assert!(is_past_the_last_page(&told("Pagination may not exceed 100000 results."), &query(Some("1001"))));
    assert!(!is_past_the_last_page(&told("Pagination may not exceed 100000 results."), &query(None)));
    assert!(!is_past_the_last_page(&told("You must specify a search interval"), &query(Some("2"))));
}

#[test]
fn the_worked_agent_session_is_read_as_the_platform_counts_it() {
    let read = read(&conversation(vec![agent()]));
    assert_eq!((read.interaction_id.as_str(), read.conversation_id.as_deref()), ("c-1", Some("c-1")));
    assert_eq!((read.status, read.end), (InteractionStatus::Completed, Some(at("38:17.974"))));
    assert_eq!((read.start, read.direction.as_deref()), (at("31:40"), Some("inbound")));
    let leg = &read.legs[0];
    assert_eq!((leg.role, leg.participant_id.as_str(), leg.session_id.as_str()), (LegRole::Agent, "p3", "s3"));
    assert_eq!((leg.user_id.as_deref(), leg.queue_id.as_deref()), (Some("u1"), Some("q1")));
    assert_eq!((leg.media_type, leg.direction.as_deref()), (MediaType::Voice, Some("inbound")));
    assert_eq!((leg.talk_ms, leg.wrap_ms, leg.reported_handle_ms), (Some(374_894), Some(3_000), Some(377_894)));
    assert_eq!((leg.hold_ms, leg.dialing_ms, leg.contacting_ms), (Some(0), Some(0), Some(0)));
    assert_eq!(leg.wrapup_code_id.as_deref(), Some("ININ-WRAP-UP-TIMEOUT"));
    assert_eq!((leg.start, leg.end), (Some(at("31:57.716")), Some(at("38:17.974"))));
    let phases: Vec<_> = leg.phases.iter().map(|phase| (phase.kind, phase.end - phase.start)).collect();
    assert_eq!(phases, [(PhaseKind::Alert, 2_364), (PhaseKind::Talk, 374_894), (PhaseKind::Wrap, 3_000)]);
    assert_eq!((leg.wait_ms, leg.transfers, read.transfers.len()), (None, None, 0));
}

#[test]
fn raw_and_records_have_nothing_personal_and_unknown_fields_are_counted() {
    let mut conversation = conversation(vec![agent()]);
    conversation["participants"][0]["attributes"] = json!({"customer name": "Ann"});
    conversation["participants"][0]["sessions"][0]["segments"][0]["mood"] = json!("Ann is angry");
    conversation["participants"][0]["sessions"][0]["remoteNameDisplayable"] = json!("Ann");
    conversation["shoeSize"] = json!({"of": "Ann"});
    let page = page(json!([conversation]), json!(1));
    let RowRead::Whole(read) = &page.rows[0] else { panic!("not read") };
    let all = format!("{read:?}");
    assert!(!all.contains("Ann") && !all.contains("+49123"), "{all}");
    let raw: Value = serde_json::from_str(&read.raw).unwrap();
    assert_eq!(raw["participants"][0]["sessions"][0]["metrics"][2]["value"], 374_894);
    let unknown: Vec<&str> = page.drift.unknown.keys().map(String::as_str).collect();
    assert_eq!(unknown, ["participants.sessions.segments.mood", "shoeSize"]);
}

#[test]
fn a_stay_in_a_queue_is_a_leg_and_other_parties_are_none() {
    let segments = json!([segment("delay", "31:45", Some("31:46")), segment("interact", "31:46", Some("31:58"))]);
    let acd = |metrics: Value| leg(session("acd", segments.clone(), metrics));
    let answered = acd(json!([metric("tAcd", 12_411, "31:58"), metric("nOffered", 1, "31:45")]));
    assert_eq!((answered.role, answered.wait_ms, answered.talk_ms), (LegRole::Queue, Some(12_411), None));
    assert!(answered.phases.iter().all(|phase| phase.kind == PhaseKind::Wait));
    let left = acd(json!([metric("tAbandon", 9_000, "31:57")]));
    assert_eq!((left.wait_ms, left.abandoned_at, left.flow_out_at), (Some(9_000), Some(at("31:57")), None));
    let left = acd(json!([{"name": "tAbandon", "value": 9_000}]));
    assert_eq!(left.abandoned_at, Some(at("31:58")), "the session's end");
    let out = acd(json!([metric("tFlowOut", 8_000, "31:56")]));
    assert_eq!((out.wait_ms, out.abandoned_at, out.flow_out_at), (Some(8_000), None, Some(at("31:56"))));
    let others =
        ["customer", "ivr", "external", "voicemail", "robot"].map(|word| session(word, segments.clone(), json!([])));
    assert_eq!(read(&conversation(others.to_vec())).legs.len(), 0);
    assert_eq!(read(&conversation(vec![session("agent", json!([]), Value::Null)])).legs.len(), 0);
    assert_eq!(leg(session("user", segments, json!([]))).role, LegRole::Agent);
}

#[test]
fn every_segment_type_has_its_phase() {
    let words = ["dialing", "contacting", "hold", "system", "delay", "converting", "parked", "monitoring", "teleport"];
    let second = |at: usize| (format!("32:{at:02}"), format!("32:{:02}", at + 1));
    let one = |(at, word): (usize, &&str)| segment(word, &second(at).0, Some(&second(at).1));
    let segments: Vec<Value> = words.iter().enumerate().map(one).collect();
    let participants = json!([conversation(vec![session("agent", json!(segments), json!([]))])]);
    let page = page(participants, json!(1));
    let RowRead::Whole(read) = &page.rows[0] else { panic!("not read") };
    let kinds: Vec<_> = read.legs[0].phases.iter().map(|phase| phase.kind).collect();
    let system = PhaseKind::SystemHold;
    let expected = [
        PhaseKind::Dialing,
        PhaseKind::Contacting,
        PhaseKind::CustomerHold,
        system,
        system,
        system,
        PhaseKind::Parked,
        PhaseKind::Unknown,
        PhaseKind::Unknown,
    ];
    assert_eq!(kinds, expected);
    let unknown: Vec<&str> = page.drift.unknown.keys().map(String::as_str).collect();
    assert_eq!(unknown, ["segmentType=teleport"]);
}

#[test]
fn timers_are_summed_and_a_session_without_any_has_none() {
    let of = |metrics: Value| leg(session("agent", json!([segment("interact", "32:00", Some("32:09"))]), metrics));
    let split =
        of(json!([metric("tTalk", 4_000, "32:04"), metric("tHeld", 1_000, "32:05"), metric("tTalk", 4_000, "32:09")]));
    assert_eq!(
        (split.talk_ms, split.hold_ms, split.wrap_ms, split.reported_handle_ms),
        (Some(8_000), Some(1_000), Some(0), None)
    );
    let complete = of(json!([metric("tTalkComplete", 7, "32:04"), metric("tHeldComplete", 3, "32:04")]));
    assert_eq!((complete.talk_ms, complete.hold_ms), (Some(7), Some(3)));
    assert_eq!(of(json!([metric("tActiveCallback", 5, "32:04")])).talk_ms, Some(5));
    let unanswered = of(json!([metric("tAcw", 57_000, "32:04"), metric("tHandle", 57_000, "32:04")]));
    assert_eq!((unanswered.talk_ms, unanswered.hold_ms, unanswered.reported_handle_ms), (None, Some(0), Some(57_000)));
    let untimed = of(json!([metric("tAlert", 5, "32:04")]));
    assert_eq!((untimed.talk_ms, untimed.hold_ms, untimed.wrap_ms, untimed.dialing_ms), (None, None, None, None));
    assert_eq!(of(json!([metric("tTalk", 5_097_600_909, "32:04")])).talk_ms, Some(5_097_600_909));
}

#[test]
fn the_last_code_the_first_queue_and_all_skills_of_a_session_count() {
    let mut early = segment("interact", "32:00", Some("32:05"));
    early["queueId"] = "q-first".into();
    early["requestedRoutingSkillIds"] = json!(["sk-2", "sk-1"]);
    early["requestedLanguageId"] = "l-1".into();
    let mut late = segment("wrapup", "32:10", Some("32:12"));
    late["wrapUpCode"] = "w-last".into();
    late["queueId"] = "q-late".into();
    late["requestedRoutingSkillIds"] = json!(["sk-2"]);
    let mut before = segment("wrapup", "32:05", Some("32:10"));
    before["wrapUpCode"] = "w-before".into();
    let leg = leg(session("agent", json!([late, segment("wrapup", "32:12", Some("32:13")), before, early]), json!([])));
    assert_eq!((leg.queue_id.as_deref(), leg.wrapup_code_id.as_deref()), (Some("q-first"), Some("w-last")));
    assert_eq!((leg.skill_set.as_str(), leg.language.as_str()), ("sk-1|||sk-2", "l-1"));
}

#[test]
fn a_conversation_is_over_when_it_has_an_end_or_all_its_segments_have() {
    let with = |end: Option<&str>, segments: Value| {
        let mut conversation = conversation(vec![session("agent", segments, json!([]))]);
        match end {
            Some(end) => conversation["conversationEnd"] = end.into(),
            None => drop(conversation.as_object_mut().unwrap().remove("conversationEnd")),
        }
        read(&conversation)
    };
    let open = with(None, json!([segment("alert", "32:00", Some("32:01")), segment("interact", "32:01", None)]));
    assert_eq!((open.status, open.end, open.legs[0].end), (InteractionStatus::Open, None, None));
    assert_eq!((open.legs[0].phases[1].start, open.legs[0].phases[1].end), (at("32:01"), at("32:01")));
    let over =
        with(None, json!([segment("interact", "32:01", Some("32:07")), segment("alert", "32:00", Some("32:01"))]));
    assert_eq!((over.status, over.end), (InteractionStatus::Completed, Some(at("32:07"))));
    let said = with(Some("2024-04-29T17:50:00Z"), json!([segment("interact", "32:01", None)]));
    assert_eq!((said.status, said.end), (InteractionStatus::Completed, Some(at("50:00"))));
    assert_eq!(with(None, json!([])).status, InteractionStatus::Open, "nothing says that it is over");
}

#[test]
fn transfers_are_told_apart_by_their_counters_then_by_the_ending() {
    let kinds = |disconnect: &str, metrics: Value| -> Vec<(i64, TransferKind)> {
        let mut last = segment("interact", "32:00", Some("32:09"));
        last["disconnectType"] = disconnect.into();
        let read = read(&conversation(vec![session("agent", json!([last]), metrics)]));
        let of = |made: &crate::domain::interaction::InteractionTransfer| {
            assert_eq!((made.session_id.as_deref(), made.user_id.as_deref()), (Some("s"), Some("u")));
            (made.at, made.kind)
        };
        read.transfers.iter().map(of).collect()
    };
    let transferred = metric("nTransferred", 1, "32:09");
    let blind = kinds("peer", json!([transferred, metric("nBlindTransferred", 1, "32:09")]));
    assert_eq!(blind, [(at("32:09"), TransferKind::Blind)]);
    let elsewhen = kinds("peer", json!([transferred, metric("nConsultTransferred", 1, "32:02")]));
    assert_eq!(elsewhen, [(at("32:09"), TransferKind::Consult)]);
    assert_eq!(kinds("consultTransfer", json!([transferred]))[0].1, TransferKind::Consult);
    assert_eq!(kinds("transfer", json!([transferred]))[0].1, TransferKind::Blind);
    assert_eq!(kinds("peer", json!([transferred]))[0].1, TransferKind::Unknown);
    let both = kinds(
        "peer",
        json!([metric("nTransferred", 2, "32:05"), metric("nConsultTransferred", 1, "32:05"), transferred]),
    );
    let expected = [
        (at("32:05"), TransferKind::Consult),
        (at("32:05"), TransferKind::Unknown),
        (at("32:09"), TransferKind::Unknown),
    ];
    assert_eq!(both, expected);
    assert_eq!(kinds("peer", json!([{"name": "nTransferred", "value": 1}]))[0].0, at("32:09"));
}

#[test]
fn one_that_cannot_be_read_is_set_aside_alone() {
    let with = |segments: Value, metrics: Value| conversation(vec![session("agent", segments, metrics)]);
    let cases = [
        (with(json!([]), json!([metric("tTalk", -1, "32:00")])), "tTalk is not negative"),
        (with(json!([]), json!([metric("tTalk", i64::MAX, "32:00")])), "tTalk is at most"),
        (with(json!([]), json!([metric("nTransferred", 2_000, "32:00")])), "nTransferred is at most"),
        (
            with(json!([]), json!([{"name": "tTalk", "value": 1, "emitDate": "soon"}])),
            "emitDate is an ISO-8601 instant",
        ),
        (with(json!([]), json!([{"name": "tTalk", "value": "1"}])), "of another type"),
        (with(json!([{"segmentType": "hold"}]), json!([])), "a segment has a segmentStart"),
        (with(json!([segment("hold", "32:00", Some("31:59"))]), json!([])), "a segment does not end before it starts"),
        (with(json!({"no": "list"}), json!([])), "participants.sessions.segments is a list"),
    ];
    for (bad, rule) in cases {
        let row = malformed(&bad);
        assert!(row.rule.starts_with(rule), "{} for {bad}", row.rule);
        assert_eq!((row.id.as_deref(), row.start), (Some("c-1"), Some(at("31:40"))));
    }
    assert_eq!(malformed(&json!({"conversationId": "c"})).rule, "a conversation has a conversationStart");
    assert_eq!(
        malformed(&json!({"conversationStart": "2024-04-29T17:00:00Z"})).rule,
        "a conversation has a conversationId"
    );
    assert_eq!(malformed(&json!("c")).rule, "a row is a JSON object");
}

#[test]
fn absent_and_null_lists_are_empty() {
    let bare = json!({"conversationId": "c", "conversationStart": "2024-04-29T17:00:00Z"});
    assert_eq!(read(&bare).legs.len(), 0);
    let nulls = json!({"conversationId": "c", "conversationStart": "2024-04-29T17:00:00Z", "participants": [
        {"purpose": "agent", "sessions": null}, {"purpose": "agent", "sessions": [{"segments": null, "metrics": null}]}]});
    assert_eq!(read(&nulls).legs.len(), 0);
}
