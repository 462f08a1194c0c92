//! The settings of the processor that is measured, from the arguments: the same text for it and for who measures it. Edge:
//! placeholders for secrets are looked up.

use std::fmt::Write;

use anyhow::Context;

use crate::cli::BenchBrokerArgs;
use crate::config::file::resolve;
use crate::config::{Settings, parse, toml_text};

/// What all topics of a measurement begin with: whatever does is deleted.
pub const PREFIX: &str = "handletime-bench.";

/// A settings file's text and what it says.
#[derive(Clone, Debug)]
pub struct Written {
    /// The text, as a process reads it.
    pub text: String,
    /// What it says; it has one processor.
    pub settings: Settings,
}

/// Writes the settings that the arguments ask for.
///
/// # Errors
/// What is wrong with them, key by key.
pub fn settings(args: &BenchBrokerArgs) -> anyhow::Result<Written> {
    let worker = [
        ("bootstrap.servers", args.bootstrap_servers.clone()),
        ("topic.prefix", PREFIX.to_owned()),
        ("topics.partitions", args.partitions.to_string()),
        ("topics.replication.factor", "1".to_owned()),
    ];
    let processor = [
        ("connector.class", "HandleTimeProcessor".to_owned()),
        ("kpi.topics", args.topics.clone()),
        ("transaction.interval.ms", args.transaction_interval_ms.to_string()),
        ("tasks.max", args.tasks.to_string()),
    ];
    let mut text = String::new();
    section(&mut text, "worker", &worker, &args.worker_settings)?;
    section(&mut text, "connectors.bench", &processor, &args.processor_settings)?;
    let settings = read(&text)?;
    let refused = settings.processors.len() != 1 || !settings.worker.topic_prefix.starts_with(PREFIX);
    anyhow::ensure!(!refused, "a measurement has one processor, and topics that begin with {PREFIX}");
    Ok(Written { text, settings })
}

/// Reads a settings text.
///
/// # Errors
/// What is wrong with it, key by key.
pub fn read(text: &str) -> anyhow::Result<Settings> {
    let mut problems = Vec::new();
    let file = toml_text::read("the measurement's settings", text, &resolve, &mut problems);
    parse::settings(&file, problems).map_err(|problems| anyhow::anyhow!("{problems}"))
}

/// Writes a section; what was given besides wins over what is there.
fn section(out: &mut String, title: &str, ours: &[(&str, String)], given: &[String]) -> anyhow::Result<()> {
    let given = given.iter().map(|pair| {
        let split = pair.split_once('=').map(|(key, value)| (key.trim(), value.trim().to_owned()));
        split.with_context(|| format!("{pair} is not KEY=VALUE"))
    });
    let given = given.collect::<anyhow::Result<Vec<(&str, String)>>>()?;
    let kept = ours.iter().filter(|(key, _)| !given.iter().any(|(other, _)| other == key)).cloned();
    // Writing to a String cannot fail.
    let _ = writeln!(out, "[{title}]");
    for (key, value) in kept.chain(given.iter().cloned()) {
        let quoted = toml::Value::String(value);
        let _ = writeln!(out, "{key} = {quoted}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args() -> BenchBrokerArgs {
        BenchBrokerArgs {
            bootstrap_servers: "127.0.0.1:1".to_owned(),
            partitions: 2,
            tasks: 3,
            topics: "queue".to_owned(),
            transaction_interval_ms: 100,
            processor_settings: Vec::new(),
            worker_settings: Vec::new(),
            seed: 7,
            json: None,
            keep: false,
        }
    }

    #[test]
    fn the_arguments_become_settings_and_what_is_given_besides_wins() {
        let mut args = args();
        args.processor_settings = vec!["kpi.grains = pt15m".to_owned(), "tasks.max=5".to_owned()];
        args.worker_settings = vec!["kafka.security.protocol=PLAINTEXT".to_owned()];
        let written = settings(&args).unwrap();
        let (worker, processor) = (&written.settings.worker, &written.settings.processors[0]);
        assert_eq!((worker.topics_partitions, worker.topic_prefix.as_str()), (2, PREFIX));
        assert_eq!(worker.kafka["security.protocol"], "PLAINTEXT");
        assert_eq!((processor.tasks_max, processor.rules.grains.len()), (5, 1));
    }

    #[test]
    fn what_is_wrong_is_named_and_other_peoples_topics_are_never_meant() {
        let mut args = args();
        args.processor_settings = vec!["kpi.grain=pt15m".to_owned()];
        assert!(settings(&args).unwrap_err().to_string().contains("kpi.grain"));
        args.processor_settings = vec!["kpi.grains".to_owned()];
        assert!(settings(&args).unwrap_err().to_string().contains("KEY=VALUE"));
        args.processor_settings.clear();
        args.worker_settings = vec!["topic.prefix=handletime.".to_owned()];
        assert!(settings(&args).unwrap_err().to_string().contains(PREFIX));
    }
}
