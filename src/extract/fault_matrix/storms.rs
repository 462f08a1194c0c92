//! Everything at once, over a past that is read and over a present that goes on. Edge.

use super::course::{DIALECTS, range};
use super::run::{Trouble, run};

/// One request in five fails, each in its own way.
const STORM: &str = r#"
seed = 11

[[rule]]
status = 429
retry_after_s = 3
probability = 0.03

[[rule]]
status = 429
probability = 0.03

[[rule]]
status = 500
probability = 0.02

[[rule]]
status = 503
probability = 0.02

[[rule]]
status = 401
probability = 0.02

[[rule]]
kind = "hang"
probability = 0.02

[[rule]]
kind = "truncate"
probability = 0.02

[[rule]]
kind = "html"
probability = 0.02

[[rule]]
kind = "token"
probability = 0.02

[[rule]]
kind = "repeat"
probability = 0.03
"#;

#[tokio::test(start_paused = true)]
async fn each_dialect_x_everything_at_once() {
    for course in &DIALECTS {
        let outcome = run(course, Trouble { script: STORM, ..Trouble::default() }).await;
        let asked = outcome.asked.iter().filter(|asked| asked.is_for_data()).count();
        assert!(asked < 10 * outcome.ordered().len(), "{} of {asked}", outcome.ordered().len());
        outcome.assert_whole(course);
    }
}

#[tokio::test(start_paused = true)]
async fn each_dialect_x_everything_at_once_while_it_happens() {
    for course in &DIALECTS {
        let trouble = Trouble { script: STORM, present: range().from, until_settled: true, ..Trouble::default() };
        let outcome = run(course, trouble).await;
        outcome.assert_whole(course);
        // What was open is read until it is over.
        assert_eq!((outcome.snapshot.open, outcome.snapshot.open_given_up), (0, 0), "{:?}", outcome.snapshot);
    }
}
