//! The errors of imports, as a program sees them.

use deno_core::v8;
use jsrun_types::{Exception, Position};

use super::source::LoadError;
use crate::preview::read_string;
use crate::property::LONGEST_NAME;

/// Where an error that the engine made outside of any script belongs.
const POSITION: &str = "jsrun.position";

/// A `TypeError`.
pub(super) fn type_error(
    scope: &mut v8::PinScope<'_, '_>,
    message: &str,
    position: Option<&Position>,
) -> v8::Global<v8::Value> {
    named(scope, "TypeError", message, position)
}

/// What a host's resolver or loader says.
pub(super) fn load_error(
    scope: &mut v8::PinScope<'_, '_>,
    error: &LoadError,
    position: Option<&Position>,
) -> v8::Global<v8::Value> {
    named(scope, &error.name, &error.message, position)
}

/// An error of the parser's.
pub(super) fn from_exception(
    scope: &mut v8::PinScope<'_, '_>,
    exception: &Exception,
) -> v8::Global<v8::Value> {
    let name = exception.name.as_deref().unwrap_or("Error");
    named(scope, name, &exception.message, exception.position.as_ref())
}

pub(super) fn named(
    scope: &mut v8::PinScope<'_, '_>,
    name: &str,
    message: &str,
    position: Option<&Position>,
) -> v8::Global<v8::Value> {
    let message = v8::String::new(scope, message).unwrap_or_else(|| v8::String::empty(scope));
    let error = match name {
        "TypeError" => v8::Exception::type_error(scope, message),
        "SyntaxError" => v8::Exception::syntax_error(scope, message),
        "RangeError" => v8::Exception::range_error(scope, message),
        "ReferenceError" => v8::Exception::reference_error(scope, message),
        _ => v8::Exception::error(scope, message),
    };
    if let Ok(object) = v8::Local::<v8::Object>::try_from(error) {
        if !matches!(name, "Error" | "TypeError" | "SyntaxError" | "RangeError" | "ReferenceError")
            && let (Some(key), Some(name)) = (v8::String::new(scope, "name"), v8::String::new(scope, name))
        {
            object.define_own_property(scope, key.into(), name.into(), v8::PropertyAttribute::DONT_ENUM);
        }
        if let Some(position) = position {
            attach_position(scope, object, position);
        }
    }
    v8::Global::new(scope, error)
}

fn attach_position(scope: &mut v8::PinScope<'_, '_>, error: v8::Local<'_, v8::Object>, position: &Position) {
    let text = format!("{}:{}:{}", position.line, position.column, position.file);
    if let (Some(name), Some(text)) = (v8::String::new(scope, POSITION), v8::String::new(scope, &text)) {
        let key = v8::Private::for_api(scope, Some(name));
        error.set_private(scope, key, text.into());
    }
}

/// Where an error belongs that the engine made, if it is one.
pub(crate) fn attached_position<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    error: v8::Local<'s, v8::Value>,
) -> Option<Position> {
    let error: v8::Local<v8::Object> = error.try_into().ok()?;
    if error.is_proxy() {
        return None;
    }
    let name = v8::String::new(scope, POSITION)?;
    let key = v8::Private::for_api(scope, Some(name));
    let text: v8::Local<v8::String> = error.get_private(scope, key)?.try_into().ok()?;
    let text = read_string(scope, text, LONGEST_NAME).text;
    let (line, rest) = text.split_once(':')?;
    let (column, file) = rest.split_once(':')?;
    Some(Position { file: file.to_owned(), line: line.parse().ok()?, column: column.parse().ok()? })
}
