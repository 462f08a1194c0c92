//! One page of conversations as JSON, in either dialect. Pure.

use serde_json::{Map, Value, json};

use super::super::page::OddRow;
use super::query::{DetailsQuery, EventsQuery};
use super::seen::Moment;
use super::world::ConversationWorld;
use super::{details, events};
use crate::domain::time::{InstantMs, TimeRange};

/// Results that one query can be paged through.
pub const RESULTS_MAX: usize = 100_000;

/// A page of events.
#[derive(Clone, Debug)]
pub struct EventsPage {
    /// The interactions.
    pub interactions: Vec<Value>,
    /// Behind what the next page begins; `None` on the last one.
    pub next: Option<(InstantMs, u128)>,
}

/// Builds the page of events behind `after`, or the first one.
#[must_use]
pub fn events_page(
    world: &ConversationWorld,
    odd: &[OddRow],
    query: &EventsQuery,
    after: Option<(InstantMs, u128)>,
    moment: Moment,
) -> EventsPage {
    let range = happened(query.range, moment);
    let mut interactions = Vec::new();
    let (mut last, mut more) = (None, false);
    let asked = |word: &str| query.kind.as_ref().is_none_or(|kind| kind == word);
    for told in world.told(range, after).filter(|told| asked(told.kind.word())) {
        if interactions.len() == query.size {
            more = true;
            break;
        }
        interactions.push(events::interaction(moment.of(told), moment));
        last = Some(told.position());
    }
    // What the script tells stands on the page whose conversations surround it, and is no part of its size.
    let odd_from = after.map_or(query.range.from, |(start, _)| start + 1);
    let odd_to = if more { last.map_or(range.to, |(start, _)| start + 1) } else { range.to };
    interactions.extend(odd.iter().filter(|odd| odd_from <= odd.at && odd.at < odd_to).map(|odd| odd.json.clone()));
    EventsPage { interactions, next: last.filter(|_| more) }
}

/// How many conversations start in `range`, in all and by type.
#[must_use]
pub fn volume(world: &ConversationWorld, range: TimeRange, kind: Option<&str>, moment: Moment) -> Value {
    let mut by_type: Map<String, Value> = Map::new();
    let mut volume = 0_u64;
    for told in world.told(happened(range, moment), None) {
        let word = told.kind.word();
        if kind.is_none_or(|kind| kind == word) {
            volume += 1;
            let so_far = by_type.get(word).and_then(Value::as_u64).unwrap_or(0);
            by_type.insert(word.to_owned(), json!(so_far + 1));
        }
    }
    json!({"interactionVolume": volume, "byType": by_type})
}

/// Builds the page of details that the query names.
#[must_use]
pub fn details_page(world: &ConversationWorld, odd: &[OddRow], query: &DetailsQuery, moment: Moment) -> Value {
    let starts = happened(query.starts(), moment);
    let mut wanted: Vec<_> = world.told(starts, None).filter(|told| query.wants(moment.of(told), moment)).collect();
    if query.descending {
        wanted.reverse();
    }
    let hits = wanted.len();
    let first = (query.page - 1).saturating_mul(query.size).min(hits);
    let shown = &wanted[first..first.saturating_add(query.size).min(hits)];
    let mut conversations: Vec<Value> =
        shown.iter().map(|told| details::conversation(moment.of(told), moment)).collect();
    if query.page == 1 {
        conversations.extend(odd.iter().filter(|odd| starts.contains(odd.at)).map(|odd| odd.json.clone()));
    }
    let mut body = json!({"totalHits": hits});
    if !conversations.is_empty() {
        body["conversations"] = Value::Array(conversations);
    }
    body
}

fn happened(range: TimeRange, moment: Moment) -> TimeRange {
    TimeRange { to: moment.0.map_or(range.to, |now| range.to.min(now + 1)), ..range }
}
