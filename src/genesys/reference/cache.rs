//! Asks the routing API for names, and keeps them for all lanes of a source. Edge.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use tokio::sync::Mutex;

use super::join::{ids_of, unresolved};
use super::listing::{ListPage, read_list};
use super::names::{Entity, Kind, Names, path_of};
use super::shelf::{Failed, ID_BYTES_MAX, Shelf};
use crate::domain::time::DurationMs;
use crate::genesys::client::GenesysClient;
use crate::genesys::error::GenesysError;
use crate::genesys::limiter::Rank;
use crate::genesys::wire::RowRead;

/// Entities of a page of a list: what every list takes.
const PAGE_SIZE: usize = 100;

/// Pages of a list that are read. Too small: ids beyond are looked up one by one; too large: a list that goes in
/// circles is asked for long.
const PAGES_MAX: u64 = 1_000;

/// Pages of a list that stands on no interaction, before the next page of interactions has its turn. Too small: a list
/// takes long; too large: it holds interactions up.
const PAGES_AT_ONCE: u64 = 2;

/// The names of one organisation.
#[derive(Debug)]
pub struct NameCache {
    shelf: Mutex<Shelf>,
    // What the shelf has, for those who cannot wait until it has asked.
    known: std::sync::Mutex<Arc<Names>>,
}

impl NameCache {
    /// A cache that knows nothing, of lists of these kinds that are asked for again at this age.
    #[must_use]
    pub fn new(kinds: Vec<Kind>, list_age_ms: DurationMs) -> NameCache {
        NameCache { shelf: Mutex::new(Shelf::new(kinds, list_age_ms)), known: std::sync::Mutex::default() }
    }

    /// What is known now.
    #[must_use]
    pub fn known(&self) -> Arc<Names> {
        Arc::clone(&self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn tell(&self, shelf: &Shelf) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = shelf.names();
    }

    /// Takes in what ids were called before this process began.
    pub async fn remember(&self, kind: Kind, entities: Vec<(String, Entity)>) {
        let mut shelf = self.shelf.lock().await;
        shelf.remembered(kind, entities);
        self.tell(&shelf);
    }

    /// Loads the lists that are due. Safe to drop half-way.
    ///
    /// # Errors
    /// When a list was never had and may be had by trying again.
    pub async fn prepare(&self, client: &GenesysClient, rank: Rank) -> Result<(), GenesysError> {
        let mut shelf = self.shelf.lock().await;
        // Each list once: one that is due again by the time that the others are here has its turn with the next page.
        let began_at = client.now();
        while let Some(kind) = shelf.due(began_at) {
            let pages = if kind.is_joined() { PAGES_MAX } else { PAGES_AT_ONCE };
            match list(client, rank, kind, pages, &mut shelf).await {
                Ok(true) => self.tell(&shelf),
                // The rest of it comes before the next page.
                Ok(false) => break,
                Err(error) if is_final(&error) => {
                    if shelf.refused(kind, client.now()) {
                        let (path, reason) = (path_of(kind), error.to_string());
                        tracing::warn!(path, reason, "names cannot be read; ids stand without them");
                    }
                }
                Err(error) => match shelf.failed(kind, client.now()) {
                    Failed::Again => return Err(error),
                    Failed::Without => {
                        let (path, reason) = (path_of(kind), error.to_string());
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
            let found = match look_up(client, rank, kind, &asked).await {
                Ok(found) => found,
                // What the platform refuses to tell has no name.
                Err(error) if is_final(&error) => Vec::new(),
                // What stands on no interaction holds none up.
                Err(_) if !kind.is_joined() => continue,
                Err(error) => return Err(error),
            };
            shelf.looked_up(kind, &asked, found, client.now());
        }
        self.tell(&shelf);
        let names = shelf.names();
        let (count, new) = shelf.note_unresolved(unresolved(rows, &ids, &names));
        client.counters().names_unresolved.store(count as u64, Ordering::Relaxed);
        for (kind, id) in new {
            let id: String = id.chars().take(ID_BYTES_MAX).collect();
            tracing::info!(list = kind.word(), id, "an id has no name; it stands by itself");
        }
        Ok(names)
    }
}

/// Reads a list, `pages` of it at most; answers whether that was all.
async fn list(
    client: &GenesysClient,
    rank: Rank,
    kind: Kind,
    pages: u64,
    shelf: &mut Shelf,
) -> Result<bool, GenesysError> {
    for _ in 0..pages {
        let number = shelf.next_page(kind);
        let path = format!("{}?{}pageNumber={number}&pageSize={PAGE_SIZE}", path_of(kind), selection(kind));
        let page = ask(client, rank, &path, number).await?;
        if page.more && number < PAGES_MAX {
            shelf.paged(kind, page.entities);
            continue;
        }
        let is_whole = !page.more;
        for asked in shelf.listed(kind, page.entities, client.now()) {
            // A list that was cut off says nothing of what it lacks; neither does a failure.
            if is_whole && let Ok(found) = look_up(client, rank, kind, &asked).await {
                shelf.confirmed(kind, &asked, found);
            }
        }
        return Ok(true);
    }
    Ok(false)
}

/// Without it, those who have left are not listed.
fn selection(kind: Kind) -> &'static str {
    if kind == Kind::User { "state=any&" } else { "" }
}

async fn look_up(
    client: &GenesysClient,
    rank: Rank,
    kind: Kind,
    asked: &[String],
) -> Result<Vec<(String, Entity)>, GenesysError> {
    let ids: String = url::form_urlencoded::byte_serialize(asked.join(",").as_bytes()).collect();
    let path = format!("{}?{}id={ids}&pageSize={PAGE_SIZE}", path_of(kind), selection(kind));
    ask(client, rank, &path, 1).await.map(|page| page.entities)
}

async fn ask(client: &GenesysClient, rank: Rank, path: &str, number: u64) -> Result<ListPage, GenesysError> {
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
