//! The compiled part of the Python package jsrun: all of it is in `jsrun-python`.

use pyo3::prelude::*;

#[pymodule]
fn _jsrun(module: &Bound<'_, PyModule>) -> PyResult<()> {
    jsrun_python::register(module)
}
