//! Pure: which readings count, and the rows that they make.

use std::collections::BTreeMap;

use handletime::config::typed::RulesConfig;
use handletime::domain::attribution::Basis;
use handletime::domain::family::Family;
use handletime::domain::interaction::{Interaction, InteractionStatus};
use handletime::domain::interval::Grain;
use handletime::domain::media::MediaType;
use handletime::domain::time::{DAY_MS, InstantMs};

use super::beside::{Contact, contacts};
use super::calendar::Calendar;
use super::judge::{Fate, fate};
use super::leg::{Leg, Moved, is_conversation, said};
use super::place::Placing;
use super::rows::{Cell, Place};

/// A KPI of the user's own: its name, and sum and over of a kept leg in millionths.
pub type Custom = (&'static str, fn(&Leg) -> (i64, i64));

/// The figures that rows of agents have.
const OF_AGENTS: [&str; 6] =
    ["handled", "handle_ms_sum", "wrap_ms_sum", "customer_hold_ms_sum", "talk_ms_sum", "system_hold_ms_sum"];

/// What is known after some events.
pub struct Book {
    pub config: RulesConfig,
    pub calendar: Calendar,
    pub custom: Vec<Custom>,
    /// Source time before which all was read.
    pub watermark: InstantMs,
    /// First instant that is read.
    begin: InstantMs,
    /// Reason and id of every dead letter.
    pub dead_letters: Vec<(String, String)>,
    // Every interaction that counts; one that was let go of and came again as another stands twice.
    counted: Vec<Counted>,
}

struct Counted {
    reading: Interaction,
    lapses_at: InstantMs,
}

impl Book {
    pub fn new(config: RulesConfig, begin: InstantMs) -> Book {
        let calendar = Calendar::new(config.zone);
        let (dead_letters, counted, custom) = (Vec::new(), Vec::new(), Vec::new());
        Book { config, calendar, custom, watermark: begin, begin, dead_letters, counted }
    }

    /// A reading, in the order of the log.
    pub fn read(&mut self, reading: &Interaction) {
        let id = reading.interaction_id.clone();
        let mut letter = |reason: &str| self.dead_letters.push((reason.to_owned(), id.clone()));
        let watermark = self.watermark;
        let held = self.counted.iter_mut().find(|one| one.reading.interaction_id == id && watermark < one.lapses_at);
        if let Some(held) = &held {
            let known = &held.reading;
            if known.content_hash == reading.content_hash {
                let held = held_mut(&mut self.counted, &id, watermark);
                held.reading.version = held.reading.version.max(reading.version);
                return;
            }
            if (reading.version, reading.content_hash) < (known.version, known.content_hash) {
                return;
            }
        } else if reading.start <= watermark - self.config.horizon_ms {
            return letter("beyond_horizon");
        }
        let held = held.is_some();
        let legs = said(reading, &self.config).legs;
        let latest = legs.iter().filter_map(|leg| leg.end).chain(reading.end).max();
        if latest.is_some_and(|latest| self.config.leg_length_ms_max < latest - reading.start) {
            return letter("too_long");
        }
        let last = latest.unwrap_or(reading.start).max(reading.start) + self.config.horizon_ms;
        let open = reading.status == InteractionStatus::Open;
        let lapses_at = if open { last.max(reading.start + self.config.leg_length_ms_max) } else { last };
        if !legs.is_empty() && lapses_at <= watermark {
            return letter("beyond_horizon");
        }
        if legs.iter().any(|leg| leg.malformed) {
            letter("malformed");
        }
        let counted = Counted { reading: reading.clone(), lapses_at };
        if held {
            *held_mut(&mut self.counted, &id, watermark) = counted;
        } else {
            self.counted.push(counted);
        }
    }

    /// How many of the interactions that count are within the horizon.
    pub fn held(&self) -> usize {
        self.counted.iter().filter(|one| self.watermark < one.lapses_at).count()
    }

    /// Whether rows count contacts.
    pub fn conversations(&self) -> bool {
        self.counted.iter().any(|one| is_conversation(&one.reading))
    }

    fn judged(&self, reading: &Interaction) -> (Vec<(Leg, Fate)>, Vec<Moved>) {
        let said = said(reading, &self.config);
        let judge = |leg: Leg| {
            let fate = fate(&leg, &self.config, self.watermark);
            (leg, fate)
        };
        (said.legs.into_iter().map(judge).collect(), said.transfers)
    }

    /// Every leg that counts, within the horizon or beyond it.
    pub fn legs(&self) -> Vec<(Leg, Fate)> {
        self.counted.iter().flat_map(|one| self.judged(&one.reading).0).collect()
    }

    /// Every contact that begins in the range.
    pub fn contacts(&self) -> Vec<Contact> {
        let first = self.first();
        let of = |one: &Counted| match is_conversation(&one.reading) {
            true => contacts(&one.reading, &self.judged(&one.reading).0),
            false => Vec::new(),
        };
        self.counted.iter().flat_map(of).filter(|contact| first <= contact.start).collect()
    }

    /// Every transfer of what begins in the range, numbered within its conversation.
    pub fn transfers(&self) -> Vec<(usize, Moved)> {
        let first = self.first();
        let begins_inside = |one: &&Counted| {
            let starts = said(&one.reading, &self.config).legs.into_iter().map(|leg| leg.start).min();
            first <= starts.unwrap_or(one.reading.start)
        };
        let of = |one: &Counted| self.judged(&one.reading).1.into_iter().enumerate();
        self.counted.iter().filter(begins_inside).flat_map(of).collect()
    }

    /// The first instant that has rows.
    pub fn first(&self) -> InstantMs {
        self.calendar.midnight_from(self.begin)
    }

    /// Every row.
    pub fn rows(&self) -> BTreeMap<Place, Cell> {
        let mut rows = BTreeMap::new();
        let (first, legs, contacts) = (self.first(), self.legs(), self.contacts());
        for basis in self.config.attribution.clone() {
            for grain in self.config.grains.clone() {
                let placing = Placing { calendar: &self.calendar, grain, basis };
                for (leg, fate) in &legs {
                    self.count(leg, fate, &placing, &mut rows);
                }
                for contact in &contacts {
                    let at = placing.interval(contact.start);
                    for (family, media) in [(Family::Org, contact.media), (Family::OrgTotal, MediaType::All)] {
                        let cell: &mut Cell = rows.entry(place(family, grain, basis, at, media)).or_default();
                        cell.add("contacts", 1);
                        cell.add("contact_handle_ms_sum", contact.handle_ms);
                    }
                }
            }
        }
        rows.retain(|place: &Place, _| first <= place.at && self.config.families.contains(&place.family));
        rows
    }

    fn count(&self, leg: &Leg, fate: &Fate, placing: &Placing<'_>, rows: &mut BTreeMap<Place, Cell>) {
        let (grain, basis) = (placing.grain, placing.basis);
        let dimension = |word: &str| self.config.queue_dimensions.iter().any(|known| known == word);
        let split = |text: &str, word: &str| if dimension(word) { text.to_owned() } else { String::new() };
        let media = if dimension("media") { leg.media } else { MediaType::Unknown };
        let of_queue = |family, at| Place {
            who: leg.queue.clone().unwrap_or_default(),
            skill_set: split(&leg.skill_set, "skill_set"),
            language: split(&leg.language, "language"),
            ..place(family, grain, basis, at, media)
        };
        let user = leg.user.clone();
        let of_agent =
            |family, at, media| user.clone().map(|who| Place { who, ..place(family, grain, basis, at, media) });
        let digital = self.config.media_digital.contains(&leg.media);
        for (at, figure, amount) in placing.amounts(leg, fate, digital, self.config.sla_threshold_ms) {
            if amount == 0 && !["handle", "wait"].contains(&figure.as_str()) {
                continue;
            }
            let mut places = vec![
                place(Family::Org, grain, basis, at, leg.media),
                place(Family::OrgTotal, grain, basis, at, MediaType::All),
            ];
            // without a queue, a drop stands on the organisation's rows alone.
            let of_a_queue = !fate.queue_excluded && (leg.queue.is_some() || fate.reason.is_none());
            places.extend(of_a_queue.then(|| of_queue(Family::Queue, at)));
            if fate.reason.is_none() && OF_AGENTS.contains(&figure.as_str()) {
                places.extend(of_agent(Family::Agent, at, leg.media));
                places.extend(of_agent(Family::AgentTotal, at, MediaType::All));
            }
            for place in places {
                rows.entry(place).or_default().add(&figure, amount);
            }
        }
        if fate.reason.is_some() {
            return;
        }
        for (at, span) in placing.busy(leg) {
            if let Some(place) = of_agent(Family::AgentTotal, at, MediaType::All) {
                rows.entry(place).or_default().busy.push(span);
            }
        }
        let whole = if basis == Basis::Completion { leg.end.unwrap_or(leg.start) } else { leg.start };
        for (name, evaluate) in &self.custom {
            let (sum, over) = evaluate(leg);
            let place = Place { name: (*name).to_owned(), ..of_queue(Family::Custom, placing.interval(whole)) };
            let cell = rows.entry(place).or_default();
            [("handled", 1), ("custom_sum", sum), ("custom_over", over)]
                .into_iter()
                .for_each(|(figure, amount)| cell.add(figure, amount));
        }
    }

    /// The closing watermark of a history that ends here: long after everything.
    pub fn close(&mut self) -> InstantMs {
        self.watermark = self.watermark.max(self.begin) + 40 * DAY_MS;
        self.watermark
    }
}

fn place(family: Family, grain: Grain, basis: Basis, at: InstantMs, media: MediaType) -> Place {
    let (who, skill_set, language, name) = Default::default();
    Place { family, grain, basis, at, media, who, skill_set, language, name }
}

fn held_mut<'a>(counted: &'a mut [Counted], id: &str, watermark: InstantMs) -> &'a mut Counted {
    let mut held = counted.iter_mut().filter(|one| one.reading.interaction_id == id && watermark < one.lapses_at);
    held.next().unwrap()
}
