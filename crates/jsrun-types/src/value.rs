//! Values that cross between JavaScript and a host.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{BigInt, Exception, FunctionHandle, JsString, StreamHandle};

/// A JavaScript value, copied out of its runtime or to be copied into one. docs/values.md has the conversion table.
///
/// Functions and streams stay where they are and cross as handles.
///
/// ```
/// use jsrun_types::Value;
///
/// let value = Value::object([("name", Value::from("Ada")), ("born", Value::from(1815))]);
/// assert_eq!(value.get("name").and_then(Value::as_str), Some("Ada"));
/// assert_eq!(value.to_string(), r#"{"name": "Ada", "born": 1815}"#);
/// ```
///
/// In frames it is encoded within a scope, see [`sending`](crate::sending): its parts are counted there, and handles are
/// known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
// Makes functions of the two derived traits, which the traits themselves call: `transfer.rs`.
#[serde(remote = "Self")]
pub enum Value {
    /// `undefined`; also a hole of an array.
    #[default]
    Undefined,
    /// `null`.
    Null,
    /// `true` and `false`.
    Boolean(bool),
    /// A number.
    Number(f64),
    /// A `BigInt`.
    BigInt(BigInt),
    /// A string.
    String(JsString),
    /// Bytes: into JavaScript a `Uint8Array`; from it, any typed array, `DataView`, `ArrayBuffer` or
    /// `SharedArrayBuffer`.
    Bytes(#[serde(with = "bytes")] Vec<u8>),
    /// A valid `Date`: milliseconds since 1970-01-01T00:00Z, leap seconds not counted.
    Date(f64),
    /// An `Array`.
    Array(Vec<Value>),
    /// An object: its own enumerable properties with string keys, in JavaScript's order.
    Object(Vec<(JsString, Value)>),
    /// A `Map`, in order of insertion.
    Map(Vec<(Value, Value)>),
    /// A `Set`, in order of insertion.
    Set(Vec<Value>),
    /// An `Error` or a `DOMException`.
    Error(Box<Exception>),
    /// A function of a runtime.
    Function(FunctionHandle),
    /// A `ReadableStream` of a runtime.
    Stream(StreamHandle),
    /// An `Array` of numbers only, packed. Hosts may give it instead of [`Value::Array`]; from JavaScript it comes only where
    /// [`ConversionLimits::pack_numbers`](crate::ConversionLimits::pack_numbers) asks for it.
    Numbers(Vec<f64>),
}

impl Value {
    pub(crate) fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }

    pub(crate) fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }

    /// An object from its properties.
    pub fn object<K: Into<JsString>>(properties: impl IntoIterator<Item = (K, Value)>) -> Self {
        Self::Object(properties.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    /// The property of an object, or the element of a [`Value::Map`] with a string key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Self::Object(properties) => {
                properties.iter().find_map(|(name, value)| (*name == key).then_some(value))
            }
            Self::Map(entries) => {
                entries.iter().find_map(|(name, value)| (name.as_str() == Some(key)).then_some(value))
            }
            _ => None,
        }
    }

    /// The text of a string without lone surrogates.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => text.as_str(),
            _ => None,
        }
    }

    /// The number.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Boolean(boolean) => Some(*boolean),
            _ => None,
        }
    }

    /// The elements of packed numbers.
    pub fn as_numbers(&self) -> Option<&[f64]> {
        match self {
            Self::Numbers(numbers) => Some(numbers),
            _ => None,
        }
    }

    /// The elements of an array that is not packed.
    pub fn as_array(&self) -> Option<&[Value]> {
        match self {
            Self::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// What the value is, for people: `a string`, `an Array`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Undefined => "undefined",
            Self::Null => "null",
            Self::Boolean(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::BigInt(_) => "a BigInt",
            Self::String(_) => "a string",
            Self::Bytes(_) => "bytes",
            Self::Date(_) => "a Date",
            Self::Array(_) | Self::Numbers(_) => "an Array",
            Self::Object(_) => "an object",
            Self::Map(_) => "a Map",
            Self::Set(_) => "a Set",
            Self::Error(_) => "an Error",
            Self::Function(_) => "a function",
            Self::Stream(_) => "a ReadableStream",
        }
    }
}

