//! Follows the rows of a KPI topic through all of their revisions, and finds those that need not have been. Pure.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde_json::Value;

use super::compare::key_of;
use super::kind::RecordKind;

/// Fields that say when and how often a row was published, and not what it says.
const OF_THE_PUBLICATION: [&str; 4] = ["revision", "restatements", "computed_at", "source_watermark"];

/// Every revision of every row of one topic, in the order of their publication.
#[derive(Debug)]
pub struct Revisions {
    kind: RecordKind,
    rows: BTreeMap<String, Followed>,
    repeated: Vec<String>,
    returned: Vec<String>,
}

/// One row.
#[derive(Debug)]
struct Followed {
    /// What it measured, a revision after the other, by the hash of its figures.
    figures: Vec<u64>,
    /// What the last one said, a line a field: rows are many, and a map of each would be ten times as large.
    last: Box<str>,
}

impl Revisions {
    /// None yet; `None` for a topic of no rows known here.
    #[must_use]
    pub fn of_topic(topic: &str) -> Option<Revisions> {
        let kind = RecordKind::of_topic(topic)?;
        Some(Revisions { kind, rows: BTreeMap::new(), repeated: Vec::new(), returned: Vec::new() })
    }

    /// Takes the next revision of a row, whichever row it is.
    pub fn take(&mut self, row: &Value) {
        let key = key_of(&self.kind, row);
        let (figures, said) = (figures(&self.kind, row), said(row));
        let Some(known) = self.rows.get_mut(&key) else {
            self.rows.insert(key, Followed { figures: vec![figures], last: said });
            return;
        };
        let number = known.figures.len();
        if known.last == said {
            self.repeated.push(format!("{key}: revision {number} says what the one before it says"));
        } else if known.figures.last() != Some(&figures)
            && let Some(earlier) = known.figures.iter().position(|before| *before == figures)
        {
            let changed = changes(&known.last, &said);
            self.returned.push(format!("{key}: revision {number} measures what revision {earlier} did: {changed}"));
        }
        known.figures.push(figures);
        known.last = said;
    }

    /// How many revisions each row had.
    pub fn counts(&self) -> impl Iterator<Item = u64> + '_ {
        self.rows.values().map(|row| row.figures.len() as u64)
    }

    /// Revisions that say the same once more.
    #[must_use]
    pub fn repeated(&self) -> &[String] {
        &self.repeated
    }

    /// Revisions that go back to what an earlier one measured, after another had left it.
    #[must_use]
    pub fn returned(&self) -> &[String] {
        &self.returned
    }
}

/// The hash of counts and sums. Whether the row is settled or held is none of them: it may well become held again.
fn figures(kind: &RecordKind, row: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    for (_, value) in fields(row).filter(|(name, _)| kind.is_figure(name) && *name != "held") {
        value.to_string().hash(&mut hasher);
    }
    hasher.finish()
}

fn fields(row: &Value) -> impl Iterator<Item = (&String, &Value)> {
    row.as_object().into_iter().flatten()
}

/// All that a revision says, a line a field. No value has a line of its own end: JSON writes it otherwise.
fn said(row: &Value) -> Box<str> {
    let of_row = fields(row).filter(|(name, _)| !OF_THE_PUBLICATION.contains(&name.as_str()));
    let lines: Vec<String> = of_row.map(|(name, value)| format!("{name} {value}")).collect();
    lines.join("\n").into_boxed_str()
}

/// What a revision says otherwise than the one before it, whose fields are the same.
fn changes(before: &str, now: &str) -> String {
    let changed = before.lines().zip(now.lines()).filter(|(before, now)| before != now);
    let told: Vec<String> = changed.map(|(before, now)| format!("{before}, now {now}")).collect();
    told.join("; ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(queue: &str, revision: i64, handled: i64, result: &str) -> Value {
        json!({
            "org_id": "acme", "interval_start": 0, "interval_length_s": 1_800, "media_type": "VOICE",
            "attribution": "START", "queue_id": queue, "skill_set": "", "language": "",
            "handled": handled, "handle_sketch": handled, "revision": revision, "result": result, "held": false,
            "computed_at": revision, "source_watermark": revision,
        })
    }

    fn followed(rows: &[Value]) -> Revisions {
        let mut revisions = Revisions::of_topic("kpi.queue.pt30m").unwrap();
        rows.iter().for_each(|row| revisions.take(row));
        revisions
    }

    fn found(rows: &[Value]) -> (usize, usize) {
        let revisions = followed(rows);
        (revisions.repeated().len(), revisions.returned().len())
    }

    #[test]
    fn a_row_that_goes_on_to_say_something_new_needs_each_of_its_revisions() {
        let grown = [row("Q", 0, 1, "PROVISIONAL"), row("Q", 1, 2, "PROVISIONAL"), row("Q", 2, 2, "FINAL")];
        let mut rows = grown.to_vec();
        rows.extend([row("R", 0, 2, "FINAL"), row("Q", 3, 3, "CORRECTED")]);
        assert_eq!(found(&rows), (0, 0));
        assert_eq!(followed(&rows).counts().collect::<Vec<_>>(), [4, 1]);
    }

    #[test]
    fn a_row_that_goes_back_to_what_it_measured_before_is_found() {
        let back = [row("Q", 0, 1, "FINAL"), row("Q", 1, 2, "CORRECTED"), row("Q", 2, 1, "CORRECTED")];
        assert_eq!(found(&back), (0, 1));
        let told = followed(&back).returned()[0].clone();
        assert!(
            told.contains("revision 2 measures what revision 0 did: ") && told.contains("handled 2, now handled 1")
        );
        let by_others = [row("Q", 0, 1, "FINAL"), row("R", 0, 2, "FINAL"), row("R", 1, 1, "CORRECTED")];
        assert_eq!(found(&by_others), (0, 0), "each row by itself");
    }

    #[test]
    fn a_revision_that_says_the_same_once_more_is_found_however_it_is_numbered() {
        assert_eq!(found(&[row("Q", 0, 1, "FINAL"), row("Q", 1, 1, "FINAL")]), (1, 0));
        let mut held = row("Q", 1, 1, "FINAL");
        held["held"] = json!(true);
        let held_and_back = [row("Q", 0, 1, "FINAL"), held, row("Q", 2, 1, "FINAL")];
        assert_eq!(found(&held_and_back), (0, 0), "it was held, and no longer is");
    }

    #[test]
    fn a_topic_of_no_rows_is_none() {
        assert!(Revisions::of_topic("interactions").is_none());
    }
}
