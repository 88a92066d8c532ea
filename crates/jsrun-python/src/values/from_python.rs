//! Python's objects as values for JavaScript.

use jsrun::{BigInt, ConversionLimits, Exception, JsString, Value};
use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PyMemoryView, PySet, PyString,
    PyTuple,
};

use super::path::Step;
use super::{LARGEST_SAFE, Refusal, Root};
use crate::function::JsFunction;
use crate::python::{self, Type};
use crate::stream::{JsStream, PyStreamSource};
use crate::undefined::JsUndefined;

/// From this length on a list is looked through for numbers only: shorter ones are as fast the other way.
const WORTH_PACKING: usize = 64;

/// What values without a length of their own count, in bytes, as the engine counts them.
const WORD: u64 = 8;

/// Copies an object. `root` names it in errors.
pub(crate) fn from_python(
    object: &Bound<'_, PyAny>,
    limits: &ConversionLimits,
    root: Root<'_>,
) -> PyResult<Value> {
    reader(limits).read(object).map_err(|refusal| refusal.into_py_err(root))
}

/// A key of a bound object.
pub(crate) fn from_python_key(key: &Bound<'_, PyAny>) -> PyResult<JsString> {
    let Ok(text) = key.cast::<PyString>() else {
        let text = format!("keys must be strings, not {}", type_name(key));
        return Err(PyRuntimeError::new_err(text));
    };
    string(text).map_err(|refusal| refusal.into_py_err(Root::Value))
}

fn reader(limits: &ConversionLimits) -> Reader {
    Reader { depth: limits.depth_in_force(), size: 0, limit: limits.size.as_u64(), holders: Vec::new() }
}

struct Reader {
    depth: u32,
    size: u64,
    limit: u64,
    /// The containers around what is being read.
    holders: Vec<*mut ffi::PyObject>,
}

impl Reader {
    fn read(&mut self, object: &Bound<'_, PyAny>) -> Result<Value, Refusal> {
        if let Some(value) = self.common(object)? {
            return Ok(value);
        }
        if let Ok(list) = object.cast::<PyList>() {
            return self.inside(object, "list", |reader| reader.list(list));
        }
        if let Ok(dict) = object.cast::<PyDict>() {
            return self.inside(object, "dict", |reader| reader.dict(dict));
        }
        if let Ok(tuple) = object.cast::<PyTuple>() {
            return self.inside(object, "tuple", |reader| {
                reader.elements(tuple.iter(), tuple.len()).map(Value::Array)
            });
        }
        self.rare(object)
    }

    /// Values without parts that are met all the time.
    fn common(&mut self, object: &Bound<'_, PyAny>) -> Result<Option<Value>, Refusal> {
        Ok(Some(if let Ok(text) = object.cast::<PyString>() {
            let text = string(text)?;
            self.spend(text.utf8_len() as u64)?;
            Value::String(text)
        } else if let Ok(number) = object.cast::<PyFloat>() {
            self.spend(WORD)?;
            Value::Number(number.value())
        } else if let Ok(boolean) = object.cast::<PyBool>() {
            self.spend(WORD)?;
            Value::Boolean(boolean.is_true())
        } else if let Ok(number) = object.cast::<PyInt>() {
            self.int(number)?
        } else if object.is_none() {
            self.spend(WORD)?;
            Value::Null
        } else {
            return Ok(None);
        }))
    }

    fn int(&mut self, number: &Bound<'_, PyInt>) -> Result<Value, Refusal> {
        let mut overflow = 0;
        // SAFETY: `number` is an int, and the interpreter is attached.
        let small = unsafe { ffi::PyLong_AsLongLongAndOverflow(number.as_ptr(), &raw mut overflow) };
        self.spend(WORD)?;
        if overflow == 0 && (-LARGEST_SAFE..=LARGEST_SAFE).contains(&small) {
            #[expect(clippy::cast_precision_loss, reason = "such a number has at most 53 bits")]
            return Ok(Value::Number(small as f64));
        }
        let big = if overflow == 0 { BigInt::from(small) } else { self.big_int(number)? };
        self.spend(big.words().len() as u64 * WORD)?;
        Ok(Value::BigInt(big))
    }

    fn big_int(&self, number: &Bound<'_, PyInt>) -> Result<BigInt, Refusal> {
        let bits: u64 = number.call_method0("bit_length")?.extract()?;
        // Before all of it is copied.
        self.foresee(bits / 8)?;
        let words = bits.div_ceil(64);
        let magnitude = number.call_method0("__abs__")?;
        let bytes = magnitude.call_method1("to_bytes", (words * 8, "little"))?;
        let bytes = bytes.cast::<PyBytes>().map_err(PyErr::from)?;
        let words = bytes.as_bytes().chunks_exact(8);
        let words = words.map(|word| u64::from_le_bytes(word.try_into().expect("chunks of 8 bytes")));
        Ok(BigInt::from_words(number.lt(0)?, words.collect()))
    }

