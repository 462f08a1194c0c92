//! What operators ask of a running source: when it is looked for, and what becomes of it. Edge.

use std::time::Duration;

use tokio::time::Instant;

use super::publisher::Reply;
use super::run::{Course, Run};
use super::task::SourceError;
use crate::publish::contract::Request;

/// How often at most it is looked for what operators ask; where it is polled more often than ten times meanwhile, every
/// tenth time.
const LOOK_INTERVAL: Duration = Duration::from_secs(10);

impl Run {
    /// Lets the publisher look, when it is time for it.
    pub(super) async fn look_for_requests(&self, course: &mut Course) {
        let interval = LOOK_INTERVAL.min(10 * self.poll_interval());
        if interval <= course.looked_at.elapsed() {
            course.looked_at = Instant::now();
            course.looking = self.thread.request().await;
        }
    }

    /// What was asked before this start; outer `None`: a stop was asked for.
    pub(super) async fn first_request(&mut self) -> Result<Option<Option<Request>>, SourceError> {
        if !self.thread.request().await {
            return Err(SourceError::ThreadGone(None));
        }
        let shutdown = self.shutdown.clone();
        let reply = tokio::select! {
            reply = self.thread.reply() => reply,
            () = shutdown.wait() => return Ok(None),
        };
        self.told(reply).map(Some)
    }

    /// The publisher has looked.
    pub(super) async fn requested(&mut self, course: &mut Course, reply: Option<Reply>) -> Result<(), SourceError> {
        course.looking = false;
        if let Some(request) = self.told(reply)?
            && let Some(staged) = course.plan.ask_again(&request, self.client.now())
        {
            tracing::info!(source = self.name, ranges = request.ranges.len(), "held ranges are read again on request");
            self.publish(course, staged).await?;
        }
        Ok(())
    }

    fn told(&self, reply: Option<Reply>) -> Result<Option<Request>, SourceError> {
        match reply {
            Some(Reply::Requested(Ok(request))) => Ok(request),
            Some(Reply::Requested(Err(error))) => {
                // Nothing is lost: it is looked for again.
                tracing::debug!(source = self.name, %error, "looking for requests");
                Ok(None)
            }
            _ => Err(SourceError::ThreadGone(None)),
        }
    }
}
