//! What a source's platform says when it is asked for next to nothing: login, dialect, permissions, clock, quota. Edge.

use std::time::Duration;

use chrono_tz::Tz;
use serde_json::Value;

use super::finding::{Finding, Verdict};
use crate::config::regions;
use crate::config::typed::{AggregatesShape, SourceConfig};
use crate::domain::causes::causes;
use crate::domain::interval::{Grain, interval_at};
use crate::domain::media::Dialect;
use crate::domain::time::DAY_MS;
use crate::genesys::aggregates::PATH as AGGREGATES_PATH;
use crate::genesys::aggregates::by_interval::{self, Cut};
use crate::genesys::aggregates::shape::{is_of_the_shape, own, shapes};
use crate::genesys::client::{Answer, ClientError, GenesysClient};
use crate::genesys::counters::read;
use crate::genesys::dialect::interaction_details::Columns;
use crate::genesys::dialect::shape::{Query, Request, Shape};
use crate::genesys::error::GenesysError;
use crate::genesys::exchange::local_now;
use crate::genesys::limiter::Rank;
use crate::genesys::permissions::way_out;
use crate::genesys::privacy::Privacy;
use crate::genesys::reference::{Kind, path_of as list_of, read_list};

/// Whether the platform's jobs hold what happened lately.
const AVAILABILITY_PATH: &str = "/api/v2/analytics/conversations/details/jobs/availability";

/// How often a request that may work the next time is made.
const ATTEMPTS_MAX: u32 = 3;

/// Longest pause between two attempts, whatever the platform asks for: somebody waits for the answer.
const PAUSE_MAX: Duration = Duration::from_secs(10);

/// A clock that is further off is told.
const CLOCK_OFF_MS_MAX: i64 = 5_000;

/// Queues that are named.
const NAMES_MAX: usize = 10;

/// Looks at everything that the source needs of its platform, and changes nothing there.
///
/// # Errors
/// When the network library refuses to start.
pub(super) async fn findings(source: &SourceConfig) -> Result<Vec<Finding>, ClientError> {
    let place = format!("[connectors.{}]", source.name);
    let mut look = Look { client: GenesysClient::new(source)?, source, place, findings: Vec::new() };
    if look.log_in().await {
        look.dialects().await;
        look.volume().await;
        look.real_platform().await;
        look.aggregates().await;
        look.names().await;
        look.clock();
        look.quota();
    }
    Ok(look.findings)
}

struct Look<'a> {
    client: GenesysClient,
    source: &'a SourceConfig,
    place: String,
    findings: Vec<Finding>,
}

