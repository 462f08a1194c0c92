//! The settings of a `GenesysSource`. Pure.

use super::common::{
    AGGREGATES, CONNECTOR_CLASS, HORIZON_MS, LEG_LENGTH_MS_MAX, LENGTH_MS, LENGTH_MS_ABOVE_0, LENGTH_MS_MAX, MEDIA,
    PIPELINE_NAME,
};
use super::{queries, quota};
use crate::config::definition::{Definition, Importance, Kind, Scope};
use crate::config::privacy::DROPPED_FIELDS;
use crate::config::regions;
use crate::config::validator::Validator;
use crate::domain::reference::Kind as Reference;

const CONNECTOR: &str = "Connector";
const PLATFORM: &str = "Platform";
const HTTP: &str = quota::GROUP;
const EXTRACTION: &str = queries::GROUP;
const NAMES: &str = "Names";
const PRIVACY: &str = "Privacy";

/// The words of `reference.lists`.
const LISTS: &[&str] = &[
    Reference::Queue.word(),
    Reference::WrapupCode.word(),
    Reference::Skill.word(),
    Reference::Language.word(),
    Reference::User.word(),
];

/// The dialects that have a name.
pub const DIALECTS: &[&str] = &[
    "interaction-details",
    "interaction-events",
    "conversation-metrics",
    "report-queries",
    "conversation-details",
    "conversation-jobs",
];

