//! A `GenesysSource` to its typed form. Pure.

use std::time::Duration;

use url::Url;

use super::partitions;
use super::pipelines::Lengths;
use crate::config::privacy;
use crate::config::problem::Problem;
use crate::config::regions;
use crate::config::secret::ClientCredentials;
use crate::config::typed::{RevisitDialect, SourceConfig};
use crate::config::values::{MISSING, Values};
use crate::config::words;
use crate::domain::media::{Dialect, MediaType};
use crate::domain::reference::Kind;
use crate::domain::time::{DAY_MS, DurationMs};

/// The dialect of the revisits.
const REVISITS: &str = "extract.revisit.dialect";
/// From which age on.
const REVISIT_AGE: &str = "extract.revisit.handover.ms";

/// Adds to `problems` what the source's settings say against each other.
pub fn check(values: &Values<'_>, problems: &mut Vec<Problem>) {
    match (values.is_given("genesys.region"), values.is_given("genesys.api.url")) {
        (true, true) => {
            let text = "contradicts genesys.api.url, which says the address itself; remove one of them";
            values.refuse("genesys.region", text.to_owned(), problems);
        }
        (false, false) if !values.is_meant("genesys.region") && !values.is_meant("genesys.api.url") => {
            let text = format!("{MISSING}; give it, or genesys.region, from which it follows");
            problems.push(values.problem("genesys.api.url", text));
        }
        _ => {}
    }
    if values.is_given("genesys.client.secondary.id") && !values.is_meant("genesys.client.secondary.secret") {
        let text = "has no use without genesys.client.secondary.secret; give that too, or remove this".to_owned();
        values.refuse("genesys.client.secondary.id", text, problems);
    }
    if let Some(dialect) = dialect(values) {
        check_dialect(values, dialect, problems);
        partitions::check(values, dialect, problems);
    }
    if let (Some(start), Some(end)) = (values.instant("extract.start"), values.instant("extract.end"))
        && end <= start
    {
        let text = format!("must be later than extract.start, which is {}", values.text("extract.start").unwrap_or(""));
        problems.push(values.problem("extract.end", text));
    }
}

/// Half an hour: what is younger is not complete in `conversation-metrics`.
const METRICS_FRESHNESS_MS_MIN: DurationMs = 1_800_000;

/// What a dialect allows and what it does unless told otherwise.
struct Limits {
    page_size_max: u32,
    page_size: u32,
    requests_per_second: f64,
    // The window that the platform counts them in.
    quota_window: Duration,
    // None: events are not cut off at the end of what is asked for.
    forward_buffer_ms: Option<DurationMs>,
    has_status_filter: bool,
    // Whether a query is submitted now and answered later.
    asynchronous: bool,
    has_agent_filter: bool,
    // The platform decides how many rows a page has where it is not.
    has_page_size: bool,
    freshness_delay_ms_min: DurationMs,
    slice_ms: DurationMs,
}

/// Each query that is answered later is waited for, so that it is to ask for much.
const QUERY_SLICE_MS: DurationMs = DAY_MS;

fn limits(dialect: Dialect) -> Limits {
    let guide = Limits {
        page_size_max: 1_000,
        page_size: 1_000,
        requests_per_second: 12.0,
        quota_window: Duration::from_secs(1),
        forward_buffer_ms: None,
        has_status_filter: false,
        asynchronous: false,
        has_agent_filter: false,
        has_page_size: true,
        freshness_delay_ms_min: 0,
        slice_ms: 1_800_000,
    };
    // 300 requests a minute for each OAuth client.
    let a_minute = Limits { requests_per_second: 5.0, quota_window: Duration::from_secs(60), ..guide };
    match dialect {
        Dialect::InteractionDetails => Limits { has_status_filter: true, ..guide },
        // Larger pages are allowed; smaller ones lose less when a request fails.
        Dialect::InteractionEvents => Limits { page_size_max: 10_000, forward_buffer_ms: Some(1_800_000), ..guide },
        Dialect::ConversationDetails => Limits { page_size_max: 100, page_size: 100, ..a_minute },
        Dialect::ConversationJobs => Limits { asynchronous: true, slice_ms: QUERY_SLICE_MS, ..a_minute },
        Dialect::ReportQueries => {
            Limits { asynchronous: true, has_page_size: false, slice_ms: QUERY_SLICE_MS, ..guide }
        }
        Dialect::ConversationMetrics => Limits {
            has_agent_filter: true,
            has_page_size: false,
            freshness_delay_ms_min: METRICS_FRESHNESS_MS_MIN,
            ..guide
        },
        Dialect::Unknown => guide,
    }
}

