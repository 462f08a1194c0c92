//! The settings of a `HandleTimeProcessor`. Pure.

use super::common::{
    CONNECTOR_CLASS, HORIZON_MS, LEG_LENGTH_MS_MAX, LENGTH_MS, LENGTH_MS_ABOVE_0, MEDIA, PIPELINE_NAME,
};
use crate::config::definition::{Definition, Importance, Kind, Scope};
use crate::config::validator::Validator;
use crate::config::weht;

const CONNECTOR: &str = "Connector";
const ROWS: &str = "Rows";
const LEGS: &str = "Which legs count";
const MEASURES: &str = "Measures";
const TIME: &str = "Lateness";

/// A setting that can change a number.
const fn rule(name: &'static str, kind: Kind, group: &'static str, sentence: &'static str) -> Definition {
    Definition::new(name, kind, group, sentence).scope(Scope::Rules)
}

/// All settings of the class, in the order of the reference page.
pub static TABLE: &[Definition] = &[
    CONNECTOR_CLASS,
    PIPELINE_NAME,
    Definition::new("tasks.max", Kind::Int, CONNECTOR, "Threads that carry tasks; a task is one partition")
        .default("2")
        .valid(Validator::Whole { min: 1, max: 1_024 }),
    Definition::new(
        "transaction.interval.ms",
        Kind::Long,
        CONNECTOR,
        "Time between two commits: shorter shows rows sooner, longer costs less",
    )
    .default("100")
    .valid(Validator::Whole { min: 1, max: 5_000 })
    .unit("ms"),
    rule("kpi.grains", Kind::List, ROWS, "Lengths of the reporting intervals, one topic each")
        .default("pt30m,p1d")
        .valid(Validator::Words(&["pt15m", "pt30m", "pt1h", "p1d"]))
        .importance(Importance::High),
    rule(
        "kpi.attribution",
        Kind::List,
        ROWS,
        "Which interval a leg's figures belong to, one topic each; the first has the plain topic name",
    )
    .default("start")
    .valid(Validator::Words(&["start", "completion", "apportioned"]))
    .importance(Importance::High),
    rule("kpi.zone", Kind::String, ROWS, "Time zone of local days")
        .default("UTC")
        .valid(Validator::Zone)
        .importance(Importance::High),
    rule(
        "kpi.range.start",
        Kind::String,
        ROWS,
        "First local date of the rows that the processor owns; without it the first that begins at or after extract.start",
    )
    .valid(Validator::Date),
    rule(
        "kpi.range.end",
        Kind::String,
        ROWS,
        "First local date after the rows that the processor owns; without it they have no end. What falls on rows \
         outside the range is left to another pipeline and counted",
    )
    .valid(Validator::Date),
    rule("kpi.queue.dimensions", Kind::List, ROWS, "What splits the rows of a queue; media among it")
        .default("media")
        .valid(Validator::Words(&["media", "skill_set", "language"])),
    rule(
        "kpi.topics",
        Kind::List,
        ROWS,
        "What is published: rows of queues, agents and the organisation, contacts, transfers",
    )
    .default("queue,agent,agent-total,org,org-total,contacts,transfers")
    .valid(Validator::Words(&["queue", "agent", "agent-total", "org", "org-total", "contacts", "transfers"])),
    rule(
        "kpi.dense.enabled",
        Kind::Boolean,
        ROWS,
        "Rows of zeros for the intervals of a local day in which nothing happened, for every key that the day has",
    )
    .default("false"),
    rule(
        "kpi.dense.keys",
        Kind::List,
        ROWS,
        "Queues that have rows of zeros even on days without a contact, as queue:medium, such as Q1:voice",
    )
    .default("")
    .valid(Validator::QueueMedia),
    rule(
        "kpi.custom.*",
        Kind::String,
        ROWS,
        "KPIs of one's own: kpi.custom.NAME.sum and kpi.custom.NAME.over, each a Common Expression Language expression \
         over a leg's fields",
    )
    .valid(Validator::NonEmpty),
    rule("kpi.media.voice", Kind::List, LEGS, "Media whose handle time is talk, customer hold and wrap")
        .default("voice,callback")
        .valid(Validator::WordsOrNone(MEDIA)),
    rule("kpi.media.digital", Kind::List, LEGS, "Media whose handle time is the agent's time")
        .default("chat,email,social,message,workitem")
        .valid(Validator::WordsOrNone(MEDIA)),
    rule(
        "kpi.digital.handle",
        Kind::String,
        LEGS,
        "What digital legs of flat dialects are handled for: the agent's time as reported, or without idle time",
    )
    .default("agent-duration")
    .valid(Validator::OneOf(&["agent-duration", "active"])),
    rule(
        "kpi.overlap.tolerance.ms",
        Kind::Long,
        LEGS,
        "Phases that overlap by more are flagged OVERLAP_LARGE; 2000 suits sources that tell whole seconds",
    )
    .default("1000")
    .valid(LENGTH_MS)
    .unit("ms"),
    rule(
        "kpi.transfer.without.wait",
        Kind::String,
        LEGS,
        "What becomes of a leg that transfers to a queue in which no wait follows",
    )
    .default("dead-letter")
    .valid(Validator::OneOf(&["dead-letter", "keep"])),
    rule("kpi.talk.min.ms", Kind::Long, LEGS, "Voice legs with less talk are dropped as short")
        .default("3000")
        .valid(LENGTH_MS)
        .unit("ms"),
    rule("kpi.talk.min.exclusive", Kind::Boolean, LEGS, "Drop legs with exactly the least talk too").default("false"),
    rule("kpi.included.queues", Kind::List, LEGS, "Only these queues, by id or name; empty: all")
        .default("")
        .valid(Validator::Distinct)
        .importance(Importance::High),
    rule("kpi.excluded.queues", Kind::List, LEGS, "Not these queues, by id or name")
        .default("QA_Review,Training_Simulation,System_Health")
        .valid(Validator::Distinct)
        .importance(Importance::High),
    rule("kpi.excluded.wrapup.codes", Kind::List, LEGS, "Not legs with these wrap-up codes, by id or name")
        .default("Test Call")
        .valid(Validator::Distinct)
        .importance(Importance::High),
    rule(
        "kpi.fcr.resolved.wrapup.codes",
        Kind::List,
        MEASURES,
        "Wrap-up codes, by name, that say that the customer's matter is resolved: a code without a name resolves nothing",
    )
    .default("Issue Resolved,Callback Scheduled")
    .valid(Validator::Distinct),
    rule(
        "kpi.weht.profile",
        Kind::String,
        MEASURES,
        "Weights of 0, 1, 2, and 3 or more transfers in weighted handle time: published 1, 1.2, 1, 1.5; monotone 1, \
         1.2, 1.2, 1.5; two-or-more 1, 1.2, 1.5, 1.5",
    )
    .default("published")
    .valid(Validator::OneOf(&weht::WORDS)),
    rule(
        "kpi.weht.channel.factors",
        Kind::List,
        MEASURES,
        "Factors of weighted handle time by medium, such as chat:1.5; 1 where a medium is not named",
    )
    .default("")
    .valid(Validator::MediaFactors),
    rule(
        "kpi.weht.disposition.factors",
        Kind::List,
        MEASURES,
        "Factors of weighted handle time by wrap-up code, id or name, such as Complaint:2; 1 where one is not named",
    )
    .default("")
    .valid(Validator::Factors),
    rule("kpi.percentile", Kind::String, MEASURES, "Which 90th percentile rows publish")
        .default("nearest-rank")
        .valid(Validator::OneOf(&["nearest-rank", "interpolated"])),
    rule("kpi.sla.threshold.ms", Kind::Long, MEASURES, "A wait above this is a breach")
        .default("120000")
        .valid(LENGTH_MS)
        .unit("ms"),
    rule("kpi.service.level.ms", Kind::Long, MEASURES, "Service-level target where the platform names none")
        .default("20000")
        .valid(LENGTH_MS)
        .unit("ms"),
    rule("kpi.service.level.abandons", Kind::Boolean, MEASURES, "Abandons count among those to be answered in time")
        .default("true"),
    rule("kpi.service.level.short.abandons", Kind::Boolean, MEASURES, "So do short abandons").default("false"),
    rule("kpi.service.level.flow.outs", Kind::Boolean, MEASURES, "So do contacts that a flow took away")
        .default("false"),
    rule("kpi.short.abandon.ms", Kind::Long, MEASURES, "An abandon after less wait is short")
        .default("10000")
        .valid(LENGTH_MS)
        .unit("ms"),
    rule(
        "kpi.handle.mismatch.tolerance",
        Kind::Double,
        MEASURES,
        "Share of the reported handle time by which the computed one may differ before the leg is flagged",
    )
    .default("0.02")
    .valid(Validator::Share)
    .importance(Importance::Low),
    rule("kpi.settling.ms", Kind::Long, TIME, "Time after its end in which a digital leg may still change")
        .default("86400000")
        .valid(LENGTH_MS)
        .unit("ms"),
    rule("kpi.grace.ms", Kind::Long, TIME, "Time after an interval's end before its rows are final")
        .default("4500000")
        .valid(LENGTH_MS)
        .unit("ms"),
    rule(
        "kpi.lateness.horizon.ms",
        Kind::Long,
        TIME,
        "Age up to which a late or corrected interaction restates its rows",
    )
    .default(HORIZON_MS)
    .valid(LENGTH_MS_ABOVE_0)
    .unit("ms"),
    rule("kpi.leg.length.ms.max", Kind::Long, TIME, "Longest interaction; a longer one is a dead letter")
        .default(LEG_LENGTH_MS_MAX)
        .valid(LENGTH_MS_ABOVE_0)
        .importance(Importance::Low)
        .unit("ms"),
    Definition::new(
        "kpi.rules.change",
        Kind::String,
        CONNECTOR,
        "What happens when the rules differ from the stored ones",
    )
    .default("refuse")
    .valid(Validator::OneOf(&["refuse", "from-next-day"])),
];
