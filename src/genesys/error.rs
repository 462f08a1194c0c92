//! Why the platform gave no page, by what the caller does about it. Pure.

use serde::Deserialize;

use super::wire::WireError;

/// What the platform said in a refusal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// HTTP status.
    pub status: u16,
    /// The platform's code, as `bad.request`; empty for none.
    pub code: String,
    /// The platform's own text; the body's beginning where it has none.
    pub message: String,
    /// The id that the platform's support asks for; empty for none.
    pub context_id: String,
}

/// Characters of a foreign body that are kept as its text. Too small: the reason is cut off; too large: a page of HTML
/// fills the log.
const TEXT_CHARS_MAX: usize = 300;

/// The platform's error body, and OAuth's.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    message: Option<String>,
    code: Option<String>,
    #[serde(rename = "contextId")]
    context_id: Option<String>,
    error: Option<serde_json::Value>,
    error_description: Option<String>,
    description: Option<String>,
}

impl Told {
    /// Reads a refusal's body; `correlation_id` is the header's and serves when the body has no `contextId`.
    #[must_use]
    pub fn from_body(status: u16, body: &[u8], correlation_id: Option<&str>) -> Told {
        let read: ErrorBody = serde_json::from_slice(body).unwrap_or_default();
        let text = String::from_utf8_lossy(body);
        let short = |text: &str| text.chars().take(TEXT_CHARS_MAX).collect::<String>();
        let error = read.error.as_ref().and_then(serde_json::Value::as_str).map(str::to_owned);
        let message =
            read.message.or(read.error_description).or(read.description).unwrap_or_else(|| short(text.trim()));
        Told {
            status,
            code: read.code.or(error).unwrap_or_default(),
            message: short(&message),
            context_id: read.context_id.or(correlation_id.map(str::to_owned)).unwrap_or_default(),
        }
    }

    /// Whether the text or the code contains `word`.
    #[must_use]
    pub fn names(&self, word: &str) -> bool {
        self.message.contains(word) || self.code.contains(word)
    }
}

impl std::fmt::Display for Told {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "status {}", self.status)?;
        if !self.code.is_empty() {
            write!(out, ", {}", self.code)?;
        }
        if !self.message.is_empty() {
            write!(out, ": {}", self.message)?;
        }
        if !self.context_id.is_empty() {
            write!(out, " (context id {})", self.context_id)?;
        }
        Ok(())
    }
}

/// What to do about a login that was refused.
fn way_out(told: &Told) -> &'static str {
    match (told.status, told.code.as_str()) {
        (_, "invalid_client") => {
            "check genesys.client.id and genesys.client.secret, that the OAuth client is active, and that the region is \
             that of its organisation"
        }
        (_, "unsupported_grant_type" | "unauthorized_client" | "invalid_grant") => {
            "make an OAuth client whose grant type is Client Credentials"
        }
        (404 | 405, _) => "this is no login host: check genesys.region or genesys.login.url",
        (403, _) => "the host does not let this machine in: check the organisation's allowed addresses",
        _ => "check genesys.client.id, genesys.client.secret, and genesys.region or genesys.login.url",
    }
}

/// The cause of an error of the network library, kept opaque.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum GenesysError {
    /// Slow down: 429.
    #[error("the platform limits the rate of requests: {told}")]
    RateLimited {
        /// What the platform asked to wait.
        retry_after_ms: Option<u64>,
        /// What it said.
        told: Told,
    },
    /// Try again: a 5xx.
    #[error("the platform is in trouble: {told}")]
    Unavailable {
        /// What the platform asked to wait.
        retry_after_ms: Option<u64>,
        /// What it said.
        told: Told,
    },
    /// Try again: no connection, a timeout, an answer that broke off.
    #[error("{doing} failed")]
    Transient {
        /// What was being tried.
        doing: &'static str,
        /// The network's reason.
        #[source]
        cause: Cause,
    },
    /// The login had expired; it has been renewed, so try again at once.
    #[error("the login had expired: {told}")]
    AuthExpired {
        /// What the platform said.
        told: Told,
    },
    /// The client id or its secret is wrong, or the client may not log in.
    #[error("the platform refuses the login: {told}; {}", way_out(told))]
    LoginRefused {
        /// What the platform said.
        told: Told,
    },
    /// The page token is gone: begin again at the last published instant.
    #[error("the page token is gone: {told}")]
    TokenGone {
        /// What the platform said.
        told: Told,
    },
    /// The platform does not know a column that was asked for; the next request asks for fewer.
    #[error("the platform does not know a column: {told}")]
    ColumnsRefused {
        /// What the platform said.
        told: Told,
    },
    /// The request is wrong: 400, 404, 405, 413, 415, 422.
    #[error("the platform refuses the request: {told}")]
    BadRequest {
        /// What the platform said.
        told: Told,
    },
    /// The client lacks a permission: 403.
    #[error("the platform forbids the request: {told}{help}")]
    Forbidden {
        /// What the platform said.
        told: Told,
        /// Which permission is missing and how to give it, where that is known; else nothing.
        help: &'static str,
    },
    /// A status that the protocol has no place for.
    #[error("the platform answered strangely: {told}")]
    Strange {
        /// What the platform said.
        told: Told,
    },
    /// The answer is not what the dialect says.
    #[error("an answer could not be read")]
    BadBody(#[from] WireError),
    /// The query selects more than the platform gives of one query: ask for less time at once.
    #[error("the platform gives only a part of what was asked for: {reason}")]
    TooMuch {
        /// What showed it.
        reason: String,
    },
    /// The platform took the query and came to no result: ask anew.
    #[error("the platform could not answer the query: {reason}")]
    QueryFailed {
        /// What it said.
        reason: String,
    },
    /// The answer is longer than `genesys.http.body.max.bytes`.
    #[error("an answer is longer than {body_bytes_max} bytes")]
    TooLarge {
        /// The limit.
        body_bytes_max: usize,
    },
}

