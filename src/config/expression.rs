//! Whether a text is an expression of the Common Expression Language over a leg's fields. Pure; the language is a library's.

use cel::Program;

/// The fields of a leg that an expression may name; what each of them is stands in `timeline::custom`.
pub const VARIABLES: [&str; 46] = [
    "abandoned_at",
    "active_agent_ms",
    "answered_at",
    "arrival",
    "contact_direction",
    "contacting_ms",
    "customer_hold_ms",
    "dialing_ms",
    "direction",
    "elapsed_agent_ms",
    "end",
    "flow_out_at",
    "genesys_handle_ms",
    "handle_mismatch_ms",
    "handle_ms",
    "kept",
    "language",
    "media_reported",
    "media_type",
    "offered",
    "parts_known",
    "queue_excluded",
    "queue_id",
    "queue_name",
    "reported_handle_ms",
    "resolved",
    "service_level_of",
    "service_level_target_ms",
    "service_level_within",
    "short_abandoned",
    "skill_set",
    "sla_breach",
    "source",
    "start",
    "system_hold_ms",
    "talk_ms",
    "transfer_row",
    "transferred_in_at",
    "transfers_out",
    "user_id",
    "wait_ms",
    "weight",
    "weight_gap",
    "wrap_ms",
    "wrapup_code_id",
    "wrapup_code_name",
];

/// Checks the syntax of an expression, and that it names fields of a leg only.
///
/// # Errors
/// What is wrong with it, in one line.
pub fn check(text: &str) -> Result<(), String> {
    let program = Program::compile(text).map_err(|error| error.to_string().lines().collect::<Vec<_>>().join(" "))?;
    let references = program.references();
    let mut unknown: Vec<&str> = references.variables().into_iter().filter(|name| !VARIABLES.contains(name)).collect();
    unknown.sort_unstable();
    if unknown.is_empty() { Ok(()) } else { Err(format!("{} is no field of a leg", unknown.join(", "))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_is_sound_when_it_parses_and_names_fields_of_a_leg() {
        for text in ["talk_ms", "kept ? handle_ms : 0", "1", "media_type == \"VOICE\" && talk_ms > 5000"] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
        assert_eq!(check("tlk_ms + wrap_ms"), Err("tlk_ms is no field of a leg".to_owned()));
        assert!(check("talk_ms +").is_err());
    }
}
