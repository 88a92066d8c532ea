//! What sort of object a value is.

use deno_core::v8;
use jsrun_types::{ObjectKind, Preview, PromiseState};

use super::{MOST_PROTOTYPES, Previewer, count, read_string};
use crate::exception::{header, stack_text};
use crate::intrinsics::call;
use crate::local::EngineState;
use crate::property::{LONGEST_NAME, descriptor, find_data_property, own_data_property, own_field};

/// How many bytes of an array buffer show; Node's number.
const BUFFER_BYTES: usize = 100;

pub(super) fn of<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    object: v8::Local<'s, v8::Object>,
) -> ObjectKind {
    if object.is_proxy() {
        ObjectKind::Proxy
    } else if let Ok(function) = v8::Local::<v8::Function>::try_from(object) {
        function_kind(scope, state, function)
    } else if let Ok(array) = v8::Local::<v8::Array>::try_from(object) {
        ObjectKind::Array(array.length())
    } else if let Ok(array) = v8::Local::<v8::TypedArray>::try_from(object) {
        ObjectKind::TypedArray(count(array.length()))
    } else if let Ok(map) = v8::Local::<v8::Map>::try_from(object) {
        ObjectKind::Map(count(map.size()))
    } else if let Ok(set) = v8::Local::<v8::Set>::try_from(object) {
        ObjectKind::Set(count(set.size()))
    } else if object.is_native_error() {
        error_kind(scope, state, object)
    } else if let Ok(date) = v8::Local::<v8::Date>::try_from(object) {
        ObjectKind::Date(iso_8601(date.value_of()))
    } else if object.is_reg_exp() {
        regexp_kind(scope, object)
    } else if let Ok(promise) = v8::Local::<v8::Promise>::try_from(object) {
        ObjectKind::Promise(match promise.state() {
            v8::PromiseState::Pending => PromiseState::Pending,
            v8::PromiseState::Fulfilled => PromiseState::Fulfilled,
            v8::PromiseState::Rejected => PromiseState::Rejected,
        })
    } else if let Ok(buffer) = v8::Local::<v8::ArrayBuffer>::try_from(object) {
        buffer_kind(&buffer.get_backing_store(), buffer.byte_length())
    } else if let Ok(buffer) = v8::Local::<v8::SharedArrayBuffer>::try_from(object) {
        buffer_kind(&buffer.get_backing_store(), buffer.byte_length())
    } else {
        plain_kind(scope, object)
    }
}

fn plain_kind<'s>(scope: &mut v8::PinScope<'s, '_>, object: v8::Local<'s, v8::Object>) -> ObjectKind {
    if object.is_data_view() {
        ObjectKind::DataView
    } else if object.is_arguments_object() {
        let length = own_data_property(scope, object, "length")
            .and_then(|length| v8::Local::<v8::Uint32>::try_from(length).ok())
            .map(|length| length.value());
        ObjectKind::Arguments(length.unwrap_or(0))
    } else if object.is_map_iterator() || object.is_set_iterator() {
        ObjectKind::Iterator
    } else if object.is_generator_object() {
        ObjectKind::Generator
    } else if object.is_weak_map() {
        ObjectKind::WeakMap
    } else if object.is_weak_set() {
        ObjectKind::WeakSet
    } else if object.is_module_namespace_object() {
        ObjectKind::Module
    } else if object.is_external() {
        ObjectKind::External
    } else if let Some(primitive) = boxed(scope, object) {
        ObjectKind::Boxed(Box::new(primitive))
    } else {
        ObjectKind::Object
    }
}

/// The primitive that the object boxes. The engine's own function unboxes it: the program can override `valueOf`.
fn boxed<'s>(scope: &mut v8::PinScope<'s, '_>, object: v8::Local<'s, v8::Object>) -> Option<Preview> {
    let boxes = object.is_number_object()
        || object.is_string_object()
        || object.is_boolean_object()
        || object.is_big_int_object()
        || object.is_symbol_object();
    if !boxes {
        return None;
    }
    let state = EngineState::of(scope)?;
    let primitive = call(scope, &state.intrinsics().unbox, None, &[object.into()])?;
    (!primitive.is_object()).then(|| Previewer::new(&state).preview(scope, primitive))
}

fn function_kind<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    function: v8::Local<'s, v8::Function>,
) -> ObjectKind {
    let name = own_data_property(scope, function.into(), "name")
        .and_then(|name| v8::Local::<v8::String>::try_from(name).ok())
        .map(|name| read_string(scope, name, LONGEST_NAME).text)
        .unwrap_or_default();
    if is_class(scope, state, function) {
        let parent = function.get_prototype(scope);
        let extends = parent
            .and_then(|parent| v8::Local::<v8::Function>::try_from(parent).ok())
            .filter(|parent| !parent.is_proxy())
            .and_then(|parent| own_data_property(scope, parent.into(), "name"))
            .and_then(|name| v8::Local::<v8::String>::try_from(name).ok())
            .map(|name| read_string(scope, name, LONGEST_NAME).text)
            .filter(|name| !name.is_empty());
        return ObjectKind::Class { name, extends };
    }
    ObjectKind::Function(name)
}

/// Whether the function was written as a class: its source says so, and nothing else does.
fn is_class<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    function: v8::Local<'s, v8::Function>,
) -> bool {
    let source = call(scope, &state.intrinsics().function_to_string, Some(function.into()), &[]);
    let Some(source) = source else { return false };
    let Ok(source) = v8::Local::<v8::String>::try_from(source) else { return false };
    let mut start = [0_u16; 5];
    string_start(scope, source, &mut start) && start.iter().copied().eq("class".encode_utf16())
}

