//! A platform in memory with tokens of single use, and a log that keeps what was committed. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::dead_letter::DeadLetter;
use crate::domain::interaction::{Interaction, InteractionStatus};
use crate::domain::media::{Dialect, MediaType};
use crate::domain::selection::Selection;
use crate::domain::slice::SliceStatus;
use crate::domain::time::{InstantMs, TimeRange};
use crate::domain::watermark::Watermark;
use crate::extract::normalize::Origin;
use crate::extract::pace::PaceRules;
use crate::extract::plan::{Ask, Failure, Lane, Next, Now, Plan, PlanSettings, Staged, Step};
use crate::extract::revisit::RevisitRules;
use crate::extract::source_offset::SourceOffset;
use crate::genesys::wire::{Page, Row, RowRead};
use crate::publish::contract::Request;

pub const MINUTE: i64 = 60_000;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

/// A row of the platform: visible from its start on, over from its end on.
#[derive(Clone, Debug)]
pub struct FakeRow {
    pub id: String,
    pub start: InstantMs,
    pub end: InstantMs,
}

/// What goes wrong with one request or with what it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// No answer: the token is gone.
    Refused,
    /// A token is answered with an empty page that repeats the total.
    EmptyPage,
    /// The source dies before its transaction commits.
    CrashBefore,
    /// The source dies after its transaction committed.
    CrashAfter,
}

pub struct FakePlatform {
    pub rows: Vec<FakeRow>,
    pub page_size: usize,
    pub to_is_included: bool,
    pub says_total: bool,
    /// What started earlier is told as well, where it goes on within the bounds of the query.
    pub tells_running: bool,
    /// Rows of the first half hour that it counts and never answers.
    pub lost: i64,
    /// A query that selects more is refused.
    pub hits_max: usize,
    /// Requests whose answers lack every other row, although it is counted.
    pub thinned: std::ops::Range<u64>,
    tokens: BTreeMap<String, (Ask, usize)>,
    tokens_given: u64,
    pub requests: u64,
}

impl FakePlatform {
    pub fn new(mut rows: Vec<FakeRow>, page_size: usize) -> FakePlatform {
        rows.sort_by(|a, b| (a.start, &a.id).cmp(&(b.start, &b.id)));
        let tokens = BTreeMap::new();
        FakePlatform {
            rows,
            page_size,
            to_is_included: false,
            says_total: true,
            tells_running: false,
            lost: 0,
            hits_max: usize::MAX,
            thinned: 0..0,
            tokens,
            tokens_given: 0,
            requests: 0,
        }
    }

    fn answer(&mut self, ask: &Ask, now: InstantMs, fault: Fault) -> Result<Page, &'static str> {
        self.requests += 1;
        let (query, skip) = match &ask.token {
            None => (ask.clone(), 0),
            // A token that was used before, is of another life, or comes with another query, is refused.
            Some(token) => {
                let known = self.tokens.remove(token);
                known.filter(|(query, _)| (query.from, query.to) == (ask.from, ask.to)).ok_or("token_gone")?
            }
        };
        let last = if self.to_is_included { query.to } else { query.to - 1 };
        let running = |row: &FakeRow| self.tells_running && row.start < query.from && query.from < row.end;
        let is_selected = |row: &&FakeRow| (query.from..=last).contains(&row.start) || running(row);
        let selected: Vec<&FakeRow> = self.rows.iter().filter(|row| row.start <= now).filter(is_selected).collect();
        if self.hits_max < selected.len() {
            return Err("too_much");
        }
        let total =
            self.says_total.then(|| selected.len() as i64 + if query.from < 30 * MINUTE { self.lost } else { 0 });
        match fault {
            Fault::Refused => return Err("transient"),
            Fault::EmptyPage if ask.token.is_some() => return Ok(Page { total, ..Page::default() }),
            _ => {}
        }
        let mut rows: Vec<RowRead> =
            selected.iter().skip(skip).take(self.page_size).map(|row| read(row, now)).collect();
        let more = skip + rows.len() < selected.len();
        let next_token = more.then(|| format!("token {}", self.tokens_given));
        if let Some(token) = &next_token {
            self.tokens_given += 1;
            self.tokens.insert(token.clone(), (query, skip + rows.len()));
        }
        if self.thinned.contains(&self.requests) {
            let mut number = 0;
            rows.retain(|_| {
                number += 1;
                number % 2 == 1
            });
        }
        Ok(Page { rows, next_token, total, ..Page::default() })
    }
}

