//! What the demonstration shows at its end: the table, and whether every row is true. Edge: it prints.

use std::collections::BTreeMap;

use super::table::{table, total};
use crate::domain::row::QueueInterval;
use crate::emit::row::RowRecord;
use crate::simulate::comparison::compare;
use crate::simulate::truth::settings::TruthSettings;
use crate::simulate::world::World;

/// Rows by topic, without the prefix.
pub type Rows = BTreeMap<String, Vec<RowRecord>>;

/// Prints the days of all queues, then the half hours of the queue and medium that handled most.
pub fn print_table(rows: &Rows) {
    let of = |topic: &str| -> Vec<&QueueInterval> {
        let queue = |row| match row {
            &RowRecord::Queue(ref row) => Some(row.as_ref()),
            _ => None,
        };
        rows.get(topic).into_iter().flatten().filter_map(queue).collect()
    };
    let mut days = of("kpi.queue.p1d");
    let order = |row: &QueueInterval| (row.interval_start, row.queue_id.clone(), row.media_type);
    days.sort_by_key(|row| order(row));
    println!("\nkpi.queue.p1d\n{}", table(days.iter().copied()));
    let busiest = days.iter().max_by_key(|row| row.handled);
    if let Some(busiest) = busiest {
        let mut half_hours: Vec<&QueueInterval> = of("kpi.queue.pt30m")
            .into_iter()
            .filter(|row| row.queue_id == busiest.queue_id && row.media_type == busiest.media_type)
            .filter(|row| busiest.interval_start <= row.interval_start && row.interval_start < busiest.interval_end)
            .collect();
        half_hours.sort_by_key(|row| row.interval_start);
        println!("kpi.queue.pt30m, the queue, medium and day that handled most\n{}", table(half_hours.into_iter()));
    }
    println!("kpi.queue.pt30m: {}", total(of("kpi.queue.pt30m").into_iter()));
}

/// Compares every row of every topic with the simulator's truth and prints the outcome; `true`: all are equal.
///
/// # Errors
/// When a row cannot be written as JSON, or the simulator does not know a topic.
pub fn compare_with_truth(rows: &Rows, world: &World) -> anyhow::Result<bool> {
    let mut equal = true;
    for (topic, rows) in rows {
        let ours = rows.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>()?;
        let truth: Vec<serde_json::Value> = world.truth(&TruthSettings::of_topic(topic)?).rows().collect();
        let comparison = compare(&ours, &truth);
        println!("{topic}: {comparison}");
        equal &= comparison.equal();
    }
    println!("{}", if equal { "every row equals the truth" } else { "NOT every row equals the truth" });
    Ok(equal)
}
