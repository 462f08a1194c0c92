//! Points two, three, six and seven: how fresh and complete each source is, its quota and its token. Pure.

use maud::{Markup, html};

use super::tables::{framed, section, state};
use super::words::{Clock, NONE, count, length, percent};
use crate::status::causes::{behind_ms, is_whole};
use crate::status::vitals::SourceVitals;

/// Closed windows of a source that are shown; the newest.
const WINDOWS_SHOWN: usize = 4;

pub(super) fn sources(all: &[SourceVitals], clock: &Clock) -> Markup {
    if all.is_empty() {
        return section("freshness", "Sources", "", &html! { p.none { "No source runs in this process." } });
    }
    html! {
        (section("freshness", "Freshness", "How old the newest event, the watermark and the last slice of each source are, by the platform's clock.", &freshness(all, clock)))
        (section("completeness", "Completeness", "Closed windows of source time: what we have beside what the platform counts. 0.5 % may be off.", &completeness(all, clock)))
        (section("quota", "Quota and token", "How much of the request budget is left, how often the platform asked to slow down, and until when the token holds. The client's secret is never shown.", &quota(all, clock)))
    }
}

/// `connector / task`, and below it what it reads.
pub(super) fn named(source: &SourceVitals) -> Markup {
    html! {
        th scope="row" {
            (source.connector) span.dim { " / " (source.task) }
            span.when { (source.org_id) @if !source.source_partition.is_empty() { " · " (source.source_partition) } }
        }
    }
}

fn freshness(all: &[SourceVitals], clock: &Clock) -> Markup {
    framed(
        "Freshness of each source",
        &html! {
            table {
                caption.unseen { "Freshness of each source" }
                thead { tr {
                    th scope="col" { "Source" } th scope="col" { "Promise" }
                    th.number scope="col" { "Now − last event" } th.number scope="col" { "Now − watermark" }
                    th.number scope="col" { "Now − last slice" } th.number scope="col" { "Published" }
                } }
                tbody {
                    @for source in all {
                        @let offset_ms = source.clock_offset_ms.unwrap_or(0);
                        tr {
                            (named(source))
                            td { (promise(source, clock)) }
                            td.number { (clock.ago(source.last_event_at, offset_ms)) }
                            td.number { (clock.ago(Some(source.watermark), offset_ms)) }
                            td.number { (clock.ago(source.last_slice_at, offset_ms)) }
                            td.number {
                                (count(source.interactions)) span.when { (count(source.pages)) " pages" }
                            }
                        }
                    }
                }
            }
        },
    )
}

fn promise(source: &SourceVitals, clock: &Clock) -> Markup {
    html! {
        @if source.complete { (state("complete")) }
        @else if behind_ms(clock.now, source).is_some() { (state("behind")) }
        @else if source.extract_end.is_some_and(|end| end <= clock.now) { (state("reading history")) }
        @else { (state("on time")) }
        span.when {
            @match source.extract_end {
                Some(end) => { "reads up to " (clock.at(end)) }
                None => { "asks for nothing younger than " (length(source.freshness_delay_ms)) }
            }
        }
    }
}

fn completeness(all: &[SourceVitals], clock: &Clock) -> Markup {
    let windows: Vec<_> = all
        .iter()
        .flat_map(|source| source.completeness.iter().rev().take(WINDOWS_SHOWN).map(move |window| (source, window)))
        .collect();
    if windows.is_empty() {
        return html! { p.none { "No window has been compared yet; dialects that say nothing of volume have no check." } };
    }
    framed(
        "Completeness of closed windows",
        &html! {
            table {
                caption.unseen { "Completeness of closed windows" }
                thead { tr {
                    th scope="col" { "Source" } th scope="col" { "Window" } th.number scope="col" { "Ours" }
                    th.number scope="col" { "Platform" } th.number scope="col" { "Share" } th scope="col" { "Result" }
                } }
                tbody {
                    @for (source, window) in windows {
                        tr {
                            (named(source))
                            td { (clock.at(window.from)) span.when { "to " (clock.at(window.to)) } }
                            td.number { (count(window.ours)) }
                            td.number { (count(window.theirs)) }
                            td.number {
                                @if window.theirs == 0 { (NONE) } @else { (percent(window.ours as f64 / window.theirs as f64)) }
                            }
                            td { (state(if is_whole(window) { "whole" } else { "off" })) }
                        }
                    }
                }
            }
        },
    )
}

fn quota(all: &[SourceVitals], clock: &Clock) -> Markup {
    framed(
        "Quota and token of each source",
        &html! {
            table {
                caption.unseen { "Quota and token of each source" }
                thead { tr {
                    th scope="col" { "Source" } th.number scope="col" { "Requests" } th.number scope="col" { "Left now" }
                    th.number scope="col" { "429" } th.number scope="col" { "Slept" } th scope="col" { "Other failures" }
                    th scope="col" { "Client id" } th.number scope="col" { "Token expires in" } th.number scope="col" { "Refreshed" }
                } }
                tbody {
                    @for source in all {
                        tr {
                            (named(source))
                            td.number { (count(source.requests)) }
                            td.number { @match source.tokens_left { Some(left) => { (format!("{left:.0}")) span.when { "requests" } } None => (NONE) } }
                            td.number { (count(source.failures.get("rate_limited").copied().unwrap_or(0))) }
                            td.number { (length(i64::try_from(source.throttled_ms).unwrap_or(i64::MAX))) }
                            td { (failures(source)) }
                            td { @if source.client_id.is_empty() { (NONE) } @else { code { (source.client_id) } } }
                            td.number { (expiry(source, clock)) }
                            td.number { (clock.ago(source.token_refreshed_at, 0)) }
                        }
                    }
                }
            }
        },
    )
}

fn failures(source: &SourceVitals) -> Markup {
    let others = || source.failures.iter().filter(|(kind, number)| *kind != "rate_limited" && 0 < **number);
    html! {
        @if others().next().is_none() { "none" }
        @for (at, (kind, number)) in others().enumerate() { @if 0 < at { ", " } (count(*number)) " " (kind) }
    }
}

fn expiry(source: &SourceVitals, clock: &Clock) -> Markup {
    html! {
        @match source.token_expires_at {
            Some(at) if at <= clock.now => { span.age { "expired" } span.when { (clock.at(at)) } }
            Some(at) => { span.age { (length(at - clock.now)) } span.when { (clock.at(at)) } }
            None => (NONE)
        }
    }
}
