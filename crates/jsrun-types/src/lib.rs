//! What every side of jsrun speaks: previews, limits, run requests, events, outcomes, exceptions and
//! sandbox reports.
//!
//! The engine makes these, the worker sends them, the pool and the server hand them on. No type here knows V8,
//! HTTP or Python, and all of them encode in formats that do not describe themselves (postcard): no tagged or
//! untagged enums, no skipped fields. The shapes that HTTP clients see are the server's own.

mod console_table;
mod console_text;
mod event;
mod exception;
mod limits;
mod outcome;
mod preview;
mod render;
mod request;
mod sandbox;

pub use console_table::console_table;
pub use console_text::console_text;
pub use event::{ConsoleEvent, ConsoleLevel, Event};
pub use exception::{Exception, StackFrame};
pub use limits::{ByteSize, LimitKind, Limits};
pub use outcome::{Outcome, Status, Usage};
pub use preview::{
    AccessorPreview, Entry, Key, MAX_PREVIEW_DEPTH, ObjectKind, ObjectPreview, Preview, PromiseState,
    StringPreview, with_node_budget,
};
pub use request::{Position, RunRequest};
pub use sandbox::{
    Attempt, AttemptReport, AttemptResult, LayerReport, LayerState, SandboxLayer, SandboxMode, SandboxReport,
    Shortcoming, UnknownSandboxMode,
};
