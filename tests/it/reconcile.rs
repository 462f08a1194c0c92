//! Edge: `handletime reconcile` after a run, undisturbed and after a slice was lost; the platform's own report.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::time::Duration;

use handletime::domain::media::Dialect;
use handletime::domain::reconciliation::{Check, Reconciliation, ReconciliationKey};
use handletime::domain::row::{QueueInterval, QueueIntervalKey};
use handletime::domain::time::{TimeRange, format_instant};
use handletime::domain::watermark::Watermark;

use crate::support::checker::{records, values};
use crate::support::settings::Settings;
use crate::support::simulator::Simulator;
use crate::support::verdict::Truth;

/// One request of the twenty-first slice fails, which no one repeats, and no revisit makes good.
const LOST: &str = "[[rule]]\nstatus = 500\nafter_request = 20\ntimes = 1\n";

fn settings(test: &str, simulator: &Simulator) -> Settings {
    Settings::new(test, 2, simulator).source("extract.revisit.ms", "").source("quota.requests.per.second", "15")
}

/// How many comparisons were published, and the newest of each.
fn reconciled(settings: &Settings) -> (usize, Vec<Reconciliation>) {
    let published = records::<ReconciliationKey, Reconciliation>(settings, "reconciliation");
    for record in published.iter().filter_map(|(_, record)| record.as_ref()) {
        let times = record.basis_handle_ms
            + record.dialing_contacting_ms
            + record.system_hold_ms
            + record.excluded_handle_ms
            + record.late_handle_ms
            + record.mismatch_handle_ms
            + record.unexplained_handle_ms;
        let counts = record.basis_count
            + record.dialing_contacting_count
            + record.excluded_count
            + record.late_count
            + record.unexplained_count;
        assert_eq!((record.difference_count, record.difference_handle_ms), (counts, times), "{record:?}");
    }
    let newest: BTreeMap<_, _> = published.iter().cloned().collect();
    (published.len(), newest.into_values().flatten().collect())
}

#[test]
fn an_undisturbed_run_reconciles_to_the_millisecond() {
    let simulator = Simulator::start("reconcile", Dialect::InteractionDetails, &["--interactions-per-day", "2000"]);
    let settings = settings("reconcile", &simulator);
    assert_eq!(settings.run_until_complete("reconcile").wait(Duration::from_secs(120)).code(), Some(0));
    let (by_itself, before) = reconciled(&settings);
    assert!(0 < by_itself && by_itself == before.len(), "a bounded source compares once before it is complete");
    let mut command = settings.command("reconcile", &[]);
    assert_eq!(command.wait(Duration::from_secs(60)).code(), Some(0));
    assert!(command.stdout().contains(" 0 beyond their tolerance"), "{}", command.stdout());
    let (published, all) = reconciled(&settings);
    assert_eq!((published, all.len()), (2 * by_itself, by_itself), "the command compares the same once more");
    assert!(all.iter().all(|one| (one.unexplained_count, one.unexplained_handle_ms) == (0, 0)));
    let of = |check| all.iter().filter(move |one| one.check == check);
    assert_eq!(of(Check::Volume).count(), 2);
    assert!(of(Check::HandleTime).any(|one| one.excluded_handle_ms != 0));

    let day = ["--from-platform", "--grain", "pt1h", "--from", "2026-01-01T00:00:00Z", "--to", "2026-01-02T00:00:00Z"];
    let mut report = settings.command("report", &day);
    assert_eq!(report.wait(Duration::from_secs(30)).code(), Some(0));
    let said = report.stdout();
    let total = said.lines().last().unwrap().split_whitespace().nth(1).unwrap().to_owned();
    let counted: i64 = of(Check::HandleTime)
        .filter(|one| format_instant(one.interval_start).starts_with("2026-01-01"))
        .map(|one| one.theirs_count)
        .sum();
    assert_eq!((said.lines().count(), total), (26, counted.to_string()), "{said}");
}

#[test]
fn a_host_with_the_guides_aggregates_alone_is_compared_and_reported_in_local_days() {
    let arguments = ["--interactions-per-day", "1000", "--aggregates", "buckets"];
    let simulator = Simulator::start("buckets", Dialect::InteractionDetails, &arguments);
    let settings = settings("buckets", &simulator);
    assert_eq!(settings.run_until_complete("buckets").wait(Duration::from_secs(120)).code(), Some(0));
    let (_, all) = reconciled(&settings);
    let times: Vec<&Reconciliation> = all.iter().filter(|one| one.check == Check::HandleTime).collect();
    assert_eq!(times.len(), 2, "each day, all queues together");
    assert!(times.iter().all(|one| one.queue_name.as_deref() == Some("(all queues)") && one.unexplained_count == 0));
    let mut command = settings.command("reconcile", &[]);
    assert_eq!(command.wait(Duration::from_secs(60)).code(), Some(0));
    assert!(command.stdout().contains("(all queues)"), "{}", command.stdout());

    let of_zone = |zone: &str| {
        let from_to = ["--from", "2026-01-01T12:00:00Z", "--to", "2026-01-01T13:00:00Z"];
        let words: Vec<&str> =
            ["--from-platform", "--grain", "p1d", "--zone", zone].into_iter().chain(from_to).collect();
        let mut report = settings.command("report", &words);
        assert_eq!(report.wait(Duration::from_secs(30)).code(), Some(0), "{}", report.stderr());
        report.stdout().lines().nth(1).unwrap().split_whitespace().map(str::to_owned).collect::<Vec<String>>()
    };
    let (utc, india) = (of_zone("UTC"), of_zone("Asia/Kolkata"));
    assert_eq!((utc[0].as_str(), india[0].as_str()), ("2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00+05:30"));
    assert_eq!(utc[1], times[0].theirs_count.to_string());
    let less: i64 = india[1].parse().unwrap();
    assert!(0 < less && less < times[0].theirs_count, "nothing happened before midnight UTC: {india:?}");
}

