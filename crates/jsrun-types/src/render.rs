//! Previews as text, laid out as Node's console does.
//!
//! The layout rules and numbers (80 columns, three levels on one line, arrays in columns) are those of
//! `util.inspect` with its defaults: <https://nodejs.org/api/util.html#utilinspectobject-options>.

mod colour;
mod layout;
mod quote;

use std::collections::HashMap;

use colour::{CYAN, Colour, GREEN, GREY};
use layout::{Layout, Shape};
use quote::{is_identifier, quote};

use crate::{Entry, Key, ObjectKind, ObjectPreview, Preview, PromiseState, StringPreview};

/// Objects nested deeper than this show without their entries; `util.inspect`'s `depth`.
const DEPTH: usize = 2;

impl Preview {
    /// The value as a console shows it: strings bare, `{ a: 1 }`, `[ 1, 2 ]`, `Map(1) { 'k' => 1 }`, `undefined`.
    pub fn to_text(&self) -> String {
        match self {
            Self::String(string) => bare(string),
            _ => self.to_source_text(),
        }
    }

    /// The value as it shows inside another: as [`Preview::to_text`], but strings are quoted.
    pub fn to_source_text(&self) -> String {
        Renderer::default().render(self)
    }

    /// As [`Preview::to_source_text`], in the colours in which Node's REPL shows values on a terminal.
    pub fn to_coloured_text(&self) -> String {
        let layout = Layout { coloured: true, ..Layout::default() };
        Renderer { layout, ..Renderer::default() }.render(self)
    }
}

impl ObjectPreview {
    /// What stands for the object where its entries do not show: `Array(3)`, `Map(1)`, `Foo`, `[Function: f]`, `/a/g`,
    /// an error's stack.
    pub fn label(&self) -> String {
        match &self.kind {
            ObjectKind::Object | ObjectKind::Module | ObjectKind::Proxy | ObjectKind::External => {
                self.prefix(self.fallback_class(), "")
            }
            ObjectKind::ArrayBuffer { byte_length, .. } => {
                self.prefix("ArrayBuffer", &format!("({byte_length})"))
            }
            ObjectKind::Arguments(length) => format!("Arguments({length})"),
            ObjectKind::Array(length)
            | ObjectKind::TypedArray(length)
            | ObjectKind::Map(length)
            | ObjectKind::Set(length) => self.prefix(self.fallback_class(), &format!("({length})")),
            ObjectKind::Error(_)
            | ObjectKind::Date(_)
            | ObjectKind::RegExp(_)
            | ObjectKind::Function(_)
            | ObjectKind::Class { .. }
            | ObjectKind::Boxed(_) => self.base(),
            _ => self.prefix(self.fallback_class(), ""),
        }
    }

    /// The class name, the size and the tag, as they stand before the entries.
    fn prefix(&self, fallback: &str, size: &str) -> String {
        let tag = self.tag.as_deref();
        match (&self.class, tag) {
            (None, Some(tag)) if tag != fallback => {
                format!("[{fallback}{size}: null prototype] [{tag}]")
            }
            (None, _) => format!("[{fallback}{size}: null prototype]"),
            (Some(class), Some(tag)) if tag != class => format!("{class}{size} [{tag}]"),
            (Some(class), _) => format!("{class}{size}"),
        }
    }

