//! Edge: where a run stands that does not come to its end, for whoever has to find out why.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use handletime::domain::progress::{Progress, ProgressKey};
use handletime::domain::time::format_instant;
use handletime::domain::watermark::Watermark;

use crate::support::checker::{records, values};
use crate::support::settings::Settings;
use crate::support::topics::{Isolation, ends_to};

/// The newest committed position of every task beside the ends of what they read, one line each.
pub fn standing(settings: &Settings) -> String {
    let mut text = String::new();
    for topic in ["interactions", "watermarks", "contributions"] {
        let [ends, decided] = [Isolation::ReadUncommitted, Isolation::ReadCommitted]
            .map(|isolation| ends_to(settings.bootstrap_servers(), &settings.topic(topic), isolation));
        writeln!(text, "{topic} ends at {ends:?}, decided up to {decided:?}").expect("a text takes all");
    }
    if let Some(newest) = values::<Watermark>(settings, "watermarks").last() {
        let (at, closed) = (format_instant(newest.watermark), newest.closed);
        writeln!(text, "newest watermark: {at}, closed {closed}, held {:?}", newest.held).expect("a text takes all");
    }
    let newest: BTreeMap<_, _> = records::<ProgressKey, Progress>(settings, "progress").into_iter().collect();
    for (ProgressKey { room, partition }, progress) in newest {
        let Some(Progress { input_offset, watermarks_offset, source_partitions, passed, written_at, .. }) = progress
        else {
            continue;
        };
        let applied = source_partitions.iter().map(|known| (format_instant(known.watermark), known.closed));
        let received = passed.iter().map(|known| (format_instant(known.watermark), known.closed));
        let known: Vec<_> = applied.chain(received).collect();
        let at = format_instant(written_at);
        writeln!(text, "{room} {partition}: input {input_offset}, watermarks {watermarks_offset}, {known:?}, at {at}")
            .expect("a text takes all");
    }
    text
}
