//! Edge: history is backfilled by a second pair of connectors beside the pair that is live, into the same topics.

use std::collections::BTreeMap;
use std::time::Duration;

use handletime::avro::schema::AvroRecord;
use handletime::domain::media::Dialect;
use handletime::domain::org_row::{OrgInterval, OrgIntervalKey};
use handletime::domain::row::{QueueInterval, QueueIntervalKey};

use crate::support::checker::records;
use crate::support::settings::{Connectors, Settings, UNTIL_COMPLETE};
use crate::support::simulator::Simulator;
use crate::support::verdict::Truth;

const LIVE: &str = "2026-01-02T00:00:00Z";
/// Longer than any interaction of the simulator.
const LOOKBACK_MS: &str = "86400000";

/// The pair that goes on: the second of the two days, read as far back as what reaches into it.
fn live(test: &str, simulator: &Simulator) -> Settings {
    Settings::new(test, 2, simulator)
        .source("extract.start", LIVE)
        .source("extract.lookback.ms", LOOKBACK_MS)
        .processor("kpi.attribution", "start,completion,apportioned")
}

/// The pair that backfills the day before.
fn history(live: &Settings) -> Settings {
    live.beside("history")
        .source("extract.start", "2026-01-01T00:00:00Z")
        .source("extract.end", LIVE)
        .source("extract.lookback.ms", "0")
        .processor("kpi.range.end", "2026-01-02")
}

/// No revision is published twice or left out, which two writers of a row would do.
fn assert_one_writer<K: AvroRecord + Ord + std::fmt::Debug, V: AvroRecord>(
    settings: &Settings,
    topic: &str,
    revision: impl Fn(&V) -> i32,
) -> usize {
    let mut newest: BTreeMap<K, i32> = BTreeMap::new();
    for (key, row) in records::<K, V>(settings, topic) {
        let revision = revision(&row.expect("a row is never deleted"));
        let before = newest.get(&key).copied();
        assert_eq!(revision, before.map_or(0, |before| before + 1), "{topic} {key:?}");
        newest.insert(key, revision);
    }
    newest.len()
}

#[test]
fn history_is_backfilled_beside_the_live_pair_and_every_row_is_true_and_has_one_writer() {
    let name = "backfill";
    let simulator = Simulator::start(name, Dialect::ConversationDetails, &["--interactions-per-day", "1500"]);
    let live = live(name, &simulator);
    let truth = Truth::of_bases(&simulator, &["completion", "apportioned"]);
    let mut going_on = live.run("backfill-live", Connectors::Both, &[]);
    going_on.wait_for_line("rows claimed", Duration::from_secs(60));

    let history = history(&live);
    let mut backfill = history.run("backfill-history", Connectors::Both, &[UNTIL_COMPLETE]);
    let status = backfill.wait(Duration::from_secs(120)).code();
    assert!(matches!(status, Some(0 | 4)), "{status:?}");
    truth.wait_until_equal(&live, Duration::from_secs(60));

    // A third pair that wants rows of either is refused by name, and leaves both as they are.
    let taken = history.beside("third").processor("kpi.range.end", "2026-01-03");
    let mut refused = taken.run("backfill-third", Connectors::Both, &[]);
    assert_eq!(refused.wait(Duration::from_secs(60)).code(), Some(1));
    let said = refused.stderr();
    assert!(said.contains("pipeline default writes the rows from 2026-01-02T00:00:00.000Z on"), "{said}");
    assert!(said.contains("kpi.range.start and kpi.range.end"), "{said}");
    let mut again = history.run("backfill-again", Connectors::Both, &[UNTIL_COMPLETE]);
    assert_eq!(again.wait(Duration::from_secs(60)).code(), status);

    going_on.terminate();
    assert_eq!(going_on.wait(Duration::from_secs(15)).code(), Some(0));
    truth.assert_equal(&live);
    let mut rows = 0;
    for topic in ["kpi.queue.pt30m", "kpi.queue.p1d.completion", "kpi.queue.pt30m.apportioned"] {
        rows += assert_one_writer::<QueueIntervalKey, QueueInterval>(&live, topic, |row| row.revision);
    }
    for topic in ["kpi.org-total.pt30m", "kpi.org-total.pt30m.completion", "kpi.org-total.p1d.apportioned"] {
        rows += assert_one_writer::<OrgIntervalKey, OrgInterval>(&live, topic, |row| row.revision);
    }
    assert!(500 < rows, "{rows} rows show little");
}

#[test]
fn a_live_pair_is_refused_where_a_backfill_came_first_and_a_range_moves_out_only_to_its_neighbour() {
    let name = "backfill-first";
    let simulator = Simulator::start(name, Dialect::InteractionDetails, &["--interactions-per-day", "500"]);
    let live = live(name, &simulator);
    // Its end was forgotten, so it owns all rows from its start on.
    let endless = history(&live).without("kpi.range.end");
    let mut backfill = endless.run("first-endless", Connectors::Both, &[UNTIL_COMPLETE]);
    assert_eq!(backfill.wait(Duration::from_secs(90)).code(), Some(0));
    let mut refused = live.run("first-refused", Connectors::Both, &[]);
    assert_eq!(refused.wait(Duration::from_secs(60)).code(), Some(1));
    let said = refused.stderr();
    assert!(said.contains("pipeline history writes the rows from 2026-01-01T00:00:00.000Z on"), "{said}");

    // Beside a neighbour an end moves out up to it, and no further.
    let live = self::live("backfill-moves", &simulator)
        .source("extract.start", "2026-01-03T00:00:00Z")
        .source("extract.end", "2026-01-03T12:00:00Z");
    let mut neighbour = live.run("moves-live", Connectors::Both, &[UNTIL_COMPLETE]);
    assert_eq!(neighbour.wait(Duration::from_secs(90)).code(), Some(0));
    let first = history(&live);
    let mut run = first.run("moves-first", Connectors::Both, &[UNTIL_COMPLETE]);
    assert_eq!(run.wait(Duration::from_secs(90)).code(), Some(0));
    let moved = |settings: Settings, day: &str| {
        settings.processor("kpi.range.end", day).source("extract.end", &format!("{day}T00:00:00Z"))
    };
    let further = moved(first, "2026-01-04");
    let mut refused = further.run("moves-further", Connectors::Both, &[]);
    assert_eq!(refused.wait(Duration::from_secs(60)).code(), Some(1));
    assert!(
        refused.stderr().contains("pipeline default writes the rows from 2026-01-03T00:00:00.000Z on"),
        "{}",
        refused.stderr()
    );
    let second = moved(further, "2026-01-03");
    let mut run = second.run("moves-second", Connectors::Both, &[UNTIL_COMPLETE]);
    assert_eq!(run.wait(Duration::from_secs(90)).code(), Some(0));
    let rows = assert_one_writer::<QueueIntervalKey, QueueInterval>(&second, "kpi.queue.p1d", |row| row.revision);
    assert!(0 < rows);
    Truth::of(&simulator).assert_equal(&second);
}
