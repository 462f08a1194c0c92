//! Answers requests for conversations: events, their volume, details, agents' metrics. Edge: it answers HTTP requests.

use serde_json::{Value, json};

use super::super::chance::mix;
use super::super::conversation::page::{details_page, events_page, volume};
use super::super::conversation::query::{parameters, read_details, read_events, since_until};
use super::super::conversation::seen::Moment;
use super::super::conversation::world::ConversationWorld;
use super::super::conversation::{cursor, details, events, metrics};
use super::super::query::Refusal;
use super::answer::Answer;
use super::simulator::Simulator;
use crate::domain::time::{InstantMs, TimeRange};

/// The path of events.
pub(super) const EVENTS_PATH: &str = "/api/v2/analytics/interactions/detail";

/// The path of the volume.
pub(super) const SUMMARY_PATH: &str = "/api/v2/analytics/interactions/summary";

/// The path of a details query.
pub(super) const QUERY_PATH: &str = "/api/v2/analytics/conversations/details/query";

const CONVERSATIONS: &str = "/api/v2/analytics/conversations/";

/// Conversations that can be asked for by id at once.
const IDS_MAX: usize = 100;

/// A request for conversations.
pub(super) struct Wanted<'a> {
    pub simulator: &'a Simulator,
    pub world: &'a ConversationWorld,
    pub path: &'a str,
    pub query: &'a str,
    pub context: &'a str,
    /// The fault script lets the cursor be dead.
    pub cursor_dead: bool,
}

