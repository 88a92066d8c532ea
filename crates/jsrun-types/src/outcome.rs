//! How a run ended.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{ByteSize, Exception, LimitKind, Limits, Preview};

/// The end of a run. Every run has exactly one, whatever dies.
///
/// ```
/// use jsrun_types::{Outcome, Status, Usage};
///
/// let outcome = Outcome { status: Status::Cancelled, usage: Usage::default() };
/// assert_eq!(outcome.status.as_str(), "cancelled");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// How it ended.
    pub status: Status,
    /// What it used.
    pub usage: Usage,
}

/// How a run ended.
///
/// ```
/// use jsrun_types::{LimitKind, Limits, Status};
///
/// let status = Status::Limit(LimitKind::Memory);
/// assert_eq!(status.as_str(), "memory");
/// assert_eq!(status.error_text(&Limits::default()).as_deref(), Some("memory limit exceeded (128 MiB)"));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Status {
    /// The program ended; its completion value, awaited if it was a promise.
    Ok(Preview),
    /// The program threw, or a promise was rejected and nobody handled it.
    Error(Exception),
    /// A limit was exceeded and the program was stopped.
    Limit(LimitKind),
    /// Whoever asked for the run stopped it.
    Cancelled,
    /// The engine died. The worker is gone, the service is not.
    Crashed,
}

impl Status {
    /// The name that clients see: `ok`, `error`, `wall_time`, `cpu_time`, `memory`, `output`, `cancelled`, `crashed`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Ok(_) => "ok",
            Self::Error(_) => "error",
            Self::Limit(LimitKind::Wall) => "wall_time",
            Self::Limit(LimitKind::Cpu) => "cpu_time",
            Self::Limit(LimitKind::Memory) => "memory",
            Self::Limit(LimitKind::Output) => "output",
            Self::Cancelled => "cancelled",
            Self::Crashed => "crashed",
        }
    }

    /// What went wrong, as one line for people with the position where there is one; `None` when nothing did.
    pub fn error_text(&self, limits: &Limits) -> Option<String> {
        match self {
            Self::Ok(_) => None,
            Self::Error(exception) => Some(match &exception.position {
                Some(position) => format!("{} ({position})", exception.headline()),
                None => exception.headline(),
            }),
            Self::Limit(kind) => Some(limits.exceeded(*kind)),
            Self::Cancelled => Some("the run was cancelled".to_owned()),
            Self::Crashed => Some("the engine crashed; the run's worker is gone".to_owned()),
        }
    }
}

/// What a run used.
///
/// ```
/// use jsrun_types::{ByteSize, Usage};
///
/// let usage = Usage { peak_heap: ByteSize::mib(3), ..Usage::default() };
/// assert_eq!(usage.peak_heap.to_string(), "3 MiB");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// From the run's start to its outcome.
    pub wall: Duration,
    /// CPU time of the program's thread.
    pub cpu: Duration,
    /// The largest V8 heap seen, with array buffers, in bytes. Zero when the engine died before it could tell.
    pub peak_heap: ByteSize,
    /// The most memory that the run's process had, with what it shares with others, as the kernel counts it. Zero when
    /// the run had no process of its own.
    pub peak_memory: ByteSize,
    /// Console and value text.
    pub output: ByteSize,
}

impl Default for ByteSize {
    fn default() -> Self {
        Self::bytes(0)
    }
}
