//! Which dialects the platform answers: the one that is set, that of the revisits, and others. Edge.

use super::finding::Verdict;
use super::platform::Look;
use crate::domain::causes::causes;
use crate::domain::media::Dialect;
use crate::domain::time::DAY_MS;
use crate::genesys::dialect::interaction_details::Columns;
use crate::genesys::dialect::shape::{Query, Request, Shape};
use crate::genesys::error::GenesysError;
use crate::genesys::limiter::Rank;
use crate::genesys::privacy::Privacy;

/// What a dialect's answer has in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Served {
    /// All that is asked for.
    Whole,
    /// Not the columns that not every server has.
    Narrow,
    /// So many conversations are counted, and none of them is told.
    Counted(i64),
}

/// A dialect, and what the host answers in it.
type Tried = (Dialect, Result<Served, GenesysError>);

impl Look<'_> {
    /// The dialects that are set, each asked for next to no time; and which others the host has.
    pub(super) async fn dialects(&mut self) {
        let own = self.source.dialect;
        let again = self.source.revisit_dialect.map(|again| again.dialect);
        let mut tried: Vec<Tried> = Vec::new();
        let others = Dialect::ALL.into_iter().filter(|dialect| *dialect != own && Some(*dialect) != again);
        for dialect in [own].into_iter().chain(again).chain(others) {
            if let Some(shape) = Shape::of(dialect) {
                tried.push((dialect, self.served(shape).await));
            }
        }
        // One that it lacks a permission for is there.
        let is_there = |(_, outcome): &&Tried| match outcome {
            Ok(served) => !matches!(served, Served::Counted(_)),
            Err(error) => matches!(error, GenesysError::Forbidden { .. }),
        };
        let there: Vec<Dialect> = tried.iter().filter(is_there).map(|(dialect, _)| *dialect).collect();
        for (dialect, outcome) in tried {
            if dialect == own {
                self.one("genesys.dialect", dialect, outcome, &there);
            } else if Some(dialect) == again {
                self.one("extract.revisit.dialect", dialect, outcome, &there);
            }
        }
        let others = words(there.iter().filter(|dialect| **dialect != own && Some(**dialect) != again));
        let what = if others.is_empty() { "none is served".to_owned() } else { format!("{others} too") };
        self.say("other dialects", Verdict::Ok, what);
    }

    fn one(&mut self, setting: &str, dialect: Dialect, outcome: Result<Served, GenesysError>, there: &[Dialect]) {
        let subject = format!("{setting} {}", dialect.word());
        let served = words(there.iter().filter(|other| **other != dialect));
        let (api_url, mut elsewhere) = (&self.source.api_url, "check genesys.api.url".to_owned());
        if served.is_empty() {
            elsewhere = format!("no other dialect is served at {api_url} either: {elsewhere}");
        } else {
            elsewhere = format!("choose a dialect that is served ({served}), or {elsewhere}");
        }
        match outcome {
            Ok(Served::Whole) => {
                self.say(subject, Verdict::Ok, "the platform answers it");
            }
            Ok(Served::Narrow) => {
                let what = "the platform answers it, without the columns that not every server has";
                let finding = self.say(subject, Verdict::Note, what);
                finding.way_out = "docs/dialects.md says what the numbers then lack".to_owned();
            }
            Ok(Served::Counted(count)) => {
                let what = format!("{count} conversations of a day are counted, and none of them is told");
                self.say(subject, Verdict::Wrong, what).way_out = elsewhere;
            }
            Err(error) => {
                let asked = "what this dialect asks for";
                self.refused(subject, Verdict::Wrong, asked, &error);
                let why = match &error {
                    GenesysError::BadRequest { told } if matches!(told.status, 404 | 405) => "is not there",
                    GenesysError::BadRequest { .. } => "is refused",
                    GenesysError::BadBody(_) => "answers another shape",
                    _ => return,
                };
                if let Some(finding) = self.findings.last_mut() {
                    finding.way_out = format!("{asked} {why}: {elsewhere}");
                }
            }
        }
    }

    /// Whether the host answers a dialect, and what of it is missing.
    async fn served(&self, shape: Shape) -> Result<Served, GenesysError> {
        let query = self.next_to_nothing(shape, Columns::All);
        match self.page(shape, &query).await {
            Err(GenesysError::BadRequest { told }) if shape.refuses_columns(&told, query.columns, false) => {
                self.page(shape, &self.next_to_nothing(shape, Columns::Guide)).await?;
                Ok(Served::Narrow)
            }
            outcome => outcome,
        }
    }

    async fn page(&self, shape: Shape, query: &Query) -> Result<Served, GenesysError> {
        if let Some(of) = shape.asynchronous() {
            let (path, body) = of.submission(query);
            let submitted = self.client.submit(Rank::First, path, body).await;
            let id = of.submitted_id(&submitted.map_err(|error| shape.refusal(error, query))?.body)?;
            // No one is going to read it.
            if let Err(error) = self.client.delete(Rank::First, &of.status_target(&id)).await {
                tracing::debug!(class = error.class(), "a query that was submitted on trial could not be deleted");
            }
            return Ok(Served::Whole);
        }
        let answer = self.ask(&shape.request(query)).await.map_err(|error| shape.refusal(error, query))?;
        let page = shape.read(&answer.body, query, &Privacy::default()).map_err(GenesysError::from)?;
        // A first page that is empty is right where nothing is counted, and nowhere else.
        let counted =
            page.total.filter(|total| shape == Shape::ConversationDetails && page.rows.is_empty() && 0 < *total);
        Ok(counted.map_or(Served::Whole, Served::Counted))
    }

    /// A page of one; of an instant, or where a count is held against it of a day, so that there may be something to tell.
    fn next_to_nothing(&self, shape: Shape, columns: Columns) -> Query {
        let length_ms = if shape == Shape::ConversationDetails { DAY_MS } else { 1 };
        Query {
            from: self.source.extract_start,
            to: self.source.extract_start + length_ms,
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
    pub(super) async fn volume(&mut self) {
        let Some(shape) = Shape::of(self.source.dialect) else { return };
        let query = self.next_to_nothing(shape, Columns::All);
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
}

fn words<'a>(dialects: impl Iterator<Item = &'a Dialect>) -> String {
    dialects.map(|dialect| dialect.word()).collect::<Vec<_>>().join(", ")
}
