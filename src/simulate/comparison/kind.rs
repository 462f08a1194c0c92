//! What the rows of a topic are: by what they are told apart, and what each of their fields is good for. Pure.

/// What tells KPI rows apart, whatever they are about.
const INTERVAL_KEY: [&str; 5] = ["org_id", "interval_start", "interval_length_s", "media_type", "attribution"];

/// Fields that say how a row came about, or that two honest builds may fill differently.
const NOT_COMPARED: [&str; 12] = [
    "revision",
    "restatements",
    "computed_at",
    "source_watermark",
    "rules_version",
    "sketch_kind",
    "attributes_version",
    "handle_sketch",
    "wait_sketch",
    "busy_spans",
    "version",
    "contact_hash",
];

/// Fields that describe the key or the settings: an all-zero row has them too.
const NO_FIGURE: [&str; 12] = [
    "interval_end",
    "interval_ms",
    "tz",
    "local_start",
    "utc_offset_s",
    "fold",
    "local_date",
    "weht_profile",
    "sla_threshold_ms",
    "service_level_target_ms",
    "queue_name",
    "result",
];

/// Fields that only a leg can tell: an all-zero row may stand for none.
const BY_LEGS: [&str; 2] = ["service_level_target_ms", "queue_name"];

/// Fields that come from a distribution, which may be in buckets.
const FROM_DISTRIBUTION: [&str; 2] = ["p90_handle_ms", "wait_ms_max"];

/// The rows of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RecordKind {
    key: Vec<&'static str>,
    /// Rows for intervals, whose absence says the same as zeros.
    by_interval: bool,
}

impl RecordKind {
    /// By a topic's name, with or without the prefix `handletime.`; `None` for topics of no rows known here.
    pub(super) fn of_topic(topic: &str) -> Option<RecordKind> {
        let name = topic.strip_prefix("handletime.").unwrap_or(topic);
        let one = |key: &[&'static str]| Some(RecordKind { key: key.to_vec(), by_interval: false });
        match name {
            "contacts" => return one(&["org_id", "conversation_id", "direction", "media_type"]),
            "transfers" => return one(&["org_id", "conversation_id", "transfer_seq"]),
            _ => {}
        }
        let (subject, _) = name.strip_prefix("kpi.")?.split_once('.')?;
        let own: &[&'static str] = match subject {
            "queue" => &["queue_id", "skill_set", "language"],
            "agent" | "agent-total" => &["user_id"],
            "org" | "org-total" => &[],
            "custom" => &["queue_id", "skill_set", "language", "name"],
            _ => return None,
        };
        Some(RecordKind { key: [&INTERVAL_KEY, own].concat(), by_interval: true })
    }

    /// What tells its rows apart.
    pub(super) fn key(&self) -> &[&'static str] {
        &self.key
    }

    /// Whether a row of zeros equals an absent one.
    pub(super) fn zeros_are_absence(&self) -> bool {
        self.by_interval
    }

    pub(super) fn is_compared(&self, field: &str) -> bool {
        !NOT_COMPARED.contains(&field) && !self.key.contains(&field)
    }

    /// Whether the field counts or measures something.
    pub(super) fn is_figure(&self, field: &str) -> bool {
        self.is_compared(field) && !NO_FIGURE.contains(&field)
    }

    pub(super) fn is_told_by_legs(&self, field: &str) -> bool {
        BY_LEGS.contains(&field)
    }

    pub(super) fn may_be_in_buckets(&self, field: &str) -> bool {
        FROM_DISTRIBUTION.contains(&field)
    }
}
