//! What a source's platform says when it is asked for next to nothing: login, dialect, permissions, clock, quota. Edge.

use std::sync::Arc;
use std::time::Duration;

use chrono_tz::Tz;
use serde_json::Value;

use super::finding::{Finding, Verdict};
use crate::config::typed::{AggregatesShape, SourceConfig};
use crate::domain::causes::causes;
use crate::domain::interval::{Grain, interval_at};
use crate::domain::media::Dialect;
use crate::genesys::aggregates::PATH as AGGREGATES_PATH;
use crate::genesys::aggregates::by_interval::{self, Cut};
use crate::genesys::aggregates::shape::{is_of_the_shape, own, shapes};
use crate::genesys::client::{Answer, ClientError, GenesysClient};
use crate::genesys::dialect::shape::Request;
use crate::genesys::error::GenesysError;
use crate::genesys::exchange::local_now;
use crate::genesys::limiter::Rank;
use crate::genesys::permissions;
use crate::genesys::reference::{Kind, path_of as list_of, read_list};
use crate::genesys::way_out::{self, NOT_REACHED};

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
    let mut look = Look { client: Arc::new(GenesysClient::new(source)?), source, place, findings: Vec::new() };
    if look.log_in().await {
        look.dialects().await;
        look.volume().await;
        look.real_platform().await;
        look.aggregates().await;
        look.names().await;
        look.clock();
        look.quota().await;
    }
    Ok(look.findings)
}

/// A look at the platform of one source.
pub(super) struct Look<'a> {
    pub(super) client: Arc<GenesysClient>,
    pub(super) source: &'a SourceConfig,
    place: String,
    pub(super) findings: Vec<Finding>,
}

impl Look<'_> {
    pub(super) fn say(
        &mut self,
        subject: impl Into<String>,
        verdict: Verdict,
        what: impl Into<String>,
    ) -> &mut Finding {
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
                    finding.way_out = way_out::of(&error).unwrap_or(NOT_REACHED).to_owned();
                }
                false
            }
        }
    }

    fn clock(&mut self) {
        let off_ms = self.client.now() - local_now();
        if self.client.clock_age().is_none() {
            let what = "the platform does not say what time it is; the local clock serves";
            self.say("clock", Verdict::Note, what).way_out = "keep this machine's clock synchronised".to_owned();
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

    /// What only the platform of today has: availability of jobs.
    async fn real_platform(&mut self) {
        if !matches!(self.source.dialect, Dialect::ConversationDetails | Dialect::ConversationJobs) {
            return;
        }
        let again = self.source.revisit_dialect.map(|again| again.dialect);
        let needed = [Some(self.source.dialect), again].contains(&Some(Dialect::ConversationJobs));
        let otherwise = if needed { Verdict::Wrong } else { Verdict::Note };
        match self.ask(&Request::Get { target: AVAILABILITY_PATH.to_owned() }).await {
            Ok(answer) => {
                let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                match said["dataAvailabilityDate"].as_str() {
                    Some(date) => {
                        self.say("details jobs", Verdict::Ok, format!("they hold everything before {date}"));
                    }
                    None => {
                        let finding = self.say("details jobs", otherwise, "the answer has no dataAvailabilityDate");
                        finding.way_out = "check genesys.api.url: the platform's answer has one".to_owned();
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

    pub(super) fn refused(&mut self, subject: impl Into<String>, verdict: Verdict, path: &str, error: &GenesysError) {
        let way_out = match error {
            // A dialect's own refusal says what to do.
            GenesysError::Forbidden { help, .. } if !help.is_empty() => String::new(),
            GenesysError::Forbidden { .. } => permissions::way_out(path),
            GenesysError::BadRequest { told } if matches!(told.status, 404 | 405) => {
                format!("{path} is not there: choose a dialect that is served, or another address")
            }
            GenesysError::BadRequest { .. } => {
                format!("{path} is there and answers no such request: check that genesys.api.url is the platform's")
            }
            GenesysError::BadBody(_) => format!("{path} answers another shape: choose another genesys.dialect"),
            _ => way_out::of(error).unwrap_or_default().to_owned(),
        };
        self.say(subject, verdict, causes(error)).way_out = way_out;
    }

    /// Asks, and again while the failure may pass.
    pub(super) async fn ask(&self, request: &Request) -> Result<Answer, GenesysError> {
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

async fn pause(error: &GenesysError) {
    let asked = Duration::from_millis(error.retry_after_ms().unwrap_or(500));
    tokio::time::sleep(asked.min(PAUSE_MAX)).await;
}
