//! What the confirmed publications of a source tell of it, for metrics and the page. Pure: plain data.

use std::collections::BTreeMap;

use super::plan::Staged;
use crate::domain::interaction::Interaction;
use crate::domain::reconciliation::{Check, Reconciliation};
use crate::domain::slice::{SliceState, SliceStatus};
use crate::domain::time::{InstantMs, TimeRange};

/// Windows compared with the platform's own count that are kept, the newest. Too small: a page shows too little of the
/// past; too large: what was made good long ago weighs on the ratio.
const COMPARED_MAX: usize = 48;

/// Our count of a window of source time and the platform's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Volume {
    /// The window.
    pub range: TimeRange,
    /// Interactions that were read.
    pub ours: i64,
    /// Interactions that the platform counts.
    pub theirs: i64,
}

/// What a source has told so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Slices that were read whole, at any age.
    pub slices_done: u64,
    /// Slices that were given up, and later readings whose retries were spent.
    pub slices_failed: u64,
    /// Ranges that are held.
    pub held: Vec<TimeRange>,
    /// Dead letters by reason.
    pub dead_letters: BTreeMap<String, u64>,
    /// Latest instant that any published interaction tells of.
    pub last_event_at: Option<InstantMs>,
    /// When the last slice was read whole, by the platform's clock.
    pub last_slice_at: Option<InstantMs>,
    /// Windows compared with the platform's own count, by their end; of one that was read again the last comparison.
    pub compared: BTreeMap<(InstantMs, InstantMs), Volume>,
}

/// What one publication adds to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct News {
    done_at: Option<InstantMs>,
    failed: bool,
    held: Option<Vec<TimeRange>>,
    dead_letters: BTreeMap<String, u64>,
    last_event_at: Option<InstantMs>,
    compared: Vec<Volume>,
    // Whole days; slices of them may have been compared one by one.
    compared_days: Vec<Volume>,
}

impl News {
    /// Of a publication that is about to be published.
    pub(super) fn of(staged: &Staged) -> News {
        let publication = &staged.publication;
        let slice = publication.slice.as_ref();
        let mut dead_letters = BTreeMap::new();
        for letter in &publication.dead_letters {
            *dead_letters.entry(letter.reason.clone()).or_default() += 1;
        }
        let of_slice = slice.and_then(volume_of_slice);
        let of_days = publication.reconciliations.iter().filter_map(volume_of_day);
        News {
            done_at: slice.filter(|slice| slice.state == SliceState::Done).map(|slice| slice.written_at),
            failed: slice.is_some_and(|slice| slice.state == SliceState::Failed),
            held: publication.watermark.as_ref().map(|watermark| watermark.held.clone()),
            dead_letters,
            last_event_at: publication.interactions.iter().map(latest).max(),
            compared: of_slice.into_iter().collect(),
            compared_days: of_days.collect(),
        }
    }
}

impl Told {
    /// A publication is confirmed.
    pub(super) fn add(&mut self, news: News) {
        self.slices_done += u64::from(news.done_at.is_some());
        self.slices_failed += u64::from(news.failed);
        self.last_slice_at = news.done_at.or(self.last_slice_at);
        self.last_event_at = self.last_event_at.max(news.last_event_at);
        if let Some(held) = news.held {
            self.held = held;
        }
        for (reason, letters) in news.dead_letters {
            *self.dead_letters.entry(reason).or_default() += letters;
        }
        let within = |day: &Volume, known: &TimeRange| day.range.from <= known.from && known.to <= day.range.to;
        let known_by_slices =
            |day: &Volume| self.compared.values().any(|one| one.range != day.range && within(day, &one.range));
        // What is known of parts of a day counts once.
        let days: Vec<Volume> = news.compared_days.into_iter().filter(|day| !known_by_slices(day)).collect();
        for volume in news.compared.into_iter().chain(days) {
            self.compared.insert((volume.range.to, volume.range.from), volume);
            if COMPARED_MAX < self.compared.len() {
                self.compared.pop_first();
            }
        }
    }
}

/// The comparison of a first reading that has come to its end.
fn volume_of_slice(slice: &SliceStatus) -> Option<Volume> {
    let ended = matches!(slice.state, SliceState::Done | SliceState::Failed) && slice.revisit_ms == 0;
    let theirs = slice.native_count.filter(|_| ended)?;
    // Rows that belong elsewhere count on both sides, and stand in the variance alone.
    let ours = match slice.variance {
        Some(variance) => theirs + (variance * theirs as f64).round() as i64,
        None => slice.rows,
    };
    Some(Volume { range: TimeRange { from: slice.from, to: slice.to }, ours, theirs })
}

