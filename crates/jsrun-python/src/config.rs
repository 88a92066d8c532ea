//! `RuntimeConfig`.

use std::sync::Mutex;
use std::time::Duration;

use jsrun::{
    ByteSize, ConversionLimits, Globals, InspectorOptions, Language, Limits, RuntimeBuilder, Snapshot,
};
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::core::lock;
use crate::exit;
use crate::inspector::InspectorConfig;
use crate::snapshot::unusable;
use crate::timeout::{positive, timeout_of};

/// The deepest value that any limit allows: the conversions recurse, on threads with stacks of 2 MiB too.
const DEEPEST: u32 = 1_000;

/// Settings of a runtime.
///
/// max_heap_size: of V8's heap in bytes, array buffers included. Default: V8's own limit, at most 4 GiB.
/// initial_heap_size: with how large a heap V8 begins, in bytes; needs max_heap_size.
/// bootstrap: a script that runs first.
/// timeout: of each call, in seconds or as a timedelta. Default: none.
/// enable_console: whether `console` writes to sys.stdout and sys.stderr.
/// inspector: an InspectorConfig, for a runtime that debuggers can attach to.
/// snapshot: bytes of a SnapshotBuilder, which the runtime starts from; not together with bootstrap.
/// max_serialization_depth: how deep values may be that cross. Default 100; at most 1,000.
/// max_serialization_bytes: how large they may be. Default 10 MiB.
/// max_buffer_size: a limit of their own for array buffers, in bytes.
/// web_apis: whether programs have the web platform beside the ECMAScript globals.
/// typescript: whether eval takes TypeScript, whose types are removed.
/// isolation: "thread", or "process" for a runtime in a sandboxed process of its own, of the default pool (see Pool).
/// on_console: called with the level ("log", "error", …) and the text of each console call.
///
/// Raises ValueError for what is out of range.
///
/// >>> jsrun.RuntimeConfig(timeout=2).timeout
/// 2.0
#[pyclass(frozen, module = "jsrun")]
pub(crate) struct RuntimeConfig {
    settings: Mutex<Settings>,
}

struct Settings {
    max_heap_size: Option<u64>,
    initial_heap_size: Option<u64>,
    bootstrap: Option<String>,
    snapshot: Option<Py<PyBytes>>,
    timeout: Option<Duration>,
    enable_console: bool,
    inspector: Option<Py<InspectorConfig>>,
    max_serialization_depth: u64,
    max_serialization_bytes: u64,
    max_buffer_size: Option<u64>,
    web_apis: bool,
    typescript: bool,
    isolation: Isolation,
    on_console: Option<Py<PyAny>>,
}

/// Where a runtime lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Isolation {
    Thread,
    Process,
}

impl Isolation {
    fn as_str(self) -> &'static str {
        match self {
            Self::Thread => "thread",
            Self::Process => "process",
        }
    }
}

/// What a runtime is made with.
pub(crate) struct Plan {
    pub(crate) isolation: Isolation,
    pub(crate) limits: Limits,
    pub(crate) buffers: Option<ByteSize>,
    pub(crate) initial_heap: Option<ByteSize>,
    pub(crate) globals: Globals,
    pub(crate) snapshot: Option<Snapshot>,
    pub(crate) inspector: Option<InspectorOptions>,
    pub(crate) conversion: ConversionLimits,
    pub(crate) bootstrap: Option<String>,
    pub(crate) language: Language,
    pub(crate) enable_console: bool,
    pub(crate) on_console: Option<Py<PyAny>>,
}

impl Plan {
    /// For a runtime on a thread.
    pub(crate) fn builder(&self) -> RuntimeBuilder {
        let mut builder =
            RuntimeBuilder::default().limits(self.limits).conversion(self.conversion).globals(self.globals);
        if let Some(size) = self.initial_heap {
            builder = builder.initial_heap(size);
        }
        if let Some(snapshot) = &self.snapshot {
            builder = builder.snapshot(snapshot.clone());
        }
        if let Some(inspector) = &self.inspector {
            builder = builder.inspector(inspector.clone());
        }
        if let Some(size) = self.buffers {
            builder = builder.buffers(size);
        }
        builder
    }
}

