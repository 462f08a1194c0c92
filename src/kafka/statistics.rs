//! What librdkafka tells of each client that is polled, and all of it together. Edge: one table for the process.
//!
//! Only clients that somebody polls are asked to tell: what nobody takes would pile up in the client.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use rdkafka::ClientContext;
use rdkafka::client::OAuthToken;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::KafkaError;
use serde::Deserialize;

use super::notices::notice;
use super::token;

/// All clients of this process.
static CLIENTS: LazyLock<Arc<Mutex<Clients>>> = LazyLock::new(Arc::default);

/// What clients tell of themselves; sums over all of them, those that are gone included where it is a count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Clients that have told of themselves and still live.
    pub clients: u64,
    /// Records that wait for their confirmation.
    pub unconfirmed: u64,
    /// Bytes of them.
    pub unconfirmed_bytes: u64,
    /// Records whose delivery failed.
    pub delivery_errors: u64,
    /// Requests that could not be sent, or whose answer could not be read.
    pub request_errors: u64,
    /// Requests that ran into their timeout.
    pub request_timeouts: u64,
    /// Bytes sent.
    pub sent_bytes: u64,
    /// Bytes received.
    pub received_bytes: u64,
    /// Median and 99th percentile of a broker's round trip in microseconds, the highest of all producers: the requests of
    /// a consumer wait at the broker for records.
    pub round_trip_us: Option<(u64, u64)>,
    /// Rebalances of groups that clients took part in.
    pub rebalances: u64,
}

/// How a partition that a client reads lies beside what the client has of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ahead {
    /// The last stable offset, as far as the client was told.
    pub end: i64,
    /// The client has given out everything before it.
    pub drained: bool,
}

#[derive(Debug, Default)]
struct Clients {
    next: u64,
    live: BTreeMap<u64, Told>,
    // Counts of those that are no more.
    gone: Told,
}

impl Told {
    /// Adds what only grows.
    fn add_counts(&mut self, other: &Told) {
        self.delivery_errors += other.delivery_errors;
        self.request_errors += other.request_errors;
        self.request_timeouts += other.request_timeouts;
        self.sent_bytes += other.sent_bytes;
        self.received_bytes += other.received_bytes;
        self.rebalances += other.rebalances;
    }
}

impl Clients {
    fn together(&self) -> Told {
        let mut sum = Told { clients: 0, ..self.gone };
        for told in self.live.values() {
            sum.add_counts(told);
            sum.clients += told.clients;
            sum.unconfirmed += told.unconfirmed;
            sum.unconfirmed_bytes += told.unconfirmed_bytes;
            sum.round_trip_us = match (sum.round_trip_us, told.round_trip_us) {
                (Some((p50, p99)), Some(other)) => Some((p50.max(other.0), p99.max(other.1))),
                (one, other) => one.or(other),
            };
        }
        sum
    }
}

/// All clients of this process, together.
#[must_use]
pub fn together() -> Told {
    locked(&CLIENTS).together()
}

/// One client's place in the table; given up when the client is gone.
#[derive(Debug)]
pub(super) struct Telling {
    id: u64,
    of: Arc<Mutex<Clients>>,
    ahead: Mutex<BTreeMap<(String, i32), Ahead>>,
}

impl Default for Telling {
    fn default() -> Self {
        Telling::among(Arc::clone(&CLIENTS))
    }
}

impl Telling {
    fn among(of: Arc<Mutex<Clients>>) -> Telling {
        let mut clients = locked(&of);
        let id = clients.next;
        clients.next += 1;
        clients.live.insert(id, Told::default());
        drop(clients);
        Telling { id, of, ahead: Mutex::default() }
    }

    /// Takes what the client tells of itself; what cannot be read is left out.
    pub(super) fn take(&self, json: &[u8]) {
        let read: Statistics = match serde_json::from_slice(json) {
            Ok(read) => read,
            Err(error) => return tracing::debug!(%error, "reading a client's statistics"),
        };
        self.change(|told| *told = Told { delivery_errors: told.delivery_errors, ..read.told() });
        *locked(&self.ahead) = read.ahead();
    }

    /// A delivery failed.
    pub(super) fn delivery_failed(&self) {
        self.change(|told| told.delivery_errors += 1);
    }

    /// What lies before the reader of a partition; `None` while the client has not heard of its end.
    pub(super) fn ahead(&self, topic: &str, partition: i32) -> Option<Ahead> {
        locked(&self.ahead).get(&(topic.to_owned(), partition)).copied()
    }

    fn change(&self, change: impl FnOnce(&mut Told)) {
        if let Some(told) = locked(&self.of).live.get_mut(&self.id) {
            change(told);
        }
    }
}

impl Drop for Telling {
    fn drop(&mut self) {
        let mut clients = locked(&self.of);
        if let Some(told) = clients.live.remove(&self.id) {
            clients.gone.add_counts(&told);
        }
    }
}

/// The context of readers that are polled: it tells of the client, and answers no other callbacks.
#[derive(Debug, Default)]
pub(super) struct Telltale(pub(super) Telling);

impl ClientContext for Telltale {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn log(&self, level: RDKafkaLogLevel, _facility: &str, text: &str) {
        notice(level, text);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "kafka client");
    }

    fn stats_raw(&self, statistics: &[u8]) {
        self.0.take(statistics);
    }

    fn generate_oauth_token(&self, config: Option<&str>) -> Result<OAuthToken, Box<dyn std::error::Error>> {
        Ok(token::current(config)?)
    }
}

impl ConsumerContext for Telltale {}

