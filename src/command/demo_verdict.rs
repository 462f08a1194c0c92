//! What the demonstration shows at its end: the table, how often rows were revised, whether every record is true. Edge:
//! it prints.

use serde_json::Value;

use super::demo_topics::Topics;
use super::table::{table, total};
use crate::domain::row::QueueInterval;
use crate::emit::revised::Revised;
use crate::emit::row::RowRecord;
use crate::simulate::comparison::compare;
use crate::simulate::server::History;
use crate::simulate::truth::settings::TruthSettings;

/// Prints the days of all queues, then the half hours of the queue and medium that handled most.
pub fn print_table(topics: &Topics) {
    let of = |topic: &str| -> Vec<&QueueInterval> {
        topics.rows.get(topic).into_iter().flatten().filter_map(RowRecord::as_queue).collect()
    };
    let mut days = of("kpi.queue.p1d");
    let order =
        |row: &QueueInterval| (row.interval_start, row.queue_name.clone(), row.queue_id.clone(), row.media_type);
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

/// Prints how many revisions the rows of each topic have had.
pub fn print_revisions(topics: &Topics) {
    println!();
    for (topic, rows) in &topics.rows {
        let revised: Revised = rows.iter().map(RowRecord::revisions).collect();
        println!("{topic}: {revised}");
    }
}

/// Compares every record of every topic with the simulator's truth and prints the outcome; `true`: all are equal.
///
/// # Errors
/// When a row cannot be written as JSON, or the simulator does not know a topic.
pub fn compare_with_truth(topics: &Topics, history: &History) -> anyhow::Result<bool> {
    let mut equal = true;
    let mut one = |topic: &str, ours: &[Value]| -> anyhow::Result<()> {
        let truth: Vec<Value> = history.truth(&TruthSettings::of_topic(topic)?).rows().collect();
        let comparison = compare(topic, ours, &truth);
        println!("{topic}: {comparison}");
        equal &= comparison.equal();
        Ok(())
    };
    for (topic, rows) in &topics.rows {
        one(topic, &rows.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>()?)?;
    }
    for (topic, records) in &topics.others {
        one(topic, records)?;
    }
    println!("{}", if equal { "every record equals the truth" } else { "NOT every record equals the truth" });
    Ok(equal)
}
