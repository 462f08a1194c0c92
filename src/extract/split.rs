//! Where a source partition begins: at its own source offset, or where the split before this one stood. Pure.
//!
//! ```text
//!  one task:      interaction-details ────────────▶ cursor
//!  then three:    .voice .chat .not-chat+voice      each begins there; later a cursor of its own
//!  then two:      .voice goes on                    .not-voice begins at the smallest cursor of the three
//! ```
//!
//! A source partition's name says what it reads, so its offset says "everything of that part which starts before the
//! cursor was read". All offsets of one complete split together say that of everything. What is true of both is read
//! again rather than skipped: dedupe settles what comes twice.
//!
//! The generation counts splits, not starts: source partitions of one split agree on it without talking to each other,
//! because whoever claims first finds the others' offsets of the split before, and whoever claims later finds his.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::PlanSettings;
use super::source_offset::{OffsetError, OpenDay, RevisitCursor, SourceOffset};
use crate::domain::selection::is_of_dialect;
use crate::domain::time::{InstantMs, format_instant};
use crate::genesys::query::flights::InFlight;

/// The source offsets of a pipeline and organisation, by source partition.
pub type Stored = BTreeMap<String, SourceOffset>;

/// Where a source partition begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Beginning {
    /// The offset to go on from, of the split's generation.
    pub offset: SourceOffset,
    /// The source partitions whose offsets were put together for it; empty when it is its own, or nothing was stored.
    pub taken_from: Vec<String>,
}

/// The newest generation among stored offsets; 0 for none.
#[must_use]
pub fn newest_generation(stored: &Stored) -> i64 {
    stored.values().map(|offset| offset.plan_generation).max().unwrap_or(0)
}

/// Where the source partition of `settings` begins, by all offsets that are stored.
///
/// # Errors
/// When one of them began at another `extract.start`: what lies between would never be read.
pub fn beginning(settings: &PlanSettings, stored: &Stored) -> Result<Beginning, OffsetError> {
    let dialect = settings.origin.dialect.word();
    let alike: Vec<(&String, &SourceOffset)> = stored.iter().filter(|(name, _)| is_of_dialect(name, dialect)).collect();
    if let Some((_, other)) = alike.iter().find(|(_, offset)| offset.extract_start != settings.extract_start) {
        return Err(OffsetError::StartDiffers {
            configured: format_instant(settings.extract_start),
            stored: format_instant(other.extract_start),
        });
    }
    let own = stored.get(&settings.source_partition);
    // Of all complete splits the one that has come furthest.
    let splits: BTreeSet<Vec<&str>> = alike.iter().map(|(name, offset)| split_of(name, offset)).collect();
    let complete = splits.into_iter().filter_map(|split| {
        let offsets: Option<Vec<&SourceOffset>> = split.iter().map(|name| stored.get(*name)).collect();
        Some((together(settings, &offsets?), split))
    });
    let furthest = complete.max_by_key(|(offset, _)| offset.cursor);
    let (mut offset, taken_from) = match (own, furthest) {
        (Some(own), Some((split, _))) if split.cursor <= own.cursor => (own.clone(), Vec::new()),
        (_, Some((mut offset, names))) => {
            offset.in_flight = left_behind(settings, stored, &names);
            (offset, names.into_iter().map(str::to_owned).collect())
        }
        (Some(own), None) => (own.clone(), Vec::new()),
        (None, None) => (SourceOffset::new(settings.extract_start).looking_back(settings.lookback_ms), Vec::new()),
    };
    let newest = newest_generation(stored);
    let plan: Vec<&str> = settings.plan.iter().map(String::as_str).collect();
    let is_known =
        |(name, offset): (&String, &SourceOffset)| offset.plan_generation == newest && split_of(name, offset) == plan;
    offset.plan_generation = if stored.iter().any(is_known) { newest } else { newest.saturating_add(1) };
    offset.plan.clone_from(&settings.plan);
    Ok(Beginning { offset, taken_from })
}

/// The split that an offset was written in; offsets of before there were any are alone.
fn split_of<'a>(name: &'a str, offset: &'a SourceOffset) -> Vec<&'a str> {
    if offset.plan.is_empty() { vec![name] } else { offset.plan.iter().map(String::as_str).collect() }
}