    fn fallback_class(&self) -> &'static str {
        match self.kind {
            ObjectKind::Array(_) => "Array",
            ObjectKind::TypedArray(_) => "TypedArray",
            ObjectKind::ArrayBuffer { .. } => "ArrayBuffer",
            ObjectKind::DataView => "DataView",
            ObjectKind::Map(_) => "Map",
            ObjectKind::Set(_) => "Set",
            ObjectKind::WeakMap => "WeakMap",
            ObjectKind::WeakSet => "WeakSet",
            ObjectKind::Promise(_) => "Promise",
            ObjectKind::Proxy => "Proxy",
            ObjectKind::Module => "Module",
            ObjectKind::External => "External",
            _ => "Object",
        }
    }

    /// The text of kinds that are more than their entries; empty for the others.
    fn base(&self) -> String {
        match &self.kind {
            ObjectKind::Error(stack) if stack.contains("\n    at ") => stack.clone(),
            ObjectKind::Error(stack) => format!("[{stack}]"),
            ObjectKind::Date(Some(iso)) => iso.clone(),
            ObjectKind::Date(None) => "Invalid Date".to_owned(),
            ObjectKind::RegExp(source) => source.clone(),
            ObjectKind::Function(name) => {
                let class = self.class.as_deref().unwrap_or("Function (null prototype)");
                if name.is_empty() { format!("[{class} (anonymous)]") } else { format!("[{class}: {name}]") }
            }
            ObjectKind::Class { name, extends } => {
                let name = if name.is_empty() { "(anonymous)" } else { name };
                match extends {
                    Some(parent) if !parent.is_empty() => format!("[class {name} extends {parent}]"),
                    _ => format!("[class {name}]"),
                }
            }
            ObjectKind::Boxed(primitive) => {
                let class = self.class.as_deref().unwrap_or("Object");
                match &**primitive {
                    // A forgery: the engine boxes primitives only. Not followed, so that no chain of them is.
                    Preview::Object(object) => format!("[{class}: {}]", collapsed(object)),
                    primitive => format!("[{class}: {}]", primitive.to_source_text()),
                }
            }
            _ => String::new(),
        }
    }
}

fn bare(string: &StringPreview) -> String {
    match string.omitted {
        0 => string.text.clone(),
        omitted => format!("{}{}", string.text, more(omitted, "character")),
    }
}

/// `... 3 more items`.
fn more(count: u32, noun: &str) -> String {
    let plural = match (count, noun) {
        (1, _) => noun.to_owned(),
        (_, "property") => "properties".to_owned(),
        _ => format!("{noun}s"),
    };
    format!("... {count} more {plural}")
}

#[derive(Default)]
struct Renderer {
    layout: Layout,
    /// From an object's id to the number it shows as, for objects that contain themselves.
    circles: HashMap<u32, usize>,
}

impl Renderer {
    fn render(mut self, value: &Preview) -> String {
        self.number_circles(value);
        self.value(value, 0)
    }

    fn paint(&self, colour: impl Into<Option<Colour>>, text: String) -> String {
        match colour.into() {
            Some(colour) if self.layout.coloured && !text.is_empty() => colour.paint(&text),
            _ => text,
        }
    }

    fn number_circles(&mut self, value: &Preview) {
        match value {
            Preview::Circular(id) => {
                let next = self.circles.len() + 1;
                self.circles.entry(*id).or_insert(next);
            }
            Preview::Object(object) => {
                for Entry { key, value } in &object.entries {
                    if let Key::MapKey(key) = key {
                        self.number_circles(key);
                    }
                    self.number_circles(value);
                }
            }
            _ => {}
        }
    }

    fn value(&mut self, value: &Preview, depth: usize) -> String {
        let text = match value {
            Preview::Undefined => "undefined".to_owned(),
            Preview::Null => "null".to_owned(),
            Preview::Boolean(boolean) => boolean.to_string(),
            Preview::Number(number) => number_text(*number),
            Preview::BigInt(digits) => format!("{digits}n"),
            Preview::String(string) => match string.omitted {
                0 => quote(&string.text),
                omitted => format!("{}{}", quote(&string.text), more(omitted, "character")),
            },
            Preview::Symbol(text) => text.clone(),
            Preview::Accessor(accessor) => match (accessor.getter, accessor.setter) {
                (true, true) => "[Getter/Setter]",
                (false, true) => "[Setter]",
                _ => "[Getter]",
            }
            .to_owned(),
            Preview::Circular(id) => {
                format!("[Circular *{}]", self.circles.get(id).copied().unwrap_or(1))
            }
            Preview::Object(object) => {
                let text = self.object(object, depth);
                return match self.circles.get(&object.id) {
                    Some(number) => {
                        format!("{} {text}", self.paint(CYAN, format!("<ref *{number}>")))
                    }
                    None => text,
                };
            }
        };
        self.paint(colour::of_value(value), text)
    }

