//! The day of a queue as a picture: AHT with its 90th percentile above, contacts below. Pure: SVG.
//!
//! A bar is hatched while its row is provisional, has a diamond where the row was restated, with a dashed line at the
//! value that was first final, and a cross where a held range touches it: nothing is told by colour alone. What it shows
//! stands in the table below it too.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::scale::{Upright, count_marks, handle_marks, hour_marks};
use super::words::{NONE, count, handle, length};
use crate::domain::row::RowResult;
use crate::domain::time::HOUR_MS;
use crate::status::today::{IntervalCell, QueueDay, Today};

const WIDTH: f64 = 1_120.0;
const HEIGHT: f64 = 372.0;
const LEFT: f64 = 68.0;
const RIGHT: f64 = 1_108.0;
/// Handle times stand between these.
const TIMES: (f64, f64) = (22.0, 236.0);
/// Counts stand between these.
const COUNTS: (f64, f64) = (268.0, 340.0);

struct Sheet<'a> {
    today: &'a Today,
    times: Upright,
    counts: Upright,
    bar: f64,
}

pub(super) fn picture(today: &Today, queue: &QueueDay, zone: Tz) -> Markup {
    let theirs = queue.theirs.as_ref().and_then(|theirs| theirs.aht_ms);
    let times = queue.rows.iter().flat_map(|row| [row.aht_ms, row.first_aht_ms, row.p90_ms.map(|ms| ms as f64)]);
    let most_ms = times.flatten().chain(theirs).fold(0.0, f64::max);
    let time_marks = handle_marks(most_ms);
    let most = queue.rows.iter().map(|row| row.offered.max(row.handled)).max().unwrap_or(0);
    let number_marks = count_marks(most);
    let shortest = queue.rows.iter().map(|row| row.end - row.start).min().unwrap_or(HOUR_MS).max(1);
    let sheet = Sheet {
        today,
        times: Upright { foot: TIMES.1, top: TIMES.0, max: time_marks.last().copied().unwrap_or(1) as f64 },
        counts: Upright { foot: COUNTS.1, top: COUNTS.0, max: number_marks.last().copied().unwrap_or(1) as f64 },
        bar: (RIGHT - LEFT) * shortest as f64 / (today.to - today.from).max(1) as f64,
    };
    html! {
        svg.picture viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-labelledby="picture-title picture-desc" {
            title id="picture-title" { "Average handle time of " (queue.name) ", " (queue.media) ", " (today.day) }
            desc id="picture-desc" { (told(queue)) }
            defs {
                pattern id="hatch" patternUnits="userSpaceOnUse" width="6" height="6" patternTransform="rotate(45)" {
                    rect.hatch-ground width="6" height="6" {}
                    line.hatch-line x1="0" y1="0" x2="0" y2="6" {}
                }
            }
            @for mark in &time_marks { (sheet.level(sheet.times.at(*mark as f64), &length(*mark))) }
            @for mark in &number_marks { (sheet.level(sheet.counts.at(*mark as f64), &count(*mark))) }
            @for (at, text) in hour_marks(today.from, today.to, zone, 2) {
                line.grid x1=(px(sheet.x(at))) x2=(px(sheet.x(at))) y1=(px(COUNTS.1)) y2=(px(COUNTS.1 + 5.0)) {}
                text.mark x=(px(sheet.x(at))) y=(px(COUNTS.1 + 20.0)) text-anchor="middle" { (text) }
            }
            text.axis x=(px(LEFT)) y="12" { "AHT and 90th percentile of handle time" }
            text.axis x=(px(LEFT)) y=(px(COUNTS.0 - 8.0)) { "Handled, offered and abandoned contacts" }
            @for row in &queue.rows { (sheet.row(row)) }
            @if let Some(theirs) = theirs {
                @let y = px(sheet.times.at(theirs));
                line.theirs x1=(px(LEFT)) x2=(px(RIGHT)) y1=(y) y2=(y) {}
            }
        }
    }
}

