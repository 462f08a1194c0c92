//! The program, the connectors of its group, and its process. Pure.

use super::{From, Metric, counter, gauge, seconds};

/// Of the process as a whole.
pub(in crate::status::metrics) static TABLE: &[Metric] = &[
    gauge(
        "handletime_build_info",
        "",
        &["version"],
        From::Info(|vitals| &vitals.version),
        "1; the version of the program",
    ),
    gauge(
        "handletime_worker_info",
        "",
        &["worker_id"],
        From::Info(|vitals| &vitals.worker_id),
        "1; the address under which the process stands in states",
    ),
    gauge(
        "handletime_config_info",
        "",
        &["config_hash"],
        From::Info(|vitals| &vitals.config_hash),
        "1; the hash of all connectors' settings as written: workers of a group have the same",
    ),
    gauge(
        "handletime_connector_state",
        "",
        &["connector", "kind", "state"],
        From::ConnectorState,
        "1 for the state that a connector of the group has, wherever it runs",
    ),
    gauge(
        "handletime_task_state",
        "",
        &["connector", "task", "state"],
        From::TaskState,
        "1 for the state that a task of the group has, wherever it runs",
    ),
    counter(
        "process_cpu_seconds_total",
        "seconds",
        &[],
        From::Process(|process| process.cpu_s),
        "User and system time of the process",
    ),
    gauge(
        "process_resident_memory_bytes",
        "bytes",
        &[],
        From::Process(|process| process.resident_bytes),
        "Resident memory of the process",
    ),
    gauge(
        "process_virtual_memory_bytes",
        "bytes",
        &[],
        From::Process(|process| process.virtual_bytes),
        "Virtual memory of the process",
    ),
    gauge("process_open_fds", "", &[], From::Process(|process| process.open_fds), "Open file descriptors"),
    gauge(
        "process_max_fds",
        "",
        &[],
        From::Process(|process| process.max_fds),
        "Most file descriptors that may be open",
    ),
    gauge("process_threads", "", &[], From::Process(|process| process.threads), "Threads of the process"),
    gauge(
        "process_start_time_seconds",
        "seconds",
        &[],
        From::Once(|vitals| Some(seconds(vitals.started_at))),
        "When the process started",
    ),
];
