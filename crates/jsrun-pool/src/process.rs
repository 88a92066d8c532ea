//! A process that can be killed without mistaking it for another.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, pidfd_send_signal};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// A process by its pidfd, which, unlike a process id, never comes to mean another process.
#[derive(Debug)]
pub(crate) struct Process {
    pid: u32,
    pidfd: OwnedFd,
    killed: AtomicBool,
}

impl Process {
    pub(crate) fn new(pid: u32, pidfd: OwnedFd) -> Self {
        Self { pid, pidfd, killed: AtomicBool::new(false) }
    }

    /// For the log and for status; never for signals.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Sends SIGKILL. Harmless when the process is gone.
    pub(crate) fn kill(&self) {
        self.killed.store(true, Ordering::SeqCst);
        if let Err(error) = pidfd_send_signal(&self.pidfd, Signal::KILL) {
            // Reaped already. Nothing else can happen to a signal for one's own descendant.
            tracing::trace!(pid = self.pid, %error, "kill");
        }
    }

    /// Lets the process run only where others of this machine have little to do.
    pub(crate) fn lower_priority(&self) {
        /// A thirtieth of the usual weight: `sched_prio_to_weight` in the kernel's source.
        const NICE: i32 = 15;
        // There is no such call for pidfds. Ids are given in turn, so that this one would have to go round between the
        // two lines to mean another process.
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw);
        if self.is_alive()
            && let Err(error) = rustix::process::setpriority_process(pid, NICE)
        {
            tracing::trace!(pid = self.pid, %error, "cannot lower a worker's priority");
        }
    }

    /// Whether [`Process::kill`] was called: a death by SIGKILL is then ours.
    pub(crate) fn was_killed(&self) -> bool {
        self.killed.load(Ordering::SeqCst)
    }

    /// Whether the process has not ended yet.
    pub(crate) fn is_alive(&self) -> bool {
        let mut fds = [PollFd::new(&self.pidfd, PollFlags::IN)];
        matches!(poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })), Ok(0))
    }

    /// Waits until the process has ended.
    pub(crate) async fn ended(&self) -> std::io::Result<()> {
        #[expect(
            deprecated,
            reason = "deprecated for types that do not keep their descriptor open; this one does"
        )]
        let pidfd: AsyncFd<BorrowedFd<'_>> = AsyncFd::with_interest(self.pidfd.as_fd(), Interest::READABLE)?;
        pidfd.readable().await?.retain_ready();
        Ok(())
    }
}
