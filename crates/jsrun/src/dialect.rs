//! The dialects in which programs and modules are written.

use deno_ast::MediaType;
use jsrun_types::Language;

/// In what a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    JavaScript,
    Jsx,
    TypeScript,
    Tsx,
}

impl Dialect {
    /// The dialect of a program. Its language and its name may each say TypeScript.
    pub(crate) fn of_program(language: Language, name: &str) -> Self {
        match (Self::of_path(name), language) {
            (Some(Self::Jsx), Language::TypeScript) => Self::Tsx,
            (None | Some(Self::JavaScript), Language::TypeScript) => Self::TypeScript,
            (dialect, _) => dialect.unwrap_or(Self::JavaScript),
        }
    }

    /// What a path's extension says.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        match path.rsplit('/').next()?.rsplit_once('.')?.1 {
            "js" | "mjs" | "cjs" => Some(Self::JavaScript),
            "jsx" => Some(Self::Jsx),
            "ts" | "mts" | "cts" => Some(Self::TypeScript),
            "tsx" => Some(Self::Tsx),
            _ => None,
        }
    }

    pub(crate) fn media_type(self) -> MediaType {
        match self {
            Self::JavaScript => MediaType::JavaScript,
            Self::Jsx => MediaType::Jsx,
            Self::TypeScript => MediaType::TypeScript,
            Self::Tsx => MediaType::Tsx,
        }
    }
}
