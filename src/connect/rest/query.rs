//! The part of a request's address behind the question mark. Pure.

use url::form_urlencoded;

/// Its parameters, in order; one may stand there more than once.
#[derive(Clone, Debug, Default)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn read(text: Option<&str>) -> Query {
        Query(form_urlencoded::parse(text.unwrap_or_default().as_bytes()).into_owned().collect())
    }

    /// All values of a parameter.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// A switch. As in Connect, what is not `true` is false.
    pub(super) fn flag(&self, name: &str, default: bool) -> bool {
        self.all(name).next().map_or(default, |value| value.eq_ignore_ascii_case("true"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_repeat_and_switches_are_true_or_not() {
        let query = Query::read(Some("expand=status&a=TRUE&expand=in%66o&b=perhaps&c"));
        assert_eq!(query.all("expand").collect::<Vec<_>>(), ["status", "info"]);
        assert!(query.flag("a", false) && !query.flag("b", true) && !query.flag("c", true));
        assert!(query.flag("d", true) && !Query::read(None).flag("d", false));
    }
}
