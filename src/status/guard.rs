//! Whether a request that changes something comes from the page itself. Pure.
//!
//! A page of somebody else can make a browser send a form to this process. It cannot choose the headers by which browsers
//! say where a form comes from, and it does not know the token that the page carries.

/// What a browser says of where a request comes from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Said<'a> {
    /// `Host`.
    pub host: Option<&'a str>,
    /// `Origin`.
    pub origin: Option<&'a str>,
    /// `Sec-Fetch-Site`.
    pub site: Option<&'a str>,
}

/// Why a request is refused; `None` when it comes from the page. Without any word of where it comes from it is refused: a
/// person at a terminal has `handletime slices retry`.
#[must_use]
pub fn refusal(said: Said<'_>, token: Option<&str>, own: &str) -> Option<&'static str> {
    if said.site.is_some_and(|site| site != "same-origin") {
        return Some("the request comes from another site");
    }
    match (said.origin, said.host) {
        (Some(origin), Some(host)) => {
            let of = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
            if of != Some(host) {
                return Some("the request comes from another site");
            }
        }
        (Some(_), None) => return Some("the request names no host"),
        (None, _) if said.site.is_none() => return Some("the request does not say where it comes from"),
        (None, _) => {}
    }
    let known = token.is_some_and(|token| same(token.as_bytes(), own.as_bytes()));
    (!known).then_some("the page that sent this is of an earlier start of the process: load it again")
}

/// Compares without telling by the time that it takes how much is equal.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_page_itself_with_its_token_may_ask() {
        let host = Some("ops.example:8083");
        let same = |scheme: &str| format!("{scheme}://ops.example:8083");
        let (http, https) = (same("http"), same("https"));
        for (origin, site, token, is_taken) in [
            (Some(http.as_str()), Some("same-origin"), Some("secret"), true),
            (Some(https.as_str()), None, Some("secret"), true),
            (None, Some("same-origin"), Some("secret"), true),
            (None, None, Some("secret"), false),
            (Some("null"), None, Some("secret"), false),
            (Some("http://evil.example"), None, Some("secret"), false),
            (Some("http://ops.example:8083.evil.example"), None, Some("secret"), false),
            (Some(http.as_str()), Some("cross-site"), Some("secret"), false),
            (Some(http.as_str()), Some("same-site"), Some("secret"), false),
            (Some(http.as_str()), Some("same-origin"), Some("Secret"), false),
            (Some(http.as_str()), Some("same-origin"), Some(""), false),
            (Some(http.as_str()), Some("same-origin"), None, false),
        ] {
            let refused = refusal(Said { host, origin, site }, token, "secret");
            assert_eq!(refused.is_none(), is_taken, "{origin:?} {site:?} {token:?}: {refused:?}");
        }
        assert!(refusal(Said { host: None, origin: Some("http://a"), site: None }, Some("secret"), "secret").is_some());
    }
}
