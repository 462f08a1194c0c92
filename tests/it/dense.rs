//! Edge: dense mode, in which silence has rows too.

use std::collections::BTreeSet;

use handletime::simulate::comparison::compare;
use serde_json::Value;

use crate::support::scene::{Scene, quoted};

#[test]
fn a_quiet_queue_of_dense_keys_has_a_final_row_of_zeros_for_every_half_hour_of_its_day() {
    let mut scene = Scene::new("dense");
    let platform = scene.platform("");
    scene.processor("kpi.dense.enabled", "true");
    scene.processor("kpi.dense.keys", &quoted("nobody-calls:voice"));
    scene.run_to_completion().assert_status(0);
    for (topic, in_a_day) in [("kpi.queue.pt30m", 48), ("kpi.queue.p1d", 1)] {
        let rows = scene.rows(topic);
        let quiet: Vec<&Value> = rows.iter().filter(|row| row["queue_id"] == "nobody-calls").collect();
        let starts: BTreeSet<i64> = quiet.iter().map(|row| row["interval_start"].as_i64().unwrap()).collect();
        assert_eq!((quiet.len(), starts.len()), (in_a_day, in_a_day), "{topic}");
        for row in quiet {
            assert_eq!((&row["media_type"], &row["result"]), (&Value::from("VOICE"), &Value::from("FINAL")), "{row}");
            for figure in ["offered", "answered", "abandoned", "handled", "handle_ms_sum", "wait_ms_sum", "wrap_ms_sum"]
            {
                assert_eq!(row[figure], 0, "{figure} of {row}");
            }
            assert_eq!(row["aht_ms"], Value::Null, "{row}");
        }
        let truth = platform.truth(&format!("{topic}&kpi.dense.enabled=true&kpi.dense.keys=nobody-calls:voice"));
        assert_eq!(rows.len(), truth.len(), "{topic}");
        let comparison = compare(topic, &rows, &truth);
        assert!(comparison.equal(), "{topic}: {comparison}");
    }
}