#[test]
fn what_a_source_never_noticed_is_held_and_read_again_until_nothing_is_lost() {
    let simulator = Simulator::start("unnoticed", Dialect::InteractionDetails, &["--interactions-per-day", "500"]);
    let narrow = settings("unnoticed", &simulator).source("reconcile.interval.ms", "0");
    // What nobody answered was not asked for, and no count says so.
    let narrow = narrow.source("extract.status.filter", "completed");
    assert_eq!(narrow.run_until_complete("unnoticed-narrow").wait(Duration::from_secs(120)).code(), Some(0));
    assert!(values::<Watermark>(&narrow, "watermarks").pop().unwrap().held.is_empty());

    let settings = narrow.without("extract.status.filter");
    let mut command = settings.command("reconcile", &[]);
    assert_eq!(command.wait(Duration::from_secs(60)).code(), Some(3));
    let said = command.stdout();
    let named = said.lines().filter(|line| line.starts_with("lost: ")).count();
    let asked = said.lines().filter(|line| line.contains("is held and read again")).count();
    assert!(0 < named && named == asked, "{said}");

    assert_eq!(settings.run_until_complete("unnoticed-whole").wait(Duration::from_secs(120)).code(), Some(0));
    let watermarks = values::<Watermark>(&settings, "watermarks");
    assert!(watermarks.iter().any(|watermark| !watermark.held.is_empty()), "it was held meanwhile");
    assert!(watermarks.last().unwrap().held.is_empty());
    Truth::of(&simulator).assert_equal(&settings);
    let mut command = settings.command("reconcile", &[]);
    assert_eq!(command.wait(Duration::from_secs(60)).code(), Some(0), "{}", command.stdout());
}

#[test]
fn a_lost_slice_is_named_with_its_queues_and_its_rows_are_held() {
    let mut script = tempfile::NamedTempFile::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    script.write_all(LOST.as_bytes()).unwrap();
    let arguments = ["--interactions-per-day", "2000", "--faults", script.path().to_str().unwrap()];
    let simulator = Simulator::start("lost", Dialect::InteractionDetails, &arguments);
    let settings = settings("lost", &simulator).source("extract.retries.max", "1");
    let status = settings.run_until_complete("lost").wait(Duration::from_secs(120));
    assert_eq!(status.code(), Some(3), "the slice is dead-lettered");
    let held = values::<Watermark>(&settings, "watermarks").pop().unwrap().held;
    let [lost] = <[TimeRange; 1]>::try_from(held).unwrap();

    let mut command = settings.command("reconcile", &[]);
    assert_eq!(command.wait(Duration::from_secs(60)).code(), Some(3));
    let said = command.stdout();
    let slice = format!("slice [{}, {})", format_instant(lost.from), format_instant(lost.to));
    let line = said.lines().find(|line| line.starts_with("lost: ")).unwrap_or_default();
    assert!(line.contains(&slice) && !line.ends_with("queues "), "{said}");
    assert!(said.contains("is held already"), "{said}");

    let (_, all) = reconciled(&settings);
    let of_slice: Vec<&Reconciliation> =
        all.iter().filter(|one| (one.interval_start, one.interval_end) == (lost.from, lost.to)).collect();
    assert_eq!(of_slice.len(), 1);
    assert!(of_slice[0].check == Check::Volume && of_slice[0].is_beyond() && of_slice[0].ours_count == 0);
    let named: BTreeSet<&str> = of_slice[0].queues.split(',').collect();
    let missing = all.iter().filter(|one| one.check == Check::HandleTime && 0 < one.unexplained_count);
    let missing: BTreeSet<&str> = missing.map(|one| one.queue_id.as_str()).filter(|queue| !queue.is_empty()).collect();
    assert!(!missing.is_empty() && missing.is_subset(&named), "{missing:?} of {named:?}");

    let rows = records::<QueueIntervalKey, QueueInterval>(&settings, "kpi.queue.pt30m");
    let newest: BTreeMap<_, _> = rows.into_iter().collect();
    for row in newest.into_values().flatten() {
        let interval = TimeRange { from: row.interval_start, to: row.interval_end };
        assert_eq!(row.held, lost.intersects(&interval), "{} {}", row.queue_id, format_instant(row.interval_start));
    }
}