fn read(row: &FakeRow, now: InstantMs) -> RowRead {
    let over = row.end <= now;
    RowRead::Row(Box::new(Row {
        id: row.id.clone(),
        type_word: Some("voice".to_owned()),
        status_word: Some(if over { "completed" } else { "inProgress" }.to_owned()),
        start: row.start,
        end: over.then_some(row.end),
        ..Row::default()
    }))
}

pub fn settings() -> PlanSettings {
    PlanSettings {
        compares: None,
        origin: Origin {
            org_id: "acme".to_owned(),
            dialect: Dialect::InteractionDetails,
            media_default: MediaType::Voice,
        },
        revisit_dialect: None,
        source_partition: "interaction-details".to_owned(),
        selection: Selection::All,
        plan: vec!["interaction-details".to_owned()],
        extract_start: 0,
        lookback_ms: 0,
        extract_end: Some(6 * HOUR),
        freshness_delay_ms: 30_000,
        horizon_ms: 5 * DAY,
        retries_max: 10_000,
        pace: PaceRules { least_ms: MINUTE, most_ms: 30 * MINUTE, rows: 100_000 },
        rules: RevisitRules {
            ages_ms: vec![5 * MINUTE, HOUR],
            slice_ms: 30 * MINUTE,
            poll_ms: MINUTE,
            leg_length_ms_max: 14 * DAY,
        },
    }
}

pub fn rows(count: i64, every_ms: i64, length_ms: i64) -> Vec<FakeRow> {
    let row = |number| {
        let start = number * every_ms;
        FakeRow { id: format!("i-{number:05}"), start, end: start + length_ms }
    };
    (0..count).map(row).collect()
}

