//! What every side of jsrun speaks: previews, limits, run requests, events, outcomes, exceptions and
//! sandbox reports.
//!
//! The engine makes these, the worker sends them, the pool and the server hand them on. No type here knows V8,
//! HTTP or Python, and all of them encode in formats that do not describe themselves (postcard): no tagged or
//! untagged enums, no skipped fields. The shapes that HTTP clients see are the server's own.

mod big_int;
mod console_table;
mod console_text;
mod conversion;
mod event;
mod exception;
mod handle;
mod js_string;
mod limits;
mod outcome;
mod preview;
mod render;
mod request;
mod sandbox;
mod transfer;
mod value;

pub use big_int::BigInt;
pub use console_table::console_table;
pub use console_text::console_text;
pub use conversion::{ConversionError, ConversionErrorKind, ConversionLimits};
pub use event::{ConsoleEvent, ConsoleLevel, Event};
pub use exception::{Exception, StackFrame};
pub use handle::{FunctionHandle, HandleOwner, StreamHandle};
pub use js_string::JsString;
pub use limits::{ByteSize, LimitKind, Limits};
pub use outcome::{Outcome, Status, Usage};
pub use preview::{
    AccessorPreview, Entry, Key, MAX_PREVIEW_DEPTH, ObjectKind, ObjectPreview, Preview, PromiseState,
    StringPreview, with_node_budget,
};
pub use request::{Language, Position, ProgramKind, RunRequest};
pub use sandbox::{
    Attempt, AttemptReport, AttemptResult, LayerReport, LayerState, SandboxLayer, SandboxMode, SandboxReport,
    Shortcoming, UnknownSandboxMode,
};
pub use transfer::{AnyHandle, HandleSource, TransferLimits, receiving, sending};
pub use value::Value;
