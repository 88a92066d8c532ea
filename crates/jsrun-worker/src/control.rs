//! The zygote's end of the control socket.

use std::fs::File;
use std::io::{self, Read as _};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use jsrun_proto::{Decoder, FromZygote, Message, ToZygote, encode};
use rustix::io::{Errno, IoSlice, IoSliceMut, fcntl_dupfd_cloexec};
use rustix::net::sockopt::socket_type;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, SocketType,
};

use crate::ZygoteError;

/// The zygote's end of the control socket: a frame per packet.
#[derive(Debug)]
pub(crate) struct Control {
    socket: OwnedFd,
}

impl Control {
    /// Takes the socket from the standard input, in whose place `replacement` is put.
    pub(crate) fn take_stdin(replacement: &OwnedFd) -> Result<Self, ZygoteError> {
        let stdin = rustix::stdio::stdin();
        if socket_type(stdin) != Ok(SocketType::SEQPACKET) {
            return Err(ZygoteError::NoControlSocket);
        }
        // Above the standard descriptors, which stay taken for the life of the process.
        let socket = fcntl_dupfd_cloexec(stdin, 3).map_err(ZygoteError::system("copy the control socket"))?;
        rustix::stdio::dup2_stdin(replacement).map_err(ZygoteError::system("replace the standard input"))?;
        Ok(Self { socket })
    }

    /// Sends a message, with descriptors where it has some.
    pub(crate) fn send(
        &self,
        message: &FromZygote,
        descriptors: &[BorrowedFd<'_>],
    ) -> Result<(), ZygoteError> {
        let frame = encode(message)?;
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        if !descriptors.is_empty() && !ancillary.push(SendAncillaryMessage::ScmRights(descriptors)) {
            let source = io::Error::from(io::ErrorKind::InvalidInput);
            return Err(ZygoteError::System { action: "send so many descriptors", source });
        }
        let parts = [IoSlice::new(&frame)];
        let sent = rustix::io::retry_on_intr(|| {
            rustix::net::sendmsg(&self.socket, &parts, &mut ancillary, SendFlags::NOSIGNAL)
        });
        match sent {
            Ok(_) => Ok(()),
            Err(Errno::PIPE | Errno::CONNRESET) => Err(ZygoteError::PoolGone),
            Err(error) => Err(ZygoteError::system("send to the pool")(error)),
        }
    }

    /// The snapshot to start from, which a zygote that expects one gets before everything else.
    pub(crate) fn receive_snapshot(&self) -> Result<Vec<u8>, ZygoteError> {
        let (bytes, descriptor) =
            receive_descriptor(&self.socket).map_err(ZygoteError::system("receive a snapshot"))?;
        let mut decoder = Decoder::new();
        decoder.feed(&bytes);
        let (Some(ToZygote::Snapshot), Some(descriptor)) = (decoder.next_message()?, descriptor) else {
            return Err(if bytes.is_empty() { ZygoteError::PoolGone } else { ZygoteError::CutPacket });
        };
        let mut snapshot = Vec::new();
        let read = File::from(descriptor).read_to_end(&mut snapshot);
        read.map_err(ZygoteError::system("read a snapshot"))?;
        Ok(snapshot)
    }

    /// The next message.
    pub(crate) fn receive(&self) -> Result<ToZygote, ZygoteError> {
        let mut bytes = [0; size_of::<u32>() + ToZygote::MAX_FRAME];
        let received = rustix::io::retry_on_intr(|| {
            // The second number is the packet's whole length.
            rustix::net::recv(&self.socket, &mut bytes, RecvFlags::empty()).map(|(count, _)| count)
        });
        let count = match received {
            Ok(0) | Err(Errno::CONNRESET) => return Err(ZygoteError::PoolGone),
            Ok(count) => count,
            Err(error) => return Err(ZygoteError::system("receive from the pool")(error)),
        };
        let mut decoder = Decoder::new();
        decoder.feed(&bytes[..count]);
        decoder.next_message()?.ok_or(ZygoteError::CutPacket)
    }
}

/// A message, and the descriptor that came with it.
fn receive_descriptor(socket: &OwnedFd) -> Result<(Vec<u8>, Option<OwnedFd>), Errno> {
    let mut bytes = [0; size_of::<u32>() + ToZygote::MAX_FRAME];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let received = rustix::io::retry_on_intr(|| {
        let parts = &mut [IoSliceMut::new(&mut bytes)];
        rustix::net::recvmsg(socket, parts, &mut ancillary, RecvFlags::CMSG_CLOEXEC)
    })?;
    let mut descriptors = ancillary.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(descriptors) => Some(descriptors),
        _ => None,
    });
    let descriptor = descriptors.next().and_then(|mut descriptors| descriptors.next());
    Ok((bytes[..received.bytes].to_vec(), descriptor))
}

impl AsFd for Control {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
