//! A `GenesysSource` to its typed form. Pure.

use url::Url;

use crate::config::problem::Problem;
use crate::config::regions;
use crate::config::secret::Secret;
use crate::config::typed::SourceConfig;
use crate::config::values::Values;
use crate::domain::media::{Dialect, MediaType};
use crate::domain::time::DurationMs;

/// Adds to `problems` what the source's settings say against each other.
pub fn check(values: &Values<'_>, problems: &mut Vec<Problem>) {
    match (values.is_given("genesys.region"), values.is_given("genesys.api.url")) {
        (true, true) => {
            let text = "contradicts genesys.api.url, which says the address itself; remove one of them";
            problems.push(values.problem("genesys.region", text.to_owned()));
        }
        (false, false) => {
            let text = "is missing; give it, or genesys.region, from which it follows";
            problems.push(values.problem("genesys.api.url", text.to_owned()));
        }
        _ => {}
    }
    if let (Some(start), Some(end)) = (values.instant("extract.start"), values.instant("extract.end"))
        && end <= start
    {
        let text = format!("must be later than extract.start, which is {}", values.text("extract.start").unwrap_or(""));
        problems.push(values.problem("extract.end", text));
    }
}

/// Age below which nothing is asked for: as set, else what the dialect needs.
#[must_use]
pub fn freshness_delay_ms(values: &Values<'_>) -> Option<DurationMs> {
    if values.is_given("extract.freshness.delay.ms") {
        return values.long("extract.freshness.delay.ms");
    }
    dialect(values).map(|dialect| match dialect {
        Dialect::InteractionDetails | Dialect::InteractionEvents | Dialect::ReportQueries => 30_000,
        Dialect::ConversationMetrics => 1_800_000,
        Dialect::ConversationDetails | Dialect::ConversationJobs | Dialect::Unknown => 60_000,
    })
}

/// The typed form; `None` unless all that it needs is sound. `leg_length_ms_max` is the pipeline's.
#[must_use]
pub fn build(values: &Values<'_>, leg_length_ms_max: DurationMs) -> Option<SourceConfig> {
    let api_url = api_url(values)?;
    Some(SourceConfig {
        name: values.name().to_owned(),
        pipeline: values.text("pipeline.name")?.to_owned(),
        login_url: login_url(values, &api_url)?,
        api_url,
        client_id: values.text("genesys.client.id")?.to_owned(),
        client_secret: Secret::new(values.text("genesys.client.secret")?.to_owned()),
        org_id: values.text("genesys.org.id")?.to_owned(),
        dialect: dialect(values)?,
        media_default: MediaType::from_word(values.text("genesys.media.default")?),
        http_connect_timeout: values.millis("genesys.http.connect.timeout.ms")?,
        http_read_timeout: values.millis("genesys.http.read.timeout.ms")?,
        http_body_bytes_max: values.whole("genesys.http.body.max.bytes")?,
        extract_start: values.instant("extract.start")?,
        extract_end: values.instant("extract.end"),
        slice_ms: values.long("extract.slice.ms")?,
        page_size: values.whole("extract.page.size")?,
        poll_interval: values.millis("extract.poll.interval.ms")?,
        freshness_delay_ms: freshness_delay_ms(values)?,
        revisit_ms: values.list_of("extract.revisit.ms", |age| age.parse().ok())?,
        status_filter: values.text("extract.status.filter").map(str::to_owned),
        retries_max: values.whole("extract.retries.max")?,
        leg_length_ms_max,
        quota_requests_per_second: values.double("quota.requests.per.second")?,
        tasks_max: values.whole("tasks.max")?,
    })
}

fn dialect(values: &Values<'_>) -> Option<Dialect> {
    let word = values.text("genesys.dialect")?;
    let all = [
        Dialect::InteractionDetails,
        Dialect::InteractionEvents,
        Dialect::ConversationMetrics,
        Dialect::ReportQueries,
        Dialect::ConversationDetails,
        Dialect::ConversationJobs,
    ];
    all.into_iter().find(|dialect| dialect.word() == word)
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
