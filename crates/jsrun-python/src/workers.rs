//! Worker processes for the runtimes of one pool: a family of them for each kind of runtime.

use std::ffi::OsString;
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use jsrun::{Globals, LimitKind, SandboxMode, SandboxReport, Snapshot};
use jsrun_pool::{Checkout, Pool, PoolConfig, Session, SessionEnd, WorkerGlobals};
use jsrun_remote::{Leash, Remote, RemoteOptions};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::backend::Process;
use crate::core::{forks, lock};
use crate::driver;
use crate::python;

/// How many kinds of runtimes a pool keeps workers of: the kinds are the default, with web globals, and each snapshot.
const MOST_KINDS: usize = 8;

/// How long a worker is waited for: a machine that swaps can take long to start the first.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often who waits looks whether Python has a signal to handle.
const SIGNAL_INTERVAL: Duration = Duration::from_millis(50);

/// How long the end of a pool's processes is waited for. They are killed first, so that it takes a moment only.
const END_PATIENCE: Duration = Duration::from_secs(5);

/// How a pool is to be.
#[derive(Clone, Debug)]
pub(crate) struct WorkersConfig {
    /// Workers that are ready, of each kind.
    pub(crate) size: usize,
    /// Runtimes at a time.
    pub(crate) max_runtimes: usize,
    pub(crate) sandbox: SandboxMode,
    pub(crate) jitless: bool,
}

/// The workers of one pool.
pub(crate) struct Workers {
    config: WorkersConfig,
    /// Not dropped in a forked child, whose parent's workers they are.
    families: ManuallyDrop<Mutex<Vec<Arc<Family>>>>,
    runtimes: Arc<AtomicUsize>,
    closed: AtomicBool,
    /// [`forks`] when it was made.
    forks: u64,
}

/// What the workers of a family have in place.
#[derive(Clone)]
pub(crate) struct Kind {
    pub(crate) globals: Globals,
    pub(crate) snapshot: Option<Snapshot>,
}

/// Workers of one kind.
struct Family {
    kind: Kind,
    /// Begun by the first who needs the workers; a failed one is followed by another.
    start: Mutex<Option<Arc<Start>>>,
}

/// A pool that starts, or has, or could not. Who gives up waiting leaves it to the others.
#[derive(Default)]
struct Start {
    outcome: Mutex<Option<Result<Pool, String>>>,
    over: Condvar,
}

impl Family {
    /// The pool, if it has started.
    fn pool(&self) -> Option<Pool> {
        let start = lock(&self.start).clone()?;
        start.pool()
    }

    /// The start that goes on or has succeeded; otherwise one with this configuration.
    fn start(&self, config: PoolConfig) -> std::io::Result<Arc<Start>> {
        let mut slot = lock(&self.start);
        if let Some(start) = slot.as_ref().filter(|start| !start.has_failed()) {
            return Ok(Arc::clone(start));
        }
        let start = Start::begin(config)?;
        *slot = Some(Arc::clone(&start));
        Ok(start)
    }
}

impl Start {
    fn begin(config: PoolConfig) -> std::io::Result<Arc<Self>> {
        let start = Arc::<Self>::default();
        let begun = Arc::clone(&start);
        // On the driver's thread, which the zygote ends with.
        driver::driver()?.spawn(async move {
            let outcome = Pool::start(config).await.map_err(|error| describe(&error));
            *lock(&begun.outcome) = Some(outcome);
            begun.over.notify_all();
        });
        Ok(start)
    }

    fn pool(&self) -> Option<Pool> {
        lock(&self.outcome).as_ref()?.as_ref().ok().cloned()
    }

    fn has_failed(&self) -> bool {
        matches!(*lock(&self.outcome), Some(Err(_)))
    }

    /// Waits, without the GIL, for so long at most: what it came to, if that is known then.
    fn wait(&self, longest: Duration) -> Option<Result<Pool, String>> {
        let outcome = lock(&self.outcome);
        let waited = self.over.wait_timeout_while(outcome, longest, |outcome| outcome.is_none());
        waited.unwrap_or_else(PoisonError::into_inner).0.clone()
    }
}

/// A runtime counts until this is dropped.
struct Seat(Arc<AtomicUsize>);

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

static ALL: Mutex<Vec<Weak<Workers>>> = Mutex::new(Vec::new());

impl Workers {
    pub(crate) fn new(config: WorkersConfig) -> Arc<Self> {
        let workers = Arc::new(Self {
            config,
            families: ManuallyDrop::new(Mutex::default()),
            runtimes: Arc::default(),
            closed: AtomicBool::new(false),
            forks: forks(),
        });
        let mut all = lock(&ALL);
        all.retain(|workers| workers.strong_count() > 0);
        all.push(Arc::downgrade(&workers));
        workers
    }

    pub(crate) fn config(&self) -> &WorkersConfig {
        &self.config
    }

