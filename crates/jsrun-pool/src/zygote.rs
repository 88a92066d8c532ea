//! The zygote's process and the control socket to it.

use std::fs::File;
use std::io::{self, Seek as _, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, OwnedFd};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jsrun_proto::{Decoder, FromZygote, Message, ToZygote, encode};
use jsrun_types::{ByteSize, SandboxMode, SandboxReport};
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::io::{IoSlice, IoSliceMut};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, Shutdown, SocketFlags, SocketType,
};
use rustix::process::{Pid, PidfdFlags};
use tokio::io::unix::AsyncFd;
use tokio::process::{Child, Command};

use crate::process::Process;
use crate::{PoolConfig, SandboxError, WorkerGlobals};

/// How long a zygote may take until its runtime is made: some 10 ms, but minutes on a machine that swaps.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a zygote may take to end its workers and itself.
const END_TIMEOUT: Duration = Duration::from_secs(2);

/// A zygote that is up. Dropping it kills it, and with it its workers.
#[derive(Debug)]
pub(crate) struct Zygote {
    pub(crate) process: Arc<Process>,
    pub(crate) born: Instant,
    /// What confines its workers; `None` when nothing is to.
    pub(crate) sandbox: Option<Arc<SandboxReport>>,
    /// How much of each worker's memory is the program itself.
    pub(crate) program: ByteSize,
    child: Child,
    control: AsyncFd<OwnedFd>,
}

/// What the zygote said, and the descriptors that came with it and found room.
#[derive(Debug)]
pub(crate) struct Packet {
    pub(crate) message: FromZygote,
    pub(crate) descriptors: Vec<OwnedFd>,
}

impl Zygote {
    /// Starts the zygote with no environment but the configured and waits until its runtime is made.
    ///
    /// # Errors
    /// One with a [`SandboxError`] inside when the sandbox is required and not whole.
    pub(crate) async fn start(config: &PoolConfig) -> io::Result<Self> {
        // A packet socket keeps the descriptors of a message with that message. Its end passes to the zygote as the
        // standard input; ours is closed on exec, so that our death is the end of its stream.
        let (control, theirs) =
            rustix::net::socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
        let child = Command::new(&config.zygote_program)
            .args(&config.zygote_arguments)
            .args(["zygote", config.sandbox.name()])
            .args(config.jitless.then_some("jitless"))
            .args((config.globals == WorkerGlobals::Minimal).then_some("minimal"))
            .args(config.snapshot.as_ref().map(|_| "snapshot"))
            .args(config.large_pages.then_some("large-pages"))
            .args(config.tied.then_some("tied"))
            .env_clear()
            .envs(config.zygote_environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::from(theirs))
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        if let Some(snapshot) = &config.snapshot {
            send_snapshot(&control, snapshot)?;
        }
        let mut zygote = Self::of(child, control)?;
        match tokio::time::timeout(START_TIMEOUT, zygote.receive()).await {
            Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "the zygote did not become ready")),
            Ok(Err(error)) => Err(error),
            Ok(Ok(Some(Packet { message: FromZygote::Hello { sandbox, program }, .. }))) => {
                check(config.sandbox, sandbox.as_ref())?;
                zygote.sandbox = sandbox.map(Arc::new);
                zygote.program = program;
                Ok(zygote)
            }
            Ok(Ok(Some(_))) => Err(invalid("the zygote did not say hello first")),
            Ok(Ok(None)) => {
                let status = zygote.child.wait().await?;
                Err(io::Error::other(format!("the zygote ended before it was ready: {status}")))
            }
        }
    }

    /// A zygote that has said nothing yet.
    pub(crate) fn of(child: Child, control: OwnedFd) -> io::Result<Self> {
        let pid = child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
        let pid = pid.ok_or(io::ErrorKind::NotFound)?;
        // Nobody else reaps our child, so the id still names it.
        let pidfd = rustix::process::pidfd_open(pid, PidfdFlags::empty())?;
        #[expect(
            deprecated,
            reason = "deprecated for types that do not keep their descriptor open; this one does"
        )]
        let control = AsyncFd::new(control)?;
        Ok(Self {
            process: Arc::new(Process::new(pid.as_raw_nonzero().get().unsigned_abs(), pidfd)),
            born: Instant::now(),
            sandbox: None,
            program: ByteSize::default(),
            child,
            control,
        })
    }

    /// Sends a message. Cancel safe: one that was cancelled has sent nothing.
    pub(crate) async fn send(&self, message: ToZygote) -> io::Result<()> {
        let frame = encode(&message).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        loop {
            let mut guard = self.control.writable().await?;
            let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
            let sent = guard.try_io(|control| Ok(rustix::net::send(control, &frame, flags)?));
            if let Ok(sent) = sent {
                // A packet goes as a whole or not at all.
                return sent.map(drop);
            }
        }
    }

    /// The next message; `None` once the zygote has closed the socket, which it does by ending. Cancel safe.
    pub(crate) async fn receive(&self) -> io::Result<Option<Packet>> {
        loop {
            let mut guard = self.control.readable().await?;
            if let Ok(received) = guard.try_io(|control| receive_packet(control.get_ref())) {
                return match received {
                    // What a process that was killed in the middle leaves behind.
                    Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(None),
                    received => received,
                };
            }
        }
    }

    /// Asks the zygote to end, which ends its workers first, and waits for it; kills it when that takes too long.
    pub(crate) async fn end(self) {
        let Self { process, control, mut child, .. } = self;
        // Not by closing it only: a process that was forked from this one has a copy.
        let shut = rustix::net::shutdown(control.get_ref(), Shutdown::Both);
        drop(control);
        if let Err(error) = shut {
            tracing::debug!(%error, "the zygote has ended before");
        }
        if tokio::time::timeout(END_TIMEOUT, child.wait()).await.is_err() {
            tracing::warn!(pid = process.pid(), "the zygote did not end by itself");
            process.kill();
            if let Err(error) = child.wait().await {
                tracing::warn!(pid = process.pid(), %error, "cannot wait for the zygote");
            }
        }
    }
}

