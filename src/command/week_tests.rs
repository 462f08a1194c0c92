//! A seeded week by each dialect, over the in-process log: every record equals the truth of what the dialect can say. Edge.
//!
//! Simulator, source and processor are the real ones; there is no broker. Both runs of a dialect read the same week.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use super::demo_page::Page;
use super::demo_run;
use super::demo_topics::{self, Store, Topics};
use super::fixture::{Platform, ToldTasks, Truths, assert_no_row_flaps, publisher};
use crate::cli::SimulatedDialect;
use crate::config::Settings;
use crate::config::typed::{RevisitDialect, SourceConfig};
use crate::domain::interaction::Interaction;
use crate::domain::media::Dialect;
use crate::domain::time::{DAY_MS, HOUR_MS, InstantMs, TimeRange, parse_instant};
use crate::embedded::log::Log;
use crate::extract::revisit::{Due, Fresh, RevisitRules, Waiting, floor_second};
use crate::extract::source_offset::SourceOffset;
use crate::extract::task::SourceTask;
use crate::publish::contract::{Publication, Publish};
use crate::publish::encode::read_offset;
use crate::runtime::shutdown::Shutdown;
use crate::simulate::clock::Clock;
use crate::simulate::conversation::model::{Conversation, Next, Target, VisitEnd};
use crate::simulate::conversation::shape::Shape;
use crate::simulate::conversation::world::ConversationWorld;
use crate::simulate::row::{Kind, Outcome};
use crate::simulate::server::{History, SimulatorOptions};
use crate::simulate::world::World;
use crate::status::vitals::Vitals;
use crate::topology::record::topic;

const SEED: u64 = 22;
const DAYS: u32 = 7;
/// So few that a week is read in seconds, and so many that every case is among them, which a test sees to.
const INTERACTIONS: u64 = 840;

fn range() -> TimeRange {
    let from = parse_instant("2026-01-01T00:00:00Z").unwrap();
    TimeRange { from, to: from + i64::from(DAYS) * DAY_MS }
}

fn rows() -> Arc<World> {
    static WORLD: OnceLock<Arc<World>> = OnceLock::new();
    let drawn = || World::exactly(SEED, range().from, DAYS, INTERACTIONS).unwrap().with_restatements();
    Arc::clone(WORLD.get_or_init(|| Arc::new(drawn())))
}

fn conversations() -> Arc<ConversationWorld> {
    static WORLD: OnceLock<Arc<ConversationWorld>> = OnceLock::new();
    let drawn = || ConversationWorld::exactly(SEED, range().from, DAYS, INTERACTIONS).unwrap().with_restatements();
    Arc::clone(WORLD.get_or_init(|| Arc::new(drawn())))
}

/// The week as a dialect tells it, with everything that makes a platform hard to read: late wrap-ups, e-mails that are
/// opened again, records that are corrected two days later.
fn week(dialect: SimulatedDialect) -> &'static Truths {
    static WEEKS: [OnceLock<Truths>; 5] = [const { OnceLock::new() }; 5];
    let (place, history): (usize, fn() -> History) = match dialect {
        SimulatedDialect::InteractionDetails => (0, || History::Rows(rows())),
        SimulatedDialect::ReportQueries => (1, || History::Reports(rows())),
        SimulatedDialect::InteractionEvents => (2, || History::Conversations(conversations(), Shape::Events)),
        SimulatedDialect::ConversationMetrics => (3, || History::Conversations(conversations(), Shape::Metrics)),
        SimulatedDialect::ConversationDetails | SimulatedDialect::ConversationJobs => {
            (4, || History::Conversations(conversations(), Shape::Details))
        }
    };
    WEEKS[place].get_or_init(|| Truths::of(history()))
}

/// Pages so small that slices have several of them, and a source that never waits.
fn hurried(settings: &mut Settings) {
    for source in &mut settings.sources {
        source.slice_ms = 6 * HOUR_MS;
        source.page_size = 20;
        source.poll_interval = Duration::from_millis(2);
    }
    for processor in &mut settings.processors {
        // Few and large transactions: a row is written once or twice, not with every leg.
        processor.transaction_interval = Duration::from_secs(2);
    }
}