    /// This process was forked from the one that made it.
    pub(crate) fn is_foreign(&self) -> bool {
        self.forks != forks()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst) || self.is_foreign()
    }

    pub(crate) fn runtimes(&self) -> usize {
        self.runtimes.load(Ordering::SeqCst)
    }

    /// Makes a runtime in a worker that is ready, or waits for one.
    pub(crate) fn open(
        self: &Arc<Self>,
        py: Python<'_>,
        kind: &Kind,
        options: RemoteOptions,
    ) -> PyResult<Process> {
        let seat = self.take_seat()?;
        let (pool, checkout) = self.check_out(py, kind)?;
        let workers = Arc::downgrade(self);
        let opened = py.detach(move || {
            let worker_pid = checkout.worker_pid();
            let (socket, session) =
                checkout.into_session(&options.limits, options.buffers).map_err(|error| error.to_string())?;
            let leash = Box::new(WorkerLeash { session, _seat: seat, _pool: pool });
            let remote = Remote::open(socket, leash, options).map_err(|error| describe(&error))?;
            Ok(Process { remote, worker_pid, workers })
        });
        opened.map_err(|reason: String| PyRuntimeError::new_err(format!("cannot start a runtime: {reason}")))
    }

    /// Starts the workers of a kind, unless they are there.
    pub(crate) fn start(&self, py: Python<'_>, kind: &Kind) -> PyResult<()> {
        self.pool(py, &self.family(kind)).map(drop)
    }

    /// What confines the workers, as those of the first kind say; `None` when nothing is to.
    pub(crate) fn sandbox(&self) -> Option<Arc<SandboxReport>> {
        self.pools().first().and_then(Pool::sandbox)
    }

    /// The pools of all kinds that have started.
    pub(crate) fn pools(&self) -> Vec<Pool> {
        if self.is_foreign() {
            return Vec::new();
        }
        let families = lock(&self.families).clone();
        families.iter().filter_map(|family| family.pool()).collect()
    }

    /// Ends all workers and waits for that.
    pub(crate) fn close(&self) {
        if self.is_foreign() {
            return;
        }
        self.closed.store(true, Ordering::SeqCst);
        let families = std::mem::take(&mut *lock(&self.families));
        // One that starts ends when it has, since nobody will have it.
        let pools: Vec<_> = families.iter().filter_map(|family| family.pool()).collect();
        drop(families);
        let Ok(driver) = driver::driver() else { return };
        let closed = driver::run(&driver, async move {
            for pool in pools {
                pool.close().await;
            }
        });
        let _ = closed.recv_timeout(END_PATIENCE);
    }

    fn take_seat(&self) -> PyResult<Seat> {
        self.check_open()?;
        let most = self.config.max_runtimes;
        let before = self.runtimes.fetch_add(1, Ordering::SeqCst);
        let seat = Seat(Arc::clone(&self.runtimes));
        if before >= most {
            return Err(PyRuntimeError::new_err(format!(
                "the pool has {before} runtimes, and max_runtimes is {most}: close one first"
            )));
        }
        Ok(seat)
    }

    fn check_open(&self) -> PyResult<()> {
        if self.is_foreign() {
            Err(PyRuntimeError::new_err("the pool stayed in the parent process: make one after the fork"))
        } else if self.is_closed() {
            Err(PyRuntimeError::new_err("the pool is closed"))
        } else {
            Ok(())
        }
    }

    /// The pool of a family, which is started if need be. A signal's handler that raises ends the wait for that.
    fn pool(&self, py: Python<'_>, family: &Family) -> PyResult<Pool> {
        if let Some(pool) = family.pool() {
            return Ok(pool);
        }
        let failed = |reason: String| PyRuntimeError::new_err(format!("cannot start workers: {reason}"));
        let start =
            family.start(self.pool_config(py, &family.kind)?).map_err(|error| failed(error.to_string()))?;
        let pool = loop {
            if let Some(outcome) = py.detach(|| start.wait(SIGNAL_INTERVAL)) {
                break outcome.map_err(failed)?;
            }
            py.check_signals()?;
        };
        // Closed meanwhile, nobody would end it.
        if let Err(error) = self.check_open() {
            let _ = driver::driver().map(|driver| driver::run(&driver, async move { pool.close().await }));
            return Err(error);
        }
        self.warn(py, &pool)?;
        Ok(pool)
    }

    /// Tells whoever did not say what they want of workers that are not confined as they should be.
    fn warn(&self, py: Python<'_>, pool: &Pool) -> PyResult<()> {
        let report = pool.sandbox().filter(|_| self.config.sandbox == SandboxMode::Auto);
        let shortcomings = report.map(|report| report.shortcomings()).unwrap_or_default();
        if shortcomings.is_empty() {
            return Ok(());
        }
        let list = shortcomings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        python::helper(py, "warn_of_sandbox")?.call1((list,)).map(drop)
    }

    /// The family of a kind, which is the newest from now on. Of too many the oldest is let go of: it makes no more workers,
    /// and ends with its last runtime.
    fn family(&self, kind: &Kind) -> Arc<Family> {
        let mut families = lock(&self.families);
        let known = families.iter().position(|family| family.kind.is_same(kind));
        let family = match known {
            Some(index) => families.remove(index),
            None => Arc::new(Family { kind: kind.clone(), start: Mutex::default() }),
        };
        families.push(Arc::clone(&family));
        let oldest = (families.len() > MOST_KINDS).then(|| families.remove(0));
        drop(families);
        if let Some(pool) = oldest.and_then(|oldest| oldest.pool()) {
            pool.retire();
        }
        family
    }

    fn has(&self, family: &Arc<Family>) -> bool {
        lock(&self.families).iter().any(|known| Arc::ptr_eq(known, family))
    }

    /// A worker of a kind that is ready, or the next that is.
    fn check_out(&self, py: Python<'_>, kind: &Kind) -> PyResult<(Pool, Checkout)> {
        loop {
            let family = self.family(kind);
            let pool = self.pool(py, &family)?;
            let checkout = check_out(py, &pool)?;
            // Too many kinds were newer meanwhile.
            if !self.has(&family) {
                pool.retire();
            }
            match checkout {
                Some(checkout) => return Ok((pool, checkout)),
                None => self.check_open()?,
            }
        }
    }

    fn pool_config(&self, py: Python<'_>, kind: &Kind) -> PyResult<PoolConfig> {
        let command: Vec<OsString> = python::helper(py, "zygote_command")?.call0()?.extract()?;
        let environment: Vec<(OsString, OsString)> =
            python::helper(py, "zygote_environment")?.call0()?.extract()?;
        let mut command = command.into_iter();
        let program = command.next().expect("the bridge names a program");
        let WorkersConfig { size, max_runtimes, sandbox, jitless } = self.config;
        Ok(PoolConfig {
            zygote_arguments: command.collect(),
            zygote_environment: environment,
            ready: size,
            max_workers: max_runtimes.saturating_add(size),
            sandbox,
            jitless,
            globals: match kind.globals {
                Globals::Web => WorkerGlobals::Web,
                Globals::Minimal => WorkerGlobals::Minimal,
            },
            snapshot: kind.snapshot.as_ref().map(|snapshot| snapshot.as_bytes().into()),
            // A process of the user's may have many zygotes, one for each snapshot, and has use for its memory.
            large_pages: false,
            tied: true,
            ..PoolConfig::new(program)
        })
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        if !self.is_foreign() {
            // SAFETY: it is not used again.
            unsafe { ManuallyDrop::drop(&mut self.families) };
        }
    }
}

