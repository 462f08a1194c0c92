//! What to do about a platform that does not answer as it must, in the same words wherever it is met. Pure.

use super::error::GenesysError;

/// About one that cannot be reached.
pub const NOT_REACHED: &str = "check genesys.region, or genesys.api.url and genesys.login.url, and the way there (name \
                               service, proxy, firewall)";

/// What to do about an error, whatever was asked; `None` where that depends on what was asked, or the error says it
/// itself.
#[must_use]
pub fn of(error: &GenesysError) -> Option<&'static str> {
    match error {
        GenesysError::Transient { .. } => Some(NOT_REACHED),
        GenesysError::RateLimited { .. } => Some(
            "the platform's budget is spent, and stayed so: wait, or lower quota.requests.per.second of what runs beside",
        ),
        GenesysError::Unavailable { .. } | GenesysError::QueryFailed { .. } => {
            Some("the platform is in trouble: ask again later")
        }
        GenesysError::AuthExpired { .. } => Some(
            "the host does not take its login's token: check that genesys.api.url and genesys.login.url belong together",
        ),
        GenesysError::Strange { .. } => Some("check genesys.api.url: this does not answer as the platform does"),
        GenesysError::TooLarge { .. } => Some("set genesys.http.body.max.bytes higher, or extract.page.size lower"),
        GenesysError::TooMuch { .. } => Some("ask for less time at once: set extract.slice.ms lower"),
        GenesysError::LoginRefused { .. }
        | GenesysError::TokenGone { .. }
        | GenesysError::ColumnsRefused { .. }
        | GenesysError::BadRequest { .. }
        | GenesysError::Forbidden { .. }
        | GenesysError::BadBody(_) => None,
    }
}
