//! What to run.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Limits;

/// One run: a program and its limits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRequest {
    /// The program: a classic script that may use top-level `await`.
    pub code: String,
    /// The name under which the program appears in stack frames, such as `main.js`.
    pub name: String,
    /// What the run may use.
    pub limits: Limits,
}

/// A place in a program as written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The program's name, see [`RunRequest::name`].
    pub file: String,
    /// Counted from 1.
    pub line: u32,
    /// Counted from 1, in UTF-16 code units.
    pub column: u32,
}

impl fmt::Display for Position {
    /// `main.js:1:2`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}
