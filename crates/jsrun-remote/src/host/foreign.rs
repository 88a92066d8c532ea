//! Handles of other runtimes, which must not get into a frame: there they would be numbers of this one's.

use std::fmt::Write as _;
use std::sync::Arc;

use jsrun::{AnyHandle, Call, ConversionError, ConversionErrorKind, HandleOwner, JsString, Value};

/// Refuses a call with a handle of another runtime.
pub(super) fn check_call(call: &Call, owner: &Arc<dyn HandleOwner>) -> Result<(), ConversionError> {
    if call.target().is_some_and(|target| !belongs_to(&target, owner)) {
        return Err(foreign(String::new()));
    }
    call.values().try_for_each(|(place, value)| check(value, &place, owner))
}

/// Refuses a value with a handle of another runtime. `place` is where the value is.
pub(super) fn check(value: &Value, place: &str, owner: &Arc<dyn HandleOwner>) -> Result<(), ConversionError> {
    match find(value, owner) {
        None => Ok(()),
        Some(steps) => {
            let steps = steps.iter().rev().fold(place.to_owned(), |mut path, step| {
                let _ = match step {
                    Step::Index(index) => write!(path, "[{index}]"),
                    Step::Key(key) => write!(path, ".{key}"),
                };
                path
            });
            Err(foreign(steps))
        }
    }
}

enum Step {
    Index(usize),
    Key(JsString),
}

/// The way to a foreign handle, from its end.
fn find(value: &Value, owner: &Arc<dyn HandleOwner>) -> Option<Vec<Step>> {
    let elements = |elements: &[Value]| {
        elements.iter().enumerate().find_map(|(index, element)| within(element, owner, || Step::Index(index)))
    };
    match value {
        Value::Function(handle) => (!handle.belongs_to(owner)).then(Vec::new),
        Value::Stream(handle) => (!handle.belongs_to(owner)).then(Vec::new),
        Value::Array(values) | Value::Set(values) => elements(values),
        Value::Object(properties) => {
            properties.iter().find_map(|(key, value)| within(value, owner, || Step::Key(key.clone())))
        }
        Value::Map(entries) => entries.iter().enumerate().find_map(|(index, (key, value))| {
            within(key, owner, || Step::Index(index)).or_else(|| within(value, owner, || Step::Index(index)))
        }),
        Value::Undefined
        | Value::Null
        | Value::Boolean(_)
        | Value::Number(_)
        | Value::BigInt(_)
        | Value::String(_)
        | Value::Bytes(_)
        | Value::Date(_)
        | Value::Numbers(_)
        | Value::Error(_) => None,
    }
}

fn within(value: &Value, owner: &Arc<dyn HandleOwner>, step: impl FnOnce() -> Step) -> Option<Vec<Step>> {
    let mut steps = find(value, owner)?;
    steps.push(step());
    Some(steps)
}

fn belongs_to(handle: &AnyHandle, owner: &Arc<dyn HandleOwner>) -> bool {
    match handle {
        AnyHandle::Function(handle) => handle.belongs_to(owner),
        AnyHandle::Stream(handle) => handle.belongs_to(owner),
    }
}

fn foreign(path: String) -> ConversionError {
    ConversionError { kind: ConversionErrorKind::ForeignHandle, path }
}
