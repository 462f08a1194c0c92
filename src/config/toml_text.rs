//! TOML text to flat maps: dotted keys become one name again, every value a text. Pure.
//!
//! Nothing of a value is ever part of a problem here: whether it is a secret is known only later.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::placeholder::{self, Lookup};
use super::problem::Problem;
use super::secret::Secret;
use super::section::{Entry, File, Section};

/// Reads the text of a settings file. What can be read is in the answer, whatever else is wrong.
#[must_use]
pub fn read(name: &str, text: &str, lookup: Lookup<'_>, problems: &mut Vec<Problem>) -> File {
    let (table, errors) = DeTable::parse_recoverable(text);
    let reader = Reader { text, lookup };
    // Only the message: the error's own rendering quotes the line, which may hold a secret.
    problems.extend(errors.iter().map(|error| Problem {
        key: String::new(),
        place: String::new(),
        line: reader.line(error.span().map_or(0, |span| span.start)),
        text: format!("is not TOML: {}{}", error.message(), way_out(error.message())),
    }));
    let mut file = File { name: name.to_owned(), is_whole: errors.is_empty(), ..File::default() };
    for (key, value) in table.get_ref().iter() {
        let line = reader.line(key.span().start);
        let title = format!("[{}]", key.get_ref());
        match (key.get_ref().as_ref(), value.get_ref()) {
            ("worker", DeValue::Table(entries)) => {
                file.worker = Some(reader.section("worker", title, line, entries, problems));
            }
            ("connectors", DeValue::Table(connectors)) => {
                for (key, value) in connectors.iter() {
                    let name = key.get_ref().as_ref();
                    let line = reader.line(key.span().start);
                    let title = format!("[connectors.{name}]");
                    match value.get_ref() {
                        DeValue::Table(entries) => {
                            file.connectors.push(reader.section(name, title, line, entries, problems));
                        }
                        _ => problems.push(problem(&title, line, "", "must be a table of settings")),
                    }
                }
            }
            ("worker" | "connectors", _) => problems.push(problem(&title, line, "", "must be a table")),
            _ => problems.push(problem(
                "",
                line,
                key.get_ref(),
                "is outside of the tables [worker] and [connectors.NAME]; move it into one of them",
            )),
        }
    }
    file.connectors.sort_by_key(|section| section.line);
    file
}

/// A setting whose name another one continues cannot be a dotted key like that one.
fn way_out(message: &str) -> &'static str {
    if message.contains("cannot extend value") {
        "; where one name begins another, as a.b does a.b.c, write the shorter one in quotes"
    } else {
        ""
    }
}

struct Reader<'a> {
    text: &'a str,
    lookup: Lookup<'a>,
}

impl Reader<'_> {
    /// Line of a byte position, from 1.
    fn line(&self, at: usize) -> usize {
        1 + self.text.bytes().take(at).filter(|byte| *byte == b'\n').count()
    }

    fn section(
        &self,
        name: &str,
        title: String,
        line: usize,
        table: &DeTable<'_>,
        problems: &mut Vec<Problem>,
    ) -> Section {
        let mut section = Section { name: name.to_owned(), title, line, entries: Vec::new() };
        self.flatten("", table, &mut section, problems);
        section.entries.sort_by_key(|entry| entry.line);
        section
    }

    fn flatten(&self, before: &str, table: &DeTable<'_>, section: &mut Section, problems: &mut Vec<Problem>) {
        for (key, value) in table.iter() {
            let name = format!("{before}{}", key.get_ref());
            let line = self.line(key.span().start);
            if let DeValue::Table(inner) = value.get_ref() {
                if inner.is_empty() {
                    problems.push(problem(&section.title, line, &name, "is a table with nothing in it; remove it"));
                }
                self.flatten(&format!("{name}."), inner, section, problems);
                continue;
            }
            let written = match as_text(value) {
                Ok(written) => written,
                Err(cause) => {
                    problems.push(problem(&section.title, line, &name, cause));
                    // Kept, so that the key does not count as missing.
                    section.entries.push(Entry { key: name, line, written: String::new(), resolved: None });
                    continue;
                }
            };
            let resolved = match placeholder::expand(&written, self.lookup) {
                Ok(text) => Some(Secret::new(text)),
                Err(causes) => {
                    problems.extend(causes.iter().map(|cause| problem(&section.title, line, &name, cause)));
                    None
                }
            };
            section.entries.push(Entry { key: name, line, written, resolved });
        }
    }
}