/// All settings of the class, in the order of the reference page.
pub static TABLE: &[Definition] = &[
    CONNECTOR_CLASS,
    PIPELINE_NAME,
    Definition::new(
        "tasks.max",
        Kind::Int,
        CONNECTOR,
        "Tasks of the connector; each reads one source partition, and all share the quota of the OAuth client",
    )
    .default("1")
    .valid(Validator::Whole { min: 1, max: 1_024 }),
    Definition::new(
        "genesys.region",
        Kind::String,
        PLATFORM,
        "AWS region of the organisation, from which both addresses follow; instead of genesys.api.url",
    )
    .valid(Validator::OneOf(&regions::WORDS))
    .importance(Importance::High)
    .scope(Scope::Stored),
    Definition::new("genesys.api.url", Kind::String, PLATFORM, "Address of the API; instead of genesys.region")
        .valid(Validator::Origin)
        .importance(Importance::High),
    Definition::new(
        "genesys.login.url",
        Kind::String,
        PLATFORM,
        "Address that hands out tokens; by default that of the region, or genesys.api.url with `login.` for `api.`",
    )
    .valid(Validator::Origin),
    Definition::new("genesys.client.id", Kind::String, PLATFORM, "Id of the OAuth client (client credentials)")
        .required()
        .valid(Validator::NonEmpty)
        .importance(Importance::High),
    Definition::new(
        "genesys.client.secret",
        Kind::Password,
        PLATFORM,
        "Secret of the OAuth client; one that comes out of a file or the environment is read again at each login",
    )
    .required()
    .valid(Validator::NonEmpty)
    .importance(Importance::High),
    Definition::new(
        "genesys.client.secondary.id",
        Kind::String,
        PLATFORM,
        "Id of a second OAuth client; by default genesys.client.id, which then has two secrets",
    )
    .valid(Validator::NonEmpty)
    .importance(Importance::Low),
    Definition::new(
        "genesys.client.secondary.secret",
        Kind::Password,
        PLATFORM,
        "A second secret, tried when the login with the first is refused: while secrets are rotated",
    )
    .valid(Validator::NonEmpty)
    .importance(Importance::Low),
    Definition::new(
        "genesys.org.id",
        Kind::String,
        PLATFORM,
        "Name of the organisation, as it stands on every row and in transactional ids",
    )
    .required()
    .valid(Validator::Name)
    .importance(Importance::High)
    .scope(Scope::Stored),
    Definition::new("genesys.dialect", Kind::String, PLATFORM, "API shape that interactions are read in")
        .default("interaction-details")
        .valid(Validator::OneOf(DIALECTS))
        .importance(Importance::High)
        .scope(Scope::Stored),
    Definition::new("genesys.media.default", Kind::String, PLATFORM, "Medium of rows that name none")
        .default("voice")
        .valid(Validator::OneOf(MEDIA))
        .importance(Importance::Low)
        .scope(Scope::Stored),
    AGGREGATES,
    Definition::new("genesys.http.connect.timeout.ms", Kind::Long, HTTP, "Longest wait for a connection")
        .default("5000")
        .valid(Validator::Whole { min: 1, max: 600_000 })
        .importance(Importance::Low)
        .unit("ms"),
    Definition::new("genesys.http.read.timeout.ms", Kind::Long, HTTP, "Longest wait for an answer")
        .default("15000")
        .valid(Validator::Whole { min: 1, max: 600_000 })
        .importance(Importance::Low)
        .unit("ms"),
    Definition::new(
        "genesys.http.summary.timeout.ms",
        Kind::Long,
        HTTP,
        "Longest wait for an answer that sums many interactions up: summaries and aggregates",
    )
    .default("30000")
    .valid(Validator::Whole { min: 1, max: 600_000 })
    .importance(Importance::Low)
    .unit("ms"),
    Definition::new("genesys.http.body.max.bytes", Kind::Long, HTTP, "Longest answer that is read; a longer one is refused")
        .default("33554432")
        .valid(Validator::Whole { min: 1_024, max: 1_073_741_824 })
        .importance(Importance::Low)
        .unit("bytes"),
    quota::REQUESTS_PER_SECOND,
    quota::WINDOW_MS,
    Definition::new("extract.start", Kind::String, EXTRACTION, "First instant of source time that is read")
        .required()
        .valid(Validator::Instant)
        .importance(Importance::High)
        .scope(Scope::Stored),
    Definition::new(
        "extract.lookback.ms",
        Kind::Long,
        EXTRACTION,
        "How far before extract.start reading begins, so that what began earlier and reaches into the first rows is in them \
         (attribution completion and apportioned); rows still begin at extract.start. Taken when a source first starts",
    )
    .default("0")
    .valid(Validator::Whole { min: 0, max: 31_536_000_000 })
    .importance(Importance::Low)
    .unit("ms"),
    Definition::new(
        "extract.end",
        Kind::String,
        EXTRACTION,
        "First instant of source time that is no longer read: a backfill; without it the source goes on for ever",
    )
    .valid(Validator::Instant)
    .importance(Importance::High),
    Definition::new(
        "extract.partitions",
        Kind::List,
        EXTRACTION,
        "How the extraction is split into source partitions: groups of media (voice,chat+message) or of queues \
         (queue:ID+ID), and what is in none of them as one more; each needs a task; by default as many media as \
         tasks.max leaves tasks for",
    )
    .default(""),
    Definition::new(
        "extract.slice.ms",
        Kind::Long,
        EXTRACTION,
        "Longest stretch of source time that one query asks for; by default 1800000, and 86400000 in report-queries and \
         conversation-jobs, where each query is waited for. Stretches of a day or more end at midnight UTC",
    )
    .valid(Validator::Whole { min: 1_000, max: 2_678_400_000 })
    .unit("ms"),
    Definition::new(
        "extract.slice.ms.min",
        Kind::Long,
        EXTRACTION,
        "Shortest stretch that dense traffic leads to: a slice is to have at most 20 pages, 200 in report-queries and \
         conversation-jobs; a query that the platform gives only a part of is narrowed further, down to a second",
    )
    .default("60000")
    .valid(Validator::Whole { min: 1_000, max: 2_678_400_000 })
    .importance(Importance::Low)
    .unit("ms"),
    Definition::new(
        "extract.page.size",
        Kind::Int,
        EXTRACTION,
        "Rows of one page, and of one transaction; at most 1000 in interaction-details and conversation-jobs, 10000 in \
         interaction-events and 100 in conversation-details, by default as many but 1000 in interaction-events; in \
         conversation-metrics and report-queries the platform decides",
    )
    .valid(Validator::Whole { min: 1, max: 10_000 })
    .unit("rows"),
    Definition::new(
        "extract.forward.buffer.ms",
        Kind::Long,
        EXTRACTION,
        "How far beyond a slice's end events of its interactions are asked for, 30 to 60 minutes (interaction-events \
         only; by default 1800000); a revisit asks as far beyond it as its age",
    )
    .valid(Validator::Whole { min: 1_800_000, max: 3_600_000 })
    .importance(Importance::Low)
    .unit("ms"),
    Definition::new(
        "reference.refresh.interval.ms",
        Kind::Long,
        NAMES,
        "Age at which the platform's lists of names are asked for again; an unknown id is looked up at once",
    )
    .default("3600000")
    .valid(LENGTH_MS_ABOVE_0)
    .importance(Importance::Low)
    .unit("ms"),
    Definition::new(
        "reference.lists",
        Kind::List,
        NAMES,
        "Which names are published into the topics reference.*; those of queues, wrap-up codes, skills and languages \
         stand on interactions in any case",
    )
    .default("queues,wrapup-codes,skills,languages,users")
    .valid(Validator::WordsOrNone(LISTS))
    .importance(Importance::Low),
    Definition::new(
        "privacy.contact.hash.key",
        Kind::Password,
        PRIVACY,
        "Key of the hash by which repeat contacts of a customer are told (conversation-details and conversation-jobs \
         only); without it customers are not told apart. Under another key they have other hashes",
    )
    .valid(Validator::SecretKey),
    Definition::new(
        "privacy.user.hash.key",
        Kind::Password,
        PRIVACY,
        "Key of the hash that stands for an agent's id everywhere; without it the id itself stands there. With it agents \
         have no names, and reference.users is not written",
    )
    .valid(Validator::SecretKey)
    .scope(Scope::Stored),
    Definition::new(
        "privacy.attributes.allowed",
        Kind::List,
        PRIVACY,
        "Names of participants' attributes that are kept in the raw interaction; all others are dropped unseen",
    )
    .default("")
    .valid(Validator::Distinct)
    .importance(Importance::Low),
    Definition::new(
        "privacy.fields.allowed",
        Kind::List,
        PRIVACY,
        "Fields of conversations that are kept in the raw interaction although they are dropped by default \
         (conversation-details and conversation-jobs only)",
    )
    .default("")
    .valid(Validator::WordsOrNone(DROPPED_FIELDS))
    .importance(Importance::Low),
    Definition::new(
        "privacy.dead.letters",
        Kind::String,
        PRIVACY,
        "What a dead letter holds of an interaction that cannot be read: all but what is personal, or the whole of it",
    )
    .default("minimised")
    .valid(Validator::OneOf(&["minimised", "whole"]))
    .importance(Importance::Low),
    Definition::new(
        "extract.poll.interval.ms",
        Kind::Long,
        EXTRACTION,
        "Time between two looks for something new once all that is there has been read",
    )
    .default("60000")
    .valid(LENGTH_MS_ABOVE_0)
    .unit("ms"),
    Definition::new(
        "extract.freshness.delay.ms",
        Kind::Long,
        EXTRACTION,
        "Age below which nothing is asked for, because the platform may not have it yet; by default what the dialect \
         needs (interaction-details, interaction-events, report-queries: 30000; conversation-metrics: 1800000, and never \
         less; conversation-details, conversation-jobs: 60000)",
    )
    .valid(LENGTH_MS)
    .unit("ms"),
    Definition::new(
        "extract.revisit.ms",
        Kind::List,
        EXTRACTION,
        "Ages at which source time is read again, because what was open at the first reading has ended since",
    )
    .default("300000,900000,3600000,90000000,262800000")
    .valid(Validator::Ascending)
    .unit("ms"),
    Definition::new(
        "extract.revisit.dialect",
        Kind::String,
        EXTRACTION,
        "API shape of the revisits, where it is another: first readings by conversation-details and revisits by \
         conversation-jobs, or the reverse; it must tell the same interactions",
    )
    .valid(Validator::OneOf(&["conversation-details", "conversation-jobs"])),
    queries::REVISIT_AGE_MS,
    queries::POLL_MS,
    queries::IN_FLIGHT_MAX,
    queries::LIMIT_ROWS,
    Definition::new(
        "extract.status.filter",
        Kind::String,
        EXTRACTION,
        "Read only interactions of this status (interaction-details only); without it open ones are published too, so \
         that offered counts are live",
    )
    .valid(Validator::OneOf(&["completed", "abandoned", "inProgress"]))
    .importance(Importance::Low),
    Definition::new(
        "extract.agent.filter",
        Kind::List,
        EXTRACTION,
        "Read only what these agents did, by id, separated by commas (conversation-metrics only); empty: all agents",
    )
    .default("")
    .importance(Importance::Low),
    Definition::new(
        "extract.retries.max",
        Kind::Int,
        EXTRACTION,
        "Failed attempts at a slice before it is given up as a dead letter and a held range",
    )
    .default("10")
    .valid(Validator::Whole { min: 0, max: 1_000_000 }),
    Definition::new(
        "reconcile.interval.ms",
        Kind::Long,
        EXTRACTION,
        "Least time between two comparisons with the platform's own figures, each of the local days that have been read \
         at the last age of extract.revisit.ms since; a source with extract.end compares all of its days once, when it has \
         read them; 0: none",
    )
    .default("86400000")
    .valid(LENGTH_MS)
    .unit("ms"),
    Definition::new(
        "kpi.leg.length.ms.max",
        Kind::Long,
        EXTRACTION,
        "Age up to which open interactions are asked for again; by default as in the pipeline's processor",
    )
    .default(LEG_LENGTH_MS_MAX)
    .valid(Validator::Whole { min: 1, max: LENGTH_MS_MAX })
    .importance(Importance::Low)
    .unit("ms"),
    Definition::new(
        "kpi.lateness.horizon.ms",
        Kind::Long,
        EXTRACTION,
        "Age up to which a held slice is read again on request; by default as in the pipeline's processor",
    )
    .default(HORIZON_MS)
    .valid(LENGTH_MS_ABOVE_0)
    .importance(Importance::Low)
    .unit("ms"),
];
