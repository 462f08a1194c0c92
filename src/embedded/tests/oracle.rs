//! What the rows must be: a slow, plain recomputation from the readings, with formulas of its own. Pure.

use std::collections::BTreeMap;

use super::oracle_legs::{Facts, facts, facts_length};
use crate::domain::attribution::Basis;
use crate::domain::interaction::{Interaction, InteractionStatus};
use crate::domain::interval::Grain;
use crate::domain::media::MediaType;
use crate::domain::row::{QueueInterval, QueueIntervalKey};
use crate::domain::time::{DAY_MS, HOUR_MS, InstantMs};

const HORIZON_MS: i64 = 30 * HOUR_MS;
const LENGTH_MS_MAX: i64 = 3 * DAY_MS;
const SETTLING_MS: i64 = DAY_MS;

/// What is known after some events.
pub(super) struct Oracle {
    /// Seconds east of UTC, all through the history.
    pub(super) offset_s: i64,
    /// Source time before which all was read.
    pub(super) watermark: InstantMs,
    /// First instant that is read.
    pub(super) begin: InstantMs,
    /// Reason and id of every dead letter.
    pub(super) dead_letters: Vec<(&'static str, String)>,
    // Every interaction that counts; one that was let go of and came again as another stands twice.
    counted: Vec<Counted>,
}

struct Counted {
    reading: Interaction,
    lapses_at: InstantMs,
}

/// One row: its figures by name, and the values of its distributions.
#[derive(Clone, Debug, Default)]
pub(super) struct Cell {
    figures: BTreeMap<String, i64>,
    handles_ms: Vec<i64>,
    waits_ms: Vec<i64>,
}

impl Cell {
    fn add(&mut self, figure: &str, amount: i64) {
        *self.figures.entry(figure.to_owned()).or_insert(0) += amount;
    }

    fn at(&self, figure: &str) -> i64 {
        self.figures.get(figure).copied().unwrap_or(0)
    }
}

/// Grain, basis, first instant, queue and medium of a row.
pub(super) type Place = (Grain, Basis, InstantMs, String, MediaType);

impl Oracle {
    pub(super) fn new(begin: InstantMs, offset_s: i64) -> Oracle {
        Oracle { offset_s, watermark: begin, begin, dead_letters: Vec::new(), counted: Vec::new() }
    }

    /// A reading, in the order of the log.
    pub(super) fn read(&mut self, reading: &Interaction) {
        let id = &reading.interaction_id;
        let watermark = self.watermark;
        let held = self.counted.iter_mut().find(|one| one.reading.interaction_id == *id && watermark < one.lapses_at);
        let said = facts(reading);
        if let Some(held) = &held {
            let known = &held.reading;
            if known.content_hash == reading.content_hash {
                let newest = known.version.max(reading.version);
                if let Some(held) = held_mut(&mut self.counted, id, watermark) {
                    held.reading.version = newest;
                }
                return;
            }
            if (reading.version, reading.content_hash) < (known.version, known.content_hash) {
                return;
            }
        } else if reading.start <= watermark - HORIZON_MS {
            self.dead_letters.push(("beyond_horizon", id.clone()));
            return;
        }
        if LENGTH_MS_MAX < facts_length(reading, &said) {
            self.dead_letters.push(("too_long", id.clone()));
            return;
        }
        if said.malformed {
            self.dead_letters.push(("malformed", id.clone()));
        }
        let last = said.end.unwrap_or(reading.start).max(reading.start) + HORIZON_MS;
        let open = reading.status == InteractionStatus::Open;
        let lapses_at = if open { last.max(reading.start + LENGTH_MS_MAX) } else { last };
        match held_mut(&mut self.counted, id, watermark) {
            Some(held) => *held = Counted { reading: reading.clone(), lapses_at },
            None => self.counted.push(Counted { reading: reading.clone(), lapses_at }),
        }
    }

    /// How many of the interactions that count are within the horizon.
    pub(super) fn held(&self) -> usize {
        self.counted.iter().filter(|one| self.watermark < one.lapses_at).count()
    }

