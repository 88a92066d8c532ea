//! What all objects of one runtime share.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use jsrun::{Call, CloseReason, ConversionLimits, Error, Later, Lookout, Value};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::backend::{Backend, CallCanceller, Closing};
use crate::callables::Callables;
use crate::error::{self, Subject};
use crate::exit;
use crate::host_call::Awaited;
use crate::loops::Loops;
use crate::workers::{self, Workers};

/// How often a blocking call looks whether Python has a signal to handle.
const SIGNAL_INTERVAL: Duration = Duration::from_millis(50);

/// How long the interpreter's end and a pool's wait for runtimes whose Python function does not return, since one ended.
const EXIT_PATIENCE: Duration = Duration::from_secs(2);

/// What all objects of one runtime share.
pub(crate) struct Core {
    /// Not dropped in a forked child, where the runtime does not exist.
    handle: ManuallyDrop<Backend>,
    pub(crate) conversion: ConversionLimits,
    pub(crate) callables: Arc<Callables>,
    pub(crate) loops: Arc<Loops>,
    /// Calls that were begun without waiting, and are not over.
    outstanding: Arc<AtomicUsize>,
    /// For results, before a loop waits for them.
    pub(crate) lookout: Lookout,
    /// Coroutines of Python that JavaScript waits for.
    pub(crate) awaited: Arc<Awaited>,
    id: CoreId,
    /// [`forks`] when it was made.
    forks: u64,
    out_of_memory: AtomicBool,
}

impl Core {
    pub(crate) fn new(
        handle: Backend,
        conversion: ConversionLimits,
        callables: Arc<Callables>,
        loops: Arc<Loops>,
        id: CoreId,
    ) -> Arc<Self> {
        let core = Arc::new(Self {
            handle: ManuallyDrop::new(handle),
            conversion,
            callables,
            loops,
            outstanding: Arc::default(),
            lookout: Lookout::default(),
            awaited: Arc::default(),
            id,
            forks: forks(),
            out_of_memory: AtomicBool::new(false),
        });
        lock(&LIVE).push(Arc::downgrade(&core));
        core
    }

