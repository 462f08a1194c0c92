//! The intervals of the day: a queue to choose, its picture, the same as a table, and the platform's figures. Pure.

use std::sync::Arc;

use chrono_tz::Tz;
use maud::{Markup, html};

use super::document::View;
use super::picture::{legend, picture, result, span};
use super::tables::{framed, section, state};
use super::words::{Clock, NONE, count, handle, percent, seconds};
use crate::status::compared::Reconciled;
use crate::status::today::{IntervalCell, QueueDay, Today};

/// Queues that are listed; the picker has them all.
const QUEUES_LISTED: usize = 200;

pub(super) fn intervals(days: &[Arc<Today>], view: &View, clock: &Clock) -> Markup {
    let Some(today) = view.pipeline_of(days) else {
        return html! {};
    };
    let zone: Tz = today.zone.parse().unwrap_or(Tz::UTC);
    let clock = Clock { zone, ..*clock };
    let Some(queue) = view.queue_of(today) else {
        let none = html! {
            (pipelines(days, today))
            p.none { "No interval has been published yet." }
            (problem(today))
        };
        return section("intervals", "Intervals", "", &none);
    };
    let heading = if today.is_current { format!("Today, {}", today.day) } else { today.day.clone() };
    let behind = if today.is_current { "" } else { "Today has no rows yet: this is the newest day that has. " };
    let intro =
        format!("{behind}Intervals of {}, by {}, in local time of {}.", grain(&today.grain), today.basis, today.zone);
    let body = html! {
        (pipelines(days, today))
        (picker(days, today, queue))
        (summary(queue))
        div.frame.of-picture role="region" tabindex="0" aria-label="Picture of the intervals" { (picture(today, queue, zone)) }
        (legend(queue.theirs.as_ref().is_some_and(|theirs| theirs.aht_ms.is_some())))
        details id="interval-table" { summary { "The same as a table" } (table(queue, zone)) }
        details id="queue-table" { summary { "All queues of the day (" (count(today.queues.len() as u64)) ")" } (queues(today, queue)) }
        (compared(&today.reconciliation, &clock))
        @if 0 < today.left_out { p.note { (count(today.left_out)) " rows more are not shown." } }
        (problem(today))
    };
    section("intervals", &heading, &intro, &body)
}

/// How long an interval is, in words.
fn grain(word: &str) -> &str {
    match word {
        "pt15m" => "15 min",
        "pt30m" => "30 min",
        "pt1h" => "1 h",
        "p1d" => "a day",
        other => other,
    }
}

fn problem(today: &Today) -> Markup {
    html! { @if !today.problem.is_empty() { p.problem { "Rows may be missing here: " (today.problem) } } }
}

/// Links to the other pipelines, where there are any.
fn pipelines(days: &[Arc<Today>], shown: &Today) -> Markup {
    html! {
        @if 1 < days.len() {
            nav.pipelines aria-label="Pipelines" {
                @for day in days {
                    @let address = format!("?pipeline={}", encoded(&day.pipeline));
                    @if day.pipeline == shown.pipeline { a href=(address) aria-current="true" { (day.pipeline) } }
                    @else { a href=(address) { (day.pipeline) } }
                }
            }
        }
    }
}

fn picker(days: &[Arc<Today>], today: &Today, chosen: &QueueDay) -> Markup {
    html! {
        form.picker method="get" {
            @if 1 < days.len() { input type="hidden" name="pipeline" value=(today.pipeline); }
            label for="queue" { "Queue" }
            select id="queue" name="queue" data-submits {
                @for queue in &today.queues {
                    option value=(queue.key) selected[queue.key == chosen.key] { (queue.name) " · " (split(queue)) }
                }
            }
            button type="submit" { "Show" }
        }
    }
}

/// Medium and what else a queue's rows are split by.
fn split(queue: &QueueDay) -> String {
    let others = [queue.media.as_str(), queue.skill_set.as_str(), queue.language.as_str()];
    let parts: Vec<String> =
        others.iter().filter(|part| !part.is_empty()).map(|part| part.replace("|||", ", ")).collect();
    parts.join(" · ")
}

fn summary(queue: &QueueDay) -> Markup {
    let rate = |of: i64| if queue.offered == 0 { NONE.to_owned() } else { percent(of as f64 / queue.offered as f64) };
    html! {
        dl.summary aria-label=(format!("The day of {}", queue.name)) {
            div { dt { "AHT" } dd { (handle(queue.aht_ms)) } }
            div { dt { "Handled" } dd { (count(queue.handled)) } }
            div { dt { "Offered" } dd { (count(queue.offered)) } }
            div { dt { "Abandoned" } dd { (count(queue.abandoned)) span.dim { " " (rate(queue.abandoned)) } } }
            @if let Some(theirs) = &queue.theirs {
                div {
                    dt { "Platform's AHT" }
                    dd { (handle(theirs.aht_ms)) " " (state(if theirs.within { "within" } else { "beyond" })) }
                }
            }
        }
    }
}

