//! Values copied into JavaScript.

use deno_core::v8;
use jsrun_types::{ConversionError, ConversionErrorKind, Exception, JsString, Value};

use super::path::{push_index, push_key, push_map_key};
use super::{Failure, Root, SizeBudget, WORD};
use crate::intrinsics::call;
use crate::local::EngineState;

/// Copies a value in. Runs no code of the program; the caller holds a `TryCatch` for want of memory.
///
/// `root` names the value in errors.
pub(crate) fn to_javascript<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    root: Root,
    value: &Value,
) -> Result<v8::Local<'s, v8::Value>, Failure> {
    let mut writer = Writer {
        state,
        depth: state.conversion.get().depth_in_force(),
        budget: SizeBudget::new(state.conversion.get().size),
        frames: Vec::new(),
    };
    writer.write(scope, value).map_err(|stopped| match stopped {
        Stopped::Here(kind) => Failure::Conversion(ConversionError { kind, path: writer.path(root) }),
        Stopped::Threw => Failure::Threw,
    })
}

/// A string, whole; `None` when it is longer than V8 allows.
pub(crate) fn new_string<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    text: &JsString,
) -> Option<v8::Local<'s, v8::String>> {
    match (text.as_str(), text.as_ill_formed_utf16()) {
        // Taken as it is, where V8 would first look for the characters of UTF-8 and then decode them.
        (Some(text), _) if text.is_ascii() => {
            v8::String::new_from_one_byte(scope, text.as_bytes(), v8::NewStringType::Normal)
        }
        (Some(text), _) => v8::String::new(scope, text),
        (None, units) => {
            v8::String::new_from_two_byte(scope, units.unwrap_or(&[]), v8::NewStringType::Normal)
        }
    }
}

/// An error object as the host describes it: `name` as its own property, unless its class has it.
pub(crate) fn new_error<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    name: &str,
    message: &str,
) -> Option<v8::Local<'s, v8::Object>> {
    let message = v8::String::new(scope, message)?;
    let error = match name {
        "TypeError" => v8::Exception::type_error(scope, message),
        "RangeError" => v8::Exception::range_error(scope, message),
        "SyntaxError" => v8::Exception::syntax_error(scope, message),
        "ReferenceError" => v8::Exception::reference_error(scope, message),
        _ => v8::Exception::error(scope, message),
    };
    let error: v8::Local<v8::Object> = error.try_into().ok()?;
    if !matches!(name, "TypeError" | "RangeError" | "SyntaxError" | "ReferenceError" | "Error") {
        let key = v8::String::new(scope, "name")?;
        let name = v8::String::new(scope, name)?;
        error.define_own_property(scope, key.into(), name.into(), v8::PropertyAttribute::DONT_ENUM)?;
    }
    Some(error)
}

enum Stopped {
    Here(ConversionErrorKind),
    /// V8 has no memory for it, or the call is being stopped.
    Threw,
}

impl From<ConversionErrorKind> for Stopped {
    fn from(kind: ConversionErrorKind) -> Self {
        Self::Here(kind)
    }
}

struct Writer<'a, 's, 'v> {
    state: &'a EngineState,
    depth: u32,
    budget: SizeBudget,
    frames: Vec<Frame<'s, 'v>>,
}

/// A container of which some parts have been made.
enum Frame<'s, 'v> {
    Array {
        source: &'v [Value],
        made: Vec<v8::Local<'s, v8::Value>>,
    },
    Set {
        source: &'v [Value],
        next: usize,
        target: v8::Local<'s, v8::Set>,
    },
    Object {
        source: &'v [(JsString, Value)],
        next: usize,
        target: v8::Local<'s, v8::Object>,
    },
    Map {
        source: &'v [(Value, Value)],
        next: usize,
        target: v8::Local<'s, v8::Map>,
        key: Option<v8::Local<'s, v8::Value>>,
    },
}

impl<'s, 'v> Frame<'s, 'v> {
    /// How many parts there are that count a word at least, as far as is foreseen.
    fn parts(&self) -> u64 {
        match self {
            Self::Array { source, .. } | Self::Set { source, .. } => source.len() as u64,
            Self::Map { source, .. } => source.len() as u64 * 2,
            Self::Object { .. } => 0,
        }
    }

