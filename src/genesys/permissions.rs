//! Which permission a path of the API needs, in the platform's own words. Pure.

/// Paths by their beginning, and the permission that reading there needs; what dialects need they say themselves.
const PERMISSIONS: [(&str, &str); 7] = [
    ("/api/v2/analytics/conversations/details", "analytics:conversationDetail:view"),
    ("/api/v2/analytics/conversations/aggregates", "analytics:conversationAggregate:view"),
    ("/api/v2/routing/queues", "routing:queue:view"),
    ("/api/v2/routing/wrapupcodes", "routing:wrapupCode:view"),
    ("/api/v2/routing/skills", "routing:skill:view"),
    ("/api/v2/routing/languages", "routing:language:view"),
    ("/api/v2/users", "directory:user:view"),
];

/// The permission that the OAuth client's role must have for this path; `None` for a path that needs none that is known.
#[must_use]
pub fn permission_of(path: &str) -> Option<&'static str> {
    PERMISSIONS.iter().find(|(beginning, _)| path.starts_with(beginning)).map(|(_, permission)| *permission)
}

/// What to do about a refusal of this path.
#[must_use]
pub fn way_out(path: &str) -> String {
    let permission = permission_of(path).map_or_else(|| "the permission that it names".to_owned(), str::to_owned);
    format!("grant {permission} to a role of the OAuth client, for the divisions that are to be read")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_has_the_permission_of_its_beginning() {
        let query = "/api/v2/analytics/conversations/details/query";
        assert_eq!(permission_of(query), Some("analytics:conversationDetail:view"));
        assert_eq!(permission_of("/api/v2/routing/wrapupcodes?pageSize=1"), Some("routing:wrapupCode:view"));
        assert!(way_out("/api/v2/date").contains("the permission that it names"));
    }
}
