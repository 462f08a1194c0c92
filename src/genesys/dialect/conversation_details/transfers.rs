//! The transfers that an agent's session made, and how: by its counters, else by how it ended. Pure.

use super::record::Session;
use crate::domain::interaction::InteractionTransfer;
use crate::domain::time::InstantMs;
use crate::domain::transfer::TransferKind;

/// Transfers of one session that are believed.
const TRANSFERS_MAX: i64 = 1_000;

/// The transfers of a session of this agent; one whose counter says no time is placed at the session's end.
///
/// # Errors
/// When a counter cannot be meant.
pub(super) fn transfers(
    session: &Session,
    session_id: Option<&str>,
    user_id: Option<&str>,
    conversation_start: InstantMs,
) -> Result<Vec<InteractionTransfer>, String> {
    let total = session.sum("nTransferred").unwrap_or(0);
    if TRANSFERS_MAX < total {
        return Err(format!("nTransferred is at most {TRANSFERS_MAX} in a session"));
    }
    let latest = session.segments.iter().map(|segment| segment.end.unwrap_or(segment.start)).max();
    let ended = latest.unwrap_or(conversation_start);
    let mut made = Vec::new();
    let mut times: Vec<Option<InstantMs>> =
        session.metrics.iter().filter(|metric| metric.name == "nTransferred").map(|metric| metric.emitted_at).collect();
    times.dedup();
    for at in times {
        let count = |name: &str| -> i64 {
            let of_then = session.metrics.iter().filter(|metric| metric.name == name && metric.emitted_at == at);
            of_then.map(|metric| metric.value).fold(0, i64::saturating_add)
        };
        let (consult, blind) = (count("nConsultTransferred"), count("nBlindTransferred"));
        for number in 0..count("nTransferred") {
            let kind = if session.sum("nConsultTransferred") == Some(total) || number < consult {
                TransferKind::Consult
            } else if session.sum("nBlindTransferred") == Some(total) || number < consult.saturating_add(blind) {
                TransferKind::Blind
            } else {
                by_ending(session)
            };
            made.push(InteractionTransfer {
                at: at.unwrap_or(ended),
                kind,
                session_id: session_id.map(str::to_owned),
                user_id: user_id.map(str::to_owned),
                to_queue_id: None,
                to_user_id: None,
            });
        }
    }
    Ok(made)
}

fn by_ending(session: &Session) -> TransferKind {
    match session.segments.iter().filter_map(|segment| segment.disconnect_type.as_deref()).last() {
        Some("consultTransfer") => TransferKind::Consult,
        Some("transfer") => TransferKind::Blind,
        _ => TransferKind::Unknown,
    }
}
