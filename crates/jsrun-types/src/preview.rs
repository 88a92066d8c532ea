//! A value as a tree that can be shown, made without running the program's code.

use std::cell::Cell;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// The deepest tree that decodes. The engine's own previews are far shallower; a deeper one is a forgery.
pub const MAX_PREVIEW_DEPTH: u32 = 32;

/// A value as a tree that can be shown.
///
/// Previews never run code of the program: getters are not called and proxies are not trapped.
///
/// ```
/// use jsrun_types::{Preview, StringPreview};
///
/// let text = Preview::String(StringPreview { text: "it's".to_owned(), omitted: 0 });
/// assert_eq!(text.to_text(), "it's");
/// assert_eq!(text.to_source_text(), r#""it's""#);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Preview {
    /// `undefined`.
    Undefined,
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number; −0 and NaN keep.
    Number(f64),
    /// A `BigInt`'s digits, without the `n`.
    BigInt(String),
    /// A string, perhaps cut.
    String(StringPreview),
    /// A symbol, such as `Symbol(name)`.
    Symbol(String),
    /// A property with a getter or setter, which is not called.
    Accessor(AccessorPreview),
    /// Everything else.
    Object(#[serde(deserialize_with = "guarded")] Box<ObjectPreview>),
    /// An object that encloses this place: the [`ObjectPreview::id`] of it.
    Circular(u32),
}

/// A string, perhaps cut.
///
/// ```
/// use jsrun_types::{Preview, StringPreview};
///
/// let cut = StringPreview { text: "abc".to_owned(), omitted: 7 };
/// assert!(Preview::String(cut).to_text().starts_with("abc"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StringPreview {
    /// The text, or its beginning. A lone surrogate shows as U+FFFD.
    pub text: String,
    /// How many UTF-16 code units are left out.
    pub omitted: u32,
}

/// Which of the two functions a property has.
///
/// ```
/// use jsrun_types::{AccessorPreview, Preview};
///
/// let accessor = Preview::Accessor(AccessorPreview { getter: true, setter: false });
/// assert_eq!(accessor.to_text(), "[Getter]");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessorPreview {
    /// There is a getter.
    pub getter: bool,
    /// There is a setter.
    pub setter: bool,
}

/// An object, function or other value with identity.
///
/// ```
/// use jsrun_types::{Entry, Key, ObjectKind, ObjectPreview, Preview};
///
/// let point = ObjectPreview {
///     id: 1,
///     kind: ObjectKind::Object,
///     class: Some("Point".to_owned()),
///     tag: None,
///     entries: vec![Entry { key: Key::Property("x".to_owned()), value: Preview::Number(1.0) }],
///     omitted: 0,
///     collapsed: false,
/// };
/// assert_eq!(Preview::Object(Box::new(point)).to_text(), "Point { x: 1 }");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ObjectPreview {
    /// Names the object within this preview, for [`Preview::Circular`]. Counted from 1.
    pub id: u32,
    /// What sort of object, with what only that sort has.
    pub kind: ObjectKind,
    /// The name of the constructor; `None` for a `null` prototype.
    pub class: Option<String>,
    /// `Symbol.toStringTag`, where it is a data property that says something else than `class`.
    pub tag: Option<String>,
    /// Elements, properties, map and set entries, in the order in which a console shows them.
    pub entries: Vec<Entry>,
    /// How many entries are left out because there were too many.
    pub omitted: u32,
    /// The entries are left out because the tree is too deep here.
    pub collapsed: bool,
}

/// A sort of object.
///
/// ```
/// use jsrun_types::{ObjectKind, ObjectPreview, Preview};
///
/// let kind = ObjectKind::RegExp("/a/g".to_owned());
/// let class = Some("RegExp".to_owned());
/// let regexp = ObjectPreview { id: 1, kind, class, tag: None, entries: Vec::new(), omitted: 0, collapsed: false };
/// assert_eq!(Preview::Object(Box::new(regexp)).to_text(), "/a/g");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ObjectKind {
    /// A plain object or an instance of a class.
    Object,
    /// An array and its length.
    Array(u32),
    /// An `arguments` object and its length.
    Arguments(u32),
    /// A typed array and its length.
    TypedArray(u32),
    /// An `ArrayBuffer` or `SharedArrayBuffer`: length in bytes and the first bytes.
    ArrayBuffer {
        /// Length in bytes.
        byte_length: u64,
        /// The first bytes.
        bytes: Vec<u8>,
    },
    /// A `DataView`.
    DataView,
    /// A `Map` and its size.
    Map(u32),
    /// A `Set` and its size.
    Set(u32),
    /// A `WeakMap`.
    WeakMap,
    /// A `WeakSet`.
    WeakSet,
    /// A map's or set's iterator.
    Iterator,
    /// A generator object.
    Generator,
    /// An error: its `stack`, or `name: message`.
    Error(String),
    /// A date as ISO 8601 in UTC; `None` when invalid.
    Date(Option<String>),
    /// A regular expression as written: `/a/g`.
    RegExp(String),
    /// A promise. Its value or reason is the entry with [`Key::Internal`].
    Promise(PromiseState),
    /// A proxy. Its target is the entry with [`Key::Internal`]; `None` entries when revoked.
    Proxy,
    /// A function and its name. Its class tells how it was declared, such as `AsyncFunction`.
    Function(String),
    /// A class: its name and that of its superclass.
    Class {
        /// The class's name; empty when anonymous.
        name: String,
        /// The superclass's name.
        extends: Option<String>,
    },
    /// A boxed primitive, such as `new Number(3)`.
    Boxed(#[serde(deserialize_with = "guarded")] Box<Preview>),
    /// A module's namespace.
    Module,
    /// A value of the host.
    External,
}

