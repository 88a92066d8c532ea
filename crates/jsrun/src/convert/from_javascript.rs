//! JavaScript values copied out.

use deno_core::v8;
use jsrun_types::{
    BigInt, ConversionError, ConversionErrorKind, FunctionHandle, JsString, StreamHandle, Value,
};

use super::path::{push_index, push_key, push_map_key};
use super::{Failure, Root, SizeBudget, WORD};
use crate::exception;
use crate::intrinsics::call;
use crate::local::EngineState;

/// Elements of an array that are read under one handle scope.
const ELEMENTS_PER_SCOPE: u32 = 1_024;
/// From this length on JavaScript packs the numbers that an array begins with, which is faster than reading them here.
const WORTH_PACKING: u32 = 64;

/// Copies a value. Getters and proxies run, so the caller must be under a deadline and hold a `TryCatch`.
///
/// `root` names the value in errors.
pub(crate) fn from_javascript<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    root: Root,
    value: v8::Local<'s, v8::Value>,
) -> Result<Value, Failure> {
    let limits = state.conversion.get();
    let mut budget = SizeBudget::new(limits.size);
    if !value.is_object() {
        return primitive(scope, &mut budget, value)
            .map_err(|kind| Failure::Conversion(ConversionError { kind, path: root.to_string() }));
    }
    let mut reader = Reader { state, depth: limits.depth_in_force(), budget, frames: Vec::new() };
    reader.read(scope, value).map_err(|stopped| match stopped {
        Stopped::Here(kind) => Failure::Conversion(ConversionError { kind, path: reader.path(root) }),
        Stopped::Threw => Failure::Threw,
    })
}

/// A string, whole.
fn string_of<'s>(scope: &mut v8::PinScope<'s, '_>, string: v8::Local<'s, v8::String>) -> JsString {
    if !string.is_onebyte() {
        let mut units = vec![0_u16; string.length()];
        string.write_v2(scope, 0, &mut units, v8::WriteFlags::empty());
        return JsString::from_utf16(units);
    }
    // Without a surrogate there is nothing to lose.
    JsString::from(string.to_rust_string_lossy(scope))
}

enum Stopped {
    Here(ConversionErrorKind),
    Threw,
}

impl From<ConversionErrorKind> for Stopped {
    fn from(kind: ConversionErrorKind) -> Self {
        Self::Here(kind)
    }
}

struct Reader<'a, 's> {
    state: &'a EngineState,
    depth: u32,
    budget: SizeBudget,
    /// What is being read, outermost first.
    frames: Vec<Frame<'s>>,
}

/// A container of which some parts have been read.
struct Frame<'s> {
    object: v8::Local<'s, v8::Object>,
    /// What is still to be read: the object itself for an array, its names, or a copy of a collection's content.
    source: v8::Local<'s, v8::Object>,
    next: u32,
    length: u32,
    /// The element before `next`, where it has been read and not begun.
    unread: Option<v8::Local<'s, v8::Value>>,
    parts: Parts,
}

/// What an array begins with.
struct Packed<'s> {
    numbers: Vec<f64>,
    /// The first element that is no number, if there is one.
    then: Option<v8::Local<'s, v8::Value>>,
}

enum Parts {
    Array(Vec<Value>),
    Object(Vec<(JsString, Value)>, Option<JsString>),
    Map(Vec<(Value, Value)>, Option<Value>),
    Set(Vec<Value>),
}

impl Frame<'_> {
    fn accept(&mut self, value: Value) {
        match &mut self.parts {
            Parts::Array(elements) | Parts::Set(elements) => elements.push(value),
            Parts::Object(properties, key) => {
                properties.push((key.take().expect("a property's name is read before its value"), value));
            }
            Parts::Map(entries, key) => match key.take() {
                Some(key) => entries.push((key, value)),
                None => *key = Some(value),
            },
        }
    }

    fn finish(self) -> Value {
        match self.parts {
            Parts::Array(elements) => Value::Array(elements),
            Parts::Set(elements) => Value::Set(elements),
            Parts::Object(properties, _) => Value::Object(properties),
            Parts::Map(entries, _) => Value::Map(entries),
        }
    }

    fn holder(&self) -> &'static str {
        match self.parts {
            Parts::Array(_) => "list",
            Parts::Object(..) => "object",
            Parts::Map(..) => "map",
            Parts::Set(_) => "set",
        }
    }
}

