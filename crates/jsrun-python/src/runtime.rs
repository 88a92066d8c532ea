//! `Runtime`.

use std::sync::{Arc, OnceLock};

use jsrun::{Binding, Call, Event, Handle, HostFunction, Language};
use jsrun_remote::RemoteOptions;
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::pyclass::{PyTraverseError, PyVisit};
use pyo3::types::PyDict;

use crate::backend::Backend;
use crate::bound::{BoundFunction, OpCaller, OpMode, Ops, is_coroutine_function};
use crate::closing::Closing;
use crate::config::{Isolation, Plan, RuntimeConfig};
use crate::core::{Core, CoreId, forget_the_gone, forks, is_interrupted};
use crate::environment::may_have_spare;
use crate::error::Subject;
use crate::exit;
use crate::inspector::InspectorEndpoints;
use crate::modules::ModuleFunction;
use crate::pending::{Gives, PendingCall, limited};
use crate::python;
use crate::stats::RuntimeStats;
use crate::stream::PyStreamSource;
use crate::thread_state;
use crate::timeout::timeout_of;
use crate::values::{Root, from_python, from_python_key, to_python};
use crate::workers::{Kind, Workers, default_workers};

/// A V8 runtime: one global object, and what programs leave there. Any thread may use it; calls are served in order.
///
/// config: a RuntimeConfig. Default: ECMAScript's globals, no timeout.
///
/// Raises RuntimeError when the configuration contradicts itself or the system refuses what a runtime needs, and
/// JavaScriptError when the bootstrap script throws.
///
/// >>> with jsrun.Runtime() as runtime:
/// ...     runtime.eval("6 * 7")
/// 42
#[pyclass(frozen, subclass, module = "jsrun", weakref)]
pub(crate) struct Runtime {
    core: Arc<Core>,
    ops: Arc<Ops>,
    language: Language,
    /// Kept here, since a runtime that waits for a debugger answers nothing.
    endpoints: Option<jsrun::InspectorEndpoints>,
}

impl Runtime {
    /// A script, in the language of the runtime.
    fn script(&self, code: &str) -> Call {
        Call::eval(code).language(self.language)
    }
}

#[pymethods]
impl Runtime {
    #[new]
    #[pyo3(signature = (config=None))]
    fn new(py: Python<'_>, config: Option<&Bound<'_, RuntimeConfig>>) -> PyResult<Self> {
        let plan = match config {
            Some(config) => config.get().plan(py)?,
            None => RuntimeConfig::default_plan(py)?,
        };
        match plan.isolation {
            Isolation::Thread => start(py, plan, Home::Thread),
            Isolation::Process => start(py, plan, Home::Workers(default_workers())),
        }
    }

