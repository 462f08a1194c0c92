//! Point four: slices by state, and the ranges that are held, each with a way to have it read again. Pure.

use maud::{Markup, html};

use super::sources::named;
use super::tables::{framed, section, state};
use super::words::{Clock, NONE, count, length};
use crate::domain::time::format_instant;
use crate::status::vitals::SourceVitals;

const STATES: [&str; 4] = ["running", "done", "retrying", "failed"];

/// Held ranges of a source that are shown; the rest are counted.
const HELD_SHOWN: usize = 20;

pub(super) fn slices(all: &[SourceVitals], token: Option<&str>, clock: &Clock) -> Markup {
    if all.is_empty() {
        return html! {};
    }
    let intro = "Source time is read slice by slice. What stays refused is dead-lettered and held: the source goes on, and rows that it touches stay provisional.";
    section(
        "slices",
        "Slices",
        intro,
        &html! {
            (by_state(all))
            @for source in all.iter().filter(|source| !source.held.is_empty()) { (held(source, token, clock)) }
        },
    )
}

fn by_state(all: &[SourceVitals]) -> Markup {
    framed(
        "Slices by state",
        &html! {
            table {
                caption.unseen { "Slices by state, since the process started" }
                thead { tr {
                    th scope="col" { "Source" }
                    @for word in STATES { th.number scope="col" { (word) } }
                    th.number scope="col" { "held ranges" }
                } }
                tbody {
                    @for source in all {
                        tr {
                            (named(source))
                            @for word in STATES { td.number { (told(source, word)) } }
                            td.number { @if source.held.is_empty() { "0" } @else { strong.bad { (source.held.len()) } } }
                        }
                    }
                }
            }
        },
    )
}

/// A dash where nobody counts.
fn told(source: &SourceVitals, word: &str) -> String {
    if source.slices.is_empty() { NONE.to_owned() } else { count(source.slices.get(word).copied().unwrap_or(0)) }
}

fn held(source: &SourceVitals, token: Option<&str>, clock: &Clock) -> Markup {
    let rest = source.held.len().saturating_sub(HELD_SHOWN);
    let name = format!("Held ranges of {} / {}", source.connector, source.task);
    html! {
        h3 { (name) }
        (framed(&name, &html! {
            table {
                caption.unseen { (name) }
                thead { tr {
                    th scope="col" { "Range of source time" } th.number scope="col" { "Length" } th scope="col" { "State" }
                    th scope="col" { "Read it again" } th scope="col" { "or by hand" }
                } }
                tbody {
                    @for (from, to) in source.held.iter().take(HELD_SHOWN) {
                        @let (from_text, to_text) = (format_instant(*from), format_instant(*to));
                        tr {
                            th scope="row" { (clock.at(*from)) span.when { "to " (clock.at(*to)) } }
                            td.number { (length(to - from)) }
                            td { (state("held")) }
                            td {
                                @if let Some(token) = token {
                                    form method="post" action="/status/retry" {
                                        input type="hidden" name="token" value=(token);
                                        input type="hidden" name="connector" value=(source.connector);
                                        input type="hidden" name="from" value=(from_text);
                                        input type="hidden" name="to" value=(to_text);
                                        button type="submit" {
                                            "Retry" span.unseen { " " (from_text) " to " (to_text) " of " (source.connector) }
                                        }
                                    }
                                } @else { span.dim { "not from here" } }
                            }
                            td { code.command { "handletime slices retry -c FILE --from " (from_text) " --to " (to_text) } }
                        }
                    }
                }
            }
        }))
        @if 0 < rest { p.note { (count(rest as u64)) " more; " code { "handletime slices list -c FILE --state held" } " lists them all." } }
    }
}