impl<'s> Reader<'_, 's> {
    fn read(
        &mut self,
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Value, Stopped> {
        let mut read = self.begin(scope, value)?;
        loop {
            if let Some(value) = read.take() {
                let Some(frame) = self.frames.last_mut() else { return Ok(value) };
                frame.accept(value);
            }
            read = match self.next_part(scope)? {
                Some(part) => self.begin(scope, part)?,
                None => self.frames.pop().map(Frame::finish),
            };
        }
    }

    /// Reads a value without parts, or begins one with parts.
    fn begin(
        &mut self,
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Option<Value>, Stopped> {
        match v8::Local::<v8::Object>::try_from(value) {
            Ok(object) => self.object(scope, object),
            Err(_) => primitive(scope, &mut self.budget, value).map(Some).map_err(Stopped::Here),
        }
    }

    /// The next part of the innermost container that has parts of its own, or that is not read here.
    fn next_part(
        &mut self,
        scope: &mut v8::PinScope<'s, '_>,
    ) -> Result<Option<v8::Local<'s, v8::Value>>, Stopped> {
        let frame = self.frames.last_mut().expect("only called inside a container");
        if let Some(element) = frame.unread.take() {
            return Ok(Some(element));
        }
        if let Parts::Array(elements) | Parts::Set(elements) = &mut frame.parts {
            while frame.next < frame.length {
                let until = frame.length.min(frame.next.saturating_add(ELEMENTS_PER_SCOPE));
                let (source, next) = (frame.source, &mut frame.next);
                if let Some(object) = primitives(scope, &mut self.budget, source, next, until, elements)? {
                    return Ok(Some(v8::Local::new(scope, object)));
                }
            }
            return Ok(None);
        }
        if frame.next >= frame.length {
            return Ok(None);
        }
        let part = frame.source.get_index(scope, frame.next).ok_or(Stopped::Threw)?;
        frame.next += 1;
        let Parts::Object(_, key) = &mut frame.parts else { return Ok(Some(part)) };
        let name: v8::Local<v8::String> = part.try_into().map_err(|_| Stopped::Threw)?;
        let text = string_of(scope, name);
        let spent = self.budget.spend(text.utf8_len() as u64);
        *key = Some(text);
        spent?;
        frame.object.get(scope, name.into()).map(Some).ok_or(Stopped::Threw)
    }

    fn object(
        &mut self,
        scope: &mut v8::PinScope<'s, '_>,
        object: v8::Local<'s, v8::Object>,
    ) -> Result<Option<Value>, Stopped> {
        if let Some(value) = self.leaf_object(scope, object)? {
            return Ok(Some(value));
        }
        if let Some(frame) = self.frames.iter().find(|frame| frame.object == object) {
            return Err(ConversionErrorKind::Circular { holder: frame.holder() }.into());
        }
        if self.frames.len() >= self.depth as usize {
            return Err(ConversionErrorKind::Depth { limit: self.depth }.into());
        }
        self.budget.spend(WORD)?;
        let (source, length, parts) = if let Ok(array) = v8::Local::<v8::Array>::try_from(object) {
            let length = array.length();
            self.budget.foresee(u64::from(length) * WORD)?;
            let mut elements = Vec::new();
            let mut unread = None;
            if length >= WORTH_PACKING {
                let packed = self.packed_numbers(scope, object)?;
                self.budget.spend(packed.numbers.len() as u64 * WORD)?;
                if packed.then.is_none() && self.state.conversion.get().pack_numbers {
                    return Ok(Some(Value::Numbers(packed.numbers)));
                }
                elements = packed.numbers.into_iter().map(Value::Number).collect();
                let Some(element) = packed.then else { return Ok(Some(Value::Array(elements))) };
                unread = Some(element);
            } else {
                elements.reserve(length as usize);
            }
            let next = u32::try_from(elements.len()).unwrap_or(u32::MAX) + u32::from(unread.is_some());
            self.frames.push(Frame {
                object,
                source: object,
                next,
                length,
                unread,
                parts: Parts::Array(elements),
            });
            return Ok(None);
        } else if let Ok(map) = v8::Local::<v8::Map>::try_from(object) {
            self.budget.foresee(map.size() as u64 * 2 * WORD)?;
            let content = map.as_array(scope);
            (content.into(), content.length(), Parts::Map(Vec::new(), None))
        } else if let Ok(set) = v8::Local::<v8::Set>::try_from(object) {
            self.budget.foresee(set.size() as u64 * WORD)?;
            let content = set.as_array(scope);
            (content.into(), content.length(), Parts::Set(Vec::new()))
        } else {
            let arguments = v8::GetPropertyNamesArgsBuilder::new()
                .mode(v8::KeyCollectionMode::OwnOnly)
                .property_filter(v8::PropertyFilter::ONLY_ENUMERABLE | v8::PropertyFilter::SKIP_SYMBOLS)
                .index_filter(v8::IndexFilter::IncludeIndices)
                .key_conversion(v8::KeyConversionMode::ConvertToString)
                .build();
            let names = object.get_own_property_names(scope, arguments).ok_or(Stopped::Threw)?;
            let room = names.length().min(ELEMENTS_PER_SCOPE) as usize;
            (names.into(), names.length(), Parts::Object(Vec::with_capacity(room), None))
        };
        self.frames.push(Frame { object, source, next: 0, length, unread: None, parts });
        Ok(None)
    }

    /// The numbers that an array begins with, and the element after them.
    fn packed_numbers(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        array: v8::Local<'s, v8::Object>,
    ) -> Result<Packed<'s>, Stopped> {
        let function = v8::Local::new(scope, &self.state.intrinsics().pack_numbers);
        let undefined = v8::undefined(scope).into();
        // What a getter throws is the caller's to see.
        let packed = function.call(scope, undefined, &[array.into()]).ok_or(Stopped::Threw)?;
        let Ok(part) = v8::Local::<v8::Array>::try_from(packed) else {
            let numbers = v8::Local::<v8::Float64Array>::try_from(packed).map_err(|_| Stopped::Threw)?;
            return Ok(Packed { numbers: numbers_of(numbers, numbers.length()), then: None });
        };
        let at = |index| part.get_index(scope, index).ok_or(Stopped::Threw);
        let (count, numbers, then) = (at(0)?, at(1)?, at(2)?);
        let count = v8::Local::<v8::Number>::try_from(count).map_err(|_| Stopped::Threw)?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is an array's index")]
        let count = count.value() as usize;
        let numbers = match v8::Local::<v8::Float64Array>::try_from(numbers) {
            Ok(numbers) => numbers_of(numbers, count),
            Err(_) => Vec::new(),
        };
        Ok(Packed { numbers, then: Some(then) })
    }

    /// Objects that are not containers to the host.
    fn leaf_object(
        &mut self,
        scope: &mut v8::PinScope<'s, '_>,
        object: v8::Local<'s, v8::Object>,
    ) -> Result<Option<Value>, Stopped> {
        // A proxy of whatever is an object of its own properties, unless it can be called.
        if let Ok(function) = v8::Local::<v8::Function>::try_from(object) {
            return self.function(scope, function).map(Some);
        }
        if object.is_proxy() || object.is_array() || object.is_map() || object.is_set() {
            return Ok(None);
        }
        if object.is_native_error() {
            return self.error(scope, object).map(Some);
        }
        if let Ok(date) = v8::Local::<v8::Date>::try_from(object) {
            self.budget.spend(WORD)?;
            let time = date.value_of();
            return if time.is_nan() {
                Err(unsupported("invalid Date"))
            } else {
                Ok(Some(Value::Date(time)))
            };
        }
        if let Some(length) = bytes_length(object) {
            self.budget.spend(length as u64)?;
            return Ok(Some(Value::Bytes(bytes_of(object, length))));
        }
        if let Some(type_name) = type_without_counterpart(object) {
            return Err(unsupported(type_name));
        }
        if is_boxed(object) {
            let Some(primitive_value) = call(scope, &self.state.intrinsics().unbox, None, &[object.into()])
            else {
                return Err(Stopped::Threw);
            };
            return primitive(scope, &mut self.budget, primitive_value).map(Some).map_err(Stopped::Here);
        }
        self.platform_object(scope, object)
    }

    /// Streams and `DOMException`s, which only the platform's JavaScript can tell.
    fn platform_object(
        &mut self,
        scope: &mut v8::PinScope<'s, '_>,
        object: v8::Local<'s, v8::Object>,
    ) -> Result<Option<Value>, Stopped> {
        let plain = v8::Local::new(scope, &self.state.intrinsics().object_prototype);
        let is_plain =
            object.get_prototype(scope).is_some_and(|prototype| prototype.is_null() || prototype == plain);
        if is_plain || object.is_module_namespace_object() {
            return Ok(None);
        }
        let is_stream = call(scope, &self.state.intrinsics().is_readable_stream, None, &[object.into()])
            .is_some_and(|answer| answer.is_true());
        if is_stream {
            self.budget.spend(WORD)?;
            self.state.streams.count_kept();
            let id = self.state.handles.keep_stream(v8::Global::new(scope, object));
            return Ok(Some(Value::Stream(StreamHandle::new(id, self.state.handles.owner()))));
        }
        if exception::is_platform_error(scope, self.state, object) {
            return self.error(scope, object).map(Some);
        }
        Ok(None)
    }

    fn error(
        &mut self,
        scope: &mut v8::PinScope<'s, '_>,
        object: v8::Local<'s, v8::Object>,
    ) -> Result<Value, Stopped> {
        let exception = exception::describe(scope, self.state, object.into(), None);
        self.budget.spend(exception.message.len() as u64)?;
        self.budget.spend(exception.stack.as_ref().map_or(0, String::len) as u64)?;
        Ok(Value::Error(Box::new(exception)))
    }

    /// A handle to a function, with what it was read from as its receiver.
    fn function(
        &mut self,
        scope: &mut v8::PinScope<'s, '_>,
        function: v8::Local<'s, v8::Function>,
    ) -> Result<Value, Stopped> {
        self.budget.spend(WORD)?;
        let receiver = self.frames.last().and_then(|frame| match frame.parts {
            Parts::Array(_) | Parts::Object(..) => Some(v8::Global::new(scope, frame.object)),
            Parts::Map(..) | Parts::Set(_) => None,
        });
        let id = self.state.handles.keep_function(v8::Global::new(scope, function), receiver);
        Ok(Value::Function(FunctionHandle::new(id, self.state.handles.owner())))
    }

    /// The way to the value that is being read.
    fn path(&self, root: Root) -> String {
        let mut path = root.to_string();
        for frame in &self.frames {
            match &frame.parts {
                Parts::Array(elements) | Parts::Set(elements) => push_index(&mut path, elements.len()),
                Parts::Object(_, Some(key)) => push_key(&mut path, key),
                Parts::Map(_, Some(key)) => push_map_key(&mut path, key),
                Parts::Object(_, None) => {}
                Parts::Map(entries, None) => push_index(&mut path, entries.len()),
            }
        }
        path
    }
}

