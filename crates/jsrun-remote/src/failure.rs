//! Errors in frames.

use jsrun::{ByteSize, CloseReason, ConversionError, Error, Exception, LimitKind, Limits, LoadError, Thrown};
use serde::{Deserialize, Serialize};

/// What [`jsrun::Error`] is in a frame.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Failure {
    Start(String),
    Closed(CloseReason),
    Exception { exception: Box<Exception>, host_error: Option<HostFailure> },
    Limit { kind: LimitKind, limits: Limits },
    Cancelled,
    Pending,
    NeverSettles,
    Conversion(ConversionError),
    Busy,
    SourceTooLong { length: u64, limit: ByteSize },
    ReadOnlyGlobal { name: String },
}

/// An error of the host's, in a frame either way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HostFailure {
    pub(crate) class: String,
    pub(crate) message: String,
    /// What the host knows its payload by, if it has one.
    pub(crate) number: Option<u64>,
}

impl HostFailure {
    pub(crate) fn new(class: &str, message: impl Into<String>) -> Self {
        Self { class: class.to_owned(), message: message.into(), number: None }
    }
}

impl From<LoadError> for HostFailure {
    fn from(error: LoadError) -> Self {
        Self { class: error.name, message: error.message, number: None }
    }
}

/// The longest message and stack of an exception that is too large for a frame, in characters.
const SHORTENED: usize = 10_000;

/// The most frames of a stack that cross.
const MOST_FRAMES: usize = 2_000;

impl Failure {
    /// In the worker. `number` tells the number of a host error that has come back.
    pub(crate) fn from_error(error: Error, number: impl FnOnce(&jsrun::HostError) -> Option<u64>) -> Self {
        match error {
            Error::Start(reason) => Self::Start(reason),
            Error::Thread(error) => Self::Start(error.to_string()),
            Error::Closed(reason) => Self::Closed(reason),
            Error::Exception(thrown) => {
                let Thrown { mut exception, host_error } = *thrown;
                exception.frames.truncate(MOST_FRAMES);
                let host_error = host_error.map(|error| HostFailure {
                    number: number(&error),
                    class: error.class,
                    message: error.message,
                });
                Self::Exception { exception: Box::new(exception), host_error }
            }
            Error::Limit { kind, limits } => Self::Limit { kind, limits },
            Error::Cancelled => Self::Cancelled,
            Error::Pending => Self::Pending,
            Error::NeverSettles => Self::NeverSettles,
            Error::Conversion(error) => Self::Conversion(error),
            // Nobody waits on the runtime's own thread here.
            Error::Reentrant | Error::Busy => Self::Busy,
            Error::SourceTooLong { length, limit } => {
                Self::SourceTooLong { length: u64::try_from(length).unwrap_or(u64::MAX), limit }
            }
            Error::ReadOnlyGlobal { name } => Self::ReadOnlyGlobal { name },
        }
    }

    /// At the host. `host_error` gives a host error back its payload.
    pub(crate) fn into_error(self, host_error: impl FnOnce(HostFailure) -> jsrun::HostError) -> Error {
        match self {
            Self::Start(reason) => Error::Start(reason),
            Self::Closed(reason) => Error::Closed(reason),
            Self::Exception { exception, host_error: error } => Error::Exception(Box::new(Thrown {
                exception: *exception,
                host_error: error.map(host_error),
            })),
            Self::Limit { kind, limits } => Error::Limit { kind, limits },
            Self::Cancelled => Error::Cancelled,
            Self::Pending => Error::Pending,
            Self::NeverSettles => Error::NeverSettles,
            Self::Conversion(error) => Error::Conversion(error),
            Self::Busy => Error::Busy,
            Self::SourceTooLong { length, limit } => {
                Error::SourceTooLong { length: usize::try_from(length).unwrap_or(usize::MAX), limit }
            }
            Self::ReadOnlyGlobal { name } => Error::ReadOnlyGlobal { name },
        }
    }

    /// The same with less text, for when it is too large for a frame.
    pub(crate) fn shortened(self) -> Self {
        match self {
            Self::Exception { exception, host_error } => {
                let exception = Exception {
                    message: shorten(&exception.message),
                    stack: exception.stack.as_deref().map(shorten),
                    name: exception.name.as_deref().map(shorten),
                    position: None,
                    frames: Vec::new(),
                    cause: None,
                };
                let host_error = host_error.map(|error| HostFailure {
                    class: shorten(&error.class),
                    message: shorten(&error.message),
                    number: error.number,
                });
                Self::Exception { exception: Box::new(exception), host_error }
            }
            Self::Conversion(error) => {
                Self::Conversion(ConversionError { path: shorten(&error.path), kind: error.kind })
            }
            other => other,
        }
    }
}

fn shorten(text: &str) -> String {
    text.chars().take(SHORTENED).collect()
}
