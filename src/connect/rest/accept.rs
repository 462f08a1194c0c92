//! What media types a request takes and brings. Pure.

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE};

const JSON: [&str; 2] = ["application", "json"];
const HTML: [&str; 2] = ["text", "html"];

/// Whether an answer in JSON is acceptable; without the header everything is.
pub(super) fn takes_json(headers: &HeaderMap) -> bool {
    let mut ranges = ranges(headers).peekable();
    ranges.peek().is_none() || ranges.any(|range| covers(&range, JSON))
}

/// Whether a page is asked for by name, and wanted no less than JSON: a browser does so.
pub(super) fn prefers_page(headers: &HeaderMap) -> bool {
    let weight = |wanted: [&str; 2]| {
        ranges(headers).find(|range| range.media == wanted.join("/")).map_or(0, |range| range.weight_milli)
    };
    0 < weight(HTML) && weight(JSON) <= weight(HTML)
}

/// Whether the body is said to be JSON.
pub(super) fn brings_json(headers: &HeaderMap) -> bool {
    let essence = |text: &str| text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|text| essence(text) == JSON.join("/"))
}

struct Range {
    // In lower case, as "text/html".
    media: String,
    weight_milli: u32,
}

fn covers(range: &Range, [kind, subtype]: [&str; 2]) -> bool {
    let (own_kind, own_subtype) = range.media.split_once('/').unwrap_or((&range.media, ""));
    let fits = |own: &str, wanted: &str| own == "*" || own == wanted;
    0 < range.weight_milli && fits(own_kind, kind) && fits(own_subtype, subtype)
}

fn ranges(headers: &HeaderMap) -> impl Iterator<Item = Range> + '_ {
    let texts = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let parts = texts.flat_map(|text| text.split(',')).map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| {
        let mut pieces = part.split(';').map(str::trim);
        let media = pieces.next().unwrap_or_default().to_ascii_lowercase();
        let weight = pieces.find_map(|piece| piece.strip_prefix("q=").or_else(|| piece.strip_prefix("Q=")));
        let share: f64 = weight.map_or(1.0, |text| text.trim().parse().unwrap_or(1.0));
        Range { media, weight_milli: (share.clamp(0.0, 1.0) * 1_000.0) as u32 }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accept(text: &str) -> HeaderMap {
        HeaderMap::from_iter([(ACCEPT, text.parse().unwrap())])
    }

    #[test]
    fn json_is_acceptable_unless_only_other_things_are_asked_for() {
        assert!(takes_json(&HeaderMap::new()));
        for text in
            ["application/json", "*/*", "application/*", "text/html, */*;q=0.1", "Application/JSON;charset=utf-8", ""]
        {
            assert!(takes_json(&accept(text)), "{text}");
        }
        for text in ["text/html", "application/xml", "application/json;q=0", "text/*"] {
            assert!(!takes_json(&accept(text)), "{text}");
        }
    }

    #[test]
    fn a_browser_asks_for_the_page_and_a_client_does_not() {
        assert!(prefers_page(&accept("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")));
        assert!(prefers_page(&accept("text/html")));
        for text in ["*/*", "application/json", "application/json, text/html;q=0.5", "text/html;q=0", ""] {
            assert!(!prefers_page(&accept(text)), "{text}");
        }
        assert!(!prefers_page(&HeaderMap::new()));
    }

    #[test]
    fn a_body_is_json_when_it_is_said_to_be() {
        let brings = |text: &str| brings_json(&HeaderMap::from_iter([(CONTENT_TYPE, text.parse().unwrap())]));
        assert!(brings("application/json") && brings("application/JSON; charset=utf-8"));
        assert!(!brings("text/plain") && !brings("application/jsonx") && !brings_json(&HeaderMap::new()));
    }
}
