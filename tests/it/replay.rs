//! Edge: rules that change are refused by name, and `replay` makes all rows those of the new ones.

use handletime::simulate::comparison::compare;
use serde_json::Value;

use crate::support::scene::{Ended, LIMIT, Platform, Scene, quoted};

/// Six hours of a history of a day: most of it lies behind the horizon.
const HORIZON_MS: &str = "21600000";
const TOPICS: [&str; 2] = ["kpi.queue.pt30m", "kpi.queue.p1d"];

fn scene(test: &str) -> (Scene, Platform) {
    let mut scene = Scene::new(test);
    let platform = scene.platform("");
    scene.source("extract.revisit.ms", &quoted(""));
    scene.processor("kpi.lateness.horizon.ms", HORIZON_MS);
    scene.processor("kpi.settling.ms", "3600000");
    scene.processor("kpi.leg.length.ms.max", "86400000");
    scene.run_to_completion().assert_status(0);
    (scene, platform)
}

fn assert_true(scene: &Scene, platform: &Platform, rules: &str) {
    for topic in TOPICS {
        let truth = platform.truth(&format!("{topic}&kpi.settling.ms=3600000{rules}"));
        let comparison = compare(topic, &scene.rows(topic), &truth);
        assert!(comparison.equal(), "{topic}: {comparison}");
    }
}

/// Every record of a topic, as key, value and partition.
fn everything(scene: &Scene) -> Vec<Vec<(i32, Option<Vec<u8>>)>> {
    let of = |topic: &&str| scene.records(topic).into_iter().map(|record| (record.partition, record.value)).collect();
    ["interactions", "contributions", "progress", "legs", TOPICS[0], TOPICS[1]].iter().map(of).collect()
}

fn replay(scene: &Scene, arguments: &[&str]) -> Ended {
    Ended::of(scene.start("replay", arguments))
}

#[test]
fn a_replay_makes_the_rows_those_of_the_new_rules_on_both_sides_of_the_horizon() {
    let (mut scene, platform) = scene("replay");
    assert_true(&scene, &platform, "");
    replay(&scene, &["--diff"]).assert_status(0);

    scene.processor("kpi.talk.min.ms", "120000");
    scene.processor("kpi.sla.threshold.ms", "20000");
    let new_rules = "&kpi.talk.min.ms=120000&kpi.sla.threshold.ms=20000";
    let texts = ["kpi.sla.threshold.ms, kpi.talk.min.ms", "handletime replay"];
    scene.run_to_completion().assert_said(1, &texts);

    let before = everything(&scene);
    let differing = replay(&scene, &["--diff"]);
    differing.assert_status(1);
    for text in ["kpi.queue.pt30m: ", " rows differ", "handled: published ", "fields more"] {
        assert!(differing.stdout.contains(text), "not said: {text}\n{}", differing.stdout);
    }
    replay(&scene, &[]).assert_said(2, &["nothing was published", "--yes"]);
    assert_eq!(everything(&scene), before, "a comparison or a refusal published something");

    let replayed = replay(&scene, &["--yes"]);
    replayed.assert_status(0);
    let counted = |after: &str| {
        let text = replayed.stdout.split(after).next().unwrap();
        text.trim_end().rsplit([' ', '\n']).next().unwrap().parse::<u64>().unwrap()
    };
    let (sent, replaced) = (counted("interactions sent again"), counted("rows replaced"));
    assert!(0 < sent && 0 < replaced && sent < 300, "{}", replayed.stdout);
    scene.run_to_completion().assert_status(0);
    assert_true(&scene, &platform, new_rules);
    let corrected = |row: &&Value| row["result"] == "CORRECTED" && row["restatements"].as_i64() >= Some(1);
    let rows = scene.rows(TOPICS[0]);
    assert!(10 < rows.iter().filter(corrected).count() && rows.iter().all(|row| row["held"] == false));
    replay(&scene, &["--diff"]).assert_status(0);
}

#[test]
fn what_cannot_be_replayed_is_refused_with_the_way_out() {
    let (mut scene, _platform) = scene("no-replay");
    let before = everything(&scene);
    let refused = |arguments: &[&str], texts: &[&str]| replay(&scene, arguments).assert_said(2, texts);
    refused(&["--from", "2026-01-01T05:00:00Z"], &["--from must be a midnight of kpi.zone UTC"]);
    refused(
        &["--from", "2025-12-31T00:00:00Z"],
        &["--from 2025-12-31T00:00:00.000Z is outside", "2026-01-01T00:00:00.000Z"],
    );
    refused(&["--pipeline", "nobody"], &["no processor has pipeline.name nobody; there are default"]);
    scene.processor("kpi.talk.min.ms", "120000");
    replay(&scene, &["--yes", "--to", "2026-01-02T00:00:00Z"]).assert_said(2, &["kpi.talk.min.ms", "leave --to out"]);
    scene.processor("kpi.attribution", &quoted("completion"));
    replay(&scene, &["--yes"]).assert_said(2, &["kpi.attribution", "another topic.prefix"]);
    assert_eq!(everything(&scene), before);
    scene.worker("topic.prefix", &quoted("nobody-was-here."));
    replay(&scene, &["--diff"]).assert_said(2, &["there is no topic nobody-was-here."]);
}

#[test]
fn a_replay_beside_a_running_processor_is_refused_and_leaves_it_running() {
    let (mut scene, _platform) = scene("replay-beside");
    let mut running = scene.start("run", &[]);
    // Both rooms have their tasks: two partitions each.
    running.wait_for_line("room=\"legs\" partition=1 records", LIMIT);
    running.wait_for_line("room=\"intervals\" partition=1 records", LIMIT);
    let before = everything(&scene);
    scene.processor("kpi.talk.min.ms", "120000");
    replay(&scene, &["--yes"]).assert_said(1, &["a processor of this pipeline is running: stop it"]);
    assert_eq!(everything(&scene), before);
    assert!(running.ended().is_none(), "the processor ended: {:?}", running.ended());
    running.terminate();
    Ended::of(running).assert_status(0);
    replay(&scene, &["--yes"]).assert_status(0);
}