/// Everything has happened when it is read: what the answers say in the end is the truth.
async fn settled_week(dialect: SimulatedDialect, to_inclusive: bool) {
    let (week, began) = (week(dialect), Instant::now());
    let options = SimulatorOptions { to_inclusive, metrics_page: 20, ..SimulatorOptions::default() };
    let mut platform = Platform::start(week.history.clone(), options).await;
    let mut settings = platform.settings(dialect, range());
    hurried(&mut settings);
    let (supervisor, shutdown) = (&mut platform.supervisor, platform.shutdown.clone());
    let mut page = Page::default();
    let topics = demo_run::in_process(&settings, range().to, &mut page, supervisor, &shutdown).await.unwrap().unwrap();
    assert_numbers(&page.registry.gather(), &topics);
    platform.stop().await;
    let compared = week.assert_of(dialect, &topics);
    assert!(5_000 < compared, "{}: {compared} records are too few to prove anything", dialect.word());
    println!("{}: {compared} records in {:?}", dialect.word(), began.elapsed());
}

/// What was processed is what the page and the metrics count: every written row of every topic, and nothing is left.
fn assert_numbers(vitals: &Vitals, topics: &Topics) {
    let [source] = &vitals.sources[..] else { panic!("{:#?}", vitals.sources) };
    assert!(source.complete && 0 < source.interactions && 0 < source.requests && 0 < source.body_bytes, "{source:#?}");
    let [processor] = &vitals.processors[..] else { panic!("{:#?}", vitals.processors) };
    let written: usize = topics.rows.values().map(Vec::len).sum();
    assert!(written as u64 <= processor.rows.values().sum(), "{:?}", processor.rows);
    assert!(0 < processor.commit_latency.count && 0 < processor.decisions.values().sum::<u64>(), "{processor:#?}");
    assert!(processor.tasks.iter().all(|task| 0 < task.committed && task.watermark.is_some()), "{processor:#?}");
}

/// How far the platform's clock goes on at a time.
const STAGE_MS: i64 = 6 * HOUR_MS;

