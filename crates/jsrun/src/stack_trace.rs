//! The text of `error.stack`.

use deno_core::v8;

use crate::local::EngineState;

/// Scripts of the engine itself have names that begin so; their frames do not show.
const INTERNAL: &str = "ext:";

/// Whether a script's name is one of the engine's own.
pub(crate) fn is_internal(script_name: &str) -> bool {
    script_name.starts_with(INTERNAL)
}

/// V8's callback, called when a program or the engine first reads `error.stack`.
///
/// As V8 does by itself it leaves the work to the program's `Error.prepareStackTrace` if there is one, unless the
/// engine reads.
pub(crate) fn prepare_stack_trace<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    error: v8::Local<'s, v8::Value>,
    call_sites: v8::Local<'s, v8::Array>,
) -> v8::Local<'s, v8::Value> {
    let Some(state) = EngineState::of(scope).filter(|state| state.is_complete()) else {
        return call_sites.into();
    };
    if !state.engine_reads_stack.get()
        && let Some(prepare) = prepare_function(scope, &state)
    {
        let receiver = v8::Local::new(scope, &state.intrinsics().error_constructor);
        // `None` means that it threw or was terminated: V8 sees that, whatever is returned.
        return prepare
            .call(scope, receiver.into(), &[error, call_sites.into()])
            .unwrap_or_else(|| v8::undefined(scope).into());
    }
    let mut text = crate::exception::header(scope, error);
    for index in 0..call_sites.length() {
        let Some(line) = frame_line(scope, &state, call_sites, index) else { continue };
        text.push_str("\n    at ");
        text.push_str(&line);
    }
    v8::String::new(scope, &text).map_or_else(|| v8::undefined(scope).into(), Into::into)
}

/// The program's own `Error.prepareStackTrace`, if it is a function and not behind a getter.
fn prepare_function<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
) -> Option<v8::Local<'s, v8::Function>> {
    let constructor = v8::Local::new(scope, &state.intrinsics().error_constructor);
    let value = crate::exception::own_data_property(scope, constructor, "prepareStackTrace")?;
    value.try_into().ok()
}

fn frame_line<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    call_sites: v8::Local<'s, v8::Array>,
    index: u32,
) -> Option<String> {
    let site = call_sites.get_index(scope, index)?;
    let intrinsics = state.intrinsics();
    v8::tc_scope!(let scope, scope);
    let get_file_name = v8::Local::new(scope, &intrinsics.call_site_get_file_name);
    let file = get_file_name.call(scope, site, &[])?;
    if file.is_string() && is_internal(&file.to_rust_string_lossy(scope)) {
        return None;
    }
    let to_string = v8::Local::new(scope, &intrinsics.call_site_to_string);
    let line = to_string.call(scope, site, &[])?;
    line.is_string().then(|| line.to_rust_string_lossy(scope))
}