    /// Runs a classic script and gives its completion value. Other Python threads run meanwhile. A promise that settles
    /// without waiting gives its value.
    ///
    /// Raises JavaScriptError when the script throws or is no JavaScript; RuntimeError when it takes longer than the
    /// configured timeout (a TimeoutError too), when its value cannot cross, when its promise is pending, or when the
    /// runtime is closed; RuntimeTerminated when it is terminated or exceeds the heap limit.
    ///
    /// >>> runtime.eval("[1, 2].map((n) => n / 4)")
    /// [0.25, 0.5]
    fn eval<'py>(&self, py: Python<'py>, code: &str) -> PyResult<Bound<'py, PyAny>> {
        let value = self.core.call(py, self.script(code), None, Subject::Runtime)?.unwrap_or_default();
        to_python(py, &self.core, value, Root::Value)
    }

    /// As eval, and waits for a promise; the event loop goes on meanwhile. Cancelling the task stops the JavaScript.
    ///
    /// timeout: in seconds, or a timedelta. Default: that of the configuration.
    ///
    /// Raises ValueError for a timeout that is none, and what eval raises.
    ///
    /// >>> asyncio.run(runtime.eval_async("new Promise((resolve) => setTimeout(resolve, 10, 'done'))"))
    /// 'done'
    #[pyo3(signature = (code, *, timeout=None))]
    fn eval_async<'py>(
        &self,
        py: Python<'py>,
        code: &str,
        timeout: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let call = limited(self.script(code), timeout_of(timeout)?);
        self.core.handle(Subject::Runtime)?;
        PendingCall::new(Arc::clone(&self.core), call, Gives::Value, Subject::Runtime).into_coroutine(py)
    }

    /// Makes a Python function a global of JavaScript. It runs on the runtime's thread; a coroutine function gives
    /// JavaScript a promise, and runs on the event loop that waits for the runtime. What it raises is thrown in
    /// JavaScript, as an Error with the exception's class as its name.
    ///
    /// Raises TypeError when it is not callable, and RuntimeError when the runtime is closed.
    ///
    /// >>> runtime.bind_function("add", lambda a, b: a + b)
    /// >>> runtime.eval("add(2, 3)")
    /// 5
    fn bind_function(&self, py: Python<'_>, name: String, handler: &Bound<'_, PyAny>) -> PyResult<()> {
        check_callable(handler)?;
        self.core.handle(Subject::Runtime)?;
        let function = Arc::new(BoundFunction::new(&self.core, handler)?);
        self.core.ask(py, move |runtime| runtime.bind_function(name, function))
    }

    /// As bind_function, as a decorator, with or without a name, or as a call. Gives the Python function back.
    ///
    /// Raises what bind_function raises.
    ///
    /// >>> @runtime.bind
    /// ... def double(n):
    /// ...     return 2 * n
    /// >>> runtime.eval("double(21)")
    /// 42
    #[pyo3(signature = (func=None, /, *, name=None))]
    fn bind<'py>(
        slf: &Bound<'py, Self>,
        func: Option<&Bound<'py, PyAny>>,
        name: Option<String>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let Some(function) = func else {
            return python::helper(py, "decorator")?.call1((slf, name));
        };
        check_callable(function)?;
        let name = match name {
            Some(name) => name,
            None => function
                .getattr("__name__")
                .and_then(|name| name.extract())
                .map_err(|_| PyValueError::new_err("the function has no name: give one with name="))?,
        };
        slf.get().bind_function(py, name, function)?;
        Ok(function.clone())
    }

    /// Makes an object a global of JavaScript: each callable bound as a function, other values copied. Names and keys
    /// are data, whatever they contain.
    ///
    /// Raises RuntimeError when a value cannot cross, with the path to it, and when the runtime is closed.
    ///
    /// >>> runtime.bind_object("config", {"debug": True, "greet": lambda name: f"hi {name}"})
    /// >>> runtime.eval("config.greet('you') + config.debug")
    /// 'hi youtrue'
    fn bind_object(&self, py: Python<'_>, name: String, obj: &Bound<'_, PyAny>) -> PyResult<()> {
        self.core.handle(Subject::Runtime)?;
        let members = PyDict::new(py);
        members.update(obj.cast().map_err(|_| {
            let text = format!("bind_object needs a mapping, not {}", crate::values::type_name(obj));
            PyTypeError::new_err(text)
        })?)?;
        let mut bindings = Vec::with_capacity(members.len());
        for (key, member) in members.iter() {
            let key = from_python_key(&key)?;
            let is_function = member.is_callable() && !member.is_instance_of::<crate::function::JsFunction>();
            let binding = if is_function && !member.is_instance_of::<crate::undefined::JsUndefined>() {
                Binding::Function(Arc::new(BoundFunction::new(&self.core, &member)?))
            } else {
                let path = format!("{name}.{key}");
                Binding::Value(from_python(&member, &self.core.conversion, Root::Member(&path))?)
            };
            bindings.push((key, binding));
        }
        self.core.ask(py, move |runtime| runtime.bind_object(name, bindings))
    }

    /// Registers a function that JavaScript calls by number: `__host_op_sync__(id, …)`, or, with mode "async",
    /// `await __host_op_async__(id, …)`. Gives the number; they count from 0.
    ///
    /// Raises ValueError for another mode, and RuntimeError for a plain function with mode "async".
    ///
    /// >>> runtime.register_op("triple", lambda n: 3 * n)
    /// 0
    /// >>> runtime.eval("__host_op_sync__(0, 14)")
    /// 42
    #[pyo3(signature = (name, handler, *, mode="sync"))]
    fn register_op(&self, name: &str, handler: &Bound<'_, PyAny>, mode: &str) -> PyResult<usize> {
        check_callable(handler)?;
        self.core.handle(Subject::Runtime)?;
        let mode = match mode {
            "sync" => OpMode::Sync,
            "async" if is_coroutine_function(handler)? => OpMode::Async,
            "async" => {
                let text =
                    format!("the op {name:?} has mode \"async\", but its function is no coroutine function");
                return Err(PyRuntimeError::new_err(text));
            }
            _ => {
                return Err(PyValueError::new_err(format!(
                    "Invalid mode {mode:?}: it is \"sync\" or \"async\""
                )));
            }
        };
        Ok(self.ops.add(mode, BoundFunction::new(&self.core, handler)?))
    }

    /// Adds a module, importable as name and as static:name; its URL is jsrun://static/name. A name that ends in .ts is
    /// TypeScript. Another of the same name is replaced.
    ///
    /// Raises RuntimeError when the runtime is closed.
    ///
    /// >>> runtime.add_static_module("answer", "export const answer = 42")
    /// >>> runtime.eval_module("answer")
    /// {'answer': 42}
    fn add_static_module(&self, py: Python<'_>, name: String, source: String) -> PyResult<()> {
        self.core.ask(py, move |runtime| runtime.add_static_module(name, source))
    }

    /// Sets who makes URLs of specifiers: called with the specifier and the importer's URL (empty for eval_module), it
    /// gives a URL; None or an empty string leaves it to the static modules. What it raises is thrown to who imports.
    ///
    /// Raises TypeError when it is not callable, and RuntimeError when the runtime is closed.
    ///
    /// >>> runtime.set_module_resolver(lambda specifier, referrer: f"memory:/{specifier}.js")
    /// >>> runtime.set_module_loader(lambda url: f"export const url = {url!r}")
    /// >>> runtime.eval_module("a")
    /// {'url': 'memory:/a.js'}
    fn set_module_resolver(&self, py: Python<'_>, resolver: &Bound<'_, PyAny>) -> PyResult<()> {
        check_callable(resolver)?;
        let function = ModuleFunction::new(&self.core, resolver)?;
        self.core.ask(py, move |runtime| runtime.set_module_resolver(function))
    }

    /// Sets who loads modules that are not static: called with a URL, it gives the source as a str or bytes, or an
    /// awaitable of it. The URL's extension tells TypeScript, JSON and Wasm. What it raises is thrown to who imports.
    ///
    /// Raises TypeError when it is not callable, and RuntimeError when the runtime is closed.
    ///
    /// >>> runtime.set_module_resolver(lambda specifier, referrer: specifier)
    /// >>> runtime.set_module_loader({"app:answer.ts": "export const answer: number = 42"}.__getitem__)
    /// >>> runtime.eval_module("app:answer.ts")
    /// {'answer': 42}
    fn set_module_loader(&self, py: Python<'_>, loader: &Bound<'_, PyAny>) -> PyResult<()> {
        check_callable(loader)?;
        let function = ModuleFunction::new(&self.core, loader)?;
        self.core.ask(py, move |runtime| runtime.set_module_loader(function))
    }

    /// Evaluates a module and gives its namespace as a dict. A module is evaluated once.
    ///
    /// Raises what eval raises; RuntimeError when the module waits for something, such as an async loader.
    ///
    /// >>> runtime.add_static_module("lib", "export const double = (n) => 2 * n")
    /// >>> runtime.add_static_module("main", "import { double } from 'lib'; export const answer = double(21)")
    /// >>> runtime.eval_module("main")
    /// {'answer': 42}
    fn eval_module<'py>(&self, py: Python<'py>, specifier: &str) -> PyResult<Bound<'py, PyAny>> {
        let value = self.core.call(py, Call::module(specifier), None, Subject::Module)?.unwrap_or_default();
        to_python(py, &self.core, value, Root::Value)
    }

    /// As eval_module, and waits for what the module waits for; the event loop goes on meanwhile.
    ///
    /// timeout: in seconds, or a timedelta. Default: that of the configuration.
    ///
    /// Raises what eval_async raises.
    ///
    /// >>> runtime.add_static_module("later", "export const answer = await Promise.resolve(42)")
    /// >>> asyncio.run(runtime.eval_module_async("later"))
    /// {'answer': 42}
    #[pyo3(signature = (specifier, *, timeout=None))]
    fn eval_module_async<'py>(
        &self,
        py: Python<'py>,
        specifier: &str,
        timeout: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let call = limited(Call::module(specifier), timeout_of(timeout)?);
        self.core.handle(Subject::Module)?;
        PendingCall::new(Arc::clone(&self.core), call, Gives::Value, Subject::Module).into_coroutine(py)
    }

    /// Makes an async iterable a stream, to be passed to JavaScript, which sees a ReadableStream. A chunk is asked for
    /// when JavaScript reads; an exception rejects its reader; its cancel() calls the iterator's aclose().
    ///
    /// Raises TypeError when it is no async iterable, and RuntimeError when the runtime is closed.
    ///
    /// >>> async def count():
    /// ...     for number in (1, 2, 3):
    /// ...         yield number
    /// >>> add_up = runtime.eval("async (stream) => { let sum = 0; for await (const n of stream) sum += n; return sum }")
    /// >>> async def main():
    /// ...     return await add_up.call_async(runtime.stream_from_async_iterable(count()))
    /// >>> asyncio.run(main())
    /// 6
    fn stream_from_async_iterable(
        &self,
        py: Python<'_>,
        iterable: &Bound<'_, PyAny>,
    ) -> PyResult<PyStreamSource> {
        PyStreamSource::new(py, &self.core, iterable)
    }

    /// What the runtime has done and holds.
    ///
    /// Raises RuntimeError when the runtime is closed.
    ///
    /// >>> runtime.eval("1")
    /// 1
    /// >>> runtime.get_stats().eval_sync_count
    /// 1
    fn get_stats(&self, py: Python<'_>) -> PyResult<RuntimeStats> {
        self.core.ask(py, Backend::stats).map(RuntimeStats::from)
    }

    /// Where debuggers find the runtime; None without an inspector.
    ///
    /// Raises RuntimeError when the runtime is closed.
    ///
    /// >>> runtime.inspector_endpoints() is None
    /// True
    fn inspector_endpoints(&self) -> PyResult<Option<InspectorEndpoints>> {
        self.core.handle(Subject::Runtime)?;
        Ok(self.endpoints.clone().map(InspectorEndpoints::from))
    }

    /// Stops running JavaScript at once and closes the runtime, from any thread. Calls that run or come later raise
    /// RuntimeTerminated. A second time it does nothing.
    ///
    /// >>> import threading
    /// >>> threading.Timer(0.01, runtime.terminate).start()
    /// >>> runtime.eval("while (true) {}")
    /// Traceback (most recent call last):
    /// jsrun.RuntimeTerminated: ...terminated by host request
    fn terminate(&self) {
        self.core.terminate();
    }

    /// Closes the runtime: what runs is stopped, everything of it is freed. A second time it does nothing.
    ///
    /// >>> runtime.close()
    /// >>> runtime.eval("1")
    /// Traceback (most recent call last):
    /// RuntimeError: Runtime is closed
    fn close(&self, py: Python<'_>) {
        self.core.close(py);
        self.core.callables.clear();
    }

    /// As close, without blocking the event loop. It closes when it is called, and may be awaited for the end.
    ///
    /// >>> asyncio.run(runtime.aclose())
    /// >>> runtime.is_closed()
    /// True
    fn aclose<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        // At once, and not when it is awaited.
        drop(self.core.close_async());
        let closing = Bound::new(py, Closing::new(Arc::clone(&self.core)))?;
        python::helper(py, "wait_closed")?.call1((closing,))
    }

    /// Whether the runtime takes no more calls.
    ///
    /// >>> runtime.is_closed()
    /// False
    fn is_closed(&self) -> bool {
        self.core.is_closed()
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_args))]
    fn __exit__(slf: &Bound<'_, Self>, _args: &Bound<'_, PyAny>) -> PyResult<bool> {
        slf.call_method0("close").map(|_| false)
    }

    fn __aenter__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        python::helper(slf.py(), "ready")?.call1((slf,))
    }

    #[pyo3(signature = (*_args))]
    fn __aexit__<'py>(slf: &Bound<'py, Self>, _args: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        slf.call_method0("aclose")
    }

    /// How many functions of the runtime Python holds; 0 when it is closed.
    fn _debug_tracked_function_count(&self, py: Python<'_>) -> PyResult<usize> {
        if self.core.is_closed() {
            return Ok(0);
        }
        self.core.ask(py, |runtime| runtime.stats().map(|stats| stats.tracked_functions))
    }

    /// The id of the runtime's process; None with isolation="thread".
    fn _debug_worker_pid(&self) -> Option<u32> {
        self.core.worker_pid()
    }

    fn __repr__(&self) -> &'static str {
        if self.core.is_closed() { "<Runtime (closed)>" } else { "<Runtime>" }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.core.callables.traverse(&visit)
    }

    fn __clear__(&self) {
        drop(self.core.close_async());
        self.core.callables.clear();
    }
}