/// Adds to `problems` what is not for this dialect.
fn check_dialect(values: &Values<'_>, dialect: Dialect, problems: &mut Vec<Problem>) {
    let (limits, word) = (limits(dialect), dialect.word());
    if values.is_given("extract.page.size") && !limits.has_page_size {
        let text = format!("is not asked of {word}: the platform decides how many rows a page has; remove it");
        values.refuse("extract.page.size", text, problems);
    } else if let Some(size) = values.whole::<u32>("extract.page.size").filter(|size| limits.page_size_max < *size) {
        let text = format!("is {size}; {word} gives at most {} rows a page", limits.page_size_max);
        problems.push(values.problem("extract.page.size", text));
    }
    let least_ms = limits.freshness_delay_ms_min;
    if let Some(delay_ms) = values.long("extract.freshness.delay.ms").filter(|delay_ms| *delay_ms < least_ms) {
        let text = format!(
            "is {delay_ms}; {word} has what is younger than {least_ms} only in part, and nothing says what is missing; \
             give at least {least_ms}, or remove it"
        );
        problems.push(values.problem("extract.freshness.delay.ms", text));
    }
    if values.list("extract.agent.filter").is_some_and(|agents| !agents.is_empty()) && !limits.has_agent_filter {
        let text = format!("is for conversation-metrics; {word} does not filter by agent; remove it");
        values.refuse("extract.agent.filter", text, problems);
    }
    if values.is_given("extract.forward.buffer.ms") && limits.forward_buffer_ms.is_none() {
        let text = format!("is for interaction-events; {word} has no use for it; remove it");
        values.refuse("extract.forward.buffer.ms", text, problems);
    }
    if values.is_given("privacy.contact.hash.key") && !tells_conversations(dialect) {
        let text = format!(
            "is for conversation-details and conversation-jobs; {word} does not say who the customer is; remove it"
        );
        values.refuse("privacy.contact.hash.key", text, problems);
    }
    check_queries(values, dialect, problems);
    let names_fields = values.written("privacy.fields.allowed").is_some_and(|fields| !fields.trim().is_empty());
    if names_fields && !tells_conversations(dialect) {
        let text = format!("is for conversation-details and conversation-jobs; {word} has none of them; remove it");
        values.refuse("privacy.fields.allowed", text, problems);
    }
    if values.is_given("extract.status.filter") && !limits.has_status_filter {
        let text = format!("is for interaction-details; {word} does not filter by status; remove it");
        values.refuse("extract.status.filter", text, problems);
    }
}

/// Whether both dialects of the real platform's conversations are told apart by nothing but how they are asked.
fn tells_conversations(dialect: Dialect) -> bool {
    matches!(dialect, Dialect::ConversationDetails | Dialect::ConversationJobs)
}

