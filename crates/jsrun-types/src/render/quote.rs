//! Strings and names as source text.

use std::fmt::Write as _;

/// The text in single quotes; in double quotes or backticks where that saves escaping.
pub(super) fn quote(text: &str) -> String {
    let mark = ['\'', '"', '`']
        .into_iter()
        .find(|mark| !text.contains(*mark) && (*mark != '`' || !text.contains("${")))
        .unwrap_or('\'');
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push(mark);
    for character in text.chars() {
        match character {
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            '\u{b}' => quoted.push_str("\\v"),
            '\\' => quoted.push_str("\\\\"),
            character if character == mark => quoted.extend(['\\', mark]),
            character if character.is_control() => {
                let _ = write!(quoted, "\\x{:02X}", u32::from(character));
            }
            character => quoted.push(character),
        }
    }
    quoted.push(mark);
    quoted
}

/// Whether the name stands bare before a colon. Node quotes names with `$` too.
pub(super) fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|rest| rest.is_ascii_alphanumeric() || rest == '_')
}