/// What all these offsets say together: of each position the least, and everything that any of them has still to do.
fn together(settings: &PlanSettings, offsets: &[&SourceOffset]) -> SourceOffset {
    let mut merged = SourceOffset::new(settings.extract_start);
    merged.cursor = offsets.iter().map(|offset| offset.cursor).min().unwrap_or(merged.cursor);
    merged.read_from = offsets.iter().filter_map(|offset| offset.read_from).min();
    merged.version = offsets.iter().map(|offset| offset.version).max().unwrap_or(merged.version);
    let mut ages: BTreeMap<i64, Vec<InstantMs>> = BTreeMap::new();
    let mut days: BTreeMap<InstantMs, OpenDay> = BTreeMap::new();
    for offset in offsets {
        for revisit in &offset.revisits {
            ages.entry(revisit.age_ms).or_default().push(revisit.cursor);
        }
        for open in &offset.open_days {
            let day = days.entry(open.day).or_insert(OpenDay { open: 0, ..*open });
            day.open += open.open;
            day.read_at = day.read_at.min(open.read_at);
        }
        offset.held.iter().for_each(|held| merged.hold(*held));
        merged.retries.extend(&offset.retries);
        merged.request = merged.request.max(offset.request);
        merged.reconciled = merged.reconciled.max(offset.reconciled);
    }
    merged.retries.sort_unstable();
    merged.retries.dedup();
    // An age that one of them does not know begins where its longer ones stand.
    merged.revisits = ages
        .into_iter()
        .filter(|(_, cursors)| cursors.len() == offsets.len())
        .filter_map(|(age_ms, cursors)| Some(RevisitCursor { age_ms, cursor: cursors.into_iter().min()? }))
        .collect();
    merged.open_days = days.into_values().collect();
    // Counted once, by the first.
    if settings.plan.first() == Some(&settings.source_partition) {
        merged.open_given_up = offsets.iter().map(|offset| offset.open_given_up).sum();
    }
    merged
}