fn volume_of_day(record: &Reconciliation) -> Option<Volume> {
    let range = TimeRange { from: record.interval_start, to: record.interval_end };
    (record.check == Check::Volume).then_some(Volume { range, ours: record.ours_count, theirs: record.theirs_count })
}

fn latest(interaction: &Interaction) -> InstantMs {
    let legs = interaction.legs.iter().filter_map(|leg| leg.end.max(leg.start));
    legs.chain(interaction.end).fold(interaction.start, InstantMs::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::dead_letter::DeadLetter;
    use crate::domain::watermark::Watermark;
    use crate::extract::plan::Standing;
    use crate::publish::contract::Publication;

    fn slice(from: i64, state: SliceState, (theirs, missing): (i64, i64)) -> SliceStatus {
        SliceStatus {
            org_id: "acme".to_owned(),
            source_partition: "p".to_owned(),
            from,
            to: from + 10,
            revisit_ms: 0,
            state,
            pages: 1,
            rows: 1,
            open_rows: 0,
            native_count: Some(theirs),
            variance: (theirs != 0).then(|| -(missing as f64) / theirs as f64),
            attempts: 1,
            windows: None,
            last_error_class: None,
            written_at: from + 100,
        }
    }

    fn news(publication: Publication) -> News {
        News::of(&Staged { publication, standing: Standing::default(), gave_up: None })
    }

    fn of_slice(slice: SliceStatus) -> News {
        news(Publication { slice: Some(slice), ..Publication::default() })
    }

    #[test]
    fn slices_count_once_they_have_ended_and_the_last_comparison_of_a_window_stands() {
        let mut told = Told::default();
        told.add(of_slice(slice(0, SliceState::Running, (2_000, 900))));
        assert_eq!(told, Told::default());
        told.add(of_slice(slice(0, SliceState::Failed, (2_000, 11))));
        assert_eq!((told.slices_failed, told.slices_done, told.last_slice_at), (1, 0, None));
        let volumes =
            |told: &Told| -> Vec<(i64, i64)> { told.compared.values().map(|at| (at.ours, at.theirs)).collect() };
        assert_eq!(volumes(&told), [(1_989, 2_000)]);
        told.add(of_slice(slice(0, SliceState::Done, (2_000, 0))));
        told.add(of_slice(SliceStatus { revisit_ms: 300_000, ..slice(0, SliceState::Done, (7, 0)) }));
        assert_eq!((told.slices_failed, told.slices_done, told.last_slice_at), (1, 2, Some(100)));
        assert_eq!(volumes(&told), [(2_000, 2_000)], "a later reading asks for other windows");
        for from in 1..=COMPARED_MAX as i64 {
            told.add(of_slice(slice(from * 10, SliceState::Done, (0, 0))));
        }
        assert_eq!((told.compared.len(), volumes(&told)[0]), (COMPARED_MAX, (1, 0)), "the oldest window is forgotten");
    }

    #[test]
    fn a_day_counts_only_where_nothing_is_known_of_its_parts() {
        let day = |from: i64, ours: i64| News {
            compared_days: vec![Volume { range: TimeRange { from, to: from + 100 }, ours, theirs: 50 }],
            ..News::default()
        };
        let mut told = Told::default();
        told.add(of_slice(slice(20, SliceState::Done, (7, 0))));
        told.add(day(0, 48));
        told.add(day(100, 49));
        told.add(day(100, 50));
        let ours: Vec<i64> = told.compared.values().map(|volume| volume.ours).collect();
        assert_eq!(ours, [7, 50], "and of a day that is compared again the last comparison");
    }

    #[test]
    fn what_is_held_is_as_the_last_watermark_says_and_letters_count_by_reason() {
        let held = |held: Vec<TimeRange>| {
            let watermark = Watermark {
                org_id: String::new(),
                source_partition: String::new(),
                watermark: 0,
                interactions_offsets: Vec::new(),
                plan_generation: 1,
                plan_size: 1,
                extract_start: 0,
                held,
                closed: false,
                written_at: 0,
            };
            news(Publication { watermark: Some(watermark), ..Publication::default() })
        };
        let letter = |reason: &str| DeadLetter {
            key: None,
            value: None,
            reason: reason.to_owned(),
            rule: String::new(),
            origin: String::new(),
        };
        let range = TimeRange { from: 1, to: 2 };
        let mut told = Told::default();
        told.add(held(vec![range]));
        let letters = vec![letter("malformed"), letter("slice_failed"), letter("malformed")];
        told.add(news(Publication { dead_letters: letters, ..Publication::default() }));
        assert_eq!(told.held, [range], "a publication without a watermark says nothing of holds");
        assert_eq!(told.dead_letters, [("malformed".to_owned(), 2), ("slice_failed".to_owned(), 1)].into());
        told.add(held(Vec::new()));
        assert_eq!(told.held, []);
    }
}
