//! A conversation job: what its body asks for, by the platform's rules, and its conversations in pages. Pure.

use serde_json::{Map, Value};

use super::super::conversation::details;
use super::super::conversation::query::{DetailsQuery, read_details};
use super::super::conversation::world::ConversationWorld;
use super::super::page::OddRow;
use super::super::query::Refusal;
use super::desk::Entry;
use super::mark::Mark;
use crate::domain::time::{InstantMs, TimeRange};

/// Conversations that one page holds at most, and unless asked otherwise.
pub const PAGE_MAX: usize = 1_000;

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct JobQuery {
    details: DetailsQuery,
    /// Only what starts on the interval's first UTC day or later; else everything whose lifetime touches it.
    start_of_day: bool,
}

/// A page of conversations.
#[derive(Clone, Debug)]
pub struct JobPage {
    /// The conversations.
    pub conversations: Vec<Value>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<Mark>,
}

fn refuse<T>(code: &'static str, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { code, message: message.into() })
}

/// Reads a submission: as a details query's body, without pages and aggregations.
///
/// # Errors
/// The first rule that the request breaks.
pub fn read(body: &Value) -> Result<JobQuery, Refusal> {
    let Some(fields) = body.as_object() else { return refuse("bad.request", "The request body must be an object.") };
    for field in ["paging", "aggregations"] {
        if fields.contains_key(field) {
            return refuse("bad.request", format!("Unrecognized field \"{field}\" in the request body."));
        }
    }
    let mut rest: Map<String, Value> = fields.clone();
    rest.remove("limit");
    let start_of_day = match rest.remove("startOfDayIntervalMatching") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(said)) => said,
        Some(_) => return refuse("invalid.value", "startOfDayIntervalMatching must be true or false"),
    };
    Ok(JobQuery { details: read_details(&Value::Object(rest))?, start_of_day })
}

impl JobQuery {
    /// The page behind `mark`, or the first one.
    #[must_use]
    pub fn page(
        &self,
        world: &ConversationWorld,
        odd: &[OddRow],
        entry: &Entry,
        mark: Option<Mark>,
        size: usize,
    ) -> JobPage {
        let starts = self.starts(world, entry);
        let (after, served) = mark.map_or((None, 0), |mark| (Some(mark.after), mark.served));
        let mut conversations = Vec::new();
        let (mut last, mut more) = (None, false);
        let wanted = world
            .told(starts, after)
            .filter(|told| self.details.wants(told, entry.moment) && !entry.lacks(world.seed(), told.id));
        for told in wanted {
            if conversations.len() == size {
                more = true;
                break;
            }
            conversations.push(details::conversation(told, entry.moment));
            last = Some(told.position());
        }
        let served = served + conversations.len();
        if after.is_none() {
            conversations.extend(odd.iter().filter(|odd| starts.contains(odd.at)).map(|odd| odd.json.clone()));
        }
        JobPage { conversations, next: last.filter(|_| more).map(|after| Mark { after, served }) }
    }

    fn starts(&self, world: &ConversationWorld, entry: &Entry) -> TimeRange {
        let starts = self.details.starts();
        let from = if self.start_of_day { starts.from } else { world.range().from.min(starts.from) };
        let known_to = entry.moment.0.map_or(InstantMs::MAX, |now| now + 1);
        TimeRange { from, to: starts.to.min(known_to) }
    }
}
