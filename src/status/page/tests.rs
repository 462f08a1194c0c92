//! What the page shows, and how it is escaped. Pure.

use super::assets::{ALL, POLICY, SCRIPT, STYLE};
use super::document::{View, document, notice};
use super::words::{count, length};
use crate::domain::time::{DAY_MS, HOUR_MS};
use crate::status::fixture::{HOSTILE, failing, healthy, late, now, rows, snapshot};
use crate::status::vitals::Vitals;

fn page(vitals: Vitals) -> String {
    document(&snapshot(vitals), &View::default(), Some("token"))
}

/// What stands between the first `from` and the next `to` behind it.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let start = text.find(from).unwrap_or_else(|| panic!("no {from}")) + from.len();
    &text[start..start + text[start..].find(to).unwrap_or(text.len() - start)]
}

#[test]
fn names_from_outside_are_text_wherever_they_stand() {
    let mut vitals = failing();
    vitals.connectors[1].tasks[1].trace = format!("{HOSTILE}\n</pre>{HOSTILE}");
    vitals.connectors[0].name = HOSTILE.to_owned();
    vitals.sources[0].connector = HOSTILE.to_owned();
    vitals.sources[0].source_partition = HOSTILE.to_owned();
    vitals.sources[0].client_id = HOSTILE.to_owned();
    vitals.sources[0].failures.insert(HOSTILE.to_owned(), 3);
    vitals.processors[0].dead_letters.insert(HOSTILE.to_owned(), 3);
    vitals.schemas.insert(HOSTILE.to_owned(), HOSTILE.to_owned());
    let all = snapshot(vitals);
    let hostile = all.today[0].queues.iter().find(|queue| queue.name == HOSTILE).unwrap();
    let view = View { queue: Some(hostile.key.clone()), pipeline: Some(HOSTILE.to_owned()) };
    let text = document(&all, &view, Some("token"));
    assert!(12 < text.matches("&lt;script&gt;alert(&quot;queue&quot;)").count(), "{text}");
    // Of the page's own there is one, and it has no text.
    assert_eq!(text.matches("<script").count(), 1);
    assert_eq!(between(&text, "<script", "</script>").split('>').nth(1), Some(""));
    assert!(!text.contains("alert(\"queue\")"));
    assert!(notice(&Err(HOSTILE.to_owned())).contains("&lt;script&gt;"));
}

#[test]
fn the_line_says_how_it_is_and_since_when() {
    for (vitals, class, word) in
        [(healthy(), "healthy", "Healthy"), (late(), "late", "Late"), (failing(), "failing", "Failing")]
    {
        let text = page(vitals);
        assert!(text.contains(&format!("class=\"verdict {class}\"")));
        assert!(between(&text, "id=\"verdict-line\"", "</h2>").ends_with(word));
        assert!(between(&text, "<title>", "</title>").starts_with(word));
    }
    let since = between(&page(healthy()), "class=\"since\"", "</p>").to_owned();
    assert!(since.contains("2026-03-08 10:40:12 UTC · 11:40 Berlin") && since.contains("3 d 5 h"), "{since}");
}

#[test]
fn intervals_are_hatched_while_provisional_and_marked_when_restated() {
    let picture = between(&page(healthy()), "<svg class=\"picture\"", "</svg>").to_owned();
    let day = &snapshot(healthy()).today[0].queues[0];
    let of =
        |wanted: &str| day.rows.iter().filter(|row| super::picture::result(row) == wanted && 0 < row.handled).count();
    assert_eq!(picture.matches("fill=\"url(#hatch)\"").count(), of("provisional"));
    assert_eq!(picture.matches("class=\"aht\"").count(), of("final") + of("corrected"));
    assert_eq!((picture.matches("class=\"restated\"").count(), picture.matches("class=\"first\"").count()), (2, 2));
    assert!(0 < of("provisional") && 0 < of("final"));
    assert_eq!(picture.matches("class=\"p90\"").count(), day.rows.iter().filter(|row| row.p90_ms.is_some()).count());
    assert_eq!(picture.matches("class=\"held\"").count(), 0);
    assert!(0 < page(failing()).matches("class=\"held\"").count());
    assert_eq!(picture.matches("class=\"theirs\"").count(), 1);
    let table = between(&page(healthy()), "id=\"interval-table\"", "</details>").to_owned();
    assert_eq!(table.matches("<tr>").count(), day.rows.len() + 1);
    let first = day.rows.iter().find_map(|row| row.first_aht_ms).unwrap();
    assert!(table.contains(&format!("{:.1}", first / 1_000.0)) && picture.contains("when first final"));
}

