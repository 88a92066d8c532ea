//! From a fork to a worker that is ready.

use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd, RawFd};

use jsrun::LocalRuntime;
use jsrun_proto::exit_code;
use rustix::process::{Pid, Signal};

use crate::connection::Connection;
use crate::ending::exit_now;
use crate::sandbox::Sandbox;
use crate::service;

/// What a child has from its zygote.
#[derive(Debug)]
pub(crate) struct Inheritance<'a> {
    pub(crate) runtime: &'a mut LocalRuntime,
    pub(crate) sandbox: &'a Sandbox,
    pub(crate) zygote: Pid,
}

/// What a child is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// To serve a run.
    Serve,
    /// To try what no worker may do, and to tell the zygote.
    SelfTest,
}

/// Makes a forked child a worker, in which nothing of the zygote's remains but its runtime. Never returns, so that
/// the child never gets into the zygote's loop and never closes what the zygote's values name.
pub(crate) fn be_born(inheritance: Inheritance<'_>, socket: OwnedFd, purpose: Purpose) -> ! {
    let Inheritance { runtime, sandbox, zygote } = inheritance;
    let connection = Connection::new(socket);
    let last_words = connection.clone();
    // Before anything can panic: a panic must not unwind into the zygote's loop.
    std::panic::set_hook(Box::new(move |panic| last_words.fail(&panic.to_string())));
    if let Err(error) = grow_up(runtime, &connection, zygote) {
        connection.fail(&format!("cannot become a worker: {error}"));
    }
    service::serve(runtime, &connection, sandbox, purpose)
}

/// Everything that happens between the fork and the worker's threads, in order. The sandbox is closed after those.
fn grow_up(runtime: &mut LocalRuntime, connection: &Connection, zygote: Pid) -> io::Result<()> {
    die_with(zygote)?;
    silence()?;
    close_all_but(connection.as_raw_fd())?;
    // Siblings share everything that was random in the zygote.
    runtime.after_fork();
    Ok(())
}

/// Has the kernel kill this process when the zygote dies.
fn die_with(zygote: Pid) -> io::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    // It may have died just before.
    if rustix::process::getppid() != Some(zygote) {
        exit_now(exit_code::DISCONNECTED);
    }
    Ok(())
}

/// Makes all standard descriptors `/dev/null`, which the zygote's standard input is. V8 writes its last words there
/// when it dies, and a program must not fill the server's log by making it die.
fn silence() -> io::Result<()> {
    rustix::stdio::dup2_stdout(rustix::stdio::stdin())?;
    rustix::stdio::dup2_stderr(rustix::stdio::stdin())?;
    Ok(())
}

/// Closes every descriptor but this one and the standard ones: the control socket, siblings' pidfds, the pool's end of
/// our own socket, and whatever the server may have leaked.
fn close_all_but(kept: RawFd) -> io::Result<()> {
    let kept = libc::c_uint::try_from(kept).map_err(|_| io::ErrorKind::InvalidInput)?;
    close_range(3, kept.saturating_sub(1))?;
    close_range(kept.saturating_add(1).max(3), libc::c_uint::MAX)
}

fn close_range(first: libc::c_uint, last: libc::c_uint) -> io::Result<()> {
    if first > last {
        return Ok(());
    }
    // SAFETY: the values that own these descriptors belong to the zygote's frames, which this process never returns
    // to: `be_born` does not return and drops none of them. The runtime holds no descriptor.
    let closed = unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) };
    if closed == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
