//! Edge: the loop against hands that note what they do, and a ledger in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard};

use super::*;
use crate::connect::catalog::{Catalog, ConfigRecord};
use crate::connect::entities::ConnectorConfig;
use crate::connect::herder::RestartScope;
use crate::connect::ledger::memory::MemoryLedger;
use crate::runtime::supervisor::Supervisor;

/// Hands that note what they do. A task runs until it is asked to stop, or told to end in another way.
#[derive(Clone, Default)]
struct Noting(Arc<Mutex<Notes>>);

#[derive(Default)]
struct Notes {
    runs: BTreeMap<Unit, usize>,
    running: BTreeSet<Unit>,
    endings: BTreeMap<Unit, Result<Ended, String>>,
    unprepared: Option<String>,
}

impl Noting {
    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap()
    }
}

impl Hands for Noting {
    fn tasks_of(&self, name: &str, catalog: &Catalog) -> Result<Vec<ConnectorConfig>, String> {
        let config = catalog.get(name).unwrap().config.clone();
        let count = config.get("tasks.max").map_or(1, |text| text.parse().unwrap());
        Ok(vec![config; count])
    }

    fn prepare(&self, name: &str, _: &Catalog, _: &Shutdown) -> Doing<Result<Vec<String>, String>> {
        let outcome = match &self.notes().unprepared {
            Some(cause) => Err(cause.clone()),
            None => Ok(vec![format!("topic-of-{name}")]),
        };
        Box::pin(async { outcome })
    }

    fn run(&self, task: &Unit, _: &Catalog, stop: &Shutdown) -> Doing<Result<Ended, String>> {
        let (own, task, stop) = (self.clone(), task.clone(), stop.clone());
        *own.notes().runs.entry(task.clone()).or_default() += 1;
        own.notes().running.insert(task.clone());
        Box::pin(async move {
            loop {
                let told = own.notes().endings.remove(&task);
                if told.is_some() || stop.sleep(Duration::from_millis(5)).await {
                    own.notes().running.remove(&task);
                    return told.unwrap_or(Ok(Ended::Stopped));
                }
            }
        })
    }
}

struct Farm {
    ledger: Arc<MemoryLedger>,
    hands: Noting,
    shares: watch::Sender<Sharing>,
    supervisor: Supervisor,
}

impl Farm {
    fn start(slots: Slots) -> Farm {
        let (ledger, hands) = (Arc::new(MemoryLedger::default()), Noting::default());
        let (shares, sharing) = watch::channel(Sharing { slots, generation: 1 });
        let mut supervisor = Supervisor::new(Shutdown::default());
        let herding = Herding::new(Arc::clone(&ledger) as Arc<dyn Ledger>, Arc::new(hands.clone()), "me:1");
        let stop = supervisor.shutdown();
        supervisor.start("herding", async move {
            herding.run(sharing, &stop).await;
            Ok(())
        });
        Farm { ledger, hands, shares, supervisor }
    }

    fn write(&self, records: Vec<ConfigRecord>) {
        self.ledger.change(&mut |_| Ok(records.clone())).unwrap();
    }

    fn create(&self, name: &str, tasks: usize) {
        let config = BTreeMap::from([("tasks.max".to_owned(), tasks.to_string())]);
        self.write(vec![ConfigRecord::connector(name, &config)]);
    }

    fn state(&self, unit: &Unit) -> Option<State> {
        self.ledger.book().read(|pages| pages.statuses.of(unit).map(|standing| standing.state))
    }

    fn runs(&self, unit: &Unit) -> usize {
        self.hands.notes().runs.get(unit).copied().unwrap_or_default()
    }

