//! What the pool's handles and tasks share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use tokio::sync::watch;

use crate::PoolConfig;
use crate::births::Births;
use crate::census::Census;
use crate::process::Process;
use crate::ready::ReadyQueue;
use crate::sandbox::SandboxRecord;

/// What the pool's handles and tasks share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: PoolConfig,
    pub(crate) census: Arc<Census>,
    pub(crate) ready: ReadyQueue,
    pub(crate) births: Births,
    pub(crate) sandbox: SandboxRecord,
    /// Zero: none.
    zygote_pid: AtomicU32,
    closing: AtomicBool,
}

impl Shared {
    pub(crate) fn new(config: PoolConfig) -> Self {
        Self {
            config,
            census: Arc::default(),
            ready: ReadyQueue::new(),
            births: Births::default(),
            sandbox: SandboxRecord::default(),
            zygote_pid: AtomicU32::new(0),
            closing: AtomicBool::new(false),
        }
    }

    pub(crate) fn set_zygote(&self, pid: Option<u32>) {
        self.zygote_pid.store(pid.unwrap_or(0), Ordering::SeqCst);
    }

    pub(crate) fn zygote_pid(&self) -> Option<u32> {
        Some(self.zygote_pid.load(Ordering::SeqCst)).filter(|pid| *pid != 0)
    }

    /// Whether workers are asked of this zygote.
    pub(crate) fn is_current(&self, zygote: &Process) -> bool {
        self.zygote_pid() == Some(zygote.pid())
    }

    /// From now on no worker is handed out, and deaths of workers are the pool's own doing.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::SeqCst);
        self.ready.close();
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }
}

/// Waits until the pool closes, by [`crate::Pool::close`] or by the drop of its last handle.
pub(crate) async fn told_to_close(closing: &mut watch::Receiver<bool>) {
    // An error means that the sender, which is the pool, is gone.
    let _ = closing.wait_for(|closing| *closing).await;
}
