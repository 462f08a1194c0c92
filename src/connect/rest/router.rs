//! The table of endpoints as routes. Edge.

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request};
use axum::http::StatusCode;
use axum::routing::{MethodFilter, MethodRouter};

use super::answer::{http_error, not_allowed, options};
use super::dispatch::{Rest, dispatch};
use super::endpoints::{allowed, of_path, paths};
use super::guard;
use crate::config::rest::RestConfig;
use crate::connect::herder::Herder;
use crate::connect::loggers::Loggers;

/// Everything that is served: Connect's interface, and what `beside` answers elsewhere. The page at `beside`'s `/status`
/// is also that of `/` for whoever prefers a page.
///
/// # Errors
/// When the machine has no randomness to give, which the user's password is compared with.
pub fn router(
    herder: Arc<dyn Herder>,
    loggers: Arc<Loggers>,
    config: &RestConfig,
    beside: Router,
) -> Result<Router, String> {
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let rest = Arc::new(Rest { herder, loggers, scheme, body_bytes_max: config.body_bytes_max });
    let not_found = || async { http_error(StatusCode::NOT_FOUND) };
    let others = || async { http_error(StatusCode::METHOD_NOT_ALLOWED) };
    let beside = beside.fallback(not_found).method_not_allowed_fallback(others);
    let mut routes = Router::new();
    for path in paths() {
        routes = routes.route(path, of_one_path(path, &rest));
    }
    guard::around(routes.fallback_service(beside), config)
}

fn of_one_path(path: &'static str, rest: &Arc<Rest>) -> MethodRouter {
    let mut methods = MethodRouter::new();
    for endpoint in of_path(path) {
        let (operation, rest) = (endpoint.operation, rest.clone());
        let answer = move |params: Result<RawPathParams, RawPathParamsRejection>, request: Request| {
            let rest = rest.clone();
            async move { dispatch(operation, &rest, params, request).await }
        };
        // A method of the table that is none of HTTP's own is a fault that the router's tests would see.
        if let Ok(filter) = MethodFilter::try_from(endpoint.method.clone()) {
            methods = methods.on(filter, answer);
        }
    }
    let methods = methods.on(MethodFilter::OPTIONS, move || async move { options(&allowed(path)) });
    methods.fallback(move || async move { not_allowed(&allowed(path)) })
}
