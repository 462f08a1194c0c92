//! What is told of a conversation while it goes on. Pure.

use serde_json::Value;

use super::super::seen::Moment;
use super::super::{details, events};
use super::drawn::world;
use super::*;

fn durations(json: &Value) -> (usize, usize) {
    let events = json["events"].as_array().unwrap();
    let without = events.iter().filter(|event| event.get("duration").is_none_or(Value::is_null)).count();
    (events.len(), without)
}

fn segments(json: &Value) -> Vec<&Value> {
    let participants = json["participants"].as_array().unwrap().iter();
    let sessions = participants.flat_map(|one| one["sessions"].as_array().unwrap());
    sessions.flat_map(|session| session["segments"].as_array().unwrap()).collect()
}

fn metrics(json: &Value) -> usize {
    json["participants"].to_string().matches("emitDate").count()
}

#[test]
fn a_conversation_grows_until_it_is_final_and_then_stays() {
    let world = world(1_000);
    let (mut open_events, mut open_segments) = (0, 0);
    for told in world.told(world.range(), None) {
        let last = told.known_at();
        let moments = (0..=8).map(|step| told.start + (last - told.start) * step / 8);
        let (mut segments_before, mut metrics_before) = (0, 0);
        for now in moments {
            let moment = Moment(Some(now));
            let json = details::conversation(told, moment);
            assert_eq!(json.get("conversationEnd").is_some(), last <= now, "{json}");
            let shown = segments(&json);
            assert!(segments_before <= shown.len() && metrics_before <= metrics(&json));
            (segments_before, metrics_before) = (shown.len(), metrics(&json));
            open_segments += shown.iter().filter(|segment| segment.get("segmentEnd").is_none()).count();
            open_events += durations(&events::interaction(told, moment)).1;
        }
        let finally = Moment(Some(last));
        assert_eq!(details::conversation(told, finally), details::conversation(told, Moment(None)));
        assert_eq!(events::interaction(told, finally), events::interaction(told, Moment(None)));
        assert_eq!(durations(&events::interaction(told, finally)).1, 0);
    }
    assert!(0 < open_events && 0 < open_segments);
}

#[test]
fn a_late_wrap_up_is_missing_with_its_metrics_until_it_arrives() {
    let world = world(1_000);
    let late = |told: &&Conversation| {
        told.sessions.len() == 1
            && told.sessions[0].wrap.is_some_and(|wrap| wrap.known_at.is_some_and(|known_at| wrap.to < known_at))
    };
    let mut count = 0;
    for told in world.told(world.range(), None).filter(late) {
        count += 1;
        let known_at = told.known_at();
        let before = details::conversation(told, Moment(Some(known_at - 1)));
        assert!(before.get("conversationEnd").is_none());
        assert!(segments(&before).iter().all(|segment| segment["segmentEnd"].is_string()), "{before}");
        let names = before.to_string();
        assert!(!names.contains("tAcw") && !names.contains("tHandle") && !names.contains("wrapup"));
        let after = details::conversation(told, Moment(Some(known_at))).to_string();
        assert!(after.contains("tAcw") && after.contains("tHandle") && after.contains("wrapup"));
        let early = events::interaction(told, Moment(Some(known_at - 1)));
        assert!(!early.to_string().contains("wrapUp\",\"") && durations(&early).1 == 0);
        let wrap = |event: &Value| event["eventType"] == "wrapUp";
        assert!(!early["events"].as_array().unwrap().iter().any(wrap));
        let late = events::interaction(told, Moment(Some(known_at)));
        assert!(late["events"].as_array().unwrap().iter().any(wrap));
    }
    assert!(50 < count, "{count}");
}