impl From<bool> for Value {
    fn from(boolean: bool) -> Self {
        Self::Boolean(boolean)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Number(number.into())
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<BigInt> for Value {
    fn from(number: BigInt) -> Self {
        Self::BigInt(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl From<JsString> for Value {
    fn from(text: JsString) -> Self {
        Self::String(text)
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(elements: Vec<T>) -> Self {
        Self::Array(elements.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    /// `None` is `null`.
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<FunctionHandle> for Value {
    fn from(function: FunctionHandle) -> Self {
        Self::Function(function)
    }
}

impl From<StreamHandle> for Value {
    fn from(stream: StreamHandle) -> Self {
        Self::Stream(stream)
    }
}

impl fmt::Display for Value {
    /// As JavaScript source where there is one: `{"a": [1, null]}`. Handles and errors show what they are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undefined => f.write_str("undefined"),
            Self::Null => f.write_str("null"),
            Self::Boolean(boolean) => boolean.fmt(f),
            Self::Number(value) => number(f, *value),
            Self::BigInt(number) => write!(f, "{number}n"),
            Self::String(text) => write!(f, "{text:?}"),
            Self::Bytes(bytes) => write!(f, "Uint8Array({})", bytes.len()),
            Self::Date(time) => write!(f, "new Date({time})"),
            Self::Array(elements) => list(f, "[", elements, "]"),
            Self::Numbers(numbers) => {
                f.write_str("[")?;
                for (index, value) in numbers.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { ", " })?;
                    number(f, *value)?;
                }
                f.write_str("]")
            }
            Self::Object(properties) => {
                f.write_str("{")?;
                for (index, (key, value)) in properties.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    // As a literal's name it would be the prototype.
                    match key.as_str() {
                        Some("__proto__") => write!(f, "{comma}[{key:?}]: {value}"),
                        _ => write!(f, "{comma}{key:?}: {value}"),
                    }?;
                }
                f.write_str("}")
            }
            Self::Map(entries) => {
                f.write_str("new Map([")?;
                for (index, (key, value)) in entries.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}[{key}, {value}]")?;
                }
                f.write_str("])")
            }
            Self::Set(elements) => list(f, "new Set([", elements, "])"),
            Self::Error(exception) => f.write_str(&exception.headline()),
            Self::Function(_) => f.write_str("[Function]"),
            Self::Stream(_) => f.write_str("[ReadableStream]"),
        }
    }
}

/// Bytes as such, not one by one.
mod bytes {
    use std::fmt;

    use serde::de::{Error, Visitor};
    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(bytes)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        deserializer.deserialize_byte_buf(Bytes)
    }

    struct Bytes;

    impl Visitor<'_> for Bytes {
        type Value = Vec<u8>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("bytes")
        }

        fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
            Ok(bytes.to_vec())
        }

        fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
            Ok(bytes)
        }
    }
}

fn number(f: &mut fmt::Formatter<'_>, number: f64) -> fmt::Result {
    if number.is_infinite() {
        return f.write_str(if number > 0.0 { "Infinity" } else { "-Infinity" });
    }
    write!(f, "{number}")
}

fn list(f: &mut fmt::Formatter<'_>, open: &str, elements: &[Value], close: &str) -> fmt::Result {
    f.write_str(open)?;
    for (index, element) in elements.iter().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        write!(f, "{comma}{element}")?;
    }
    f.write_str(close)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_as_source() {
        let value = Value::object([
            ("a", Value::from(vec![1, 2])),
            ("b", Value::Map(vec![(Value::from("k"), Value::Null)])),
            ("c", Value::Number(f64::NEG_INFINITY)),
        ]);
        assert_eq!(value.to_string(), r#"{"a": [1, 2], "b": new Map([["k", null]]), "c": -Infinity}"#);
        assert_eq!(value.get("a").and_then(Value::as_array).map(<[Value]>::len), Some(2));
    }

    #[test]
    fn the_deepest_value_is_dropped_on_a_small_stack() {
        let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(|| {
            let mut value = Value::Null;
            for _ in 0..crate::ConversionLimits::DEEPEST {
                value = Value::Object(vec![("a".into(), value)]);
            }
            drop(value);
        });
        thread.expect("a thread starts").join().expect("no overflow");
    }
}
