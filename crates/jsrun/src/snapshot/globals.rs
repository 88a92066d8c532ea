//! The global object while a snapshot is made: what scripts must not see is taken away, and put back for the engine.

use deno_core::{JsRuntime, v8};

use crate::intrinsics::{CARRIED, INTERNAL, INTERNAL_NAMES, Intrinsics};
use crate::property::own_data_property;

/// What `deno_core` reads from the global object when it starts from a snapshot. V8 adds the first only then, and
/// snapshots are made without it.
const READ_AT_START: [&str; 2] = ["WebAssembly", "WeakMap"];

type Value = v8::Global<v8::Value>;

/// What was in the global object before any script.
pub(super) struct Originals {
    internal: [Value; INTERNAL_NAMES.len()],
    read_at_start: [Option<Value>; READ_AT_START.len()],
}

impl Originals {
    /// To be called before the engine takes its intrinsics, which removes them. `None` when there is no such thing.
    pub(super) fn read(js: &mut JsRuntime) -> Option<Self> {
        deno_core::scope!(scope, js);
        let global = scope.get_current_context().global(scope);
        let [Some(deno), Some(bootstrap), Some(internal)] =
            INTERNAL_NAMES.map(|name| read(scope, global, name))
        else {
            return None;
        };
        let read_at_start = READ_AT_START.map(|name| read(scope, global, name));
        let error = read(scope, global, "Error")?;
        let error = v8::Local::new(scope, error).try_into().ok()?;
        set_stack_trace_limit(scope, error)?;
        Some(Self { internal: [deno, bootstrap, internal], read_at_start })
    }

    /// Makes the global object what a start expects it to be, with the intrinsics for the engine to carry. It says what is
    /// in the way.
    pub(super) fn put_back(self, js: &mut JsRuntime, intrinsics: &Intrinsics) -> Result<(), String> {
        deno_core::scope!(scope, js);
        let global = scope.get_current_context().global(scope);
        for (name, original) in READ_AT_START.into_iter().zip(&self.read_at_start) {
            let key = v8::String::new(scope, name).ok_or("no memory is left")?;
            let is_there = global.has_own_property(scope, key.into()) == Some(true);
            let original = original.as_ref().map(|original| v8::Local::new(scope, original));
            if is_there != original.is_some() || own_data_property(scope, global, name) != original {
                return Err(format!("the scripts define `{name}`, which the engine needs"));
            }
        }
        let error = v8::Local::new(scope, &intrinsics.error_constructor);
        if set_stack_trace_limit(scope, error) != Some(true)
            || remove_stack_trace_limit(scope, error) != Some(true)
        {
            return Err("the scripts froze `Error`, to which the engine must add".to_owned());
        }
        for (name, value) in INTERNAL_NAMES.into_iter().zip(&self.internal) {
            let key = v8::String::new(scope, name).ok_or("no memory is left")?;
            if global.has_own_property(scope, key.into()) != Some(false) {
                return Err(format!(
                    "the scripts define `{name}`, which is the engine's while a snapshot is made"
                ));
            }
            let value = if name == INTERNAL {
                carrier(scope, &intrinsics.whole).ok_or("no memory is left")?.into()
            } else {
                v8::Local::new(scope, value)
            };
            if global.create_data_property(scope, key.into(), value) != Some(true) {
                return Err("the scripts froze the global object, to which the engine must add".to_owned());
            }
        }
        Ok(())
    }
}

/// V8 adds `Error.stackTraceLimit` when it starts from a snapshot, and takes no stack while there is none.
const STACK_TRACE_LIMIT: &str = "stackTraceLimit";
/// V8's default.
const DEFAULT_STACK_TRACE_LIMIT: i32 = 10;

fn set_stack_trace_limit(scope: &mut v8::PinScope<'_, '_>, error: v8::Local<v8::Object>) -> Option<bool> {
    let key = v8::String::new(scope, STACK_TRACE_LIMIT)?;
    let limit = v8::Integer::new(scope, DEFAULT_STACK_TRACE_LIMIT);
    error.create_data_property(scope, key.into(), limit.into())
}

fn remove_stack_trace_limit(scope: &mut v8::PinScope<'_, '_>, error: v8::Local<v8::Object>) -> Option<bool> {
    let key = v8::String::new(scope, STACK_TRACE_LIMIT)?;
    error.delete(scope, key.into())
}

fn read<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    holder: v8::Local<'s, v8::Object>,
    name: &str,
) -> Option<Value> {
    let value = own_data_property(scope, holder, name)?;
    Some(v8::Global::new(scope, value))
}

/// An object without a prototype that holds the intrinsics.
fn carrier<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    intrinsics: &v8::Global<v8::Object>,
) -> Option<v8::Local<'s, v8::Object>> {
    let key = v8::String::new(scope, CARRIED)?;
    let value = v8::Local::new(scope, intrinsics);
    let null = v8::null(scope);
    Some(v8::Object::with_prototype_and_properties(scope, null.into(), &[key.into()], &[value.into()]))
}
