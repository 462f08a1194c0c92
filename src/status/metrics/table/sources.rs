//! Tasks of sources. Pure.

use super::{From, Metric, count, counter, gauge, seconds};
use crate::status::vitals::{Completeness, SourceVitals, Vitals};

const SOURCE: &[&str] = &["connector", "task"];
const FAILURES: &[&str] = &["rate_limited", "server", "timeout", "connection", "unauthorized", "other"];
const LETTERS: &[&str] = &["malformed", "too_large", "slice_failed"];

/// How far the watermark is behind the platform's present, or behind the end of what is to be read.
fn freshness_s(source: &SourceVitals, vitals: &Vitals) -> f64 {
    let now = vitals.at + source.clock_offset_ms.unwrap_or(0);
    let until = source.extract_end.map_or(now, |end| end.min(now));
    seconds((until - source.watermark).max(0))
}

/// Ours ÷ theirs, or 1 where the platform has nothing.
fn ratio(ours: u64, theirs: u64) -> f64 {
    if theirs == 0 { 1.0 } else { ours as f64 / theirs as f64 }
}

fn volume(source: &SourceVitals) -> Option<(u64, u64)> {
    let add = |sum: (u64, u64), window: &Completeness| (sum.0 + window.ours, sum.1 + window.theirs);
    (!source.completeness.is_empty()).then(|| source.completeness.iter().fold((0, 0), add))
}

fn lowest_ratio(source: &SourceVitals) -> Option<f64> {
    source.completeness.iter().map(|window| ratio(window.ours, window.theirs)).reduce(f64::min)
}

fn held_s(source: &SourceVitals) -> f64 {
    // The sum of nothing is -0.
    0.0 + source.held.iter().map(|(from, to)| seconds(to - from)).sum::<f64>()
}

