//! `[worker]` to its typed form. Pure.

use super::rest;
use crate::config::kafka_properties;
use crate::config::problem::Problem;
use crate::config::section::Section;
use crate::config::tables::worker::TABLE;
use crate::config::telemetry::{TelemetryConfig, TracesConfig};
use crate::config::typed::WorkerConfig;
use crate::config::validator::split_list;
use crate::config::values::Values;

/// Checks `[worker]`, and adds what is wrong to `problems`.
#[must_use]
pub fn check<'a>(section: &'a Section, problems: &mut Vec<Problem>) -> Values<'a> {
    let values = Values::check(section, TABLE, problems);
    kafka_properties::check(&values, cfg!(feature = "tls"), problems);
    rest::check(&values, problems);
    values
}

/// The typed form; `None` unless all that it needs is sound.
#[must_use]
pub fn build(values: &Values<'_>) -> Option<WorkerConfig> {
    Some(WorkerConfig {
        bootstrap_servers: split_list(values.text("bootstrap.servers")?).join(","),
        topic_prefix: values.text("topic.prefix")?.to_owned(),
        topics_partitions: values.whole("topics.partitions")?,
        topics_replication_factor: values.whole("topics.replication.factor")?,
        kafka: values.beginning_with(kafka_properties::BEGINNING),
        oauth_token: values.secret(kafka_properties::TOKEN),
        rest: rest::build(values)?,
        group_id: values.text("group.id").map(str::to_owned),
        telemetry: telemetry(values)?,
    })
}

fn telemetry(values: &Values<'_>) -> Option<TelemetryConfig> {
    let service_name = values.text("otel.service.name")?.to_owned();
    let endpoint = values.text("otel.endpoint").map(str::to_owned);
    let traces = endpoint.map(|endpoint| TracesConfig { endpoint, service_name });
    Some(TelemetryConfig { log_format: values.text("log.format").map(str::to_owned), traces })
}
