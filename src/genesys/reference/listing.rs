//! One page of a list of the routing API. Pure.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::names::Entity;
use crate::domain::media::MediaType;
use crate::domain::time::DurationMs;

/// One page of a list.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ListPage {
    /// By id; what has no id or no name is left out.
    pub entities: Vec<(String, Entity)>,
    /// Whether another page follows.
    pub more: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listing {
    entities: Option<Vec<Value>>,
    page_count: Option<u64>,
    next_uri: Option<String>,
}

/// What the platform calls each medium in a queue's settings.
const MEDIA: [(&str, MediaType); 5] = [
    ("call", MediaType::Voice),
    ("callback", MediaType::Callback),
    ("chat", MediaType::Chat),
    ("email", MediaType::Email),
    ("message", MediaType::Message),
];

/// Reads the page with this number, counted from 1.
///
/// # Errors
/// When it is no list of the routing API.
pub fn read_list(body: &[u8], number: u64) -> Result<ListPage, serde_json::Error> {
    let listing: Listing = serde_json::from_slice(body)?;
    let entities = listing.entities.unwrap_or_default();
    // A list that never ends stops where a page is empty.
    let follows = listing.next_uri.is_some() || listing.page_count.is_some_and(|count| number < count);
    let more = follows && !entities.is_empty();
    Ok(ListPage { entities: entities.iter().filter_map(entity).collect(), more })
}

fn entity(value: &Value) -> Option<(String, Entity)> {
    let text = |key: &str| value[key].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let target = |medium: &str| -> Option<DurationMs> {
        value["mediaSettings"][medium]["serviceLevel"]["durationMs"].as_i64().filter(|target| 0 <= *target)
    };
    let targets_ms: BTreeMap<MediaType, DurationMs> =
        MEDIA.iter().filter_map(|(word, medium)| Some((*medium, target(word)?))).collect();
    let state = text("state");
    let deleted = state.as_deref() == Some("deleted");
    Some((text("id")?, Entity { name: text("name")?, targets_ms, state, deleted }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_names_and_targets_and_says_whether_more_follows() {
        let body = br#"{"entities":[
            {"id":"q-1","name":"Sales","mediaSettings":{"call":{"serviceLevel":{"percentage":0.8,"durationMs":30000}},
             "email":{"serviceLevel":{"durationMs":-1}},"chat":{}}},
            {"id":"q-2"},{"name":"nobody"},{"id":"q-3","name":"Orders","mediaSettings":null}],
            "pageCount":2,"pageNumber":1}"#;
        let page = read_list(body, 1).unwrap();
        assert!(page.more);
        assert_eq!(page.entities.len(), 2);
        assert_eq!(page.entities[0].1.name, "Sales");
        assert_eq!(page.entities[0].1.targets_ms, BTreeMap::from([(MediaType::Voice, 30_000)]));
        assert_eq!(page.entities[1], ("q-3".to_owned(), Entity { name: "Orders".to_owned(), ..Entity::default() }));
        assert!(!read_list(body, 2).unwrap().more);
        assert!(!read_list(br#"{"entities":[],"nextUri":"/again"}"#, 1).unwrap().more);
        assert!(read_list(br#"{"entities":[{"id":"a","name":"b"}],"nextUri":"/again"}"#, 1).unwrap().more);
        assert!(read_list(b"<html>", 1).is_err());
    }
}
