//! Properties, read without running the program's code.

use deno_core::v8;

use crate::preview::{MOST_PROTOTYPES, read_string};

/// The longest name of a function, class or file that is kept, in UTF-16 code units.
pub(crate) const LONGEST_NAME: usize = 1_000;
/// The longest message or stack that is kept, in UTF-16 code units.
pub(crate) const LONGEST_TEXT: usize = 16_384;

/// The text of a data property, own or inherited. Accessors and proxies end the search: they run code.
pub(crate) fn data_property_text<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    name: &str,
) -> Option<String> {
    let text: v8::Local<v8::String> = data_property(scope, object, name)?.try_into().ok()?;
    Some(read_string(scope, text, LONGEST_TEXT).text)
}

fn data_property<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    name: &str,
) -> Option<v8::Local<'s, v8::Value>> {
    let key = v8::String::new(scope, name)?;
    find_data_property(scope, object, key.into())
}

/// A data property, own or inherited.
pub(crate) fn find_data_property<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    key: v8::Local<'s, v8::Name>,
) -> Option<v8::Local<'s, v8::Value>> {
    let mut holder = object;
    for _ in 0..MOST_PROTOTYPES {
        if holder.is_proxy() {
            return None;
        }
        if let Some(descriptor) = descriptor(scope, holder, key) {
            return own_field(scope, descriptor, "value");
        }
        holder = holder.get_prototype(scope)?.try_into().ok()?;
    }
    None
}

/// An own data property.
pub(crate) fn own_data_property<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    name: &str,
) -> Option<v8::Local<'s, v8::Value>> {
    let key = v8::String::new(scope, name)?;
    let descriptor = descriptor(scope, object, key.into())?;
    own_field(scope, descriptor, "value")
}

/// An own property's descriptor. Not for proxies: it would trap.
pub(crate) fn descriptor<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    key: v8::Local<'s, v8::Name>,
) -> Option<v8::Local<'s, v8::Object>> {
    if object.is_proxy() {
        return None;
    }
    object.get_own_property_descriptor(scope, key)?.try_into().ok()
}

/// A field of a descriptor. Asked for as an own property: the program may have put getters on `Object.prototype`.
pub(crate) fn own_field<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    descriptor: v8::Local<'s, v8::Object>,
    name: &str,
) -> Option<v8::Local<'s, v8::Value>> {
    let key = v8::String::new(scope, name)?;
    if !descriptor.has_own_property(scope, key.into())? {
        return None;
    }
    descriptor.get(scope, key.into())
}
