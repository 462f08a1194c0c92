//! A source's claims and logins: where it goes on, and how often it tries. Edge.

use std::time::Duration;

use super::publisher::Reply;
use super::run::{Ended, Run};
use super::source_offset::SourceOffset;
use super::split::{self, Stored};
use super::task::{SourceError, SourceReport};
use crate::domain::causes::causes;
use crate::domain::reference::{Kind, Reference};
use crate::domain::time::format_instant;
use crate::genesys::reference::ledger::entity;
use crate::publish::contract::{Claimed, PublishError};

impl Run {
    pub(super) async fn until_stopped(&mut self) -> Result<SourceReport, SourceError> {
        let mut failures: u32 = 0;
        loop {
            let Some(claimed) = self.claim().await? else { return Ok(self.ended_early()) };
            let Some(offset) = self.begin(claimed)? else { return Ok(SourceReport::Fenced) };
            if !self.log_in().await? {
                return Ok(SourceReport::Stopped);
            }
            match self.plan_until_interrupted(Some(offset), &mut failures).await? {
                Ended::Stopped => return Ok(SourceReport::Stopped),
                Ended::Fenced => return Ok(SourceReport::Fenced),
                Ended::ClaimAgain => {
                    failures = failures.saturating_add(1);
                    if self.pause(failures, None).await {
                        return Ok(SourceReport::Stopped);
                    }
                }
            }
        }
    }

    /// Where to go on; `None` when another source has split the extraction anew since this one began.
    fn begin(&mut self, claimed: Claimed) -> Result<Option<SourceOffset>, SourceError> {
        let mut stored = Stored::new();
        let own = claimed.offset.map(|json| (self.settings.source_partition.clone(), json));
        for (name, json) in claimed.others.into_iter().chain(own) {
            stored.insert(name, SourceOffset::from_json(&json)?);
        }
        let newest = split::newest_generation(&stored);
        if self.generation.is_some_and(|generation| generation < newest) {
            tracing::info!(source = self.name, newest, "another source has split the extraction anew");
            return Ok(None);
        }
        let begun = split::beginning(&self.settings, &stored)?;
        if !begun.taken_from.is_empty() {
            let (from, cursor) = (begun.taken_from.join(", "), format_instant(begun.offset.cursor));
            tracing::info!(source = self.name, from, cursor, "goes on where an earlier split stood");
        }
        self.generation = Some(begun.offset.plan_generation);
        Ok(Some(begun.offset))
    }

    fn ended_early(&self) -> SourceReport {
        if self.shutdown.requested() { SourceReport::Stopped } else { SourceReport::Fenced }
    }

    /// Claims until it works; `None` when a stop was asked for or another source took over.
    async fn claim(&mut self) -> Result<Option<Claimed>, SourceError> {
        let mut failures: u32 = 0;
        loop {
            if !self.thread.claim().await {
                return Err(SourceError::ThreadGone(None));
            }
            let shutdown = self.shutdown.clone();
            let reply = tokio::select! {
                reply = self.thread.reply() => reply,
                () = shutdown.wait() => return Ok(None),
            };
            match reply {
                Some(Reply::Claimed(Ok((claimed, reference)))) => {
                    self.remember(&reference).await;
                    return Ok(Some(claimed));
                }
                Some(Reply::Claimed(Err(PublishError::Retry(reason)))) => {
                    failures = failures.saturating_add(1);
                    tracing::warn!(source = self.name, reason, failures, "claim failed, trying again");
                    if self.pause(failures, None).await {
                        return Ok(None);
                    }
                }
                Some(Reply::Claimed(Err(PublishError::Fenced))) => {
                    tracing::info!(source = self.name, "another source took over");
                    return Ok(None);
                }
                Some(Reply::Claimed(Err(error @ PublishError::Fatal(_)))) => return Err(SourceError::Publish(error)),
                Some(Reply::Published(_) | Reply::Requested(_)) | None => return Err(SourceError::ThreadGone(None)),
            }
        }
    }

    /// Takes in what ids were called last, for names that the platform no longer has.
    async fn remember(&mut self, reference: &[(Kind, Reference)]) {
        for kind in &self.named {
            let of_kind = reference.iter().filter(|(of, _)| of == kind);
            let known = of_kind.map(|(_, one)| (one.id.clone(), entity(one))).collect();
            self.fetcher.names().remember(*kind, known).await;
        }
        if let Some(ledger) = &mut self.ledger {
            ledger.restore(reference);
        }
    }

    /// Logs in until it works; `false` when a stop was asked for.
    async fn log_in(&self) -> Result<bool, SourceError> {
        let mut failures: u32 = 0;
        loop {
            let outcome = tokio::select! {
                outcome = self.client.log_in() => outcome,
                () = self.shutdown.wait() => return Ok(false),
            };
            let Err(error) = outcome else { return Ok(true) };
            if error.is_configuration() && !self.fetcher.ever_answered() {
                return Err(SourceError::Refused(error));
            }
            failures = failures.saturating_add(1);
            self.progress.retried();
            let reason = causes(&error);
            tracing::warn!(source = self.name, class = error.class(), reason, failures, "login failed, trying again");
            if self.pause(failures, error.retry_after_ms()).await {
                return Ok(false);
            }
        }
    }

    /// Backs off; `true` when a stop was asked for.
    async fn pause(&self, failures: u32, at_least_ms: Option<u64>) -> bool {
        let wait_ms = self.backoff.wait_ms(failures, self.client.chance(), at_least_ms);
        self.shutdown.sleep(Duration::from_millis(wait_ms)).await
    }
}
