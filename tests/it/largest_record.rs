//! Edge: the largest interaction that a record holds goes the whole way; a larger one loses its JSON, not its numbers; one
//! whose legs alone do not fit is a dead letter, and the rest goes on.

use handletime::domain::interaction::RECORD_BYTES_MAX;
use serde_json::Value;

use crate::support::scene::Scene;

/// Text that no compression makes small.
fn noise(bytes: usize) -> String {
    let mut state = 1_u64;
    let mut letter = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'a' + u8::try_from((state >> 33) % 26).unwrap())
    };
    (0..bytes).map(|_| letter()).collect()
}

#[test]
fn interactions_up_to_and_beyond_the_largest_record_lose_no_number() {
    let row = |id: &str, hour: u32, rest: &str| {
        let at = format!("2026-01-01T{hour:02}:00:00");
        format!(
            "[[row]]\nat = \"{at}Z\"\njson = '{{\"id\": \"{id}\", \"type\": \"voice\", \"status\": \"completed\", \
             \"queueId\": \"large\", \"agentId\": \"agent\", \"startTimestamp\": \"{at}.000Z\", \
             \"endTimestamp\": \"2026-01-01T{hour:02}:01:00.000Z\", \"talkDuration\": 60000, {rest}}}'\n"
        )
    };
    let note = |bytes: usize| format!("\"attributes\": {{\"note\": \"{}\"}}", noise(bytes));
    let script = [
        row("fits", 1, &note(RECORD_BYTES_MAX - 80_000)),
        row("without-json", 2, &note(RECORD_BYTES_MAX)),
        row("too-large", 3, &format!("\"wrapUpCode\": \"{}\"", noise(RECORD_BYTES_MAX * 2 / 3))),
    ];
    let mut scene = Scene::new("largest-record");
    scene.source("privacy.attributes.allowed", "\"note\"");
    // A page of its own each, and one reading: the revisits would read them again.
    scene.source("extract.revisit.ms", "\"\"");
    let _platform = scene.platform(&script.concat());
    let ended = scene.run_to_completion();
    ended.assert_said(4, &["without-json", "its JSON does not fit a record and is left out"]);
    assert!(ended.stdout.contains("dead letters: 1 too_large"), "{}", ended.stdout);

    let letters = scene.records("dead-letters");
    assert_eq!(letters[0].key.as_deref(), Some(b"too-large" as &[u8]));
    let kept = letters[0].value.as_ref().unwrap().len();
    assert!((RECORD_BYTES_MAX / 2..RECORD_BYTES_MAX).contains(&kept), "{kept}");
    let read: Vec<(Vec<u8>, usize)> = scene
        .records("interactions")
        .into_iter()
        .map(|record| (record.key.unwrap(), record.value.map_or(0, |value| value.len())))
        .collect();
    let bytes = |id: &str| read.iter().find(|(key, _)| key == id.as_bytes()).map(|(_, bytes)| *bytes);
    assert!(bytes("fits").is_some_and(|bytes| RECORD_BYTES_MAX - 80_000 < bytes), "{:?}", bytes("fits"));
    assert!(bytes("without-json").is_some_and(|bytes| bytes < 10_000), "{:?}", bytes("without-json"));
    assert_eq!(bytes("too-large"), None);
    let large = |row: &&Value| row["queue_id"] == "large" && row["handled"] != 0;
    let rows = scene.rows("kpi.queue.pt30m");
    let counted: Vec<(i64, i64)> = rows
        .iter()
        .filter(large)
        .map(|row| (row["handled"].as_i64().unwrap(), row["handle_ms_sum"].as_i64().unwrap()))
        .collect();
    assert_eq!(counted, [(1, 60_000), (1, 60_000)]);
}
