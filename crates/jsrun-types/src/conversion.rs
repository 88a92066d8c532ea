//! Limits of values that cross between JavaScript and the host, and why one cannot.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use crate::ByteSize;

/// How deep and how large a value may be that crosses between JavaScript and the host, either way, and how its numbers come.
///
/// ```
/// use jsrun_types::{ByteSize, ConversionLimits};
///
/// let limits = ConversionLimits { depth: u32::MAX, size: ByteSize::kib(64), ..ConversionLimits::default() };
/// assert_eq!(limits.depth_in_force(), ConversionLimits::DEEPEST);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversionLimits {
    /// Arrays, objects, maps and sets inside each other. A primitive has depth 0, `[]` has 1. Default 100; at most
    /// [`ConversionLimits::DEEPEST`].
    pub depth: u32,
    /// Bytes of the value: 8 for each number, date, boolean, `null` and `undefined`, and for each 64 bits of a bigint; the
    /// length of strings and keys in UTF-8, and that of buffers. Default 10 MiB.
    pub size: ByteSize,
    /// Whether arrays of numbers only may come out of JavaScript as [`Value::Numbers`](crate::Value::Numbers), which large ones then
    /// do: it takes a fraction of the time and of the memory. Default `false`.
    pub pack_numbers: bool,
}

impl ConversionLimits {
    /// The deepest value that any limit allows: what a thread's smallest usual stack can still drop.
    pub const DEEPEST: u32 = 4096;

    /// The depth limit in force.
    pub fn depth_in_force(&self) -> u32 {
        self.depth.min(Self::DEEPEST)
    }
}

impl Default for ConversionLimits {
    fn default() -> Self {
        Self { depth: 100, size: ByteSize::mib(10), pack_numbers: false }
    }
}

/// Why a value cannot cross. The runtime is as before.
///
/// ```
/// use jsrun_types::{ConversionError, ConversionErrorKind};
///
/// let kind = ConversionErrorKind::Unsupported { type_name: "Symbol".to_owned() };
/// let error = ConversionError { kind, path: "value.items[3]".to_owned() };
/// assert_eq!(error.to_string(), "cannot convert Symbol (at value.items[3])");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversionError {
    /// What is wrong.
    pub kind: ConversionErrorKind,
    /// The way to the culprit, such as `value.items[3].key`.
    pub path: String,
}

/// What is wrong with a value that cannot cross.
///
/// ```
/// use jsrun_types::{ConversionError, ConversionErrorKind};
///
/// let error = ConversionError { kind: ConversionErrorKind::Depth { limit: 100 }, path: String::new() };
/// assert_eq!(error.to_string(), "Depth exceeded maximum limit of 100");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConversionErrorKind {
    /// Deeper than the limit.
    Depth {
        /// [`ConversionLimits::depth_in_force`].
        limit: u32,
    },
    /// Larger than the limit.
    Size {
        /// The bytes counted when the limit was passed: at least so many.
        bytes: u64,
        /// [`ConversionLimits::size`], in bytes.
        limit: u64,
    },
    /// Something contains itself.
    Circular {
        /// What: `list`, `dict`, `object`, `map` or `set`.
        #[serde(deserialize_with = "holder")]
        holder: Holder,
    },
    /// No other side has such a value.
    Unsupported {
        /// Its type, such as `Symbol` or `WeakMap`.
        type_name: String,
    },
    /// A handle of another runtime.
    ForeignHandle,
    /// A handle that was closed.
    ClosedHandle,
    /// More than the engine can hold in one value.
    TooLong,
}

/// One of the holders that there are. By this name serde does not take it for text that lives in what is decoded.
type Holder = &'static str;

fn holder<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Holder, D::Error> {
    let name = String::deserialize(deserializer)?;
    let known = ["list", "tuple", "dict", "set", "map"].into_iter().find(|known| *known == name);
    Ok(known.unwrap_or("object"))
}

impl fmt::Display for ConversionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ConversionErrorKind::Depth { limit } => write!(f, "Depth exceeded maximum limit of {limit}"),
            ConversionErrorKind::Size { bytes, limit } => {
                write!(f, "Size ({bytes} bytes) exceeded maximum limit of {limit} bytes")
            }
            ConversionErrorKind::Circular { holder } => write!(f, "circular reference in {holder}"),
            ConversionErrorKind::Unsupported { type_name } => write!(f, "cannot convert {type_name}"),
            ConversionErrorKind::ForeignHandle => f.write_str("the handle belongs to another runtime"),
            ConversionErrorKind::ClosedHandle => f.write_str("Function has been closed"),
            ConversionErrorKind::TooLong => f.write_str("the value is longer than the engine allows"),
        }?;
        if self.path.is_empty() { Ok(()) } else { write!(f, " (at {})", self.path) }
    }
}

impl std::error::Error for ConversionError {}
