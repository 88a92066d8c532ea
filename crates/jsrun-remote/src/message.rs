//! What host and worker say.

use jsrun::{
    Call, ConsoleEvent, ConversionError, ConversionErrorKind, ConversionLimits, HostError, JsString,
    LoadError, ModuleSource, RuntimeStats, TransferLimits, Value,
};
use jsrun_proto::FrameError;
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, HostFailure};

/// The deepest value that crosses, whatever the limits say: encoding and decoding recurse.
pub(crate) const DEEPEST: u32 = 1_000;

/// The host to the worker, after the settings.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum ToRuntime {
    /// Make a call.
    Call {
        id: u64,
        call: Call,
        form: Form,
        /// Whether to say `Began` when it begins and `Waits` when its promise is pending: others are in the air, so that
        /// the host cannot tell by itself.
        announce: bool,
    },
    /// Stop a call. It may be over.
    Cancel { id: u64 },
    /// Do something else, which is `Done`, too.
    Do { id: u64, what: Command },
    /// The first answer to an ask: its result, or that it will be settled later.
    Answer { ask: u64, answer: Answer },
    /// The result of an ask that was to be settled later.
    Settle { ask: u64, result: Settled },
    /// Nobody holds these handles any more.
    Release(Vec<u64>),
}

/// How a call is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Form {
    /// Not at all: a pending promise is an error.
    Now,
    /// A pending promise is told by `Waits`, and then waited for.
    NowOrLater,
    /// Until it is settled.
    Wait,
}

/// What else than a call.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Command {
    Bind { name: String, function: u64 },
    BindObject { name: String, members: Vec<(JsString, Member)> },
    AddStaticModule { name: String, source: String },
    SetResolver { resolver: u64 },
    SetLoader { loader: u64 },
    CreateStream { stream: u64 },
    Stats,
}

/// A property of a bound object.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Member {
    Value(Value),
    Function(u64),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    Now(Settled),
    Later,
}

/// What became of an ask.
pub(crate) type Settled = Result<Given, HostFailure>;

/// What the host gives.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Given {
    Value(Value),
    /// The next chunk of a stream; `None` at its end.
    Chunk(Option<Value>),
    Url(Option<String>),
    Source(ModuleSource),
}

/// The worker to the host.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum FromRuntime {
    /// An announced call begins.
    Began { id: u64 },
    /// A call's promise is pending.
    Waits { id: u64 },
    /// A call or a command is over.
    Done { id: u64, result: Result<Outcome, Failure> },
    /// The console was called.
    Console(Box<ConsoleEvent>),
    /// The program wants something of the host. JavaScript stands still until the first answer, but for streams.
    Ask { ask: u64, target: u64, what: Ask },
    /// What was to be settled later is not waited for any more. It may have been settled.
    GiveUp { ask: u64 },
    /// JavaScript wants no more of a stream of the host.
    CancelStream { stream: u64 },
    /// Nothing will be asked any more of this function or stream.
    Forget { target: u64 },
    /// JavaScript holds a host's error no more.
    ForgetError { error: u64 },
    /// The worker's own code failed. Nothing comes after it.
    Failed(String),
}

/// What a call or a command comes to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Outcome {
    Value(Value),
    Stats(Box<RuntimeStats>),
    Nothing,
}

/// What is asked of the host.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Ask {
    Call(Vec<Value>),
    Pull,
    Resolve { specifier: String, referrer: String },
    Load { url: String },
}

/// How large frames may be, and what in them. Both ends reckon it from the same settings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caps {
    pub(crate) frame: usize,
    pub(crate) transfer: TransferLimits,
}

/// For what is in a frame beside values: an exception with its stack, a console event.
const ROOM: usize = 1 << 20;

/// From a host there may be programs and modules, whatever the limits of values are.
const PROGRAM: usize = 128 << 20;

/// Longer frames have no length.
const LONGEST: usize = (u32::MAX >> 1) as usize;

/// Errors among values, with their causes and frames. A decoder takes `jsrun_proto::MAX_NODES` in all.
const ERRORS: u64 = 20_000;

impl Caps {
    /// Of frames from a worker. Only strings without characters count nothing by the limits of values and yet take place;
    /// a worker refuses to send more than this of them.
    pub(crate) fn of_worker(limits: &ConversionLimits) -> Self {
        let size = limits.size.as_usize();
        Self {
            frame: size.saturating_mul(3).saturating_add(ROOM).min(LONGEST),
            transfer: TransferLimits {
                // What is in the innermost container is a value, too.
                depth: limits.depth.min(DEEPEST) + 1,
                values: limits.size.as_u64() / 4 + (64 << 10),
                errors: ERRORS,
            },
        }
    }

    /// Of frames from the host.
    pub(crate) fn of_host(limits: &ConversionLimits) -> Self {
        let Self { frame, transfer } = Self::of_worker(limits);
        Self {
            frame: frame.max(PROGRAM),
            transfer: TransferLimits { values: u64::MAX, errors: u64::MAX, ..transfer },
        }
    }
}

/// Why a message fits into no frame, to who made it; `limit` is that of the size of values.
pub(crate) fn too_large(error: &FrameError, limit: u64) -> ConversionError {
    let kind = match error {
        FrameError::TooLarge { length, .. } => {
            ConversionErrorKind::Size { bytes: u64::try_from(*length).unwrap_or(u64::MAX), limit }
        }
        FrameError::Malformed(_) | FrameError::TrailingBytes { .. } => ConversionErrorKind::TooLong,
    };
    ConversionError { kind, path: String::new() }
}

/// A result of the wrong kind, which no end of ours gives.
pub(crate) fn mismatch() -> HostError {
    HostError::new("Error", "the host has answered something else than was asked")
}

pub(crate) fn to_load_error(error: HostError) -> LoadError {
    LoadError { name: error.class, message: error.message }
}
