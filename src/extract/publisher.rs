//! The thread that publishes for a source: one order at a time, answered in order. Edge.

use std::time::Duration;

use tokio::sync::mpsc;
use tracing::Span;

use crate::domain::reference::{Kind, Reference};
use crate::publish::contract::{Claimed, Publication, Publish, PublishError, Request};
use crate::runtime::shutdown::Shutdown;
use crate::runtime::spans;
use crate::runtime::supervisor::Supervisor;

/// Orders under way. One: what is published and what is confirmed never differ by more than one publication.
const ORDERS_MAX: usize = 1;

/// How long the thread may take to end once it has no more orders; a broker that is away holds it longer, and it is
/// then left behind with a warning.
const END_WITHIN: Duration = Duration::from_secs(2);

/// What the thread is asked to do.
#[derive(Debug)]
enum Order {
    Claim,
    Publish(Box<Publication>, Span),
    Request,
}

impl Order {
    fn carried_out(self, publisher: &mut dyn Publish) -> Reply {
        match self {
            Order::Claim => Reply::Claimed(publisher.claim().and_then(|claimed| {
                let reference = publisher.reference()?;
                Ok((claimed, reference))
            })),
            Order::Request => Reply::Requested(publisher.request()),
            Order::Publish(publication, span) => {
                let outcome = span.in_scope(|| publisher.publish(&publication));
                if outcome.is_err() {
                    spans::failed(&span, "not_confirmed");
                }
                Reply::Published(outcome)
            }
        }
    }
}

/// What came of an order.
#[derive(Debug)]
pub enum Reply {
    /// Of [`PublisherThread::claim`], with what ids were called last.
    Claimed(Result<(Claimed, Vec<(Kind, Reference)>), PublishError>),
    /// Of [`PublisherThread::publish`].
    Published(Result<(), PublishError>),
    /// Of [`PublisherThread::request`].
    Requested(Result<Option<Request>, PublishError>),
}

/// A running thread that owns the publisher.
#[derive(Debug)]
pub struct PublisherThread {
    orders: mpsc::Sender<Order>,
    replies: mpsc::Receiver<Reply>,
    supervisor: Supervisor,
}

impl PublisherThread {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the operating system refuses another thread.
    pub fn start(name: &str, mut publisher: Box<dyn Publish>) -> std::io::Result<PublisherThread> {
        let (orders, mut todo) = mpsc::channel::<Order>(ORDERS_MAX);
        let (done, replies) = mpsc::channel(ORDERS_MAX);
        let mut supervisor = Supervisor::new(Shutdown::default());
        supervisor.start_thread(&format!("{name}-publish"), move || {
            while let Some(order) = todo.blocking_recv() {
                if done.blocking_send(order.carried_out(&mut *publisher)).is_err() {
                    break;
                }
            }
            Ok(())
        })?;
        Ok(PublisherThread { orders, replies, supervisor })
    }

    /// The same on a task of the runtime that is at hand, for publishers that only seem to block: while tokio's time is
    /// held, waiting for a thread would let it run on. Each publication takes `length`.
    #[cfg(test)]
    pub fn start_task(
        name: &str,
        mut publisher: Box<dyn Publish>,
        length: impl Fn() -> Duration + Send + 'static,
    ) -> PublisherThread {
        let (orders, mut todo) = mpsc::channel::<Order>(ORDERS_MAX);
        let (done, replies) = mpsc::channel(ORDERS_MAX);
        let mut supervisor = Supervisor::new(Shutdown::default());
        supervisor.start(&format!("{name}-publish"), async move {
            while let Some(order) = todo.recv().await {
                if matches!(order, Order::Publish(..)) {
                    tokio::time::sleep(length()).await;
                }
                if done.send(order.carried_out(&mut *publisher)).await.is_err() {
                    break;
                }
            }
            Ok(())
        });
        PublisherThread { orders, replies, supervisor }
    }

    /// Orders a claim; `false` when the thread is gone.
    pub async fn claim(&self) -> bool {
        self.orders.send(Order::Claim).await.is_ok()
    }

    /// Orders a publication, which `span` tells of; `false` when the thread is gone.
    pub async fn publish(&self, publication: Publication, span: Span) -> bool {
        self.orders.send(Order::Publish(Box::new(publication), span)).await.is_ok()
    }

    /// Orders a look for what operators ask; `false` when the thread is gone.
    pub async fn request(&self) -> bool {
        self.orders.send(Order::Request).await.is_ok()
    }

    /// The next reply, in the order of the orders; `None` when the thread is gone. Safe to drop half-way.
    pub async fn reply(&mut self) -> Option<Reply> {
        self.replies.recv().await
    }

    /// Lets the thread end and waits for it.
    pub async fn end(self) {
        let PublisherThread { orders, replies, supervisor } = self;
        drop((orders, replies));
        supervisor.shutdown().trigger();
        if let Err(problem) = supervisor.join(END_WITHIN).await {
            tracing::warn!(problem, "the publishing thread did not end as it should");
        }
    }
}
