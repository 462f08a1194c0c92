//! Which dialects the platform answers: the one that is set, that of the revisits, and others. Edge.

use super::finding::Verdict;
use super::platform::Look;
use crate::domain::causes::causes;
use crate::domain::media::Dialect;
use crate::genesys::dialect::interaction_details::Columns;
use crate::genesys::dialect::shape::{Query, Request, Shape};
use crate::genesys::error::GenesysError;
use crate::genesys::limiter::Rank;
use crate::genesys::privacy::Privacy;

impl Look<'_> {
    /// The dialects that are set, each asked for next to no time; and which others the host has.
    pub(super) async fn dialects(&mut self) {
        let own = self.source.dialect;
        let again = self.source.revisit_dialect.map(|(again, _)| again);
        self.one("genesys.dialect", own).await;
        if let Some(again) = again {
            self.one("extract.revisit.dialect", again).await;
        }
        let mut others = Vec::new();
        for dialect in Dialect::ALL.into_iter().filter(|dialect| *dialect != own && Some(*dialect) != again) {
            if let Some(shape) = Shape::of(dialect)
                && matches!(self.served(shape).await, Ok(_) | Err(GenesysError::Forbidden { .. }))
            {
                others.push(dialect.word());
            }
        }
        let what = if others.is_empty() { "none is served".to_owned() } else { format!("{} too", others.join(", ")) };
        self.say("other dialects", Verdict::Ok, what);
    }

    async fn one(&mut self, setting: &str, dialect: Dialect) {
        let Some(shape) = Shape::of(dialect) else { return };
        let subject = format!("{setting} {}", dialect.word());
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
    pub(super) async fn volume(&mut self) {
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
}
