//! Edge: rules that change at a midnight, with `kpi.rules.change=from-next-day`.

use std::collections::BTreeSet;

use handletime::domain::time::parse_instant;
use handletime::simulate::comparison::compare;
use serde_json::Value;

use crate::support::scene::{Platform, Scene, quoted};

/// The first run reads up to here, so the new rules hold from the midnight after it: a clock that is more than a day ahead
/// says nothing of a past that is being worked off.
const READ_TO: &str = "2026-01-02T00:00:00Z";
const CHANGED_AT: &str = "2026-01-03T00:00:00Z";
const END: &str = "2026-01-06T00:00:00Z";
const TOPICS: [&str; 3] = ["kpi.queue.pt30m", "kpi.agent-total.pt30m", "kpi.org.p1d"];
const NEW_RULES: &str = "&kpi.talk.min.ms=120000&kpi.sla.threshold.ms=20000";

/// A day of five has been read.
fn scene(test: &str) -> (Scene, Platform) {
    let mut scene = Scene::new(test);
    let platform = scene.platform_of(END, "300", "");
    scene.source("extract.end", &quoted(READ_TO));
    scene.run_to_completion().assert_status(0);
    (scene, platform)
}

/// Rows that begin before the midnight, and those that begin at it or later.
fn parted(rows: Vec<Value>) -> (Vec<Value>, Vec<Value>) {
    let changed_at = parse_instant(CHANGED_AT).unwrap();
    rows.into_iter().partition(|row| row["interval_start"].as_i64().unwrap() < changed_at)
}

fn versions(rows: &[Value]) -> BTreeSet<String> {
    rows.iter().map(|row| row["rules_version"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn rows_before_the_midnight_keep_the_old_rules_and_the_days_after_it_have_the_new_ones() {
    let (mut scene, platform) = scene("from-next-day");
    let first = versions(&scene.rows(TOPICS[0]));
    scene.processor("kpi.talk.min.ms", "120000");
    scene.processor("kpi.sla.threshold.ms", "20000");
    scene.processor("kpi.rules.change", &quoted("from-next-day"));
    scene.source("extract.end", &quoted(END));
    scene.run_to_completion().assert_said(0, &["changed rules hold from this midnight on", "2026-01-03T00:00:00.000Z"]);
    for topic in TOPICS {
        let (before, after) = parted(scene.rows(topic));
        let (old, new) = (versions(&before), versions(&after));
        assert_eq!((&old, new.len()), (&first, 1), "{topic}");
        assert!(old.is_disjoint(&new), "{topic}: {new:?}");
        let (true_before, _) = parted(platform.truth(topic));
        let (_, true_after) = parted(platform.truth(&format!("{topic}{NEW_RULES}")));
        for (ours, truth) in [(before, true_before), (after, true_after)] {
            assert!(!truth.is_empty(), "{topic}");
            let comparison = compare(topic, &ours, &truth);
            assert!(comparison.equal(), "{topic}: {comparison}");
        }
    }
}

#[test]
fn a_change_of_what_decides_which_rows_there_are_is_refused_by_name() {
    let (mut scene, _platform) = scene("from-next-day-zone");
    let rows = scene.rows(TOPICS[0]);
    scene.processor("kpi.zone", &quoted("Europe/Berlin"));
    scene.processor("kpi.talk.min.ms", "120000");
    scene.processor("kpi.rules.change", &quoted("from-next-day"));
    let refused = scene.run_to_completion();
    refused.assert_said(1, &["the settings kpi.zone cannot change from the next day on", "handletime replay"]);
    assert_eq!(scene.rows(TOPICS[0]), rows);
}
