//! What an object contains.

use deno_core::v8;
use jsrun_types::{AccessorPreview, Key, ObjectKind, ObjectPreview, Preview, PromiseState};

use super::{ENTRIES_PER_OBJECT, Previewer, platform_view, symbol_text};
use crate::property::{descriptor, own_data_property, own_field};

/// After so many holes in a row the keys are listed instead of asked for one by one.
const HOLES_IN_A_ROW: u32 = 1_000;
/// Symbols of the platform's own classes have descriptions that begin so.
const PLATFORM_SYMBOL: &str = "Symbol([[";

pub(super) fn fill<'s>(
    previewer: &mut Previewer<'_, 's>,
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    preview: &mut ObjectPreview,
) {
    match &preview.kind {
        ObjectKind::Proxy => return fill_proxy(previewer, scope, object, preview),
        ObjectKind::Array(length) | ObjectKind::Arguments(length) => {
            let length = *length;
            fill_array(previewer, scope, object, length, preview);
        }
        ObjectKind::TypedArray(length) => {
            let length = *length;
            fill_typed_array(previewer, scope, object, length, preview);
        }
        ObjectKind::Map(_) | ObjectKind::Set(_) | ObjectKind::Iterator => {
            fill_collection(previewer, scope, object, preview);
        }
        ObjectKind::Promise(state) if *state != PromiseState::Pending => {
            if let Ok(promise) = v8::Local::<v8::Promise>::try_from(object) {
                let result = promise.result(scope);
                previewer.push(preview, |previewer| Some((Key::Internal, previewer.value(scope, result))));
            }
        }
        ObjectKind::DataView => fill_data_view(previewer, scope, object, preview),
        ObjectKind::Error(_) => {
            for name in ["cause", "errors"] {
                if let Some(value) = own_data_property(scope, object, name) {
                    previewer.push(preview, |previewer| {
                        Some((Key::Hidden(name.to_owned()), previewer.value(scope, value)))
                    });
                }
            }
        }
        ObjectKind::Object => {
            if let Some(view) = platform_view(scope, previewer.state, object) {
                for (name, value) in view {
                    previewer.push(preview, |previewer| {
                        Some((Key::Property(name), previewer.value(scope, value)))
                    });
                }
                // The platform keeps private state under symbols.
                return fill_properties(previewer, scope, object, preview, Symbols::Hidden);
            }
        }
        _ => {}
    }
    fill_properties(previewer, scope, object, preview, Symbols::Shown);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Symbols {
    Shown,
    Hidden,
}

fn fill_proxy<'s>(
    previewer: &mut Previewer<'_, 's>,
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    preview: &mut ObjectPreview,
) {
    let Ok(proxy) = v8::Local::<v8::Proxy>::try_from(object) else { return };
    if !proxy.is_revoked() {
        let target = proxy.get_target(scope);
        previewer.push(preview, |previewer| Some((Key::Internal, previewer.value(scope, target))));
    }
}

fn fill_data_view<'s>(
    previewer: &mut Previewer<'_, 's>,
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    preview: &mut ObjectPreview,
) {
    let Ok(view) = v8::Local::<v8::ArrayBufferView>::try_from(object) else { return };
    #[expect(clippy::cast_precision_loss, reason = "buffers are far smaller than 2^53 bytes")]
    let numbers = [("byteLength", view.byte_length() as f64), ("byteOffset", view.byte_offset() as f64)];
    for (name, number) in numbers {
        previewer.push(preview, |_| Some((Key::Property(name.to_owned()), Preview::Number(number))));
    }
    if let Some(buffer) = view.buffer(scope) {
        previewer.push(preview, |previewer| {
            Some((Key::Property("buffer".to_owned()), previewer.value(scope, buffer.into())))
        });
    }
}

fn fill_array<'s>(
    previewer: &mut Previewer<'_, 's>,
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    length: u32,
    preview: &mut ObjectPreview,
) {
    let mut index = 0;
    let mut sparse = None;
    while index < length {
        if previewer.is_full(preview) {
            preview.omitted = preview.omitted.saturating_add(length - index);
            return;
        }
        let present = next_element(scope, object, index, length, &mut sparse);
        if present > index {
            let holes = present - index;
            previewer.push(preview, |_| Some((Key::Holes(holes), Preview::Undefined)));
            index = present;
            continue;
        }
        previewer.push(preview, |previewer| {
            let key = index_name(scope, index)?;
            Some((Key::Element, property(previewer, scope, object, key)?))
        });
        index += 1;
    }
}

/// The keys of an array with many holes, listed once, and how many of them are behind.
struct SparseKeys<'s> {
    keys: v8::Local<'s, v8::Array>,
    position: u32,
}

