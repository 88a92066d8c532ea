//! JavaScript's values as Python objects.

use std::sync::Arc;

use jsrun::{BigInt, JsString, Value};
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyFloat, PyList, PySet, PyString};

use super::path::Step;
use super::{LARGEST_SAFE, Refusal, Root};
use crate::core::Core;
use crate::error::new_javascript_error;
use crate::function::JsFunction;
use crate::python;
use crate::stream::JsStream;
use crate::undefined::undefined;

/// Makes Python's object of a value. `root` names it in errors.
pub(crate) fn to_python<'py>(
    py: Python<'py>,
    core: &Arc<Core>,
    value: Value,
    root: Root<'_>,
) -> PyResult<Bound<'py, PyAny>> {
    write(py, core, value).map_err(|refusal| refusal.into_py_err(root))
}

fn write<'py>(py: Python<'py>, core: &Arc<Core>, value: Value) -> Result<Bound<'py, PyAny>, Refusal> {
    Ok(match value {
        Value::Undefined => undefined(py)?,
        Value::Null => py.None().into_bound(py),
        Value::Boolean(boolean) => boolean.into_pyobject(py).map_err(PyErr::from)?.to_owned().into_any(),
        Value::Number(value) => number(py, value)?,
        Value::BigInt(value) => big_int(py, &value)?,
        Value::String(text) => string(py, &text)?.into_any(),
        Value::Bytes(bytes) => PyBytes::new(py, &bytes).into_any(),
        Value::Date(time) => date(py, time)?,
        Value::Array(elements) => {
            let elements = objects(py, core, elements)?;
            PyList::new(py, elements)?.into_any()
        }
        Value::Numbers(numbers) => {
            let list = PyList::new(py, numbers.into_iter().map(Number))?;
            list.into_any()
        }
        Value::Set(elements) => {
            let set = PySet::empty(py)?;
            for (index, element) in objects(py, core, elements)?.into_iter().enumerate() {
                set.add(&element).map_err(|error| {
                    unhashable(error, py, "a Set element", &element).within(|| Step::Index(index))
                })?;
            }
            set.into_any()
        }
        Value::Object(properties) => {
            let dict = PyDict::new(py);
            for (key, value) in properties {
                let value = write(py, core, value)
                    .map_err(|refusal| refusal.within(|| Step::Key(key.to_string_lossy().into_owned())))?;
                dict.set_item(string(py, &key)?, value)?;
            }
            dict.into_any()
        }
        Value::Map(entries) => map(py, core, entries)?,
        Value::Error(exception) => new_javascript_error(py, &exception)?.into_any(),
        Value::Function(handle) => Bound::new(py, JsFunction::new(Arc::clone(core), handle))?.into_any(),
        Value::Stream(handle) => Bound::new(py, JsStream::new(Arc::clone(core), handle))?.into_any(),
    })
}

fn objects<'py>(
    py: Python<'py>,
    core: &Arc<Core>,
    elements: Vec<Value>,
) -> Result<Vec<Bound<'py, PyAny>>, Refusal> {
    let mut objects = Vec::with_capacity(elements.len());
    for (index, element) in elements.into_iter().enumerate() {
        let object = match element {
            Value::Number(value) => number(py, value)?,
            element => write(py, core, element).map_err(|refusal| refusal.within(|| Step::Index(index)))?,
        };
        objects.push(object);
    }
    Ok(objects)
}

fn map<'py>(
    py: Python<'py>,
    core: &Arc<Core>,
    entries: Vec<(Value, Value)>,
) -> Result<Bound<'py, PyAny>, Refusal> {
    let dict = PyDict::new(py);
    for (index, (key, value)) in entries.into_iter().enumerate() {
        let shown = match &key {
            Value::String(text) => Step::Key(text.to_string_lossy().into_owned()),
            Value::Number(number) => Step::Other(number.to_string()),
            _ => Step::Index(index),
        };
        let value = write(py, core, value).map_err(|refusal| refusal.within(|| shown))?;
        let key = write(py, core, key).map_err(|refusal| refusal.within(|| Step::Index(index)))?;
        dict.set_item(&key, value)
            .map_err(|error| unhashable(error, py, "a Map key", &key).within(|| Step::Index(index)))?;
    }
    Ok(dict.into_any())
}

/// A number on its way into a list.
struct Number(f64);

impl<'py> IntoPyObject<'py> for Number {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        number(py, self.0)
    }
}

/// A whole number is an int, but for −0.0 and those that stand for their neighbours too.
fn number(py: Python<'_>, number: f64) -> PyResult<Bound<'_, PyAny>> {
    #[expect(clippy::cast_possible_truncation, reason = "compared below")]
    let whole = number as i64;
    #[expect(clippy::cast_precision_loss, clippy::float_cmp, reason = "compared with what it came from")]
    let is_whole = whole as f64 == number && !(whole == 0 && number.is_sign_negative());
    Ok(if is_whole && (-LARGEST_SAFE..=LARGEST_SAFE).contains(&whole) {
        whole.into_pyobject(py)?.into_any()
    } else {
        PyFloat::new(py, number).into_any()
    })
}

fn big_int<'py>(py: Python<'py>, number: &BigInt) -> Result<Bound<'py, PyAny>, Refusal> {
    if let Some(small) = number.to_i128().and_then(|number| i64::try_from(number).ok()) {
        return Ok(small.into_pyobject(py).map_err(PyErr::from)?.into_any());
    }
    let digits = std::ffi::CString::new(number.to_string()).expect("digits have no NUL");
    // SAFETY: `digits` is a C string, and base 0 reads its prefix. The result is a new reference or an error.
    let made = unsafe {
        Bound::from_owned_ptr_or_err(py, ffi::PyLong_FromString(digits.as_ptr(), std::ptr::null_mut(), 0))
    };
    Ok(made?)
}

fn string<'py>(py: Python<'py>, text: &JsString) -> PyResult<Bound<'py, PyString>> {
    match text.as_ill_formed_utf16() {
        None => Ok(PyString::new(py, &text.to_string_lossy())),
        Some(units) => {
            let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
            PyString::from_encoded_object(
                &PyBytes::new(py, &bytes),
                Some(c"utf-16-le"),
                Some(c"surrogatepass"),
            )
        }
    }
}

fn date(py: Python<'_>, time: f64) -> Result<Bound<'_, PyAny>, Refusal> {
    let made = python::helper(py, "from_milliseconds")?.call1((time,));
    made.map_err(|error| {
        if error.is_instance_of::<PyOverflowError>(py) {
            Refusal::new("cannot convert a Date before the year 1 or after the year 9999")
        } else {
            Refusal::Raised(error)
        }
    })
}

/// Python's sets and dicts take only what has a hash.
fn unhashable(error: PyErr, py: Python<'_>, what: &str, object: &Bound<'_, PyAny>) -> Refusal {
    if error.is_instance_of::<PyTypeError>(py) {
        let kind = object
            .get_type()
            .qualname()
            .map_or_else(|_| String::new(), |name| name.to_string_lossy().into_owned());
        Refusal::new(format!("cannot convert {what} that is a {kind}: it has no hash in Python"))
    } else {
        Refusal::Raised(error)
    }
}
