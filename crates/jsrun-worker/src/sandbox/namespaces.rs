//! Namespaces: an extra, where they can be had.
//!
//! Made once by the zygote, they cost its workers nothing; made by each worker they would cost half a millisecond.
//! A process namespace is not among them: its first process is its init, with whom all others die. Nor is a mount
//! namespace, which alone hides no file; Landlock and the filter do.

use rustix::io::Errno;
use rustix::thread::{CapabilitySet, UnshareFlags};

/// Whether this process may make namespaces without a user namespace to make them in.
pub(super) fn may_make() -> bool {
    rustix::thread::capabilities(None).is_ok_and(|sets| sets.effective.contains(CapabilitySet::SYS_ADMIN))
}

/// A network without interfaces, and an IPC and a host name namespace.
pub(super) fn make() -> Result<String, String> {
    unshare(UnshareFlags::empty()).map(|()| "network, IPC and host name of their own".to_owned())
}

/// The same, in a user namespace in which no user is mapped.
pub(super) fn make_with_user() -> Result<String, String> {
    unshare(UnshareFlags::NEWUSER).map(|()| "user, network, IPC and host name of their own".to_owned())
}

fn unshare(more: UnshareFlags) -> Result<(), String> {
    let flags = more | UnshareFlags::NEWNET | UnshareFlags::NEWIPC | UnshareFlags::NEWUTS;
    // SAFETY: none of these flags separates descriptors or the file system's state between threads, and the process has
    // one thread.
    unsafe { rustix::thread::unshare_unsafe(flags) }.map_err(|error| match error {
        Errno::PERM | Errno::ACCESS => format!("not permitted here: {error}"),
        Errno::NOSPC | Errno::USERS => format!("the machine allows no more of them: {error}"),
        error => error.to_string(),
    })
}
