//! JavaScript of the engine that runs as if no program had run before, though one has.
//!
//! The platform's scripts use what V8 defines as it was before any program. What they make still inherits from
//! `Object.prototype` and the like, to which a program may have added setters and getters that would see what is not the
//! program's; and V8 reads properties for them that a program may have replaced. So the program's changes are taken away
//! meanwhile, and put back.
//!
//! What a program has made permanent stays, and so its code may run amid the scripts. They have nothing that it must not get,
//! and it is stopped like any other.

use deno_core::v8;

use crate::intrinsics;
use crate::local::EngineState;
use crate::property::descriptor;
use crate::stop::Stop;

/// How many properties a program may have added to a prototype. Taking them away and putting them back is not to be stopped.
const MOST_ADDITIONS: u32 = 10_000;

/// Calls a function, which a stop or a stack overflow may break off. `None` when something was thrown, or a stop was asked for.
pub(crate) fn call<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    work: v8::Local<'s, v8::Function>,
    argument: v8::Local<'s, v8::Value>,
) -> Option<v8::Local<'s, v8::Value>> {
    if state.is_undisturbed.replace(true) {
        let undefined = v8::undefined(scope).into();
        return work.call(scope, undefined, &[argument]);
    }
    let result = call_outermost(scope, state, work, argument);
    state.is_undisturbed.set(false);
    match result {
        Ok(result) => Some(result),
        Err(Failure::Thrown) => None,
        Err(Failure::TooMany) => {
            let message = format!(
                "the program has added more than {MOST_ADDITIONS} properties to a prototype that all objects share"
            );
            let message = v8::String::new(scope, &message)?;
            let error = v8::Exception::range_error(scope, message);
            scope.throw_exception(error);
            None
        }
    }
}

/// Why a call gave nothing.
enum Failure {
    /// It threw, or was stopped.
    Thrown,
    /// The program has added too many properties for the call to be made.
    TooMany,
}

fn call_outermost<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    work: v8::Local<'s, v8::Function>,
    argument: v8::Local<'s, v8::Value>,
) -> Result<v8::Local<'s, v8::Value>, Failure> {
    let stop = state.stop();
    v8::tc_scope!(let scope, scope);
    let mut changes = Vec::new();
    let shield = stop.shield();
    // V8's flag may be raised, and V8 would then do nothing of what follows. It ends the program in a moment.
    if stop.reason().is_some() {
        return Err(Failure::Thrown);
    }
    let taken = take_changes(scope, state, &mut changes);
    drop(shield);
    let result = taken.and_then(|()| {
        let undefined = v8::undefined(scope).into();
        work.call(scope, undefined, &[argument]).ok_or(Failure::Thrown)
    });
    let has_terminated = scope.has_terminated();
    if put_back(scope, stop, &changes, has_terminated) {
        // The shield has raised it only if the reason is the engine's.
        scope.terminate_execution();
        return Err(Failure::Thrown);
    }
    if scope.has_caught() {
        scope.rethrow();
    }
    result
}

/// Puts all back, though a stop may have been raised before. Tells whether one was.
fn put_back(
    scope: &mut v8::PinScope<'_, '_>,
    stop: &Stop,
    changes: &[Change<'_>],
    has_terminated: bool,
) -> bool {
    let _shield = stop.shield();
    let mut is_terminated = has_terminated || scope.is_execution_terminating();
    if is_terminated {
        scope.cancel_terminate_execution();
    }
    for change in changes.iter().rev() {
        if change.put_back(scope).is_none() {
            // The flag was about to be raised when the shield was made.
            is_terminated = true;
            scope.cancel_terminate_execution();
            let _ = change.put_back(scope);
        }
    }
    is_terminated
}

/// What was as a program has made it.
enum Change<'s> {
    /// It has added or replaced a property, or removed it.
    Property {
        object: v8::Local<'s, v8::Object>,
        key: v8::Local<'s, v8::Name>,
        descriptor: Option<v8::PropertyDescriptor>,
    },
    /// It has given a prototype another prototype.
    Prototype { object: v8::Local<'s, v8::Object>, prototype: v8::Local<'s, v8::Value> },
}

impl Change<'_> {
    /// `None` when V8 does nothing because of a stop. Nobody else was there to prevent it.
    fn put_back(&self, scope: &mut v8::PinScope<'_, '_>) -> Option<bool> {
        match self {
            Self::Property { object, key, descriptor: Some(descriptor) } => {
                object.define_property(scope, *key, descriptor)
            }
            Self::Property { object, key, descriptor: None } => object.delete(scope, (*key).into()),
            Self::Prototype { object, prototype } => object.set_prototype(scope, *prototype),
        }
    }
}

/// Takes away what a program has changed of what nearly all objects share. What it has made permanent stays.
fn take_changes<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    changes: &mut Vec<Change<'s>>,
) -> Result<(), Failure> {
    // Without memory for all of them there is little for the work either.
    let Some(fields) = Fields::new(scope) else { return Ok(()) };
    let shared = v8::Local::new(scope, &state.intrinsics().shared_prototypes);
    for index in (0..shared.length()).step_by(3) {
        if let Some(Err(failure)) = take_additions(scope, state, shared, index, &fields, changes) {
            return Err(failure);
        }
    }
    let _ = restore_properties(scope, state, &fields, changes);
    Ok(())
}