#[pymethods]
impl RuntimeConfig {
    #[new]
    #[pyo3(signature = (max_heap_size=None, initial_heap_size=None, bootstrap=None, timeout=None, enable_console=None, inspector=None, snapshot=None, max_serialization_depth=None, max_serialization_bytes=None, *, max_buffer_size=None, web_apis=false, typescript=false, isolation="thread", on_console=None))]
    #[expect(clippy::too_many_arguments, reason = "they are keywords in Python")]
    fn new(
        max_heap_size: Option<&Bound<'_, PyAny>>,
        initial_heap_size: Option<&Bound<'_, PyAny>>,
        bootstrap: Option<String>,
        timeout: Option<&Bound<'_, PyAny>>,
        enable_console: Option<bool>,
        inspector: Option<Py<InspectorConfig>>,
        snapshot: Option<Bound<'_, PyBytes>>,
        max_serialization_depth: Option<&Bound<'_, PyAny>>,
        max_serialization_bytes: Option<&Bound<'_, PyAny>>,
        max_buffer_size: Option<&Bound<'_, PyAny>>,
        web_apis: bool,
        typescript: bool,
        isolation: &str,
        on_console: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        exit::prepare_thread();
        check_snapshot(snapshot.is_some(), bootstrap.is_some())?;
        let isolation = check_isolation(isolation)?;
        let defaults = ConversionLimits::default();
        let config = Self {
            settings: Mutex::new(Settings {
                max_heap_size: positive("max_heap_size", max_heap_size)?,
                initial_heap_size: positive("initial_heap_size", initial_heap_size)?,
                bootstrap,
                snapshot: snapshot.map(Bound::unbind),
                timeout: timeout_of(timeout)?,
                enable_console: enable_console.unwrap_or(false),
                inspector,
                max_serialization_depth: defaults.depth.into(),
                max_serialization_bytes: defaults.size.as_u64(),
                max_buffer_size: positive("max_buffer_size", max_buffer_size)?,
                web_apis,
                typescript,
                isolation,
                on_console: None,
            }),
        };
        if max_serialization_depth.is_some() {
            config.set_max_serialization_depth(max_serialization_depth)?;
        }
        if max_serialization_bytes.is_some() {
            config.set_max_serialization_bytes(max_serialization_bytes)?;
        }
        config.set_on_console(on_console)?;
        Ok(config)
    }

    /// The largest heap in bytes, or None.
    #[getter]
    fn max_heap_size(&self) -> Option<u64> {
        self.lock().max_heap_size
    }

    #[setter]
    fn set_max_heap_size(&self, size: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let size = positive("max_heap_size", size)?;
        self.lock().max_heap_size = size;
        Ok(())
    }

    /// The first heap in bytes, or None.
    #[getter]
    fn initial_heap_size(&self) -> Option<u64> {
        self.lock().initial_heap_size
    }

    #[setter]
    fn set_initial_heap_size(&self, size: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let size = positive("initial_heap_size", size)?;
        self.lock().initial_heap_size = size;
        Ok(())
    }

    /// The script that runs first, or None.
    #[getter]
    fn bootstrap(&self) -> Option<String> {
        self.lock().bootstrap.clone()
    }

    #[setter]
    fn set_bootstrap(&self, bootstrap: Option<String>) -> PyResult<()> {
        let mut settings = self.lock();
        check_snapshot(settings.snapshot.is_some(), bootstrap.is_some())?;
        settings.bootstrap = bootstrap;
        Ok(())
    }

    /// The timeout of each call in seconds, or None.
    #[getter]
    fn timeout(&self) -> Option<f64> {
        self.lock().timeout.map(|timeout| timeout.as_secs_f64())
    }

    #[setter]
    fn set_timeout(&self, timeout: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let timeout = timeout_of(timeout)?;
        self.lock().timeout = timeout;
        Ok(())
    }

    /// Whether `console` writes to sys.stdout and sys.stderr.
    #[getter]
    fn enable_console(&self) -> bool {
        self.lock().enable_console
    }

    /// How debuggers reach the runtime, or None.
    #[getter]
    fn inspector(&self, py: Python<'_>) -> Option<Py<InspectorConfig>> {
        self.lock().inspector.as_ref().map(|inspector| inspector.clone_ref(py))
    }

