//! What jobs answered beside the synchronous count, aggregates of the guide's shape, and a comparison at the end for which
//! no processor gets on. Edge: HTTP over the loopback interface.

use std::sync::Arc;

use chrono_tz::Tz;

use super::collect::{Collect, OurSide, Wanted};
use super::compare::{Comparison, compare};
use super::contract::{Processed, ReadOurs};
use super::run_tests::{Case, Stage, compared, conversations, days, handle_times, rows};
use crate::avro::Codec;
use crate::config::typed::{AggregatesShape, RevisitDialect, SourceConfig};
use crate::domain::interaction::Interaction;
use crate::domain::media::Dialect;
use crate::domain::reconciliation::{Check, Reconciliation};
use crate::domain::slice::{SliceState, SliceStatus};
use crate::domain::time::{DAY_MS, DurationMs, HOUR_MS, TimeRange};
use crate::embedded::rows::each;
use crate::simulate::conversation::shape::Shape;
use crate::simulate::server::{History, SimulatorOptions};
use crate::topology::record::topic;

/// The age at which jobs read again.
const AGE_MS: DurationMs = DAY_MS;

fn of(found: &Comparison, check: Check) -> Vec<&Reconciliation> {
    found.records.iter().filter(|one| one.check == check).collect()
}

fn range(one: &Reconciliation) -> TimeRange {
    TimeRange { from: one.interval_start, to: one.interval_end }
}

