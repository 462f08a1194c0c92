//! Reads Java properties: `KEY=VALUE` lines, as the files behind `${file:PATH:KEY}` have. Pure.

use std::iter::Peekable;
use std::str::Chars;

/// The value of `key`; of several the last, as in Java. `None` when there is none.
///
/// Between key and value stand `=`, `:` or blanks; `#` and `!` begin comments; a backslash at the end of a line joins
/// it with the next; `\t`, `\n`, `\r`, `\f`, `\uXXXX` are what they are in Java, and any other letter behind a
/// backslash is that letter.
#[must_use]
pub fn value_of(text: &str, key: &str) -> Option<String> {
    let named = logical_lines(text).into_iter().rev().filter_map(|line| pair(&line));
    named.filter(|(name, _)| name == key).map(|(_, value)| value).next()
}

fn logical_lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut unfinished: Option<String> = None;
    for natural in text.lines() {
        let natural = natural.trim_start_matches([' ', '\t', '\u{c}']);
        if unfinished.is_none() && (natural.is_empty() || natural.starts_with(['#', '!'])) {
            continue;
        }
        let mut line = unfinished.take().unwrap_or_default();
        let backslashes = natural.len() - natural.trim_end_matches('\\').len();
        if backslashes % 2 == 1 {
            line.push_str(&natural[..natural.len() - 1]);
            unfinished = Some(line);
        } else {
            line.push_str(natural);
            lines.push(line);
        }
    }
    lines.extend(unfinished);
    lines
}

fn pair(line: &str) -> Option<(String, String)> {
    let mut letters = line.chars().peekable();
    let mut key = String::new();
    while let Some(&letter) = letters.peek() {
        if is_blank(letter) || letter == '=' || letter == ':' {
            break;
        }
        key.push(unescaped(&mut letters)?);
    }
    skip_blanks(&mut letters);
    if letters.next_if(|letter| *letter == '=' || *letter == ':').is_some() {
        skip_blanks(&mut letters);
    }
    let mut value = String::new();
    while letters.peek().is_some() {
        value.push(unescaped(&mut letters)?);
    }
    Some((key, value))
}

fn is_blank(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\u{c}')
}

fn skip_blanks(letters: &mut Peekable<Chars<'_>>) {
    while letters.next_if(|letter| is_blank(*letter)).is_some() {}
}

/// The next letter; `None` at the end or for a malformed `\uXXXX`.
fn unescaped(letters: &mut Peekable<Chars<'_>>) -> Option<char> {
    let letter = letters.next()?;
    if letter != '\\' {
        return Some(letter);
    }
    Some(match letters.next()? {
        't' => '\t',
        'n' => '\n',
        'r' => '\r',
        'f' => '\u{c}',
        'u' => {
            let digits: String = letters.by_ref().take(4).collect();
            let is_whole = digits.len() == 4 && digits.chars().all(|digit| digit.is_ascii_hexdigit());
            char::from_u32(u32::from_str_radix(&digits, 16).ok().filter(|_| is_whole)?)?
        }
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_are_read_as_java_does() {
        let text = "# secrets\r\n\r\nclient_secret = a=b c \r\n! more\nb:2\nc 3\nempty=\nd=one\\\n   two\nb=4\n";
        assert_eq!(value_of(text, "client_secret").unwrap(), "a=b c ");
        assert_eq!(value_of(text, "b").unwrap(), "4");
        assert_eq!(value_of(text, "c").unwrap(), "3");
        assert_eq!(value_of(text, "empty").unwrap(), "");
        assert_eq!(value_of(text, "d").unwrap(), "onetwo");
        assert_eq!(value_of(text, "secrets"), None);
    }

    #[test]
    fn backslashes_escape() {
        let text = "a\\ b=x\\\\y\\u00e9\\tz\nbad=\\u00g1\n";
        assert_eq!(value_of(text, "a b").unwrap(), "x\\y\u{e9}\tz");
        assert_eq!(value_of(text, "bad"), None);
    }
}
