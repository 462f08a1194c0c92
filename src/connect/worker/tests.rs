//! Edge: a worker over a ledger that notes whether it is asked.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::command::pipeline::worker_at;
use crate::config::secret::Secret;
use crate::config::section::{Entry, Section};
use crate::connect::book::Book;
use crate::connect::ledger::Decide;
use crate::connect::ledger::memory::MemoryLedger;
use crate::connect::units::Floor;
use crate::status::registry::Registry;

#[derive(Default)]
struct Noting {
    memory: MemoryLedger,
    changes: AtomicUsize,
}

impl Ledger for Noting {
    fn book(&self) -> &Arc<Book> {
        self.memory.book()
    }

    fn change(&self, decide: Decide<'_>) -> Result<(), ConnectError> {
        self.changes.fetch_add(1, Ordering::Relaxed);
        self.memory.change(decide)
    }

    fn say(&self, records: &[StatusRecord]) {
        self.memory.say(records);
    }

    fn is_ready(&self) -> bool {
        true
    }
}

fn processor(more: &[(&str, &str)]) -> ConnectorConfig {
    let class = [("connector.class", "HandleTimeProcessor")];
    class.iter().chain(more).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn worker_over(ledger: &Arc<Noting>) -> Worker {
    let servers = "127.0.0.1:1".to_owned();
    let (config, mut section) = (worker_at(&servers, "", 1), Section::default());
    let (key, resolved) = ("bootstrap.servers".to_owned(), Some(Secret::new(servers.clone())));
    section.entries.push(Entry { key, line: 0, written: servers, resolved });
    let units = Units::new(&config, &section, &Floor::default(), &Registry::default());
    Worker::new(&config, "me:1", false, Arc::<Noting>::clone(ledger), Arc::new(units))
}

#[tokio::test]
async fn settings_that_are_unsound_in_themselves_are_refused_without_asking_kafka() {
    let ledger = Arc::new(Noting::default());
    let worker = worker_over(&ledger);
    let asked = || ledger.changes.load(Ordering::Relaxed);
    for unsound in [processor(&[("tasks.max", "none")]), processor(&[("connector.class", "Other")])] {
        for change in [Change::Create(unsound.clone(), TargetState::Started), Change::Put(unsound)] {
            assert_eq!(worker.change("c", change).await.unwrap_err().status, 400);
        }
    }
    assert_eq!(asked(), 0);
    let (is_new, info) = worker.change("c", Change::Put(processor(&[]))).await.unwrap();
    assert!(is_new && info.config == processor(&[("name", "c")]), "{info:?}");
    assert_eq!(asked(), 1);
    // What is wrong with changed settings is known only beside the settings as they are.
    let change = Change::Patch(vec![("tasks.max".to_owned(), Some("none".to_owned()))]);
    assert_eq!((worker.change("c", change).await.unwrap_err().status, asked()), (400, 2));
}

#[tokio::test]
async fn a_second_processor_of_a_pipeline_is_refused_whatever_its_name() {
    let worker = worker_over(&Arc::default());
    let put = |name: &'static str| worker.change(name, Change::Put(processor(&[])));
    put("k").await.unwrap();
    for name in ["a", "z"] {
        let refused = put(name).await.unwrap_err();
        assert!(
            refused.status == 400 && refused.message.contains("has a processor already, [connectors.k]"),
            "{refused}"
        );
    }
    assert_eq!(worker.names(), ["k"]);
    // It may be changed itself.
    put("k").await.unwrap();
}