/// One a task of a source that runs here.
pub(in crate::status::metrics) static TABLE: &[Metric] = &[
    gauge(
        "handletime_source_info",
        "",
        &["connector", "task", "pipeline", "org_id"],
        From::SourceInfo,
        "1 for each task of a source that runs here, with what it reads",
    ),
    gauge(
        "handletime_source_freshness_seconds",
        "seconds",
        SOURCE,
        From::Source(|source, vitals| Some(freshness_s(source, vitals))),
        "How far the watermark is behind the platform's present, or behind extract.end once that is past",
    ),
    gauge(
        "handletime_source_freshness_delay_seconds",
        "seconds",
        SOURCE,
        From::Source(|source, _| Some(seconds(source.freshness_delay_ms))),
        "extract.freshness.delay.ms: nothing younger is asked for, so freshness is never below it while the source goes on",
    ),
    gauge(
        "handletime_source_watermark_timestamp_seconds",
        "seconds",
        SOURCE,
        From::Source(|source, _| Some(seconds(source.watermark))),
        "Instant of source time before which everything was read once or is held",
    ),
    gauge(
        "handletime_source_last_event_timestamp_seconds",
        "seconds",
        SOURCE,
        From::Source(|source, _| source.last_event_at.map(seconds)),
        "Latest instant that any interaction tells of that was published by this process",
    ),
    gauge(
        "handletime_source_last_slice_timestamp_seconds",
        "seconds",
        SOURCE,
        From::Source(|source, _| source.last_slice_at.map(seconds)),
        "When the last slice was read whole, by the platform's clock",
    ),
    gauge(
        "handletime_source_complete",
        "",
        SOURCE,
        From::Source(|source, _| Some(f64::from(u8::from(source.complete)))),
        "1 once nothing is left to be read, which only a source with extract.end comes to",
    ),
    counter(
        "handletime_source_pages_total",
        "pages",
        SOURCE,
        From::Source(|source, _| count(source.pages)),
        "Pages published",
    ),
    counter(
        "handletime_source_interactions_total",
        "interactions",
        SOURCE,
        From::Source(|source, _| count(source.interactions)),
        "Interactions published, second and later readings included",
    ),
    gauge(
        "handletime_source_slices_running",
        "slices",
        SOURCE,
        From::Source(|source, _| source.slices.get("running").map(|slices| *slices as f64)),
        "Slices of source time that are being read",
    ),
    gauge(
        "handletime_source_slices_retrying",
        "slices",
        SOURCE,
        From::Source(|source, _| source.slices.get("retrying").map(|slices| *slices as f64)),
        "Slices whose last attempt failed, or that wait to be read again because somebody asked for it",
    ),
    counter(
        "handletime_source_slices_done_total",
        "slices",
        SOURCE,
        From::Source(|source, _| source.slices.get("done").map(|slices| *slices as f64)),
        "Slices that were read whole",
    ),
    counter(
        "handletime_source_slices_failed_total",
        "slices",
        SOURCE,
        From::Source(|source, _| source.slices.get("failed").map(|slices| *slices as f64)),
        "Slices that were given up, found to be lost, or whose revisit has spent its retries for now",
    ),
    gauge(
        "handletime_source_held_ranges",
        "ranges",
        SOURCE,
        From::Source(|source, _| Some(source.held.len() as f64)),
        "Ranges of source time in which no row becomes final, because a slice of them could not be read whole",
    ),
    gauge(
        "handletime_source_held_seconds",
        "seconds",
        SOURCE,
        From::Source(|source, _| Some(held_s(source))),
        "Length of the held ranges together",
    ),
    gauge(
        "handletime_source_volume_ours",
        "interactions",
        SOURCE,
        From::Source(|source, _| volume(source).map(|(ours, _)| ours as f64)),
        "Interactions that were read of the newest windows that were compared with the platform's own count",
    ),
    gauge(
        "handletime_source_volume_theirs",
        "interactions",
        SOURCE,
        From::Source(|source, _| volume(source).map(|(_, theirs)| theirs as f64)),
        "Interactions that the platform counts in the same windows",
    ),
    gauge(
        "handletime_source_completeness_ratio",
        "",
        SOURCE,
        From::Source(|source, _| volume(source).map(|(ours, theirs)| ratio(ours, theirs))),
        "Ours by theirs over these windows together; missing where the dialect tells no count",
    ),
    gauge(
        "handletime_source_completeness_lowest_ratio",
        "",
        SOURCE,
        From::Source(|source, _| lowest_ratio(source)),
        "Ours by theirs in that of these windows which lacks the most",
    ),
    counter(
        "handletime_source_dead_letters_total",
        "records",
        &["connector", "task", "reason"],
        From::SourceBy(LETTERS, |source| &source.dead_letters),
        "Dead letters by reason: interactions that could not be read, slices that were given up",
    ),
    counter(
        "handletime_source_requests_total",
        "requests",
        SOURCE,
        From::Source(|source, _| count(source.requests)),
        "Requests sent to the platform, logins and repeated ones included",
    ),
    counter(
        "handletime_source_request_failures_total",
        "requests",
        &["connector", "task", "kind"],
        From::SourceBy(FAILURES, |source| &source.failures),
        "Requests that failed, by kind",
    ),
    counter(
        "handletime_source_received_bytes_total",
        "bytes",
        SOURCE,
        From::Source(|source, _| count(source.body_bytes)),
        "Bytes of answers of the platform, after decompression",
    ),
    counter(
        "handletime_source_throttled_seconds_total",
        "seconds",
        SOURCE,
        From::Source(|source, _| Some(source.throttled_ms as f64 / 1_000.0)),
        "How long requests waited because the platform had asked to, or for their turn in the budget",
    ),
    gauge(
        "handletime_source_tokens_left",
        "requests",
        SOURCE,
        From::Source(|source, _| source.tokens_left),
        "Requests that the budget of the OAuth client lets go now; tasks of one client share it",
    ),
    gauge(
        "handletime_source_token_expiry_timestamp_seconds",
        "seconds",
        SOURCE,
        From::Source(|source, _| source.token_expires_at.map(seconds)),
        "When the bearer token ends",
    ),
    gauge(
        "handletime_source_token_refresh_timestamp_seconds",
        "seconds",
        SOURCE,
        From::Source(|source, _| source.token_refreshed_at.map(seconds)),
        "When the bearer token was given",
    ),
    gauge(
        "handletime_source_clock_offset_seconds",
        "seconds",
        SOURCE,
        From::Source(|source, _| source.clock_offset_ms.map(seconds)),
        "How far this machine's clock is behind the platform's",
    ),
];
