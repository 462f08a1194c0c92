//! What a refusal of aggregates means, and what helps. Pure.

use crate::genesys::error::GenesysError;
use crate::genesys::{permissions, way_out};

/// Where the real platform serves them; the guides' host names no permission of its own that exists.
const AGGREGATES: &str = "/api/v2/analytics/conversations/aggregates";

/// A sentence on what helps; `None` where the error says it all.
#[must_use]
pub fn advice(error: &GenesysError) -> Option<String> {
    let advice = match error {
        GenesysError::BadRequest { told } if [404, 405].contains(&told.status) => {
            "this host serves no aggregates in this shape; genesys.aggregates says which shape is asked for".to_owned()
        }
        GenesysError::BadRequest { .. } => {
            "the range must begin before it ends and not be too long for the platform, and the grain must fit it; ask \
             for less time at once, or for a coarser grain"
                .to_owned()
        }
        GenesysError::Forbidden { .. } => {
            format!("the OAuth client lacks a permission: {}, and ask again", permissions::way_out(AGGREGATES))
        }
        GenesysError::LoginRefused { .. } => "check genesys.client.id and genesys.client.secret".to_owned(),
        _ => return way_out::of(error).map(str::to_owned),
    };
    Some(advice)
}