#[test]
fn the_ten_points_stand_on_the_page() {
    let text = page(failing());
    let source = &failing().sources[0];
    let offset_ms = source.clock_offset_ms.unwrap();
    let ago = |at: i64| format!("<span class=\"age\">{}</span>", length(now() + offset_ms - at));
    for (point, wanted) in [
        ("2 last event", ago(source.last_event_at.unwrap())),
        ("2 watermark", ago(source.watermark)),
        ("2 last slice", ago(source.last_slice_at.unwrap())),
        ("3 completeness", count(source.completeness[4].theirs)),
        ("4 slices", count(4_400_u64)),
        (
            "4 by hand",
            "handletime slices retry -c FILE --from 2026-03-11T10:00:00.000Z --to 2026-03-11T10:30:00.000Z".to_owned(),
        ),
        ("5 dead letters", "<th scope=\"row\">slice failed</th><td class=\"number\">2</td>".to_owned()),
        ("5 excluded", format!("<th scope=\"row\">short talk</th><td class=\"number\">{}</td>", count(4_120_u64))),
        ("6 tokens left", "211<span class=\"when\">requests</span>".to_owned()),
        ("6 slept", "4.3 s".to_owned()),
        ("7 token", "<span class=\"age\">52 min</span>".to_owned()),
        ("7 client", source.client_id.clone()),
        ("8 errors", "Produce errors</dt><dd><span class=\"value\">4</span>".to_owned()),
        ("8 aborts", "Transactions aborted</dt><dd><span class=\"value\">2</span>".to_owned()),
        ("9 restated", "up to 24 h</th><td class=\"number\">95</td>".to_owned()),
        ("10 settings", failing().config_hash),
        ("10 schemas", failing().schemas["Leg"].clone()),
        ("trace", "progress of legs 1 has rules 77ab31".to_owned()),
    ] {
        assert!(text.contains(&wanted), "{point}: {wanted}");
    }
}

#[test]
fn held_ranges_are_retried_with_the_token_or_not_from_here() {
    let text = page(failing());
    let form = between(&text, "<form method=\"post\"", "</form>");
    for wanted in ["action=\"/status/retry\"", "value=\"token\"", "value=\"genesys\"", "2026-03-11T10:00:00.000Z"] {
        assert!(form.contains(wanted), "{wanted}: {form}");
    }
    let without = document(&snapshot(failing()), &View::default(), None);
    assert!(!without.contains("method=\"post\"") && without.contains("not from here"));
}

#[test]
fn a_chosen_queue_is_the_one_that_is_shown() {
    let all = snapshot(healthy());
    let chat = all.today[0].queues.iter().find(|queue| queue.media == "CHAT").unwrap();
    let view = View::of(&format!("queue={}&other=1", chat.key));
    let text = document(&all, &view, None);
    assert!(between(&text, "id=\"picture-title\"", "</title>").contains("Billing, CHAT"));
    let chosen = format!("<option value=\"{}\" selected>", chat.key);
    assert!(text.contains(&chosen));
    // One that is not there any more leaves the page whole.
    let text = document(&all, &View::of("queue=gone"), None);
    assert!(text.contains("id=\"picture-title\""));
}

#[test]
fn a_day_of_the_past_says_so_and_an_empty_one_too() {
    let mut all = snapshot(healthy());
    let later = rows(None).day(now() + 9 * DAY_MS);
    all.today = vec![later.into()];
    assert!(document(&all, &View::default(), None).contains("Today has no rows yet"));
    let empty = crate::status::today::Today {
        problem: "the broker does not answer".to_owned(),
        ..crate::status::today::Today::empty(&crate::status::fixture::shown())
    };
    all.today = vec![empty.into()];
    let text = document(&all, &View::default(), None);
    assert!(text.contains("No interval has been published yet") && text.contains("the broker does not answer"));
    all.today = Vec::new();
    all.vitals = Vitals { at: now(), started_at: now() - HOUR_MS, ..Vitals::default() };
    assert!(document(&all, &View::default(), None).contains("No source runs in this process"));
}

#[test]
fn nothing_is_loaded_from_elsewhere_and_nothing_is_inline() {
    let text = page(failing());
    for foreign in ["src=\"http", "href=\"http", "url(http", "@import", " style=\"", "onclick", "javascript:"] {
        assert!(
            !text.contains(foreign) && !STYLE.text.contains(foreign) && !SCRIPT.text.contains(foreign),
            "{foreign}"
        );
    }
    for asset in ALL {
        assert!(text.contains(&asset.address()), "{}", asset.path);
    }
    assert!(POLICY.starts_with("default-src 'none'") && !POLICY.contains("unsafe"));
}
