//! Edge: a platform that fails in every way that a script can order.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::time::Duration;

use crate::support::settings::Settings;
use crate::support::simulator::Asked;
use crate::support::verdict::assert_true_and_by_the_rules;
use crate::whole_run::{FEW_CONVERSATIONS, FEW_EVENTS, History, ROWS, rules};

/// Each rule fails every hundredth request, twenty after the one before it: together one in twenty. Counting, and not
/// chance, so that every kind comes up several times in any run.
const FAULTS: &str = r#"
token_reuse = "alternate"

[[rule]]
status = 429
retry_after_s = 1
every = 100

[[rule]]
status = 429
every = 100
after_request = 20

[[rule]]
status = 503
every = 100
after_request = 40

[[rule]]
kind = "hang"
hang_ms = 6000
every = 100
after_request = 60

[[rule]]
kind = "truncate"
every = 100
after_request = 80

[[rule]]
kind = "token"
every = 80
after_request = 10

[[rule]]
status = 401
after_request = 130
times = 1
"#;

/// Runs over a history of which five requests in a hundred fail, in pages so small that each kind of failure comes up.
fn assert_true_in_spite_of_faults(test: &str, history: &History, page_size: &str) {
    let mut script = tempfile::NamedTempFile::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    script.write_all(FAULTS.as_bytes()).unwrap();
    let simulator = history.platform(test, &["--faults", script.path().to_str().unwrap()]);
    let settings = Settings::new(test, 2, &simulator)
        .source("extract.page.size", page_size)
        .source("quota.requests.per.second", "12")
        // Shorter than a scripted hang, which costs so much each time.
        .source("genesys.http.read.timeout.ms", "2000");
    let mut run = settings.run_until_complete(test);
    assert_eq!(run.wait(Duration::from_secs(240)).code(), Some(history.status));

    let requests = simulator.requests();
    let asked: Vec<&Asked> = requests.iter().filter(|asked| asked.is_for_data()).collect();
    let failed: Vec<u16> = asked.iter().filter(|asked| asked.scripted).map(|asked| asked.status).collect();
    // Some rules begin late, and where pages have numbers no page token can be dead: a little less than one in twenty.
    assert!(asked.len() <= failed.len() * 25, "{} of {} requests failed", failed.len(), asked.len());
    let kinds: BTreeSet<u16> = failed.into_iter().collect();
    let expected = [401, 429, 503];
    assert!(expected.iter().all(|status| kinds.contains(status)), "{kinds:?}");
    assert_true_and_by_the_rules(&settings, history.truth(&simulator), rules());
}

#[test]
fn rows_equal_the_truth_when_five_percent_of_the_requests_fail() {
    assert_true_in_spite_of_faults("faults-rows", &ROWS, "250");
}

#[test]
fn rows_equal_the_truth_when_five_percent_of_the_requests_for_events_fail() {
    assert_true_in_spite_of_faults("faults-events", &FEW_EVENTS, "15");
}

#[test]
fn rows_equal_the_truth_when_five_percent_of_the_requests_for_conversations_fail() {
    assert_true_in_spite_of_faults("faults-conversations", &FEW_CONVERSATIONS, "20");
}
