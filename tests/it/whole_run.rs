//! Edge: one undisturbed run over two days in each dialect, which several rules are read from.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Duration;

use handletime::domain::media::Dialect;
use handletime::domain::time::parse_instant;

use crate::support::broker;
use crate::support::checker::Rules;
use crate::support::settings::Settings;
use crate::support::simulator::{Asked, Simulator};
use crate::support::topics;
use crate::support::verdict::{KPI_TOPICS, Truth, assert_true_and_by_the_rules};

/// `kpi.grace.ms` where nothing else is set.
const GRACE_MS: i64 = 4_500_000;

/// The rules of a run with the default settings over the two days that a simulator makes.
pub fn rules() -> Rules {
    let extract_end = parse_instant("2026-01-03T00:00:00Z").expect("an instant");
    Rules { grace_ms: GRACE_MS, extract_end, history_end: None, opens_again: false }
}

/// Settings of the source, and arguments of the platform, that are not the usual ones.
type Own = (&'static [(&'static str, &'static str)], &'static [&'static str]);

const NONE: Own = (&[], &[]);

/// What the real platform grants in any minute, and the source sends at most by default.
const A_MINUTES_REQUESTS: usize = 300;

/// What the platform is told to grant by.
const A_SECOND: &str = "--requests-per-second";
const A_MINUTE: &str = "--requests-per-minute";

/// A history of two days that several tests read.
#[derive(Debug)]
pub struct History {
    name: &'static str,
    dialect: Dialect,
    per_day: &'static str,
    /// What its platform grants in any second: what the source may send by default, or, where that is 300 in a minute,
    /// those of a second and of the two that are caught up with.
    requests_in_a_second: usize,
    /// The fewest requests for data: one for each slice of half an hour, more where a page does not hold a slice.
    pages: usize,
    /// How a run over it ends.
    pub status: i32,
    source: &'static [(&'static str, &'static str)],
    arguments: &'static [&'static str],
    truth: OnceLock<Truth>,
    run: OnceLock<WholeRun>,
}

/// More than a hundred thousand interactions.
pub static ROWS: History = History::new(("whole-rows", Dialect::InteractionDetails), "50000", (12, 100), NONE);
/// Ten thousand conversations, as events.
pub static EVENTS: History = History::new(("whole-events", Dialect::InteractionEvents), "5000", (12, 96), NONE);
/// The same conversations, in pages of a hundred.
pub static CONVERSATIONS: History =
    History::new(("whole-conversations", Dialect::ConversationDetails), "5000", (15, 200), NONE);
/// Five thousand conversations, as events.
pub static FEW_EVENTS: History = History::new(("few-events", Dialect::InteractionEvents), "2500", (12, 1), NONE);
/// The same conversations.
pub static FEW_CONVERSATIONS: History =
    History::new(("few-conversations", Dialect::ConversationDetails), "2500", (15, 1), NONE);

/// Two thousand conversations, as the parts that agents had in them. Slices of two hours have several pages.
static METRICS: History = History::new(
    ("whole-metrics", Dialect::ConversationMetrics),
    "1000",
    (12, 60),
    (&[("extract.slice.ms", "7200000")], &["--metrics-page", "40"]),
);
/// Two thousand rows, by queries that are answered later: four requests a slice, and a platform that is done at once.
pub static REPORTS: History = History::new(
    ("whole-reports", Dialect::ReportQueries),
    "1000",
    (12, 90),
    (&[("extract.slice.ms", "7200000"), ("extract.query.poll.ms", "100")], &[]),
);
/// Two thousand conversations, by jobs.
pub static JOBS: History = History::new(
    ("whole-jobs", Dialect::ConversationJobs),
    "1000",
    (15, 45),
    (&[("extract.slice.ms", "14400000"), ("extract.query.poll.ms", "100")], &[]),
);

const HISTORIES: [&History; 6] = [&ROWS, &EVENTS, &CONVERSATIONS, &METRICS, &REPORTS, &JOBS];

/// Whether an interaction is a conversation with all of its transfers.
const fn tells_transfers_of_conversations(dialect: Dialect) -> bool {
    matches!(dialect, Dialect::InteractionEvents | Dialect::ConversationDetails | Dialect::ConversationJobs)
}

/// What is left of a run. Nothing in here is a process: a static is never dropped.
#[derive(Debug)]
struct WholeRun {
    settings: Settings,
    requests: Vec<Asked>,
}

impl History {
    const fn new(
        (name, dialect): (&'static str, Dialect),
        per_day: &'static str,
        (requests_in_a_second, pages): (usize, usize),
        (source, arguments): Own,
    ) -> History {
        History {
            name,
            dialect,
            per_day,
            requests_in_a_second,
            pages,
            // Some transfers of conversations lead to a queue in which nobody waits: these are dead letters.
            status: if tells_transfers_of_conversations(dialect) { 4 } else { 0 },
            source,
            arguments,
            truth: OnceLock::new(),
            run: OnceLock::new(),
        }
    }

    /// A platform that has it; `more` may say how it fails, and what it grants: unless it does, more than any source here
    /// asks for, whatever the real platform of the dialect grants in a minute.
    pub fn platform(&self, name: &str, more: &[&str]) -> Simulator {
        let granted: &[&str] =
            if more.contains(&A_SECOND) || more.contains(&A_MINUTE) { &[] } else { &[A_SECOND, "20"] };
        let arguments = [&["--interactions-per-day", self.per_day], self.arguments, granted, more].concat();
        Simulator::start(name, self.dialect, &arguments)
    }

    /// Settings of a test's own to read it by, from a platform that has it.
    pub fn settings(&self, test: &str, platform: &Simulator) -> Settings {
        let own = Settings::new(test, 3, platform);
        self.source.iter().fold(own, |settings, (name, value)| settings.source(name, value))
    }

    /// Its truth, which every platform that has it knows; the first test that asks waits for it.
    pub fn truth(&self, platform: &Simulator) -> &Truth {
        self.truth.get_or_init(|| Truth::of(platform))
    }

    /// The run, made by the first test that asks.
    fn run(&self) -> &WholeRun {
        self.run.get_or_init(|| {
            let in_a_second = self.requests_in_a_second.to_string();
            // The guides' limits are by the second, the real platform's by the minute.
            let in_a_minute = if self.is_limited_by_the_minute() { A_MINUTES_REQUESTS } else { 60_000 }.to_string();
            let grants = [A_SECOND, &in_a_second, A_MINUTE, &in_a_minute];
            let platform = self.platform(self.name, &grants);
            let settings = self.settings(self.name, &platform);
            let mut run = settings.run_until_complete(self.name);
            assert_eq!(run.wait(Duration::from_secs(300)).code(), Some(self.status));
            self.truth(&platform);
            WholeRun { requests: platform.requests(), settings }
        })
    }

    fn is_limited_by_the_minute(&self) -> bool {
        matches!(self.dialect, Dialect::ConversationDetails | Dialect::ConversationJobs)
    }

    fn assert_rows_are_true_after_a_run(&self) {
        let run = self.run();
        let truth = self.truth.get().expect("a run that was made has asked for it");
        assert_true_and_by_the_rules(&run.settings, truth, rules());
        // Queries that are answered later are accepted and deleted besides.
        let later = matches!(self.dialect, Dialect::ReportQueries | Dialect::ConversationJobs);
        let is_fine = |asked: &&Asked| asked.status == 200 || later && matches!(asked.status, 202 | 204);
        let wrong: Vec<&Asked> = run.requests.iter().filter(|asked| !is_fine(asked)).collect();
        assert!(wrong.is_empty(), "the platform refused {} requests: {wrong:?}", wrong.len());
    }
}

/// That a platform with a limit of its own would have had no reason to complain.
///
/// # Panics
/// When some second saw more requests than the program may send, or the platform refused one of its own accord.
pub fn assert_within_the_limit(requests: &[Asked], in_a_second: usize) {
    assert!(in_a_second < requests.len(), "{} requests show nothing", requests.len());
    assert_no_more_within(requests, in_a_second, 1_000.0);
    let refused: Vec<&Asked> = requests.iter().filter(|asked| asked.status == 429 && !asked.scripted).collect();
    assert!(refused.is_empty(), "{refused:?}");
}

fn assert_no_more_within(requests: &[Asked], most: usize, window_ms: f64) {
    for window in requests.windows(most + 1) {
        let span_ms = window[most].arrived_ms - window[0].arrived_ms;
        assert!(window_ms <= span_ms, "{} requests within {span_ms} ms: {window:?}", window.len());
    }
}

#[test]
fn every_record_equals_the_truth_after_a_run_over_rows() {
    ROWS.assert_rows_are_true_after_a_run();
}

#[test]
fn every_record_equals_the_truth_after_a_run_over_events() {
    EVENTS.assert_rows_are_true_after_a_run();
}

#[test]
fn every_record_equals_the_truth_after_a_run_over_conversations() {
    CONVERSATIONS.assert_rows_are_true_after_a_run();
}

#[test]
fn every_record_equals_the_truth_of_the_dialect_after_a_run_over_agents_metrics() {
    METRICS.assert_rows_are_true_after_a_run();
}

#[test]
fn every_record_equals_the_truth_of_the_dialect_after_a_run_over_report_queries() {
    REPORTS.assert_rows_are_true_after_a_run();
}

#[test]
fn every_record_equals_the_truth_after_a_run_over_jobs() {
    JOBS.assert_rows_are_true_after_a_run();
}

#[test]
fn no_platform_sees_more_requests_in_any_second_than_it_grants() {
    for history in HISTORIES {
        let requests = &history.run().requests;
        let pages = requests.iter().filter(|asked| asked.is_for_data()).count();
        assert!(history.pages <= pages, "{pages} pages are too few for {history:?}");
        assert_within_the_limit(requests, history.requests_in_a_second);
        if history.is_limited_by_the_minute() {
            assert_no_more_within(requests, A_MINUTES_REQUESTS, 60_000.0);
        }
    }
}

#[test]
fn a_second_start_finds_every_run_complete_and_publishes_nothing() {
    for history in HISTORIES {
        let run = history.run();
        let ends = || -> BTreeMap<&str, Vec<i64>> {
            let topics = KPI_TOPICS.into_iter().chain(["interactions", "legs", "contacts", "transfers"]);
            topics.map(|topic| (topic, topics::ends(broker::shared(), &run.settings.topic(topic)))).collect()
        };
        let before = ends();
        let platform = history.platform("again", &[]);
        let mut again = run.settings.run_again_at(&platform);
        assert_eq!(again.wait(Duration::from_secs(60)).code(), Some(history.status));
        assert_eq!(ends(), before, "{} was published again", history.name);
        let asked = platform.requests().into_iter().filter(Asked::is_for_data);
        assert_eq!(asked.count(), 0, "what is known of {} was asked for again", history.name);
    }
}
