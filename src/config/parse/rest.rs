//! `rest.*` of `[worker]` to its typed form. Pure.

use std::net::IpAddr;

use crate::config::problem::Problem;
use crate::config::rest::{BasicUser, RestConfig, RestTls};
use crate::config::validator::host_and_port;
use crate::config::values::Values;

const LISTEN: &str = "rest.listen";
const CERTIFICATE: &str = "rest.tls.certificate.file";
const KEY: &str = "rest.tls.key.file";
const USER: &str = "rest.basic.user";
const PASSWORD: &str = "rest.basic.password";
const ALLOW: &str = "rest.allow.plaintext";

/// Adds to `problems` what the settings of the REST interface say against each other.
pub fn check(values: &Values<'_>, problems: &mut Vec<Problem>) {
    for (one, other) in [(CERTIFICATE, KEY), (KEY, CERTIFICATE), (USER, PASSWORD), (PASSWORD, USER)] {
        if values.text(one).is_some() && !values.is_meant(other) {
            let text = format!("has no use without {other}; give that too, or remove this");
            problems.push(values.problem(one, text));
        }
    }
    let Some(listen) = values.text(LISTEN) else { return };
    let is_protected = values.is_meant(CERTIFICATE) && values.is_meant(USER);
    // What somebody meant to allow is told where that is wrong.
    let is_allowed = values.boolean(ALLOW) != Some(false);
    if !is_loopback(listen) && !is_protected && !is_allowed {
        let text = format!(
            "is \"{listen}\", which other machines reach: connectors could be changed by anyone, and passwords read on \
             the way; give {CERTIFICATE}, {KEY}, {USER} and {PASSWORD}, or listen at 127.0.0.1, or set {ALLOW} = true"
        );
        problems.push(values.problem(LISTEN, text));
    }
}

/// The typed form; `None` unless all that it needs is sound.
#[must_use]
pub fn build(values: &Values<'_>) -> Option<RestConfig> {
    let text = |name: &str| values.text(name).map(str::to_owned);
    let tls = match (text(CERTIFICATE), text(KEY)) {
        (Some(certificate_file), Some(key_file)) => Some(RestTls { certificate_file, key_file }),
        _ => None,
    };
    let basic = match (text(USER), values.secret(PASSWORD)) {
        (Some(user), Some(password)) => Some(BasicUser { user, password }),
        _ => None,
    };
    Some(RestConfig {
        listen: text(LISTEN),
        advertised_listen: text("rest.advertised.listen"),
        tls,
        basic,
        body_bytes_max: values.whole("rest.body.max.bytes")?,
        request_timeout: values.millis("rest.request.timeout.ms")?,
    })
}

/// Whether only this machine reaches the address. A name other than `localhost` may stand for anything.
fn is_loopback(listen: &str) -> bool {
    let host = host_and_port(listen).map_or(listen, |(host, _)| host);
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse::worker_alone;
    use crate::config::problem::Problems;
    use crate::config::toml_text;
    use crate::config::typed::WorkerConfig;

    fn worker(settings: &str) -> Result<WorkerConfig, Problems> {
        let mut problems = Vec::new();
        let text = format!("[worker]\nbootstrap.servers = \"a:1\"\n{settings}");
        let file = toml_text::read("x.toml", &text, &|_| Ok("hunter2".to_owned()), &mut problems);
        worker_alone(&file, problems)
    }

    fn refused(settings: &str) -> Vec<String> {
        worker(settings)
            .unwrap_err()
            .list()
            .iter()
            .map(|problem| format!("{}: {}", problem.key, problem.text))
            .collect()
    }

    const TLS: &str = "rest.tls.certificate.file = \"/c\"\nrest.tls.key.file = \"/k\"\n";
    const BASIC: &str = "rest.basic.user = \"me\"\nrest.basic.password = \"${env:PASSWORD}\"\n";

    #[test]
    fn what_is_not_said_has_its_default() {
        assert_eq!(worker("").unwrap().rest, RestConfig::default());
    }

    #[test]
    fn an_address_that_others_reach_needs_tls_and_a_user_or_a_word() {
        for loopback in ["127.0.0.1:8083", "localhost:0", "[::1]:8083", "127.9.9.9:1"] {
            assert!(worker(&format!("rest.listen = \"{loopback}\"")).is_ok(), "{loopback}");
        }
        for open in ["0.0.0.0:8083", "[::]:8083", "worker-1:8083", "10.0.0.1:8083"] {
            let listen = format!("rest.listen = \"{open}\"\n");
            for too_little in ["", TLS, BASIC] {
                let found = refused(&format!("{listen}{too_little}"));
                assert!(found.len() == 1 && found[0].starts_with("rest.listen: is "), "{open} {found:?}");
                assert!(found[0].contains("rest.allow.plaintext = true"), "{found:?}");
            }
            let rest = worker(&format!("{listen}{TLS}{BASIC}")).unwrap().rest;
            assert_eq!(rest.basic.unwrap().password.reveal(), "hunter2");
            assert!(worker(&format!("{listen}rest.allow.plaintext = true")).is_ok());
        }
    }

    #[test]
    fn halves_of_a_pair_have_no_use() {
        for (half, other) in [
            ("rest.tls.key.file = \"/k\"", CERTIFICATE),
            ("rest.tls.certificate.file = \"/c\"", KEY),
            ("rest.basic.user = \"me\"", PASSWORD),
            ("rest.basic.password = \"${env:PASSWORD}\"", USER),
        ] {
            let found = refused(half);
            assert!(found.len() == 1 && found[0].contains(&format!("without {other}")), "{found:?}");
        }
    }

    #[test]
    fn the_password_is_not_in_the_debug_form() {
        let text = format!("{:?}", worker(BASIC).unwrap());
        assert!(text.contains("rest: RestConfig") && !text.contains("hunter2"), "{text}");
    }
}
