//! What a program threw.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Position;

/// A thrown value, taken apart without running the program's code.
///
/// ```
/// use jsrun_types::Exception;
///
/// assert_eq!(Exception::new("TypeError", "x is not a function").headline(), "TypeError: x is not a function");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exception {
    /// The error's `name`, such as `TypeError`; `None` when something else than an error was thrown.
    pub name: Option<String>,
    /// The error's `message`, or the thrown value as a console shows it.
    pub message: String,
    /// The `stack` text, if there is one.
    pub stack: Option<String>,
    /// Where it was thrown: the first position in the program. For a syntax error, the place of the error.
    pub position: Option<Position>,
    /// The call stack, innermost first; frames of the engine's own code are left out.
    #[serde(deserialize_with = "crate::preview::counted_elements")]
    pub frames: Vec<StackFrame>,
    /// The error's `cause`, if that is an error too. The engine follows eight.
    #[serde(deserialize_with = "crate::preview::guarded")]
    pub cause: Option<Box<Exception>>,
}

impl Exception {
    /// An error without a place: one of the engine's own.
    pub fn new(name: &str, message: impl Into<String>) -> Self {
        Self {
            name: Some(name.to_owned()),
            message: message.into(),
            stack: None,
            position: None,
            frames: Vec::new(),
            cause: None,
        }
    }

    /// One line for people: `TypeError: x is not a function`, or `Uncaught 42` for a thrown `42`.
    pub fn headline(&self) -> String {
        match &self.name {
            Some(name) if self.message.is_empty() => name.clone(),
            Some(name) => format!("{name}: {}", self.message),
            None => format!("Uncaught {}", self.message),
        }
    }
}

/// One call of a stack.
///
/// ```
/// use jsrun_types::{Position, StackFrame};
///
/// let position = Position { file: "main.js".to_owned(), line: 1, column: 2 };
/// let frame = StackFrame { function: Some("f".to_owned()), position: Some(position) };
/// assert_eq!(frame.to_string(), "f (main.js:1:2)");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackFrame {
    /// The function's name; `None` for top-level code and anonymous functions.
    pub function: Option<String>,
    /// Where in the program; `None` in built-in functions.
    pub position: Option<Position>,
}

impl fmt::Display for StackFrame {
    /// As a line of a stack, without the `at`: `f (main.js:1:2)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.function, &self.position) {
            (Some(function), Some(position)) => write!(f, "{function} ({position})"),
            (Some(function), None) => f.write_str(function),
            (None, Some(position)) => position.fmt(f),
            (None, None) => f.write_str("<anonymous>"),
        }
    }
}
