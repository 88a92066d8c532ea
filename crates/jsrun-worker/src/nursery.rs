//! The zygote's children: forked, watched, reaped.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use jsrun::LocalRuntime;
use jsrun_proto::ExitStatus;
use jsrun_types::ByteSize;
use rustix::event::{PollFd, PollFlags};
use rustix::net::{AddressFamily, SocketFlags, SocketType};
use rustix::process::{Pid, PidfdFlags, Signal};

use crate::birth::{self, Inheritance, Purpose};
use crate::control::Control;
use crate::sandbox::Sandbox;
use crate::usage;

/// The zygote's children that are not reaped.
#[derive(Debug, Default)]
pub(crate) struct Nursery {
    children: Vec<Child>,
}

/// A child that is not reaped: its process id means it and nobody else.
#[derive(Debug)]
struct Child {
    pid: Pid,
    pidfd: OwnedFd,
}

/// A child that was just forked, with what the pool gets of it.
#[derive(Debug)]
pub(crate) struct Newborn<'a> {
    pub(crate) pid: u32,
    /// The pool's end of the child's socket.
    pub(crate) socket: OwnedFd,
    pub(crate) pidfd: &'a OwnedFd,
}

/// A child that was just reaped.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Departed {
    pub(crate) pid: u32,
    pub(crate) status: ExitStatus,
    /// CPU time of all its threads.
    pub(crate) cpu: Duration,
    /// The most memory that it had.
    pub(crate) memory: ByteSize,
}

/// What [`Nursery::wait`] waited for.
#[derive(Debug)]
pub(crate) struct News {
    /// The pool has said something or closed the socket.
    pub(crate) control: bool,
    pub(crate) departed: Vec<Departed>,
}

impl Nursery {
    /// Forks a worker. Returns in the zygote only.
    pub(crate) fn fork(
        &mut self,
        runtime: &mut LocalRuntime,
        sandbox: &Sandbox,
        purpose: Purpose,
    ) -> io::Result<Newborn<'_>> {
        let (socket, theirs) =
            rustix::net::socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
        let zygote = rustix::process::getpid();
        // SAFETY: the process has one thread (`zygote::Zygote::start` made sure), so that the child has all of it, no
        // lock is held by a thread that the child lacks, and the child may do whatever the parent may.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            birth::be_born(Inheritance { runtime, sandbox, zygote }, theirs, purpose);
        }
        let Some(pid) = Pid::from_raw(pid).filter(|_| pid > 0) else {
            return Err(io::Error::last_os_error());
        };
        drop(theirs);
        match rustix::process::pidfd_open(pid, PidfdFlags::empty()) {
            Ok(pidfd) => {
                let child = self.children.push_mut(Child { pid, pidfd });
                Ok(Newborn { pid: number(pid), socket, pidfd: &child.pidfd })
            }
            Err(error) => {
                // Nobody would watch it. Not reaped yet, it is still the one that the id means.
                rustix::process::kill_process(pid, Signal::KILL)?;
                reap(pid)?;
                Err(error.into())
            }
        }
    }

    /// Waits until the pool says something or children die, and reaps those.
    pub(crate) fn wait(&mut self, control: &Control) -> io::Result<News> {
        // No handler and no blocked signal, which children would inherit: pidfds say the same as SIGCHLD.
        let mut polled = Vec::with_capacity(1 + self.children.len());
        polled.push(PollFd::new(control, PollFlags::IN));
        polled.extend(self.children.iter().map(|child| PollFd::new(&child.pidfd, PollFlags::IN)));
        rustix::io::retry_on_intr(|| rustix::event::poll(&mut polled, None))?;
        let mut ready =
            polled.iter().map(|polled| !polled.revents().is_empty()).collect::<Vec<_>>().into_iter();
        let control = ready.next().unwrap_or(false);
        let (dead, living) =
            std::mem::take(&mut self.children).into_iter().partition(|_| ready.next().unwrap_or(false));
        self.children = living;
        let departed =
            Vec::<Child>::into_iter(dead).map(|child| reap(child.pid)).collect::<io::Result<_>>()?;
        Ok(News { control, departed })
    }

    /// Kills and reaps all children.
    pub(crate) fn end(&mut self) {
        for child in &self.children {
            // It can be dead already, not gone.
            let _ = rustix::process::pidfd_send_signal(&child.pidfd, Signal::KILL);
        }
        for child in self.children.drain(..) {
            // What cannot be reaped here is reaped by init.
            let _ = reap(child.pid);
        }
    }
}

/// Waits for the end of a child.
fn reap(pid: Pid) -> io::Result<Departed> {
    let mut status = 0;
    // SAFETY: all of `rusage` are integers, for which zero is a value.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    loop {
        // SAFETY: both pointers are to live variables of the right type.
        let waited = unsafe { libc::wait4(pid.as_raw_nonzero().get(), &raw mut status, 0, &raw mut usage) };
        if waited == pid.as_raw_nonzero().get() {
            break;
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    let status = if libc::WIFSIGNALED(status) {
        ExitStatus::Signal(libc::WTERMSIG(status))
    } else {
        ExitStatus::Code(libc::WEXITSTATUS(status))
    };
    let cpu = duration(usage.ru_utime) + duration(usage.ru_stime);
    Ok(Departed { pid: number(pid), status, cpu, memory: usage::peak_memory(&usage) })
}

fn duration(time: libc::timeval) -> Duration {
    Duration::from_secs(u64::try_from(time.tv_sec).unwrap_or(0))
        + Duration::from_micros(u64::try_from(time.tv_usec).unwrap_or(0))
}

fn number(pid: Pid) -> u32 {
    pid.as_raw_nonzero().get().unsigned_abs()
}
