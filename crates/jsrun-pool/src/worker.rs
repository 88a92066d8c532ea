//! A worker, as the pool holds it.

use std::io::ErrorKind;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use jsrun_proto::{Decoder, ExitStatus, FrameError, FromWorker};
use jsrun_types::ByteSize;
use tokio::net::UnixStream;
use tokio::sync::oneshot;

use crate::process::Process;

/// A worker. Dropping it kills the process.
#[derive(Debug)]
pub(crate) struct Worker {
    pub(crate) process: KilledOnDrop,
    /// The zygote it was forked from. A worker does not outlive its zygote.
    pub(crate) zygote: Arc<Process>,
    pub(crate) socket: UnixStream,
    pub(crate) decoder: Decoder<FromWorker>,
    /// How much of the process's memory is the program itself.
    pub(crate) program: ByteSize,
    /// Comes when the zygote has reaped the process; closes when the zygote died.
    pub(crate) exit: oneshot::Receiver<Exit>,
}

/// How a worker's process ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exit {
    pub(crate) status: ExitStatus,
    /// CPU time of all its threads.
    pub(crate) cpu: Duration,
    /// The most memory that it had.
    pub(crate) memory: ByteSize,
}

/// Why a worker cannot be trusted or is not there any more.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WorkerError {
    #[error("the worker's connection ended")]
    Disconnected,
    #[error("the worker's connection failed")]
    Connection(#[from] std::io::Error),
    #[error("the worker sent an undecodable frame")]
    Frame(#[from] FrameError),
    #[error("the worker sent something out of turn: {0}")]
    OutOfTurn(&'static str),
    #[error("the worker failed: {0:?}")]
    Failed(String),
}

/// How much is read from a worker's socket at once.
const READ_SIZE: usize = 16 << 10;

impl Worker {
    /// Whether the worker and the zygote that it depends on have not ended.
    pub(crate) fn is_alive(&self) -> bool {
        self.process.is_alive() && self.zygote.is_alive()
    }

    /// Waits until the worker says that it is ready, which is the first that it may say.
    pub(crate) async fn say_ready(&mut self) -> Result<(), WorkerError> {
        loop {
            match self.decoder.next_message()? {
                Some(FromWorker::Ready) if self.decoder.is_empty() => return Ok(()),
                Some(FromWorker::Failed(message)) => return Err(WorkerError::Failed(message)),
                Some(_) => return Err(WorkerError::OutOfTurn("something else than ready")),
                None => receive(&self.socket, &mut self.decoder).await?,
            }
        }
    }
}

/// Feeds the decoder with what has come, or waits for something. Cancel safe.
pub(crate) async fn receive(
    socket: &UnixStream,
    decoder: &mut Decoder<FromWorker>,
) -> Result<(), WorkerError> {
    loop {
        socket.readable().await?;
        let mut bytes = [0; READ_SIZE];
        match socket.try_read(&mut bytes) {
            Ok(0) => return Err(WorkerError::Disconnected),
            Ok(count) => {
                decoder.feed(&bytes[..count]);
                return Ok(());
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// A worker's process, which is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct KilledOnDrop(pub(crate) Arc<Process>);

impl Deref for KilledOnDrop {
    type Target = Arc<Process>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Drop for KilledOnDrop {
    fn drop(&mut self) {
        self.0.kill();
    }
}
