//! Ctrl-C.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use jsrun::Canceller;
use tokio::signal::unix::{SignalKind, signal};

use crate::exit_code;

/// What SIGINT does: it stops the program that runs; a second one, or one while none runs, ends the process.
#[derive(Clone, Default)]
pub(crate) struct Interrupts {
    target: Arc<Mutex<Target>>,
}

#[derive(Default)]
struct Target {
    running: Option<Canceller>,
    interrupted: bool,
}

impl Interrupts {
    /// Hears SIGINT from now on.
    ///
    /// # Errors
    /// When the system refuses.
    pub(crate) fn listen() -> anyhow::Result<Self> {
        let interrupts = Self::default();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()
            .context("cannot listen for signals")?;
        let guard = runtime.enter();
        let mut signals = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
        drop(guard);
        let listener = interrupts.clone();
        std::thread::Builder::new()
            .name("jsrun-signals".to_owned())
            .spawn(move || {
                runtime.block_on(async { while signals.recv().await.is_some() && listener.interrupt() {} });
                std::process::exit(exit_code::INTERRUPTED.into());
            })
            .context("cannot start a thread")?;
        Ok(interrupts)
    }

    /// Does something that SIGINT is to stop. Tells whether it came.
    pub(crate) fn during<T>(&self, canceller: Canceller, work: impl FnOnce() -> T) -> (T, bool) {
        *self.lock() = Target { running: Some(canceller), interrupted: false };
        let result = work();
        let target = std::mem::take(&mut *self.lock());
        (result, target.interrupted)
    }

    /// Stops what runs, the first time. Tells whether there was something to stop.
    fn interrupt(&self) -> bool {
        let mut target = self.lock();
        match &target.running {
            Some(canceller) if !target.interrupted => {
                canceller.cancel();
                target.interrupted = true;
                true
            }
            _ => false,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Target> {
        self.target.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
