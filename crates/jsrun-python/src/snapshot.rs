//! `SnapshotBuilder`.

use std::process::{Command, ExitCode};
use std::sync::Mutex;

use jsrun::{Globals, SnapshotError};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::core::lock;
use crate::error::new_javascript_error;
use crate::python;

/// Makes a snapshot of what scripts leave in the global object, for RuntimeConfig(snapshot=…): runtimes start from it as
/// fast as from nothing. It is made in a process of its own, by the same engine that is to use it.
///
/// bootstrap: a script that runs first.
/// enable_console: no effect: scripts of a snapshot are silent.
/// web_apis: whether they, and later the programs, have the web platform beside the ECMAScript globals.
///
/// >>> builder = jsrun.SnapshotBuilder(bootstrap="function twice(x) { return 2 * x }")
/// >>> config = jsrun.RuntimeConfig(snapshot=builder.build())
/// >>> with jsrun.Runtime(config) as runtime:
/// ...     runtime.eval("twice(21)")
/// 42
#[pyclass(frozen, module = "jsrun")]
pub(crate) struct SnapshotBuilder {
    /// `None` once it is built.
    scripts: Mutex<Option<Vec<Script>>>,
    globals: Globals,
}

#[derive(Clone)]
struct Script {
    name: String,
    source: String,
}

#[pymethods]
impl SnapshotBuilder {
    #[new]
    #[pyo3(signature = (*, bootstrap=None, enable_console=false, web_apis=false))]
    fn new(bootstrap: Option<String>, enable_console: bool, web_apis: bool) -> Self {
        let _ = enable_console;
        let scripts = bootstrap.into_iter().map(|source| Script { name: "<bootstrap>".to_owned(), source });
        let globals = if web_apis { Globals::Web } else { Globals::Minimal };
        Self { scripts: Mutex::new(Some(scripts.collect())), globals }
    }

    /// Adds a script, which runs after those before it. Its name is its file in stacks. It runs when the snapshot is
    /// built.
    ///
    /// Raises RuntimeError when the snapshot is built.
    ///
    /// >>> builder = jsrun.SnapshotBuilder()
    /// >>> builder.execute_script("library.js", "const twice = (x) => 2 * x")
    fn execute_script(&self, name: String, source: String) -> PyResult<()> {
        match lock(&self.scripts).as_mut() {
            Some(scripts) => scripts.push(Script { name, source }),
            None => return Err(already_built()),
        }
        Ok(())
    }

    /// Runs the scripts and gives the snapshot. The builder is used up.
    ///
    /// Raises JavaScriptError when a script throws; RuntimeError when scripts take more than ten seconds or too much
    /// memory, when they leave what no snapshot can hold, or when the building process fails.
    ///
    /// >>> snapshot = jsrun.SnapshotBuilder(bootstrap="globalThis.answer = 42").build()
    /// >>> type(snapshot)
    /// <class 'bytes'>
    fn build<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let scripts = lock(&self.scripts).take().ok_or_else(already_built)?;
        let command: Vec<String> = python::helper(py, "snapshot_command")?.call0()?.extract()?;
        let built = py.detach(|| {
            let mut builder = jsrun::SnapshotBuilder::new().globals(self.globals);
            for Script { name, source } in scripts {
                builder = builder.script(name, source);
            }
            let (program, arguments) = command.split_first().expect("the bridge names a program");
            builder.build(Command::new(program).args(arguments))
        });
        match built {
            Ok(snapshot) => Ok(PyBytes::new(py, snapshot.as_bytes())),
            Err(SnapshotError::Script(exception)) => {
                Err(PyErr::from_value(new_javascript_error(py, &exception)?))
            }
            Err(error) => Err(PyRuntimeError::new_err(format!("cannot build the snapshot: {error}"))),
        }
    }
}

fn already_built() -> PyErr {
    PyRuntimeError::new_err("the snapshot has been built: make another SnapshotBuilder")
}

/// The whole of a process that builds a snapshot. Gives its exit code.
#[pyfunction]
#[pyo3(name = "_serve_snapshot_builder")]
pub(crate) fn serve(py: Python<'_>, arguments: Vec<String>) -> u8 {
    // It takes none.
    drop(arguments);
    let code = py.detach(jsrun::serve_snapshot_builder);
    u8::from(code != ExitCode::SUCCESS)
}

/// Bytes that are no snapshot of this engine.
pub(crate) fn unusable(error: &SnapshotError) -> PyErr {
    PyValueError::new_err(format!("the snapshot cannot be used: {error}"))
}
