//! The fixed part of the contact centre: queues, agents, wrap-up codes. Pure; the same for every seed.

use super::chance::mix;
use super::row::{Kind, id_text};
use crate::domain::time::DurationMs;

/// A queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Its id; internal queues have their name as id.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Contacts it gets out of a thousand.
    pub weight: u32,
    /// Target wait of its service level.
    pub service_level_ms: u32,
}

impl Queue {
    /// The target that the routing API serves for legs of a kind, in ms; it serves none for kinds that it has no media
    /// settings for.
    #[must_use]
    pub fn service_level_target_ms(&self, kind: Kind) -> Option<DurationMs> {
        let served = [Kind::Voice, Kind::Callback, Kind::Chat, Kind::Email, Kind::Message].contains(&kind);
        served.then(|| service_level_ms(self, kind.word()))
    }
}

const fn queue(id: &'static str, name: &'static str, weight: u32, service_level_ms: u32) -> Queue {
    Queue { id, name, weight, service_level_ms }
}

/// All queues; the last three are internal and take no customers.
pub const QUEUES: [Queue; 8] = [
    queue("3d7f2a10-5b1c-4c1e-9a56-0e6f0c5a1101", "Billing", 300, 20_000),
    queue("58c0b7de-93f4-4f0b-8d0e-6a2b7c9d1102", "Sales", 240, 20_000),
    queue("7a94e6c3-1d2f-47ab-b6e5-31c8d4f01103", "Technical Support", 200, 30_000),
    queue("9be15f04-c8d7-4a39-8f17-d5a6e3b21104", "Retention", 120, 20_000),
    queue("c2f6d891-0e4b-4d65-a1c3-7f9b8e051105", "Orders", 110, 20_000),
    queue("QA_Review", "QA_Review", 10, 20_000),
    queue("Training_Simulation", "Training_Simulation", 10, 20_000),
    queue("System_Health", "System_Health", 10, 20_000),
];

/// How many of [`QUEUES`] take customers; they come first.
pub const CUSTOMER_QUEUES: usize = 5;

/// The share of contacts that every queue wants answered within its target wait.
pub const SERVICE_LEVEL_TARGET: f64 = 0.8;

/// How many agents work here.
pub const AGENTS: u8 = 60;

/// A wrap-up code and how often agents pick it, out of all that pick one. Flat rows carry names, conversations ids.
pub const WRAPUP_CODES: [(&str, u32); 5] = [
    ("Issue Resolved", 480),
    ("Callback Scheduled", 110),
    ("Follow Up", 270),
    ("ININ-WRAP-UP-TIMEOUT", 115),
    ("Test Call", 25),
];

/// Skills that a contact may ask for.
pub const SKILLS: [&str; 4] = ["Refunds", "Mobile", "Contracts", "Hardware"];

/// Languages that a contact may ask for.
pub const LANGUAGES: [&str; 3] = ["English", "German", "French"];

/// An agent's id.
#[must_use]
pub fn agent_id(agent: u8) -> String {
    stable_id(1, u64::from(agent))
}

/// The id under which the routing API lists a wrap-up code; the platform's own codes have their name as id.
#[must_use]
pub fn wrapup_id(code: usize) -> String {
    match WRAPUP_CODES.get(code) {
        Some((name, _)) if name.starts_with("ININ-") => (*name).to_owned(),
        _ => stable_id(2, code as u64),
    }
}

/// The id of a skill.
#[must_use]
pub fn skill_id(skill: usize) -> String {
    stable_id(3, skill as u64)
}

/// The id of a language.
#[must_use]
pub fn language_id(language: usize) -> String {
    stable_id(4, language as u64)
}

/// A queue's target wait for a medium: written media may take longer.
#[must_use]
pub fn service_level_ms(queue: &Queue, medium: &str) -> i64 {
    let spoken_ms = i64::from(queue.service_level_ms);
    match medium {
        "chat" => 2 * spoken_ms,
        "message" => 3 * spoken_ms,
        "email" => 3_600_000,
        _ => spoken_ms,
    }
}

pub(super) fn stable_id(family: u64, number: u64) -> String {
    let high = u128::from(mix(&[family, number, 0]));
    let low = u128::from(mix(&[family, number, 1]));
    id_text(high << 64 | low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_share_out_a_thousand_and_agents_differ() {
        assert_eq!(QUEUES.iter().map(|queue| queue.weight).sum::<u32>(), 1_000);
        assert_eq!(WRAPUP_CODES.iter().map(|(_, weight)| weight).sum::<u32>(), 1_000);
        let ids: std::collections::BTreeSet<String> = (0..AGENTS).map(agent_id).collect();
        assert_eq!(ids.len(), usize::from(AGENTS));
    }
}
