//! What the brokers say: topics, limits, and what this client may do there. Edge; blocks, and changes nothing.

use super::super::broker_failure::WAY_OUT;
use super::super::pipeline;
use super::finding::{Finding, Verdict};
use super::{access, sizes};
use crate::config::Settings;
use crate::domain::causes::causes;
use crate::kafka::error::KafkaFailure;
use crate::kafka::limits::BrokerLimits;
use crate::kafka::settings::TRANSACTION_TIMEOUT;
use crate::kafka::topics::{Inspection, TopicError, TopicSpec, Topics};

/// Whose settings it is about.
pub(super) const PLACE: &str = "[worker]";

/// A group that is away for so long must still find its positions.
const OFFSETS_KEPT_MINUTES_MIN: i64 = 7 * 24 * 60;

/// Looks at topics and limits, and creates nothing.
pub(super) fn findings(settings: &Settings) -> Vec<Finding> {
    let specs = pipeline::topics(settings);
    let mut found = Vec::new();
    let looked = Topics::new(&settings.worker).map_err(TopicError::from).and_then(|topics| {
        let Inspection { present, missing, .. } = look_at_topics(settings, &topics, &specs, &mut found)?;
        let asked = topics.limits();
        found.push(limits(settings, &asked));
        let with_settings: Vec<_> = present.iter().copied().zip(topics.settings_of(&present)?).collect();
        found.extend(sizes::findings(&settings.worker, asked.as_ref().ok(), &with_settings, &missing));
        found.extend(access::findings(settings, &topics, &present));
        Ok(())
    });
    if let Err(error) = looked {
        let subject = format!("topics at {}", settings.worker.bootstrap_servers);
        let finding = Finding::new(PLACE, subject, Verdict::Wrong, causes(&error));
        found.push(finding.way_out(WAY_OUT));
    }
    found
}

fn look_at_topics<'a>(
    settings: &Settings,
    topics: &Topics,
    specs: &'a [TopicSpec],
    found: &mut Vec<Finding>,
) -> Result<Inspection<'a>, TopicError> {
    let inspected = topics.inspect(specs)?;
    let [there, to_create] = [inspected.present.len(), inspected.missing.len()];
    let verdict = if inspected.contradictions.is_empty() { Verdict::Ok } else { Verdict::Wrong };
    let mut what = format!("{there} of {} exist, {to_create} are created at the start", specs.len());
    for spec in &inspected.missing {
        let partitions =
            if spec.partitions == 1 { "1 partition".to_owned() } else { format!("{} partitions", spec.partitions) };
        what += &format!("\n  {}: {partitions}, cleanup.policy={}", spec.name, spec.cleanup);
    }
    let hosts = &settings.worker.bootstrap_servers;
    found.push(Finding::new(PLACE, format!("topics at {hosts}"), Verdict::Ok, what));
    // Each names its own way out.
    let contradictions = inspected.contradictions.iter();
    found.extend(contradictions.map(|text| Finding::new(PLACE, "topic that exists", verdict, text.clone())));
    let refusals = topics.creation_refusals(&inspected.missing)?;
    found.extend(refusals.into_iter().map(|text| {
        Finding::new(PLACE, "creating topics", Verdict::Wrong, text)
            .way_out("allow this client CREATE on them, or create them as listed; check topics.replication.factor")
    }));
    Ok(inspected)
}

fn limits(settings: &Settings, asked: &Result<BrokerLimits, KafkaFailure>) -> Finding {
    let limits = match asked {
        Ok(limits) => limits,
        Err(error) => {
            let finding = Finding::new(PLACE, "broker limits", Verdict::Note, causes(error));
            return finding.way_out("allow this client DESCRIBE_CONFIGS on the cluster to have them checked");
        }
    };
    let transaction_ms = i64::try_from(TRANSACTION_TIMEOUT.as_millis()).unwrap_or(i64::MAX);
    let wrong = |what: String, way_out: &str| {
        Finding::new(PLACE, "broker limits", Verdict::Wrong, what).way_out(way_out.to_owned())
    };
    let replicas = settings.worker.topics_replication_factor;
    if usize::try_from(replicas).is_ok_and(|replicas| limits.brokers < replicas) {
        let what = format!("topics.replication.factor is {replicas}, and there are {} brokers", limits.brokers);
        return wrong(what, "set it lower, or start more brokers");
    }
    if let Some(least) = limits.number("min.insync.replicas").filter(|least| i64::from(replicas) < *least) {
        let what =
            format!("min.insync.replicas of the brokers is {least}, and topics.replication.factor is {replicas}");
        return wrong(what, "set topics.replication.factor to at least as much: nothing could be written");
    }
    if let Some(most) = limits.number("transaction.max.timeout.ms").filter(|most| *most < transaction_ms) {
        let what = format!("transaction.max.timeout.ms is {most}, and transactions here may take {transaction_ms}");
        return wrong(what, "raise it on the brokers");
    }
    if let Some(kept) = limits.number("offsets.retention.minutes").filter(|kept| *kept < OFFSETS_KEPT_MINUTES_MIN) {
        let what = format!("offsets.retention.minutes is {kept}: positions of a group that is away longer are lost");
        return Finding::new(PLACE, "broker limits", Verdict::Note, what)
            .way_out(format!("set it to {OFFSETS_KEPT_MINUTES_MIN} or more; positions in progress are what counts"));
    }
    let brokers = if limits.brokers == 1 { "1 broker".to_owned() } else { format!("{} brokers", limits.brokers) };
    Finding::new(PLACE, "broker limits", Verdict::Ok, format!("{brokers}, long enough transactions"))
}
