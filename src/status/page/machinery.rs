//! Points eight and ten: connectors and tasks, the Kafka clients, and what exactly runs here. Pure.

use maud::{Markup, html};

use super::tables::{figure, framed, section, state};
use super::words::{Clock, NONE, bytes, count};
use crate::status::vitals::{ConnectorVitals, KafkaVitals, ProcessorVitals, Vitals};

pub(super) fn connectors(all: &[ConnectorVitals]) -> Markup {
    if all.is_empty() {
        return html! {};
    }
    let intro = "All connectors of the group, wherever their tasks run.";
    section(
        "connectors",
        "Connectors and tasks",
        intro,
        &framed(
            "Connectors and tasks",
            &html! {
                table {
                    caption.unseen { "Connectors and tasks with their states" }
                    thead { tr {
                        th scope="col" { "Connector or task" } th scope="col" { "Class" } th scope="col" { "State" }
                        th scope="col" { "Worker" } th scope="col" { "Trace" }
                    } }
                    tbody {
                        @for connector in all {
                            tr.group {
                                th scope="row" { (connector.name) }
                                td { (connector.class) span.when { (connector.kind) } }
                                td { (state(&connector.state)) }
                                td { (connector.worker_id) }
                                td { (trace(&connector.name, &connector.trace)) }
                            }
                            @for task in &connector.tasks {
                                tr {
                                    th.sub scope="row" { span.unseen { (connector.name) " " } "task " (task.id) }
                                    td {}
                                    td { (state(&task.state)) }
                                    td { (task.worker_id) }
                                    td { (trace(&format!("{}-{}", connector.name, task.id), &task.trace)) }
                                }
                            }
                        }
                    }
                }
            },
        ),
    )
}

fn trace(of: &str, text: &str) -> Markup {
    html! {
        @if text.is_empty() { span.dim { (NONE) } }
        @else {
            details id=(format!("trace-{of}")) {
                summary { (text.lines().next().unwrap_or_default()) }
                pre { (text) }
            }
        }
    }
}

pub(super) fn kafka(kafka: &KafkaVitals, processors: &[ProcessorVitals]) -> Markup {
    let tasks = || processors.iter().flat_map(|processor| &processor.tasks);
    let aborted: u64 = tasks().map(|task| task.aborted).sum();
    let committed: u64 = tasks().map(|task| task.committed).sum();
    let lag: Option<u64> = tasks().map(|task| task.lag_records).sum();
    let round_trip = kafka.round_trip_s.map_or_else(
        || NONE.to_owned(),
        |(median, high)| format!("{:.1} / {:.1} ms", 1_000.0 * median, 1_000.0 * high),
    );
    let body = html! {
        @if kafka.clients == 0 {
            p.none { "No Kafka client has told of itself: it is an in-process log, or the process has only just started." }
        }
        dl.figures.small aria-label="Kafka clients of this process" {
            (figure("Produce errors", &count(kafka.delivery_errors), "records whose delivery failed"))
            (figure("Unconfirmed", &count(kafka.unconfirmed), &bytes(kafka.unconfirmed_bytes)))
            (figure("Transactions aborted", &count(aborted), &format!("{} committed", count(committed))))
            (figure("Lag", &lag.map_or_else(|| NONE.to_owned(), count), "records that wait"))
            (figure("Request errors", &count(kafka.request_errors), &format!("{} timeouts", count(kafka.request_timeouts))))
            (figure("Round trip", &round_trip, "median / 99th percentile"))
            (figure("Sent", &bytes(kafka.sent_bytes), &format!("{} received", bytes(kafka.received_bytes))))
            (figure("Rebalances", &count(kafka.rebalances), &format!("{} clients", count(kafka.clients))))
        }
    };
    section("kafka", "Kafka", "", &body)
}

pub(super) fn build(vitals: &Vitals, clock: &Clock) -> Markup {
    let body = html! {
        dl.facts {
            dt { "Version" } dd { "handletime " (vitals.version) }
            dt { "Settings" } dd { @if vitals.config_hash.is_empty() { (NONE) } @else { code { (vitals.config_hash) } } }
            dt { "Worker" } dd { @if vitals.worker_id.is_empty() { "none: connectors are those of a file" } @else { (vitals.worker_id) } }
            dt { "Started" } dd { (clock.at(vitals.started_at)) }
        }
        @if !vitals.schemas.is_empty() {
            details id="schemas" {
                summary { (vitals.schemas.len()) " schema fingerprints" }
                (framed("Schema fingerprints", &html! {
                    table.narrow {
                        caption.unseen { "Schema fingerprints of written records" }
                        thead { tr { th scope="col" { "Record" } th scope="col" { "Fingerprint" } } }
                        tbody {
                            @for (record, fingerprint) in &vitals.schemas {
                                tr { th scope="row" { (record) } td { code { (fingerprint) } } }
                            }
                        }
                    }
                }))
            }
        }
    };
    section("build", "What runs here", "", &body)
}
