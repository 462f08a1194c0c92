//! All tasks on threads of their own reach the end of a bounded source, and stop when asked.

use super::*;
use crate::domain::time::{DAY_MS, parse_instant};
use crate::embedded::driver::Driver;
use crate::timeline::tests::{default_rules_config, flat_row, with};

#[tokio::test]
async fn all_tasks_on_threads_reach_the_closing_watermark_and_stop_when_asked() {
    let mut driver = Driver::new(default_rules_config(), (3, 2), "2024-01-15T00:00:00Z");
    driver.tasks.clear();
    let end = parse_instant("2024-01-16T00:00:00Z").unwrap();
    let shutdown = Shutdown::default();
    let mut supervisor = Supervisor::new(shutdown.clone());
    start(&mut supervisor, &driver.log, &driver.setup, 2, Duration::from_millis(1)).unwrap();
    for at in 0..20 {
        let row = |number: usize| {
            let row = flat_row(&format!("{at}-{number}"), "2024-01-15T10:10:00Z", "2024-01-15T10:20:00Z");
            with(row, |leg| leg.talk_ms = Some(60_000))
        };
        driver.publish(&(0..20).map(row).collect::<Vec<_>>());
    }
    assert!(!is_complete(&driver.log, &driver.setup, end).unwrap());
    driver.close(end);
    for _ in 0..1_000 {
        if is_complete(&driver.log, &driver.setup, end).unwrap() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(is_complete(&driver.log, &driver.setup, end).unwrap());
    assert!(!is_complete(&driver.log, &driver.setup, end + DAY_MS).unwrap());
    let row = driver.row("kpi.queue.pt30m", "Q1", "2024-01-15T10:00:00Z").unwrap();
    assert_eq!((row.handled, row.handle_ms_sum), (400, 24_000_000));
    shutdown.trigger();
    supervisor.join(Duration::from_secs(10)).await.unwrap();
}

#[tokio::test]
async fn a_task_that_cannot_go_on_stops_all_and_says_why() {
    let mut driver = Driver::new(default_rules_config(), (1, 1), "2024-01-15T00:00:00Z");
    driver.run();
    driver.setup.interactions_partitions = 2;
    let mut supervisor = Supervisor::new(Shutdown::default());
    start(&mut supervisor, &driver.log, &driver.setup, 1, Duration::from_millis(1)).unwrap();
    let problem = supervisor.join(Duration::from_secs(10)).await.unwrap_err();
    assert!(problem.contains("interactions has 2 partitions but the state was made with 1"), "{problem}");
}
