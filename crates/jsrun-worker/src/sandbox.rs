//! What a worker gives up before a program may run.

use std::io;

use rustix::process::{Resource, Rlimit};

/// Gives up what a worker does not need.
///
/// The place of the operating system's confinement: resource limits, file system, network and system calls. It runs
/// in the child after the fork, when every descriptor but the worker's socket is closed, and before the worker has a
/// second thread: what is given up here is given up by all threads. The environment is empty since the zygote's
/// start.
///
/// # Errors
/// When something cannot be given up. The worker then ends without a run.
pub(crate) fn enter() -> io::Result<()> {
    // No program of a later exec, if there could be one, gains what this process has not.
    rustix::thread::set_no_new_privs(true)?;
    // A crash writes nothing anywhere.
    rustix::process::setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    Ok(())
}