fn table(queue: &QueueDay, zone: Tz) -> Markup {
    let name = format!("Intervals of {}, {}", queue.name, split(queue));
    framed(
        &name,
        &html! {
            table {
                caption { (name) }
                thead { tr {
                    th scope="col" { "Interval" } th.number scope="col" { "Offered" } th.number scope="col" { "Answered" }
                    th.number scope="col" { "Abandoned" } th.number scope="col" { "Handled" } th.number scope="col" { "AHT, s" }
                    th.number scope="col" { "P90, s" } th.number scope="col" { "SL" } th.number scope="col" { "First final AHT, s" }
                    th.number scope="col" { "Revision" } th scope="col" { "Result" }
                } }
                tbody { @for row in &queue.rows { (line(row, zone)) } }
            }
        },
    )
}

fn line(row: &IntervalCell, zone: Tz) -> Markup {
    html! {
        tr {
            th scope="row" { time datetime=(row.local_start) { (span(row, zone)) } }
            td.number { (count(row.offered)) }
            td.number { (count(row.answered)) }
            td.number { (count(row.abandoned)) }
            td.number { (count(row.handled)) }
            td.number { (seconds(row.aht_ms)) }
            td.number { (seconds(row.p90_ms.map(|ms| ms as f64))) }
            td.number { (row.service_level.map_or_else(|| NONE.to_owned(), |share| format!("{:.1} %", 100.0 * share))) }
            td.number { (seconds(row.first_aht_ms)) }
            td.number { (row.revision) }
            td { (state(result(row))) @if row.held { " " (state("held")) } }
        }
    }
}

fn queues(today: &Today, chosen: &QueueDay) -> Markup {
    framed(
        "All queues of the day",
        &html! {
            table {
                caption.unseen { "All queues of the day" }
                thead { tr {
                    th scope="col" { "Queue" } th scope="col" { "Medium" } th.number scope="col" { "Offered" }
                    th.number scope="col" { "Abandoned" } th.number scope="col" { "Handled" } th.number scope="col" { "AHT, s" }
                    th.number scope="col" { "Platform's AHT, s" }
                } }
                tbody {
                    @for queue in today.queues.iter().take(QUEUES_LISTED) {
                        @let address = format!("?pipeline={}&queue={}", encoded(&today.pipeline), queue.key);
                        tr {
                            th scope="row" {
                                @if queue.key == chosen.key { a href=(address) aria-current="true" { (queue.name) } }
                                @else { a href=(address) { (queue.name) } }
                            }
                            td { (split(queue)) }
                            td.number { (count(queue.offered)) }
                            td.number { (count(queue.abandoned)) }
                            td.number { (count(queue.handled)) }
                            td.number { (seconds(queue.aht_ms)) }
                            td.number { (seconds(queue.theirs.as_ref().and_then(|theirs| theirs.aht_ms))) }
                        }
                    }
                }
            }
        },
    )
}

fn compared(all: &[Reconciled], clock: &Clock) -> Markup {
    if all.is_empty() {
        return html! { p.note { "Nothing has been compared with the platform yet: that is done once a day is over." } };
    }
    html! {
        h3 { "Beside the platform's figures" }
        (framed("Comparisons with the platform", &html! {
            table {
                caption.unseen { "Comparisons with the platform" }
                thead { tr {
                    th scope="col" { "What" } th scope="col" { "Day" } th.number scope="col" { "Ours" }
                    th.number scope="col" { "Platform" } th.number scope="col" { "AHT, s" } th.number scope="col" { "Platform's, s" }
                    th.number scope="col" { "Unexplained" } th scope="col" { "Result" } th scope="col" { "Parts of the difference" }
                } }
                tbody { @for one in all { (comparison(one, clock)) } }
            }
        }))
    }
}

fn comparison(one: &Reconciled, clock: &Clock) -> Markup {
    let is_time = one.check == "handle time";
    let parts = || one.parts_ms.iter().filter(|(_, ms)| *ms != 0);
    html! {
        tr {
            th scope="row" { @if is_time { (one.queue_name) } @else { (one.check) } }
            td { (clock.date(one.from)) }
            td.number { (count(one.ours_count)) }
            td.number { (count(one.theirs_count)) }
            td.number { (seconds(one.ours_aht_ms)) }
            td.number { (seconds(one.theirs_aht_ms)) }
            td.number { (one.variance.map_or_else(|| NONE.to_owned(), percent)) }
            td { (state(if one.within { "within" } else { "beyond" })) }
            td.parts {
                @if !is_time || parts().next().is_none() { span.dim { (NONE) } }
                @else {
                    @for (at, (part, ms)) in parts().enumerate() {
                        @if 0 < at { ", " } (part) " " (seconds(Some(*ms as f64))) " s"
                    }
                }
            }
        }
    }
}

/// A text as a value in an address.
fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
