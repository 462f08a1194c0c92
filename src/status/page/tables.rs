//! Tables, pairs of a word and a number, and states: the parts that sections are made of. Pure.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::words::count;

/// A table in a frame that scrolls by itself where it is too wide; `name` is told to those who cannot see it.
pub(super) fn framed(name: &str, table: &Markup) -> Markup {
    html! { div.frame role="region" tabindex="0" aria-label=(format!("Table: {name}")) { (table) } }
}

/// A section with a heading; `id` is what links lead to.
pub(super) fn section(id: &str, heading: &str, intro: &str, body: &Markup) -> Markup {
    let heading_id = format!("{id}-heading");
    html! {
        section id=(id) aria-labelledby=(heading_id) {
            h2 id=(heading_id) { (heading) }
            @if !intro.is_empty() { p.intro { (intro) } }
            (body)
        }
    }
}

/// How a state is shown: by its word, a sign, and a colour.
pub(super) fn state(word: &str) -> Markup {
    let (class, sign) = match word {
        "RUNNING" | "done" | "final" | "whole" | "within" | "on time" | "complete" => ("good", "●"),
        "FAILED" | "failed" | "held" | "beyond" => ("bad", "✕"),
        "PAUSED" | "STOPPED" => ("idle", "❚❚"),
        "running" | "FINAL" => ("calm", "●"),
        _ => ("warn", "▲"),
    };
    html! { span class=(format!("state {class}")) { span.sign aria-hidden="true" { (sign) } (word) } }
}

/// Counts by a word, the greatest first; `none` where there are none.
pub(super) fn counted(caption: &str, word: &str, counts: &BTreeMap<String, u64>, none: &str) -> Markup {
    let mut all: Vec<(&String, &u64)> = counts.iter().filter(|(_, number)| 0 < **number).collect();
    all.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
    html! {
        div.block {
            h3 { (caption) }
            @if all.is_empty() {
                p.none { (none) }
            } @else {
                table.narrow {
                    caption.unseen { (caption) }
                    thead { tr { th scope="col" { (word) } th.number scope="col" { "Count" } } }
                    tbody {
                        @for (name, number) in all {
                            tr { th scope="row" { (name.replace('_', " ")) } td.number { (count(*number)) } }
                        }
                    }
                }
            }
        }
    }
}

/// A large figure with what it says.
pub(super) fn figure(name: &str, value: &str, note: &str) -> Markup {
    html! { div.figure { dt { (name) } dd { span.value { (value) } span.note { (note) } } } }
}

/// Adds the counts of all maps.
pub(super) fn summed<'a>(maps: impl Iterator<Item = &'a BTreeMap<String, u64>>) -> BTreeMap<String, u64> {
    let mut sum = BTreeMap::new();
    for (name, number) in maps.flatten() {
        *sum.entry(name.clone()).or_insert(0) += number;
    }
    sum
}
