//! Whether the largest records fit through the client, the brokers and the topics. Pure.

use std::collections::BTreeMap;

use super::broker::PLACE;
use super::finding::{Finding, Verdict};
use crate::config::typed::WorkerConfig;
use crate::domain::interaction::RECORD_BYTES_MAX;
use crate::kafka::limits::BrokerLimits;
use crate::kafka::topics::TopicSpec;

/// What a topic takes where nobody says anything: all records but whole interactions fit.
const USUAL_BYTES: i64 = 1_048_588;

const SUBJECT: &str = "record sizes";

/// How large a record of the topic may become.
fn needed(spec: &TopicSpec) -> i64 {
    let own = spec.settings.iter().find(|(name, _)| *name == "max.message.bytes");
    own.and_then(|(_, value)| value.parse().ok()).unwrap_or(USUAL_BYTES)
}

/// What is too narrow, and for what; `present` are the topics that exist, each with its settings, `missing` those that
/// are created at the start.
pub(super) fn findings(
    worker: &WorkerConfig,
    limits: Option<&BrokerLimits>,
    present: &[(&TopicSpec, BTreeMap<String, String>)],
    missing: &[&TopicSpec],
) -> Vec<Finding> {
    let number =
        |settings: &BTreeMap<String, String>, name: &str| settings.get(name).and_then(|text| text.parse().ok());
    let largest = present.iter().map(|(spec, _)| *spec).chain(missing.iter().copied()).map(needed).max();
    let largest = largest.unwrap_or(USUAL_BYTES);
    let mut found = Vec::new();
    let mut narrow = |what: String, way_out: String| {
        let what = format!("{what}; a record that is larger is refused, and stops its connector");
        found.push(Finding::new(PLACE, SUBJECT, Verdict::Note, what).way_out(way_out));
    };
    let own: i64 = number(&worker.kafka, "message.max.bytes")
        .unwrap_or_else(|| i64::try_from(RECORD_BYTES_MAX).unwrap_or(i64::MAX));
    if own < largest {
        let what = format!("kafka.message.max.bytes is {own}, and interactions may have {largest} bytes");
        narrow(what, format!("remove it, or set it to {largest}"));
    }
    for (spec, settings) in present {
        let (name, needed) = (&spec.name, needed(spec));
        if let Some(most) = number(settings, "max.message.bytes").filter(|most: &i64| *most < needed) {
            let what = format!("topic {name} has max.message.bytes={most}, and its records may have {needed} bytes");
            narrow(what, format!("alter the topic: max.message.bytes={needed}"));
        }
    }
    let of_broker = |name: &str| limits.and_then(|limits| limits.number(name));
    if let Some(most) = of_broker("message.max.bytes").filter(|most| *most < USUAL_BYTES)
        && missing.iter().any(|spec| needed(spec) == USUAL_BYTES)
    {
        let what = format!("message.max.bytes of the brokers is {most}, which topics that are created take over");
        narrow(what, format!("set it to {USUAL_BYTES} or more"));
    }
    if let Some(most) = of_broker("socket.request.max.bytes").filter(|most| *most < largest) {
        let what =
            format!("socket.request.max.bytes of the brokers is {most}, and interactions may have {largest} bytes");
        narrow(what, format!("set it to more than {largest}"));
    }
    if found.is_empty() {
        found.push(Finding::new(PLACE, SUBJECT, Verdict::Ok, format!("records of up to {largest} bytes fit")));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB_8: i64 = 8 * 1024 * 1024;

    fn spec(name: &str, bytes: Option<i64>) -> TopicSpec {
        let settings = bytes.into_iter().map(|bytes| ("max.message.bytes", bytes.to_string())).collect();
        TopicSpec { name: name.to_owned(), partitions: 1, cleanup: "delete", settings }
    }

    fn map(pairs: &[(&str, i64)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), value.to_string())).collect()
    }

    fn told(kafka: &[(&str, i64)], broker: &[(&str, i64)], topics: &[(&str, Option<i64>, i64)]) -> Vec<String> {
        let worker = WorkerConfig {
            bootstrap_servers: "a:1".to_owned(),
            topic_prefix: "t.".to_owned(),
            topics_partitions: 1,
            topics_replication_factor: 1,
            kafka: map(kafka),
            oauth_token: None,
            rest: crate::config::rest::RestConfig::default(),
            group_id: None,
            telemetry: crate::config::telemetry::TelemetryConfig::default(),
        };
        let limits = BrokerLimits { brokers: 1, settings: map(broker) };
        let specs: Vec<TopicSpec> = topics.iter().map(|(name, bytes, _)| spec(name, *bytes)).collect();
        let settings = topics.iter().map(|(_, _, has)| map(&[("max.message.bytes", *has)]));
        let present: Vec<_> = specs.iter().zip(settings).collect();
        let new = spec("t.progress", None);
        let found = findings(&worker, Some(&limits), &present, &[&new]);
        found.iter().map(|finding| format!("{:?} {finding}", finding.verdict)).collect()
    }

    #[test]
    fn what_fits_is_one_line() {
        let fits = told(&[], &[("message.max.bytes", USUAL_BYTES)], &[("t.interactions", Some(MIB_8), MIB_8)]);
        assert_eq!(fits, ["Ok [worker] record sizes: ok, records of up to 8388608 bytes fit"]);
    }

    #[test]
    fn each_place_that_is_too_narrow_is_named_with_what_widens_it() {
        let topics = [("t.interactions", Some(MIB_8), 1_048_588), ("t.legs", None, 1_048_588)];
        let found = told(&[], &[], &topics);
        assert_eq!(found.len(), 1, "{found:?}");
        for part in
            ["Note", "t.interactions has max.message.bytes=1048588", "alter the topic: max.message.bytes=8388608"]
        {
            assert!(found[0].contains(part), "{found:?}");
        }
        let own = told(&[("message.max.bytes", 1_000_000)], &[], &[("t.interactions", Some(MIB_8), MIB_8)]);
        assert!(own.len() == 1 && own[0].contains("remove it, or set it to 8388608"), "{own:?}");
        let broker = [("message.max.bytes", 500_000), ("socket.request.max.bytes", 1_000_000)];
        let found = told(&[], &broker, &[("t.interactions", Some(MIB_8), MIB_8)]);
        assert!(found.len() == 2 && found[0].contains("message.max.bytes of the brokers is 500000"), "{found:?}");
        assert!(found[1].contains("socket.request.max.bytes of the brokers is 1000000"), "{found:?}");
    }
}