/// The first numbers of packed ones.
fn numbers_of(packed: v8::Local<'_, v8::Float64Array>, count: usize) -> Vec<f64> {
    let mut bytes = vec![0_u8; packed.byte_length().min(count.saturating_mul(size_of::<f64>()))];
    let copied = packed.copy_contents(&mut bytes);
    let numbers = bytes[..copied].chunks_exact(size_of::<f64>());
    numbers.map(|number| f64::from_ne_bytes(number.try_into().expect("chunks of 8 bytes"))).collect()
}

/// Reads elements up to the first object, which it returns.
fn primitives<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    budget: &mut SizeBudget,
    source: v8::Local<'s, v8::Object>,
    next: &mut u32,
    until: u32,
    elements: &mut Vec<Value>,
) -> Result<Option<v8::Global<v8::Value>>, Stopped> {
    v8::scope!(let scope, scope);
    while *next < until {
        let element = source.get_index(scope, *next).ok_or(Stopped::Threw)?;
        *next += 1;
        if element.is_object() {
            return Ok(Some(v8::Global::new(scope, element)));
        }
        elements.push(primitive(scope, budget, element)?);
    }
    Ok(None)
}

fn primitive<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    budget: &mut SizeBudget,
    value: v8::Local<'s, v8::Value>,
) -> Result<Value, ConversionErrorKind> {
    if let Ok(number) = v8::Local::<v8::Number>::try_from(value) {
        budget.spend(WORD)?;
        return Ok(Value::Number(number.value()));
    }
    if let Ok(string) = v8::Local::<v8::String>::try_from(value) {
        // UTF-8 is no shorter than one byte for each code unit.
        budget.foresee(string.length() as u64)?;
        let text = string_of(scope, string);
        budget.spend(text.utf8_len() as u64)?;
        return Ok(Value::String(text));
    }
    budget.spend(WORD)?;
    if value.is_undefined() {
        Ok(Value::Undefined)
    } else if value.is_null() {
        Ok(Value::Null)
    } else if value.is_boolean() {
        Ok(Value::Boolean(value.is_true()))
    } else if let Ok(number) = v8::Local::<v8::BigInt>::try_from(value) {
        budget.spend(number.word_count() as u64 * WORD)?;
        let mut words = vec![0; number.word_count()];
        let (negative, _) = number.to_words_array(&mut words);
        Ok(Value::BigInt(BigInt::from_words(negative, words)))
    } else {
        let type_name = if value.is_symbol() { "Symbol" } else { "an engine-internal value" };
        Err(ConversionErrorKind::Unsupported { type_name: type_name.to_owned() })
    }
}

