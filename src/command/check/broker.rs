//! What the brokers say: topics, limits, and what this client may do there. Edge; blocks, and changes nothing.

use super::super::pipeline;
use super::finding::{Finding, Verdict};
use crate::config::Settings;
use crate::domain::causes::causes;
use crate::kafka::bounds::Bounds;
use crate::kafka::names::Names;
use crate::kafka::producer::TransactionalProducer;
use crate::kafka::settings::TRANSACTION_TIMEOUT;
use crate::kafka::topics::{TopicError, TopicSpec, Topics};
use crate::topology::record::topic;

const PLACE: &str = "[worker]";

/// A group that is away for so long must still find its positions.
const OFFSETS_KEPT_MINUTES_MIN: i64 = 7 * 24 * 60;

/// Looks at topics and limits, and creates nothing.
pub(super) fn findings(settings: &Settings) -> Vec<Finding> {
    let specs = pipeline::topics(settings);
    let mut found = Vec::new();
    let looked = Topics::new(&settings.worker).map_err(TopicError::from).and_then(|topics| {
        let present = look_at_topics(settings, &topics, &specs, &mut found)?;
        found.push(limits(settings, &topics));
        found.extend(transactions(settings));
        found.extend(deletion(settings, &topics, &present));
        Ok(())
    });
    if let Err(error) = looked {
        let subject = format!("topics at {}", settings.worker.bootstrap_servers);
        let finding = Finding::new(PLACE, subject, Verdict::Wrong, causes(&error));
        found.push(finding.way_out("check bootstrap.servers, kafka.security.protocol and what belongs to it"));
    }
    found
}

fn look_at_topics<'a>(
    settings: &Settings,
    topics: &Topics,
    specs: &'a [TopicSpec],
    found: &mut Vec<Finding>,
) -> Result<Vec<&'a TopicSpec>, TopicError> {
    let inspected = topics.inspect(specs)?;
    let [there, to_create] = [inspected.present.len(), inspected.missing.len()];
    let verdict = if inspected.contradictions.is_empty() { Verdict::Ok } else { Verdict::Wrong };
    let mut what = format!("{there} of {} exist, {to_create} are created at the start", specs.len());
    for spec in &inspected.missing {
        what += &format!("\n  {}: {} partitions, cleanup.policy={}", spec.name, spec.partitions, spec.cleanup);
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
    Ok(inspected.present)
}

fn limits(settings: &Settings, topics: &Topics) -> Finding {
    let limits = match topics.limits() {
        Ok(limits) => limits,
        Err(error) => {
            let finding = Finding::new(PLACE, "broker limits", Verdict::Note, causes(&error));
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
    if let Some(most) = limits.number("transaction.max.timeout.ms").filter(|most| *most < transaction_ms) {
        let what = format!("transaction.max.timeout.ms is {most}, and transactions here may take {transaction_ms}");
        return wrong(what, "raise it on the brokers");
    }
    if let Some(kept) = limits.number("offsets.retention.minutes").filter(|kept| *kept < OFFSETS_KEPT_MINUTES_MIN) {
        let what = format!("offsets.retention.minutes is {kept}: positions of a group that is away longer are lost");
        return Finding::new(PLACE, "broker limits", Verdict::Note, what)
            .way_out(format!("set it to {OFFSETS_KEPT_MINUTES_MIN} or more; positions in progress are what counts"));
    }
    Finding::new(PLACE, "broker limits", Verdict::Ok, format!("{} brokers, long enough transactions", limits.brokers))
}

/// Takes a transactional id of the prefix, which no connector has.
fn transactions(settings: &Settings) -> Option<Finding> {
    let id = format!("{}check", settings.worker.topic_prefix);
    Some(match TransactionalProducer::take_over(&settings.worker, &id) {
        Ok(_) => Finding::new(PLACE, "transactions", Verdict::Ok, format!("this client may use {id}")),
        Err(error) => Finding::new(PLACE, "transactions", Verdict::Wrong, causes(&error)).way_out(format!(
            "allow this client WRITE on transactional ids that begin with {}",
            settings.worker.topic_prefix
        )),
    })
}

/// Deletes records before the first one that is there: nothing, but only for who may.
fn deletion(settings: &Settings, topics: &Topics, present: &[&TopicSpec]) -> Vec<Finding> {
    let mut found = Vec::new();
    for processor in &settings.processors {
        let names = Names::new(&settings.worker.topic_prefix, &processor.pipeline);
        let contributions = names.topic(topic::CONTRIBUTIONS);
        if !present.iter().any(|spec| spec.name == contributions) {
            continue;
        }
        let asked = Bounds::new(&settings.worker, &format!("{}check", settings.worker.topic_prefix))
            .and_then(|bounds| bounds.all(&contributions, 0))
            .and_then(|(first, _)| topics.delete_before(&contributions, &[(0, first)]));
        found.push(match asked {
            Ok(()) => {
                Finding::new(PLACE, "deleting records", Verdict::Ok, format!("this client may, in {contributions}"))
            }
            Err(error) => Finding::new(PLACE, "deleting records", Verdict::Wrong, causes(&error))
                .way_out(format!("allow this client DELETE on {contributions}: what was read is deleted there")),
        });
    }
    found
}