/// Where a runtime is to live.
pub(crate) enum Home {
    Thread,
    Workers(Arc<Workers>),
}

/// Makes a runtime, with the GIL released.
pub(crate) fn start(py: Python<'_>, plan: Plan, home: Home) -> PyResult<Runtime> {
    exit::prepare_thread();
    let callables = Arc::default();
    let loops = Arc::default();
    let id = CoreId::new();
    let listener = console_listener(py, id, &callables, plan.enable_console, plan.on_console.as_ref())?;
    forget_the_gone();
    let ops = Arc::new(Ops::default());
    let callers =
        [("__host_op_sync__", OpMode::Sync), ("__host_op_async__", OpMode::Async)].map(|(name, mode)| {
            (name, Arc::new(OpCaller { ops: Arc::clone(&ops), mode }) as Arc<dyn HostFunction>)
        });
    let (conversion, language) = (plan.conversion, plan.language);
    let (backend, endpoints) = match home {
        Home::Thread => {
            check_fork()?;
            let started = py.detach(|| start_thread(&plan, listener, callers));
            let (handle, endpoints) =
                started.map_err(|error| crate::error::to_py_err(py, error, Subject::Runtime))?;
            (Backend::Thread(handle), endpoints)
        }
        Home::Workers(_) if plan.inspector.is_some() => {
            return Err(PyRuntimeError::new_err(
                "debuggers cannot attach to a runtime in a process of its own: an inspector needs isolation=\"thread\"",
            ));
        }
        Home::Workers(workers) => {
            let options = RemoteOptions {
                limits: plan.limits,
                buffers: plan.buffers,
                conversion,
                functions: callers.map(|(name, caller)| (name.to_owned(), caller)).into(),
                on_console: listener,
                interrupted: Box::new(is_interrupted),
                at_end: Box::new(thread_state::let_go),
                ..RemoteOptions::default()
            };
            let kind = Kind { globals: plan.globals, snapshot: plan.snapshot.clone() };
            (Backend::Process(workers.open(py, &kind, options)?), None)
        }
    };
    let core = Core::new(backend, conversion, callables, loops, id);
    if let Some(script) = plan.bootstrap {
        let script = Call::eval(script).named("<bootstrap>").language(language);
        core.call(py, script, None, Subject::Runtime)?;
    }
    Ok(Runtime { core, ops, language, endpoints })
}