    fn list(&mut self, list: &Bound<'_, PyList>) -> Result<Value, Refusal> {
        let count = list.len();
        self.foresee(count as u64 * WORD)?;
        let numbers = if count < WORTH_PACKING { Vec::new() } else { numbers(list) };
        if numbers.len() == count && count > 0 {
            self.spend(count as u64 * WORD)?;
            return Ok(Value::Numbers(numbers));
        }
        self.elements(list.iter(), count).map(Value::Array)
    }

    fn elements<'py>(
        &mut self,
        objects: impl Iterator<Item = Bound<'py, PyAny>>,
        count: usize,
    ) -> Result<Vec<Value>, Refusal> {
        self.foresee(count as u64 * WORD)?;
        let mut elements = Vec::with_capacity(count);
        for (index, object) in objects.enumerate() {
            let element = self.read(&object).map_err(|refusal| refusal.within(|| Step::Index(index)))?;
            elements.push(element);
        }
        Ok(elements)
    }

    fn dict(&mut self, dict: &Bound<'_, PyDict>) -> Result<Value, Refusal> {
        // A copy: what the conversion calls may change the dict.
        let items = dict.items();
        let mut properties = Vec::with_capacity(items.len());
        for item in items.iter() {
            let (key, object) = pair(&item)?;
            let Ok(text) = key.cast::<PyString>() else { return self.map(&items) };
            let text = string(text)?;
            self.spend(text.utf8_len() as u64)?;
            let value = self.read(&object).map_err(|refusal| refusal.within(|| step(&key)))?;
            properties.push((text, value));
        }
        Ok(Value::Object(properties))
    }

    /// A dict of which some key is no string.
    fn map(&mut self, items: &Bound<'_, PyList>) -> Result<Value, Refusal> {
        let mut entries = Vec::with_capacity(items.len());
        for item in items.iter() {
            let (key, object) = pair(&item)?;
            let name = match self.common(&key)? {
                Some(name) => name,
                None if key.is_instance_of::<PyBytes>() || python::is_a(&key, Type::DateTime)? => {
                    self.read(&key)?
                }
                None => {
                    let text = format!("cannot convert a dict key of type {}", type_name(&key));
                    return Err(Refusal::new(text).within(|| step(&key)));
                }
            };
            let value = self.read(&object).map_err(|refusal| refusal.within(|| step(&key)))?;
            entries.push((name, value));
        }
        Ok(Value::Map(entries))
    }

    fn rare(&mut self, object: &Bound<'_, PyAny>) -> Result<Value, Refusal> {
        if let Ok(bytes) = object.cast::<PyBytes>() {
            return self.bytes(bytes.as_bytes());
        }
        if let Ok(bytes) = object.cast::<PyByteArray>() {
            return self.bytes(&bytes.to_vec());
        }
        if object.is_instance_of::<PyMemoryView>() {
            self.foresee(object.getattr("nbytes")?.extract()?)?;
            let bytes = object.call_method0("tobytes")?;
            return self.bytes(bytes.cast::<PyBytes>().map_err(PyErr::from)?.as_bytes());
        }
        if object.is_instance_of::<PySet>() || object.is_instance_of::<PyFrozenSet>() {
            // A copy: what the conversion calls may change the set.
            let elements = PyList::new(object.py(), object.try_iter()?.collect::<PyResult<Vec<_>>>()?)?;
            return self.inside(object, "set", |reader| {
                reader.elements(elements.iter(), elements.len()).map(Value::Set)
            });
        }
        self.spend(WORD)?;
        if object.is_instance_of::<JsUndefined>() {
            return Ok(Value::Undefined);
        }
        if let Ok(function) = object.cast::<JsFunction>() {
            return Ok(Value::Function(function.get().handle()?));
        }
        if let Ok(stream) = object.cast::<PyStreamSource>() {
            return Ok(Value::Stream(stream.get().handle()));
        }
        if let Ok(stream) = object.cast::<JsStream>() {
            return Ok(Value::Stream(stream.get().handle()?));
        }
        if python::is_a(object, Type::DateTime)? {
            let milliseconds: i64 =
                python::helper(object.py(), "to_milliseconds")?.call1((object,))?.extract()?;
            #[expect(clippy::cast_precision_loss, reason = "dates of Python end with the year 9999")]
            return Ok(Value::Date(milliseconds as f64));
        }
        if python::is_a(object, Type::JavaScriptError)? {
            return self.error(object);
        }
        Err(Refusal::new(format!("cannot convert {}", type_name(object))))
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<Value, Refusal> {
        self.spend(bytes.len() as u64)?;
        Ok(Value::Bytes(bytes.to_vec()))
    }

    /// A `JavaScriptError` goes back as an `Error`.
    fn error(&mut self, object: &Bound<'_, PyAny>) -> Result<Value, Refusal> {
        let name: Option<String> = object.getattr("name")?.extract()?;
        let message: String = object.getattr("message")?.extract()?;
        self.spend(message.len() as u64)?;
        let mut exception = Exception::new(name.as_deref().unwrap_or("Error"), message);
        exception.stack = object.getattr("stack")?.extract()?;
        self.spend(exception.stack.as_ref().map_or(0, String::len) as u64)?;
        Ok(Value::Error(Box::new(exception)))
    }

    /// Reads a container's parts.
    fn inside(
        &mut self,
        object: &Bound<'_, PyAny>,
        kind: &str,
        read: impl FnOnce(&mut Self) -> Result<Value, Refusal>,
    ) -> Result<Value, Refusal> {
        let pointer = object.as_ptr();
        if self.holders.contains(&pointer) {
            return Err(Refusal::new(format!("circular reference in {kind}")));
        }
        if self.holders.len() >= self.depth as usize {
            return Err(Refusal::new(format!("Depth exceeded maximum limit of {}", self.depth)));
        }
        self.spend(WORD)?;
        self.holders.push(pointer);
        let value = read(self)?;
        self.holders.pop();
        Ok(value)
    }

    fn spend(&mut self, bytes: u64) -> Result<(), Refusal> {
        self.foresee(bytes)?;
        self.size += bytes;
        Ok(())
    }

    /// Refuses what is sure to be too large, before any of it is read.
    fn foresee(&self, bytes: u64) -> Result<(), Refusal> {
        let total = self.size.saturating_add(bytes);
        if total > self.limit {
            return Err(Refusal::new(format!("String size limit exceeded: {total} > {}", self.limit)));
        }
        Ok(())
    }
}

