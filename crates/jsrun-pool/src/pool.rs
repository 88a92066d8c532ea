//! The pool itself.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use jsrun_types::{ByteSize, Limits, RunRequest, SandboxMode, SandboxReport};
use tokio::sync::watch;

use crate::census::{Counted, Kind};
use crate::shared::Shared;
use crate::supervisor::Supervisor;
use crate::worker::Worker;
use crate::zygote::Zygote;
use crate::{PoolConfig, PoolError, Run, SandboxError, Session};

/// How long the first worker may take, after the zygote is up.
const FIRST_WORKER_TIMEOUT: Duration = Duration::from_secs(10);

/// Ready workers. Cheap to clone; the last clone's drop ends the zygote and all workers.
#[derive(Clone, Debug)]
pub struct Pool {
    handle: Arc<Handle>,
}

#[derive(Debug)]
struct Handle {
    shared: Arc<Shared>,
    /// In which the pool lives.
    runtime: tokio::runtime::Handle,
    /// True once the pool closes. Each task of the pool that has processes to end holds a receiver until they are gone.
    closing: watch::Sender<bool>,
}

impl Pool {
    /// Starts the zygote and the first workers; returns once one worker is ready.
    ///
    /// To be called inside a tokio runtime with I/O and time, whose tasks the pool lives in.
    ///
    /// # Errors
    /// [`PoolError::Start`] when the zygote does not come up; [`PoolError::Sandbox`] when workers cannot be confined as
    /// [`PoolConfig::sandbox`] requires.
    pub async fn start(config: PoolConfig) -> Result<Self, PoolError> {
        let program = config.zygote_program.display().to_string();
        Self::try_start(config).await.map_err(|error| match error.downcast::<SandboxError>() {
            Ok(error) => PoolError::Sandbox(error),
            Err(source) => PoolError::Start { program, source },
        })
    }

    async fn try_start(config: PoolConfig) -> io::Result<Self> {
        let zygote = Zygote::start(&config).await?;
        let shared = Arc::new(Shared::new(config));
        let (closing, receiver) = watch::channel(false);
        let supervisor = Supervisor::new(Arc::clone(&shared), receiver, zygote);
        tokio::spawn(supervisor.live());
        let runtime = tokio::runtime::Handle::current();
        let pool = Self { handle: Arc::new(Handle { shared, runtime, closing }) };
        let first = tokio::time::timeout(FIRST_WORKER_TIMEOUT, pool.handle.shared.ready.wait()).await;
        if first.is_ok_and(|open| open) {
            return Ok(pool);
        }
        pool.close().await;
        let reason = pool.last_failure().map(|reason| format!(": {reason}")).unwrap_or_default();
        Err(io::Error::new(io::ErrorKind::TimedOut, format!("no worker became ready{reason}")))
    }

    /// Takes a ready worker, or waits for one. The caller bounds the wait (`tokio::time::timeout`).
    ///
    /// # Errors
    /// [`PoolError::Closed`] after [`Pool::close`] and [`Pool::retire`].
    pub async fn checkout(&self) -> Result<Checkout, PoolError> {
        let shared = &self.handle.shared;
        let worker = shared.ready.take().await.ok_or(PoolError::Closed)?;
        Ok(self.check_out(worker))
    }

    /// Takes a ready worker, if there is one and nobody waits for it. Outside of the pool's tokio runtime, too.
    ///
    /// # Errors
    /// [`PoolError::Closed`] after [`Pool::close`] and [`Pool::retire`].
    pub fn try_checkout(&self) -> Result<Option<Checkout>, PoolError> {
        let worker = self.handle.shared.ready.try_take().map_err(|()| PoolError::Closed)?;
        Ok(worker.map(|worker| self.check_out(worker)))
    }

    fn check_out(&self, worker: Worker) -> Checkout {
        let shared = &self.handle.shared;
        // Counting tells the supervisor, too, that there is one ready worker less.
        let busy = shared.census.count(Kind::Busy);
        shared.census.announce();
        Checkout { worker, busy, shared: Arc::clone(shared), runtime: self.handle.runtime.clone() }
    }

    /// Counts for health and metrics.
    pub fn status(&self) -> PoolStatus {
        let shared = &self.handle.shared;
        PoolStatus {
            ready: shared.ready.len(),
            busy: shared.census.get(Kind::Busy),
            alive: shared.census.get(Kind::Alive),
            zygote_pid: shared.zygote_pid(),
            spawned_total: shared.census.spawned(),
            crashed_total: shared.census.crashed(),
            zygotes_total: shared.census.zygotes(),
            failed_births_total: shared.births.failed_total(),
        }
    }

    /// Why the last worker did not become ready, if none has since.
    pub fn last_failure(&self) -> Option<String> {
        self.handle.shared.births.last_failure()
    }

    /// Whether workers must be confined, as configured.
    pub fn sandbox_mode(&self) -> SandboxMode {
        self.handle.shared.config.sandbox
    }

    /// What confines the workers, as the newest zygote reports it; `None` when nothing is to.
    pub fn sandbox(&self) -> Option<Arc<SandboxReport>> {
        self.handle.shared.sandbox.get()
    }

    /// Makes no more workers and ends those that are ready: checkouts are [`PoolError::Closed`] from now on. What is checked out
    /// lives on, and with it the zygote, until the pool is closed or dropped.
    pub fn retire(&self) {
        self.handle.shared.ready.close();
        // For the supervisor, which would wait for a time to make more.
        self.handle.shared.census.announce();
    }

    /// Kills all workers and the zygote and waits until they are gone. Idempotent.
    ///
    /// Runs that go on end as cancelled.
    pub async fn close(&self) {
        self.handle.close();
        self.handle.closing.closed().await;
    }
}

impl Handle {
    fn close(&self) {
        self.shared.close();
        self.closing.send_replace(true);
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.close();
    }
}

/// Counts for health and metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolStatus {
    /// Workers waiting for a run.
    pub ready: usize,
    /// Workers checked out.
    pub busy: usize,
    /// Worker processes that exist or were asked for.
    pub alive: usize,
    /// The zygote's process id.
    pub zygote_pid: Option<u32>,
    /// Workers made since the start.
    pub spawned_total: u64,
    /// Workers that died by a signal that the pool did not send.
    pub crashed_total: u64,
    /// Zygotes that came up since the start.
    pub zygotes_total: u64,
    /// Workers since the start that could not be forked or did not become ready.
    pub failed_births_total: u64,
}

/// A worker of one's own. Dropping it kills the worker.
#[derive(Debug)]
pub struct Checkout {
    worker: Worker,
    busy: Counted,
    shared: Arc<Shared>,
    runtime: tokio::runtime::Handle,
}

impl Checkout {
    /// Starts the program; its wall clock starts now.
    ///
    /// To be called inside the pool's tokio runtime.
    pub fn run(self, request: RunRequest) -> Run {
        let Self { worker, busy, shared, .. } = self;
        Run::start(worker, busy, shared, request)
    }

    /// Takes the worker for a session: the socket to it, and what holds its process. Array buffers may have a limit of their
    /// own.
    ///
    /// # Errors
    /// What the system says when it cannot hand the socket over. The worker is gone then.
    pub fn into_session(self, limits: &Limits, buffers: Option<ByteSize>) -> io::Result<(OwnedFd, Session)> {
        let Self { worker, busy, shared, runtime } = self;
        Session::new(worker, busy, shared, runtime, limits, buffers)
    }

    /// The process id of the worker, for logs and tests.
    pub fn worker_pid(&self) -> u32 {
        self.worker.process.pid()
    }
}