/// Removes what a program has added to a prototype and, if it has another prototype now, gives it its own.
fn take_additions<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    shared: v8::Local<'s, v8::Array>,
    index: u32,
    fields: &Fields<'s>,
    changes: &mut Vec<Change<'s>>,
) -> Option<Result<(), Failure>> {
    let object: v8::Local<v8::Object> = shared.get_index(scope, index)?.try_into().ok()?;
    let original: v8::Local<v8::Array> = shared.get_index(scope, index + 1)?.try_into().ok()?;
    let prototype = shared.get_index(scope, index + 2)?;
    let keys = own_keys(scope, object)?;
    let has_additions = !are_same(scope, keys, original);
    let current = object.get_prototype(scope)?;
    let has_another_prototype = !current.strict_equals(prototype);
    if !has_additions && !has_another_prototype {
        return Some(Ok(()));
    }
    // What was removed of an object that takes nothing more could not be put back.
    if !is_extensible(scope, state, object)? {
        return Some(Ok(()));
    }
    if has_another_prototype && object.set_prototype(scope, prototype) == Some(true) {
        changes.push(Change::Prototype { object, prototype: current });
    }
    if keys.length() > original.length() + MOST_ADDITIONS {
        return Some(Err(Failure::TooMany));
    }
    for index in 0..keys.length() {
        if state.stop().reason().is_some() {
            return Some(Err(Failure::Thrown));
        }
        let key = keys.get_index(scope, index)?;
        if contains(scope, original, key) {
            continue;
        }
        let key: v8::Local<v8::Name> = key.try_into().ok()?;
        let found = descriptor(scope, object, key)?;
        let descriptor = fields.to_property_descriptor(scope, found)?;
        if object.delete(scope, key.into()) == Some(true) {
            changes.push(Change::Property { object, key, descriptor: Some(descriptor) });
        }
    }
    Some(Ok(()))
}

/// Gives properties the values that they had before any program.
fn restore_properties<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    fields: &Fields<'s>,
    changes: &mut Vec<Change<'s>>,
) -> Option<()> {
    let shared = v8::Local::new(scope, &state.intrinsics().shared_properties);
    for index in (0..shared.length()).step_by(3) {
        let object: v8::Local<v8::Object> = shared.get_index(scope, index)?.try_into().ok()?;
        let key: v8::Local<v8::Name> = shared.get_index(scope, index + 1)?.try_into().ok()?;
        let original: v8::Local<v8::Object> = shared.get_index(scope, index + 2)?.try_into().ok()?;
        let current = descriptor(scope, object, key);
        if current.is_some_and(|current| fields.are_same(scope, current, original)) {
            continue;
        }
        let current = match current {
            Some(current) => Some(fields.to_property_descriptor(scope, current)?),
            // It could not be removed again.
            None if !is_extensible(scope, state, object)? => continue,
            None => None,
        };
        let original = fields.to_property_descriptor(scope, original)?;
        if object.define_property(scope, key, &original) == Some(true) {
            changes.push(Change::Property { object, key, descriptor: current });
        }
    }
    Some(())
}

fn is_extensible<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    object: v8::Local<'s, v8::Object>,
) -> Option<bool> {
    let answer = intrinsics::call(scope, &state.intrinsics().is_extensible, None, &[object.into()])?;
    Some(answer.is_true())
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

/// The fields of descriptors.
struct Fields<'s> {
    configurable: v8::Local<'s, v8::Name>,
    enumerable: v8::Local<'s, v8::Name>,
    get: v8::Local<'s, v8::Name>,
    set: v8::Local<'s, v8::Name>,
    value: v8::Local<'s, v8::Name>,
    writable: v8::Local<'s, v8::Name>,
}

impl<'s> Fields<'s> {
    fn new(scope: &mut v8::PinScope<'s, '_>) -> Option<Self> {
        let name = |text| v8::String::new(scope, text).map(v8::Local::<v8::Name>::from);
        Some(Self {
            configurable: name("configurable")?,
            enumerable: name("enumerable")?,
            get: name("get")?,
            set: name("set")?,
            value: name("value")?,
            writable: name("writable")?,
        })
    }

    /// Asks for own fields only: the program may have put getters on `Object.prototype`.
    fn read(
        scope: &mut v8::PinScope<'s, '_>,
        found: v8::Local<'s, v8::Object>,
        field: v8::Local<'s, v8::Name>,
    ) -> Option<v8::Local<'s, v8::Value>> {
        if !found.has_own_property(scope, field)? {
            return None;
        }
        found.get(scope, field.into())
    }

    /// Whether two descriptors have the same value or the same accessor.
    fn are_same(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        left: v8::Local<'s, v8::Object>,
        right: v8::Local<'s, v8::Object>,
    ) -> bool {
        [self.value, self.get].into_iter().all(|field| {
            match (Self::read(scope, left, field), Self::read(scope, right, field)) {
                (Some(left), Some(right)) => left.same_value(right),
                (left, right) => left.is_none() && right.is_none(),
            }
        })
    }

    fn to_property_descriptor(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        found: v8::Local<'s, v8::Object>,
    ) -> Option<v8::PropertyDescriptor> {
        let mut read = |field| Self::read(scope, found, field);
        let (enumerable, configurable) =
            (read(self.enumerable)?.is_true(), read(self.configurable)?.is_true());
        let mut descriptor = match read(self.writable) {
            Some(writable) => {
                v8::PropertyDescriptor::new_from_value_writable(read(self.value)?, writable.is_true())
            }
            None => v8::PropertyDescriptor::new_from_get_set(read(self.get)?, read(self.set)?),
        };
        descriptor.set_enumerable(enumerable);
        descriptor.set_configurable(configurable);
        Some(descriptor)
    }
}