    fn object(&mut self, object: &ObjectPreview, depth: usize) -> String {
        if let (ObjectKind::Proxy, [target]) = (&object.kind, object.entries.as_slice()) {
            return self.value(&target.value, depth);
        }
        let mut base = self.paint(colour::of_kind(&object.kind), object.base());
        if object.collapsed {
            return if base.is_empty() { self.paint(CYAN, collapsed(object)) } else { base };
        }
        if matches!(object.kind, ObjectKind::Error(_)) {
            base = base.replace('\n', &format!("\n{}", " ".repeat(self.layout.indentation)));
        }
        let (open, close) = braces(object, &base);
        if object.entries.is_empty() && object.omitted == 0 && !always_braced(&object.kind) {
            return if base.is_empty() { format!("{open}{close}") } else { base };
        }
        if depth > DEPTH {
            return if base.is_empty() { self.paint(CYAN, collapsed(object)) } else { base };
        }
        self.layout.deepest = depth;
        let mut numeric = true;
        let mut parts: Vec<String> =
            Self::inner_parts(object).into_iter().map(|part| self.paint(CYAN, part)).collect();
        for entry in &object.entries {
            numeric &= matches!(entry.value, Preview::Number(_) | Preview::BigInt(_));
            parts.push(match (&object.kind, &entry.key) {
                (ObjectKind::Iterator, Key::MapKey(key)) => self.pair(key, &entry.value, depth),
                _ => self.entry(entry, depth),
            });
        }
        let listed = is_listed(&object.kind);
        if object.omitted > 0 {
            parts.push(more(object.omitted, if listed { "item" } else { "property" }));
        }
        let shape = match object.kind {
            ObjectKind::Array(_) | ObjectKind::Arguments(_) | ObjectKind::TypedArray(_) => {
                Shape::Columns { numeric, trailing_note: object.omitted > 0 }
            }
            _ => Shape::Lines,
        };
        self.layout.assemble(&base, &open, parts, close, depth, shape)
    }

    /// What stands before the entries without being one.
    fn inner_parts(object: &ObjectPreview) -> Vec<String> {
        match &object.kind {
            ObjectKind::WeakMap | ObjectKind::WeakSet => vec!["<items unknown>".to_owned()],
            ObjectKind::Promise(PromiseState::Pending) => vec!["<pending>".to_owned()],
            ObjectKind::ArrayBuffer { byte_length, bytes } => {
                let mut hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                let shown = bytes.len() as u64;
                if *byte_length > shown {
                    hex.push(format!("... {} more bytes", byte_length - shown));
                }
                vec![format!("[Uint8Contents]: <{}>", hex.join(" ")), format!("byteLength: {byte_length}")]
            }
            ObjectKind::Proxy => vec!["<Revoked Proxy>".to_owned()],
            _ => Vec::new(),
        }
    }

    /// What a map's iterator gives.
    fn pair(&mut self, key: &Preview, value: &Preview, depth: usize) -> String {
        let key = self.value(key, depth + 1);
        format!("[ {key}, {} ]", self.value(value, depth + 1))
    }

    fn entry(&mut self, entry: &Entry, depth: usize) -> String {
        self.layout.indentation += 2;
        let text = match &entry.key {
            Key::Element | Key::Internal => self.value(&entry.value, depth + 1),
            Key::Hidden(name) => format!("[{name}]: {}", self.value(&entry.value, depth + 1)),
            Key::Holes(1) => self.paint(GREY, "<1 empty item>".to_owned()),
            Key::Holes(count) => self.paint(GREY, format!("<{count} empty items>")),
            Key::Property(name) if is_identifier(name) => {
                format!("{name}: {}", self.value(&entry.value, depth + 1))
            }
            Key::Property(name) => {
                let name = self.paint(GREEN, quote(name));
                format!("{name}: {}", self.value(&entry.value, depth + 1))
            }
            Key::Symbol(text) => {
                let text = self.paint(GREEN, text.clone());
                format!("[{text}]: {}", self.value(&entry.value, depth + 1))
            }
            Key::MapKey(key) => {
                let key = self.value(key, depth + 1);
                format!("{key} => {}", self.value(&entry.value, depth + 1))
            }
        };
        self.layout.indentation -= 2;
        text
    }
}

fn collapsed(object: &ObjectPreview) -> String {
    match object.kind {
        ObjectKind::Array(_) if object.class.as_deref() == Some("Array") => "[Array]".to_owned(),
        ObjectKind::Arguments(_) => "[Arguments]".to_owned(),
        _ => match &object.class {
            Some(_) => format!("[{}]", object.prefix(object.fallback_class(), "")),
            None => object.prefix(object.fallback_class(), ""),
        },
    }
}

