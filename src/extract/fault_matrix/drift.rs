//! Answers whose fields have changed: none, one that is new, one that is of another type. Edge.

use std::collections::BTreeSet;

use super::course::{DIALECTS, ids};
use super::run::{Trouble, run};

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
        let outcome = run(course, Trouble { script: &script, ..Trouble::default() }).await;
        let name = course.dialect.word();
        assert_eq!(outcome.ordered().len(), 1, "{name}");
        outcome.assert_whole(course);
        let told = outcome.drift.unknown.iter().filter(|(path, _)| path.ends_with("mood")).map(|(_, count)| *count);
        assert!(10 <= told.sum::<u64>(), "{name}: {:?}", outcome.drift);
    }
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_a_field_of_another_type() {
    for course in &DIALECTS {
        let at = course.known_field;
        let value = "{ nested = [true] }";
        let script = format!("[[rule]]\nkind = \"field\"\nat = \"{at}\"\nvalue = {value}\nafter_request = 3\n");
        let outcome = run(course, Trouble { script: &script, ..Trouble::default() }).await;
        let name = course.dialect.word();
        assert_eq!(outcome.ordered().len(), 1, "{name}");
        // What cannot be read is told one by one, with the row as it came; the rest of the page is published.
        let letters = outcome.publications.iter().flat_map(|publication| &publication.dead_letters);
        let mut set_aside = BTreeSet::new();
        for letter in letters {
            assert_eq!(letter.reason, "malformed", "{name}");
            assert!(letter.value.as_ref().is_some_and(|row| !row.is_empty()), "{name}");
            set_aside.insert(String::from_utf8(letter.key.clone().unwrap()).unwrap());
        }
        assert!(!set_aside.is_empty() && set_aside.len() <= 10, "{name}: {set_aside:?}");
        let published: BTreeSet<String> = outcome.published().into_iter().collect();
        let all: Vec<String> = published.union(&set_aside).cloned().collect();
        assert_eq!(all, ids(&outcome.history), "{name}");
    }
}
