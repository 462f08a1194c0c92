//! What is registered is gathered, once, for as long as it runs.

use super::*;
use crate::domain::progress::Room;

fn labels(task: u32) -> SourceLabels {
    SourceLabels { connector: "genesys".to_owned(), task, ..SourceLabels::default() }
}

fn progress(start: InstantMs) -> Arc<SourceProgress> {
    Arc::new(SourceProgress::new(start, None, Arc::default()))
}

#[test]
fn a_source_stands_in_the_registry_until_its_guard_is_dropped() {
    let registry = Registry::default();
    let tasks = |registry: &Registry| -> Vec<(u32, InstantMs)> {
        registry.gather().sources.iter().map(|source| (source.task, source.watermark)).collect()
    };
    let second = registry.source(labels(1), progress(20));
    let first = registry.source(labels(0), progress(10));
    assert_eq!(tasks(&registry), [(0, 10), (1, 20)]);
    let again = registry.source(labels(1), progress(25));
    assert_eq!(tasks(&registry), [(0, 10), (1, 25)], "the newest of two of one name");
    drop(second);
    assert_eq!(tasks(&registry), [(0, 10), (1, 25)]);
    drop(again);
    drop(first);
    assert_eq!(tasks(&registry), []);
}

#[test]
fn tasks_that_share_a_board_are_one_processor_until_the_last_has_gone() {
    let (registry, board) = (Registry::default(), Board::default());
    board.began((Room::Legs, 0), 5, Some(7));
    let guards = [registry.board("kpi", "default", &board), registry.board("kpi", "default", &board)];
    let other = registry.board("kpi", "history", &Board::default());
    let processors = |registry: &Registry| -> Vec<(String, usize)> {
        registry.gather().processors.into_iter().map(|one| (one.pipeline, one.tasks.len())).collect()
    };
    assert_eq!(processors(&registry), [("default".to_owned(), 1), ("history".to_owned(), 0)]);
    let [first, second] = guards;
    drop(first);
    assert_eq!(processors(&registry).len(), 2);
    drop(second);
    assert_eq!(processors(&registry), [("history".to_owned(), 0)]);
    drop(other);
    assert_eq!(processors(&registry), []);
}

#[test]
fn two_boards_of_one_name_are_shown_as_one_processor() {
    let (registry, ending, new) = (Registry::default(), Board::default(), Board::default());
    ending.began((Room::Legs, 0), 5, None);
    ending.began((Room::Legs, 1), 5, None);
    new.began((Room::Legs, 0), 9, None);
    let _guards = [registry.board("kpi", "default", &ending), registry.board("kpi", "default", &new)];
    let vitals = registry.gather();
    let [processor] = vitals.processors.as_slice() else { unreachable!("{vitals:?}") };
    let tasks: Vec<_> = processor.tasks.iter().map(|task| (task.partition, task.input_offset)).collect();
    assert_eq!(tasks, [(0, 9), (1, 5)]);
}

#[test]
fn whoever_tells_of_connectors_may_use_the_registry() {
    let registry = Registry::default();
    registry.worker("127.0.0.1:8083", "abc");
    let again = registry.clone();
    registry.connectors(Box::new(move || {
        let _guard = again.source(labels(0), progress(0));
        vec![ConnectorVitals { name: "genesys".to_owned(), ..ConnectorVitals::default() }]
    }));
    let vitals = registry.gather();
    assert_eq!((vitals.worker_id.as_str(), vitals.config_hash.as_str()), ("127.0.0.1:8083", "abc"));
    assert_eq!((vitals.connectors.len(), vitals.sources.len()), (1, 0));
    assert!(vitals.schemas["QueueInterval"].len() == 16 && vitals.started_at <= vitals.at);
}

/// The longest look at a process as large as one gets, and with room for a slow machine.
#[test]
fn a_look_at_many_tasks_takes_a_few_milliseconds() {
    let (registry, board) = (Registry::default(), Board::default());
    for partition in 0..500 {
        board.began((Room::Legs, partition), 5, None);
        board.began((Room::Intervals, partition), 5, None);
    }
    let _processor = registry.board("kpi", "default", &board);
    let _sources: Vec<Guard> = (0..50).map(|task| registry.source(labels(task), progress(0))).collect();
    let shortest = (0..20).map(|_| {
        let began = std::time::Instant::now();
        assert_eq!(registry.gather().processors[0].tasks.len(), 1_000);
        began.elapsed()
    });
    let shortest = shortest.min().unwrap_or_default();
    assert!(shortest < std::time::Duration::from_millis(50), "{shortest:?}");
}
