//! What the binding needs of Python: its own package's Python half, and types of the standard library.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

use crate::exit;

/// Classes that are looked up once.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Type {
    DateTime,
    JavaScriptError,
    RuntimeCrashed,
    RuntimeTerminated,
    RuntimeTimeout,
}

/// A class.
pub(crate) fn get_type(py: Python<'_>, which: Type) -> PyResult<&Bound<'_, PyType>> {
    static TYPES: [PyOnceLock<Py<PyType>>; 5] = [const { PyOnceLock::new() }; 5];
    let (module, name) = match which {
        Type::DateTime => ("datetime", "datetime"),
        Type::JavaScriptError => ("jsrun._errors", "JavaScriptError"),
        Type::RuntimeCrashed => ("jsrun._errors", "RuntimeCrashed"),
        Type::RuntimeTerminated => ("jsrun._errors", "RuntimeTerminated"),
        Type::RuntimeTimeout => ("jsrun._errors", "RuntimeTimeout"),
    };
    TYPES[which as usize].import(py, module, name)
}

/// Whether the object is of a class.
pub(crate) fn is_a(object: &Bound<'_, PyAny>, which: Type) -> PyResult<bool> {
    object.is_instance(get_type(object.py(), which)?)
}

/// A function of the package's Python half, `jsrun._bridge`.
pub(crate) fn helper<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    static BRIDGE: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    exit::prepare_thread();
    let bridge = BRIDGE.get_or_try_init(py, || py.import("jsrun._bridge").map(Bound::unbind))?;
    bridge.bind(py).getattr(name)
}