/// Adds to `problems` what is said of asynchronous queries, or of another dialect for revisits, and cannot be.
fn check_queries(values: &Values<'_>, dialect: Dialect, problems: &mut Vec<Problem>) {
    let word = dialect.word();
    if values.is_given(REVISITS) && !tells_conversations(dialect) {
        let text = format!(
            "is for conversation-details and conversation-jobs, which tell the same conversations; revisits of {word} use \
             it too; remove it"
        );
        values.refuse(REVISITS, text, problems);
    }
    if values.is_given(REVISIT_AGE) && !values.is_given(REVISITS) {
        let text = "says from which age on extract.revisit.dialect is used, which is not set; remove it".to_owned();
        values.refuse(REVISIT_AGE, text, problems);
    }
    // A word that is not known may have been meant for one that is.
    let may_be = tells_conversations(dialect) && values.is_unsound(REVISITS);
    let again = word_of(values, REVISITS).is_some_and(|again| limits(again).asynchronous);
    if values.is_given("extract.query.poll.ms") && !(limits(dialect).asynchronous || again || may_be) {
        let text = format!("is for report-queries and conversation-jobs; {word} answers at once; remove it");
        values.refuse("extract.query.poll.ms", text, problems);
    }
    if values.is_given("extract.query.in.flight.max") && !limits(dialect).asynchronous {
        let text =
            format!("is for first readings by report-queries and conversation-jobs; {word} answers at once; remove it");
        values.refuse("extract.query.in.flight.max", text, problems);
    }
    if values.is_given("extract.query.limit.rows") && dialect != Dialect::ReportQueries {
        let text = format!("is for report-queries; {word} has no use for it; remove it");
        values.refuse("extract.query.limit.rows", text, problems);
    }
    let attributes = values.list("privacy.attributes.allowed").unwrap_or_default();
    let wildcards: Vec<String> = attributes.into_iter().filter(|name| name.contains('*')).collect();
    if let [first, more @ ..] = wildcards.as_slice() {
        let (names, is) = match more {
            [] => (first.clone(), "is a wildcard"),
            _ => (wildcards.join(", "), "are wildcards"),
        };
        let text = format!(
            "{names} {is}: of attributes that no one has named no one knows whether they are personal, and a report query \
             that selects all of them fails when they are large; name each attribute"
        );
        problems.push(values.problem("privacy.attributes.allowed", text));
    }
}

/// The dialect of the revisits where it is another, and its rows a page: as set, but no more than it gives.
fn revisit_dialect(values: &Values<'_>, dialect: Dialect) -> Option<RevisitDialect> {
    let again = word_of(values, REVISITS).filter(|again| *again != dialect)?;
    let of_again = limits(again);
    let size =
        values.whole::<u32>("extract.page.size").map_or(of_again.page_size, |size| size.min(of_again.page_size_max));
    // The lake is up to a day behind: what waits for it is read long after its rows are final.
    let needed_ms = if again == Dialect::ConversationJobs { DAY_MS } else { 0 };
    let from_age_ms = if values.is_given(REVISIT_AGE) { values.long(REVISIT_AGE)? } else { needed_ms };
    Some(RevisitDialect { dialect: again, page_size: size, from_age_ms })
}

/// Age below which nothing is asked for: as set, else what the dialect needs.
#[must_use]
pub fn freshness_delay_ms(values: &Values<'_>) -> Option<DurationMs> {
    if values.is_given("extract.freshness.delay.ms") {
        return values.long("extract.freshness.delay.ms");
    }
    dialect(values).map(|dialect| match dialect {
        Dialect::InteractionDetails | Dialect::InteractionEvents | Dialect::ReportQueries => 30_000,
        Dialect::ConversationMetrics => METRICS_FRESHNESS_MS_MIN,
        Dialect::ConversationDetails | Dialect::ConversationJobs | Dialect::Unknown => 60_000,
    })
}

/// How long a slice may be: as set, else what suits the dialect.
#[must_use]
pub fn slice_ms(values: &Values<'_>) -> Option<DurationMs> {
    given_or(values, "extract.slice.ms", Values::long, limits(dialect(values)?).slice_ms)
}

