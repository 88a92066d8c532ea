//! Why a value did not cross, and the way to it.

use std::fmt::{self, Write as _};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

/// The longest key that a path shows, in characters.
const LONGEST_KEY: usize = 100;

/// What a value is to whoever passed it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Root<'a> {
    /// What JavaScript gave.
    Value,
    /// A positional argument.
    Argument(usize),
    /// What a bound function returned, or a chunk of a stream.
    Result,
    /// A member of a bound object.
    Member(&'a str),
}

impl fmt::Display for Root<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value => f.write_str("value"),
            Self::Argument(index) => write!(f, "args[{index}]"),
            Self::Result => f.write_str("result"),
            Self::Member(name) => f.write_str(name),
        }
    }
}

/// Why a value did not cross.
pub(crate) enum Refusal {
    /// It cannot. The steps to the culprit, innermost first.
    Because { text: String, steps: Vec<Step> },
    /// Python code that the conversion ran has raised.
    Raised(PyErr),
}

/// One step into a container.
pub(crate) enum Step {
    Index(usize),
    Key(String),
    /// A key of a map that is no string, as it is written.
    Other(String),
}

impl Refusal {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self::Because { text: text.into(), steps: Vec::new() }
    }

    /// The refusal as seen from one container further out.
    pub(crate) fn within(mut self, step: impl FnOnce() -> Step) -> Self {
        if let Self::Because { steps, .. } = &mut self {
            steps.push(step());
        }
        self
    }

    /// As Python sees it: `cannot convert function (at args[0].items[3].key)`.
    pub(crate) fn into_py_err(self, root: Root<'_>) -> PyErr {
        match self {
            Self::Because { text, steps } => {
                let mut path = root.to_string();
                for step in steps.into_iter().rev() {
                    push(&mut path, step);
                }
                PyRuntimeError::new_err(format!("{text} (at {path})"))
            }
            Self::Raised(error) => error,
        }
    }
}

impl From<PyErr> for Refusal {
    fn from(error: PyErr) -> Self {
        Self::Raised(error)
    }
}

fn push(path: &mut String, step: Step) {
    match step {
        Step::Index(index) => write!(path, "[{index}]"),
        Step::Key(key) if is_identifier(&key) => write!(path, ".{key}"),
        Step::Key(key) => {
            let short: String = key.chars().take(LONGEST_KEY).collect();
            let more = if short.len() < key.len() { "…" } else { "" };
            write!(path, "[{short:?}{more}]")
        }
        Step::Other(key) => write!(path, "[{key}]"),
    }
    .expect("a string takes any text");
}

fn is_identifier(key: &str) -> bool {
    let mut characters = key.chars();
    key.len() <= LONGEST_KEY
        && characters.next().is_some_and(|first| first.is_alphabetic() || "_$".contains(first))
        && characters.all(|character| character.is_alphanumeric() || "_$".contains(character))
}