/// The numbers that a list begins with, of the two types themselves: no code of Python runs, so that the list stays as it is.
fn numbers(list: &Bound<'_, PyList>) -> Vec<f64> {
    let mut numbers = Vec::with_capacity(list.len());
    for index in 0..list.len() {
        // SAFETY: the interpreter is attached and the index is the list's. The element is borrowed from the list, which nothing
        // changes before the next turn.
        let number = unsafe {
            let object = ffi::PyList_GetItem(list.as_ptr(), index.cast_signed());
            if ffi::PyLong_CheckExact(object) != 0 {
                small(object)
            } else if ffi::PyFloat_CheckExact(object) != 0 {
                Some(ffi::PyFloat_AsDouble(object))
            } else {
                None
            }
        };
        let Some(number) = number else { break };
        numbers.push(number);
    }
    numbers
}

/// A whole number that is a number in JavaScript.
///
/// # Safety
/// The object is an int, and the interpreter is attached.
unsafe fn small(int: *mut ffi::PyObject) -> Option<f64> {
    let mut overflow = 0;
    // SAFETY: what the caller promises.
    let small = unsafe { ffi::PyLong_AsLongLongAndOverflow(int, &raw mut overflow) };
    #[expect(clippy::cast_precision_loss, reason = "such a number has at most 53 bits")]
    (overflow == 0 && (-LARGEST_SAFE..=LARGEST_SAFE).contains(&small)).then_some(small as f64)
}

/// A string; a lone surrogate survives.
fn string(text: &Bound<'_, PyString>) -> Result<JsString, Refusal> {
    if let Ok(text) = text.to_str() {
        return Ok(JsString::from(text));
    }
    let units = text.call_method1("encode", ("utf-16-le", "surrogatepass"))?;
    let units = units.cast::<PyBytes>().map_err(PyErr::from)?;
    let units = units.as_bytes().chunks_exact(2);
    let units = units.map(|unit| u16::from_le_bytes(unit.try_into().expect("chunks of 2 bytes")));
    Ok(JsString::from_utf16(units.collect()))
}

fn pair<'py>(item: &Bound<'py, PyAny>) -> Result<(Bound<'py, PyAny>, Bound<'py, PyAny>), Refusal> {
    Ok(item.extract()?)
}

fn step(key: &Bound<'_, PyAny>) -> Step {
    match key.cast::<PyString>() {
        Ok(text) => Step::Key(text.to_string_lossy().into_owned()),
        Err(_) => Step::Other(
            key.repr().map_or_else(|_| type_name(key), |text| text.to_string_lossy().into_owned()),
        ),
    }
}

/// The name of an object's type, for people.
pub(crate) fn type_name(object: &Bound<'_, PyAny>) -> String {
    object
        .get_type()
        .qualname()
        .map_or_else(|_| "object".to_owned(), |name| name.to_string_lossy().into_owned())
}
