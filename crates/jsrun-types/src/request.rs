//! What to run.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Limits;

/// One run: a program, the files it may import, and its limits.
///
/// ```
/// use jsrun_types::{Language, RunRequest};
///
/// let mut request = RunRequest::new("import { pi } from './pi.js'; pi");
/// request.language = Language::TypeScript;
/// request.files.insert("pi.js".to_owned(), "export const pi = Math.PI;".to_owned());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRequest {
    /// The program.
    pub code: String,
    /// The name under which the program appears in positions and stack frames, such as `main.js`. Its extension tells
    /// JSX (`.jsx`, `.tsx`).
    pub name: String,
    /// In what the program is written. A name that ends in `.ts`, `.mts` or `.tsx` says TypeScript, too.
    pub language: Language,
    /// As what the program runs.
    pub kind: ProgramKind,
    /// What the program can import, by path (`lib/math.ts`); each path's extension tells the file's language. The
    /// program itself need not be among them.
    pub files: BTreeMap<String, String>,
    /// Whether this is a line of a REPL: later runs of the same runtime find the value as `_`, unless they use the name
    /// themselves, and `let`, `const` and `class` may declare again what such a run declared.
    pub keep_value: bool,
    /// What the run may use.
    pub limits: Limits,
}

impl RunRequest {
    /// A JavaScript program named `main.js`, alone, with the default limits.
    pub fn new(code: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            name: "main.js".to_owned(),
            language: Language::JavaScript,
            kind: ProgramKind::Program,
            files: BTreeMap::new(),
            keep_value: false,
            limits: Limits::default(),
        }
    }
}

/// In what a program is written.
///
/// ```
/// use jsrun_types::Language;
///
/// assert_eq!(Language::default(), Language::JavaScript);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Language {
    /// As V8 takes it. The default.
    #[default]
    JavaScript,
    /// TypeScript: its types are removed, not checked.
    TypeScript,
}

/// As what a program runs.
///
/// ```
/// use jsrun_types::{ProgramKind, RunRequest};
///
/// let module = RunRequest { kind: ProgramKind::Module, ..RunRequest::new("export default await 7") };
/// assert_eq!(module.name, "main.js");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ProgramKind {
    /// As what it looks like. With `export` or `import.meta` it is a module; with `await` or `import` declarations it runs in
    /// V8's REPL mode; else it is a classic script. The default.
    #[default]
    Program,
    /// As a module, whose value is its default export.
    Module,
}

/// A place in a program as written.
///
/// ```
/// use jsrun_types::Position;
///
/// let position = Position { file: "main.js".to_owned(), line: 3, column: 14 };
/// assert_eq!(position.to_string(), "main.js:3:14");
/// ```
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