impl Sheet<'_> {
    fn x(&self, at: i64) -> f64 {
        let share = (at - self.today.from) as f64 / (self.today.to - self.today.from).max(1) as f64;
        LEFT + share.clamp(0.0, 1.0) * (RIGHT - LEFT)
    }

    fn level(&self, y: f64, text: &str) -> Markup {
        html! {
            line.grid x1=(px(LEFT)) x2=(px(RIGHT)) y1=(px(y)) y2=(px(y)) {}
            text.mark x=(px(LEFT - 8.0)) y=(px(y + 4.0)) text-anchor="end" { (text) }
        }
    }

    fn row(&self, row: &IntervalCell) -> Markup {
        // Bars of a day that is one interval need not fill it.
        let width = (self.bar * 0.7).min(90.0);
        let (left, middle) = (self.x(row.start) + (self.bar - width) / 2.0, self.x(row.start) + self.bar / 2.0);
        html! {
            g.row {
                title { (tip(row)) }
                rect.catch x=(px(left)) width=(px(width)) y=(px(TIMES.0)) height=(px(COUNTS.1 - TIMES.0)) {}
                @if let Some(aht_ms) = row.aht_ms { (self.time(row, aht_ms, (left, width, middle))) }
                @if 0 < row.offered.max(row.handled) { (self.contacts(row, left, width)) }
            }
        }
    }

    fn time(&self, row: &IntervalCell, aht_ms: f64, (left, width, middle): (f64, f64, f64)) -> Markup {
        let top = self.times.at(aht_ms);
        let high = row.p90_ms.map(|ms| self.times.at(ms as f64));
        let mark = high.map_or(top, |high| high.min(top)) - 9.0;
        let hatched = row.result == RowResult::Provisional;
        html! {
            @if let Some(high) = high {
                line.p90-stem x1=(px(middle)) x2=(px(middle)) y1=(px(high)) y2=(px(top)) {}
                line.p90 x1=(px(left)) x2=(px(left + width)) y1=(px(high)) y2=(px(high)) {}
            }
            @if hatched {
                rect.aht.provisional fill="url(#hatch)" x=(px(left)) width=(px(width)) y=(px(top)) height=(px(TIMES.1 - top)) {}
            } @else {
                rect.aht x=(px(left)) width=(px(width)) y=(px(top)) height=(px(TIMES.1 - top)) {}
            }
            @if let Some(first) = row.first_aht_ms {
                @let y = px(self.times.at(first));
                line.first-ground x1=(px(left)) x2=(px(left + width)) y1=(y) y2=(y) {}
                line.first x1=(px(left - 2.5)) x2=(px(left + width + 2.5)) y1=(y) y2=(y) {}
            }
            @if row.result == RowResult::Corrected {
                path.restated d=(format!("M{} {}l4.5 4.5l-4.5 4.5l-4.5 -4.5z", px(middle), px(mark - 4.5))) {}
            }
            @if row.held {
                path.held d=(format!("M{} {}l6 6m0 -6l-6 6", px(middle - 3.0), px(TIMES.1 - 12.0))) {}
            }
        }
    }

    fn contacts(&self, row: &IntervalCell, left: f64, width: f64) -> Markup {
        let bar = |of: i64| (px(self.counts.at(of as f64)), px(COUNTS.1 - self.counts.at(of as f64)));
        let (offered, handled, abandoned) = (bar(row.offered), bar(row.handled), bar(row.abandoned));
        html! {
            rect.offered x=(px(left)) width=(px(width)) y=(offered.0) height=(offered.1) {}
            rect.handled x=(px(left)) width=(px(width)) y=(handled.0) height=(handled.1) {}
            @if 0 < row.abandoned {
                rect.abandoned x=(px(left + width * 0.3)) width=(px(width * 0.4)) y=(abandoned.0) height=(abandoned.1) {}
            }
        }
    }
}

/// What the signs of the picture mean.
pub(super) fn legend(has_theirs: bool) -> Markup {
    let swatch = |inside: &Markup| html! { svg.swatch viewBox="0 0 22 14" aria-hidden="true" { (inside) } };
    html! {
        ul.legend {
            li { (swatch(&html! { rect.aht x="5" y="1" width="12" height="12" {} })) "AHT, final" }
            li { (swatch(&html! { rect.aht.provisional fill="url(#hatch)" x="5" y="1" width="12" height="12" {} })) "AHT, provisional" }
            li { (swatch(&html! { line.p90 x1="4" x2="18" y1="4" y2="4" {} line.p90-stem x1="11" x2="11" y1="4" y2="14" {} })) "90th percentile" }
            li { (swatch(&html! { path.restated d="M11 1.5l4.5 4.5l-4.5 4.5l-4.5 -4.5z" {} })) "restated after final" }
            li { (swatch(&html! { line.first x1="2" x2="20" y1="7" y2="7" {} })) "AHT when first final" }
            li { (swatch(&html! { path.held d="M8 4l6 6m0 -6l-6 6" {} })) "touches a held range" }
            @if has_theirs {
                li { (swatch(&html! { line.theirs x1="1" x2="21" y1="7" y2="7" {} })) "the platform's AHT of the day" }
            }
            li { (swatch(&html! { rect.offered x="5" y="1" width="12" height="12" {} })) "offered" }
            li { (swatch(&html! { rect.handled x="5" y="1" width="12" height="12" {} })) "handled" }
            li { (swatch(&html! { rect.abandoned x="8" y="1" width="6" height="12" {} })) "abandoned" }
        }
    }
}

/// The word of a result.
pub(super) fn result(row: &IntervalCell) -> &'static str {
    match row.result {
        RowResult::Provisional => "provisional",
        RowResult::Final => "final",
        RowResult::Corrected => "corrected",
        RowResult::Unknown => "unknown",
    }
}

/// Local times of an interval: `09:30–10:00`.
pub(super) fn span(row: &IntervalCell, zone: Tz) -> String {
    let end = crate::domain::interval::local_start(row.end, zone).text;
    let time = |text: &str| text.get(11..16).unwrap_or_default().to_owned();
    format!("{}–{}", time(&row.local_start), time(&end))
}

fn tip(row: &IntervalCell) -> String {
    let start = row.local_start.get(11..16).unwrap_or_default();
    let p90 = row.p90_ms.map_or_else(|| NONE.to_owned(), |ms| handle(Some(ms as f64)));
    let mut text = format!(
        "{start} for {}: AHT {}, 90th percentile {p90}, {} handled of {} offered, {} abandoned; {}",
        length(row.end - row.start),
        handle(row.aht_ms),
        count(row.handled),
        count(row.offered),
        count(row.abandoned),
        result(row),
    );
    if row.first_aht_ms.is_some() {
        text.push_str(&format!(", AHT was {} when first final", handle(row.first_aht_ms)));
    }
    if row.held {
        text.push_str(", held");
    }
    text
}

/// The picture in a sentence, for those who do not see it.
fn told(queue: &QueueDay) -> String {
    let of = |wanted: RowResult| queue.rows.iter().filter(|row| row.result == wanted).count();
    format!(
        "{} intervals: {} provisional, {} restated. {} handled of {} offered, {} abandoned, AHT of the day {}. The table below has every figure.",
        queue.rows.len(),
        of(RowResult::Provisional),
        of(RowResult::Corrected),
        count(queue.handled),
        count(queue.offered),
        count(queue.abandoned),
        handle(queue.aht_ms),
    )
}

/// A place on the picture, to a tenth.
fn px(at: f64) -> String {
    let text = format!("{at:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}
