//! Pure: generated rules: every switch that changes a number, and days that are not 24 hours long.

use chrono_tz::Tz;
use handletime::config::typed::{DigitalHandle, Percentile, RulesConfig};
use handletime::domain::attribution::Basis;
use handletime::domain::interval::Grain;
use handletime::domain::media::MediaType;
use handletime::domain::time::{DAY_MS, HOUR_MS, InstantMs};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::history::BEGIN;
use crate::support::samples::{at, defaults};

/// Where and when a history begins.
#[derive(Clone, Debug)]
pub struct Start {
    pub zone: Tz,
    pub begin: InstantMs,
}

/// Usual days, and the days on which clocks change.
pub fn starts() -> impl Strategy<Value = Start> {
    let start = |zone, begin| Start { zone, begin };
    select(vec![
        start(Tz::UTC, BEGIN),
        start(Tz::Asia__Kathmandu, BEGIN),
        start(Tz::America__New_York, at("2024-11-02T12:00:00Z")),
        start(Tz::America__New_York, at("2024-03-09T12:00:00Z")),
        start(Tz::Australia__Lord_Howe, at("2024-04-05T12:00:00Z")),
        start(Tz::America__Sao_Paulo, at("2018-11-03T12:00:00Z")),
    ])
}

/// Rules with a horizon short enough for lateness to happen within days.
pub fn rules() -> impl Strategy<Value = RulesConfig> {
    let bases = vec![
        vec![Basis::Start, Basis::Completion, Basis::Apportioned],
        vec![Basis::Apportioned, Basis::Start, Basis::Completion],
    ];
    let grains = vec![vec![Grain::Pt30m, Grain::P1d], vec![Grain::Pt15m, Grain::Pt1h, Grain::P1d]];
    let switches = prop::array::uniform5(any::<bool>());
    let dimensions = subsequence(vec!["skill_set", "language"], 0..=2);
    let profiles = vec![
        ("published", [1_000, 1_200, 1_000, 1_500]),
        ("monotone", [1_000, 1_200, 1_200, 1_500]),
        ("two-or-more", [1_000, 1_200, 1_500, 1_500]),
    ];
    (select(bases), select(grains), switches, dimensions, select(profiles), any::<bool>(), any::<bool>()).prop_map(
        |(attribution, grains, switches, dimensions, profile, factors, included)| {
            let mut dimensions: Vec<String> = dimensions.into_iter().map(str::to_owned).collect();
            dimensions.insert(0, "media".to_owned());
            let factor = |names: &[(MediaType, i64)]| if factors { names.iter().copied().collect() } else { [].into() };
            RulesConfig {
                attribution,
                grains,
                horizon_ms: 30 * HOUR_MS,
                leg_length_ms_max: 3 * DAY_MS,
                talk_min_exclusive: switches[0],
                service_level_abandons: switches[1],
                service_level_short_abandons: switches[2],
                service_level_flow_outs: switches[3],
                percentile: if switches[4] { Percentile::Interpolated } else { Percentile::NearestRank },
                digital_handle: if switches[4] { DigitalHandle::Active } else { DigitalHandle::AgentDuration },
                queue_dimensions: dimensions,
                weht_profile: profile.0.to_owned(),
                weht_tiers_milli: profile.1,
                weht_channel_milli: factor(&[(MediaType::Chat, 1_500), (MediaType::Callback, 750)]),
                weht_disposition_milli: if factors { [("Follow Up".to_owned(), 2_000)].into() } else { [].into() },
                included_queues: if included { vec!["Q1".to_owned(), "Second".to_owned()] } else { Vec::new() },
                excluded_queues: if included { Vec::new() } else { defaults().excluded_queues },
                ..defaults()
            }
        },
    )
}
