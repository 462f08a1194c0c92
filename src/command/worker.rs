//! `handletime worker`: one of many processes that share the connectors of a group, which are managed by REST. Edge.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::sync::watch;

use super::broker_failure;
use super::loaded::loaded_worker_alone;
use super::serving::{self, STOP};
use super::status::ExitStatus;
use crate::cli::WorkerArgs;
use crate::config::rest::WORKER_LISTEN;
use crate::config::section::Section;
use crate::config::typed::WorkerConfig;
use crate::connect::herding::Sharing;
use crate::connect::ledger::Ledger;
use crate::connect::ledger::kafka::{KafkaLedger, SLOTS, topics};
use crate::connect::placement::Slots;
use crate::domain::causes::causes;
use crate::kafka::assembly::Assembly;
use crate::kafka::names::Names;
use crate::process::start::ensure_topics;
use crate::runtime::shutdown::{Shutdown, on_signal};
use crate::runtime::supervisor::Supervisor;
use crate::runtime::telemetry;
use crate::topology::record::topic;

/// How long a look at the group waits.
const BEAT: Duration = Duration::from_millis(100);

/// Runs the command until a stop is asked for.
///
/// # Errors
/// Whatever keeps it from running or going on, with its causes.
pub async fn run(args: WorkerArgs) -> anyhow::Result<ExitStatus> {
    let (config, section) = match loaded_worker_alone(&args.config) {
        Ok(loaded) => loaded,
        Err(status) => return Ok(status),
    };
    let Some(group_id) = config.group_id.clone() else {
        eprintln!(
            "handletime: {}: [worker] group.id is missing: workers of one group share connectors",
            args.config.display()
        );
        return Ok(ExitStatus::Usage);
    };
    let traces = telemetry::follow(&config.telemetry).map_err(anyhow::Error::msg)?;
    let shutdown = Shutdown::default();
    let mut supervisor = Supervisor::new(shutdown.clone());
    let signals = shutdown.clone();
    supervisor.start("signals", async move { on_signal(signals).await.map_err(|error| error.to_string()) });
    let started = start(&config, &section, &group_id, &mut supervisor).await;
    if started.is_err() {
        shutdown.trigger();
    }
    let joined = supervisor.join(STOP).await.map_err(anyhow::Error::msg);
    if let Some(traces) = traces {
        traces.end().await;
    }
    started.map_err(|error| broker_failure::told(&config, error))?;
    joined?;
    Ok(ExitStatus::Success)
}

async fn start(
    config: &WorkerConfig,
    section: &Section,
    group_id: &str,
    supervisor: &mut Supervisor,
) -> anyhow::Result<()> {
    let server = serving::listen(config, WORKER_LISTEN).await?;
    let (asked, specs, stop) = (config.clone(), topics(config), supervisor.shutdown());
    let ensured = tokio::task::spawn_blocking(move || ensure_topics(&asked, &specs, &stop)).await;
    if !ensured.context("checking topics")?? {
        return Ok(());
    }
    let worker_id = server.worker_id();
    println!("worker {worker_id} of group {group_id}: http://{}/", server.address());
    let kafka = Arc::new(KafkaLedger::new(config, group_id, &worker_id, &supervisor.shutdown()));
    let follower = Arc::clone(&kafka);
    supervisor.start_thread("configs", move || follower.follow().map_err(|failure| causes(&failure)))?;
    let ledger: Arc<dyn Ledger> = kafka;
    let parts = serving::parts(config, section, server, false, &ledger);
    let nothing = Sharing { slots: Slots::These { own: Vec::new(), of: SLOTS }, generation: 0 };
    let (shares, sharing) = watch::channel(nothing);
    let ended = Shutdown::default();
    let (group, left) = (Group::new(config, group_id, &worker_id), ended.clone());
    supervisor.start_thread("group", move || group.take_part(&ledger, &shares, &left))?;
    serving::start(parts, config, sharing, ended, supervisor)
}

/// A place in the group.
struct Group {
    config: WorkerConfig,
    group_id: String,
    worker_id: String,
}

impl Group {
    fn new(config: &WorkerConfig, group_id: &str, worker_id: &str) -> Group {
        Group { config: config.clone(), group_id: group_id.to_owned(), worker_id: worker_id.to_owned() }
    }

    /// Takes part until nothing of this worker runs any more. What it had stays its own until it is told what it has now: no
    /// harm comes of two that have the same, because the one that began last fences the other.
    fn take_part(
        &self,
        ledger: &Arc<dyn Ledger>,
        shares: &watch::Sender<Sharing>,
        left: &Shutdown,
    ) -> Result<(), String> {
        // Who does not know yet what there is would have nothing to do with its share.
        while !ledger.is_ready() {
            if left.requested() {
                return Ok(());
            }
            std::thread::sleep(BEAT);
        }
        let status = Names::new(&self.config.topic_prefix, "").topic(topic::STATUS);
        let client_id = format!("{}.{}", self.group_id, self.worker_id);
        let member = Assembly::join(&self.config, &self.group_id, &client_id, &status);
        let member = member.map_err(|failure| causes(&failure))?;
        while !left.requested() {
            let share = member.beat(BEAT);
            let Some(own) = share.numbers else { continue };
            let sharing = Sharing { slots: Slots::These { own, of: SLOTS }, generation: share.generation };
            shares.send_if_modified(|known| {
                let other = *known != sharing;
                if other {
                    tracing::info!(slots = ?sharing.slots, "shared out");
                    *known = sharing;
                }
                other
            });
        }
        member.leave();
        Ok(())
    }
}
