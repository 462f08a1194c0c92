//! Edge: what is rejected where it is read, so that it stands on no row: the rest of METRICS scenario 14.

use handletime::genesys::dialect::interaction_events::read_page;
use handletime::genesys::privacy::Privacy;
use handletime::genesys::wire::RowRead;

/// Scenario 14 (e) and (f): a negative length and a time that is none reject their interaction alone, with the rule.
#[test]
fn a_negative_length_and_an_unreadable_time_reject_their_interaction_and_the_page_goes_on() {
    let event = |kind: &str, at: &str, duration: &str| {
        format!(r#"{{"eventType":"{kind}","timestamp":"{at}","duration":{duration},"agent":{{"id":"A1"}}}}"#)
    };
    let interaction = |id: &str, event: String| format!(r#"{{"id":"{id}","type":"voice","events":[{event}]}}"#);
    let body = format!(
        r#"{{"interactions":[{},{},{}]}}"#,
        interaction("e", event("talk", "2024-01-15T15:30:00Z", "-5")),
        interaction("f", event("talk", "2021-04-2T15:30:51.418Z", "5")),
        interaction("sound", event("talk", "2024-01-15T15:40:00Z", "5")),
    );
    let page = read_page(body.as_bytes(), &Privacy::default()).unwrap();
    let (mut read, mut rejected) = (Vec::new(), Vec::new());
    for row in page.rows {
        match row {
            RowRead::Whole(one) => read.push(one.interaction_id),
            RowRead::Malformed(one) => rejected.push((one.id.unwrap(), one.rule)),
            RowRead::Row(row) => panic!("events are no flat rows: {row:?}"),
        }
    }
    assert_eq!(read, ["sound"]);
    assert_eq!(rejected.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["e", "f"]);
    assert!(rejected[0].1.contains("negative"), "{rejected:?}");
    assert!(rejected[1].1.contains("timestamp"), "{rejected:?}");
}
