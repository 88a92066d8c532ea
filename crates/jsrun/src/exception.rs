//! Thrown values, taken apart without running the program's code.

use deno_core::v8;
use jsrun_types::{Exception, Position, StackFrame};

use crate::intrinsics::call;
use crate::local::EngineState;
use crate::modules::attached_position;
use crate::preview::{Previewer, count, read_string};
use crate::property::{
    LONGEST_NAME, LONGEST_TEXT, data_property_text, descriptor, own_data_property, own_field,
};
use crate::sources::Place;
use crate::stack_trace::is_internal;

/// How many causes are followed.
const MOST_CAUSES: usize = 8;

/// Describes a thrown value. `message` is V8's, with the place where it was thrown.
pub(crate) fn describe<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    thrown: v8::Local<'s, v8::Value>,
    message: Option<v8::Local<'s, v8::Message>>,
) -> Exception {
    describe_nested(scope, state, thrown, message, MOST_CAUSES)
}

fn describe_nested<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    thrown: v8::Local<'s, v8::Value>,
    message: Option<v8::Local<'s, v8::Message>>,
    causes_left: usize,
) -> Exception {
    let message = message.unwrap_or_else(|| v8::Exception::create_message(scope, thrown));
    let trace = v8::Exception::get_stack_trace(scope, thrown).or_else(|| message.get_stack_trace(scope));
    let frames = trace.map_or_else(Vec::new, |trace| stack_frames(scope, state, trace));
    let position = attached_position(scope, thrown)
        .or_else(|| message_position(scope, state, message))
        .or_else(|| frames.iter().find_map(|frame| frame.position.clone()));
    let Some(object) = as_error(scope, state, thrown) else {
        let text = Previewer::new(state).preview(scope, thrown).to_source_text();
        return Exception { name: None, message: text, stack: None, position, frames, cause: None };
    };
    let (name, text) = name_and_message(scope, state, object);
    let cause = own_data_property(scope, object, "cause")
        .filter(|_| causes_left > 0)
        .filter(|cause| as_error(scope, state, *cause).is_some())
        .map(|cause| Box::new(describe_nested(scope, state, cause, None, causes_left - 1)));
    Exception {
        name: Some(name),
        message: text,
        stack: stack_text(scope, state, object),
        position,
        frames,
        cause,
    }
}

/// The value as an error: a native one, or the platform's `DOMException`.
fn as_error<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    value: v8::Local<'s, v8::Value>,
) -> Option<v8::Local<'s, v8::Object>> {
    let object: v8::Local<v8::Object> = value.try_into().ok()?;
    if object.is_proxy() {
        return None;
    }
    (object.is_native_error() || platform_error(scope, state, object).is_some()).then_some(object)
}

/// Whether the object is the platform's `DOMException`.
pub(crate) fn is_platform_error<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    object: v8::Local<'s, v8::Object>,
) -> bool {
    platform_error(scope, state, object).is_some()
}

/// A `DOMException`'s name and message.
fn platform_error<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    object: v8::Local<'s, v8::Object>,
) -> Option<(String, String)> {
    let view = crate::preview::platform_view(scope, state, object)?;
    let text = |scope: &mut v8::PinScope<'s, '_>, name: &str| {
        let (_, value) = view.iter().find(|(key, _)| key == name)?;
        let value: v8::Local<v8::String> = (*value).try_into().ok()?;
        Some(read_string(scope, value, LONGEST_TEXT).text)
    };
    view.iter().find(|(key, _)| key == "code")?;
    Some((text(scope, "name")?, text(scope, "message")?))
}

fn name_and_message<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    object: v8::Local<'s, v8::Object>,
) -> (String, String) {
    if let Some(both) = platform_error(scope, state, object) {
        return both;
    }
    let name = data_property_text(scope, object, "name").unwrap_or_else(|| "Error".to_owned());
    (name, data_property_text(scope, object, "message").unwrap_or_default())
}

/// `name: message`, as the first line of a stack.
pub(crate) fn header<'s>(scope: &mut v8::PinScope<'s, '_>, error: v8::Local<'s, v8::Value>) -> String {
    let Ok(object) = v8::Local::<v8::Object>::try_from(error) else { return "Error".to_owned() };
    let Some(state) = EngineState::of(scope) else { return "Error".to_owned() };
    let (name, message) = name_and_message(scope, &state, object);
    match (name.is_empty(), message.is_empty()) {
        (_, true) => name,
        (true, false) => message,
        (false, false) => format!("{name}: {message}"),
    }
}

/// `error.stack`, read without running the program's code.
pub(crate) fn stack_text<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    object: v8::Local<'s, v8::Object>,
) -> Option<String> {
    state.engine_reads_stack.set(true);
    let value = read_stack(scope, state, object);
    state.engine_reads_stack.set(false);
    let text: v8::Local<v8::String> = value?.try_into().ok()?;
    Some(read_string(scope, text, LONGEST_TEXT).text)
}

fn read_stack<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    object: v8::Local<'s, v8::Object>,
) -> Option<v8::Local<'s, v8::Value>> {
    let key = v8::String::new(scope, "stack")?;
    let descriptor = descriptor(scope, object, key.into())?;
    if let Some(value) = own_field(scope, descriptor, "value") {
        return Some(value);
    }
    // V8 keeps the stack behind an accessor; any other getter is the program's.
    let getter: v8::Local<v8::Function> = own_field(scope, descriptor, "get")?.try_into().ok()?;
    let native = state.intrinsics().error_stack_getter.as_ref()?;
    if getter == v8::Local::new(scope, native) { call(scope, native, Some(object.into()), &[]) } else { None }
}

fn message_position<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    message: v8::Local<'s, v8::Message>,
) -> Option<Position> {
    let file = message.get_script_resource_name(scope).filter(|name| name.is_string())?;
    let file: v8::Local<v8::String> = file.try_into().ok()?;
    let file = read_string(scope, file, LONGEST_NAME).text;
    if file.is_empty() || is_internal(&file) {
        return None;
    }
    let line = message.get_line_number(scope)?;
    let place = Place { line: count(line), column: count(message.get_start_column() + 1) };
    Some(state.sources.locate(&file, place))
}

/// The frames of the program, innermost first.
pub(crate) fn stack_frames<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    trace: v8::Local<'s, v8::StackTrace>,
) -> Vec<StackFrame> {
    let mut frames = Vec::new();
    for index in 0..trace.get_frame_count() {
        let Some(frame) = trace.get_frame(scope, index) else { continue };
        let file = frame
            .get_script_name_or_source_url(scope)
            .map(|name| read_string(scope, name, LONGEST_NAME).text);
        if file.as_deref().is_some_and(is_internal) {
            continue;
        }
        let function = frame
            .get_function_name(scope)
            .map(|name| read_string(scope, name, LONGEST_NAME).text)
            .filter(|name| !name.is_empty());
        let place = Place { line: count(frame.get_line_number()), column: count(frame.get_column()) };
        let position = file.filter(|file| !file.is_empty()).map(|file| state.sources.locate(&file, place));
        frames.push(StackFrame { function, position });
    }
    frames
}