fn string_start<'s>(
    scope: &v8::PinScope<'s, '_>,
    string: v8::Local<'s, v8::String>,
    start: &mut [u16],
) -> bool {
    if string.length() < start.len() {
        return false;
    }
    string.write_v2(scope, 0, start, v8::WriteFlags::empty());
    true
}

fn error_kind<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    object: v8::Local<'s, v8::Object>,
) -> ObjectKind {
    match stack_text(scope, state, object).filter(|stack| !stack.is_empty()) {
        Some(stack) => ObjectKind::Error(stack),
        None => ObjectKind::Error(header(scope, object.into())),
    }
}

fn regexp_kind<'s>(scope: &mut v8::PinScope<'s, '_>, object: v8::Local<'s, v8::Object>) -> ObjectKind {
    let Ok(regexp) = v8::Local::<v8::RegExp>::try_from(v8::Local::<v8::Value>::from(object)) else {
        return ObjectKind::Object;
    };
    let source = regexp.get_source(scope);
    let source = read_string(scope, source, LONGEST_NAME).text;
    ObjectKind::RegExp(format!("/{source}/{}", regexp_flags(scope, object)))
}

/// The flags, from the engine's own getters: the program can override `flags`.
fn regexp_flags<'s>(scope: &mut v8::PinScope<'s, '_>, object: v8::Local<'s, v8::Object>) -> String {
    EngineState::of(scope)
        .and_then(|state| {
            let flags = call(scope, &state.intrinsics().regexp_flags, None, &[object.into()])?;
            flags.is_string().then(|| flags.to_rust_string_lossy(scope))
        })
        .unwrap_or_default()
}

fn buffer_kind(store: &v8::SharedRef<v8::BackingStore>, byte_length: usize) -> ObjectKind {
    let bytes = store.iter().take(byte_length.min(BUFFER_BYTES)).map(std::cell::Cell::get).collect();
    ObjectKind::ArrayBuffer { byte_length: byte_length as u64, bytes }
}

/// The constructor's name, and `Symbol.toStringTag` where it says something else.
pub(super) fn class_and_tag<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    kind: &ObjectKind,
) -> (Option<String>, Option<String>) {
    let class = class_name(scope, object);
    let key = v8::Symbol::get_to_string_tag(scope);
    let tag = match descriptor(scope, object, key.into()) {
        // An enumerable own tag shows among the properties.
        Some(own) if own_field(scope, own, "enumerable").is_some_and(|flag| flag.is_true()) => None,
        _ => find_data_property(scope, object, key.into()),
    };
    let tag = tag
        .and_then(|tag| v8::Local::<v8::String>::try_from(tag).ok())
        .map(|tag| read_string(scope, tag, LONGEST_NAME).text)
        .filter(|tag| !tag.is_empty() && class.as_ref() != Some(tag));
    match kind {
        // The tag of these is part of their kind.
        ObjectKind::Function(_) | ObjectKind::Class { .. } | ObjectKind::Module => (class, None),
        _ => (class, tag),
    }
}

fn class_name<'s>(scope: &mut v8::PinScope<'s, '_>, object: v8::Local<'s, v8::Object>) -> Option<String> {
    let mut holder = object;
    for _ in 0..MOST_PROTOTYPES {
        if holder.is_proxy() {
            return None;
        }
        if let Some(constructor) = own_data_property(scope, holder, "constructor")
            && let Ok(constructor) = v8::Local::<v8::Function>::try_from(constructor)
            && !constructor.is_proxy()
            && let Some(name) = own_data_property(scope, constructor.into(), "name")
            && let Ok(name) = v8::Local::<v8::String>::try_from(name)
            && name.length() > 0
        {
            return Some(read_string(scope, name, LONGEST_NAME).text);
        }
        holder = holder.get_prototype(scope)?.try_into().ok()?;
    }
    None
}

/// A time value as `Date.prototype.toISOString` gives it; `None` when it is not a time.
/// <https://tc39.es/ecma262/#sec-date-time-string-format>
#[expect(clippy::cast_possible_truncation, reason = "time values are whole numbers within ±8.64e15")]
fn iso_8601(milliseconds: f64) -> Option<String> {
    const DAY: i64 = 86_400_000;
    if !milliseconds.is_finite() {
        return None;
    }
    let time = milliseconds as i64;
    let (days, in_day) = (time.div_euclid(DAY), time.rem_euclid(DAY));
    // Days to a civil date, with years that begin in March: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let year = match year {
        0..=9_999 => format!("{year:04}"),
        _ => format!("{}{:06}", if year < 0 { '-' } else { '+' }, year.abs()),
    };
    let (hours, minutes) = (in_day / 3_600_000, in_day / 60_000 % 60);
    let (seconds, millis) = (in_day / 1_000 % 60, in_day % 1_000);
    Some(format!("{year}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}.{millis:03}Z"))
}

#[cfg(test)]
mod tests {
    use super::iso_8601;

    #[test]
    fn dates_are_those_of_the_specification() {
        for (time, text) in [
            (0.0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000.0, "2000-02-29T00:00:00.000Z"),
            (-1.0, "1969-12-31T23:59:59.999Z"),
            (8.64e15, "+275760-09-13T00:00:00.000Z"),
            (-8.64e15, "-271821-04-20T00:00:00.000Z"),
        ] {
            assert_eq!(iso_8601(time).as_deref(), Some(text));
        }
        assert_eq!(iso_8601(f64::NAN), None);
    }
}