impl Kind {
    fn is_same(&self, other: &Self) -> bool {
        match (&self.snapshot, &other.snapshot) {
            (None, None) => self.globals == other.globals,
            // It has the globals that its scripts had.
            (Some(ours), Some(theirs)) => ours.as_bytes() == theirs.as_bytes(),
            _ => false,
        }
    }
}

/// A worker of a pool; `None` when that is closed or retired.
fn check_out(py: Python<'_>, pool: &Pool) -> PyResult<Option<Checkout>> {
    match pool.try_checkout() {
        Ok(None) => {}
        Ok(checkout) => return Ok(checkout),
        Err(_) => return Ok(None),
    }
    let driver = driver::driver().map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let taken = py.detach(|| {
            driver.block_on(async { tokio::time::timeout(SIGNAL_INTERVAL, pool.checkout()).await })
        });
        match taken {
            Ok(checkout) => return Ok(checkout.ok()),
            Err(_) => py.check_signals()?,
        }
    }
    let reason = pool.last_failure().map(|reason| format!(": {reason}")).unwrap_or_default();
    Err(PyRuntimeError::new_err(format!("cannot start a runtime: no worker became ready{reason}")))
}

/// An error with what caused it.
fn describe(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// What holds a worker's process.
struct WorkerLeash {
    session: Session,
    _seat: Seat,
    /// A pool that nobody else has ends with its last runtime.
    _pool: Pool,
}

impl Leash for WorkerLeash {
    fn kill(&self) {
        self.session.kill();
    }

    fn look(&self) -> Option<LimitKind> {
        self.session.look()
    }

    fn death(&self) -> String {
        match self.session.end() {
            SessionEnd::Code(code) => format!("it ended with code {code}"),
            SessionEnd::Signal(signal) => format!("it was ended by signal {signal}"),
            SessionEnd::Memory => "Heap limit exceeded".to_owned(),
            SessionEnd::PoolClosed => "its pool was closed".to_owned(),
            SessionEnd::Unknown => "nothing is known of its end".to_owned(),
        }
    }
}

/// The pool of runtimes for which nobody has made one.
pub(crate) fn default_workers() -> Arc<Workers> {
    static DEFAULT: Mutex<Option<Arc<Workers>>> = Mutex::new(None);
    let mut default = lock(&DEFAULT);
    match &*default {
        Some(workers) if !workers.is_closed() => Arc::clone(workers),
        _ => Arc::clone(default.insert(Workers::new(WorkersConfig::default()))),
    }
}

impl Default for WorkersConfig {
    fn default() -> Self {
        Self { size: 2, max_runtimes: 1_000, sandbox: SandboxMode::Auto, jitless: false }
    }
}

/// Ends the workers of all pools, because the interpreter ends.
pub(crate) fn close_all() {
    let all = std::mem::take(&mut *lock(&ALL));
    for workers in all.iter().filter_map(Weak::upgrade) {
        workers.close();
    }
}
