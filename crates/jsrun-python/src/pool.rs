//! `Pool`.

use std::sync::Arc;

use jsrun::{Globals, LayerState, SandboxMode};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::config::RuntimeConfig;
use crate::core::close_all_of;
use crate::python;
use crate::runtime::{Home, Runtime, start};
use crate::workers::{Kind, Workers, WorkersConfig};

/// Worker processes that are ready to be runtimes: forked, confined, V8 in place. A runtime of a pool is like any other, in a
/// process of its own that ends with it. `RuntimeConfig(isolation="process")` takes one of a default pool.
///
/// size: how many workers are kept ready. Default 4. The web platform (web_apis) and each snapshot have workers of their own,
/// from their first use on.
/// max_runtimes: how many runtimes there may be at a time. Default 1,000.
/// sandbox: "auto" warns (RuntimeWarning) where this system cannot confine workers as it should, "require" raises then, and
/// "off" confines nothing.
/// jitless: whether V8 interprets everything and makes no machine code: slower, and one kind of bug less.
///
/// Raises ValueError for what is out of range, and RuntimeError when no worker can be started.
///
/// >>> with jsrun.Pool(size=1) as pool, pool.runtime() as runtime:
/// ...     runtime.eval("6 * 7")
/// 42
#[pyclass(frozen, module = "jsrun", weakref)]
pub(crate) struct Pool {
    workers: Arc<Workers>,
}

#[pymethods]
impl Pool {
    #[new]
    #[pyo3(signature = (size=4, *, max_runtimes=1_000, sandbox="auto", jitless=false))]
    fn new(py: Python<'_>, size: usize, max_runtimes: usize, sandbox: &str, jitless: bool) -> PyResult<Self> {
        if size == 0 || max_runtimes == 0 {
            return Err(PyValueError::new_err("size and max_runtimes must be positive"));
        }
        let sandbox = match sandbox {
            "auto" => SandboxMode::Auto,
            "require" => SandboxMode::Require,
            "off" => SandboxMode::Off,
            _ => return Err(PyValueError::new_err("sandbox must be \"auto\", \"require\" or \"off\"")),
        };
        let workers = Workers::new(WorkersConfig { size, max_runtimes, sandbox, jitless });
        workers.start(py, &Kind { globals: Globals::Minimal, snapshot: None })?;
        Ok(Self { workers })
    }

    /// A runtime in one of the pool's workers, whatever the configuration says of isolation.
    ///
    /// Raises RuntimeError when the pool is closed or has max_runtimes, and what Runtime(config) raises.
    ///
    /// >>> with jsrun.Pool(size=1) as pool:
    /// ...     runtime = pool.runtime(jsrun.RuntimeConfig(timeout=1))
    /// ...     runtime.eval("1 + 1")
    /// 2
    #[pyo3(signature = (config=None))]
    fn runtime(&self, py: Python<'_>, config: Option<&Bound<'_, RuntimeConfig>>) -> PyResult<Runtime> {
        let plan = match config {
            Some(config) => config.get().plan(py)?,
            None => RuntimeConfig::default_plan(py)?,
        };
        start(py, plan, Home::Workers(Arc::clone(&self.workers)))
    }

    /// Counts of the pool's workers as of now.
    ///
    /// >>> with jsrun.Pool(size=1) as pool, pool.runtime():
    /// ...     pool.stats().runtimes
    /// 1
    fn stats(&self) -> PoolStats {
        let pools = self.workers.pools();
        let mut stats = PoolStats { runtimes: self.workers.runtimes(), ..PoolStats::default() };
        for status in pools.iter().map(jsrun_pool::Pool::status) {
            stats.ready += status.ready;
            stats.processes += status.alive;
            stats.workers_total += status.spawned_total;
            stats.crashed_total += status.crashed_total;
        }
        stats
    }

