//! JavaScript's `undefined`.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// The type of `undefined`, which has one instance.
///
/// It is false, and equal to itself only.
///
/// >>> bool(jsrun.undefined)
/// False
#[pyclass(frozen, module = "jsrun")]
pub(crate) struct JsUndefined;

#[pymethods]
impl JsUndefined {
    /// Gives the one instance.
    #[new]
    fn new(py: Python<'_>) -> PyResult<Py<Self>> {
        instance(py).map(|instance| instance.clone_ref(py))
    }

    #[expect(clippy::unused_self, reason = "Python calls it on the instance")]
    fn __bool__(&self) -> bool {
        false
    }

    #[expect(clippy::unused_self, reason = "Python calls it on the instance")]
    fn __repr__(&self) -> &'static str {
        "undefined"
    }

    /// Copies and pickles are the one instance too.
    #[expect(clippy::unused_self, reason = "Python calls it on the instance")]
    fn __reduce__(&self) -> &'static str {
        "undefined"
    }
}

/// `undefined`.
pub(crate) fn undefined(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    instance(py).map(|instance| instance.bind(py).clone().into_any())
}

fn instance(py: Python<'_>) -> PyResult<&Py<JsUndefined>> {
    static INSTANCE: PyOnceLock<Py<JsUndefined>> = PyOnceLock::new();
    INSTANCE.get_or_try_init(py, || Py::new(py, JsUndefined))
}
