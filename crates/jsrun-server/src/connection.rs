//! A client's connection, with what TCP alone does not bound.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, Sleep, sleep};

/// How long, for how long without a byte, and for how many bytes, a connection that the server closes is still read.
const LINGER_TIME: Duration = Duration::from_secs(10);
const LINGER_SILENCE: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 64 << 20;

/// A client's connection.
///
/// A client that takes no byte for too long is cut off: its run would hold a worker for as long as it likes.
///
/// A connection that the server closes is read to its end first, as nginx's `lingering_close` does. The kernel answers
/// bytes that nobody reads with a reset, at which the client forgets what it was told: a program of 10 MB would be
/// refused with a broken pipe and not with a reason.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    write_wait: Duration,
    /// Runs while the client takes nothing.
    stalled: Option<Pin<Box<Sleep>>>,
    linger: Option<Linger>,
    _place: OwnedSemaphorePermit,
}

#[derive(Debug)]
struct Linger {
    end: Pin<Box<Sleep>>,
    silence: Pin<Box<Sleep>>,
    bytes_left: usize,
}

impl Linger {
    fn new() -> Self {
        let (end, silence) = (Box::pin(sleep(LINGER_TIME)), Box::pin(sleep(LINGER_SILENCE)));
        Self { end, silence, bytes_left: LINGER_BYTES }
    }

    fn poll_over(&mut self, context: &mut Context<'_>) -> bool {
        self.end.as_mut().poll(context).is_ready() || self.silence.as_mut().poll(context).is_ready()
    }
}

impl Connection {
    pub(crate) fn new(stream: TcpStream, write_wait: Duration, place: OwnedSemaphorePermit) -> Self {
        Self { stream, write_wait, stalled: None, linger: None, _place: place }
    }

    /// Lets a write that waits for the client wait only so long.
    fn bound<T>(&mut self, write: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if write.is_ready() {
            self.stalled = None;
            return write;
        }
        let wait = self.write_wait;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(wait)));
        ready!(stalled.as_mut().poll(context));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes nothing")))
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let write = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.bound(write, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let write = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.bound(write, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flush = Pin::new(&mut self.stream).poll_flush(context);
        self.bound(flush, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { stream, linger, .. } = &mut *self;
        if linger.is_none() {
            ready!(Pin::new(&mut *stream).poll_shutdown(context))?;
        }
        let linger = linger.get_or_insert_with(Linger::new);
        let mut scratch = [0; 8 << 10];
        loop {
            if linger.poll_over(context) {
                return Poll::Ready(Ok(()));
            }
            let mut buffer = ReadBuf::new(&mut scratch);
            // A broken connection is as good as a closed one here.
            let read = ready!(Pin::new(&mut *stream).poll_read(context, &mut buffer));
            let count = buffer.filled().len();
            if read.is_err() || count == 0 || count > linger.bytes_left {
                return Poll::Ready(Ok(()));
            }
            linger.bytes_left -= count;
            linger.silence.as_mut().reset(Instant::now() + LINGER_SILENCE);
        }
    }
}