/// What opens and closes the entries, for an object with this [`ObjectPreview::base`].
fn braces(object: &ObjectPreview, base: &str) -> (String, &'static str) {
    let plain = |class: &str| object.class.as_deref() == Some(class) && object.tag.is_none();
    match object.kind {
        ObjectKind::Array(_) if plain("Array") => ("[".to_owned(), "]"),
        ObjectKind::Arguments(_) => ("[Arguments] [".to_owned(), "]"),
        ObjectKind::Array(_) | ObjectKind::TypedArray(_) => (format!("{} [", object.label()), "]"),
        ObjectKind::Object if plain("Object") => ("{".to_owned(), "}"),
        ObjectKind::ArrayBuffer { .. } => (format!("{} {{", object.prefix("ArrayBuffer", "")), "}"),
        ObjectKind::Iterator => (format!("[{}] {{", iterator_name(object)), "}"),
        _ if !base.is_empty() => ("{".to_owned(), "}"),
        _ => (format!("{} {{", object.label()), "}"),
    }
}

fn iterator_name(object: &ObjectPreview) -> String {
    let name = object.tag.as_deref().unwrap_or("Iterator");
    match object.entries.first() {
        Some(Entry { key: Key::MapKey(_), .. }) => name.replace("Iterator", "Entries"),
        _ => name.to_owned(),
    }
}

/// Kinds that show something between their braces even without entries.
fn always_braced(kind: &ObjectKind) -> bool {
    matches!(
        kind,
        ObjectKind::WeakMap
            | ObjectKind::WeakSet
            | ObjectKind::Promise(PromiseState::Pending)
            | ObjectKind::ArrayBuffer { .. }
            | ObjectKind::Proxy
    )
}

fn is_listed(kind: &ObjectKind) -> bool {
    matches!(
        kind,
        ObjectKind::Array(_)
            | ObjectKind::Arguments(_)
            | ObjectKind::TypedArray(_)
            | ObjectKind::Map(_)
            | ObjectKind::Set(_)
            | ObjectKind::Iterator
    )
}

/// A number in JavaScript's own spelling, −0 told apart.
fn number_text(number: f64) -> String {
    if number == 0.0 && number.is_sign_negative() {
        return "-0".to_owned();
    }
    ryu_js::Buffer::new().format(number).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(inner: Preview) -> Preview {
        Preview::Object(Box::new(ObjectPreview {
            id: 1,
            kind: ObjectKind::Boxed(Box::new(inner)),
            class: Some("Number".to_owned()),
            tag: None,
            entries: Vec::new(),
            omitted: 0,
            collapsed: false,
        }))
    }

    #[test]
    fn colours_change_no_layout() {
        let numbers = (0..40)
            .map(|number| Entry { key: Key::Element, value: Preview::Number(f64::from(number) * 7.0) });
        let list = ObjectPreview {
            id: 1,
            kind: ObjectKind::Array(40),
            class: Some("Array".to_owned()),
            tag: None,
            entries: numbers.collect(),
            omitted: 0,
            collapsed: false,
        };
        let list = Preview::Object(Box::new(list));
        let coloured = list.to_coloured_text();
        assert!(coloured.contains("\x1b[33m273\x1b[39m"), "{coloured}");
        assert_eq!(coloured.replace("\x1b[33m", "").replace("\x1b[39m", ""), list.to_source_text());
        assert_eq!(Preview::Null.to_coloured_text(), "\x1b[1mnull\x1b[22m");
    }

    #[test]
    fn a_boxed_primitive_shows_it() {
        assert_eq!(boxed(Preview::Number(3.0)).to_text(), "[Number: 3]");
    }

    #[test]
    fn boxes_in_boxes_cost_no_more_than_one() {
        // Would take 2³¹ times as long as one if each level asked for the next one twice.
        let chain = (1..crate::MAX_PREVIEW_DEPTH).fold(Preview::Null, |inner, _| boxed(inner));
        for _ in 0..1000 {
            assert_eq!(chain.to_text(), "[Number: [Number]]");
        }
    }
}