fn start_thread(
    plan: &Plan,
    listener: Option<Hear>,
    callers: [(&'static str, Arc<dyn HostFunction>); 2],
) -> Result<(Handle, Option<jsrun::InspectorEndpoints>), jsrun::Error> {
    let mut builder = plan.builder().at_end(thread_state::let_go).spare(may_have_spare());
    if let Some(hear) = listener {
        builder = builder.on_console(hear);
    }
    let handle = builder.build()?.into_handle();
    let bound = handle.with(move |runtime| {
        callers.into_iter().try_for_each(|(name, caller)| runtime.bind_function(name, caller))
    });
    match bound.and_then(|bound| bound).and_then(|()| handle.inspector_endpoints()) {
        Ok(endpoints) => Ok((handle, endpoints)),
        Err(error) => {
            handle.close();
            Err(error)
        }
    }
}

type Hear = Box<dyn Fn(Event) + Send + Sync>;

fn console_listener(
    py: Python<'_>,
    id: CoreId,
    callables: &Arc<crate::callables::Callables>,
    enabled: bool,
    on_console: Option<&Py<PyAny>>,
) -> PyResult<Option<Hear>> {
    let listener = match on_console {
        Some(listener) => listener.clone_ref(py),
        None if enabled => python::helper(py, "print_console")?.unbind(),
        None => return Ok(None),
    };
    let number = callables.add(listener);
    let callables = Arc::clone(callables);
    Ok(Some(Box::new(move |event| {
        let Event::Console(event) = event;
        id.serve_here();
        thread_state::attach(|py| {
            let Some(listener) = callables.get(py, number) else { return };
            if let Err(error) = listener.call1((event.level.as_str(), event.text)) {
                // Nobody is there to catch it.
                error.write_unraisable(py, Some(&listener));
            }
        });
    })))
}

/// V8's threads do not survive a fork: a process whose parent had started V8 cannot have runtimes.
fn check_fork() -> PyResult<()> {
    static STARTED_BY: OnceLock<u64> = OnceLock::new();
    if *STARTED_BY.get_or_init(forks) == forks() {
        return Ok(());
    }
    Err(PyRuntimeError::new_err(
        "this process was forked from one that had a Runtime, and V8's threads stayed there: start it with \
         multiprocessing's \"spawn\" or \"forkserver\" instead",
    ))
}

fn check_callable(function: &Bound<'_, PyAny>) -> PyResult<()> {
    if function.is_callable() {
        Ok(())
    } else {
        Err(PyTypeError::new_err(format!("a callable is needed, not {}", crate::values::type_name(function))))
    }
}