/// The typed form; `None` unless all that it needs is sound. `lengths` are the pipeline's.
#[must_use]
pub fn build(values: &Values<'_>, lengths: Lengths) -> Option<SourceConfig> {
    let api_url = api_url(values)?;
    let dialect = dialect(values)?;
    let limits = limits(dialect);
    Some(SourceConfig {
        name: values.name().to_owned(),
        pipeline: values.text("pipeline.name")?.to_owned(),
        login_url: login_url(values, &api_url)?,
        api_url,
        client_id: values.text("genesys.client.id")?.to_owned(),
        client_secret: values.secret("genesys.client.secret")?,
        secondary: secondary(values)?,
        org_id: values.text("genesys.org.id")?.to_owned(),
        dialect,
        media_default: MediaType::from_word(values.text("genesys.media.default")?),
        aggregates: values.text("genesys.aggregates").and_then(|word| words::read(&words::AGGREGATES, word)),
        http_connect_timeout: values.millis("genesys.http.connect.timeout.ms")?,
        http_read_timeout: values.millis("genesys.http.read.timeout.ms")?,
        http_summary_timeout: values.millis("genesys.http.summary.timeout.ms")?,
        http_body_bytes_max: values.whole("genesys.http.body.max.bytes")?,
        extract_start: values.instant("extract.start")?,
        extract_end: values.instant("extract.end"),
        slice_ms: slice_ms(values)?,
        slice_ms_min: values.long("extract.slice.ms.min")?,
        page_size: given_or(values, "extract.page.size", Values::whole, limits.page_size)?,
        forward_buffer_ms: given_or(
            values,
            "extract.forward.buffer.ms",
            Values::long,
            limits.forward_buffer_ms.unwrap_or(0),
        )?,
        reference_refresh_ms: values.long("reference.refresh.interval.ms")?,
        reference_lists: values.list_of("reference.lists", Kind::from_word)?,
        privacy: privacy::build(values)?,
        poll_interval: values.millis("extract.poll.interval.ms")?,
        freshness_delay_ms: freshness_delay_ms(values)?,
        revisit_ms: values.list_of("extract.revisit.ms", |age| age.parse().ok())?,
        revisit_dialect: revisit_dialect(values, dialect),
        query_poll_ms: given_or(values, "extract.query.poll.ms", Values::long, 10_000)?,
        queries_in_flight_max: given_or(values, "extract.query.in.flight.max", Values::whole, 4)?,
        query_limit_rows: given_or(values, "extract.query.limit.rows", Values::long, 500_000)?,
        status_filter: values.text("extract.status.filter").map(str::to_owned),
        lookback_ms: values.long("extract.lookback.ms")?,
        agents: values.list("extract.agent.filter")?,
        retries_max: values.whole("extract.retries.max")?,
        reconcile_interval: Some(values.millis("reconcile.interval.ms")?).filter(|interval| !interval.is_zero()),
        leg_length_ms_max: lengths.leg_ms_max,
        horizon_ms: lengths.horizon_ms,
        quota_requests_per_second: given_or(
            values,
            "quota.requests.per.second",
            Values::double,
            limits.requests_per_second,
        )?,
        quota_window: given_or(values, "quota.window.ms", Values::millis, limits.quota_window)?,
        partitions: partitions::partitions(values, dialect)?,
    })
}

/// The value as given, else the dialect's own; `None` for one that is given and not sound.
fn given_or<'a, T>(
    values: &Values<'a>,
    name: &str,
    read: impl Fn(&Values<'a>, &str) -> Option<T>,
    own: T,
) -> Option<T> {
    if values.is_given(name) { read(values, name) } else { Some(own) }
}

/// The second pair of id and secret, if there is one; its id is the first one's unless given.
fn secondary(values: &Values<'_>) -> Option<Option<ClientCredentials>> {
    if !values.is_given("genesys.client.secondary.secret") {
        return Some(None);
    }
    let id = values.text("genesys.client.secondary.id").or(values.text("genesys.client.id"))?.to_owned();
    Some(Some(ClientCredentials { id, secret: values.secret("genesys.client.secondary.secret")? }))
}

fn dialect(values: &Values<'_>) -> Option<Dialect> {
    word_of(values, "genesys.dialect")
}

pub(super) fn word_of(values: &Values<'_>, name: &str) -> Option<Dialect> {
    Dialect::from_word(values.text(name)?)
}

fn api_url(values: &Values<'_>) -> Option<Url> {
    match values.text("genesys.region") {
        Some(region) => Url::parse(&format!("https://api.{}", regions::domain(region)?)).ok(),
        None => Url::parse(values.text("genesys.api.url")?).ok(),
    }
}

/// The login host is the API host with another first label; a host without that label serves both.
fn login_url(values: &Values<'_>, api_url: &Url) -> Option<Url> {
    if values.is_given("genesys.login.url") {
        return Url::parse(values.text("genesys.login.url")?).ok();
    }
    let mut url = api_url.clone();
    if let Some(domain) = api_url.host_str().and_then(|host| host.strip_prefix("api.")) {
        url.set_host(Some(&format!("login.{domain}"))).ok()?;
    }
    Some(url)
}
