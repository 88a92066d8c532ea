//! What is said.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use jsrun_types::{
    AttemptReport, ByteSize, ConversionLimits, Event, Limits, Outcome, RunRequest, SandboxReport,
};

/// Something that is sent in a frame.
pub trait Message: Serialize + DeserializeOwned {
    /// The most bytes that a frame of it has after its length.
    const MAX_FRAME: usize;
}

/// The pool to a worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToWorker {
    /// Run this. Said once.
    Run(RunRequest),
    /// Stop the program.
    Cancel,
    /// Instead of a run: serve calls for as long as the pool's end is open. What both say from here on is in
    /// `jsrun-remote`.
    Open(SessionSettings),
}

/// How the runtime of a session is to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionSettings {
    /// What each call may use unless it says otherwise. Memory is the runtime's for its whole life.
    pub limits: Limits,
    /// A limit of their own for array buffers, which otherwise count towards that of memory.
    pub buffers: Option<ByteSize>,
    /// How deep and how large values may be that cross. Frames may be large enough for them.
    pub conversion: ConversionLimits,
    /// Whether console events are sent.
    pub console: bool,
    /// The host's functions that are globals from the start, by name, and their numbers.
    pub functions: Vec<(String, u64)>,
}

/// A worker to the pool: `Ready`, then zero or more events, then exactly one outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FromWorker {
    /// The worker is confined and waits for its run.
    Ready,
    /// Something happened in the run.
    Event(Event),
    /// The run's end. Nothing comes after it.
    Outcome(Outcome),
    /// The worker's own code failed, for this reason. Nothing comes after it.
    Failed(String),
    /// What became of one attempt of the self-test, whose process says nothing else, and only to the zygote.
    Tested(AttemptReport),
}

/// The pool to the zygote. The end of the stream means: end all workers, then yourself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToZygote {
    /// Before everything else, to a zygote that was told to expect it: the snapshot to start from, in the descriptor that
    /// comes with the packet.
    Snapshot,
    /// Fork a worker. Answered, in order, by `Spawned` or `SpawnFailed`.
    Spawn,
}

/// The zygote to the pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FromZygote {
    /// The runtime is made; workers can be forked.
    Hello {
        /// What confines the workers; `None` when the pool wanted nothing to.
        sandbox: Option<SandboxReport>,
        /// How much of each worker's memory is the program itself, which all of them share although no file backs it.
        program: ByteSize,
    },
    /// A worker is forked. Two descriptors come with the packet: the pool's end of the worker's socket, then the
    /// worker's pidfd.
    Spawned {
        /// The worker's process id.
        pid: u32,
    },
    /// No worker could be forked.
    SpawnFailed {
        /// Why, as `errno` has it.
        errno: i32,
    },
    /// A worker is gone and reaped: from now on its process id may name another process.
    Exited {
        /// The worker's process id.
        pid: u32,
        /// How it ended.
        status: ExitStatus,
        /// CPU time of all its threads.
        cpu: Duration,
        /// The most memory that it had.
        memory: ByteSize,
    },
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExitStatus {
    /// By itself, with a code: see [`crate::exit_code`].
    Code(i32),
    /// By a signal.
    Signal(i32),
}

impl Message for ToWorker {
    /// 64 MiB: what comes from the pool is not hostile, and a program larger than this is nobody's. The server's own
    /// limit on code is far lower.
    const MAX_FRAME: usize = 64 << 20;
}

impl Message for FromWorker {
    /// 4 MiB: a frame of output twice over (as text and as arguments) under the default limit of 1 MiB, and room for
    /// escapes. A worker whose event does not fit ends its run as having too much output.
    const MAX_FRAME: usize = 4 << 20;
}

impl Message for ToZygote {
    const MAX_FRAME: usize = 64;
}

impl Message for FromZygote {
    /// 8 KiB: a line of text for each layer of the sandbox.
    const MAX_FRAME: usize = 8 << 10;
}
