//! The way to a value inside another, as a program would write it.

use std::fmt::Write as _;

use jsrun_types::{JsString, Value};

/// The longest key that a path shows, in characters.
const LONGEST_KEY: usize = 100;

/// `.key`, or `["a key"]` when it is no identifier.
pub(super) fn push_key(path: &mut String, key: &JsString) {
    let text = key.to_string_lossy();
    let mut characters = text.chars();
    let is_identifier = characters.next().is_some_and(|first| first.is_alphabetic() || "_$".contains(first))
        && characters.all(|character| character.is_alphanumeric() || "_$".contains(character));
    if is_identifier && text.len() <= LONGEST_KEY {
        path.push('.');
        path.push_str(&text);
        return;
    }
    let short: String = text.chars().take(LONGEST_KEY).collect();
    let more = if short.len() < text.len() { "…" } else { "" };
    write!(path, "[{short:?}{more}]").expect("a string takes any text");
}

/// `[3]`.
pub(super) fn push_index(path: &mut String, index: usize) {
    write!(path, "[{index}]").expect("a string takes any text");
}

/// `["key"]` or `[1]`; other keys show what they are.
pub(super) fn push_map_key(path: &mut String, key: &Value) {
    match key {
        Value::String(text) => {
            let short: String = text.to_string_lossy().chars().take(LONGEST_KEY).collect();
            write!(path, "[{short:?}]")
        }
        Value::Number(number) => write!(path, "[{number}]"),
        other => write!(path, "[{}]", other.kind()),
    }
    .expect("a string takes any text");
}