impl GenesysError {
    /// One word for counters, `slices` and logs.
    #[must_use]
    pub fn class(&self) -> &'static str {
        match self {
            GenesysError::RateLimited { .. } => "rate_limited",
            GenesysError::Unavailable { .. } => "unavailable",
            GenesysError::Transient { .. } => "transient",
            GenesysError::AuthExpired { .. } => "auth_expired",
            GenesysError::LoginRefused { .. } => "login_refused",
            GenesysError::TokenGone { .. } => "token_gone",
            GenesysError::ColumnsRefused { .. } => "columns_refused",
            GenesysError::BadRequest { .. } => "bad_request",
            GenesysError::Forbidden { .. } => "forbidden",
            GenesysError::Strange { .. } => "strange",
            GenesysError::BadBody(_) => "bad_body",
            GenesysError::TooMuch { .. } => "too_much",
            GenesysError::QueryFailed { .. } => "query_failed",
            GenesysError::TooLarge { .. } => "too_large",
        }
    }

    /// The least to wait before trying again, as the platform asked.
    #[must_use]
    pub fn retry_after_ms(&self) -> Option<u64> {
        match self {
            GenesysError::RateLimited { retry_after_ms, .. } | GenesysError::Unavailable { retry_after_ms, .. } => {
                *retry_after_ms
            }
            _ => None,
        }
    }

    /// Whether trying again at once makes sense, the first time: the cause is already repaired.
    #[must_use]
    pub fn repaired(&self) -> bool {
        matches!(self, GenesysError::AuthExpired { .. } | GenesysError::ColumnsRefused { .. })
    }

    /// Whether the same request may be answered later, as it stands.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            GenesysError::RateLimited { .. }
                | GenesysError::Unavailable { .. }
                | GenesysError::Transient { .. }
                | GenesysError::AuthExpired { .. }
        )
    }

    /// Whether what was asked about may be fine, although no answer says so.
    #[must_use]
    pub fn leaves_open(&self) -> bool {
        self.is_passing() || matches!(self, GenesysError::BadBody(_))
    }

    /// Whether the settings are wrong, when it happens before anything ever worked.
    #[must_use]
    pub fn is_configuration(&self) -> bool {
        matches!(
            self,
            GenesysError::LoginRefused { .. } | GenesysError::BadRequest { .. } | GenesysError::Forbidden { .. }
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_platforms_text_code_and_context_id_are_carried() {
        let body = br#"{"message":"Rate limit exceeded","code":"too.many.requests.retry.after","status":429,"contextId":"c-1","details":[],"errors":[]}"#;
        let told = Told::from_body(429, body, Some("other"));
        assert_eq!(told.to_string(), "status 429, too.many.requests.retry.after: Rate limit exceeded (context id c-1)");
    }

    #[test]
    fn a_login_refusal_has_oauths_shape() {
        let body = br#"{"error":"invalid_client","description":"authentication failed","error_description":"authentication failed"}"#;
        let told = Told::from_body(401, body, None);
        assert_eq!(told.to_string(), "status 401, invalid_client: authentication failed");
    }

    #[test]
    fn a_foreign_body_is_kept_short() {
        let told = Told::from_body(502, "<html>".repeat(1_000).as_bytes(), Some("id-9"));
        assert_eq!(told.message.chars().count(), TEXT_CHARS_MAX);
        assert_eq!(told.context_id, "id-9");
    }
}
