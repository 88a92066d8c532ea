//! Strings as JavaScript has them.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A JavaScript string: UTF-16 in which surrogates need not pair up.
///
/// Nearly every string is well-formed and kept as UTF-8. Only one with a lone surrogate is kept as UTF-16, so that
/// nothing of it is lost.
///
/// ```
/// use jsrun_types::JsString;
///
/// assert_eq!(JsString::from("text").as_str(), Some("text"));
/// let lone_surrogate = JsString::from_utf16(vec![0x61, 0xd800]);
/// assert_eq!(lone_surrogate.as_str(), None);
/// assert_eq!(lone_surrogate.to_string_lossy(), "a\u{fffd}");
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "Units")]
pub struct JsString(Units);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
enum Units {
    WellFormed(String),
    /// Has a lone surrogate.
    IllFormed(Vec<u16>),
}

impl From<Units> for JsString {
    /// Decoded units may say that they are ill-formed, and not be.
    fn from(units: Units) -> Self {
        match units {
            Units::WellFormed(text) => Self(Units::WellFormed(text)),
            Units::IllFormed(units) => Self::from_utf16(units),
        }
    }
}

impl JsString {
    /// A string of UTF-16 code units.
    pub fn from_utf16(units: Vec<u16>) -> Self {
        match String::from_utf16(&units) {
            Ok(text) => Self(Units::WellFormed(text)),
            Err(_) => Self(Units::IllFormed(units)),
        }
    }

    /// The text; `None` when it has a lone surrogate.
    pub fn as_str(&self) -> Option<&str> {
        match &self.0 {
            Units::WellFormed(text) => Some(text),
            Units::IllFormed(_) => None,
        }
    }

    /// The text, with U+FFFD for each lone surrogate.
    pub fn to_string_lossy(&self) -> Cow<'_, str> {
        match &self.0 {
            Units::WellFormed(text) => Cow::Borrowed(text),
            Units::IllFormed(units) => Cow::Owned(String::from_utf16_lossy(units)),
        }
    }

    /// The text as UTF-16 code units, when it has a lone surrogate; `None` otherwise.
    pub fn as_ill_formed_utf16(&self) -> Option<&[u16]> {
        match &self.0 {
            Units::WellFormed(_) => None,
            Units::IllFormed(units) => Some(units),
        }
    }

    /// The length in bytes of UTF-8; a lone surrogate counts three.
    pub fn utf8_len(&self) -> usize {
        match &self.0 {
            Units::WellFormed(text) => text.len(),
            Units::IllFormed(units) => {
                char::decode_utf16(units.iter().copied()).map(|unit| unit.map_or(3, char::len_utf8)).sum()
            }
        }
    }

    /// The text; a string with a lone surrogate is given back.
    ///
    /// # Errors
    /// The string itself, when it has a lone surrogate.
    pub fn into_string(self) -> Result<String, Self> {
        match self.0 {
            Units::WellFormed(text) => Ok(text),
            Units::IllFormed(units) => Err(Self(Units::IllFormed(units))),
        }
    }
}

impl From<String> for JsString {
    fn from(text: String) -> Self {
        Self(Units::WellFormed(text))
    }
}

impl From<&str> for JsString {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl PartialEq<str> for JsString {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == Some(other)
    }
}

impl PartialEq<&str> for JsString {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

impl fmt::Debug for JsString {
    /// As a literal of JavaScript: `"a\u{d800}"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        match &self.0 {
            Units::WellFormed(text) => text.chars().try_for_each(|character| escape(f, character)),
            Units::IllFormed(units) => {
                char::decode_utf16(units.iter().copied()).try_for_each(|unit| match unit {
                    Ok(character) => escape(f, character),
                    Err(error) => write!(f, "\\u{{{:x}}}", error.unpaired_surrogate()),
                })
            }
        }?;
        f.write_str("\"")
    }
}

fn escape(f: &mut fmt::Formatter<'_>, character: char) -> fmt::Result {
    match character {
        // `\0` before a digit would be an octal escape.
        '\0' => f.write_str("\\u{0}"),
        '\'' => f.write_str("'"),
        _ => write!(f, "{}", character.escape_debug()),
    }
}

impl fmt::Display for JsString {
    /// With U+FFFD for each lone surrogate.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_string_lossy())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lone_surrogate_survives() {
        let string = JsString::from_utf16(vec![0x61, 0xd800, 0x62]);
        assert_eq!(string.as_str(), None);
        assert_eq!(string.as_ill_formed_utf16(), Some(&[0x61, 0xd800, 0x62][..]));
        assert_eq!(string.to_string_lossy(), "a\u{fffd}b");
        assert_eq!(string.utf8_len(), 5);
        assert_eq!(format!("{string:?}"), r#""a\u{d800}b""#);
    }

    #[test]
    fn a_pair_is_one_character() {
        let string = JsString::from_utf16(vec![0xd83d, 0xde00]);
        assert_eq!(string, "😀");
        assert_eq!(string.utf8_len(), 4);
    }

    proptest::proptest! {
        #[test]
        fn any_code_units_survive(units: Vec<u16>) {
            let string = JsString::from_utf16(units.clone());
            let back = match (string.as_str(), string.as_ill_formed_utf16()) {
                (Some(text), None) => text.encode_utf16().collect(),
                (None, Some(units)) => units.to_vec(),
                both => panic!("{both:?}"),
            };
            assert_eq!(back, units);
            assert_eq!(string.utf8_len(), string.to_string_lossy().len());
        }
    }
}
