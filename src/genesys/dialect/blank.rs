//! Interactions of which nothing is known yet: what a reader does not say is absent. Pure.

use crate::domain::interaction::{Interaction, InteractionStatus};
use crate::domain::media::Dialect;
use crate::domain::time::InstantMs;

/// An interaction without legs. Tenant, version and hash are for the one who knows them.
pub(super) fn interaction(id: String, source: Dialect, start: InstantMs, raw: String) -> Interaction {
    Interaction {
        org_id: String::new(),
        interaction_id: id,
        conversation_id: None,
        source,
        version: 0,
        extracted_at: 0,
        content_hash: 0,
        status: InteractionStatus::Open,
        start,
        end: None,
        legs: Vec::new(),
        direction: None,
        contact_hash: None,
        transfers: Vec::new(),
        dispositions: Vec::new(),
        raw,
    }
}