    /// The next part that is to be made. A name is counted before its value, as when an object is read.
    fn next_part(&self, budget: &mut SizeBudget) -> Result<Option<&'v Value>, ConversionErrorKind> {
        Ok(match self {
            Self::Array { source, made } => source.get(made.len()),
            Self::Set { source, next, .. } => source.get(*next),
            Self::Object { source, next, .. } => match source.get(*next) {
                Some((key, value)) => {
                    budget.spend(key.utf8_len() as u64)?;
                    Some(value)
                }
                None => None,
            },
            Self::Map { source, next, key, .. } => {
                source.get(*next).map(|(name, value)| if key.is_none() { name } else { value })
            }
        })
    }

    fn accept(
        &mut self,
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<(), Stopped> {
        match self {
            Self::Array { made, .. } => made.push(value),
            Self::Set { next, target, .. } => {
                *next += 1;
                target.add(scope, value).ok_or(Stopped::Threw)?;
            }
            Self::Object { source, next, target } => {
                let (key, _) = &source[*next];
                *next += 1;
                let name = new_key(scope, key).ok_or(ConversionErrorKind::TooLong)?;
                // Defined, not assigned: a key such as `__proto__` is data too.
                target.create_data_property(scope, name.into(), value).ok_or(Stopped::Threw)?;
            }
            Self::Map { next, target, key, .. } => match key.take() {
                None => *key = Some(value),
                Some(name) => {
                    *next += 1;
                    target.set(scope, name, value).ok_or(Stopped::Threw)?;
                }
            },
        }
        Ok(())
    }

    fn finish(self, scope: &mut v8::PinScope<'s, '_>) -> v8::Local<'s, v8::Value> {
        match self {
            Self::Array { made, .. } => v8::Array::new_with_elements(scope, &made).into(),
            Self::Set { target, .. } => target.into(),
            Self::Object { target, .. } => target.into(),
            Self::Map { target, .. } => target.into(),
        }
    }
}

impl<'s, 'v> Writer<'_, 's, 'v> {
    fn write(
        &mut self,
        scope: &mut v8::PinScope<'s, '_>,
        value: &'v Value,
    ) -> Result<v8::Local<'s, v8::Value>, Stopped> {
        let mut made = self.begin(scope, value)?;
        loop {
            if let Some(value) = made.take() {
                let Some(frame) = self.frames.last_mut() else { return Ok(value) };
                frame.accept(scope, value)?;
            }
            let frame = self.frames.last().expect("the outermost value returned above");
            made = match frame.next_part(&mut self.budget)? {
                Some(part) => self.begin(scope, part)?,
                None => self.frames.pop().map(|frame| frame.finish(scope)),
            };
        }
    }

    /// Makes a value without parts, or begins one with parts.
    fn begin(
        &mut self,
        scope: &mut v8::PinScope<'s, '_>,
        value: &'v Value,
    ) -> Result<Option<v8::Local<'s, v8::Value>>, Stopped> {
        let frame = match value {
            Value::Array(source) => Frame::Array { source, made: Vec::with_capacity(source.len()) },
            Value::Set(source) => Frame::Set { source, next: 0, target: v8::Set::new(scope) },
            Value::Object(source) => Frame::Object { source, next: 0, target: v8::Object::new(scope) },
            Value::Map(source) => Frame::Map { source, next: 0, target: v8::Map::new(scope), key: None },
            Value::Numbers(numbers) => return self.numbers(scope, numbers).map(Some),
            leaf => return self.leaf(scope, leaf).map(Some),
        };
        self.enter()?;
        self.budget.foresee(frame.parts() * WORD)?;
        self.frames.push(frame);
        Ok(None)
    }

    /// Counts a container.
    fn enter(&mut self) -> Result<(), ConversionErrorKind> {
        if self.frames.len() >= self.depth as usize {
            return Err(ConversionErrorKind::Depth { limit: self.depth });
        }
        self.budget.spend(WORD)
    }

    /// An array of numbers only.
    fn numbers(
        &mut self,
        scope: &mut v8::PinScope<'s, '_>,
        numbers: &[f64],
    ) -> Result<v8::Local<'s, v8::Value>, Stopped> {
        self.enter()?;
        self.budget.spend(numbers.len() as u64 * WORD)?;
        let made: Vec<_> = numbers.iter().map(|number| new_number(scope, *number)).collect();
        Ok(v8::Array::new_with_elements(scope, &made).into())
    }

    fn leaf(
        &mut self,
        scope: &mut v8::PinScope<'s, '_>,
        value: &Value,
    ) -> Result<v8::Local<'s, v8::Value>, Stopped> {
        self.budget.spend(leaf_size(value))?;
        Ok(match value {
            Value::Undefined => v8::undefined(scope).into(),
            Value::Null => v8::null(scope).into(),
            Value::Boolean(boolean) => v8::Boolean::new(scope, *boolean).into(),
            Value::Number(number) => new_number(scope, *number),
            Value::BigInt(number) => v8::BigInt::new_from_words(scope, number.is_negative(), number.words())
                .ok_or(ConversionErrorKind::TooLong)?
                .into(),
            Value::String(text) => new_string(scope, text).ok_or(ConversionErrorKind::TooLong)?.into(),
            Value::Bytes(bytes) => self.bytes(scope, bytes)?,
            Value::Date(time) => v8::Date::new(scope, *time).ok_or(Stopped::Threw)?.into(),
            Value::Error(exception) => error(scope, exception).ok_or(ConversionErrorKind::TooLong)?.into(),
            Value::Function(handle) => {
                v8::Local::new(scope, self.state.handles.function(handle)?.function).into()
            }
            Value::Stream(handle) => v8::Local::new(scope, self.state.handles.stream(handle)?).into(),
            Value::Array(_) | Value::Numbers(_) | Value::Object(_) | Value::Map(_) | Value::Set(_) => {
                unreachable!("`begin` takes the containers")
            }
        })
    }

    /// Bytes in a buffer of the runtime's own, within its budget.
    fn bytes(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        bytes: &[u8],
    ) -> Result<v8::Local<'s, v8::Value>, Stopped> {
        let length = u32::try_from(bytes.len()).map_err(|_| ConversionErrorKind::TooLong)?;
        let length = v8::Integer::new_from_unsigned(scope, length);
        let new_bytes = &self.state.intrinsics().new_bytes;
        // V8's own constructor ends the process when the budget does not allow the buffer; this one throws.
        let array = self
            .state
            .buffers()
            .without_clearing(bytes.len(), || call(scope, new_bytes, None, &[length.into()]));
        let array = array.ok_or_else(|| {
            Stopped::Here(ConversionErrorKind::Size {
                bytes: bytes.len() as u64,
                limit: self.state.buffer_limit(),
            })
        })?;
        let array: v8::Local<v8::Uint8Array> = array.try_into().map_err(|_| Stopped::Threw)?;
        let buffer = array.buffer(scope).ok_or(Stopped::Threw)?;
        if let Some(data) = buffer.data() {
            // SAFETY: the buffer has just been made for so many bytes, and no JavaScript runs meanwhile.
            unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), data.as_ptr().cast::<u8>(), bytes.len()) };
        }
        Ok(array.into())
    }

    /// The way to the value that is being made.
    fn path(&self, root: Root) -> String {
        let mut path = root.to_string();
        for frame in &self.frames {
            match frame {
                Frame::Array { made, .. } => push_index(&mut path, made.len()),
                // A key that is being made is told by its place.
                Frame::Set { next, .. } | Frame::Map { next, key: None, .. } => push_index(&mut path, *next),
                Frame::Object { source, next, .. } => {
                    if let Some((key, _)) = source.get(*next) {
                        push_key(&mut path, key);
                    }
                }
                Frame::Map { source, next, key: Some(_), .. } => {
                    if let Some((key, _)) = source.get(*next) {
                        push_map_key(&mut path, key);
                    }
                }
            }
        }
        path
    }
}

