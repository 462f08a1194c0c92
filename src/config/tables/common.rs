//! What all connector classes have, and the bounds that several tables share. Pure.

use crate::config::definition::{Definition, Importance, Kind, Scope};
use crate::config::validator::Validator;

/// The group of settings that belong to the design and not to this version.
pub const LATER: &str = "Not in this version";

/// Ten years in milliseconds: the largest length of time that a setting takes. Sums of several stay far from overflow.
pub const LENGTH_MS_MAX: i64 = 315_360_000_000;

/// A length of time that may be nothing.
pub const LENGTH_MS: Validator = Validator::Whole { min: 0, max: LENGTH_MS_MAX };

/// A length of time of at least a millisecond.
pub const LENGTH_MS_ABOVE_0: Validator = Validator::Whole { min: 1, max: LENGTH_MS_MAX };

/// The media that a setting can name.
pub const MEDIA: &[&str] = &["voice", "callback", "chat", "email", "message", "social", "workitem"];

/// `kpi.leg.length.ms.max` where nothing else is said: 14 days.
pub const LEG_LENGTH_MS_MAX: &str = "1209600000";

/// `kpi.lateness.horizon.ms` where nothing else is said: five days.
pub const HORIZON_MS: &str = "432000000";

/// `connector.class`.
pub const CONNECTOR_CLASS: Definition =
    Definition::new("connector.class", Kind::Class, "Connector", "What the connector does")
        .required()
        .importance(Importance::High);

/// `pipeline.name`.
pub const PIPELINE_NAME: Definition = Definition::new(
    "pipeline.name",
    Kind::String,
    "Connector",
    "Which source and which processor belong together: one of each a pipeline; stands in topic names, group ids and \
     transactional ids",
)
.default("default")
.valid(Validator::Name)
.scope(Scope::Stored);

/// In which shape aggregates are asked for.
pub const AGGREGATES: Definition = Definition::new(
    "genesys.aggregates",
    Kind::String,
    "Platform",
    "API shape that the platform's aggregates are asked in, for `handletime report --from-platform` and for \
     comparisons: metrics, the platform's own, by queue; or buckets, a count and a handle time for each interval, of \
     all queues together. By default metrics, and where a host of another dialect than conversation-details and \
     conversation-jobs does not answer those, buckets",
)
.valid(Validator::OneOf(&["metrics", "buckets"]))
.importance(Importance::Low);