/// The first index from `from` on that is not a hole; `length` if all are.
fn next_element<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    from: u32,
    length: u32,
    sparse: &mut Option<SparseKeys<'s>>,
) -> u32 {
    if sparse.is_none() {
        for index in from..length.min(from.saturating_add(HOLES_IN_A_ROW)) {
            let Some(key) = index_name(scope, index) else { return length };
            if object.has_own_property(scope, key) != Some(false) {
                return index;
            }
        }
        *sparse = own_keys(scope, object, v8::IndexFilter::IncludeIndices)
            .map(|keys| SparseKeys { keys, position: 0 });
    }
    let Some(SparseKeys { keys, position }) = sparse else { return length };
    while *position < keys.length() {
        // Indices come first, in order.
        let index = keys.get_index(scope, *position).and_then(|key| {
            key.is_string().then(|| key.to_rust_string_lossy(scope)).and_then(|key| key.parse::<u32>().ok())
        });
        match index {
            Some(index) if index >= from => return index.min(length),
            Some(_) => *position += 1,
            None => return length,
        }
    }
    length
}

fn index_name<'s>(scope: &v8::PinScope<'s, '_>, index: u32) -> Option<v8::Local<'s, v8::Name>> {
    v8::String::new(scope, &index.to_string()).map(Into::into)
}

fn fill_typed_array<'s>(
    previewer: &mut Previewer<'_, 's>,
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    length: u32,
    preview: &mut ObjectPreview,
) {
    let shown = length.min(u32::try_from(ENTRIES_PER_OBJECT).unwrap_or(u32::MAX));
    for index in 0..shown {
        previewer.push(preview, |previewer| {
            // A typed array's elements are never accessors.
            let element = object.get_index(scope, index)?;
            Some((Key::Element, previewer.value(scope, element)))
        });
    }
    preview.omitted = preview.omitted.saturating_add(length - shown);
}

fn fill_collection<'s>(
    previewer: &mut Previewer<'_, 's>,
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    preview: &mut ObjectPreview,
) {
    let (Some(entries), pairs) = object.preview_entries(scope) else { return };
    let step = if pairs { 2 } else { 1 };
    let mut index = 0;
    while index < entries.length() {
        if previewer.is_full(preview) {
            preview.omitted = preview.omitted.saturating_add((entries.length() - index) / step);
            return;
        }
        previewer.push(preview, |previewer| {
            let first = entries.get_index(scope, index)?;
            if !pairs {
                return Some((Key::Element, previewer.value(scope, first)));
            }
            let second = entries.get_index(scope, index + 1)?;
            let key = previewer.value(scope, first);
            Some((Key::MapKey(Box::new(key)), previewer.value(scope, second)))
        });
        index += step;
    }
}

fn fill_properties<'s>(
    previewer: &mut Previewer<'_, 's>,
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    preview: &mut ObjectPreview,
    symbols: Symbols,
) {
    let indices = match preview.kind {
        ObjectKind::Array(_) | ObjectKind::Arguments(_) | ObjectKind::TypedArray(_) => {
            v8::IndexFilter::SkipIndices
        }
        ObjectKind::Boxed(ref primitive) if matches!(**primitive, Preview::String(_)) => {
            v8::IndexFilter::SkipIndices
        }
        _ => v8::IndexFilter::IncludeIndices,
    };
    let Some(keys) = own_keys(scope, object, indices) else { return };
    for position in 0..keys.length() {
        let Some(key) = keys.get_index(scope, position) else { return };
        let Ok(key) = v8::Local::<v8::Name>::try_from(key) else { continue };
        let shown = match v8::Local::<v8::Symbol>::try_from(key) {
            Ok(symbol) => {
                let text = symbol_text(scope, symbol);
                if symbols == Symbols::Hidden || text.starts_with(PLATFORM_SYMBOL) {
                    continue;
                }
                Key::Symbol(text)
            }
            Err(_) => match v8::Local::<v8::String>::try_from(key) {
                Ok(name) => Key::Property(previewer.read(scope, name, super::NESTED_STRING).text),
                Err(_) => continue,
            },
        };
        previewer.push(preview, |previewer| Some((shown, property(previewer, scope, object, key)?)));
        if previewer.is_full(preview) {
            preview.omitted = preview.omitted.saturating_add(keys.length() - position - 1);
            return;
        }
    }
}

/// The names and symbols of enumerable own properties.
fn own_keys<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    indices: v8::IndexFilter,
) -> Option<v8::Local<'s, v8::Array>> {
    let arguments = v8::GetPropertyNamesArgsBuilder::new()
        .mode(v8::KeyCollectionMode::OwnOnly)
        .property_filter(v8::PropertyFilter::ONLY_ENUMERABLE)
        .index_filter(indices)
        .key_conversion(v8::KeyConversionMode::ConvertToString)
        .build();
    // A module's namespace may throw: a binding that is not initialised yet.
    v8::tc_scope!(let scope, scope);
    object.get_property_names(scope, arguments)
}

fn property<'s>(
    previewer: &mut Previewer<'_, 's>,
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    key: v8::Local<'s, v8::Name>,
) -> Option<Preview> {
    let descriptor = descriptor(scope, object, key)?;
    if let Some(value) = own_field(scope, descriptor, "value") {
        return Some(previewer.value(scope, value));
    }
    let mut has = |name| own_field(scope, descriptor, name).is_some_and(|function| function.is_function());
    Some(Preview::Accessor(AccessorPreview { getter: has("get"), setter: has("set") }))
}
