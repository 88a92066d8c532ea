//! V8 values as trees that can be shown, made without running the program's code.
//!
//! Properties are read through their descriptors, so getters do not run; proxies are looked through, not asked.

mod entries;
mod kind;

use deno_core::v8;
use jsrun_types::{Entry, Key, ObjectKind, ObjectPreview, Preview, StringPreview};

use crate::intrinsics::call;
use crate::local::EngineState;
use crate::property::{descriptor, own_field};

/// How deep a tree goes. Text stops earlier, as consoles do; a page can expand the rest.
const DEPTH: usize = 5;
/// Entries of one object.
const ENTRIES_PER_OBJECT: usize = 100;
/// Entries of one tree.
const ENTRIES_PER_TREE: usize = 5_000;
/// How many prototypes are searched.
pub(crate) const MOST_PROTOTYPES: usize = 32;
/// UTF-16 code units of a string inside another value; Node's `maxStringLength`.
const NESTED_STRING: usize = 10_000;
/// 64-bit words of a `BigInt` that shows its digits, some 5,000 of them: decimal digits take quadratic time, in which
/// V8 cannot be interrupted.
const BIG_INT_WORDS: usize = 256;

/// Makes previews. One per value shown.
pub(crate) struct Previewer<'a, 's> {
    state: &'a EngineState,
    ancestors: Vec<(v8::Local<'s, v8::Object>, u32)>,
    next_id: u32,
    entries_left: usize,
    string_units_left: usize,
}

impl<'a, 's> Previewer<'a, 's> {
    pub(crate) fn new(state: &'a EngineState) -> Self {
        Self {
            state,
            ancestors: Vec::new(),
            next_id: 1,
            entries_left: ENTRIES_PER_TREE,
            // One more than may be sent: what is cut here is over the budget.
            string_units_left: state.console.left().saturating_add(1),
        }
    }

