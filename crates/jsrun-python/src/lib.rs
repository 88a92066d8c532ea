//! The Python package `jsrun` over the engine: it knows Python, and the engine does not.
//!
//! The package's other half is Python: `crates/jsrun-python-module/python/jsrun`. Objects cross as [`jsrun::Value`]s,
//! copied with the GIL held; JavaScript runs on the runtime's own thread, and every wait for it releases the GIL. No lock
//! is held while the interpreter is entered or left.

#![expect(clippy::doc_markdown, reason = "Python shows the docstrings of its classes as they are")]

mod backend;
mod bound;
mod breath;
mod callables;
mod closing;
mod config;
mod core;
mod driver;
mod environment;
mod error;
mod exit;
mod function;
mod host_call;
mod inspector;
mod loops;
mod mailbox;
mod modules;
mod pending;
mod pool;
mod python;
mod runtime;
mod snapshot;
mod stats;
mod stream;
mod thread_state;
mod timeout;
mod undefined;
mod values;
mod workers;

use pyo3::prelude::*;

/// Puts everything into the compiled module.
///
/// # Errors
/// What Python raises when it cannot.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<runtime::Runtime>()?;
    module.add_class::<config::RuntimeConfig>()?;
    module.add_class::<inspector::InspectorConfig>()?;
    module.add_class::<inspector::InspectorEndpoints>()?;
    module.add_class::<stats::RuntimeStats>()?;
    module.add_class::<function::JsFunction>()?;
    module.add_class::<stream::JsStream>()?;
    module.add_class::<stream::PyStreamSource>()?;
    module.add_class::<snapshot::SnapshotBuilder>()?;
    module.add_class::<pool::Pool>()?;
    module.add_class::<pool::PoolStats>()?;
    module.add_class::<undefined::JsUndefined>()?;
    module.add_class::<mailbox::Mailbox>()?;
    module.add("undefined", undefined::undefined(module.py())?)?;
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_function(wrap_pyfunction!(core::close_all, module)?)?;
    module.add_function(wrap_pyfunction!(breath::is_out_of_breath, module)?)?;
    module.add_function(wrap_pyfunction!(snapshot::serve, module)?)?;
    module.add_function(wrap_pyfunction!(pool::serve_zygote, module)?)?;
    module.add_function(wrap_pyfunction!(core::after_fork, module)?)
}
