//! Answers whose fields have changed: none, one that is new, one that is of another type. Edge.

use std::collections::BTreeSet;

use super::course::{DIALECTS, ids};
use super::run::{Outcome, Trouble, known, run};
use crate::domain::dead_letter::DeadLetter;
use crate::publish::contract::Publication;

/// The ids of a publication, in order.
fn ids_of(publication: &Publication) -> Vec<&str> {
    publication.interactions.iter().map(|read| read.interaction_id.as_str()).collect()
}

fn letters(outcome: &Outcome) -> Vec<&DeadLetter> {
    outcome.publications.iter().flat_map(|publication| &publication.dead_letters).collect()
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_nothing_new() {
    for course in &DIALECTS {
        let outcome = run(course, Trouble::default()).await;
        // Nobody is warned of what the platform is known to say.
        assert_eq!(outcome.drift.unknown.into_iter().collect::<Vec<_>>(), [], "{}", course.dialect.word());
    }
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_a_field_that_is_new() {
    for course in &DIALECTS {
        let at = course.unknown_field;
        let script = format!("[[rule]]\nkind = \"field\"\nat = \"{at}\"\nvalue = \"calm\"\nafter_request = 3\n");
        let usual = run(course, Trouble { chance: known, ..Trouble::default() }).await;
        let outcome = run(course, Trouble { script: &script, chance: known, ..Trouble::default() }).await;
        let name = course.dialect.word();
        assert_eq!(outcome.ordered().len(), 1, "{name}");
        outcome.assert_whole(course);
        let told = outcome.drift.unknown.iter().filter(|(path, _)| path.ends_with("mood")).map(|(_, count)| *count);
        assert!(10 <= told.sum::<u64>(), "{name}: {:?}", outcome.drift);
        // It costs nothing: no request, and no wait.
        assert_eq!(outcome.asked.len(), usual.asked.len(), "{name}");
        outcome.assert_later(course, &usual, &[]);
    }
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_a_field_of_another_type() {
    for course in &DIALECTS {
        let at = course.known_field;
        let value = "{ nested = [true] }";
        let script = format!("[[rule]]\nkind = \"field\"\nat = \"{at}\"\nvalue = {value}\nafter_request = 3\n");
        let usual = run(course, Trouble { chance: known, ..Trouble::default() }).await;
        let outcome = run(course, Trouble { script: &script, chance: known, ..Trouble::default() }).await;
        let name = course.dialect.word();
        assert_eq!(outcome.ordered().len(), 1, "{name}");
        // What cannot be read is told one by one, with the row as it came; the rest of the page is published.
        let mut set_aside = BTreeSet::new();
        for letter in letters(&outcome) {
            assert_eq!(letter.reason, "malformed", "{name}");
            assert!(letter.value.as_ref().is_some_and(|row| !row.is_empty()), "{name}");
            set_aside.insert(String::from_utf8(letter.key.clone().unwrap()).unwrap());
        }
        assert!(!set_aside.is_empty() && set_aside.len() <= 10, "{name}: {set_aside:?}");
        let published: BTreeSet<String> = outcome.published().into_iter().collect();
        let all: Vec<String> = published.union(&set_aside).cloned().collect();
        assert_eq!(all, ids(&outcome.history), "{name}");
        assert_eq!(outcome.asked.len(), usual.asked.len(), "{name}");
        outcome.assert_later(course, &usual, &[]);
    }
}

/// A row in the middle of a full page, by its interaction's id, and a text that stands in no other row.
fn in_the_middle(usual: &Outcome) -> (String, String) {
    let all = ids(&usual.history);
    let page = usual.publications.iter().filter(|publication| publication.interactions.len() == 10).nth(1);
    let middle = ids_of(page.expect("two full pages"))[3..7].to_vec();
    let alone = |id: &str| {
        let text = id.split(':').next().unwrap_or(id).to_owned();
        (all.iter().filter(|id| id.contains(&text)).count() == 1).then(|| (id.to_owned(), text))
    };
    middle.into_iter().find_map(alone).expect("an interaction whose conversation has no other")
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_a_field_of_another_type_in_one_row() {
    for course in &DIALECTS {
        let usual = run(course, Trouble { chance: known, ..Trouble::default() }).await;
        let (id, text) = in_the_middle(&usual);
        let at = course.known_field;
        let value = "{ nested = [true] }";
        let script = format!(
            "[[rule]]\nkind = \"field\"\nat = \"{at}\"\nvalue = {value}\nrow_contains = \"{text}\"\nevery = 1\n"
        );
        let outcome = run(course, Trouble { script: &script, chance: known, ..Trouble::default() }).await;
        let name = course.dialect.word();
        // That interaction is told, with its id and its row, and no other.
        let [letter] = &letters(&outcome)[..] else { panic!("{name}: {:?}", letters(&outcome)) };
        let (key, row) = (letter.key.as_deref().unwrap(), letter.value.as_deref().unwrap());
        assert_eq!((letter.reason.as_str(), std::str::from_utf8(key)), ("malformed", Ok(id.as_str())), "{name}");
        let row = std::str::from_utf8(row).unwrap();
        assert!(row.contains(&text) && row.contains("\"nested\""), "{name}: {row}");
        // Every other one is published, and with the page that it stood on.
        assert_eq!(outcome.publications.len(), usual.publications.len(), "{name}");
        for (publication, before) in outcome.publications.iter().zip(&usual.publications) {
            let mut expected = ids_of(before);
            expected.retain(|other| *other != id);
            assert_eq!(ids_of(publication), expected, "{name}");
            let is_of_the_page = expected.len() < before.interactions.len();
            assert_eq!(publication.dead_letters.len(), usize::from(is_of_the_page), "{name}");
        }
        let mut others = ids(&outcome.history);
        others.retain(|other| *other != id);
        assert_eq!(outcome.published(), others, "{name}");
        // No slice is held for it, and it costs neither a request nor a wait.
        assert_eq!((outcome.snapshot.held, outcome.snapshot.slices_failed), (0, 0), "{name}");
        assert_eq!(outcome.asked.len(), usual.asked.len(), "{name}");
        outcome.assert_later(course, &usual, &[]);
    }
}