/// Sends a snapshot, as a file in memory: it is larger than a packet.
fn send_snapshot(control: &OwnedFd, snapshot: &[u8]) -> io::Result<()> {
    let mut file = File::from(memfd_create("jsrun-snapshot", MemfdFlags::CLOEXEC)?);
    file.write_all(snapshot)?;
    file.rewind()?;
    let frame =
        encode(&ToZygote::Snapshot).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    let descriptors = [file.as_fd()];
    if !ancillary.push(SendAncillaryMessage::ScmRights(&descriptors)) {
        return Err(invalid("a packet has no place for a descriptor"));
    }
    rustix::net::sendmsg(control, &[IoSlice::new(&frame)], &mut ancillary, SendFlags::NOSIGNAL)?;
    Ok(())
}

/// Refuses a zygote whose workers would not be confined as is required.
fn check(mode: SandboxMode, report: Option<&SandboxReport>) -> io::Result<()> {
    match (mode, report) {
        (SandboxMode::Require, Some(report)) => {
            let shortcomings = report.shortcomings();
            if shortcomings.is_empty() {
                Ok(())
            } else {
                Err(io::Error::other(SandboxError { shortcomings }))
            }
        }
        (SandboxMode::Auto, Some(_)) | (SandboxMode::Off, None) => Ok(()),
        (SandboxMode::Require | SandboxMode::Auto, None) | (SandboxMode::Off, Some(_)) => {
            Err(invalid("the zygote did not do as it was told about the sandbox"))
        }
    }
}

fn receive_packet(control: &OwnedFd) -> io::Result<Option<Packet>> {
    let mut bytes = [0; size_of::<u32>() + FromZygote::MAX_FRAME];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let received = rustix::net::recvmsg(
        control,
        &mut [IoSliceMut::new(&mut bytes)],
        &mut ancillary,
        RecvFlags::CMSG_CLOEXEC | RecvFlags::DONTWAIT,
    )?;
    // Taken before anything can fail: what is taken is closed.
    let descriptors = ancillary
        .drain()
        .filter_map(|message| match message {
            RecvAncillaryMessage::ScmRights(descriptors) => Some(descriptors),
            _ => None,
        })
        .flatten()
        .collect();
    if received.bytes == 0 {
        return Ok(None);
    }
    // Descriptors are cut off (`CTRUNC`) when this process may open no more. Whoever needs them misses them.
    if received.flags.contains(ReturnFlags::TRUNC) {
        return Err(invalid("a packet of the zygote is cut"));
    }
    let mut decoder = Decoder::new();
    decoder.feed(&bytes[..received.bytes]);
    match decoder.next_message() {
        Ok(Some(message)) if decoder.is_empty() => Ok(Some(Packet { message, descriptors })),
        Ok(_) => Err(invalid("a packet of the zygote is not one frame")),
        Err(error) => Err(io::Error::new(io::ErrorKind::InvalidData, error)),
    }
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_sandbox_satisfies_who_requires_it() {
        let nothing = SandboxReport { layers: Vec::new(), attempts: Vec::new() };
        let error = check(SandboxMode::Require, Some(&nothing)).expect_err("nothing holds");
        let error = error.downcast::<SandboxError>().expect("the reason");
        assert_eq!(error.shortcomings, nothing.shortcomings());
        assert!(check(SandboxMode::Auto, Some(&nothing)).is_ok());
        assert!(check(SandboxMode::Off, None).is_ok());
        for (mode, report) in
            [(SandboxMode::Require, None), (SandboxMode::Auto, None), (SandboxMode::Off, Some(&nothing))]
        {
            assert!(check(mode, report).is_err(), "{mode}");
        }
    }
}