fn new_number<'s>(scope: &mut v8::PinScope<'s, '_>, number: f64) -> v8::Local<'s, v8::Value> {
    // V8 makes small whole numbers without an allocation, and faster when it is told that they are whole.
    #[expect(clippy::cast_possible_truncation, reason = "compared below")]
    let whole = number as i32;
    if f64::from(whole).to_bits() == number.to_bits() {
        v8::Integer::new(scope, whole).into()
    } else {
        v8::Number::new(scope, number).into()
    }
}

/// Keys repeat from object to object: V8 keeps one of each.
fn new_key<'s>(scope: &mut v8::PinScope<'s, '_>, key: &JsString) -> Option<v8::Local<'s, v8::String>> {
    match (key.as_str(), key.as_ill_formed_utf16()) {
        (Some(text), _) => v8::String::new_from_utf8(scope, text.as_bytes(), v8::NewStringType::Internalized),
        (None, units) => {
            v8::String::new_from_two_byte(scope, units.unwrap_or(&[]), v8::NewStringType::Internalized)
        }
    }
}

fn error<'s>(scope: &mut v8::PinScope<'s, '_>, exception: &Exception) -> Option<v8::Local<'s, v8::Object>> {
    let error = new_error(scope, exception.name.as_deref().unwrap_or("Error"), &exception.message)?;
    if let Some(stack) = &exception.stack {
        let key = v8::String::new(scope, "stack")?;
        let stack = v8::String::new(scope, stack)?;
        error.define_own_property(scope, key.into(), stack.into(), v8::PropertyAttribute::DONT_ENUM)?;
    }
    Some(error)
}

fn leaf_size(value: &Value) -> u64 {
    match value {
        Value::String(text) => text.utf8_len() as u64,
        Value::Bytes(bytes) => bytes.len() as u64,
        Value::BigInt(number) => WORD + number.words().len() as u64 * WORD,
        Value::Error(exception) => {
            (exception.message.len() + exception.stack.as_ref().map_or(0, String::len)) as u64
        }
        Value::Undefined
        | Value::Null
        | Value::Boolean(_)
        | Value::Number(_)
        | Value::Date(_)
        | Value::Array(_)
        | Value::Numbers(_)
        | Value::Object(_)
        | Value::Map(_)
        | Value::Set(_)
        | Value::Function(_)
        | Value::Stream(_) => WORD,
    }
}