    async fn until(&self, what: &str, is_so: impl Fn(&Farm) -> bool) {
        let begun = Instant::now();
        while !is_so(self) {
            assert!(begun.elapsed() < Duration::from_secs(5), "not within 5 s: {what}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn runs_tasks(&self, name: &str, count: u32) {
        let units: BTreeSet<Unit> = (0..count).map(|task| Unit::task(name, task)).collect();
        self.until("its tasks run", |farm| {
            let all = units.iter().all(|unit| farm.state(unit) == Some(State::Running));
            all && farm.state(&Unit::connector(name)) == Some(State::Running) && farm.hands.notes().running == units
        })
        .await;
    }

    async fn stop(self) -> Arc<MemoryLedger> {
        self.supervisor.shutdown().trigger();
        self.supervisor.join(Duration::from_secs(5)).await.unwrap();
        self.ledger
    }
}

#[tokio::test]
async fn a_new_connector_gets_its_tasks_and_they_run() {
    let farm = Farm::start(Slots::All);
    farm.create("c", 3);
    farm.runs_tasks("c", 3).await;
    assert_eq!(farm.ledger.book().read(|pages| pages.statuses.topics_of("c")), ["topic-of-c"]);
    // Fewer tasks: what is left over ends, and is forgotten.
    farm.create("c", 1);
    farm.until("it has one task", |farm| farm.state(&Unit::task("c", 2)).is_none()).await;
    farm.runs_tasks("c", 1).await;
    let ledger = farm.stop().await;
    let left = ledger.book().read(|pages| pages.statuses.of(&Unit::task("c", 0)).map(|one| one.state));
    assert_eq!(left, Some(State::Unassigned));
}

#[tokio::test]
async fn a_paused_connector_keeps_its_tasks_and_a_stopped_one_has_none() {
    let farm = Farm::start(Slots::All);
    farm.create("c", 2);
    farm.runs_tasks("c", 2).await;
    farm.write(vec![ConfigRecord::target("c", TargetState::Paused)]);
    farm.until("its tasks are paused", |farm| {
        farm.state(&Unit::task("c", 1)) == Some(State::Paused) && farm.hands.notes().running.is_empty()
    })
    .await;
    farm.write(vec![ConfigRecord::target("c", TargetState::Stopped)]);
    farm.until("it is stopped", |farm| farm.state(&Unit::connector("c")) == Some(State::Stopped)).await;
    farm.until("its tasks are gone", |farm| farm.state(&Unit::task("c", 0)).is_none()).await;
    assert!(farm.ledger.book().read(|pages| pages.catalog.get("c").unwrap().tasks.is_empty()));
    farm.write(vec![ConfigRecord::target("c", TargetState::Started)]);
    farm.runs_tasks("c", 2).await;
    farm.stop().await;
}

#[tokio::test]
async fn what_failed_stays_so_until_it_is_started_again() {
    let farm = Farm::start(Slots::All);
    farm.create("c", 2);
    farm.runs_tasks("c", 2).await;
    let failing = Unit::task("c", 1);
    farm.hands.notes().endings.insert(failing.clone(), Err("because".to_owned()));
    farm.until("it has failed", |farm| farm.state(&failing) == Some(State::Failed)).await;
    let trace = farm.ledger.book().read(|pages| pages.statuses.of(&failing).unwrap().trace.clone());
    assert_eq!(trace, "because");
    // Only what has failed is started again.
    let scope = RestartScope { include_tasks: true, only_failed: true };
    farm.write(vec![ConfigRecord::restart("c", scope)]);
    farm.runs_tasks("c", 2).await;
    assert_eq!((farm.runs(&Unit::task("c", 0)), farm.runs(&failing)), (1, 2));
    farm.write(vec![ConfigRecord::restart("c", RestartScope { only_failed: false, ..scope })]);
    farm.until("both were started again", |farm| farm.runs(&Unit::task("c", 0)) == 2 && farm.runs(&failing) == 3).await;
    farm.write(vec![ConfigRecord::restart_task("c", 0)]);
    farm.until("one was started again", |farm| farm.runs(&Unit::task("c", 0)) == 3).await;
    farm.runs_tasks("c", 2).await;
    assert_eq!(farm.runs(&failing), 3);
    farm.stop().await;
}

#[tokio::test]
async fn a_connector_that_cannot_be_prepared_has_failed_with_the_reason() {
    let farm = Farm::start(Slots::All);
    farm.hands.notes().unprepared = Some("a topic contradicts".to_owned());
    farm.create("c", 1);
    farm.until("it has failed", |farm| farm.state(&Unit::connector("c")) == Some(State::Failed)).await;
    assert!(farm.hands.notes().runs.is_empty());
    farm.hands.notes().unprepared = None;
    farm.write(vec![ConfigRecord::restart("c", RestartScope { include_tasks: false, only_failed: false })]);
    farm.runs_tasks("c", 1).await;
    farm.stop().await;
}

#[tokio::test]
async fn a_worker_runs_what_its_slots_have_and_lets_go_of_the_rest() {
    let these = |own: Vec<i32>| Slots::These { own, of: 24 };
    let farm = Farm::start(these((0..24).collect()));
    farm.create("c", 4);
    farm.runs_tasks("c", 4).await;
    let slot = crate::connect::placement::slot(&Unit::task("c", 2), 24);
    farm.shares.send_replace(Sharing { slots: these(vec![slot]), generation: 2 });
    let kept = BTreeSet::from([Unit::task("c", 2)]);
    farm.until("the others have ended", |farm| farm.hands.notes().running == kept).await;
    farm.until("nobody has them", |farm| farm.state(&Unit::task("c", 0)) == Some(State::Unassigned)).await;
    assert_eq!((farm.state(&Unit::task("c", 2)), farm.runs(&Unit::task("c", 2))), (Some(State::Running), 1));
    farm.stop().await;
}

#[tokio::test]
async fn a_deleted_connector_ends_and_is_forgotten() {
    let farm = Farm::start(Slots::All);
    farm.create("c", 1);
    farm.runs_tasks("c", 1).await;
    farm.write(ConfigRecord::removed("c").to_vec());
    farm.until("it has ended", |farm| farm.hands.notes().running.is_empty()).await;
    farm.until("it is forgotten", |farm| {
        farm.state(&Unit::connector("c")).is_none() && farm.state(&Unit::task("c", 0)).is_none()
    })
    .await;
    farm.stop().await;
}

#[tokio::test]
async fn other_settings_start_tasks_anew() {
    let farm = Farm::start(Slots::All);
    farm.create("c", 1);
    farm.runs_tasks("c", 1).await;
    let config = BTreeMap::from([("tasks.max".to_owned(), "1".to_owned()), ("a".to_owned(), "b".to_owned())]);
    farm.write(vec![ConfigRecord::connector("c", &config)]);
    farm.until("it was started again", |farm| farm.runs(&Unit::task("c", 0)) == 2).await;
    farm.stop().await;
}

#[tokio::test]
async fn a_last_worker_that_lets_go_late_does_not_have_the_last_word() {
    let farm = Farm::start(Slots::All);
    farm.create("c", 1);
    farm.runs_tasks("c", 1).await;
    let late = Standing {
        state: State::Unassigned,
        trace: String::new(),
        worker_id: "other:1".to_owned(),
        generation: 0,
        version: String::new(),
    };
    farm.ledger.say(&[StatusRecord::standing(&Unit::task("c", 0), &late)]);
    farm.runs_tasks("c", 1).await;
    assert_eq!(farm.runs(&Unit::task("c", 0)), 1);
    farm.stop().await;
}

/// A ledger that counts how often its book is asked for.
#[derive(Default)]
struct Asked {
    kept: MemoryLedger,
    times: std::sync::atomic::AtomicU64,
}

impl Ledger for Asked {
    fn book(&self) -> &Arc<crate::connect::book::Book> {
        self.times.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        self.kept.book()
    }

    fn change(&self, decide: crate::connect::ledger::Decide<'_>) -> Result<(), crate::connect::error::ConnectError> {
        self.kept.change(decide)
    }

    fn say(&self, records: &[StatusRecord]) {
        self.kept.say(records);
    }

    fn is_ready(&self) -> bool {
        true
    }
}

#[tokio::test]
async fn who_is_by_itself_waits_for_changes_without_looking_for_them() {
    let ledger = Arc::new(Asked::default());
    let (_, sharing) = watch::channel(Sharing { slots: Slots::All, generation: 1 });
    let herding = Herding::new(Arc::clone(&ledger) as Arc<dyn Ledger>, Arc::new(Noting::default()), "me:1");
    let stop = Shutdown::default();
    let waited = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        stop.trigger();
    };
    tokio::join!(herding.run(sharing, &stop), waited);
    let times = ledger.times.load(std::sync::atomic::Ordering::Relaxed);
    assert!(times < 50, "it was asked {times} times within 200 ms");
}