    /// What confines the workers: a dict with `layers`, which maps each layer to whether it holds and how or why not, and
    /// `shortcomings`, a list that is empty when the sandbox is whole. None when the pool is closed or its sandbox is off.
    ///
    /// >>> with jsrun.Pool(size=1) as pool:
    /// ...     report = pool.sandbox()
    /// >>> holds, how = report.get("layers").get("no-new-privileges")
    /// >>> holds
    /// True
    fn sandbox<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let Some(report) = self.workers.sandbox() else { return Ok(None) };
        let layers = PyDict::new(py);
        for layer in &report.layers {
            let (holds, text) = match &layer.state {
                LayerState::Holds(how) => (true, how),
                LayerState::Missing(reason) => (false, reason),
            };
            layers.set_item(layer.layer.name(), (holds, text))?;
        }
        let shortcomings = report.shortcomings();
        let described = PyDict::new(py);
        described.set_item("layers", layers)?;
        described.set_item("shortcomings", PyList::new(py, shortcomings.iter().map(ToString::to_string))?)?;
        Ok(Some(described))
    }

    /// Closes the pool's runtimes and ends its workers. A second time it does nothing.
    ///
    /// >>> pool = jsrun.Pool(size=1)
    /// >>> pool.close()
    /// >>> pool
    /// <Pool (closed)>
    fn close(&self, py: Python<'_>) {
        if !self.workers.is_closed() {
            py.detach(|| {
                close_all_of(&self.workers);
                self.workers.close();
            });
        }
    }

    /// As close, without blocking the event loop.
    ///
    /// >>> pool = jsrun.Pool(size=1)
    /// >>> asyncio.run(pool.aclose())
    fn aclose<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        python::helper(slf.py(), "close_in_thread")?.call1((slf,))
    }

    /// Whether the pool has no more runtimes to give.
    ///
    /// >>> with jsrun.Pool(size=1) as pool:
    /// ...     pool.is_closed()
    /// False
    fn is_closed(&self) -> bool {
        self.workers.is_closed()
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_args))]
    fn __exit__(&self, py: Python<'_>, _args: &Bound<'_, PyAny>) -> bool {
        self.close(py);
        false
    }

    fn __aenter__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        python::helper(slf.py(), "ready")?.call1((slf,))
    }

    #[pyo3(signature = (*_args))]
    fn __aexit__<'py>(slf: &Bound<'py, Self>, _args: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        Self::aclose(slf)
    }

    fn __repr__(&self) -> String {
        if self.workers.is_closed() {
            return "<Pool (closed)>".to_owned();
        }
        format!("<Pool of {} ready workers>", self.workers.config().size)
    }
}

/// Counts of a pool's workers; from `Pool.stats`.
///
/// >>> with jsrun.Pool(size=1) as pool:
/// ...     pool.stats()
/// PoolStats(ready=..., runtimes=0, processes=..., workers_total=..., crashed_total=0)
#[pyclass(frozen, get_all, module = "jsrun")]
#[derive(Default)]
pub(crate) struct PoolStats {
    /// Workers that wait to be a runtime.
    ready: usize,
    /// Runtimes.
    runtimes: usize,
    /// Worker processes that exist or were asked for.
    processes: usize,
    /// Workers made so far.
    workers_total: u64,
    /// Workers that died by a signal that was not the pool's.
    crashed_total: u64,
}

#[pymethods]
impl PoolStats {
    fn __repr__(&self) -> String {
        let Self { ready, runtimes, processes, workers_total, crashed_total } = self;
        format!(
            "PoolStats(ready={ready}, runtimes={runtimes}, processes={processes}, workers_total={workers_total}, \
             crashed_total={crashed_total})"
        )
    }
}

/// The whole of a zygote's process. Gives its exit code, if it never was one.
#[pyfunction]
#[pyo3(name = "_serve_zygote")]
pub(crate) fn serve_zygote(py: Python<'_>, arguments: Vec<String>) -> u8 {
    let options = jsrun_worker::ZygoteOptions::from_arguments(arguments);
    let code = py.detach(|| jsrun_worker::zygote_main(options));
    u8::from(code != std::process::ExitCode::SUCCESS)
}
