//! Which step of a query that is answered later a request takes. Pure.

use serde::Deserialize;

/// What the path of a request ends with that submits a query.
const SUBMISSIONS: [&str; 2] = ["/conversations/details/query", "/conversations/details/jobs"];

/// Below which paths queries live.
const QUERIES: [&str; 2] = ["/analytics/report-queries/", "/conversations/details/jobs/"];

/// A step of a query that is answered later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Requested {
    /// It is submitted.
    Submit,
    /// It is asked how far it is.
    Look,
    /// A page of it is read.
    Page,
    /// It is deleted.
    Delete,
    /// It is asked up to when there is everything.
    Availability,
}

impl Requested {
    /// The step that a request takes; `None` for any other request.
    #[must_use]
    pub fn of(method: &str, path: &str) -> Option<Requested> {
        let query = QUERIES.iter().find_map(|below| Some(path.split_once(below)?.1));
        match (method, query) {
            ("POST", None) if SUBMISSIONS.iter().any(|end| path.ends_with(end)) => Some(Requested::Submit),
            ("GET", Some("availability")) => Some(Requested::Availability),
            ("GET", Some(rest)) if rest.ends_with("/results") => Some(Requested::Page),
            ("GET", Some(_)) => Some(Requested::Look),
            ("DELETE", Some(_)) => Some(Requested::Delete),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_of_reports_and_jobs_is_told_from_the_others() {
        let (reports, jobs) = ("/api/v2/analytics/report-queries", "/api/v2/analytics/conversations/details/jobs");
        let submit = "/api/v2/analytics/conversations/details/query";
        for (method, path, expected) in [
            ("POST", submit.to_owned(), Some(Requested::Submit)),
            ("POST", jobs.to_owned(), Some(Requested::Submit)),
            ("GET", format!("{jobs}/availability"), Some(Requested::Availability)),
            ("GET", format!("{reports}/q-1"), Some(Requested::Look)),
            ("GET", format!("{jobs}/q-1"), Some(Requested::Look)),
            ("GET", format!("{reports}/q-1/results"), Some(Requested::Page)),
            ("DELETE", format!("{jobs}/q-1"), Some(Requested::Delete)),
            ("GET", "/api/v2/routing/queues".to_owned(), None),
        ] {
            assert_eq!(Requested::of(method, &path), expected, "{method} {path}");
        }
    }
}