fn told() -> History {
    History::Conversations(conversations(), Shape::Details)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_says_it_is_done_and_lacks_conversations_is_found_by_both_counts() {
    let slice_ms = 6 * HOUR_MS;
    // The third of four slices of the first day.
    let script = "[[rule]]\nkind = \"query\"\nfate = \"short\"\nafter_request = 2\ntimes = 1\n";
    let case = Case::of(told(), "conversation-jobs").failing(script);
    let found = compared(case.with(&format!("extract.slice.ms = {slice_ms}\nextract.query.poll.ms = 5"))).await;
    let short = TimeRange { from: days().from + 2 * slice_ms, to: days().from + 3 * slice_ms };
    let [lost] = &found.lost[..] else { panic!("{:?}", found.lost) };
    assert_eq!(lost.slice, short);
    // About two fifths of the slice.
    assert!((lost.theirs / 4..lost.theirs / 2).contains(&lost.missing), "{lost:?}");
    for check in [Check::Volume, Check::JobCount] {
        let said: Vec<_> = of(&found, check).into_iter().map(|one| (range(one), one.difference_count)).collect();
        let day =
            |number: i64| TimeRange { from: days().from + number * DAY_MS, to: days().from + (number + 1) * DAY_MS };
        assert_eq!(said, [(short, lost.missing), (day(0), lost.missing), (day(1), 0)], "{check:?}");
    }
    assert!(of(&found, Check::JobCount).iter().all(|one| one.is_beyond() == (range(one).from < days().from + DAY_MS)));
}

/// Reads all by details, and lets jobs have read `by_jobs` of it again, in slices of `slice_ms` up to `to`.
fn read_again(stage: &Stage, by_jobs: impl Fn(&Interaction) -> bool, slice_ms: DurationMs, to: i64) -> OurSide {
    let mut all = Collect::new(Wanted { org_id: "acme".to_owned(), range: days(), rules: None });
    let (interactions, slices) = (Codec::<Interaction>::default(), Codec::<SliceStatus>::default());
    each(&stage.log, topic::INTERACTIONS, |key, value| {
        all.interaction(key, value)?;
        let Some(value) = value else { return Ok(()) };
        let read = interactions.read_framed(value)?;
        if by_jobs(&read) {
            let again = Interaction { source: Dialect::ConversationJobs, ..read };
            all.interaction(key, Some(&interactions.framed(&again)?))?;
        }
        Ok(())
    })
    .unwrap();
    let mut from = days().from;
    while from < to {
        let slice = SliceStatus {
            org_id: "acme".to_owned(),
            source_partition: "conversation-details".to_owned(),
            from,
            to: from + slice_ms,
            revisit_ms: AGE_MS,
            state: SliceState::Done,
            pages: 1,
            rows: 1,
            open_rows: 0,
            native_count: None,
            variance: None,
            attempts: 1,
            windows: None,
            last_error_class: None,
            written_at: 0,
        };
        all.slice(Some(&slices.framed(&slice).unwrap())).unwrap();
        from += slice_ms;
    }
    all.finish()
}

#[tokio::test(flavor = "multi_thread")]
async fn revisits_by_jobs_are_counted_by_what_the_jobs_answered_and_only_where_they_were_asked() {
    let stage = Stage::start(Case::of(told(), "conversation-details").bounded()).await;
    stage.until_complete().await;
    let by_jobs = |config| SourceConfig {
        revisit_dialect: Some(RevisitDialect { dialect: Dialect::ConversationJobs, page_size: 1_000, from_age_ms: 0 }),
        revisit_ms: vec![AGE_MS],
        ..config
    };
    let platform = stage.platform(by_jobs);
    let found = async |side: &OurSide| compare(&platform, side, "acme", days(), HOUR_MS).await.unwrap();
    let quarter = TimeRange { from: days().from + 12 * HOUR_MS, to: days().from + 18 * HOUR_MS };
    // Jobs have answered nothing of an afternoon, which details had read before.
    let whole = read_again(&stage, |read| !quarter.contains(read.start), 6 * HOUR_MS, days().to);
    let short = found(&whole).await;
    assert!(short.lost.is_empty(), "everything was read");
    assert!(of(&short, Check::Volume).iter().all(|one| one.difference_count == 0));
    let said: Vec<_> = of(&short, Check::JobCount).into_iter().map(|one| (range(one), one.is_beyond())).collect();
    let day = |number: i64| TimeRange { from: days().from + number * DAY_MS, to: days().from + (number + 1) * DAY_MS };
    assert_eq!(said, [(quarter, true), (day(0), true), (day(1), false)]);
    let of_day = of(&short, Check::JobCount)[1];
    let missing = conversations().told(quarter, None).count() as i64;
    assert_eq!((of_day.difference_count, of_day.theirs_count - of_day.ours_count), (missing, missing));
    // One of forty is let pass.
    let most = read_again(&stage, |read| !read.interaction_id.starts_with("00"), 6 * HOUR_MS, days().to);
    assert!(of(&found(&most).await, Check::JobCount).iter().all(|one| !one.is_beyond()));
    // Jobs were asked for one day and a half, or for nothing.
    let part = found(&read_again(&stage, |_| true, 6 * HOUR_MS, days().from + 36 * HOUR_MS)).await;
    assert_eq!(of(&part, Check::JobCount).len(), 1);
    assert!(part.notes.iter().any(|note| note.contains("jobs have read a part of it")), "{:?}", part.notes);
    let nothing = found(&read_again(&stage, |_| false, 6 * HOUR_MS, days().from)).await;
    assert!(of(&nothing, Check::JobCount).is_empty() && nothing.notes.len() == 1, "{:?}", nothing.notes);
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn report_queries_are_checked_by_their_own_count_by_asking_again_and_by_the_synchronous_count() {
    let slice_ms = 6 * HOUR_MS;
    // The first query says how many rows it has, and has fewer: it is asked for again, and then has them.
    let script = "[[rule]]\nkind = \"query\"\nfate = \"short\"\ntimes = 1\n";
    let case = Case::of(History::Reports(rows()), "report-queries").failing(script);
    let found = compared(case.with(&format!("extract.slice.ms = {slice_ms}\nextract.query.poll.ms = 5"))).await;
    assert!(found.lost.is_empty() && found.notes.is_empty(), "{:?} {:?}", found.lost, found.notes);
    let volumes: Vec<_> = of(&found, Check::Volume).iter().map(|one| (one.ours_count, one.theirs_count)).collect();
    let day = |from: i64| rows().rows(TimeRange { from, to: from + DAY_MS }, None).count() as i64;
    assert_eq!(volumes, [days().from, days().from + DAY_MS].map(|from| (day(from), day(from))));
    let jobs: Vec<_> = of(&found, Check::JobCount);
    assert_eq!(jobs.len(), 2);
    for one in jobs {
        // Conversations, of which transfers make several rows.
        assert!(0 < one.theirs_count && one.theirs_count < day(one.interval_start) && !one.is_beyond(), "{one:#?}");
        assert!(one.difference_count.abs() <= 5, "{one:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_has_the_guides_aggregates_alone_is_compared_as_a_whole() {
    let only = |case: Case| Case {
        options: SimulatorOptions { aggregates: Some(AggregatesShape::Buckets), ..case.options },
        ..case
    };
    let found = compared(only(Case::of(rows(), "interaction-details"))).await;
    assert!(found.lost.is_empty() && found.notes.is_empty(), "{:?} {:?}", found.lost, found.notes);
    let times = handle_times(&found);
    assert_eq!(times.len(), 2);
    for one in times {
        assert_eq!((one.queue_id.as_str(), one.queue_name.as_deref()), ("", Some("(all queues)")));
        assert!(300 < one.theirs_count && one.excluded_count != 0, "{one:#?}");
        assert_eq!((one.unexplained_count, one.unexplained_handle_ms), (0, 0), "{one:#?}");
    }
    // A shape that is set and not served is said, and the volume is compared all the same.
    let set = only(Case::of(rows(), "interaction-details")).with("genesys.aggregates = \"metrics\"");
    let found = compared(set).await;
    assert!(handle_times(&found).is_empty() && of(&found, Check::Volume).len() == 2);
    assert!(found.notes.iter().any(|note| note.starts_with("handle times are not checked")), "{:?}", found.notes);
}

/// A side whose processor stands still.
#[derive(Debug)]
struct Still;

impl ReadOurs for Still {
    fn zone(&self) -> Tz {
        Tz::UTC
    }

    fn processed(&self) -> Result<Processed, String> {
        Ok(Processed { to: days().from, closed: false })
    }

    fn read(&self, _: TimeRange) -> Result<OurSide, String> {
        Err("it must not be read".to_owned())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_ends_does_not_wait_for_ever_for_a_processor_that_stands_still() {
    let case = Case { ours: Some(Arc::new(Still)), ..Case::of(rows(), "interaction-details") };
    let stage = Stage::start(case.with("reconcile.interval.ms = 200").bounded()).await;
    stage.until_complete().await;
    let snapshot = stage.progress.snapshot();
    assert_eq!((snapshot.compared, snapshot.comparisons_failed), (0, 0));
    assert!(stage.published().is_empty());
    stage.stop().await;
}
