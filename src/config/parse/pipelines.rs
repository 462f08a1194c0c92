//! What the connectors of a file say against each other: a pipeline is one source and one processor. Pure.

use chrono_tz::Tz;

use super::processor::range;
use super::source::{freshness_delay_ms, slice_ms};
use crate::config::problem::Problem;
use crate::config::values::Values;
use crate::domain::range::{OwnedRange, RangeError};
use crate::domain::time::DurationMs;

const LEG_LENGTH: &str = "kpi.leg.length.ms.max";
const HORIZON: &str = "kpi.lateness.horizon.ms";
const PIPELINE: &str = "pipeline.name";

/// Adds to `problems` what the connectors say against each other.
pub fn check(sources: &[Values<'_>], processors: &[Values<'_>], problems: &mut Vec<Problem>) {
    check_alone(sources, "source", problems);
    check_alone(processors, "processor", problems);
    for source in sources {
        if let Some(processor) = partner(source, processors) {
            check_horizon(source, processor, problems);
            check_same(LEG_LENGTH, source, processor, problems);
            check_same(HORIZON, source, processor, problems);
        }
    }
    check_ranges(sources, processors, problems);
    let lone_source = sources.iter().find(|source| partner(source, processors).is_none());
    let lone_processor = processors.iter().find(|processor| partner(processor, sources).is_none());
    if let (Some(source), Some(processor)) = (lone_source, lone_processor)
        && let (Some(read), Some(awaited)) = (source.text(PIPELINE), processor.text(PIPELINE))
    {
        let text = format!(
            "is \"{awaited}\", which no source of the file has, while [connectors.{}] has \"{read}\" without a \
             processor; give both the same",
            source.name()
        );
        problems.push(processor.problem(PIPELINE, text));
    }
}

/// What a source takes over from its pipeline's processor: as the source says, else its processor, else the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lengths {
    /// `kpi.leg.length.ms.max`.
    pub leg_ms_max: DurationMs,
    /// `kpi.lateness.horizon.ms`.
    pub horizon_ms: DurationMs,
}

/// The lengths that hold for a source.
#[must_use]
pub fn lengths(source: &Values<'_>, processors: &[Values<'_>]) -> Option<Lengths> {
    let length = |key: &str| match partner(source, processors) {
        Some(processor) if !source.is_given(key) => processor.long(key),
        _ => source.long(key),
    };
    Some(Lengths { leg_ms_max: length(LEG_LENGTH)?, horizon_ms: length(HORIZON)? })
}

fn partner<'v, 'a>(of: &Values<'_>, among: &'v [Values<'a>]) -> Option<&'v Values<'a>> {
    let pipeline = of.text(PIPELINE)?;
    among.iter().find(|values| values.text(PIPELINE) == Some(pipeline))
}

fn check_alone(connectors: &[Values<'_>], what: &str, problems: &mut Vec<Problem>) {
    for (position, values) in connectors.iter().enumerate() {
        if let Some(first) = partner(values, &connectors[..position]) {
            let text = format!(
                "\"{}\" has a {what} already, [connectors.{}]; a pipeline has one, so give this one another name",
                values.text(PIPELINE).unwrap_or_default(),
                first.name()
            );
            problems.push(values.problem(PIPELINE, text));
        }
    }
}

/// An interaction that is read by the last revisit must still be within the horizon.
fn check_horizon(source: &Values<'_>, processor: &Values<'_>, problems: &mut Vec<Problem>) {
    let ages = source.list_of("extract.revisit.ms", |age| age.parse::<i64>().ok());
    let (Some(ages), Some(slice_ms), Some(delay_ms), Some(horizon_ms)) =
        (ages, slice_ms(source), freshness_delay_ms(source), processor.long(HORIZON))
    else {
        return;
    };
    let needed_ms = ages.last().copied().unwrap_or(0).saturating_add(slice_ms).saturating_add(delay_ms);
    if horizon_ms <= needed_ms {
        let text = format!(
            "is {horizon_ms}; must exceed {needed_ms}, the sum of the last of extract.revisit.ms, extract.slice.ms and \
             extract.freshness.delay.ms of [connectors.{}]",
            source.name()
        );
        problems.push(processor.problem(HORIZON, text));
    }
}

fn check_same(key: &str, source: &Values<'_>, processor: &Values<'_>, problems: &mut Vec<Problem>) {
    if !source.is_given(key) {
        return;
    }
    if let (Some(read_ms), Some(kept_ms)) = (source.long(key), processor.long(key))
        && read_ms != kept_ms
    {
        let text = format!(
            "is {read_ms}, but {kept_ms} in [connectors.{}] of the same pipeline; say it there only",
            processor.name()
        );
        problems.push(source.problem(key, text));
    }
}

/// The rows of each pipeline are read from their start, and no row has two writers. A range is of all organisations.
fn check_ranges(sources: &[Values<'_>], processors: &[Values<'_>], problems: &mut Vec<Problem>) {
    let mut owned: Vec<(&Values<'_>, OwnedRange)> = Vec::new();
    for processor in processors {
        let source = partner(processor, sources);
        let start = source.and_then(|source| source.instant("extract.start"));
        let zone = processor.text("kpi.zone").and_then(|zone| zone.parse::<Tz>().ok());
        let (Some(start), Some(zone), Some(dates)) = (start, zone, range(processor)) else {
            continue;
        };
        let range = match dates.owned(start, zone) {
            Ok(range) => range,
            Err(error) => {
                let key = match error {
                    RangeError::NotRead { .. } => "kpi.range.start",
                    RangeError::Empty { .. } => "kpi.range.end",
                };
                // Dates that contradict each other are told of already.
                if dates.start.is_none() || key == "kpi.range.start" {
                    problems.push(processor.problem(key, format!("cannot be: {error}")));
                }
                continue;
            }
        };
        if let Some((other, theirs)) = owned.iter().find(|(_, theirs)| theirs.overlaps(&range)) {
            let text = format!(
                "lets the processor own the rows {range}, and [connectors.{}] owns those {theirs}: no row has two \
                 writers; set kpi.range.start and kpi.range.end of both so that they do not overlap, or use another file \
                 with another topic.prefix",
                other.name()
            );
            problems.push(processor.problem("kpi.range.end", text));
        }
        owned.push((processor, range));
    }
}
