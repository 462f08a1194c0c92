//! Pure: Rust text with comments and the insides of literals blanked out, byte for byte, so that places stay the same.

/// The code alone: same length, same lines; quotes stay, what is between them does not.
pub fn blank(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let end = match rest[0] {
            b'/' if rest.starts_with(b"//") => at + rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()),
            b'/' if rest.starts_with(b"/*") => at + block_comment(rest),
            b'"' => {
                let end = at + quoted(rest, b'"');
                wipe(&mut code[at + 1..end - 1]);
                at = end;
                continue;
            }
            b'r' if !follows_name(bytes, at) && raw_string_hashes(rest).is_some() => {
                let hashes = raw_string_hashes(rest).unwrap_or(0);
                let end = at + raw_string(rest, hashes);
                wipe(&mut code[at + hashes + 2..end - hashes - 1]);
                at = end;
                continue;
            }
            b'\'' if is_character(rest) => {
                let end = at + quoted(rest, b'\'');
                wipe(&mut code[at + 1..end - 1]);
                at = end;
                continue;
            }
            _ => {
                at += 1;
                continue;
            }
        };
        wipe(&mut code[at..end]);
        at = end;
    }
    String::from_utf8(code).unwrap()
}

/// Whether this byte can be part of a name.
pub fn in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn wipe(bytes: &mut [u8]) {
    for byte in bytes.iter_mut().filter(|byte| **byte != b'\n') {
        *byte = b' ';
    }
}

fn follows_name(bytes: &[u8], at: usize) -> bool {
    // `br"…"` and `cr"…"` are raw strings too.
    let before = if 0 < at && matches!(bytes[at - 1], b'b' | b'c') { at - 1 } else { at };
    0 < before && in_name(bytes[before - 1])
}

/// Comments nest.
fn block_comment(rest: &[u8]) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// Length of a literal with escapes, both quotes included.
fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

fn raw_string_hashes(rest: &[u8]) -> Option<usize> {
    let hashes = rest[1..].iter().take_while(|byte| **byte == b'#').count();
    (rest.get(1 + hashes) == Some(&b'"')).then_some(hashes)
}

fn raw_string(rest: &[u8], hashes: usize) -> usize {
    let mut close = vec![b'"'];
    close.resize(1 + hashes, b'#');
    let inside = hashes + 2;
    let length = rest[inside..].windows(close.len()).position(|window| window == close);
    length.map_or(rest.len(), |length| inside + length + close.len())
}

/// A quote begins a character unless it begins a lifetime, which has no second quote after its first letter.
fn is_character(rest: &[u8]) -> bool {
    let Some(second) = rest.get(1) else { return false };
    if *second == b'\\' {
        return true;
    }
    let width = match second {
        0x00..=0x7f => 1,
        0x80..=0xdf => 2,
        0xe0..=0xef => 3,
        _ => 4,
    };
    rest.get(1 + width) == Some(&b'\'')
}

#[test]
fn comments_and_literals_are_blanked_and_nothing_moves() {
    let text = "let a = \"x // \\\" y\"; // b\nlet c = '{'; /* d /* e */ f */ g::<'h>(r#\"i \" j\"#, b'\\'', 'ä');";
    let expected = "let a = \"         \";     \nlet c = ' ';                   g::<'h>(r#\"     \"#, b'  ', '  ');";
    assert_eq!(blank(text), expected);
}

#[test]
fn a_literal_may_span_lines() {
    assert_eq!(blank("f(\"a {\n b\"); c"), "f(\"   \n  \"); c");
}
