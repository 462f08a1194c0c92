//! What the ranges of the pipelines of one file say against what is read, and against each other. Pure.

use super::processor::range_end;
use crate::config::problem::Problem;
use crate::config::range::last_row_end;
use crate::config::values::Values;
use crate::domain::interval::{Grain, midnight_from};
use crate::domain::time::{InstantMs, format_instant};

const START: &str = "kpi.range.start";
const END: &str = "kpi.range.end";

/// The rows of a pipeline as its settings give them: first interval start, and the first after the range.
fn range(source: &Values<'_>, processor: &Values<'_>) -> Option<(InstantMs, Option<InstantMs>)> {
    let zone = processor.text("kpi.zone")?.parse().ok()?;
    let first = midnight_from(source.instant("extract.start")?, zone);
    let end = |name: &str| range_end(processor, name)?.ok();
    Some((end(START)?.unwrap_or(first), end(END)?))
}

/// Everything that touches the rows of a pipeline is read by its source.
pub(super) fn check_is_read(source: &Values<'_>, processor: &Values<'_>, problems: &mut Vec<Problem>) {
    let (Some((start, end)), Some(zone)) = (range(source, processor), processor.text("kpi.zone")) else { return };
    let (Ok(zone), Some(read_from)) = (zone.parse(), source.instant("extract.start")) else { return };
    let first = midnight_from(read_from, zone);
    if start < first {
        let text = format!(
            "is before {}, the first local midnight from extract.start of [connectors.{}] on: rows before it would lack \
             what is not read; move extract.start back, or this on",
            format_instant(first),
            source.name()
        );
        problems.push(processor.problem(START, text));
    }
    if end.is_some_and(|end| end <= start) && !processor.is_given(START) {
        let text = format!(
            "must be later than {}, where the rows begin: the first local midnight from extract.start of \
             [connectors.{}] on",
            format_instant(start),
            source.name()
        );
        problems.push(processor.problem(END, text));
    }
    let (Some(end), Some(grains)) = (end, processor.list_of("kpi.grains", Grain::from_word)) else { return };
    let needed = last_row_end(end, &grains, zone);
    if source.instant("extract.end").is_some_and(|read_to| read_to < needed) {
        let text = format!(
            "must be {} or later: so long last the rows before kpi.range.end of [connectors.{}], and what begins in them \
             has to be read",
            format_instant(needed),
            processor.name()
        );
        problems.push(source.problem("extract.end", text));
    }
}

/// No two pipelines of an organisation write the same rows.
pub(super) fn check_apart(pairs: &[(&Values<'_>, &Values<'_>)], problems: &mut Vec<Problem>) {
    let org = |source: &Values<'_>| source.text("genesys.org.id").map(str::to_owned);
    let until = |end: Option<InstantMs>| end.unwrap_or(InstantMs::MAX);
    let said = |(start, end): (InstantMs, Option<InstantMs>)| {
        let end = end.map_or_else(|| "on".to_owned(), |end| format!("to {}", format_instant(end)));
        format!("from {} {end}", format_instant(start))
    };
    for (position, (source, processor)) in pairs.iter().enumerate() {
        let Some(own) = range(source, processor) else { continue };
        let rival = pairs[..position].iter().find_map(|(other_source, other)| {
            let theirs = range(other_source, other)?;
            let overlap = own.0 < until(theirs.1) && theirs.0 < until(own.1);
            // Of one pipeline's two it is said elsewhere.
            let differ = other.text("pipeline.name") != processor.text("pipeline.name");
            (differ && overlap && org(other_source) == org(source)).then_some((other, theirs))
        });
        if let (Some((other, theirs)), Some(org)) = (rival, org(source)) {
            let text = format!(
                "of organisation \"{org}\" both [connectors.{}], {}, and this one, {}, would write the same rows; give both \
                 kpi.range.start and kpi.range.end that do not overlap",
                other.name(),
                said(theirs),
                said(own)
            );
            let key = if processor.is_given(START) || !processor.is_given(END) { START } else { END };
            problems.push(processor.problem(key, text));
        }
    }
}
