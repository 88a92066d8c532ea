//! Who is told what becomes of a call.

use jsrun::{Error, Later, Value};

use crate::message::Outcome;

/// Who gets the answer.
pub(super) enum Finish {
    /// A call that is waited for.
    Value(Box<dyn FnOnce(Result<Value, Error>) + Send>),
    /// A call that is not; `later` gets what comes after a pending promise.
    First { first: First, later: Option<Later> },
    /// A command.
    Outcome(Box<dyn FnOnce(Result<Outcome, Error>) + Send>),
}

/// Who gets what a call came to at first.
pub(super) type First = Box<dyn FnOnce(Result<Option<Value>, Error>) + Send>;

impl Finish {
    pub(super) fn succeed(self, value: Value) {
        match self {
            Self::Value(finish) => finish(Ok(value)),
            Self::First { first, .. } => first(Ok(Some(value))),
            Self::Outcome(finish) => finish(Ok(Outcome::Value(value))),
        }
    }

    pub(super) fn fail(self, error: Error) {
        match self {
            Self::Value(finish) => finish(Err(error)),
            Self::First { first, .. } => first(Err(error)),
            Self::Outcome(finish) => finish(Err(error)),
        }
    }
}
