//! What hosts provide: module sources, and the functions that find them.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::dialect::Dialect;

/// A module's source.
///
/// ```
/// use jsrun::{ModuleContent, ModuleKind, ModuleSource};
///
/// let source = ModuleSource { content: ModuleContent::Text("{}".to_owned()), kind: Some(ModuleKind::Json) };
/// assert_ne!(source, ModuleSource::from("{}"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModuleSource {
    /// The source itself.
    pub content: ModuleContent,
    /// What it is; `None` takes it from the extension of the module's URL. Without a known one it is JSON when imported as
    /// such, else JavaScript.
    pub kind: Option<ModuleKind>,
}

impl From<String> for ModuleSource {
    fn from(text: String) -> Self {
        Self { content: ModuleContent::Text(text), kind: None }
    }
}

impl From<&str> for ModuleSource {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<Vec<u8>> for ModuleSource {
    fn from(bytes: Vec<u8>) -> Self {
        Self { content: ModuleContent::Bytes(bytes), kind: None }
    }
}

/// Text or bytes.
///
/// ```
/// use jsrun::{ModuleContent, ModuleSource};
///
/// let empty_wasm = vec![0, b'a', b's', b'm', 1, 0, 0, 0];
/// assert!(matches!(ModuleSource::from(empty_wasm).content, ModuleContent::Bytes(_)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ModuleContent {
    /// Text; for a Wasm module, in base64.
    Text(String),
    /// Bytes; for all but Wasm modules, of UTF-8.
    Bytes(Vec<u8>),
}

impl ModuleContent {
    /// In bytes.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
        }
    }
}

/// What a module's source is.
///
/// ```
/// use jsrun::{LoadedModule, ModuleContent, ModuleKind, ModuleSource, Runtime, Value};
///
/// let runtime = Runtime::new()?;
/// // The URL has no extension that would tell.
/// runtime.set_module_resolver(|specifier, _| Ok(Some(format!("host:{specifier}"))))?;
/// runtime.set_module_loader(|_| {
///     let content = ModuleContent::Text("export const n: number = 1".to_owned());
///     LoadedModule::Now(Ok(ModuleSource { content, kind: Some(ModuleKind::TypeScript) }))
/// })?;
/// assert_eq!(runtime.eval_module("typed")?.get("n"), Some(&Value::from(1)));
/// # Ok::<(), jsrun::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ModuleKind {
    /// JavaScript.
    JavaScript,
    /// JavaScript with JSX, which becomes calls of `React.createElement`.
    Jsx,
    /// TypeScript, whose types are removed.
    TypeScript,
    /// TypeScript with JSX.
    Tsx,
    /// JSON, imported `with { type: "json" }`.
    Json,
    /// WebAssembly.
    Wasm,
}

impl ModuleKind {
    /// What a URL's extension says.
    pub(super) fn of_url(url: &str) -> Option<Self> {
        let path = url.split(['?', '#']).next().unwrap_or(url);
        if let Some(dialect) = Dialect::of_path(path) {
            return Some(dialect.into());
        }
        let path = path.to_ascii_lowercase();
        match path.rsplit_once('.') {
            Some((_, "json")) => Some(Self::Json),
            Some((_, "wasm")) => Some(Self::Wasm),
            _ => None,
        }
    }
}

impl From<Dialect> for ModuleKind {
    fn from(dialect: Dialect) -> Self {
        match dialect {
            Dialect::JavaScript => Self::JavaScript,
            Dialect::Jsx => Self::Jsx,
            Dialect::TypeScript => Self::TypeScript,
            Dialect::Tsx => Self::Tsx,
        }
    }
}

/// Why a host has no module to give. The program sees an error of this name and message.
///
/// ```
/// assert_eq!(jsrun::LoadError::new("the disk is gone").to_string(), "Error: the disk is gone");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadError {
    /// The error's `name`, such as `Error`.
    pub name: String,
    /// The error's `message`.
    pub message: String,
}

impl LoadError {
    /// An error named `Error`.
    pub fn new(message: impl Into<String>) -> Self {
        Self { name: "Error".to_owned(), message: message.into() }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.message)
    }
}

impl std::error::Error for LoadError {}

pub(super) type SourceFuture = Pin<Box<dyn Future<Output = Result<ModuleSource, LoadError>> + Send>>;

/// What a module loader gives: a source, now or later.
///
/// ```
/// use jsrun::{LoadedModule, ModuleSource};
///
/// let now = LoadedModule::now("export {}");
/// let later = LoadedModule::later(async { Ok(ModuleSource::from("export {}")) });
/// assert!(matches!((now, later), (LoadedModule::Now(Ok(_)), LoadedModule::Later(_))));
/// ```
pub enum LoadedModule {
    /// The source, or why there is none.
    Now(Result<ModuleSource, LoadError>),
    /// A future of it, polled on the runtime's thread in the event loop. The run goes on for as long as it takes.
    Later(SourceFuture),
}

impl LoadedModule {
    /// A source that is there.
    pub fn now(source: impl Into<ModuleSource>) -> Self {
        Self::Now(Ok(source.into()))
    }

    /// A source that is to come.
    pub fn later(source: impl Future<Output = Result<ModuleSource, LoadError>> + Send + 'static) -> Self {
        Self::Later(Box::pin(source))
    }
}

impl fmt::Debug for LoadedModule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now(source) => f.debug_tuple("Now").field(source).finish(),
            Self::Later(_) => f.write_str("Later"),
        }
    }
}

/// From a specifier and its referrer to a URL.
pub(crate) type Resolver = Arc<dyn Fn(&str, &str) -> Result<Option<String>, LoadError> + Send + Sync>;
/// From a URL to a source.
pub(crate) type Loader = Arc<dyn Fn(&str) -> LoadedModule + Send + Sync>;
