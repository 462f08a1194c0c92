//! What came of a request to read held ranges again. Pure.

use maud::{Markup, html};

pub(super) fn notice(title: &str, text: &str) -> Markup {
    html! {
        header.top { div.wide { p.brand { a href="/status" { "handletime" } } } }
        main.wide id="main" {
            section.notice aria-labelledby="notice" {
                h1 id="notice" { (title) }
                p { (text) }
                p { a href="/status#slices" { "Back to the status" } }
            }
        }
    }
}