fn as_text(value: &Spanned<DeValue<'_>>) -> Result<String, &'static str> {
    match value.get_ref() {
        DeValue::String(text) => Ok(text.clone().into_owned()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map(|number| number.to_string())
            .map_err(|_| "is a whole number of more than 64 bits"),
        DeValue::Float(number) => Ok(number.as_str().to_owned()),
        DeValue::Boolean(value) => Ok(value.to_string()),
        DeValue::Datetime(at) => Ok(at.to_string()),
        DeValue::Array(parts) => {
            let texts = parts.iter().map(as_text).collect::<Result<Vec<String>, _>>()?;
            if texts.iter().any(|text| text.contains(',')) {
                return Err(
                    "has a comma within a part of the list, where it separates parts; use ids instead of names",
                );
            }
            Ok(texts.join(","))
        }
        DeValue::Table(_) => Err("holds a table within a list; write the parts as texts"),
    }
}

fn problem(place: &str, line: usize, key: &str, text: &str) -> Problem {
    Problem { key: key.to_owned(), place: place.to_owned(), line, text: text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::super::placeholder::Reference;
    use super::*;

    fn nothing(_: &Reference) -> Result<String, String> {
        Err("it is not set".to_owned())
    }

    fn worker(text: &str) -> (Vec<(String, String)>, Vec<String>) {
        let mut problems = Vec::new();
        let file = read("x.toml", text, &nothing, &mut problems);
        let entries = file.worker.map(|section| section.entries).unwrap_or_default();
        let pairs = entries.into_iter().map(|entry| (entry.key, entry.written)).collect();
        (pairs, problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn dotted_quoted_and_nested_keys_are_the_same_name() {
        let (pairs, problems) =
            worker("[worker]\na.b = \"1\"\n\"c.d\" = \"2\"\ne = { f.g = \"3\" }\n[worker.h]\ni = \"4\"\n");
        assert_eq!(problems, Vec::<String>::new());
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("a.b", "1"), ("c.d", "2"), ("e.f.g", "3"), ("h.i", "4")]);
    }

    #[test]
    fn a_name_that_another_one_continues_is_read_in_quotes_and_refused_with_the_way_out_without() {
        let (pairs, problems) = worker("[worker]\n\"a.b\" = true\na.b.c = \"Q1:voice\"\n");
        assert_eq!((pairs.len(), problems.as_slice()), (2, &[][..]));
        let (_, problems) = worker("[worker]\na.b = true\na.b.c = \"Q1:voice\"\n");
        assert!(problems[0].contains("write the shorter one in quotes"), "{problems:?}");
    }

    #[test]
    fn numbers_booleans_instants_and_lists_become_texts() {
        let (pairs, problems) = worker(
            "[worker]\na = 1_800_000\nb = 0x10\nc = 12.5\nd = true\ne = 2026-01-01T00:00:00Z\nf = [1, \"x y\"]\ng = []",
        );
        assert_eq!(problems, Vec::<String>::new());
        let values: Vec<&str> = pairs.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(values, ["1800000", "16", "12.5", "true", "2026-01-01T00:00:00Z", "1,x y", ""]);
    }

    #[test]
    fn what_has_no_place_or_no_text_is_a_problem_and_not_dropped() {
        let (_, problems) = worker(
            "stray = 1\n[worker]\na = [\"x,y\"]\nb = {}\nc = [{ d = 1 }]\n[other]\ne = 1\n[connectors]\nf = 1\n[connectors.g.h]\n",
        );
        let texts = problems.join("\n");
        for part in [
            "line 1 stray: is outside of the tables",
            "line 3 [worker] a: has a comma within a part",
            "line 4 [worker] b: is a table with nothing in it",
            "line 5 [worker] c: holds a table within a list",
            "line 6 other: is outside of the tables",
            "line 9 [connectors.f]: must be a table of settings",
            "line 10 [connectors.g] h: is a table with nothing in it",
        ] {
            assert!(texts.contains(part), "{part} is missing in\n{texts}");
        }
    }

    #[test]
    fn several_syntax_errors_are_reported_with_their_lines_and_without_the_text() {
        let (_, problems) = worker("[worker]\nsecret = \"hunter2\na = 1\nb = = hunter2\n");
        let texts = problems.join("\n");
        assert!(texts.contains("line 2: is not TOML") && texts.contains("line 4: is not TOML"), "{texts}");
        assert!(!texts.contains("hunter2"), "{texts}");
    }

    #[test]
    fn an_unresolvable_placeholder_names_key_and_variable() {
        let (_, problems) = worker("[worker]\na = \"x${env:NOBODY}\"\n");
        assert_eq!(problems, ["line 2 [worker] a: cannot resolve ${env:NOBODY}: it is not set"]);
    }
}
