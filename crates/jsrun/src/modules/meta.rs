//! `import.meta`.

use deno_core::v8;

use crate::local::EngineState;

/// V8's callback, called when a module first uses `import.meta`.
pub(super) extern "C" fn initialize(
    context: v8::Local<'_, v8::Context>,
    module: v8::Local<'_, v8::Module>,
    meta: v8::Local<'_, v8::Object>,
) {
    // SAFETY: V8 called with this context, which is the current one.
    v8::callback_scope!(unsafe scope, context);
    let Some(state) = EngineState::of(scope) else { return };
    let Some(record) = state.modules.record_of(scope, module) else { return };
    let Some(url) = v8::String::new(scope, &record.url) else { return };
    let main = v8::Boolean::new(scope, state.modules.is_program(&record.url));
    set(scope, meta, "url", url.into());
    set(scope, meta, "main", main.into());
    if let Some(resolve) = v8::Function::builder(resolve).data(url.into()).build(scope) {
        set(scope, meta, "resolve", resolve.into());
    }
    if let Some(wasm) = &record.wasm {
        let wasm = v8::Local::new(scope, wasm);
        if let Some(instantiate) = v8::Function::builder(instantiate).data(wasm).build(scope) {
            set(scope, meta, "instantiate", instantiate.into());
        }
    }
}

fn set<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    name: &str,
    value: v8::Local<'s, v8::Value>,
) {
    if let Some(key) = v8::String::new(scope, name) {
        object.create_data_property(scope, key.into(), value);
    }
}

/// `import.meta.resolve(specifier)`; the module's URL is the function's data.
#[expect(clippy::needless_pass_by_value, reason = "V8's callbacks take their arguments so")]
fn resolve<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: v8::FunctionCallbackArguments<'s>,
    mut result: v8::ReturnValue<'s>,
) {
    let Some(state) = EngineState::of(scope) else { return };
    // `None` means that it threw.
    let Some(specifier) = args.get(0).to_string(scope) else { return };
    let specifier = specifier.to_rust_string_lossy(scope);
    let referrer = args.data().to_rust_string_lossy(scope);
    match state.modules.resolve(scope, &specifier, &referrer, None) {
        Ok(url) => {
            if let Some(url) = v8::String::new(scope, &url) {
                result.set(url.into());
            }
        }
        Err(thrown) => {
            let thrown = v8::Local::new(scope, thrown);
            scope.throw_exception(thrown);
        }
    }
}

/// Makes the instance of a Wasm module; its imports are the argument, its compiled module the function's data.
#[expect(clippy::needless_pass_by_value, reason = "V8's callbacks take their arguments so")]
fn instantiate<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: v8::FunctionCallbackArguments<'s>,
    mut result: v8::ReturnValue<'s>,
) {
    let Some(state) = EngineState::of(scope) else { return };
    let Some(wasm) = &state.intrinsics().wasm else { return };
    let Some(key) = v8::String::new(scope, "exports") else { return };
    let instance = v8::Local::new(scope, &wasm.instance);
    // `None` means that it threw, which goes on to the module.
    if let Some(instance) = instance.new_instance(scope, &[args.data(), args.get(0)])
        && let Some(exports) = instance.get(scope, key.into())
    {
        result.set(exports);
    }
}