    /// Every row.
    pub(super) fn rows(&self) -> BTreeMap<Place, Cell> {
        let mut rows = BTreeMap::new();
        for one in &self.counted {
            let mut leg = facts(&one.reading);
            let settles_after = leg.end.map(|end| end + SETTLING_MS);
            let settled = settles_after.is_none_or(|at| at < one.reading.version || at < self.watermark);
            leg.settle(settled);
            for basis in [Basis::Start, Basis::Completion, Basis::Apportioned] {
                for grain in [Grain::Pt30m, Grain::P1d] {
                    self.count(&leg, &one.reading, basis, grain, &mut rows);
                }
            }
        }
        rows
    }

    fn count(&self, leg: &Facts, reading: &Interaction, basis: Basis, grain: Grain, rows: &mut BTreeMap<Place, Cell>) {
        if leg.queue_excluded {
            return;
        }
        let queue = reading.legs[0].queue_id.clone().unwrap_or_default();
        let first = self.day_at(self.begin + DAY_MS - 1);
        let mut add = |at: InstantMs, figure: &str, amount: i64| {
            let interval = self.interval_at(at, grain);
            // Nothing to add needs no row, but a distribution's value may be 0.
            if first <= interval && (amount != 0 || figure == "handle" || figure == "wait") {
                let place = (grain, basis, interval, queue.clone(), leg.media);
                let cell: &mut Cell = rows.entry(place).or_default();
                match figure {
                    "handle" => cell.handles_ms.push(amount),
                    "wait" => cell.waits_ms.push(amount),
                    figure => cell.add(figure, amount),
                }
            }
        };
        let (start, end) = (leg.start, leg.end.unwrap_or(leg.start));
        let by_basis = |at: InstantMs| if basis == Basis::Completion { at } else { start };
        add(start, "exists", 1);
        if leg.offered {
            add(start, "offered", 1);
            add(start, "wait_ms_sum", leg.wait_ms);
            add(start, "wait", leg.wait_ms);
            let within = leg.answered && leg.wait_ms <= leg.target_ms;
            let short = leg.abandoned && leg.wait_ms < 10_000;
            let at = if leg.answered { by_basis(start + leg.wait_ms) } else { by_basis(end) };
            if leg.answered {
                add(at, "answered", 1);
                add(at, "answered_wait_ms_sum", leg.wait_ms);
            }
            if leg.abandoned {
                add(at, "abandoned", 1);
                add(at, "short_abandoned", i64::from(short));
            }
            add(at, "service_level_within", i64::from(within));
            add(at, "service_level_of", i64::from(leg.answered || (leg.abandoned && !short)));
        }
        if leg.counts_visits {
            add(by_basis(end), "transfers_out", leg.transfers);
        }
        if let Some(reason) = leg.dropped {
            add(start, &format!("excluded_{reason}"), 1);
            add(start, &format!("excluded_{reason}_handle_ms"), leg.handle_ms);
            return;
        }
        for (figure, whole_ms, kinds) in leg.lengths() {
            if basis == Basis::Apportioned {
                self.spread(leg, whole_ms, kinds, grain).into_iter().for_each(|(at, ms)| add(at, figure, ms));
            } else {
                add(by_basis(end), figure, whole_ms);
            }
        }
        for (figure, amount) in leg.counts() {
            add(by_basis(end), figure, amount);
        }
        add(by_basis(end), "handle", leg.handle_ms);
    }

    /// A length of time by interval: what the phases of these kinds cover, the rest at the end, an excess taken off there.
    fn spread(&self, leg: &Facts, whole_ms: i64, kinds: &str, grain: Grain) -> BTreeMap<InstantMs, i64> {
        let mut by_interval: BTreeMap<InstantMs, i64> = BTreeMap::new();
        for (kind, from, to) in leg.phases() {
            let step = HOUR_MS / 2;
            let mut at = from;
            while kinds.contains(kind) && at < to {
                // Every boundary of every grain and zone here lies on a quarter of an hour.
                let next = (at / (step / 2) + 1) * (step / 2);
                *by_interval.entry(self.interval_at(at, grain)).or_insert(0) += next.min(to) - at;
                at = next;
            }
        }
        let covered: i64 = by_interval.values().sum();
        if covered < whole_ms {
            let last = leg.end.unwrap_or(leg.start).max(leg.start + 1) - 1;
            *by_interval.entry(self.interval_at(last, grain)).or_insert(0) += whole_ms - covered;
        }
        let mut excess_ms = (covered - whole_ms).max(0);
        for length_ms in by_interval.values_mut().rev() {
            let taken_ms = excess_ms.min(*length_ms);
            *length_ms -= taken_ms;
            excess_ms -= taken_ms;
        }
        by_interval
    }

