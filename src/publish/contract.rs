//! What a source hands over, and what it gets back. Pure: the two implementations are in `publish` and `embedded`.

use std::collections::BTreeMap;

use crate::domain::dead_letter::DeadLetter;
use crate::domain::interaction::Interaction;
use crate::domain::reconciliation::Reconciliation;
use crate::domain::reference::{Kind, Reference};
use crate::domain::slice::SliceStatus;
use crate::domain::time::TimeRange;
use crate::domain::watermark::Watermark;

/// What one transaction of a source publishes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Publication {
    /// Interactions of one page.
    pub interactions: Vec<Interaction>,
    /// Rows of that page that could not be read.
    pub dead_letters: Vec<DeadLetter>,
    /// Where the page's slice stands.
    pub slice: Option<SliceStatus>,
    /// What ids are called, as far as that is new.
    pub reference: Vec<(Kind, Reference)>,
    /// Comparisons with the platform's own figures.
    pub reconciliations: Vec<Reconciliation>,
    /// A watermark to pass on; the publisher fills `interactions_offsets`.
    pub watermark: Option<Watermark>,
    /// The source offset after this page, as a JSON object; the publisher keeps `interactions_offsets` beside it.
    pub offset: String,
}

/// What a source finds when it takes over from its predecessor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claimed {
    /// The committed source offset, if there is one.
    pub offset: Option<String>,
    /// Those of all other source partitions of the same pipeline and organisation, by name, past splits included.
    pub others: BTreeMap<String, String>,
}

/// What an operator, or a comparison, wants read again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Greater than that of every request before, from 1.
    pub number: i64,
    /// What is to be read again; parts that are not held are left alone.
    pub ranges: Vec<TimeRange>,
    /// What a comparison found to be lost: held from now on, and read again.
    pub lost: Vec<TimeRange>,
}

/// Why a publication did not become visible.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Another source of the same pipeline and org took over: stop quietly.
    #[error("another source of this pipeline and organisation has taken over")]
    Fenced,
    /// The publisher had to be replaced: claim again, and go on from the offset it returns.
    #[error("the transaction could not be completed: {0}")]
    Retry(String),
    /// Retrying cannot help.
    #[error("{0}")]
    Fatal(String),
}

/// Publishes for one source partition. All calls block: they run on a thread of their own.
pub trait Publish: Send {
    /// Ends a predecessor's open transaction and reads the committed source offset.
    ///
    /// # Errors
    /// As [`PublishError`] says; nothing was published.
    fn claim(&mut self) -> Result<Claimed, PublishError>;

    /// What ids were called last, as published by this or any other source of the organisation. Asked after a claim.
    ///
    /// # Errors
    /// As [`PublishError`] says.
    fn reference(&mut self) -> Result<Vec<(Kind, Reference)>, PublishError> {
        Ok(Vec::new())
    }

    /// Publishes all of it in one transaction.
    ///
    /// # Errors
    /// As [`PublishError`] says; nothing of the publication is visible then.
    fn publish(&mut self, publication: &Publication) -> Result<(), PublishError>;

    /// The newest request since the last time this was asked; the first time, since ever. Where no one can ask, none.
    ///
    /// # Errors
    /// As [`PublishError`] says; it may be asked for again.
    fn request(&mut self) -> Result<Option<Request>, PublishError> {
        Ok(None)
    }
}