/// The part of librdkafka's statistics that is used. Negative numbers stand for what is not known.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Statistics {
    r#type: String,
    msg_cnt: u64,
    msg_size: u64,
    tx_bytes: u64,
    rx_bytes: u64,
    brokers: BTreeMap<String, Broker>,
    topics: BTreeMap<String, Topic>,
    cgrp: Group,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Broker {
    txerrs: u64,
    rxerrs: u64,
    req_timeouts: u64,
    rtt: RoundTrip,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RoundTrip {
    p50: u64,
    p99: u64,
    cnt: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Topic {
    partitions: BTreeMap<String, Partition>,
}

#[derive(Debug, Deserialize)]
struct Partition {
    partition: i32,
    fetchq_cnt: i64,
    next_offset: i64,
    ls_offset: i64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Group {
    rebalance_cnt: u64,
}

impl Statistics {
    fn told(&self) -> Told {
        let sum = |of: fn(&Broker) -> u64| self.brokers.values().map(of).sum();
        let produces = self.r#type == "producer";
        let heard = self.brokers.values().map(|broker| &broker.rtt).filter(|rtt| produces && 0 < rtt.cnt);
        let highest = |of: fn(&RoundTrip) -> u64| heard.clone().map(of).max();
        Told {
            clients: 1,
            unconfirmed: self.msg_cnt,
            unconfirmed_bytes: self.msg_size,
            delivery_errors: 0,
            request_errors: sum(|broker| broker.txerrs + broker.rxerrs),
            request_timeouts: sum(|broker| broker.req_timeouts),
            sent_bytes: self.tx_bytes,
            received_bytes: self.rx_bytes,
            round_trip_us: highest(|rtt| rtt.p50).zip(highest(|rtt| rtt.p99)),
            rebalances: self.cgrp.rebalance_cnt,
        }
    }

    fn ahead(&self) -> BTreeMap<(String, i32), Ahead> {
        let mut ahead = BTreeMap::new();
        for (topic, of) in &self.topics {
            // -1 is no partition but what belongs to none yet.
            for at in of.partitions.values().filter(|at| 0 <= at.partition && 0 <= at.ls_offset) {
                let drained = at.ls_offset <= at.next_offset && at.fetchq_cnt == 0;
                ahead.insert((topic.clone(), at.partition), Ahead { end: at.ls_offset, drained });
            }
        }
        ahead
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRODUCER: &[u8] =
        br#"{"name":"p","type":"producer","msg_cnt":3,"msg_size":900,"tx_bytes":1000,"rx_bytes":200,
        "brokers":{"a":{"txerrs":1,"rxerrs":2,"req_timeouts":4,"rtt":{"p50":700,"p99":9000,"cnt":5}},
                   "b":{"txerrs":0,"rxerrs":0,"req_timeouts":0,"rtt":{"p50":800,"p99":3000,"cnt":5}},
                   "idle":{"txerrs":0,"rxerrs":0,"req_timeouts":0,"rtt":{"p50":99999,"p99":99999,"cnt":0}}},
        "topics":{}}"#;

    const READER: &[u8] = br#"{"name":"c","type":"consumer","tx_bytes":10,"rx_bytes":20,
        "brokers":{"a":{"txerrs":0,"rxerrs":0,"req_timeouts":0,"rtt":{"p50":500000,"p99":500000,"cnt":9}}},
        "topics":{"t":{"partitions":{
            "0":{"partition":0,"fetchq_cnt":0,"next_offset":12,"ls_offset":12,"hi_offset":13},
            "1":{"partition":1,"fetchq_cnt":2,"next_offset":12,"ls_offset":12,"hi_offset":13},
            "2":{"partition":2,"fetchq_cnt":0,"next_offset":5,"ls_offset":-1001,"hi_offset":-1001},
            "-1":{"partition":-1,"fetchq_cnt":0,"next_offset":0,"ls_offset":0,"hi_offset":0}}}},
        "cgrp":{"rebalance_cnt":2}}"#;

    #[test]
    fn counts_of_all_clients_are_added_and_stay_when_a_client_goes() {
        let clients = Arc::<Mutex<Clients>>::default();
        let (producer, reader) = (Telling::among(Arc::clone(&clients)), Telling::among(Arc::clone(&clients)));
        assert_eq!(locked(&clients).together(), Told::default(), "nobody has told anything");
        producer.take(PRODUCER);
        producer.delivery_failed();
        reader.take(READER);
        // The same again: counts are since the client was made, and not since it last told of itself.
        producer.take(PRODUCER);
        let told = locked(&clients).together();
        assert_eq!((told.clients, told.unconfirmed, told.unconfirmed_bytes), (2, 3, 900));
        assert_eq!((told.request_errors, told.request_timeouts, told.delivery_errors), (3, 4, 1));
        assert_eq!((told.sent_bytes, told.received_bytes, told.rebalances), (1_010, 220, 2));
        assert_eq!(told.round_trip_us, Some((800, 9_000)), "of brokers that answered a producer");
        drop((producer, reader));
        let told = locked(&clients).together();
        assert_eq!((told.clients, told.unconfirmed, told.round_trip_us), (0, 0, None));
        assert_eq!((told.sent_bytes, told.request_timeouts, told.delivery_errors, told.rebalances), (1_010, 4, 1, 2));
    }

    #[test]
    fn a_partition_is_drained_when_nothing_of_it_is_left_with_the_client() {
        let reader = Telling::among(Arc::default());
        reader.take(READER);
        let drained = |partition| reader.ahead("t", partition).map(|ahead| (ahead.end, ahead.drained));
        assert_eq!(
            (drained(0), drained(1), drained(2), drained(-1)),
            (Some((12, true)), Some((12, false)), None, None)
        );
    }
}
