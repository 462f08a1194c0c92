//! Whether memory stays bounded: both rooms, a day at a steady rate with a corrected tenth, and a short horizon. Edge: it
//! reads how much memory the process has.
//!
//! `cargo bench --bench memory` prints the resident memory of each simulated hour, and fails when the last hour has more
//! than a tenth above the hour in which the horizon was first full. `-- HOURS A_SECOND` changes the day and the rate.

mod rooms;

use std::collections::VecDeque;

use handletime::avro::Codec;
use handletime::domain::interaction::Interaction;
use handletime::domain::time::{HOUR_MS, InstantMs, TimeRange, parse_instant};
use handletime::simulate::world::World;

use rooms::{Rooms, interaction, setup};

const FROM: &str = "2026-01-01T00:00:00Z";
const HOURS: i64 = 24;
const A_SECOND: u64 = 50;
const MINUTE_MS: i64 = 60_000;
/// Longest interaction. What is held reaches so far behind the horizon.
const LENGTH_MS: i64 = HOUR_MS;
const HORIZON_MS: i64 = 6 * HOUR_MS;
/// How far the source is behind what it reads.
const BEHIND_MS: i64 = 10 * MINUTE_MS;
/// After so long a tenth of the interactions is read again, with a wrap-up that came late.
const CORRECTED_AFTER_MS: i64 = 2 * HOUR_MS;
const LATE_WRAP_MS: i64 = 5_000;
/// How often the rooms commit.
const STEP_MS: i64 = MINUTE_MS;
/// What the last hour may have of the first full one.
const SHARE_MAX: f64 = 1.1;

/// Resident memory of this process, bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells of this process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a process has memory");
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse().expect("a number of KiB");
    kib * 1_024
}

/// What is fed: interactions an hour at a time, so that none of what is yet to come is in memory.
struct Feed {
    codec: Codec<Interaction>,
    a_second: u64,
    corrections: VecDeque<Interaction>,
    fed: u64,
}

impl Feed {
    fn hour(&mut self, rooms: &mut Rooms, from: InstantMs, hour: i64) {
        let range = TimeRange { from: from + hour * HOUR_MS, to: from + (hour + 1) * HOUR_MS };
        let world = World::at_rate(hour.unsigned_abs(), range, self.a_second * 86_400).expect("a history");
        let mut step = range.from + STEP_MS;
        for (number, row) in world.rows(range, None).enumerate() {
            while step <= row.start {
                self.step(rooms, from, step);
                step += STEP_MS;
            }
            let mut one = interaction(row);
            if one.end.is_some_and(|end| LENGTH_MS <= end - one.start) {
                // The centre's e-mails take longer; they would only be dead letters here.
                continue;
            }
            one.interaction_id = format!("{hour}-{}", one.interaction_id);
            self.give(rooms, &one);
            if number % 10 == 0 {
                for leg in &mut one.legs {
                    leg.wrap_ms = Some(leg.wrap_ms.unwrap_or(0) + LATE_WRAP_MS);
                }
                one.version += CORRECTED_AFTER_MS;
                one.content_hash = one.computed_hash();
                self.corrections.push_back(one);
            }
        }
        self.step(rooms, from, range.to);
    }

    fn give(&mut self, rooms: &mut Rooms, one: &Interaction) {
        let value = self.codec.framed(one).expect("it follows its schema");
        rooms.input(&one.interaction_id, &value);
        self.fed += 1;
    }

    fn step(&mut self, rooms: &mut Rooms, from: InstantMs, now: InstantMs) {
        while self.corrections.front().is_some_and(|one| one.start + CORRECTED_AFTER_MS <= now) {
            let Some(one) = self.corrections.pop_front() else { break };
            self.give(rooms, &one);
        }
        rooms.watermark((now - BEHIND_MS).max(from), false);
        rooms.commit();
    }
}

fn main() {
    let numbers: Vec<u64> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let hours = numbers.first().map_or(HOURS, |hours| hours.cast_signed());
    let a_second = numbers.get(1).copied().unwrap_or(A_SECOND);
    let from = parse_instant(FROM).expect("an instant");
    let (horizon, length) = (HORIZON_MS.to_string(), LENGTH_MS.to_string());
    let settings = [("kpi.lateness.horizon.ms", horizon.as_str()), ("kpi.leg.length.ms.max", length.as_str())];
    let mut rooms = Rooms::new(&setup(&settings), from);
    rooms.watermark(from, false);
    rooms.commit();
    let mut feed = Feed { codec: Codec::default(), a_second, corrections: VecDeque::new(), fed: 0 };
    let full_at = (HORIZON_MS + LENGTH_MS + BEHIND_MS) / HOUR_MS;
    assert!(full_at < hours, "the horizon is full after {full_at} h: more hours are needed");
    let mut full = 0;
    for hour in 0..hours {
        feed.hour(&mut rooms, from, hour);
        let bytes = resident();
        println!("hour {:2}: {} readings, {:.1} MiB", hour + 1, feed.fed, bytes as f64 / f64::from(1 << 20));
        if hour == full_at {
            full = bytes;
        }
    }
    let share = resident() as f64 / full as f64;
    println!("the last hour has {share:.3} of the memory of hour {}, when the horizon was first full", full_at + 1);
    assert!(share <= SHARE_MAX, "memory grows with the time that the source runs");
}
