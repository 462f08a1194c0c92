//! Which rows of an answer that was not narrowed belong to other source partitions. Pure.

use serde_json::Value;

use crate::domain::selection::{Dimension, Group, Selection};
use crate::genesys::wire::RowRead;

/// Whether another source partition reads the row, so that this one leaves it out.
///
/// Only the rest leaves rows out, and only those of which the platform's own filter lets the others see the same value:
/// what is read twice does no harm, what nobody reads is lost.
#[must_use]
pub fn is_left_to_others(selection: &Selection, row: &RowRead) -> bool {
    let Selection::Rest { others, .. } = selection else { return false };
    match (row, others.dimension) {
        (RowRead::Row(row), Dimension::Media) => row.type_word.as_deref().is_some_and(|word| others.has(word)),
        (RowRead::Row(row), Dimension::Queue) => row.queue_id.as_deref().is_some_and(|id| others.has(id)),
        (RowRead::Whole(read), dimension) => {
            let said = read.legs.iter().filter_map(|leg| match dimension {
                Dimension::Media => leg.media_reported.as_deref(),
                Dimension::Queue => leg.queue_id.as_deref(),
            });
            // One that ended before it came to anybody has no legs, and is of some medium all the same.
            said.clone().any(|value| others.has(value)) || said.count() == 0 && names_one(&read.raw, others)
        }
        (RowRead::Malformed(row), _) => names_one(&row.json, others),
    }
}

/// Whether a row as it came names one of the group's values, where the platform's filters look for it.
fn names_one(json: &str, others: &Group) -> bool {
    let Ok(row) = serde_json::from_str::<Value>(json) else { return false };
    let is_one = |value: Option<&Value>| value.and_then(Value::as_str).is_some_and(|word| others.has(word));
    let list = |of: &Value, name: &str| of.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let sessions = || list(&row, "participants").into_iter().flat_map(|participant| list(&participant, "sessions"));
    // In flat rows the value stands under a name of its own, or where a dotted path leads.
    let flat = |places: [&str; 3]| places.iter().any(|place| is_one(row.get(place).or_else(|| row.pointer(place))));
    match others.dimension {
        Dimension::Media => {
            flat(["type", "interaction.type", "/interaction/type"])
                || sessions().any(|session| is_one(session.get("mediaType")))
        }
        Dimension::Queue => {
            let mut segments = sessions().flat_map(|session| list(&session, "segments"));
            flat(["queueId", "routing.queue.id", "/routing/queue/id"])
                || segments.any(|segment| is_one(segment.get("queueId")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::genesys::wire::{MalformedRow, Row};

    fn group(dimension: Dimension, value: &str) -> Group {
        Group::new(dimension, [value.to_owned()])
    }

    fn flat(type_word: &str, queue: Option<&str>) -> RowRead {
        let (type_word, queue_id) = (Some(type_word.to_owned()), queue.map(str::to_owned));
        RowRead::Row(Box::new(Row { type_word, queue_id, ..Row::default() }))
    }

    #[test]
    fn the_rest_leaves_out_what_others_are_told_and_nothing_else() {
        let [voice, rest] = &Selection::split(vec![group(Dimension::Media, "voice")], &[])[..] else { panic!() };
        assert!(is_left_to_others(rest, &flat("Voice", None)));
        assert!(!is_left_to_others(rest, &flat("chat", None)));
        // A server that does not filter gives everything to everyone: too often, never too seldom.
        assert!(!is_left_to_others(voice, &flat("chat", None)));
        assert!(!is_left_to_others(&Selection::All, &flat("voice", None)));
        let malformed = |json: &str| {
            let (json, rule) = (json.to_owned(), String::new());
            RowRead::Malformed(MalformedRow { id: None, json, rule, start: None })
        };
        assert!(is_left_to_others(rest, &malformed(r#"{"type": "voice"}"#)));
        let session = r#"{"participants": [{"sessions": [{"mediaType": "voice"}]}]}"#;
        assert!(is_left_to_others(rest, &malformed(session)));
        assert!(is_left_to_others(rest, &malformed(r#"{"interaction.type": "voice"}"#)));
        assert!(is_left_to_others(rest, &malformed(r#"{"interaction": {"type": "voice"}}"#)));
        assert!(!is_left_to_others(rest, &malformed(r#"{"type": 7}"#)) && !is_left_to_others(rest, &malformed("x")));
    }

    #[test]
    fn a_row_without_a_queue_is_the_rests() {
        let [_, rest] = &Selection::split(vec![group(Dimension::Queue, "q-1")], &[])[..] else { panic!() };
        assert!(is_left_to_others(rest, &flat("voice", Some("q-1"))));
        assert!(
            !is_left_to_others(rest, &flat("voice", None)) && !is_left_to_others(rest, &flat("voice", Some("q-2")))
        );
    }
}
