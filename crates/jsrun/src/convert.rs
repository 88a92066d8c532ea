//! Values on their way between JavaScript and the host, both ways under limits of depth and size.
//!
//! Neither way recurses: a value may be as deep as [`ConversionLimits::DEEPEST`](jsrun_types::ConversionLimits::DEEPEST)
//! on any stack.

mod from_javascript;
mod path;
mod to_javascript;

pub(crate) use from_javascript::from_javascript;
pub(crate) use to_javascript::{new_error, new_string, to_javascript};

use std::fmt;

use jsrun_types::{ByteSize, ConversionError, ConversionErrorKind};

/// What a value is to whoever made the call, for the path in errors.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Root {
    /// The value of a program, or what a JavaScript function returned.
    Value,
    /// An argument.
    Argument(usize),
    /// What a host function returned.
    Result,
    /// What a function is called on.
    Receiver,
}

impl fmt::Display for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value => f.write_str("value"),
            Self::Argument(index) => write!(f, "args[{index}]"),
            Self::Result => f.write_str("result"),
            Self::Receiver => f.write_str("receiver"),
        }
    }
}

/// Why a value did not cross.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It cannot.
    Conversion(ConversionError),
    /// A getter or a proxy's trap threw, or the call is being stopped: the caller's `TryCatch` knows.
    Threw,
}

/// What a value may still take.
#[derive(Debug)]
struct SizeBudget {
    used: u64,
    limit: u64,
}

/// What values without a length of their own count, in bytes.
const WORD: u64 = 8;

impl SizeBudget {
    fn new(limit: ByteSize) -> Self {
        Self { used: 0, limit: limit.as_u64() }
    }

    /// Takes so many bytes of the budget.
    fn spend(&mut self, bytes: u64) -> Result<(), ConversionErrorKind> {
        self.used = self.used.saturating_add(bytes);
        if self.used > self.limit {
            return Err(ConversionErrorKind::Size { bytes: self.used, limit: self.limit });
        }
        Ok(())
    }

    /// Refuses what is sure to be too large, before any of it is read.
    fn foresee(&self, bytes: u64) -> Result<(), ConversionErrorKind> {
        let total = self.used.saturating_add(bytes);
        if total > self.limit {
            return Err(ConversionErrorKind::Size { bytes: total, limit: self.limit });
        }
        Ok(())
    }
}
