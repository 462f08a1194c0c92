//! Text that is never printed, and where it came from. Pure.

use super::placeholder::{self, Lookup};

/// A secret: its `Debug` is blank, and it has no `Display`.
#[derive(Clone)]
pub struct Secret {
    text: String,
    // As it stands in the settings, where that has placeholders.
    written: Option<String>,
}

/// Two secrets are equal when their texts are, wherever they came from.
impl PartialEq for Secret {
    fn eq(&self, other: &Secret) -> bool {
        self.text == other.text
    }
}

impl Eq for Secret {}

impl Secret {
    /// Wraps the secret's text.
    #[must_use]
    pub fn new(text: String) -> Secret {
        Secret { text, written: None }
    }

    /// A secret that was read through the placeholders in `written`, if there are any.
    #[must_use]
    pub fn read_through(text: String, written: &str) -> Secret {
        Secret { text, written: written.contains("${").then(|| written.to_owned()) }
    }

    /// The text itself, for the one place that sends it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// What its placeholders stand for now; a secret without any stays what it is.
    ///
    /// # Errors
    /// Why a placeholder points at nothing, without any value in the text.
    pub fn read_again(&self, lookup: Lookup<'_>) -> Result<Secret, String> {
        let Some(written) = &self.written else { return Ok(self.clone()) };
        let text = placeholder::expand(written, lookup).map_err(|problems| problems.join("; "))?;
        match text.trim() {
            "" => Err("its placeholders stand for an empty text".to_owned()),
            text => Ok(Secret { text: text.to_owned(), written: self.written.clone() }),
        }
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("[hidden]")
    }
}

/// What an OAuth client proves itself with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCredentials {
    /// Client id.
    pub id: String,
    /// Its secret.
    pub secret: Secret,
}

#[cfg(test)]
mod tests {
    use super::super::placeholder::Reference;
    use super::*;

    #[test]
    fn a_secret_is_read_again_where_it_came_from_and_one_that_stands_in_the_settings_stays() {
        let changed = |_: &Reference| Ok(" second \n".to_owned());
        let gone = |_: &Reference| Err("it is not set".to_owned());
        let read = Secret::read_through("first".to_owned(), "${env:SECRET}");
        assert_eq!(read.read_again(&changed).unwrap().reveal(), "second");
        assert_eq!(read.read_again(&gone).unwrap_err(), "cannot resolve ${env:SECRET}: it is not set");
        assert!(read.read_again(&|_: &Reference| Ok(String::new())).is_err());
        assert_eq!(Secret::read_through("first".to_owned(), "first").read_again(&gone).unwrap().reveal(), "first");
        assert_eq!(format!("{read:?}"), "[hidden]");
    }
}
