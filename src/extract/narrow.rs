//! Asks for a source partition's part alone, and for the rest only where there is one. Edge.
//!
//! No dialect can ask for what is *not* of some media. So the rest counts first: when the platform counts no more in all
//! than of the values that are known, the rest asks for the known ones that nobody else reads; else it asks for
//! everything, and the plan leaves out what others read. A dialect whose answers count nothing is counted in another one of
//! the same platform, and where there is none asked for everything. What is known is counted before all, so that what arrives
//! between the two is read once too often, never too seldom.

use crate::domain::selection::{Group, Selection};
use crate::genesys::client::GenesysClient;
use crate::genesys::dialect::interaction_details::Columns;
use crate::genesys::dialect::shape::{Query, Shape, Volumes};
use crate::genesys::error::GenesysError;
use crate::genesys::limiter::Rank;
use crate::genesys::privacy::Privacy;

/// What a query asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Narrowed {
    /// A part; `None`: everything.
    To(Option<Group>),
    /// Nothing: the platform counts nothing that is left to this source partition.
    Nothing,
}

/// What a query of `selection` asks for that begins now.
///
/// # Errors
/// As [`GenesysError`] says, when counting fails.
pub(super) async fn narrowed(
    client: &GenesysClient,
    rank: Rank,
    shape: Shape,
    query: &Query,
    (selection, privacy): (&Selection, &Privacy),
) -> Result<Narrowed, GenesysError> {
    if !shape.filters() {
        return Ok(Narrowed::To(None));
    }
    let (others, usual) = match selection {
        Selection::All => return Ok(Narrowed::To(None)),
        Selection::Only(group) => return Ok(Narrowed::To(Some(group.clone()))),
        Selection::Rest { others, usual } => (others, usual),
    };
    let own = Group::new(others.dimension, usual.iter().cloned());
    let known = Group::new(others.dimension, others.values.iter().chain(usual).cloned());
    let counts = match shape.volume_target(query) {
        Some(target) => {
            let volumes = volumes(client, rank, shape, &target).await?;
            volumes.within(&known).zip(volumes.all)
        }
        None => match shape.counted_as() {
            None => None,
            Some(counting) => {
                let of_known = total(client, rank, counting, query, (Some(known), privacy)).await;
                let all = total(client, rank, counting, query, (None, privacy)).await;
                match (of_known, all) {
                    // Another dialect need not be permitted.
                    (Err(error), _) | (_, Err(error)) if counting != shape && refuses(&error) => None,
                    (of_known, all) => of_known?.zip(all?),
                }
            }
        },
    };
    Ok(match counts {
        Some((of_known, all)) if all <= of_known => {
            if own.values.is_empty() {
                Narrowed::Nothing
            } else {
                Narrowed::To(Some(own))
            }
        }
        _ => Narrowed::To(None),
    })
}

async fn volumes(client: &GenesysClient, rank: Rank, shape: Shape, target: &str) -> Result<Volumes, GenesysError> {
    match client.get(rank, target).await {
        Ok(answer) => Ok(shape.read_volumes(&answer.body)?),
        // Who does not count is asked for everything.
        Err(error) if refuses(&error) => Ok(Volumes::default()),
        Err(error) => Err(error),
    }
}

fn refuses(error: &GenesysError) -> bool {
    matches!(error, GenesysError::BadRequest { .. } | GenesysError::Forbidden { .. })
}

/// How many rows the platform counts, by a page of one; `None` when it does not say.
async fn total(
    client: &GenesysClient,
    rank: Rank,
    shape: Shape,
    query: &Query,
    (filter, privacy): (Option<Group>, &Privacy),
) -> Result<Option<i64>, GenesysError> {
    let query = Query { filter, token: None, page_size: 1, columns: Columns::Guide, ..query.clone() };
    let answer = client.ask(rank, &shape.request(&query)).await?;
    Ok(shape.read(&answer.body, &query, privacy)?.total)
}
