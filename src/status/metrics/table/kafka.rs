//! Kafka clients. Pure.

use super::{From, Metric, count, counter, gauge};

/// All clients of the process together.
pub(in crate::status::metrics) static TABLE: &[Metric] = &[
    gauge(
        "handletime_kafka_clients",
        "clients",
        &[],
        From::Once(|vitals| count(vitals.kafka.clients)),
        "Kafka clients of this process that have told of themselves",
    ),
    gauge(
        "handletime_kafka_unconfirmed_records",
        "records",
        &[],
        From::Once(|vitals| count(vitals.kafka.unconfirmed)),
        "Records that wait for the brokers' confirmation",
    ),
    gauge(
        "handletime_kafka_unconfirmed_bytes",
        "bytes",
        &[],
        From::Once(|vitals| count(vitals.kafka.unconfirmed_bytes)),
        "Bytes of the records that wait for the brokers' confirmation",
    ),
    counter(
        "handletime_kafka_delivery_errors_total",
        "records",
        &[],
        From::Once(|vitals| count(vitals.kafka.delivery_errors)),
        "Records whose delivery failed; their transactions are aborted and repeated",
    ),
    counter(
        "handletime_kafka_request_errors_total",
        "requests",
        &[],
        From::Once(|vitals| count(vitals.kafka.request_errors)),
        "Requests to brokers that could not be sent, or whose answer could not be read",
    ),
    counter(
        "handletime_kafka_request_timeouts_total",
        "requests",
        &[],
        From::Once(|vitals| count(vitals.kafka.request_timeouts)),
        "Requests to brokers that ran into their timeout",
    ),
    counter(
        "handletime_kafka_sent_bytes_total",
        "bytes",
        &[],
        From::Once(|vitals| count(vitals.kafka.sent_bytes)),
        "Bytes sent to brokers",
    ),
    counter(
        "handletime_kafka_received_bytes_total",
        "bytes",
        &[],
        From::Once(|vitals| count(vitals.kafka.received_bytes)),
        "Bytes received from brokers",
    ),
    gauge(
        "handletime_kafka_round_trip_seconds",
        "seconds",
        &["percentile"],
        From::RoundTrip,
        "Round trip of producers' requests to brokers, the highest of all clients, over the last seconds",
    ),
    counter(
        "handletime_kafka_rebalances_total",
        "rebalances",
        &[],
        From::Once(|vitals| count(vitals.kafka.rebalances)),
        "Times that partitions of a group were shared out anew, as members of this process saw it",
    ),
];
