//! Asks the routing API for names, and keeps them for all lanes of a source. Edge.

use std::sync::Arc;

use tokio::sync::Mutex;

use super::join::ids_of;
use super::listing::read_list;
use super::names::{Entity, Kind, Names};
use super::shelf::{Failed, Shelf};
use crate::genesys::client::GenesysClient;
use crate::genesys::error::GenesysError;
use crate::genesys::limiter::Rank;
use crate::genesys::wire::RowRead;

/// Entities of a page of a list: what every list takes.
const PAGE_SIZE: usize = 100;

/// Pages of a list that are read. Too small: ids beyond are looked up one by one; too large: a list that goes in
/// circles is asked for long.
const PAGES_MAX: u64 = 1_000;

/// The names of one organisation.
#[derive(Debug, Default)]
pub struct NameCache {
    shelf: Mutex<Shelf>,
}

impl NameCache {
    /// Loads the lists that are due. Safe to drop half-way.
    ///
    /// # Errors
    /// When a list was never had and may be had by trying again.
    pub async fn prepare(&self, client: &GenesysClient, rank: Rank) -> Result<(), GenesysError> {
        let mut shelf = self.shelf.lock().await;
        while let Some(kind) = shelf.due(client.now()) {
            match list(client, rank, kind).await {
                Ok(entities) => shelf.listed(kind, entities, client.now()),
                Err(error) if is_final(&error) => {
                    if shelf.refused(kind, client.now()) {
                        let (path, reason) = (kind.path(), error.to_string());
                        tracing::warn!(path, reason, "names cannot be read; ids stand without them");
                    }
                }
                Err(error) => match shelf.failed(kind, client.now()) {
                    Failed::Again => return Err(error),
                    Failed::Without => {
                        let (path, reason) = (kind.path(), error.to_string());
                        tracing::warn!(path, reason, "names could not be read; asked for again in a minute");
                    }
                },
            }
        }
        Ok(())
    }

    /// The names for these rows; ids that are not known are looked up first. Safe to drop half-way.
    ///
    /// # Errors
    /// When looking up failed and may work by trying again.
    pub async fn names_for(
        &self,
        client: &GenesysClient,
        rank: Rank,
        rows: &[RowRead],
    ) -> Result<Arc<Names>, GenesysError> {
        let ids = ids_of(rows);
        let mut shelf = self.shelf.lock().await;
        for (kind, asked) in shelf.unknown(&ids, client.now()) {
            let text: String = url::form_urlencoded::byte_serialize(asked.join(",").as_bytes()).collect();
            let path = format!("{}?id={text}&pageSize={PAGE_SIZE}", kind.path());
            let found = match ask(client, rank, &path, 1).await {
                Ok(page) => page.entities,
                // What the platform refuses to tell has no name.
                Err(error) if is_final(&error) => Vec::new(),
                Err(error) => return Err(error),
            };
            shelf.looked_up(kind, &asked, found, client.now());
        }
        Ok(shelf.names())
    }
}

async fn list(client: &GenesysClient, rank: Rank, kind: Kind) -> Result<Vec<(String, Entity)>, GenesysError> {
    let mut entities = Vec::new();
    for number in 1..=PAGES_MAX {
        let path = format!("{}?pageNumber={number}&pageSize={PAGE_SIZE}", kind.path());
        let page = ask(client, rank, &path, number).await?;
        entities.extend(page.entities);
        if !page.more {
            break;
        }
    }
    Ok(entities)
}

async fn ask(
    client: &GenesysClient,
    rank: Rank,
    path: &str,
    number: u64,
) -> Result<super::listing::ListPage, GenesysError> {
    let answer = client.get(rank, path).await?;
    read_list(&answer.body, number).map_err(|error| GenesysError::BadBody(error.into()))
}

/// Whether asking again will be answered the same.
fn is_final(error: &GenesysError) -> bool {
    !matches!(
        error,
        GenesysError::RateLimited { .. }
            | GenesysError::Unavailable { .. }
            | GenesysError::Transient { .. }
            | GenesysError::AuthExpired { .. }
            | GenesysError::LoginRefused { .. }
    )
}
