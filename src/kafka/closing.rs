//! A client whose closing nobody waits for. Edge.
//!
//! librdkafka closes a consumer in the course of its polls, a tenth of a second later at best; after a broker stood still it
//! may not come to an end. No reader of partitions that are assigned by hand has anything to say to a group by closing.

use std::ops::Deref;

use rdkafka::consumer::{BaseConsumer, ConsumerContext};

use crate::runtime::supervisor::drop_aside;

/// A consumer that is closed by a thread of its own when it is dropped.
pub struct ClosedAside<C: ConsumerContext + 'static>(Option<BaseConsumer<C>>);

impl<C: ConsumerContext + 'static> ClosedAside<C> {
    /// Takes the consumer.
    pub fn new(consumer: BaseConsumer<C>) -> ClosedAside<C> {
        ClosedAside(Some(consumer))
    }
}

impl<C: ConsumerContext + 'static> Deref for ClosedAside<C> {
    type Target = BaseConsumer<C>;

    fn deref(&self) -> &BaseConsumer<C> {
        self.0.as_ref().expect("it is taken out when it is dropped")
    }
}

impl<C: ConsumerContext + 'static> Drop for ClosedAside<C> {
    fn drop(&mut self) {
        if let Some(consumer) = self.0.take() {
            drop_aside("closing", consumer);
        }
    }
}