    #[setter]
    fn set_inspector(&self, inspector: Option<Py<InspectorConfig>>) {
        let before = std::mem::replace(&mut self.lock().inspector, inspector);
        drop(before);
    }

    /// The snapshot that the runtime starts from, or None.
    #[getter]
    fn snapshot(&self, py: Python<'_>) -> Option<Py<PyBytes>> {
        self.lock().snapshot.as_ref().map(|snapshot| snapshot.clone_ref(py))
    }

    #[setter]
    fn set_snapshot(&self, snapshot: Option<Bound<'_, PyBytes>>) -> PyResult<()> {
        let mut settings = self.lock();
        check_snapshot(snapshot.is_some(), settings.bootstrap.is_some())?;
        settings.snapshot = snapshot.map(Bound::unbind);
        Ok(())
    }

    /// How deep values may be that cross.
    #[getter]
    fn max_serialization_depth(&self) -> u64 {
        self.lock().max_serialization_depth
    }

    #[setter]
    fn set_max_serialization_depth(&self, depth: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let depth = needed("max_serialization_depth", depth)?;
        self.lock().max_serialization_depth = depth;
        Ok(())
    }

    /// How large values may be that cross, in bytes.
    #[getter]
    fn max_serialization_bytes(&self) -> u64 {
        self.lock().max_serialization_bytes
    }

    #[setter]
    fn set_max_serialization_bytes(&self, size: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let size = needed("max_serialization_bytes", size)?;
        self.lock().max_serialization_bytes = size;
        Ok(())
    }

    /// The limit of array buffers in bytes, or None.
    #[getter]
    fn max_buffer_size(&self) -> Option<u64> {
        self.lock().max_buffer_size
    }

    #[setter]
    fn set_max_buffer_size(&self, size: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let size = positive("max_buffer_size", size)?;
        self.lock().max_buffer_size = size;
        Ok(())
    }

    /// Whether programs have the web platform.
    #[getter]
    fn web_apis(&self) -> bool {
        self.lock().web_apis
    }

    #[setter]
    fn set_web_apis(&self, web_apis: bool) {
        self.lock().web_apis = web_apis;
    }

    /// Whether eval takes TypeScript.
    #[getter]
    fn typescript(&self) -> bool {
        self.lock().typescript
    }

    #[setter]
    fn set_typescript(&self, typescript: bool) {
        self.lock().typescript = typescript;
    }

    /// Where the runtime lives: "thread" or "process".
    #[getter]
    fn isolation(&self) -> &'static str {
        self.lock().isolation.as_str()
    }

    #[setter]
    fn set_isolation(&self, isolation: &str) -> PyResult<()> {
        let isolation = check_isolation(isolation)?;
        self.lock().isolation = isolation;
        Ok(())
    }

    /// Who hears the console, or None.
    #[getter]
    fn on_console(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.lock().on_console.as_ref().map(|listener| listener.clone_ref(py))
    }

    #[setter]
    fn set_on_console(&self, listener: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let listener = listener.filter(|listener| !listener.is_none());
        if listener.is_some_and(|listener| !listener.is_callable()) {
            return Err(PyTypeError::new_err("on_console must be callable"));
        }
        let before = std::mem::replace(
            &mut self.lock().on_console,
            listener.map(|listener| listener.clone().unbind()),
        );
        drop(before);
        Ok(())
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let snapshot = self.snapshot(py).map_or(Ok("None".to_owned()), |snapshot| {
            snapshot.bind(py).len().map(|length| format!("<{length} bytes>"))
        })?;
        let inspector = self.inspector(py).map_or(Ok("None".to_owned()), |inspector| {
            inspector.bind(py).repr().map(|text| text.to_string_lossy().into_owned())
        })?;
        let on_console = self.on_console(py);
        let on_console = on_console.map_or(Ok("None".to_owned()), |listener| {
            listener.bind(py).repr().map(|text| text.to_string_lossy().into_owned())
        })?;
        let settings = self.lock();
        let optional = |number: Option<u64>| number.map_or("None".to_owned(), |number| number.to_string());
        let python_bool = |value: bool| if value { "True" } else { "False" };
        let bootstrap = match &settings.bootstrap {
            None => "None".to_owned(),
            Some(script) => format!("<{} characters>", script.chars().count()),
        };
        let timeout =
            settings.timeout.map_or("None".to_owned(), |timeout| format!("{:?}", timeout.as_secs_f64()));
        Ok(format!(
            "RuntimeConfig(max_heap_size={}, initial_heap_size={}, bootstrap={bootstrap}, timeout={timeout}, \
             enable_console={}, inspector={inspector}, snapshot={snapshot}, max_serialization_depth={}, \
             max_serialization_bytes={}, max_buffer_size={}, web_apis={}, typescript={}, isolation='{}', \
             on_console={on_console})",
            optional(settings.max_heap_size),
            optional(settings.initial_heap_size),
            python_bool(settings.enable_console),
            settings.max_serialization_depth,
            settings.max_serialization_bytes,
            optional(settings.max_buffer_size),
            python_bool(settings.web_apis),
            python_bool(settings.typescript),
            settings.isolation.as_str(),
        ))
    }
}

