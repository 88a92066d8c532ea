//! Previews as JSON.

use jsrun_types::{Entry, Key, ObjectKind, ObjectPreview, Preview, PromiseState};
use serde::Serialize;

/// A value as a tree, tagged by `type`.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum PreviewBody {
    Undefined,
    Null,
    Boolean {
        value: bool,
    },
    /// In JavaScript's own spelling: JSON has neither −0 nor NaN.
    Number {
        text: String,
    },
    /// With the `n`.
    #[serde(rename = "bigint")]
    BigInt {
        text: String,
    },
    String {
        text: String,
        /// UTF-16 code units that are cut off.
        omitted: u32,
    },
    Symbol {
        text: String,
    },
    Accessor {
        getter: bool,
        setter: bool,
    },
    /// An enclosing object by its id.
    Circular {
        id: u32,
    },
    Object(Box<ObjectBody>),
}

impl From<Preview> for PreviewBody {
    fn from(preview: Preview) -> Self {
        match preview {
            Preview::Undefined => Self::Undefined,
            Preview::Null => Self::Null,
            Preview::Boolean(value) => Self::Boolean { value },
            Preview::Number(_) => Self::Number { text: preview.to_text() },
            Preview::BigInt(_) => Self::BigInt { text: preview.to_text() },
            Preview::String(string) => Self::String { text: string.text, omitted: string.omitted },
            Preview::Symbol(text) => Self::Symbol { text },
            Preview::Accessor(functions) => {
                Self::Accessor { getter: functions.getter, setter: functions.setter }
            }
            Preview::Circular(id) => Self::Circular { id },
            Preview::Object(object) => Self::Object(Box::new(ObjectBody::from(*object))),
        }
    }
}

/// An object, function or other value with identity.
#[derive(Debug, Serialize)]
pub(crate) struct ObjectBody {
    id: u32,
    kind: &'static str,
    class: Option<String>,
    tag: Option<String>,
    /// What a console shows for the object without its entries.
    label: String,
    entries: Vec<EntryBody>,
    omitted: u32,
    collapsed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    byte_length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<Vec<u8>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
}

impl From<ObjectPreview> for ObjectBody {
    fn from(object: ObjectPreview) -> Self {
        let label = object.label();
        let kind = Kind::from(object.kind);
        let mut entries: Vec<EntryBody> = object.entries.into_iter().map(EntryBody::from).collect();
        if let Some(value) = kind.boxed {
            entries.insert(0, EntryBody { key: KeyBody::Internal, value });
        }
        Self {
            id: object.id,
            kind: kind.name,
            class: object.class,
            tag: object.tag,
            label,
            entries,
            omitted: object.omitted,
            collapsed: object.collapsed,
            length: kind.length,
            byte_length: kind.byte_length,
            bytes: kind.bytes,
            state: kind.state,
        }
    }
}

/// A sort of object and what only that sort has.
#[derive(Default)]
struct Kind {
    name: &'static str,
    length: Option<u32>,
    byte_length: Option<u64>,
    bytes: Option<Vec<u8>>,
    state: Option<&'static str>,
    boxed: Option<PreviewBody>,
}

impl Kind {
    fn plain(name: &'static str) -> Self {
        Self { name, ..Self::default() }
    }

    fn with_length(name: &'static str, length: u32) -> Self {
        Self { length: Some(length), ..Self::plain(name) }
    }
}

impl From<ObjectKind> for Kind {
    /// The texts of errors, dates, regular expressions, functions and classes are in the label.
    fn from(kind: ObjectKind) -> Self {
        match kind {
            ObjectKind::Object => Self::plain("object"),
            ObjectKind::Array(length) => Self::with_length("array", length),
            ObjectKind::Arguments(length) => Self::with_length("arguments", length),
            ObjectKind::TypedArray(length) => Self::with_length("typed_array", length),
            ObjectKind::ArrayBuffer { byte_length, bytes } => {
                Self { byte_length: Some(byte_length), bytes: Some(bytes), ..Self::plain("array_buffer") }
            }
            ObjectKind::DataView => Self::plain("data_view"),
            ObjectKind::Map(size) => Self::with_length("map", size),
            ObjectKind::Set(size) => Self::with_length("set", size),
            ObjectKind::WeakMap => Self::plain("weak_map"),
            ObjectKind::WeakSet => Self::plain("weak_set"),
            ObjectKind::Iterator => Self::plain("iterator"),
            ObjectKind::Generator => Self::plain("generator"),
            ObjectKind::Error(_) => Self::plain("error"),
            ObjectKind::Date(_) => Self::plain("date"),
            ObjectKind::RegExp(_) => Self::plain("regexp"),
            ObjectKind::Promise(state) => {
                Self { state: Some(promise_state(state)), ..Self::plain("promise") }
            }
            ObjectKind::Proxy => Self::plain("proxy"),
            ObjectKind::Function(_) => Self::plain("function"),
            ObjectKind::Class { .. } => Self::plain("class"),
            ObjectKind::Boxed(value) => {
                Self { boxed: Some(PreviewBody::from(*value)), ..Self::plain("boxed") }
            }
            ObjectKind::Module => Self::plain("module"),
            ObjectKind::External => Self::plain("external"),
        }
    }
}

const fn promise_state(state: PromiseState) -> &'static str {
    match state {
        PromiseState::Pending => "pending",
        PromiseState::Fulfilled => "fulfilled",
        PromiseState::Rejected => "rejected",
    }
}

/// One entry of an object.
#[derive(Debug, Serialize)]
struct EntryBody {
    key: KeyBody,
    value: PreviewBody,
}

impl From<Entry> for EntryBody {
    fn from(entry: Entry) -> Self {
        Self { key: entry.key.into(), value: entry.value.into() }
    }
}

/// Under what an entry stands, tagged by `type`.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum KeyBody {
    Element,
    Holes {
        count: u32,
    },
    Property {
        name: String,
    },
    Symbol {
        text: String,
    },
    MapKey {
        value: Box<PreviewBody>,
    },
    /// A promise's result, a proxy's target, a boxed value.
    Internal,
    /// A property that is not enumerable, such as an error's `cause`.
    Hidden {
        name: String,
    },
}

impl From<Key> for KeyBody {
    fn from(key: Key) -> Self {
        match key {
            Key::Element => Self::Element,
            Key::Holes(count) => Self::Holes { count },
            Key::Property(name) => Self::Property { name },
            Key::Symbol(text) => Self::Symbol { text },
            Key::MapKey(value) => Self::MapKey { value: Box::new(PreviewBody::from(*value)) },
            Key::Internal => Self::Internal,
            Key::Hidden(name) => Self::Hidden { name },
        }
    }
}

#[cfg(test)]
mod tests;
