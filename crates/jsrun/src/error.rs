//! What can go wrong with a runtime and with calls into it.

use std::fmt;

use jsrun_types::{ConversionError, Exception, LimitKind, Limits};
use serde::{Deserialize, Serialize};

use crate::HostError;

/// What can go wrong with a runtime and with calls into it. Each says what survives.
///
/// ```
/// use jsrun::{Error, Runtime};
///
/// let runtime = Runtime::new()?;
/// match runtime.eval("JSON.parse('{')") {
///     Err(Error::Exception(thrown)) => assert_eq!(thrown.exception.name.as_deref(), Some("SyntaxError")),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), jsrun::Error>(())
/// ```
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The runtime could not be made; nothing is left behind.
    #[error("cannot start a runtime: {0}")]
    Start(String),
    /// A thread for the runtime or its watchdog could not be started; nothing is left behind.
    #[error("cannot start a thread")]
    Thread(#[source] std::io::Error),
    /// The runtime is closed. Make another.
    #[error("{0}")]
    Closed(CloseReason),
    /// JavaScript threw, a promise was rejected, or the source is no JavaScript. The runtime lives on.
    #[error("{0}")]
    Exception(Box<Thrown>),
    /// A limit was exceeded and the call was stopped. The runtime lives on, unless the limit is memory: then it is
    /// closed.
    #[error("{}", limits.exceeded(*kind))]
    Limit {
        /// Which limit.
        kind: LimitKind,
        /// The limits of the call.
        limits: Limits,
    },
    /// The call was cancelled by its caller. The runtime lives on.
    #[error("the call was cancelled")]
    Cancelled,
    /// The value is a promise that a call which does not wait cannot settle: `eval` instead of `eval_async`. The runtime
    /// lives on, and so does the promise.
    #[error("the result is a promise that is still pending: only the async form of the call waits for it")]
    Pending,
    /// Nothing is left in the event loop that could settle the promise. The runtime lives on.
    #[error("the promise is still pending and nothing is left that could settle it")]
    NeverSettles,
    /// The value cannot cross between JavaScript and the host. The runtime lives on.
    #[error("{0}")]
    Conversion(#[from] ConversionError),
    /// The call would wait for itself: a host function may not wait for the runtime that calls it. Use the async form,
    /// or call from another thread after the function has returned. The runtime lives on.
    #[error(
        "a host function cannot wait for its own runtime: make it async, or make the call after it has returned"
    )]
    Reentrant,
    /// Too many commands wait for the runtime. Nothing was begun; try again when some have ended.
    #[error("too many calls are waiting for the runtime")]
    Busy,
    /// The program is longer than the runtime's limit. Nothing ran; the runtime lives on.
    #[error("the source has {length} bytes, and the limit is {limit}")]
    SourceTooLong {
        /// Bytes of UTF-8.
        length: usize,
        /// [`RuntimeBuilder::largest_source`](crate::RuntimeBuilder::largest_source).
        limit: jsrun_types::ByteSize,
    },
    /// The program has made a global of this name that cannot be replaced. The runtime lives on.
    #[error("the program has made the global {name:?} read-only")]
    ReadOnlyGlobal {
        /// The global's name.
        name: String,
    },
}

/// Why a runtime is closed.
///
/// ```
/// use jsrun::{CloseReason, Error, Runtime};
///
/// let runtime = Runtime::new()?;
/// runtime.close();
/// assert!(matches!(runtime.eval("1"), Err(Error::Closed(CloseReason::Closed))));
/// # Ok::<(), jsrun::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CloseReason {
    /// It was closed, or dropped.
    Closed,
    /// It was terminated.
    Terminated,
    /// It exceeded its memory limit.
    Memory,
    /// It could not be cleaned after a run that was stopped, or its thread ended.
    Unclean,
    /// The process that it was in has died, or was killed because it did not behave as the engine does. Only of runtimes
    /// in processes of their own.
    Crashed,
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "the runtime is closed",
            Self::Terminated => "the runtime is closed: it was terminated by host request",
            Self::Memory => "the runtime is closed: it exceeded its memory limit",
            Self::Unclean => "the runtime is closed: it could not be cleaned after a run that was stopped",
            Self::Crashed => "the runtime is closed: its process has died",
        })
    }
}

/// What JavaScript threw.
///
/// ```
/// use jsrun::{Error, Runtime};
///
/// let runtime = Runtime::new()?;
/// let Err(Error::Exception(thrown)) = runtime.eval("throw new RangeError('no')") else { panic!("it throws") };
/// assert_eq!(thrown.to_string(), "RangeError: no (<eval>:1:1)");
/// assert!(thrown.host_error.is_none());
/// # Ok::<(), jsrun::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Thrown {
    /// The thrown value, taken apart.
    pub exception: Exception,
    /// The error of a host function that the value stands for, if it is one that JavaScript did not catch or threw again.
    pub host_error: Option<HostError>,
}

impl fmt::Display for Thrown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.exception.headline())?;
        match &self.exception.position {
            Some(position) => write!(f, " ({position})"),
            None => Ok(()),
        }
    }
}

impl From<Exception> for Error {
    fn from(exception: Exception) -> Self {
        Self::Exception(Box::new(Thrown { exception, host_error: None }))
    }
}