/// The week as it happens, with rows that stand on two pages. The source is started anew at each stage, and every stage
/// is processed by itself: what a row says after each of them is a revision, where it is something else.
async fn week_as_it_happens(dialect: SimulatedDialect, to_inclusive: bool, again: Option<Dialect>) {
    // One small leak a test: the clock is told to a server that may outlive the test's own frame.
    let clock: &'static AtomicI64 = Box::leak(Box::new(AtomicI64::new(range().from)));
    // Where a lake tells of revisits, it is behind.
    let lag_ms = if again.is_some() { 3 * HOUR_MS } else { 0 };
    let options = SimulatorOptions {
        to_inclusive,
        metrics_page: 20,
        overlapping_pages: true,
        cut_at_until: true,
        clock: Clock::Set(clock),
        // The clock stands still while a query runs.
        query_ms_max: 0,
        availability_lag_ms: lag_ms,
        ..SimulatorOptions::default()
    };
    let (week, began) = (week(dialect), Instant::now());
    let what = format!("{}{}", dialect.word(), again.map_or(String::new(), |again| format!(" and {}", again.word())));
    let platform = Platform::start(week.history.clone(), options).await;
    let mut settings = platform.settings(dialect, range());
    hurried(&mut settings);
    settings.sources[0].revisit_dialect =
        again.map(|again| RevisitDialect { dialect: again, page_size: 100, from_age_ms: 0 });
    let (log, source) = (Log::new(4, 4), &settings.sources[0]);
    let mut tasks = ToldTasks::take_over(&log, &settings);
    let last = range().to + 30 * DAY_MS;
    for now in (range().from..range().to + 5 * DAY_MS).step_by(STAGE_MS as usize).chain([last]) {
        clock.store(now, Ordering::Release);
        let task = SourceTask::new(source, publisher(&log, source)).unwrap();
        let (progress, stop) = (task.progress(), Shutdown::default());
        let running = tokio::spawn(task.run(stop.clone()));
        while !(if now == last {
            progress.snapshot().settled
        } else {
            nothing_is_due(&log, source, (now, now - lag_ms))
        }) {
            let stage = format!("{what} at {now}: {:?}", progress.snapshot());
            assert!(!running.is_finished() && began.elapsed() < Duration::from_secs(400), "{stage}");
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
        stop.trigger();
        running.await.unwrap().unwrap();
        tasks.work();
    }
    platform.stop().await;
    let topics = demo_topics::read(&settings, &Store::InProcess(log.clone())).unwrap();
    week.assert_of(dialect, &topics);
    let revised = assert_no_row_flaps(&what, &log, &settings);
    assert!(100 < revised, "{what}: {revised} rows were revised, too few to prove anything");
    if let Some(again) = again {
        assert_the_same_facts_change_nothing(&log, source, again, &mut tasks);
    }
    println!("{what}: {:?}", began.elapsed());
}

/// The other dialect says all of it once more, later: no row and no contact is published again. (Legs and transfers are: they
/// bear the version of the reading.)
fn assert_the_same_facts_change_nothing(log: &Log, source: &SourceConfig, by: Dialect, tasks: &mut ToldTasks) {
    let codec = crate::avro::Codec::<Interaction>::default();
    let (mut newest, mut tellers) = (BTreeMap::new(), BTreeMap::<Dialect, usize>::new());
    crate::embedded::rows::each(log, topic::INTERACTIONS, |_, value| {
        let read = codec.read_framed(value.unwrap_or_default())?;
        *tellers.entry(read.source).or_default() += 1;
        newest.insert(read.interaction_id.clone(), read);
        Ok(())
    })
    .unwrap();
    println!("readings: {tellers:?}");
    assert!(tellers.values().all(|readings| 100 < *readings) && tellers.len() == 2, "{tellers:?}");
    let ends = || -> BTreeMap<String, Vec<i64>> {
        let topics = log.topics().into_iter().filter(|name| name.starts_with("kpi.") || name == topic::CONTACTS);
        let of = |name: &String| (0..log.partitions(name)).map(|partition| log.end_offset(name, partition)).collect();
        topics.map(|name| (name.clone(), of(&name))).collect()
    };
    let before = ends();
    let again = newest.into_values().map(|read| Interaction { source: by, version: read.version + 1, ..read });
    let mut publisher = publisher(log, source);
    publisher.claim().unwrap();
    let interactions = again.collect();
    publisher.publish(&Publication { interactions, offset: "{}".to_owned(), ..Publication::default() }).unwrap();
    tasks.work();
    assert_eq!(ends(), before, "{} said nothing new", by.word());
}

/// Whether a source has read everything that it can at the platform's instant `now`, by its stored offset; its revisits
/// know of nothing after `reach`.
fn nothing_is_due(log: &Log, source: &SourceConfig, (now, reach): (InstantMs, InstantMs)) -> bool {
    let end = log.end_offset(topic::OFFSETS, 0);
    let records = log.read(topic::OFFSETS, 0, 0, usize::try_from(end).unwrap());
    let Some(value) = records.last().and_then(|record| record.value.as_deref()) else { return false };
    let offset = SourceOffset::from_json(&read_offset(value).unwrap().0).unwrap();
    let rules = RevisitRules {
        ages_ms: source.revisit_ms.clone(),
        slice_ms: source.slice_ms,
        poll_ms: source.poll_interval.as_millis() as i64,
        leg_length_ms_max: source.leg_length_ms_max,
    };
    let to = range().to;
    let is_read = to.min(floor_second(now - source.freshness_delay_ms)) <= offset.cursor;
    let fresh = Fresh { cursor: offset.cursor, finished_at: (to <= offset.cursor).then_some(now) };
    let due = rules.due(&offset, fresh, &|_| reach, Waiting { paused: &BTreeMap::new(), served: None });
    is_read && offset.slice.is_none() && offset.again.is_none() && !matches!(due, Due::Read { .. })
}

/// What is not in the week is not tested: each medium, each end of a visit, each way to go on, each restatement.
#[test]
fn the_week_has_every_case() {
    let (rows, after) = (rows(), 10 * HOUR_MS);
    let told: Vec<_> = rows.rows(range(), None).collect();
    let kinds: BTreeSet<Kind> = told.iter().map(|row| row.kind).collect();
    assert_eq!(kinds.len(), 8, "{kinds:?}");
    assert!(told.iter().any(|row| row.outcome == Outcome::Abandoned));
    let other = |row: &&&_, at| rows.told(row, Some(at)).unwrap().0.as_ref() != **row;
    let corrected = told.iter().filter(|row| other(row, row.end + after)).count();
    let opened = told.iter().filter(|row| other(row, (row.start + row.end) / 2)).count();
    assert!(5 < corrected && 2 < opened, "{corrected} corrected, {opened} opened again");

    let conversations = conversations();
    let mut cases: BTreeMap<String, usize> = BTreeMap::new();
    for told in conversations.told(range(), None) {
        cases_of(told).into_iter().for_each(|case| *cases.entry(case).or_default() += 1);
    }
    println!("{cases:?}");
    let all = [
        "Voice",
        "Callback",
        "Chat",
        "Email",
        "Message",
        "answered",
        "abandoned",
        "flow out",
        "no agent",
        "several legs",
        "late wrap-up",
        "wrap-up first",
        "no wrap-up",
        "conference",
        "to a queue at once",
        "to an agent at once",
        "to an agent after a talk",
        "to nothing",
        "opened again",
        "corrected",
    ];
    let missing: Vec<&str> = all.into_iter().filter(|case| !cases.contains_key(*case)).collect();
    assert!(missing.is_empty(), "no conversation is {missing:?}: {cases:?}");
}

fn cases_of(told: &Conversation) -> BTreeSet<String> {
    let mut cases = BTreeSet::from([format!("{:?}", told.kind)]);
    let mut add = |is: bool, case: &str| if is { cases.insert(case.to_owned()) } else { false };
    for visit in &told.visits {
        add(matches!(visit.end, VisitEnd::Answered(_)), "answered");
        add(visit.end == VisitEnd::Abandoned, "abandoned");
        add(visit.end == VisitEnd::FlowOut, "flow out");
    }
    add(told.sessions.is_empty(), "no agent");
    add(1 < told.sessions.len(), "several legs");
    for session in &told.sessions {
        add(session.wrap.is_some_and(|wrap| wrap.known_at.is_some()), "late wrap-up");
        add(session.wraps_first(), "wrap-up first");
        add(session.talked() && session.wrap.is_none(), "no wrap-up");
        add(session.conference, "conference");
    }
    for transfer in &told.transfers {
        let to = if matches!(transfer.to, Target::Queue(_)) { "to a queue" } else { "to an agent" };
        let how = if transfer.consult { "after a talk" } else { "at once" };
        add(true, &format!("{to} {how}"));
        add(transfer.next == Next::Nothing, "to nothing");
    }
    add(told.earlier.is_some() && told.kind == Kind::Email, "opened again");
    add(told.earlier.is_some() && told.kind != Kind::Email, "corrected");
    cases
}

/// One line a dialect: the tests' names, and whether the server takes `to` as included.
macro_rules! weeks {
    ($($settled:ident, $happening:ident: $dialect:ident, $to_inclusive:literal;)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $settled() {
            settled_week(SimulatedDialect::$dialect, $to_inclusive).await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $happening() {
            week_as_it_happens(SimulatedDialect::$dialect, !$to_inclusive, None).await;
        }
    )*};
}

weeks! {
    a_week_of_flat_rows_is_true, a_week_of_flat_rows_is_true_as_it_happens: InteractionDetails, true;
    a_week_of_events_is_true, a_week_of_events_is_true_as_it_happens: InteractionEvents, true;
    a_week_of_conversations_is_true, a_week_of_conversations_is_true_as_it_happens: ConversationDetails, false;
    a_week_of_agents_metrics_is_true, a_week_of_agents_metrics_is_true_as_it_happens: ConversationMetrics, true;
    a_week_of_reports_is_true, a_week_of_reports_is_true_as_it_happens: ReportQueries, true;
    a_week_of_jobs_is_true, a_week_of_jobs_is_true_as_it_happens: ConversationJobs, false;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_week_that_two_dialects_tell_is_true_as_it_happens_and_neither_takes_back_what_the_other_says() {
    week_as_it_happens(SimulatedDialect::ConversationDetails, true, Some(Dialect::ConversationJobs)).await;
}
