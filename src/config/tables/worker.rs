//! The settings of `[worker]`: what all connectors of a process share. Pure.

use super::common::LATER;
use crate::config::definition::{Definition, Importance, Kind, Scope};
use crate::config::validator::Validator;

const KAFKA: &str = "Kafka";
const TOPICS: &str = "Topics";
const REST: &str = "REST interface";
const TELEMETRY: &str = "Logs and traces";

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
         delivery depends on, and TLS or SASL in a build without the cargo feature `tls`, which is on by default",
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
    Definition::new(
        "security.sasl.oauthbearer.token",
        Kind::Password,
        KAFKA,
        "Token that clients prove themselves with under SASL OAUTHBEARER; given as `${file:PATH:KEY}` it is read again before \
         it is over, so that another program can keep it fresh",
    )
    .valid(Validator::NonEmpty),
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
    Definition::new(
        "rest.listen",
        Kind::String,
        REST,
        "Address of the REST interface and the status page, as HOST:PORT; absent: none for `handletime run`, \
         127.0.0.1:8083 for `handletime worker`",
    )
    .valid(Validator::Listen)
    .importance(Importance::High),
    Definition::new(
        "rest.advertised.listen",
        Kind::String,
        REST,
        "HOST:PORT under which others reach the REST interface: stands in states as the worker's id; absent: the \
         address that it listens at",
    )
    .valid(Validator::Server),
    Definition::new(
        "rest.tls.certificate.file",
        Kind::String,
        REST,
        "File with the certificate chain of HTTPS, as PEM",
    )
    .valid(Validator::NonEmpty),
    Definition::new("rest.tls.key.file", Kind::String, REST, "File with the private key of HTTPS, as PEM")
        .valid(Validator::NonEmpty),
    Definition::new("rest.basic.user", Kind::String, REST, "User that every request has to name (HTTP basic)")
        .valid(Validator::User),
    Definition::new("rest.basic.password", Kind::Password, REST, "Password of that user").valid(Validator::NonEmpty),
    Definition::new(
        "rest.allow.plaintext",
        Kind::Boolean,
        REST,
        "Permits an address that is not a loopback one without TLS or without a user: whoever reaches it can change \
         connectors, and reads what is sent",
    )
    .default("false")
    .importance(Importance::Low),
    Definition::new("rest.body.max.bytes", Kind::Int, REST, "Longest body of a request")
        .default("1048576")
        .valid(Validator::Whole { min: 1_024, max: 67_108_864 })
        .unit("bytes")
        .importance(Importance::Low),
    Definition::new("rest.request.timeout.ms", Kind::Int, REST, "Longest time until a request is answered")
        .default("90000")
        .valid(Validator::Whole { min: 1, max: 3_600_000 })
        .unit("ms")
        .importance(Importance::Low),
    Definition::new("schema.registry.url", Kind::String, LATER, "Schema registry whose framing the records have")
        .scope(Scope::Stored)
        .only(&[], "records have Avro single-object framing, without a registry; remove the setting"),
    Definition::new(
        "group.id",
        Kind::String,
        KAFKA,
        "Group of the workers that share connectors; only `handletime worker` has one. Their transactional ids and those of \
         what they write to `configs` and `status` begin with it",
    )
    .valid(Validator::Name)
    .importance(Importance::High)
    .scope(Scope::Stored),
    Definition::new(
        "log.format",
        Kind::String,
        TELEMETRY,
        "How `handletime run` and `handletime worker` log: lines for people, or one JSON object an event; --log-format \
         and HANDLETIME_LOG_FORMAT win over it; absent: text",
    )
    .valid(Validator::OneOf(&["text", "json"]))
    .importance(Importance::Low),
    Definition::new(
        "otel.endpoint",
        Kind::String,
        TELEMETRY,
        "OpenTelemetry collector that `handletime run` and `handletime worker` send traces to by OTLP over HTTP, as \
         http://localhost:4318: `/v1/traces` is added. There is a span for each slice, page, publication and \
         transaction. Spans that the collector does not take are dropped and counted; absent: no traces",
    )
    .valid(Validator::Address)
    .importance(Importance::Low),
    Definition::new("otel.service.name", Kind::String, TELEMETRY, "Name under which the traces stand")
        .default("handletime")
        .valid(Validator::NonEmpty)
        .importance(Importance::Low),
];