    fn interval_at(&self, at: InstantMs, grain: Grain) -> InstantMs {
        match grain {
            Grain::P1d => self.day_at(at),
            _ => at - at.rem_euclid(HOUR_MS / 2),
        }
    }

    fn day_at(&self, at: InstantMs) -> InstantMs {
        at - (at + self.offset_s * 1_000).rem_euclid(DAY_MS)
    }

    /// The row that a place must have: `published` with every figure set anew. What differs from run to run stays:
    /// revision, restatements, times of computing, names and targets, bytes of distributions.
    pub(super) fn row(&self, key: &QueueIntervalKey, cell: &Cell, published: &QueueInterval) -> QueueInterval {
        let whole = key.attribution != Basis::Apportioned;
        let at = |figure: &str| cell.at(figure);
        let ratio = |of: &str, by: &str| if at(by) == 0 { None } else { Some(at(of) as f64 / at(by) as f64) };
        let digital = [MediaType::Chat, MediaType::Email].contains(&key.media_type);
        let day = key.interval_length_s == 86_400;
        let mut handles_ms = cell.handles_ms.clone();
        handles_ms.sort_unstable();
        let rank = (handles_ms.len() * 9).div_ceil(10).max(1) - 1;
        let excluded = super::oracle_legs::excluded(cell.figures.clone());
        QueueInterval {
            interval_start: key.interval_start,
            interval_end: key.interval_start + if day { DAY_MS } else { HOUR_MS / 2 },
            utc_offset_s: self.offset_s as i32,
            local_date: (key.interval_start + self.offset_s * 1_000).div_euclid(DAY_MS) as i32,
            offered: at("offered"),
            answered: at("answered"),
            abandoned: at("abandoned"),
            short_abandoned: at("short_abandoned"),
            flow_out: 0,
            handled: at("handled"),
            wait_ms_sum: at("wait_ms_sum"),
            wait_ms_max: cell.waits_ms.iter().copied().max().unwrap_or(0),
            answered_wait_ms_sum: at("answered_wait_ms_sum"),
            handled_wait_ms_sum: at("handled_wait_ms_sum"),
            talk_ms_sum: at("talk_ms_sum"),
            customer_hold_ms_sum: at("customer_hold_ms_sum"),
            wrap_ms_sum: at("wrap_ms_sum"),
            handle_ms_sum: at("handle_ms_sum"),
            system_hold_ms_sum: at("system_hold_ms_sum"),
            genesys_handle_ms_sum: Some(at("genesys_handle_ms_sum")),
            active_agent_ms_sum: digital.then(|| at("active_agent_ms_sum")),
            elapsed_agent_ms_sum: digital.then(|| at("elapsed_agent_ms_sum")),
            parts_handled: at("parts_handled"),
            parts_handle_ms_sum: at("parts_handle_ms_sum"),
            aht_ms: ratio("handle_ms_sum", "handled").filter(|_| whole),
            asa_ms: ratio("answered_wait_ms_sum", "answered"),
            p90_handle_ms: handles_ms.get(rank).copied().filter(|_| whole),
            wrap_ratio: ratio("wrap_ms_sum", "parts_handle_ms_sum"),
            hold_ratio: ratio("customer_hold_ms_sum", "parts_handle_ms_sum"),
            weht_ms: ratio("weht_milli_sum", "parts_handled").filter(|_| whole).map(|milli| milli / 1_000.0),
            weht_milli_sum: at("weht_milli_sum"),
            weht_tier_gap: at("weht_tier_gap"),
            sla_threshold_ms: 120_000,
            sla_breaches: at("sla_breaches"),
            service_level_within: at("service_level_within"),
            service_level_of: at("service_level_of"),
            service_level: ratio("service_level_within", "service_level_of"),
            fcr_numerator: at("fcr_numerator"),
            fcr_denominator: at("handled"),
            fcr_rate: ratio("fcr_numerator", "handled"),
            wrapup_missing: at("wrapup_missing"),
            transfers_out: at("transfers_out"),
            transfers_in: 0,
            held: false,
            ..excluded(published.clone())
        }
    }
}

fn held_mut<'a>(counted: &'a mut [Counted], id: &str, watermark: InstantMs) -> Option<&'a mut Counted> {
    counted.iter_mut().find(|one| one.reading.interaction_id == id && watermark < one.lapses_at)
}