    /// The runtime, if it takes calls.
    pub(crate) fn handle(&self, subject: Subject) -> PyResult<&Backend> {
        exit::prepare_thread();
        if self.is_foreign() {
            return Err(PyRuntimeError::new_err(
                "the runtime stayed in the parent process: make one after the fork",
            ));
        }
        let reason = if self.out_of_memory.load(Ordering::Acquire) {
            Some(CloseReason::Memory)
        } else {
            self.handle.close_reason()
        };
        match reason {
            Some(reason) => Err(Python::attach(|py| self.closed(py, reason, subject))),
            None => Ok(&self.handle),
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.is_foreign() || self.out_of_memory.load(Ordering::Acquire) || self.handle.is_closed()
    }

    /// This process was forked from the one that made the runtime.
    pub(crate) fn is_foreign(&self) -> bool {
        self.forks != forks()
    }

    /// Makes a call and waits for it with the GIL released; a signal's handler that raises ends it. `None` when its
    /// promise is pending, and `later` gets the result.
    pub(crate) fn call(
        &self,
        py: Python<'_>,
        call: Call,
        later: Option<Later>,
        subject: Subject,
    ) -> PyResult<Option<Value>> {
        let handle = self.handle(subject)?;
        let _wait = self.wait()?;
        let mut waited = py.detach(|| {
            let started = handle.start_call(call, later)?;
            let answer = started.wait(SIGNAL_INTERVAL);
            Ok((started, answer))
        });
        loop {
            match waited {
                Err(error) => return Err(self.explain(py, error, subject)),
                Ok((_, Some(answer))) => return answer.map_err(|error| self.explain(py, error, subject)),
                Ok((started, None)) => {
                    if let Err(raised) = py.check_signals() {
                        started.canceller().cancel();
                        return Err(raised);
                    }
                    waited = py.detach(|| {
                        let answer = started.wait(SIGNAL_INTERVAL);
                        Ok((started, answer))
                    });
                }
            }
        }
    }

    /// Begins a call without waiting for it. `finish` gets its result: once, on the runtime's thread, without the GIL.
    pub(crate) fn queue_call(
        &self,
        call: Call,
        subject: Subject,
        finish: impl FnOnce(Result<Value, Error>) + Send + 'static,
    ) -> PyResult<CallCanceller> {
        let handle = self.handle(subject)?;
        let outstanding = Arc::clone(&self.outstanding);
        outstanding.fetch_add(1, Ordering::Relaxed);
        Ok(handle.queue_call(call, move |result| {
            outstanding.fetch_sub(1, Ordering::Relaxed);
            finish(result);
        }))
    }

    /// Whether no call is outstanding that was begun without waiting.
    pub(crate) fn is_idle(&self) -> bool {
        self.outstanding.load(Ordering::Relaxed) == 0
    }

    /// Asks the runtime for something that is no call, and waits for it with the GIL released.
    pub(crate) fn ask<R: Send>(
        &self,
        py: Python<'_>,
        ask: impl FnOnce(&Backend) -> Result<R, Error> + Send,
    ) -> PyResult<R> {
        let handle = self.handle(Subject::Runtime)?;
        let _wait = self.wait()?;
        let asked = py.detach(|| ask(handle));
        // A signal's handler has raised, which has stopped the wait.
        if let Some(raised) = RAISED.take() {
            return Err(raised);
        }
        asked.map_err(|error| self.explain(py, error, Subject::Runtime))
    }

    /// An error as Python has it; one that ends the runtime is remembered.
    pub(crate) fn explain(&self, py: Python<'_>, error: Error, subject: Subject) -> PyErr {
        if error::is_out_of_memory(&error) {
            self.out_of_memory.store(true, Ordering::Release);
            drop(self.handle.close_async());
        }
        match error {
            Error::Closed(reason) => self.closed(py, reason, subject),
            error => error::to_py_err(py, error, subject),
        }
    }

    fn closed(&self, py: Python<'_>, reason: CloseReason, subject: Subject) -> PyErr {
        match self.handle.crash_reason() {
            Some(how) if reason == CloseReason::Crashed => error::crashed(py, how),
            _ => error::closed(py, reason, subject),
        }
    }

    /// The worker's process id, if the runtime is in one.
    pub(crate) fn worker_pid(&self) -> Option<u32> {
        match &*self.handle {
            Backend::Process(process) if !self.is_foreign() => Some(process.worker_pid),
            Backend::Process(_) | Backend::Thread(_) => None,
        }
    }

    /// Whether the runtime's worker is one of these.
    fn is_of(&self, workers: &Arc<Workers>) -> bool {
        matches!(&*self.handle, Backend::Process(process) if process.workers.as_ptr() == Arc::as_ptr(workers))
    }

    /// Closes and waits until everything of the runtime is freed.
    pub(crate) fn close(&self, py: Python<'_>) {
        match self.wait() {
            // Its thread may have been stopped, and the interpreter's end has waited for that.
            Ok(_wait) if exit::is_ending() && self.is_closed() => {}
            Ok(_wait) if exit::is_ending() => {
                let closing = self.close_async();
                py.detach(|| wait_for_ends(closing.into_iter().collect()));
            }
            Ok(_wait) => py.detach(|| self.close_detached()),
            // It ends when the function has returned that this thread is in.
            Err(_) => drop(self.close_async()),
        }
    }

    /// Whether the runtime's end waits for this thread: it is the runtime's own, or that of a runtime that this one waits for.
    pub(crate) fn is_awaited_by_this_thread(&self) -> bool {
        SERVED.get() == self.id.0 || self.wait().is_err()
    }

    /// [`Core::close`] without the GIL.
    pub(crate) fn close_detached(&self) {
        if !self.is_foreign() {
            self.handle.close();
        }
    }

    /// Closes without waiting; the future ends when everything of the runtime is freed.
    pub(crate) fn close_async(&self) -> Option<Closing> {
        (!self.is_foreign()).then(|| self.handle.close_async())
    }

    pub(crate) fn terminate(&self) {
        if !self.is_foreign() {
            self.handle.terminate();
        }
    }

    /// Marks this thread as one of the runtime's: its Python functions run on it.
    pub(crate) fn serve_here(&self) {
        self.id.serve_here();
    }

    /// Notes that this thread is about to wait for the runtime. Where that would close a circle of runtimes that wait for
    /// each other it is an error.
    fn wait(&self) -> PyResult<Wait> {
        let (served, own) = (SERVED.get(), self.id.0);
        if served == 0 || served == own {
            // The engine refuses the latter.
            return Ok(Wait(None));
        }
        let mut waits = lock(&WAITS);
        let mut awaited = own;
        while let Some(next) = waits.get(&awaited) {
            if *next == served {
                return Err(PyRuntimeError::new_err(
                    "a bound function cannot wait for a runtime that waits for the function's own runtime",
                ));
            }
            awaited = *next;
        }
        waits.insert(served, own);
        Ok(Wait(Some(served)))
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        if self.is_foreign() {
            return;
        }
        drop(self.handle.close_async());
        // SAFETY: it is not used again.
        unsafe { ManuallyDrop::drop(&mut self.handle) };
    }
}

/// Tells runtimes apart, also before they are made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CoreId(u64);

impl CoreId {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// As [`Core::serve_here`].
    pub(crate) fn serve_here(self) {
        SERVED.set(self.0);
    }
}

static LIVE: Mutex<Vec<Weak<Core>>> = Mutex::new(Vec::new());

/// Which runtime each waits for.
static WAITS: std::sync::LazyLock<Mutex<HashMap<u64, u64>>> = std::sync::LazyLock::new(Mutex::default);

thread_local! {
    /// Whose runtime's thread this is; 0 if none's.
    static SERVED: Cell<u64> = const { Cell::new(0) };
}

thread_local! {
    /// What a signal's handler has raised while [`Core::ask`] waits on this thread.
    static RAISED: RefCell<Option<PyErr>> = const { RefCell::new(None) };
}

/// Whether a signal's handler raises. [`Core::ask`] raises it.
pub(crate) fn is_interrupted() -> bool {
    let raised = exit::attach(|py| py.check_signals().err()).flatten();
    let is_interrupted = raised.is_some();
    RAISED.set(raised);
    is_interrupted
}

/// A runtime's thread waits for another runtime.
struct Wait(Option<u64>);

impl Drop for Wait {
    fn drop(&mut self) {
        if let Some(served) = self.0 {
            lock(&WAITS).remove(&served);
        }
    }
}

static FORKS: AtomicU64 = AtomicU64::new(0);

/// How often the line of this process's ancestors was forked since the module was loaded.
pub(crate) fn forks() -> u64 {
    FORKS.load(Ordering::Relaxed)
}

/// To be called in a forked child.
#[pyfunction]
#[pyo3(name = "_after_fork")]
pub(crate) fn after_fork() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}

