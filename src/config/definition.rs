//! What a setting is: the one declaration that the file, REST validation, `check` and the reference page read. Pure.
//!
//! A [`Definition`] knows nothing of files or of the typed structs; it judges one text at a time.

use super::validator::Validator;

/// Type of a setting, in Kafka Connect's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`.
    Boolean,
    /// Name of a connector class.
    Class,
    /// Decimal number.
    Double,
    /// Whole number of 32 bits.
    Int,
    /// Texts separated by commas; empty text is the empty list.
    List,
    /// Whole number of 64 bits.
    Long,
    /// Text that is never printed.
    Password,
    /// Text.
    String,
}

impl Kind {
    /// The word that Connect's REST answers use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Kind::Boolean => "BOOLEAN",
            Kind::Class => "CLASS",
            Kind::Double => "DOUBLE",
            Kind::Int => "INT",
            Kind::List => "LIST",
            Kind::Long => "LONG",
            Kind::Password => "PASSWORD",
            Kind::String => "STRING",
        }
    }
}

/// How likely it is that somebody has to think about the setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Importance {
    /// Nearly everybody.
    High,
    /// Those who tune.
    Medium,
    /// Hardly anybody.
    Low,
}

impl Importance {
    /// The word that Connect's REST answers use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Importance::High => "HIGH",
            Importance::Medium => "MEDIUM",
            Importance::Low => "LOW",
        }
    }
}

/// What a changed value touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The running process only: takes effect at the next start.
    Run,
    /// What is already stored: fixed once the topics or the source offsets exist.
    Stored,
    /// The numbers: part of `rules_version`.
    Rules,
}

impl Scope {
    /// The sentence of the reference page.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Scope::Run => "at the next start",
            Scope::Stored => "fixed once topics and offsets exist",
            Scope::Rules => "changes numbers: part of `rules_version`",
        }
    }
}

/// The part of a setting's values that this version can do; the rest is refused by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Only {
    /// The values that work; none: the setting is refused whatever its value.
    pub values: &'static [&'static str],
    /// Why, and what to do instead.
    pub reason: &'static str,
}

/// One setting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Definition {
    /// The key. A name that ends in `.*` stands for every key that begins with what is before the star.
    pub name: &'static str,
    /// Type of the value.
    pub kind: Kind,
    /// Value when the key is absent; `None`: no value, or one that follows from other settings.
    pub default: Option<&'static str>,
    /// Whether the key has to be there.
    pub required: bool,
    /// What the value must satisfy besides its type.
    pub validator: Validator,
    /// Who has to think about it.
    pub importance: Importance,
    /// Heading on the reference page.
    pub group: &'static str,
    /// Unit of the value, where it has one.
    pub unit: Option<&'static str>,
    /// What it is for, in a sentence without its full stop.
    pub sentence: &'static str,
    /// What a changed value touches.
    pub scope: Scope,
    /// What this version can do of it; `None`: all.
    pub only: Option<Only>,
}

impl Definition {
    /// A setting without default that may be left out; the methods below say the rest.
    #[must_use]
    pub const fn new(name: &'static str, kind: Kind, group: &'static str, sentence: &'static str) -> Definition {
        Definition {
            name,
            kind,
            default: None,
            required: false,
            validator: Validator::Any,
            importance: Importance::Medium,
            group,
            unit: None,
            sentence,
            scope: Scope::Run,
            only: None,
        }
    }

    /// With this value when the key is absent.
    #[must_use]
    pub const fn default(mut self, value: &'static str) -> Definition {
        self.default = Some(value);
        self
    }

    /// The key has to be there.
    #[must_use]
    pub const fn required(mut self) -> Definition {
        self.required = true;
        self
    }

    /// The value has to satisfy this.
    #[must_use]
    pub const fn valid(mut self, validator: Validator) -> Definition {
        self.validator = validator;
        self
    }

    /// Of this importance; else medium.
    #[must_use]
    pub const fn importance(mut self, importance: Importance) -> Definition {
        self.importance = importance;
        self
    }

    /// In this unit.
    #[must_use]
    pub const fn unit(mut self, unit: &'static str) -> Definition {
        self.unit = Some(unit);
        self
    }

    /// A changed value touches this; else the running process only.
    #[must_use]
    pub const fn scope(mut self, scope: Scope) -> Definition {
        self.scope = scope;
        self
    }

    /// This version can only do these values of it; `reason` says why and what to do instead.
    #[must_use]
    pub const fn only(mut self, values: &'static [&'static str], reason: &'static str) -> Definition {
        self.only = Some(Only { values, reason });
        self
    }

    /// Whether `key` is this setting, or one of those that its `.*` stands for.
    #[must_use]
    pub fn is_for(&self, key: &str) -> bool {
        match self.name.strip_suffix('*') {
            Some(beginning) => key.len() > beginning.len() && key.starts_with(beginning),
            None => self.name == key,
        }
    }

    /// Why `text` is no value of this setting, or `None` when it is one; `shown` is what may be printed of it.
    ///
    /// `text` is without surrounding blanks.
    #[must_use]
    pub fn refusal(&self, text: &str, shown: &str) -> Option<String> {
        if let Some(Only { values: [], reason }) = self.only {
            return Some(format!("not supported by this version: {reason}"));
        }
        if !self.validator.accepts(self.kind, text) {
            let expected = self.validator.expected(self.kind);
            return Some(match self.kind {
                Kind::Password => format!("must be {expected}"),
                _ => format!("is \"{shown}\"; must be {expected}"),
            });
        }
        match self.only {
            Some(Only { values, reason }) if !values.contains(&text) => {
                Some(format!("\"{shown}\" is not supported by this version: {reason}"))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: Definition =
        Definition::new("page.size", Kind::Int, "Test", "Rows").valid(Validator::Whole { min: 1, max: 1000 });

    #[test]
    fn a_refusal_names_the_value_and_the_way_out() {
        assert_eq!(PAGE.refusal("1000", "1000"), None);
        assert_eq!(PAGE.refusal("1001", "1001").unwrap(), "is \"1001\"; must be a whole number from 1 to 1000");
    }

    #[test]
    fn a_password_is_never_part_of_a_refusal() {
        let secret = Definition::new("secret", Kind::Password, "Test", "Secret").valid(Validator::NonEmpty);
        assert_eq!(secret.refusal("", "leaked").unwrap(), "must be a text that is not empty");
    }

    #[test]
    fn a_value_that_this_version_cannot_do_is_refused_by_name() {
        let some = Definition::new("mode", Kind::String, "Test", "Mode")
            .valid(Validator::OneOf(&["a", "b"]))
            .only(&["a"], "only a is built");
        assert_eq!(some.refusal("a", "a"), None);
        assert_eq!(some.refusal("b", "b").unwrap(), "\"b\" is not supported by this version: only a is built");
        assert_eq!(some.refusal("c", "c").unwrap(), "is \"c\"; must be one of a, b");
        let none = Definition::new("mode", Kind::String, "Test", "Mode").only(&[], "comes later");
        assert_eq!(none.refusal("", "").unwrap(), "not supported by this version: comes later");
    }

    #[test]
    fn a_star_stands_for_every_longer_key() {
        let all = Definition::new("kafka.*", Kind::String, "Test", "Any");
        assert!(all.is_for("kafka.linger.ms") && !all.is_for("kafka.") && !all.is_for("kafkaesque"));
    }
}
