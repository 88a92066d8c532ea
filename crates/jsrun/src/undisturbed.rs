//! JavaScript of the engine that runs as if no program had run before, though one has.
//!
//! The platform's scripts use what V8 defines as it was before any program. What they make still inherits from
//! `Object.prototype` and the like, to which a program may have added setters and getters that would see what is not the
//! program's. So its additions are taken away meanwhile, and put back.

use deno_core::v8;

use crate::local::EngineState;
use crate::property::{descriptor, own_field};

/// Calls a function. Nothing stops it half-way but a stack that overflows; a stop waits until it is over. `None` when something
/// was thrown, or a stop was asked for already.
pub(crate) fn call<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    work: v8::Local<'s, v8::Function>,
    argument: v8::Local<'s, v8::Value>,
) -> Option<v8::Local<'s, v8::Value>> {
    let undefined = v8::undefined(scope).into();
    let stop = state.stop();
    let (_shield, is_outermost) = stop.shield();
    if !is_outermost {
        return work.call(scope, undefined, &[argument]);
    }
    // V8's flag may be raised, and V8 would then do nothing of what follows. It ends the program in a moment.
    if stop.reason().is_some() {
        return None;
    }
    v8::tc_scope!(let scope, scope);
    let mut additions = Vec::new();
    // Without memory for all of them there is little for the work either.
    let _ = take_additions(scope, state, &mut additions);
    let result = work.call(scope, undefined, &[argument]);
    for addition in additions {
        addition.put_back(scope);
    }
    if result.is_none() {
        scope.rethrow();
    }
    result
}

/// A property that a program has added to a prototype.
struct Addition<'s> {
    prototype: v8::Local<'s, v8::Object>,
    key: v8::Local<'s, v8::Name>,
    descriptor: v8::PropertyDescriptor,
}

impl Addition<'_> {
    fn put_back(&self, scope: &mut v8::PinScope<'_, '_>) {
        // Nobody else was there to prevent it.
        let _ = self.prototype.define_property(scope, self.key, &self.descriptor);
    }
}

/// Removes what a program has added to the prototypes that nearly all objects have. What it has made permanent stays.
fn take_additions<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    additions: &mut Vec<Addition<'s>>,
) -> Option<()> {
    let shared = v8::Local::new(scope, &state.intrinsics().shared_prototypes);
    for index in (0..shared.length()).step_by(2) {
        let prototype: v8::Local<v8::Object> = shared.get_index(scope, index)?.try_into().ok()?;
        let original: v8::Local<v8::Array> = shared.get_index(scope, index + 1)?.try_into().ok()?;
        let keys = own_keys(scope, prototype)?;
        if are_same(scope, keys, original) {
            continue;
        }
        for index in 0..keys.length() {
            let key = keys.get_index(scope, index)?;
            if contains(scope, original, key) {
                continue;
            }
            let key: v8::Local<v8::Name> = key.try_into().ok()?;
            let descriptor = descriptor(scope, prototype, key)?;
            let descriptor = to_property_descriptor(scope, descriptor)?;
            if prototype.delete(scope, key.into()) == Some(true) {
                additions.push(Addition { prototype, key, descriptor });
            }
        }
    }
    Some(())
}

/// All keys, indices too as strings, in their order.
fn own_keys<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
) -> Option<v8::Local<'s, v8::Array>> {
    let args = v8::GetPropertyNamesArgsBuilder::new()
        .mode(v8::KeyCollectionMode::OwnOnly)
        .property_filter(v8::PropertyFilter::ALL_PROPERTIES)
        .index_filter(v8::IndexFilter::IncludeIndices)
        .key_conversion(v8::KeyConversionMode::ConvertToString)
        .build();
    object.get_own_property_names(scope, args)
}

fn are_same<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    left: v8::Local<'s, v8::Array>,
    right: v8::Local<'s, v8::Array>,
) -> bool {
    left.length() == right.length()
        && (0..left.length())
            .all(|index| left.get_index(scope, index).is_some_and(|key| is_at(scope, right, index, key)))
}

fn contains<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    keys: v8::Local<'s, v8::Array>,
    key: v8::Local<'s, v8::Value>,
) -> bool {
    (0..keys.length()).any(|index| is_at(scope, keys, index, key))
}

fn is_at<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    keys: v8::Local<'s, v8::Array>,
    index: u32,
    key: v8::Local<'s, v8::Value>,
) -> bool {
    keys.get_index(scope, index).is_some_and(|other| other.strict_equals(key))
}

fn to_property_descriptor<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    found: v8::Local<'s, v8::Object>,
) -> Option<v8::PropertyDescriptor> {
    let mut is = |name| own_field(scope, found, name).map(|value| value.is_true());
    let (enumerable, configurable, writable) = (is("enumerable")?, is("configurable")?, is("writable"));
    let mut descriptor = match writable {
        Some(writable) => {
            v8::PropertyDescriptor::new_from_value_writable(own_field(scope, found, "value")?, writable)
        }
        None => v8::PropertyDescriptor::new_from_get_set(
            own_field(scope, found, "get")?,
            own_field(scope, found, "set")?,
        ),
    };
    descriptor.set_enumerable(enumerable);
    descriptor.set_configurable(configurable);
    Some(descriptor)
}