/// Closes all runtimes, because the interpreter ends: none of their threads may call Python then.
#[pyfunction]
#[pyo3(name = "_close_all")]
pub(crate) fn close_all(py: Python<'_>) {
    exit::begin();
    let live: Vec<_> = std::mem::take(&mut *lock(&LIVE));
    let closing: Vec<_> =
        live.iter().filter_map(Weak::upgrade).filter_map(|core| core.close_async()).collect();
    py.detach(|| {
        wait_for_ends(closing);
        jsrun::end_spare();
        workers::close_all();
    });
}

/// Closes the runtimes of a pool and waits for their end, but for those that wait for this thread.
pub(crate) fn close_all_of(workers: &Arc<Workers>) {
    let live: Vec<_> = lock(&LIVE).iter().filter_map(Weak::upgrade).collect();
    let closing = live.iter().filter(|core| core.is_of(workers)).filter_map(|core| {
        let closing = core.close_async();
        closing.filter(|_| !core.is_awaited_by_this_thread())
    });
    // They may hold Python's objects, whose end needs the GIL: it comes when nothing is waited for.
    wait_for_ends(closing.collect());
}

/// Forgets runtimes that are gone.
pub(crate) fn forget_the_gone() {
    lock(&LIVE).retain(|core| core.strong_count() > 0);
}

/// Waits for the ends of runtimes, on this thread, as long as they come.
fn wait_for_ends(mut pending: Vec<Closing>) {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Unpark(std::thread::current())).into();
    let mut context = std::task::Context::from_waker(&waker);
    let mut last_end = std::time::Instant::now();
    loop {
        let before = pending.len();
        pending.retain_mut(|closing| closing.as_mut().poll(&mut context).is_pending());
        if pending.is_empty() {
            return;
        }
        if pending.len() < before {
            last_end = std::time::Instant::now();
        }
        let Some(left) = EXIT_PATIENCE.checked_sub(last_end.elapsed()) else { return };
        std::thread::park_timeout(left);
    }
}

/// Locks for a moment. Nobody attaches to or detaches from the interpreter with such a lock.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