type InFlight = (Ask, Result<Page, &'static str>, InstantMs);

/// A source, its platform, and what was committed.
pub struct World {
    pub platform: FakePlatform,
    pub settings: PlanSettings,
    pub plan: Plan,
    pub now: InstantMs,
    pub committed: Option<String>,
    pub interactions: Vec<Interaction>,
    pub dead_letters: Vec<DeadLetter>,
    pub watermarks: Vec<Watermark>,
    pub slices: Vec<SliceStatus>,
    /// Slices that are fixed ahead of their turn.
    pub ahead: usize,
    in_flight: [Option<InFlight>; 2],
    wait_until: [InstantMs; 2],
    read_ids: BTreeSet<String>,
    version: InstantMs,
}

impl World {
    pub fn new(platform: FakePlatform, settings: PlanSettings, now: InstantMs) -> World {
        let plan = Plan::new(settings.clone(), None).unwrap();
        let mut world = World {
            platform,
            settings,
            plan,
            now,
            committed: None,
            interactions: Vec::new(),
            dead_letters: Vec::new(),
            watermarks: Vec::new(),
            slices: Vec::new(),
            ahead: 0,
            in_flight: [None, None],
            wait_until: [InstantMs::MIN; 2],
            read_ids: BTreeSet::new(),
            version: InstantMs::MIN,
        };
        let opening = world.plan.opening(now);
        world.commit(opening);
        world
    }

    /// A new life from the committed offset.
    pub fn restart(&mut self) {
        let stored = self.committed.as_deref().map(|json| SourceOffset::from_json(json).unwrap());
        self.plan = Plan::new(self.settings.clone(), stored).unwrap();
        self.in_flight = [None, None];
        self.wait_until = [InstantMs::MIN; 2];
        let opening = self.plan.opening(self.now);
        self.commit(opening);
    }

    /// One lane asks, or takes in what it asked for.
    pub fn step(&mut self, lane: Lane, fault: Fault) {
        self.now += 90;
        let index = lane as usize;
        if let Some((ask, page, sent_at)) = self.in_flight[index].take() {
            let step = match page {
                Ok(page) => self.plan.page(lane, &ask, page, sent_at, self.now, "the request"),
                Err(class) => {
                    let failure = Failure { class, text: "no answer", request: "the request" };
                    self.plan.failed(lane, failure, self.now)
                }
            };
            if let Step::Publish(staged) = step {
                if fault != Fault::CrashBefore {
                    self.commit(*staged);
                }
                if matches!(fault, Fault::CrashBefore | Fault::CrashAfter) {
                    self.restart();
                }
            }
            return;
        }
        if let Some(staged) = self.plan.housekeeping(self.now) {
            self.commit(staged);
        }
        if self.now < self.wait_until[index] {
            return;
        }
        match self.plan.next(lane, Now::of(self.now)) {
            Next::Ask(ask) => {
                let page = self.platform.answer(&ask, self.now, fault);
                self.in_flight[index] = Some((ask, page, self.now));
                self.look_ahead();
            }
            Next::Wait(wait_ms) => self.wait_until[index] = self.now + wait_ms as i64,
        }
    }

    /// Fixes slices ahead, and says that a query for each stands at the platform.
    pub fn look_ahead(&mut self) {
        self.plan.look_ahead(self.now, self.ahead);
        let query = |range: TimeRange| crate::genesys::query::flights::InFlight {
            query_id: format!("q-{}-{}", range.from, range.to),
            dialect: self.settings.origin.dialect.word().to_owned(),
            from: range.from,
            to: range.to,
            asked: String::new(),
            submitted_at: self.now,
        };
        let queries = self.plan.planned().map(query).collect();
        self.plan.note_in_flight(queries);
    }

    /// Goes on without faults until `done`; time passes when both lanes wait.
    pub fn run_until(&mut self, done: impl Fn(&World) -> bool) {
        for _ in 0..200_000 {
            if done(self) {
                return;
            }
            self.step(Lane::Fresh, Fault::None);
            self.step(Lane::Revisit, Fault::None);
            let earliest = self.wait_until.iter().copied().min().unwrap_or(self.now);
            if self.in_flight.iter().all(Option::is_none) && self.now < earliest {
                self.now = earliest;
            }
        }
        panic!("not done after 200,000 steps: {:?}", self.plan.standing());
    }

    pub fn run_until_settled(&mut self) {
        self.run_until(|world| world.plan.standing().settled);
    }

    fn commit(&mut self, staged: Staged) {
        let publication = staged.publication;
        let version = publication.interactions.first().map_or(self.version, |read| read.version);
        assert!(publication.interactions.iter().all(|read| read.version == version), "one version a page");
        if !publication.interactions.is_empty() {
            assert!(self.version < version, "versions grow with every page");
            self.version = version;
        }
        self.read_ids.extend(publication.interactions.iter().map(|read| read.interaction_id.clone()));
        self.interactions.extend(publication.interactions);
        self.dead_letters.extend(publication.dead_letters);
        self.slices.extend(publication.slice);
        self.committed = Some(publication.offset);
        if let Some(watermark) = publication.watermark {
            self.check_watermark(&watermark);
            self.watermarks.push(watermark);
        }
    }

    fn check_watermark(&self, watermark: &Watermark) {
        if let Some(last) = self.watermarks.last() {
            assert!(last.watermark <= watermark.watermark, "a watermark never goes back");
            assert!(last.plan_generation <= watermark.plan_generation);
        }
        for row in &self.platform.rows {
            let behind = self.settings.extract_start <= row.start && row.start < watermark.watermark;
            let held = watermark.held.iter().any(|range| range.contains(row.start));
            if behind && !held {
                assert!(self.read_ids.contains(&row.id), "{} is behind the watermark and was never published", row.id);
            }
        }
    }

    /// What an operator asks.
    pub fn ask_again(&mut self, number: i64, ranges: &[TimeRange]) {
        self.request(Request { number, ranges: ranges.to_vec(), lost: Vec::new() });
    }

    /// What stands on the topic of requests.
    pub fn request(&mut self, request: Request) {
        if let Some(staged) = self.plan.ask_again(&request, self.now) {
            self.commit(staged);
        }
    }

    pub fn held(&self) -> &[TimeRange] {
        self.watermarks.last().map_or(&[], |watermark| &watermark.held)
    }

    pub fn times_published(&self, id: &str) -> usize {
        self.interactions.iter().filter(|read| read.interaction_id == id).count()
    }

    /// Every row of the range is published, none outside, and the newest reading of each says that it is over.
    pub fn check_everything_read(&self) {
        let range = self.settings.extract_start..self.settings.extract_end.unwrap();
        let mut newest: BTreeMap<&str, &Interaction> = BTreeMap::new();
        for read in &self.interactions {
            assert!(range.contains(&read.start), "{} is outside", read.interaction_id);
            newest.insert(&read.interaction_id, read);
        }
        for row in self.platform.rows.iter().filter(|row| range.contains(&row.start)) {
            let read = newest.get(row.id.as_str()).unwrap_or_else(|| panic!("{} was never published", row.id));
            assert_eq!(read.status, InteractionStatus::Completed, "{} stayed open", row.id);
            assert_eq!(read.end, Some(row.end));
        }
    }
}
