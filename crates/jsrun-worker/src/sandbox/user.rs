//! The user and its capabilities.

use rustix::fs::{Gid, Uid};
use rustix::io::Errno;
use rustix::thread::{CapabilitiesSecureBits, CapabilitySet, CapabilitySets};

/// `nobody` and `nogroup`: the ids that the kernel itself uses where it has none to show
/// (`/proc/sys/kernel/overflowuid`). They are not looked up: a container may have no `/etc/passwd`.
const NOBODY: u32 = 65534;

/// Makes root nobody; leaves any other user as it is. Says who it is then.
pub(super) fn change() -> Result<String, String> {
    let user = rustix::process::geteuid();
    if !user.is_root() && !rustix::process::getuid().is_root() {
        return Ok(format!("user {}", user.as_raw()));
    }
    become_nobody().or_else(|reason| match root_outside() {
        Some(outside) if outside != 0 => {
            Ok(format!("root of a user namespace, which is user {outside} outside"))
        }
        Some(_) | None => Err(reason),
    })
}

fn become_nobody() -> Result<String, String> {
    let capabilities = rustix::thread::capabilities(None).map_err(|error| error.to_string())?.effective;
    // Without KILL the server could not end a worker that belongs to another user.
    let missing = (CapabilitySet::SETUID | CapabilitySet::SETGID | CapabilitySet::KILL) - capabilities;
    if let Some((name, _)) = missing.iter_names().next() {
        return Err(format!("root lacks the capability {name}, without which it cannot become nobody"));
    }
    // This needs a capability that goes with the user.
    drop_bounding_set();
    let (user, group) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
    rustix::thread::set_thread_groups(&[])
        .and_then(|()| rustix::thread::set_thread_res_gid(group, group, group))
        .and_then(|()| rustix::thread::set_thread_res_uid(user, user, user))
        .map_err(|error| format!("root cannot become user {NOBODY}: {error}"))?;
    Ok(format!("root became user {NOBODY}"))
}

/// Who root of this user namespace is outside of it, where another user may be unknown inside.
fn root_outside() -> Option<u32> {
    // Lines of: the first id inside, the same outside, how many follow.
    let map = std::fs::read_to_string("/proc/self/uid_map").ok()?;
    let mut lines = map.lines().map(|line| line.split_whitespace());
    lines.find_map(|mut numbers| (numbers.next()? == "0").then(|| numbers.next()?.parse().ok())?)
}

/// Gives up all capabilities: those in effect and those that could come back.
pub(super) fn drop_capabilities() -> Result<(), Errno> {
    drop_bounding_set();
    // Not known to kernels before 4.3, which have no such set to clear.
    let _ = rustix::thread::clear_ambient_capability_set();
    let none = CapabilitySet::empty();
    rustix::thread::set_capabilities(
        None,
        CapabilitySets { effective: none, permitted: none, inheritable: none },
    )
}

/// Where permitted, sees to it that no capability can ever be gained again, not even by a program of root's.
/// `no_new_privs` says the same, so that it may fail.
fn drop_bounding_set() {
    // Up to the first that the kernel does not know.
    for number in 0..64 {
        if rustix::thread::remove_capability_from_bounding_set(CapabilitySet::from_bits_retain(1 << number))
            .is_err()
        {
            break;
        }
    }
    let root_is_nothing = CapabilitiesSecureBits::NO_ROOT
        | CapabilitiesSecureBits::NO_ROOT_LOCKED
        | CapabilitiesSecureBits::NO_CAP_AMBIENT_RAISE
        | CapabilitiesSecureBits::NO_CAP_AMBIENT_RAISE_LOCKED;
    let _ = rustix::thread::set_capabilities_secure_bits(root_is_nothing);
}
