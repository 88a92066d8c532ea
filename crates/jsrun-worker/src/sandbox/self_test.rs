//! The proof: a process that is confined as a worker is tries what no worker may do.

use std::ffi::CString;
use std::io;
use std::os::fd::OwnedFd;
use std::ptr;

use jsrun_proto::{Decoder, FromWorker};
use jsrun_types::{Attempt, AttemptReport, AttemptResult};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::{MemfdFlags, Mode, OFlags};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrV4, SocketType};
use rustix::pipe::PipeFlags;

use crate::ending::exit_now;

/// How long the self-test may be silent: it takes a millisecond, but longer on a machine that swaps.
const PATIENCE: Timespec = Timespec { tv_sec: 10, tv_nsec: 0 };

/// In the process that is to be tested, tries everything and tells each result at once: an attempt that succeeds can end
/// the process.
pub(crate) fn attempt_all(mut tell: impl FnMut(AttemptReport)) {
    for attempt in Attempt::ALL {
        let result = match make(attempt) {
            Ok(()) => AttemptResult::Succeeded,
            Err(error) => AttemptResult::Denied(error.raw_os_error().unwrap_or(0)),
        };
        tell(AttemptReport { attempt, result });
    }
}

/// In the zygote, takes what the self-test's process tells until it ends; the reason when it could not even begin.
pub(crate) fn examine(socket: &OwnedFd) -> Result<Vec<AttemptReport>, String> {
    let mut attempts = Vec::new();
    let mut decoder = Decoder::<FromWorker>::new();
    let mut bytes = [0; 4096];
    loop {
        match decoder.next_message().map_err(|error| error.to_string())? {
            Some(FromWorker::Tested(attempt)) => {
                attempts.push(attempt);
                continue;
            }
            Some(FromWorker::Failed(reason)) => return Err(reason),
            Some(_) => return Err("the self-test said something else than its results".to_owned()),
            None => {}
        }
        let mut polled = [PollFd::new(socket, PollFlags::IN)];
        let ready = rustix::io::retry_on_intr(|| rustix::event::poll(&mut polled, Some(&PATIENCE)));
        if ready.map_err(|error| error.to_string())? == 0 {
            return Err("the self-test did not end".to_owned());
        }
        match rustix::io::retry_on_intr(|| rustix::io::read(socket, &mut bytes)) {
            Ok(count) if count > 0 => decoder.feed(&bytes[..count]),
            Ok(_) | Err(Errno::CONNRESET) if attempts.is_empty() => {
                return Err("the self-test died before it could begin".to_owned());
            }
            Ok(_) | Err(Errno::CONNRESET) => return Ok(attempts),
            Err(error) => return Err(error.to_string()),
        }
    }
}

/// Makes an attempt, without harm where it succeeds.
fn make(attempt: Attempt) -> io::Result<()> {
    match attempt {
        // A file that everybody may read and write, and that is everywhere.
        Attempt::ReadFile => open("/dev/null", OFlags::RDONLY)?,
        Attempt::WriteFile => open("/dev/null", OFlags::WRONLY)?,
        Attempt::OpenMemory => open("/proc/self/mem", OFlags::RDWR)?,
        Attempt::ConnectTcp => connect_tcp()?,
        Attempt::ConnectUnix => drop(rustix::net::socket(AddressFamily::UNIX, SocketType::STREAM, None)?),
        Attempt::MakeMemoryFile => drop(rustix::fs::memfd_create("test", MemfdFlags::CLOEXEC)?),
        Attempt::MakePipe => drop(rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?),
        Attempt::ShareMemory => map_shared()?,
        Attempt::SignalParent => {
            let parent = rustix::process::getppid().ok_or(io::ErrorKind::NotFound)?;
            // Asks whether a signal could be sent, and sends none.
            rustix::process::test_kill_process(parent)?;
        }
        Attempt::TraceParent => trace_parent()?,
        Attempt::StartThread => drop(std::thread::Builder::new().spawn(|| {})?),
        Attempt::Fork => fork()?,
        Attempt::Execute => return Err(execute()),
    }
    Ok(())
}

fn open(path: &str, flags: OFlags) -> io::Result<()> {
    rustix::fs::open(path, flags | OFlags::CLOEXEC, Mode::empty())?;
    Ok(())
}

fn connect_tcp() -> io::Result<()> {
    let socket = rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None)?;
    // Nobody need listen there: a refusal comes from the other side.
    let discard = SocketAddrV4::new(std::net::Ipv4Addr::LOCALHOST, 9);
    match rustix::net::connect(&socket, &discard) {
        Ok(()) | Err(Errno::CONNREFUSED) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn map_shared() -> io::Result<()> {
    const SIZE: usize = 4096;
    let (protection, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED | libc::MAP_ANONYMOUS);
    // SAFETY: without an address to keep to, a new mapping replaces none.
    let mapped = unsafe { libc::mmap(ptr::null_mut(), SIZE, protection, flags, -1, 0) };
    if mapped == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: just mapped with this size, and nothing points there.
    unsafe { libc::munmap(mapped, SIZE) };
    Ok(())
}

/// Tries to have memory that can be executed, both ways: from the start and afterwards.
pub(super) fn make_no_code() -> Result<(), &'static str> {
    const SIZE: usize = 4096;
    let (data, code) = (libc::PROT_READ | libc::PROT_WRITE, libc::PROT_READ | libc::PROT_EXEC);
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: without an address to keep to, a new mapping replaces none.
    let mapped = unsafe { libc::mmap(ptr::null_mut(), SIZE, code, flags, -1, 0) };
    if mapped != libc::MAP_FAILED {
        return Err("executable memory can be mapped");
    }
    // SAFETY: as above.
    let mapped = unsafe { libc::mmap(ptr::null_mut(), SIZE, data, flags, -1, 0) };
    if mapped == libc::MAP_FAILED {
        return Err("no memory can be mapped");
    }
    // SAFETY: just mapped with this size, and nothing points there.
    if unsafe { libc::mprotect(mapped, SIZE, code) } == 0 {
        return Err("memory can be made executable");
    }
    Ok(())
}

fn trace_parent() -> io::Result<()> {
    // SAFETY: `getppid` has no preconditions; the trace request reads and writes no memory of ours. The parent is not
    // stopped, and is let go when this process ends.
    let seized = unsafe {
        libc::ptrace(libc::PTRACE_SEIZE, libc::getppid(), ptr::null_mut::<()>(), ptr::null_mut::<()>())
    };
    if seized == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

fn fork() -> io::Result<()> {
    // SAFETY: a child does nothing but end, which is allowed after a fork of a process with several threads.
    match unsafe { libc::fork() } {
        0 => exit_now(0),
        pid if pid > 0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Why no program can be executed. If one can, nobody returns.
fn execute() -> io::Error {
    let path = CString::from(c"/bin/true");
    let arguments = [path.as_ptr(), ptr::null()];
    // SAFETY: the path and both lists are terminated, and live until the call returns.
    unsafe { libc::execve(path.as_ptr(), arguments.as_ptr(), arguments[1..].as_ptr()) };
    io::Error::last_os_error()
}