impl RuntimeConfig {
    /// Checks what can only be checked together.
    pub(crate) fn plan(&self, py: Python<'_>) -> PyResult<Plan> {
        let settings = self.lock();
        match (settings.initial_heap_size, settings.max_heap_size) {
            (Some(_), None) => {
                return Err(PyRuntimeError::new_err("initial_heap_size needs max_heap_size"));
            }
            (Some(initial), Some(max)) if initial > max => {
                return Err(PyRuntimeError::new_err(format!(
                    "initial_heap_size ({initial}) cannot exceed max_heap_size ({max})"
                )));
            }
            _ => {}
        }
        let conversion = ConversionLimits {
            depth: u32::try_from(settings.max_serialization_depth).unwrap_or(u32::MAX).min(DEEPEST),
            size: ByteSize::bytes(settings.max_serialization_bytes),
            pack_numbers: true,
        };
        let limits = Limits {
            wall: settings.timeout.unwrap_or(Duration::MAX),
            cpu: Duration::MAX,
            memory: ByteSize::bytes(settings.max_heap_size.unwrap_or(ByteSize::mib(4096).as_u64())),
            output: ByteSize::bytes(u64::MAX),
        };
        let snapshot =
            settings.snapshot.as_ref().map(|snapshot| Snapshot::from_bytes(snapshot.as_bytes(py).to_vec()));
        Ok(Plan {
            isolation: settings.isolation,
            limits,
            buffers: settings.max_buffer_size.map(ByteSize::bytes),
            initial_heap: settings.initial_heap_size.map(ByteSize::bytes),
            globals: if settings.web_apis { Globals::Web } else { Globals::Minimal },
            snapshot: snapshot.transpose().map_err(|error| unusable(&error))?,
            inspector: settings.inspector.as_ref().map(|inspector| inspector.get().options()),
            conversion,
            bootstrap: settings.bootstrap.clone(),
            language: if settings.typescript { Language::TypeScript } else { Language::JavaScript },
            enable_console: settings.enable_console,
            on_console: settings.on_console.as_ref().map(|listener| listener.clone_ref(py)),
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Settings> {
        lock(&self.settings)
    }

    /// The configuration of a runtime that was given none.
    pub(crate) fn default_plan(py: Python<'_>) -> PyResult<Plan> {
        Self::new(None, None, None, None, None, None, None, None, None, None, false, false, "thread", None)?
            .plan(py)
    }
}

fn needed(name: &str, number: Option<&Bound<'_, PyAny>>) -> PyResult<u64> {
    positive(name, number)?.ok_or_else(|| PyValueError::new_err(format!("{name} must be a positive integer")))
}

fn check_snapshot(snapshot: bool, bootstrap: bool) -> PyResult<()> {
    if snapshot && bootstrap {
        return Err(PyValueError::new_err(
            "snapshot and bootstrap exclude each other: let the SnapshotBuilder run the bootstrap script",
        ));
    }
    Ok(())
}

fn check_isolation(isolation: &str) -> PyResult<Isolation> {
    match isolation {
        "thread" => Ok(Isolation::Thread),
        "process" => Ok(Isolation::Process),
        _ => Err(PyValueError::new_err("isolation must be \"thread\" or \"process\"")),
    }
}
