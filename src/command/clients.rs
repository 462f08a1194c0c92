//! One budget for all sources of a process that log in as the same OAuth client. Edge.

use crate::config::typed::SourceConfig;
use crate::genesys::client::{ClientError, GenesysClient};
use crate::genesys::turns::Asker;

/// Whether both log in at the same place as the same client: the platform counts their requests together.
fn same_client(one: &SourceConfig, other: &SourceConfig) -> bool {
    (&one.login_url, &one.client_id) == (&other.login_url, &other.client_id)
}

/// A client for each source, in their order. Those that are counted together share a budget, of the lowest rate and the
/// longest window that any of them is set to, and take turns in it.
///
/// # Errors
/// As [`ClientError`] says.
pub fn clients_of(sources: &[SourceConfig]) -> Result<Vec<GenesysClient>, ClientError> {
    let mut clients: Vec<GenesysClient> = Vec::with_capacity(sources.len());
    for (position, source) in sources.iter().enumerate() {
        let together = || sources.iter().filter(|other| same_client(source, other));
        let lowest = together().map(|one| one.quota_requests_per_second).fold(f64::INFINITY, f64::min);
        let longest = together().map(|one| one.quota_window).max().unwrap_or(source.quota_window);
        let budget = SourceConfig { quota_requests_per_second: lowest, quota_window: longest, ..source.clone() };
        let client = GenesysClient::new(&budget)?;
        let before = || sources[..position].iter().zip(&clients).filter(|(other, _)| same_client(source, other));
        let tasks: usize = before().map(|(other, _)| other.partitions.len()).sum();
        let askers = Asker::try_from(tasks).unwrap_or(Asker::MAX);
        clients.push(match before().next() {
            Some((_, first)) => client.beside(first, askers),
            None => client,
        });
    }
    Ok(clients)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::genesys::fixture::offline_config;

    #[test]
    fn only_sources_of_the_same_client_send_by_one_budget() {
        let source = |id: &str| SourceConfig { client_id: id.to_owned(), ..offline_config() };
        crate::runtime::tls::install_provider();
        let clients = clients_of(&[source("a"), source("b"), source("a")]).unwrap();
        let share = |one: usize, other: usize| clients[one].has_budget_of(&clients[other]);
        assert_eq!((share(0, 2), share(0, 1), share(1, 2)), (true, false, false));
    }
}
