//! Python's functions that find and load modules.

use std::sync::{Arc, Weak};

use jsrun::{LoadError, LoadedModule, ModuleSource, Value};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::bound::{give_up, is_awaitable};
use crate::core::Core;
use crate::error::to_host_error;
use crate::host_call::{self, Work};
use crate::loops::Preferred;
use crate::thread_state;
use crate::values::{Root, from_python, type_name};

/// A Python function that the engine asks for modules, on the runtime's thread.
pub(crate) struct ModuleFunction {
    core: Weak<Core>,
    number: usize,
    preferred: Preferred,
}

impl ModuleFunction {
    pub(crate) fn new(core: &Arc<Core>, function: &Bound<'_, PyAny>) -> PyResult<Self> {
        let preferred = Preferred::running(function.py())?;
        let number = core.callables.add(function.clone().unbind());
        Ok(Self { core: Arc::downgrade(core), number, preferred })
    }

    /// The URL of a specifier; `None` when the function has none.
    pub(crate) fn resolve(&self, specifier: &str, referrer: &str) -> Result<Option<String>, LoadError> {
        self.attached(|_, _, function| {
            let url = function.call1((specifier, referrer))?;
            let wrong = |_| {
                let text = format!("the module resolver must give a string or None, not {}", type_name(&url));
                PyTypeError::new_err(text)
            };
            let url: Option<String> = url.extract().map_err(wrong)?;
            Ok(url.filter(|url| !url.is_empty()))
        })
    }

    /// The source at a URL.
    pub(crate) fn load(&self, url: &str) -> LoadedModule {
        let loaded = self.attached(|py, core, function| {
            let source = function.call1((url,))?;
            if !is_awaitable(&source)? {
                let source = from_python(&source, &core.conversion, Root::Result)?;
                return Ok(LoadedModule::Now(module_source(source)));
            }
            let destination = core.loops.choose(py, self.preferred).inspect_err(|_| give_up(&source))?;
            let source = host_call::schedule(core, Work::Awaitable(source.unbind()), destination);
            Ok(LoadedModule::later(async move {
                let source =
                    source.await.map_err(|error| LoadError { name: error.class, message: error.message })?;
                module_source(source.unwrap_or_default())
            }))
        });
        loaded.unwrap_or_else(|error| LoadedModule::Now(Err(error)))
    }

    fn attached<R>(
        &self,
        work: impl FnOnce(Python<'_>, &Arc<Core>, Bound<'_, PyAny>) -> PyResult<R>,
    ) -> Result<R, LoadError> {
        let core = self.core.upgrade().ok_or_else(|| LoadError::new("the runtime is closed"))?;
        core.serve_here();
        let done = thread_state::attach(|py| {
            let Some(function) = core.callables.get(py, self.number) else {
                return Err(LoadError::new("the runtime is closed"));
            };
            work(py, &core, function).map_err(|error| {
                let error = to_host_error(py, error);
                LoadError { name: error.class, message: error.message }
            })
        });
        done.unwrap_or_else(|| Err(LoadError::new("the interpreter is shutting down")))
    }
}

fn module_source(source: Value) -> Result<ModuleSource, LoadError> {
    match source {
        Value::String(text) => Ok(text.to_string_lossy().into_owned().into()),
        Value::Bytes(bytes) => Ok(bytes.into()),
        other => Err(LoadError::new(format!(
            "the module loader must give a string or bytes, not {}",
            other.kind()
        ))),
    }
}
