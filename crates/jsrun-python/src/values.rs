//! Values on their way between Python and the engine's [`Value`](jsrun::Value). docs/python.md has the table.
//!
//! Both ways recurse, as deep as a runtime's configuration allows.

mod from_python;
mod path;
mod to_python;

pub(crate) use from_python::{from_python, from_python_key, type_name};
pub(crate) use path::{Refusal, Root};
pub(crate) use to_python::to_python;

/// The largest whole number up to which all are numbers: 2^53 − 1.
const LARGEST_SAFE: i64 = (1 << 53) - 1;
