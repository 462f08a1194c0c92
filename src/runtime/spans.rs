//! The spans of traces: what they are called and what they tell. Edge: whoever collects them reads the clock.
//!
//! There is one a slice, a page, a publication and a transaction, never one a record, and none of them is made unless
//! traces are collected. They tell of times and counts: nothing of a person, no id, no text of an answer.

use std::sync::atomic::{AtomicBool, Ordering};

use tracing::{Span, debug_span, field};

use crate::domain::time::{TimeRange, format_instant};

/// The target of all spans, and of nothing else.
pub const TARGET: &str = "handletime::spans";

// One for the process, as the subscriber is: a look at it is all that a transaction pays while nobody collects.
static COLLECTED: AtomicBool = AtomicBool::new(false);

/// From now on spans are made, or none is.
pub(super) fn collect(spans: bool) {
    COLLECTED.store(spans, Ordering::Relaxed);
}

fn collected() -> bool {
    COLLECTED.load(Ordering::Relaxed)
}

/// A slice: from the first time that a page of it is asked for to the end of its last publication.
#[must_use]
pub fn slice(source: &str, kind: &'static str, slice: TimeRange) -> Span {
    if !collected() {
        return Span::none();
    }
    let TimeRange { from, to } = slice;
    debug_span!(target: TARGET, parent: None, "slice", source, kind, from = format_instant(from), to = format_instant(to))
}

/// A page of a slice: from the wish to ask for it until it is read, waits for permission included.
#[must_use]
pub fn page(slice: &Span, asked: TimeRange) -> Span {
    if !collected() {
        return Span::none();
    }
    debug_span!(
        target: TARGET,
        parent: slice,
        "page",
        from = format_instant(asked.from),
        to = format_instant(asked.to),
        rows = field::Empty,
        failure = field::Empty,
        otel.status_code = field::Empty,
    )
}

/// A publication of a source; where it publishes a page, it is of the page's slice.
#[must_use]
pub fn publication(slice: &Span, source: &str, interactions: usize) -> Span {
    if !collected() {
        return Span::none();
    }
    debug_span!(
        target: TARGET,
        parent: slice,
        "publication",
        source,
        interactions,
        failure = field::Empty,
        otel.status_code = field::Empty,
    )
}

/// A transaction of a task of a processor.
#[must_use]
pub fn transaction(room: &'static str, partition: i32, records: usize) -> Span {
    if !collected() {
        return Span::none();
    }
    debug_span!(
        target: TARGET,
        parent: None,
        "transaction",
        room,
        partition,
        records,
        failure = field::Empty,
        otel.status_code = field::Empty,
    )
}

/// A page has so many rows.
pub fn read(page: &Span, rows: usize) {
    page.record("rows", rows);
}

/// What the span is of failed; `class` is one word.
pub fn failed(span: &Span, class: &'static str) {
    span.record("failure", class);
    span.record("otel.status_code", "ERROR");
}