    pub(crate) fn preview(
        mut self,
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Preview {
        self.value(scope, value)
    }

    /// As [`Previewer::preview`], of one of several values that have the room of one together.
    pub(crate) fn preview_next(
        &mut self,
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Preview {
        self.value(scope, value)
    }

    /// Takes no more than so many UTF-16 code units of strings.
    pub(crate) fn with_most_text(mut self, units: usize) -> Self {
        self.string_units_left = self.string_units_left.min(units);
        self
    }

    /// Whether there is no room left.
    pub(crate) fn is_spent(&self) -> bool {
        self.entries_left == 0 || self.string_units_left == 0
    }

    fn value(&mut self, scope: &mut v8::PinScope<'s, '_>, value: v8::Local<'s, v8::Value>) -> Preview {
        if let Ok(object) = v8::Local::<v8::Object>::try_from(value) {
            return self.object(scope, object);
        }
        if value.is_undefined() {
            Preview::Undefined
        } else if value.is_null() {
            Preview::Null
        } else if value.is_boolean() {
            Preview::Boolean(value.is_true())
        } else if let Ok(number) = v8::Local::<v8::Number>::try_from(value) {
            Preview::Number(number.value())
        } else if let Ok(string) = v8::Local::<v8::String>::try_from(value) {
            self.string(scope, string)
        } else if value.is_big_int() {
            self.big_int(scope, value)
        } else if let Ok(symbol) = v8::Local::<v8::Symbol>::try_from(value) {
            Preview::Symbol(symbol_text(scope, symbol))
        } else {
            self.leaf(ObjectKind::External, Some("External".to_owned()))
        }
    }

    fn string(&mut self, scope: &v8::PinScope<'s, '_>, string: v8::Local<'s, v8::String>) -> Preview {
        let limit = if self.ancestors.is_empty() { usize::MAX } else { NESTED_STRING };
        Preview::String(self.read(scope, string, limit))
    }

    /// A string's beginning, taken from what the tree may have of strings.
    fn read(
        &mut self,
        scope: &v8::PinScope<'s, '_>,
        string: v8::Local<'s, v8::String>,
        limit: usize,
    ) -> StringPreview {
        let text = read_string(scope, string, limit.min(self.string_units_left));
        self.string_units_left = self.string_units_left.saturating_sub(text.text.len());
        text
    }

    fn big_int(&mut self, scope: &mut v8::PinScope<'s, '_>, value: v8::Local<'s, v8::Value>) -> Preview {
        let words = v8::Local::<v8::BigInt>::try_from(value).map_or(0, |number| number.word_count());
        if words > BIG_INT_WORDS {
            return Preview::BigInt(format!("<about {} bits>", words * 64));
        }
        let digits = value.to_string(scope);
        Preview::BigInt(digits.map_or_else(String::new, |digits| self.read(scope, digits, usize::MAX).text))
    }

    /// Whether there is no room for more, or no time: the run is being stopped.
    fn is_full(&self, preview: &ObjectPreview) -> bool {
        self.entries_left == 0
            || self.string_units_left == 0
            || preview.entries.len() >= ENTRIES_PER_OBJECT
            || self.state.console.is_stopped()
    }

    fn object(&mut self, scope: &mut v8::PinScope<'s, '_>, object: v8::Local<'s, v8::Object>) -> Preview {
        if let Some((_, id)) = self.ancestors.iter().find(|(ancestor, _)| *ancestor == object) {
            return Preview::Circular(*id);
        }
        let id = self.next_id;
        self.next_id += 1;
        let kind = kind::of(scope, self.state, object);
        let (class, tag) = if object.is_proxy() {
            (Some("Proxy".to_owned()), None)
        } else {
            kind::class_and_tag(scope, object, &kind)
        };
        let mut preview =
            ObjectPreview { id, kind, class, tag, entries: Vec::new(), omitted: 0, collapsed: false };
        if self.ancestors.len() >= DEPTH {
            preview.collapsed = true;
        } else {
            self.ancestors.push((object, id));
            entries::fill(self, scope, object, &mut preview);
            self.ancestors.pop();
        }
        Preview::Object(Box::new(preview))
    }

    fn leaf(&mut self, kind: ObjectKind, class: Option<String>) -> Preview {
        let id = self.next_id;
        self.next_id += 1;
        Preview::Object(Box::new(ObjectPreview {
            id,
            kind,
            class,
            tag: None,
            entries: Vec::new(),
            omitted: 0,
            collapsed: false,
        }))
    }

    /// Adds an entry if there is room; counts it as omitted otherwise.
    fn push(&mut self, preview: &mut ObjectPreview, make: impl FnOnce(&mut Self) -> Option<(Key, Preview)>) {
        if self.is_full(preview) {
            preview.omitted = preview.omitted.saturating_add(1);
            return;
        }
        self.entries_left -= 1;
        if let Some((key, value)) = make(self) {
            preview.entries.push(Entry { key, value });
        }
    }
}

/// A string's beginning. Cuts between characters.
pub(crate) fn read_string<'s>(
    scope: &v8::PinScope<'s, '_>,
    string: v8::Local<'s, v8::String>,
    most_units: usize,
) -> StringPreview {
    let length = string.length();
    if length <= most_units {
        return StringPreview { text: string.to_rust_string_lossy(scope), omitted: 0 };
    }
    let mut units = vec![0_u16; most_units];
    string.write_v2(scope, 0, &mut units, v8::WriteFlags::empty());
    if units.last().is_some_and(|last| (0xd800..0xdc00).contains(last)) {
        units.pop();
    }
    let omitted = u32::try_from(length - units.len()).unwrap_or(u32::MAX);
    StringPreview { text: String::from_utf16_lossy(&units), omitted }
}

/// `Symbol(description)`.
pub(crate) fn symbol_text<'s>(scope: &v8::PinScope<'s, '_>, symbol: v8::Local<'s, v8::Symbol>) -> String {
    let description: Option<v8::Local<v8::String>> = symbol.description(scope).try_into().ok();
    let text = description.map_or_else(String::new, |text| read_string(scope, text, NESTED_STRING).text);
    format!("Symbol({text})")
}

/// A number as previews and positions count.
pub(crate) fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Whether the object may be one of the platform's: its prototypes are not only `Object.prototype`, and none is a proxy,
/// which would be asked for its own.
fn has_plain_prototypes<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    object: v8::Local<'s, v8::Object>,
) -> bool {
    let plain = v8::Local::new(scope, &state.intrinsics().object_prototype);
    let mut holder = object;
    for depth in 0..MOST_PROTOTYPES {
        if holder.is_proxy() {
            return false;
        }
        match holder.get_prototype(scope).map(v8::Local::<v8::Object>::try_from) {
            Some(Ok(prototype)) if prototype == plain => return depth > 0,
            Some(Ok(prototype)) => holder = prototype,
            _ => return depth > 0,
        }
    }
    false
}

/// Whether all symbols are data properties. The platform's getters read its objects' state under symbols, and a
/// program can put accessors there.
fn has_plain_symbols<'s>(scope: &mut v8::PinScope<'s, '_>, object: v8::Local<'s, v8::Object>) -> bool {
    let arguments = v8::GetPropertyNamesArgsBuilder::new()
        .mode(v8::KeyCollectionMode::OwnOnly)
        .property_filter(v8::PropertyFilter::SKIP_STRINGS)
        .index_filter(v8::IndexFilter::SkipIndices)
        .build();
    let Some(symbols) = object.get_property_names(scope, arguments) else { return false };
    (0..symbols.length()).all(|index| {
        symbols
            .get_index(scope, index)
            .and_then(|symbol| v8::Local::<v8::Name>::try_from(symbol).ok())
            .and_then(|symbol| descriptor(scope, object, symbol))
            .is_some_and(|descriptor| own_field(scope, descriptor, "value").is_some())
    })
}

/// What a platform object, such as a `URL`, shows of its private state; `None` for other objects.
pub(crate) fn platform_view<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    object: v8::Local<'s, v8::Object>,
) -> Option<Vec<(String, v8::Local<'s, v8::Value>)>> {
    if !has_plain_prototypes(scope, state, object) || !has_plain_symbols(scope, object) {
        return None;
    }
    let view = call(scope, &state.intrinsics().describe_platform_object, None, &[object.into()])?;
    let view: v8::Local<v8::Array> = view.try_into().ok()?;
    let mut properties = Vec::new();
    for index in (0..view.length()).step_by(2) {
        let name = view.get_index(scope, index)?.to_rust_string_lossy(scope);
        properties.push((name, view.get_index(scope, index + 1)?));
    }
    Some(properties)
}
