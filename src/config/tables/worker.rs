//! The settings of `[worker]`: what all connectors of a process share. Pure.

use super::common::LATER;
use crate::config::definition::{Definition, Importance, Kind, Scope};
use crate::config::validator::Validator;

const KAFKA: &str = "Kafka";
const TOPICS: &str = "Topics";

/// All settings of `[worker]`, in the order of the reference page.
pub static TABLE: &[Definition] = &[
    Definition::new("bootstrap.servers", Kind::List, KAFKA, "Brokers to ask first, as HOST:PORT")
        .required()
        .valid(Validator::Servers)
        .importance(Importance::High),
    Definition::new(
        "kafka.*",
        Kind::String,
        KAFKA,
        "Any property of the Kafka client, passed to every producer and consumer as it stands; refused are those that \
         delivery depends on, and TLS or SASL in a build without the cargo feature `tls`",
    ),
    Definition::new(
        "security.allow.sasl.plaintext",
        Kind::Boolean,
        KAFKA,
        "Permits SASL mechanisms that send the password or token itself (PLAIN, OAUTHBEARER) over a connection \
         without TLS",
    )
    .default("false")
    .importance(Importance::Low),
    Definition::new("topic.prefix", Kind::String, TOPICS, "Beginning of every topic name, with its dot")
        .default("handletime.")
        .valid(Validator::TopicPrefix)
        .importance(Importance::High)
        .scope(Scope::Stored),
    Definition::new(
        "topics.partitions",
        Kind::Int,
        TOPICS,
        "Partitions of the topics that the program creates: the most tasks that can share the work",
    )
    .default("4")
    .valid(Validator::Whole { min: 1, max: 10_000 })
    .importance(Importance::High)
    .scope(Scope::Stored),
    Definition::new(
        "topics.replication.factor",
        Kind::Int,
        TOPICS,
        "Copies of each partition of the topics that the program creates; 3 where data must outlive a broker",
    )
    .default("1")
    .valid(Validator::Whole { min: 1, max: 32_767 })
    .importance(Importance::High)
    .scope(Scope::Stored),
    Definition::new("schema.registry.url", Kind::String, LATER, "Schema registry whose framing the records have")
        .scope(Scope::Stored)
        .only(&[], "records have Avro single-object framing, without a registry; remove the setting"),
    Definition::new("rest.listen", Kind::String, LATER, "Address of the REST interface")
        .only(&[], "there is no REST interface; connectors come from the file by `handletime run`; remove the setting"),
    Definition::new("group.id", Kind::String, LATER, "Group of workers that share the connectors").only(
        &[],
        "processes share work by partitions; group ids follow from topic.prefix and pipeline.name; remove \
         the setting",
    ),
];