impl Look<'_> {
    fn say(&mut self, subject: impl Into<String>, verdict: Verdict, what: impl Into<String>) -> &mut Finding {
        self.findings.push(Finding::new(&self.place, subject, verdict, what));
        self.findings.last_mut().expect("one was just added")
    }

    async fn log_in(&mut self) -> bool {
        let subject = format!("login at {}", self.source.login_url);
        let mut outcome = self.client.log_in().await;
        for _ in 1..ATTEMPTS_MAX {
            match &outcome {
                Err(error) if error.is_passing() => pause(error).await,
                _ => break,
            }
            outcome = self.client.log_in().await;
        }
        match outcome {
            Ok(()) => {
                let life_s = self.client.token_life().await.map_or(0, |life| life.as_secs());
                self.say(subject, Verdict::Ok, format!("the token is good for {life_s} s"));
                true
            }
            Err(error) => {
                let refused = matches!(error, GenesysError::LoginRefused { .. });
                let finding = self.say(subject, Verdict::Wrong, causes(&error));
                if !refused {
                    finding.way_out =
                        "check genesys.region, or genesys.api.url and genesys.login.url, and the way there \
                                       (name service, proxy, firewall)"
                            .to_owned();
                }
                false
            }
        }
    }

    fn clock(&mut self) {
        let off_ms = self.client.now() - local_now();
        if self.client.clock_age().is_none() {
            self.say("clock", Verdict::Note, "the platform does not say what time it is; the local clock serves");
        } else if CLOCK_OFF_MS_MAX < off_ms.abs() {
            let what =
                format!("this machine's is {} s {}", off_ms.abs() / 1_000, if 0 < off_ms { "slow" } else { "fast" });
            let way_out =
                "the source goes by the platform's, but record timestamps are of this machine's: synchronise it";
            self.say("clock", Verdict::Note, what).way_out = way_out.to_owned();
        } else {
            self.say("clock", Verdict::Ok, format!("{off_ms} ms from the platform's, as near as its `Date` tells"));
        }
    }

    /// The configured dialect, asked for next to no time; and which others the host has.
    async fn dialects(&mut self) {
        let own = self.source.dialect;
        if let Some(shape) = Shape::of(own) {
            let subject = format!("genesys.dialect {}", own.word());
            match self.served(shape).await {
                Ok(None) => {
                    self.say(subject, Verdict::Ok, "the platform answers it");
                }
                Ok(Some(note)) => {
                    self.say(subject, Verdict::Note, note);
                }
                Err(error) => self.refused(subject, Verdict::Wrong, "what this dialect asks for", &error),
            }
        }
        let mut others = Vec::new();
        for dialect in Dialect::ALL.into_iter().filter(|dialect| *dialect != own) {
            if let Some(shape) = Shape::of(dialect)
                && matches!(self.served(shape).await, Ok(_) | Err(GenesysError::Forbidden { .. }))
            {
                others.push(dialect.word());
            }
        }
        let what = if others.is_empty() { "none is served".to_owned() } else { format!("{} too", others.join(", ")) };
        self.say("other dialects", Verdict::Ok, what);
    }

    /// Whether the host answers a dialect; the text says what of it is missing.
    async fn served(&self, shape: Shape) -> Result<Option<String>, GenesysError> {
        let query = self.next_to_nothing(Columns::All);
        match self.page(shape, &query).await {
            Err(GenesysError::BadRequest { told }) if shape.refuses_columns(&told, query.columns, false) => {
                self.page(shape, &self.next_to_nothing(Columns::Guide)).await?;
                Ok(Some("the platform answers it, without the columns that not every server has".to_owned()))
            }
            outcome => outcome.map(|()| None),
        }
    }

    async fn page(&self, shape: Shape, query: &Query) -> Result<(), GenesysError> {
        if let Some(of) = shape.asynchronous() {
            let (path, body) = of.submission(query);
            let submitted = self.client.submit(Rank::First, path, body).await;
            let id = of.submitted_id(&submitted.map_err(|error| shape.refusal(error, query))?.body)?;
            // No one is going to read it.
            if let Err(error) = self.client.delete(Rank::First, &of.status_target(&id)).await {
                tracing::debug!(class = error.class(), "a query that was submitted on trial could not be deleted");
            }
            return Ok(());
        }
        let answer = self.ask(&shape.request(query)).await.map_err(|error| shape.refusal(error, query))?;
        shape.read(&answer.body, query, &Privacy::default()).map(|_| ()).map_err(GenesysError::from)
    }

    fn next_to_nothing(&self, columns: Columns) -> Query {
        Query {
            from: self.source.extract_start,
            to: self.source.extract_start + 1,
            token: None,
            page_size: 1,
            status_filter: None,
            filter: None,
            agents: self.source.agents.clone(),
            columns,
            forward_buffer_ms: 0,
            attributes: Vec::new(),
            limit_rows: 1,
        }
    }

    /// The count that what is read is checked against, where a dialect asks for it apart.
    async fn volume(&mut self) {
        let Some(shape) = Shape::of(self.source.dialect) else { return };
        let query = self.next_to_nothing(Columns::All);
        let Some(target) = shape.volume_target(&query) else { return };
        match self.ask(&Request::Get { target }).await {
            Ok(_) => {
                self.say("volume summary", Verdict::Ok, "what is read is checked against it");
            }
            Err(error) => {
                let finding = self.say("volume summary", Verdict::Note, causes(&error));
                finding.way_out = "what is read will not be checked against it".to_owned();
            }
        }
    }

    /// What only the platform of today has: availability of jobs.
    async fn real_platform(&mut self) {
        if !matches!(self.source.dialect, Dialect::ConversationDetails | Dialect::ConversationJobs) {
            return;
        }
        let needed = self.source.dialect == Dialect::ConversationJobs;
        let otherwise = if needed { Verdict::Wrong } else { Verdict::Note };
        match self.ask(&Request::Get { target: AVAILABILITY_PATH.to_owned() }).await {
            Ok(answer) => {
                let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                match said["dataAvailabilityDate"].as_str() {
                    Some(date) => {
                        self.say("details jobs", Verdict::Ok, format!("they hold everything before {date}"));
                    }
                    None => {
                        self.say("details jobs", otherwise, "the answer has no dataAvailabilityDate");
                    }
                }
            }
            Err(error) => self.refused("details jobs", otherwise, AVAILABILITY_PATH, &error),
        }
    }

    /// The sums that handle times are compared with, in the shape that is set, or else in those that are tried.
    async fn aggregates(&mut self) {
        let range = interval_at(self.source.extract_start, Grain::Pt15m, Tz::UTC);
        let cut = Cut { range, grain: Grain::Pt15m, zone: Tz::UTC };
        let mut outcome = Ok(());
        for shape in shapes(self.source.aggregates, self.source.dialect) {
            let body = by_interval::request_body(*shape, cut);
            let answer = self.ask(&Request::Post { target: AGGREGATES_PATH.to_owned(), body }).await;
            outcome = answer.and_then(|answer| {
                by_interval::read(*shape, own(*shape, &answer.body)?, cut)?;
                Ok(())
            });
            match &outcome {
                Ok(()) => {
                    let what = match shape {
                        AggregatesShape::Metrics => "metrics: handle times can be compared queue by queue",
                        AggregatesShape::Buckets => "buckets: handle times can be compared, all queues together",
                    };
                    self.say("aggregates", Verdict::Ok, what);
                    return;
                }
                Err(error) if is_of_the_shape(error) => {}
                Err(_) => break,
            }
        }
        if let Err(error) = outcome {
            self.refused("aggregates", Verdict::Note, AGGREGATES_PATH, &error);
            if let Some(finding) = self.findings.last_mut().filter(|_| is_of_the_shape(&error)) {
                finding.way_out =
                    "handle times will not be compared with it; genesys.aggregates says in which shape it is asked for"
                        .to_owned();
            }
        }
    }

    /// The lists of names, and what of them this client may see.
    async fn names(&mut self) {
        for kind in Kind::ALL {
            let subject = kind.word();
            let target = format!("{}?pageNumber=1&pageSize={NAMES_MAX}", list_of(kind));
            match self.ask(&Request::Get { target }).await {
                Ok(answer) => {
                    let list = read_list(&answer.body, 1).unwrap_or_default();
                    let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                    let count = said["total"].as_u64().unwrap_or(list.entities.len() as u64);
                    let names: Vec<&str> = list.entities.iter().map(|(_, entity)| entity.name.as_str()).collect();
                    let shown = if names.is_empty() || kind == Kind::User {
                        String::new()
                    } else {
                        let more = if names.len() as u64 == count { "" } else { ", …" };
                        format!(": {}{more}", names.join(", "))
                    };
                    if count == 0 && kind == Kind::Queue {
                        let finding = self.say(subject, Verdict::Note, "this client sees none");
                        finding.way_out =
                            "results are of the divisions of the client's roles alone: give it a role in \
                                           those that are to be read"
                                .to_owned();
                    } else {
                        self.say(subject, Verdict::Ok, format!("this client sees {count}{shown}"));
                    }
                }
                Err(error) => self.refused(subject, Verdict::Note, list_of(kind), &error),
            }
        }
    }

    fn quota(&mut self) {
        let rate = self.source.quota_requests_per_second;
        let a_day = (rate * 86_400.0) as u64;
        let poll_ms = i64::try_from(self.source.poll_interval.as_millis()).unwrap_or(i64::MAX).max(1);
        // The head and each revisit age are looked at once a poll.
        let polls = (DAY_MS / poll_ms) as u64 * (1 + self.source.revisit_ms.len() as u64);
        let what = format!(
            "at most {a_day} requests a day, of which looking for something new takes about {polls}; each further page of \
             {} is one",
            self.source.page_size
        );
        let allowed = read(&self.client.counters().limit_allowed);
        let of_the_platform = self.source.api_url.host_str().is_some_and(is_the_platforms);
        let a_minute = (rate * 60.0).round() as u64;
        if of_the_platform && 0 < allowed && allowed < a_minute {
            let what = format!("{a_minute} requests a minute, of which the platform allows {allowed}");
            let way_out = format!("set quota.requests.per.second to {}", allowed / 60);
            self.say("quota", Verdict::Wrong, what).way_out = way_out;
        } else if a_day < polls {
            let way_out = "set extract.poll.interval.ms higher, or quota.requests.per.second";
            self.say("quota", Verdict::Wrong, what).way_out = way_out.to_owned();
        } else {
            self.say("quota", Verdict::Ok, what);
        }
    }

    fn refused(&mut self, subject: impl Into<String>, verdict: Verdict, path: &str, error: &GenesysError) {
        let way_out = match error {
            // A dialect's own refusal says what to do.
            GenesysError::Forbidden { help, .. } if !help.is_empty() => String::new(),
            GenesysError::Forbidden { .. } => way_out(path),
            GenesysError::BadRequest { told } if matches!(told.status, 404 | 405) => {
                format!("{path} is not there: choose a dialect that is served, or another address")
            }
            GenesysError::BadBody(_) => format!("{path} answers another shape: choose another genesys.dialect"),
            _ => String::new(),
        };
        self.say(subject, verdict, causes(error)).way_out = way_out;
    }

    /// Asks, and again while the failure may pass.
    async fn ask(&self, request: &Request) -> Result<Answer, GenesysError> {
        let mut attempts = 1;
        loop {
            let outcome = self.client.ask(Rank::First, request).await;
            match outcome {
                Err(error) if error.is_passing() && attempts < ATTEMPTS_MAX => pause(&error).await,
                outcome => return outcome,
            }
            attempts += 1;
        }
    }
}

fn is_the_platforms(host: &str) -> bool {
    let domain = host.strip_prefix("api.").unwrap_or(host);
    regions::WORDS.iter().any(|word| regions::domain(word) == Some(domain))
}

async fn pause(error: &GenesysError) {
    let asked = Duration::from_millis(error.retry_after_ms().unwrap_or(500));
    tokio::time::sleep(asked.min(PAUSE_MAX)).await;
}