impl Wanted<'_> {
    /// Answers a GET.
    pub fn get(&self) -> Answer {
        match self.path {
            EVENTS_PATH => self.events().unwrap_or_else(|refusal| self.refused(&refusal)),
            SUMMARY_PATH => self.summary().unwrap_or_else(|refusal| self.refused(&refusal)),
            "/api/v2/analytics/conversations/details" => self.by_ids(),
            path => match path.strip_prefix(CONVERSATIONS).and_then(|rest| rest.strip_suffix("/details")) {
                Some(id) => match self.details_of(id) {
                    Some(conversation) => Answer::ok(conversation.to_string()),
                    None => Answer::of_status(404, None, self.context),
                },
                None => Answer::of_status(404, None, self.context),
            },
        }
    }

    /// Answers a details query.
    pub fn query(&self, body: Option<&Value>) -> Answer {
        let Some(body) = body else {
            return Answer::error(400, "bad.request", "The request body is no JSON.", self.context);
        };
        if metrics::is_meant(body) {
            return self.metrics(body).unwrap_or_else(|refusal| self.refused(&refusal));
        }
        let mut query = match read_details(body) {
            Ok(query) => query,
            Err(refusal) => return self.refused(&refusal),
        };
        let options = &self.simulator.options;
        query.interval.to += i64::from(options.to_inclusive);
        if options.results_max < query.page.saturating_mul(query.size) {
            let most = options.results_max;
            let message =
                format!("Pagination may not exceed {most} results. Tip: query smaller intervals, such as one hour.");
            return Answer::error(400, "bad.request", &message, self.context);
        }
        let odd = &options.faults.odd_rows;
        let mut page = details_page(self.world, odd, &query, self.moment());
        if page["totalHits"].as_u64().is_some_and(|hits| options.hits_max < hits) {
            let message =
                format!("A query may not select more than {} results. Tip: query smaller intervals.", options.hits_max);
            return Answer::error(400, "bad.request", &message, self.context);
        }
        if 1 < query.page && self.overlaps([query.interval.from, query.page as i64]) {
            let mut before = query.clone();
            before.page -= 1;
            let before = details_page(self.world, odd, &before, self.moment());
            let last = before["conversations"].as_array().and_then(|told| told.last().cloned());
            if let (Some(last), Some(told)) = (last, page["conversations"].as_array_mut()) {
                told.insert(0, last);
            }
        }
        Answer::ok(page.to_string())
    }

    fn metrics(&self, body: &Value) -> Result<Answer, Refusal> {
        let options = &self.simulator.options;
        let query = metrics::read(body, options.to_inclusive)?;
        let seed = self.world.seed();
        let after = match parameters(self.query).get("page") {
            None => None,
            Some(text) => match metrics::read_page(seed, &query, text).filter(|_| !self.cursor_dead) {
                Some(after) => Some(after),
                None => {
                    let message = format!("The page [{text}] belongs to no such request, or has expired.");
                    return Err(Refusal { code: "invalid.value", message });
                }
            },
        };
        let mut page =
            metrics::page(self.world, &options.faults.odd_rows, &query, (after, options.metrics_page), self.moment());
        if let Some(after) = after.filter(|after| self.overlaps([after.0, query.range.from])) {
            page.entities.splice(0..0, metrics::at(self.world, &query, after, self.moment()));
        }
        let next = page.next.map(|next| metrics::next_page_uri(seed, QUERY_PATH, &query, next));
        Ok(Answer::with_rows(json!({"next_page_uri": next}), "entities", page.entities))
    }

    fn events(&self) -> Result<Answer, Refusal> {
        let mut query = read_events(&parameters(self.query))?;
        let until = query.range.to;
        query.range.to += i64::from(self.simulator.options.to_inclusive);
        let now = self.simulator.options.clock.now();
        let after = match &query.cursor {
            None => None,
            Some(text) => Some(self.position(text, cursor::read(self.world.seed(), &query, text, now))?),
        };
        let odd = &self.simulator.options.faults.odd_rows;
        let mut page = events_page(self.world, odd, &query, after, self.moment());
        if let Some((start, id)) = after.filter(|after| self.overlaps([after.0, query.range.from])) {
            let at = TimeRange { from: start, to: start + 1 };
            let last = self.world.told(at, None).find(|told| told.id == id);
            let moment = self.moment();
            page.interactions.splice(0..0, last.map(|told| events::interaction(moment.of(told), moment)));
        }
        if self.simulator.options.cut_at_until {
            page.interactions.iter_mut().for_each(|interaction| events::cut(interaction, until));
        }
        let token = page.next.map(|next| cursor::write(self.world.seed(), &query, next, now));
        Ok(Answer::with_rows(json!({"nextPageToken": token}), "interactions", page.interactions))
    }

    fn position(
        &self,
        text: &str,
        read: Result<(InstantMs, u128), cursor::DeadCursor>,
    ) -> Result<(InstantMs, u128), Refusal> {
        let fate = match read {
            Ok(position) if !self.cursor_dead => return Ok(position),
            Ok(_) | Err(cursor::DeadCursor::Expired) => "has expired",
            Err(cursor::DeadCursor::Unknown) => "belongs to no such request",
        };
        Err(Refusal { code: "invalid.value", message: format!("The cursor [{text}] {fate}.") })
    }

    fn summary(&self) -> Result<Answer, Refusal> {
        let parameters = parameters(self.query);
        let range = since_until(&parameters)?;
        let kind = parameters.get("type").map(String::as_str).filter(|kind| !kind.is_empty());
        Ok(Answer::ok(volume(self.world, range, kind, self.moment()).to_string()))
    }

    fn by_ids(&self) -> Answer {
        let parameters = parameters(self.query);
        let ids: Vec<&str> = parameters.get("id").map_or_else(Vec::new, |ids| ids.split(',').collect());
        if ids.is_empty() || IDS_MAX < ids.len() {
            let message = format!("id must name 1 to {IDS_MAX} conversations, separated by commas.");
            return Answer::error(400, "bad.request", &message, self.context);
        }
        let conversations: Vec<Value> = ids.into_iter().filter_map(|id| self.details_of(id)).collect();
        Answer::with_rows(json!({}), "conversations", conversations)
    }

    fn details_of(&self, id: &str) -> Option<Value> {
        let told = self.world.by_id(u128::from_str_radix(&id.replace('-', ""), 16).ok()?)?;
        let moment = self.moment();
        moment.has_come(told.start).then(|| details::conversation(moment.of(told), moment))
    }

    /// Whether a page begins with what ended the page before: one in seven does.
    fn overlaps(&self, of: [i64; 2]) -> bool {
        let [one, other] = of.map(i64::cast_unsigned);
        self.simulator.options.overlapping_pages && mix(&[self.world.seed(), one, other]).is_multiple_of(7)
    }

    fn moment(&self) -> Moment {
        Moment(self.simulator.options.clock.horizon())
    }

    fn refused(&self, refusal: &Refusal) -> Answer {
        Answer::error(400, refusal.code, &refusal.message, self.context)
    }
}
