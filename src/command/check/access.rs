//! What the brokers let this client do with ids, groups and topics of each pipeline. Edge; blocks.

use std::collections::BTreeSet;

use super::super::broker_failure::WAY_OUT;
use super::broker::PLACE;
use super::finding::{Finding, Verdict};
use crate::config::Settings;
use crate::domain::causes::causes;
use crate::kafka::bounds::Bounds;
use crate::kafka::error::KafkaFailure;
use crate::kafka::names::Names;
use crate::kafka::probe::Probe;
use crate::kafka::topics::{TopicSpec, Topics};
use crate::topology::record::topic;

/// Topics that connectors write and never read.
const WRITTEN_ONLY: [&str; 3] = [topic::CONTACTS, topic::TRANSFERS, topic::RECONCILIATION];

/// Begins what the connectors of each pipeline do, and lets it be; `present` are the topics that exist.
pub(super) fn findings(settings: &Settings, topics: &Topics, present: &[&TopicSpec]) -> Vec<Finding> {
    let sources = settings.sources.iter().map(|source| source.pipeline.as_str());
    let pipelines: BTreeSet<&str> =
        sources.chain(settings.processors.iter().map(|one| one.pipeline.as_str())).collect();
    let mut found = Vec::new();
    for pipeline in pipelines {
        let names = Names::new(&settings.worker.topic_prefix, pipeline);
        let beginning = format!("{}{pipeline}.", settings.worker.topic_prefix);
        let id = format!("{beginning}check");
        match Probe::new(&settings.worker, &id) {
            Ok(mut probe) => {
                found.push(Finding::new(PLACE, "transactions", Verdict::Ok, format!("this client may use {id}")));
                let outcome = group(&mut probe, &names, &beginning).and_then(|line| {
                    found.push(line);
                    reading_and_writing(&mut probe, &names, present, &mut found)
                });
                if let Err(error) = outcome {
                    found.push(Finding::new(PLACE, "permissions", Verdict::Wrong, causes(&error)).way_out(WAY_OUT));
                }
            }
            Err(error) => {
                found.push(Finding::new(PLACE, "transactions", Verdict::Wrong, causes(&error)).way_out(format!(
                    "allow this client WRITE and DESCRIBE on transactional ids that begin with {beginning}; without an \
                     answer: transaction.state.log.replication.factor of the brokers must not exceed their number"
                )))
            }
        }
        if settings.processors.iter().any(|processor| processor.pipeline == pipeline) {
            found.extend(deletion(settings, topics, &names, present));
        }
    }
    found
}

fn group(probe: &mut Probe, names: &Names, beginning: &str) -> Result<Finding, KafkaFailure> {
    // It need not exist for the group to be refused.
    Ok(match probe.group(&names.topic(topic::INTERACTIONS))? {
        None => {
            Finding::new(PLACE, "groups", Verdict::Ok, format!("this client may commit positions as {beginning}check"))
        }
        Some(cause) => Finding::new(PLACE, "groups", Verdict::Wrong, cause)
            .way_out(format!("allow this client READ on groups that begin with {beginning}")),
    })
}

fn reading_and_writing(
    probe: &mut Probe,
    names: &Names,
    present: &[&TopicSpec],
    found: &mut Vec<Finding>,
) -> Result<(), KafkaFailure> {
    let of_pipeline: Vec<&str> = present.iter().map(|spec| spec.name.as_str()).collect();
    let only_written = WRITTEN_ONLY.map(|name| names.topic(name));
    let read: Vec<&str> =
        of_pipeline.iter().copied().filter(|name| !only_written.iter().any(|one| one == name)).collect();
    let Some(first) = read.first() else {
        let what = "no topic is there yet; whether this client may read and write them is seen once they are";
        found.push(Finding::new(PLACE, "reading and writing", Verdict::Ok, what));
        return Ok(());
    };
    let refused = probe.reading(&read)?;
    if refused.is_empty() {
        found.push(Finding::new(PLACE, "reading", Verdict::Ok, format!("this client may, in {} topics", read.len())));
    }
    found.extend(refused.iter().map(|(name, cause)| {
        Finding::new(PLACE, "reading", Verdict::Wrong, format!("{name}: {cause}"))
            .way_out("allow this client READ and DESCRIBE on it")
    }));
    let readable = read.iter().find(|name| !refused.iter().any(|(one, _)| one == *name)).unwrap_or(first);
    if probe.writing(&of_pipeline, readable)?.is_none() {
        let what = format!("this client may, into {} topics", of_pipeline.len());
        found.push(Finding::new(PLACE, "writing", Verdict::Ok, what));
        return Ok(());
    }
    // It does not say into which.
    for name in &of_pipeline {
        if let Some(cause) = probe.writing(&[name], readable)? {
            found.push(
                Finding::new(PLACE, "writing", Verdict::Wrong, format!("{name}: {cause}"))
                    .way_out("allow this client WRITE and DESCRIBE on it"),
            );
        }
    }
    Ok(())
}

/// Deletes records before the first one that is there: nothing, but only for who may.
fn deletion(settings: &Settings, topics: &Topics, names: &Names, present: &[&TopicSpec]) -> Option<Finding> {
    let contributions = names.topic(topic::CONTRIBUTIONS);
    if !present.iter().any(|spec| spec.name == contributions) {
        return None;
    }
    let asked = Bounds::new(&settings.worker, &format!("{}check", settings.worker.topic_prefix))
        .and_then(|bounds| bounds.all(&contributions, 0))
        .and_then(|(first, _)| topics.delete_before(&contributions, &[(0, first)]));
    Some(match asked {
        Ok(()) => Finding::new(PLACE, "deleting records", Verdict::Ok, format!("this client may, in {contributions}")),
        Err(error) => Finding::new(PLACE, "deleting records", Verdict::Wrong, causes(&error))
            .way_out(format!("allow this client DELETE on {contributions}: what was read is deleted there")),
    })
}
