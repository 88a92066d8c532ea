//! The text of `error.stack`.

use deno_core::v8;

use crate::intrinsics::call;
use crate::local::EngineState;
use crate::preview::read_string;
use crate::sources::Place;

/// Scripts of the engine itself have names that begin so; their frames do not show.
const INTERNAL: &str = "ext:";

/// The program sets how many frames V8 gathers; more than this do not show.
const MOST_FRAMES: u32 = 100;
/// The longest line, in UTF-16 code units: a program chooses the names in it.
const LONGEST_LINE: usize = 2_000;

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
        let call_sites = programs_own(scope, &state, call_sites);
        // `None` means that it threw or was terminated: V8 sees that, whatever is returned.
        return prepare
            .call(scope, receiver.into(), &[error, call_sites.into()])
            .unwrap_or_else(|| v8::undefined(scope).into());
    }
    let mut text = crate::exception::header(scope, error);
    for index in 0..call_sites.length().min(MOST_FRAMES) {
        let Some(line) = frame_line(scope, &state, call_sites, index) else { continue };
        text.push_str("\n    at ");
        text.push_str(&line);
    }
    v8::String::new(scope, &text).map_or_else(|| v8::undefined(scope).into(), Into::into)
}

/// The call sites of the program: the engine's own would show it their functions.
fn programs_own<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    call_sites: v8::Local<'s, v8::Array>,
) -> v8::Local<'s, v8::Array> {
    let mut own = Vec::new();
    for index in 0..call_sites.length() {
        if let Some(site) = call_sites.get_index(scope, index)
            && !is_internal_site(scope, state, site)
        {
            own.push(site);
        }
    }
    v8::Array::new_with_elements(scope, &own)
}

fn is_internal_site<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    site: v8::Local<'s, v8::Value>,
) -> bool {
    call(scope, &state.intrinsics().call_site_get_file_name, Some(site), &[])
        .is_some_and(|file| file.is_string() && is_internal(&file.to_rust_string_lossy(scope)))
}

/// The program's own `Error.prepareStackTrace`, if it is a function and not behind a getter.
fn prepare_function<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
) -> Option<v8::Local<'s, v8::Function>> {
    let constructor = v8::Local::new(scope, &state.intrinsics().error_constructor);
    let value = crate::property::own_data_property(scope, constructor, "prepareStackTrace")?;
    value.try_into().ok()
}

fn frame_line<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    call_sites: v8::Local<'s, v8::Array>,
    index: u32,
) -> Option<String> {
    let site = call_sites.get_index(scope, index)?;
    if is_internal_site(scope, state, site) {
        return None;
    }
    let line = call(scope, &state.intrinsics().call_site_to_string, Some(site), &[])?;
    let line: v8::Local<v8::String> = line.try_into().ok()?;
    let line = read_string(scope, line, LONGEST_LINE).text;
    Some(match script_place(scope, state, site) {
        Some((name, place)) => {
            let position = state.sources.locate(&name, place).to_string();
            line.replacen(&format!("{name}:{}:{}", place.line, place.column), &position, 1)
        }
        None => line,
    })
}

/// Where a call site is in a script of V8's.
fn script_place<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    site: v8::Local<'s, v8::Value>,
) -> Option<(String, Place)> {
    let intrinsics = state.intrinsics();
    let name = call(scope, &intrinsics.call_site_get_script_name, Some(site), &[])?;
    let name: v8::Local<v8::String> = name.try_into().ok()?;
    let name = read_string(scope, name, LONGEST_LINE).text;
    let line = call(scope, &intrinsics.call_site_get_line, Some(site), &[])?.uint32_value(scope)?;
    let column = call(scope, &intrinsics.call_site_get_column, Some(site), &[])?.uint32_value(scope)?;
    Some((name, Place { line, column }))
}