/// The state of a promise.
///
/// ```
/// use jsrun_types::{ObjectKind, ObjectPreview, Preview, PromiseState};
///
/// let kind = ObjectKind::Promise(PromiseState::Pending);
/// let class = Some("Promise".to_owned());
/// let promise = ObjectPreview { id: 1, kind, class, tag: None, entries: Vec::new(), omitted: 0, collapsed: false };
/// assert_eq!(Preview::Object(Box::new(promise)).to_text(), "Promise { <pending> }");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PromiseState {
    /// Not settled.
    Pending,
    /// It has a value.
    Fulfilled,
    /// It has a reason.
    Rejected,
}

/// One entry of an object.
///
/// ```
/// use jsrun_types::{Entry, Key, Preview};
///
/// let entry = Entry { key: Key::Property("answer".to_owned()), value: Preview::Number(42.0) };
/// assert_eq!(entry.value.to_text(), "42");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Under what.
    pub key: Key,
    /// What.
    #[serde(deserialize_with = "counted")]
    pub value: Preview,
}

/// Under what an entry stands.
///
/// ```
/// use jsrun_types::{Key, Preview};
///
/// // `new Map([[null, …]])`
/// let key = Key::MapKey(Box::new(Preview::Null));
/// assert_ne!(key, Key::Element);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Key {
    /// An array's element, a typed array's, or a set's, in order.
    Element,
    /// So many holes of an array in a row; the value is `Undefined`.
    Holes(u32),
    /// A property's name.
    Property(String),
    /// A property's symbol, such as `Symbol(name)`.
    Symbol(String),
    /// A map's key.
    MapKey(#[serde(deserialize_with = "guarded")] Box<Preview>),
    /// Not a property: a promise's result, a proxy's target.
    Internal,
    /// A property that is not enumerable and still worth showing: an error's `cause` and `errors`.
    Hidden(String),
}

impl Preview {
    /// About how many bytes the tree takes when sent: what counts against the output limit.
    pub fn weight(&self) -> usize {
        const NODE: usize = 8;
        NODE + match self {
            Self::BigInt(text) | Self::Symbol(text) => text.len(),
            Self::String(string) => string.text.len(),
            Self::Object(object) => object.weight(),
            _ => 0,
        }
    }
}

impl ObjectPreview {
    fn weight(&self) -> usize {
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let kind = match &self.kind {
            ObjectKind::Error(text) | ObjectKind::RegExp(text) | ObjectKind::Function(text) => text.len(),
            ObjectKind::Class { name, extends } => name.len() + length(extends),
            ObjectKind::Date(iso) => length(iso),
            ObjectKind::ArrayBuffer { bytes, .. } => bytes.len(),
            ObjectKind::Boxed(primitive) => primitive.weight(),
            ObjectKind::Object
            | ObjectKind::Array(_)
            | ObjectKind::Arguments(_)
            | ObjectKind::TypedArray(_)
            | ObjectKind::DataView
            | ObjectKind::Map(_)
            | ObjectKind::Set(_)
            | ObjectKind::WeakMap
            | ObjectKind::WeakSet
            | ObjectKind::Iterator
            | ObjectKind::Generator
            | ObjectKind::Promise(_)
            | ObjectKind::Proxy
            | ObjectKind::Module
            | ObjectKind::External => 0,
        };
        let entries = self.entries.iter().map(|entry| {
            let key = match &entry.key {
                Key::Property(name) | Key::Symbol(name) | Key::Hidden(name) => name.len(),
                Key::MapKey(key) => key.weight(),
                _ => 0,
            };
            key + entry.value.weight()
        });
        kind + length(&self.class) + length(&self.tag) + entries.sum::<usize>()
    }
}

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static NODES_LEFT: Cell<u64> = const { Cell::new(u64::MAX) };
}

/// Decodes with at most `nodes` objects, entries and map keys in all previews, arguments of console calls, causes and
/// stack frames together; more is a decoding error.
///
/// A decoder of frames from a worker uses it: a small frame could otherwise unfold into a large tree.
///
/// ```
/// use jsrun_types::{Preview, with_node_budget};
///
/// let decoded: Preview = with_node_budget(1_000, || serde_json::from_str("\"Null\""))?;
/// assert_eq!(decoded, Preview::Null);
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn with_node_budget<T>(nodes: u64, decode: impl FnOnce() -> T) -> T {
    NODES_LEFT.set(nodes);
    DEPTH.set(0);
    let decoded = decode();
    NODES_LEFT.set(u64::MAX);
    decoded
}

/// Every recursion of a decoded tree passes here, so that no input can exhaust the decoder's stack or memory.
pub(crate) fn guarded<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    let depth = DEPTH.get();
    if depth >= MAX_PREVIEW_DEPTH {
        return Err(D::Error::custom("tree is too deep"));
    }
    DEPTH.set(depth + 1);
    let decoded = counted(deserializer);
    DEPTH.set(depth);
    decoded
}

/// Decodes a list, each of whose elements is a node.
pub(crate) fn counted_elements<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    #[derive(Deserialize)]
    #[serde(transparent, bound = "T: Deserialize<'de>")]
    struct Element<T>(#[serde(deserialize_with = "counted")] T);

    let elements = Vec::<Element<T>>::deserialize(deserializer)?;
    Ok(elements.into_iter().map(|Element(element)| element).collect())
}

/// Every node of a decoded tree passes here.
fn counted<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let Some(left) = NODES_LEFT.get().checked_sub(1) else {
        return Err(D::Error::custom("tree has too many nodes"));
    };
    NODES_LEFT.set(left);
    T::deserialize(deserializer)
}