fn unsupported(type_name: &str) -> Stopped {
    Stopped::Here(ConversionErrorKind::Unsupported { type_name: type_name.to_owned() })
}

fn is_boxed(object: v8::Local<'_, v8::Object>) -> bool {
    object.is_number_object()
        || object.is_string_object()
        || object.is_boolean_object()
        || object.is_big_int_object()
        || object.is_symbol_object()
}

/// The name of a type that hosts have no counterpart of.
fn type_without_counterpart(object: v8::Local<'_, v8::Object>) -> Option<&'static str> {
    [
        (object.is_promise(), "Promise"),
        (object.is_reg_exp(), "RegExp"),
        (object.is_weak_map(), "WeakMap"),
        (object.is_weak_set(), "WeakSet"),
        (object.is_generator_object(), "Generator"),
        (object.is_map_iterator(), "Map Iterator"),
        (object.is_set_iterator(), "Set Iterator"),
        (object.is_wasm_module_object(), "WebAssembly.Module"),
        (object.is_wasm_memory_object(), "WebAssembly.Memory"),
        (object.is_external(), "External"),
    ]
    .into_iter()
    .find_map(|(is, name)| is.then_some(name))
}

fn bytes_length(object: v8::Local<'_, v8::Object>) -> Option<usize> {
    if let Ok(view) = v8::Local::<v8::ArrayBufferView>::try_from(object) {
        Some(view.byte_length())
    } else if let Ok(buffer) = v8::Local::<v8::ArrayBuffer>::try_from(object) {
        Some(buffer.byte_length())
    } else if let Ok(buffer) = v8::Local::<v8::SharedArrayBuffer>::try_from(object) {
        Some(buffer.byte_length())
    } else {
        None
    }
}

fn bytes_of(object: v8::Local<'_, v8::Object>, length: usize) -> Vec<u8> {
    if let Ok(view) = v8::Local::<v8::ArrayBufferView>::try_from(object) {
        let mut bytes = vec![0; length];
        let copied = view.copy_contents(&mut bytes);
        bytes.truncate(copied);
        return bytes;
    }
    let store = if let Ok(buffer) = v8::Local::<v8::ArrayBuffer>::try_from(object) {
        buffer.get_backing_store()
    } else if let Ok(buffer) = v8::Local::<v8::SharedArrayBuffer>::try_from(object) {
        buffer.get_backing_store()
    } else {
        return Vec::new();
    };
    let Some(data) = store.data() else { return Vec::new() };
    let length = length.min(store.byte_length());
    let mut bytes = Vec::with_capacity(length);
    // SAFETY: the store lives as long as `store`, has at least so many bytes, and no JavaScript runs meanwhile that
    // could write to it: no other thread has an isolate that shares it. There is room for them, and all of them are copied.
    unsafe {
        std::ptr::copy_nonoverlapping(data.as_ptr().cast::<u8>(), bytes.as_mut_ptr(), length);
        bytes.set_len(length);
    }
    bytes
}