/// The queries of source partitions that are no more: the first of the new ones deletes them.
fn left_behind(settings: &PlanSettings, stored: &Stored, names: &[&str]) -> Vec<InFlight> {
    if settings.plan.first() != Some(&settings.source_partition) {
        return Vec::new();
    }
    let gone = names.iter().filter(|name| !settings.plan.iter().any(|kept| kept == *name));
    gone.filter_map(|name| stored.get(*name)).flat_map(|offset| offset.in_flight.iter().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::media::{Dialect, MediaType};
    use crate::domain::selection::Selection;
    use crate::domain::time::TimeRange;
    use crate::extract::normalize::Origin;
    use crate::extract::pace::PaceRules;
    use crate::extract::revisit::RevisitRules;

    const ALL: &str = "interaction-details";
    const VOICE: &str = "interaction-details.voice";
    const CHAT: &str = "interaction-details.chat";
    const NOT_BOTH: &str = "interaction-details.not-chat+voice";
    const NOT_VOICE: &str = "interaction-details.not-voice";

    fn settings(own: &str, plan: &[&str]) -> PlanSettings {
        let (org_id, dialect) = ("acme".to_owned(), Dialect::InteractionDetails);
        PlanSettings {
            origin: Origin { org_id, dialect, media_default: MediaType::Voice },
            revisit_dialect: None,
            source_partition: own.to_owned(),
            selection: Selection::All,
            plan: plan.iter().map(|name| (*name).to_owned()).collect(),
            extract_start: 0,
            lookback_ms: 0,
            extract_end: None,
            freshness_delay_ms: 0,
            retries_max: 1,
            horizon_ms: 1_000,
            compares: None,
            pace: PaceRules { least_ms: 10, most_ms: 100, rows: 1_000 },
            rules: RevisitRules { ages_ms: vec![10, 20], slice_ms: 100, poll_ms: 10, leg_length_ms_max: 1_000 },
        }
    }

    fn offset(cursor: i64, generation: i64, plan: &[&str]) -> SourceOffset {
        let mut offset = SourceOffset::new(0);
        (offset.cursor, offset.plan_generation, offset.version) = (cursor, generation, cursor + 1);
        offset.plan = plan.iter().map(|name| (*name).to_owned()).collect();
        offset.revisits =
            [(10, 0), (20, 5)].map(|(age_ms, less)| RevisitCursor { age_ms, cursor: cursor - less }).into();
        offset
    }

    fn stored(offsets: &[(&str, SourceOffset)]) -> Stored {
        offsets.iter().map(|(name, offset)| ((*name).to_owned(), offset.clone())).collect()
    }

    /// Cursor and generation at which `own` begins.
    fn begins(own: &str, plan: &[&str], stored: &Stored) -> (i64, i64) {
        let begun = beginning(&settings(own, plan), stored).unwrap().offset;
        assert_eq!(begun.plan, plan);
        (begun.cursor, begun.plan_generation)
    }

    #[test]
    fn nothing_stored_begins_at_the_start_and_a_restart_goes_on_in_the_same_generation() {
        assert_eq!(begins(ALL, &[ALL], &stored(&[])), (0, 1));
        let three = [VOICE, CHAT, NOT_BOTH];
        assert_eq!(begins(CHAT, &three, &stored(&[])), (0, 1));
        let known = stored(&[(VOICE, offset(70, 4, &three)), (CHAT, offset(90, 4, &three))]);
        assert_eq!(begins(CHAT, &three, &known), (90, 4));
        // One that never committed anything begins at the start, whatever its neighbours did.
        assert_eq!(begins(NOT_BOTH, &three, &known), (0, 4));
    }

    #[test]
    fn an_offset_of_before_there_were_splits_is_a_split_of_one() {
        let old = stored(&[(ALL, offset(50, 3, &[]))]);
        assert_eq!(begins(ALL, &[ALL], &old), (50, 3));
        assert_eq!(begins(VOICE, &[VOICE, NOT_VOICE], &old), (50, 4));
    }

    #[test]
    fn a_new_split_begins_at_the_smallest_cursor_of_the_old_one() {
        let three = [VOICE, CHAT, NOT_BOTH];
        let mut old = stored(&[
            (ALL, offset(20, 1, &[ALL])),
            (VOICE, offset(90, 2, &three)),
            (CHAT, offset(60, 2, &three)),
            (NOT_BOTH, offset(80, 2, &three)),
        ]);
        assert_eq!(begins(ALL, &[ALL], &old), (60, 3), "further than its own offset of two splits ago");
        assert_eq!(begins(VOICE, &[VOICE, NOT_VOICE], &old), (90, 3), "what it reads has not changed");
        assert_eq!(begins(NOT_VOICE, &[VOICE, NOT_VOICE], &old), (60, 3));
        // Whoever claims after the first finds the new generation and joins it.
        old.insert(VOICE.to_owned(), offset(95, 3, &[VOICE, NOT_VOICE]));
        assert_eq!(begins(NOT_VOICE, &[VOICE, NOT_VOICE], &old), (60, 3));
        // A split that was never whole tells nothing; the one before it is found still.
        assert_eq!(begins(ALL, &[ALL], &old), (60, 4));
    }

    #[test]
    fn what_was_still_to_be_done_is_done_by_all_who_follow() {
        let two = [VOICE, NOT_VOICE];
        let (mut voice, mut rest) = (offset(90, 2, &two), offset(60, 2, &two));
        voice.hold(TimeRange { from: 10, to: 20 });
        rest.hold(TimeRange { from: 15, to: 30 });
        voice.open_days = vec![OpenDay { day: 0, open: 2, read_at: 7 }];
        rest.open_days = vec![OpenDay { day: 0, open: 1, read_at: 5 }];
        rest.open_given_up = 4;
        rest.revisits.remove(0);
        let begun = beginning(&settings(ALL, &[ALL]), &stored(&[(VOICE, voice), (NOT_VOICE, rest)])).unwrap();
        let SourceOffset { held, open_days, revisits, version, open_given_up, .. } = begun.offset;
        assert_eq!(held, [TimeRange { from: 10, to: 30 }]);
        assert_eq!(open_days, [OpenDay { day: 0, open: 3, read_at: 5 }]);
        assert_eq!(revisits, [RevisitCursor { age_ms: 20, cursor: 55 }]);
        assert_eq!((version, open_given_up), (91, 4));
        assert_eq!(begun.taken_from, [VOICE, NOT_VOICE]);
    }

    #[test]
    fn queries_of_source_partitions_that_are_no_more_are_left_to_the_first_of_the_new_ones() {
        let (two, one) = ([VOICE, NOT_VOICE], [ALL]);
        let query = InFlight {
            query_id: "q-1".to_owned(),
            dialect: "interaction-details".to_owned(),
            from: 50,
            to: 60,
            asked: "x".to_owned(),
            submitted_at: 70,
        };
        let mut all = offset(50, 1, &one);
        all.in_flight.push(query.clone());
        let known = stored(&[(ALL, all)]);
        let left = |own: &str, plan: &[&str]| beginning(&settings(own, plan), &known).unwrap().offset.in_flight;
        assert_eq!(left(VOICE, &two), std::slice::from_ref(&query));
        assert_eq!(left(NOT_VOICE, &two), []);
        // A source partition that goes on has its own still.
        assert_eq!(left(ALL, &one), [query]);
    }

    #[test]
    fn another_start_is_refused_and_another_dialect_tells_nothing() {
        let mut old = stored(&[(ALL, offset(50, 1, &[]))]);
        let elsewhere = PlanSettings { extract_start: 7, ..settings(VOICE, &[VOICE, NOT_VOICE]) };
        assert!(matches!(beginning(&elsewhere, &old), Err(OffsetError::StartDiffers { .. })));
        let events = old.remove(ALL).unwrap();
        old.insert("interaction-events".to_owned(), events);
        assert_eq!(begins(ALL, &[ALL], &old), (0, 2), "a generation of its own");
    }
}
