//! Words that no one knows: the state of a query, a medium. Each is counted by its path, and nothing is lost. Edge.

use super::course::{Course, DIALECTS, ids};
use super::run::{Outcome, Trouble, run};
use crate::domain::media::{Dialect, MediaType};

fn told(outcome: &Outcome, path: &str) -> u64 {
    outcome.drift.unknown.get(path).copied().unwrap_or(0)
}

#[tokio::test(start_paused = true)]
async fn each_dialect_of_queries_x_a_state_that_no_one_knows() {
    for (dialect, path) in [(Dialect::ReportQueries, "status=resting"), (Dialect::ConversationJobs, "state=resting")] {
        let course = DIALECTS.iter().find(|course| course.dialect == dialect).unwrap();
        // It counts as under way: the query is looked at again, and read when it is done.
        let script = "[[rule]]\nkind = \"state\"\nvalue = \"resting\"\ntimes = 3\n";
        let outcome = run(course, Trouble { script, at_queries: true, ..Trouble::default() }).await;
        outcome.assert_whole(course);
        assert_eq!(told(&outcome, path), 3, "{:?}", outcome.drift);
        assert_eq!(outcome.snapshot.retries, 0);
        // One that never leaves that state is given up after a day and asked for anew, in two halves.
        let script = "[[rule]]\nkind = \"state\"\nvalue = \"resting\"\ntimes = 725\n";
        let trouble = Trouble { script, at_queries: true, in_flight: 1, ..Trouble::default() };
        let outcome = run(course, trouble).await;
        outcome.assert_whole(course);
        assert_eq!((told(&outcome, path), outcome.left), (725, 0), "{:?}", outcome.drift);
        assert_eq!(outcome.snapshot.retries, 1, "the query that never ended");
    }
}

/// Where a dialect names the medium of a row, and as what it is counted there.
fn medium_of(course: &Course) -> Option<(&'static str, &'static str)> {
    match course.dialect {
        Dialect::InteractionDetails | Dialect::InteractionEvents => Some(("type", "type")),
        Dialect::ReportQueries => Some(("interaction.type", "interaction.type")),
        Dialect::ConversationDetails | Dialect::ConversationJobs => {
            Some(("participants.sessions.mediaType", "mediaType"))
        }
        Dialect::ConversationMetrics | Dialect::Unknown => None,
    }
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_a_medium_that_no_one_knows() {
    for course in &DIALECTS {
        let Some((at, path)) = medium_of(course) else { continue };
        let script = format!("[[rule]]\nkind = \"field\"\nat = \"{at}\"\nvalue = \"telepathy\"\nafter_request = 3\n");
        let outcome = run(course, Trouble { script: &script, ..Trouble::default() }).await;
        let name = course.dialect.word();
        assert_eq!(outcome.ordered().len(), 1, "{name}");
        assert_eq!(outcome.published(), ids(&outcome.history), "{name}: all of it is published");
        let count = told(&outcome, &format!("{path}=telepathy"));
        assert!(10 <= count, "{name}: {:?}", outcome.drift);
        // Such a leg has the medium Unknown, and says what it was called.
        let all = outcome.publications.iter().flat_map(|publication| &publication.interactions);
        let legs = all.flat_map(|read| &read.legs).filter(|leg| leg.media_reported.as_deref() == Some("telepathy"));
        let media: Vec<MediaType> = legs.map(|leg| leg.media_type).collect();
        assert!(!media.is_empty() && media.iter().all(|medium| *medium == MediaType::Unknown), "{name}: {media:?}");
    }
}
