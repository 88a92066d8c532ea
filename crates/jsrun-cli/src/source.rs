//! Programs: where the command line finds them.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context, anyhow, bail};
use jsrun_types::{Language, ProgramKind, RunRequest};
use url::Url;

/// A program's text with its name and what it is.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) code: String,
    /// Its URL, which tells what its relative imports are relative to.
    url: Url,
    language: Language,
    kind: ProgramKind,
    /// Whether it is a line of a REPL.
    line: bool,
}

impl Source {
    /// A program that is no file, such as `[eval]`: its imports are relative to the working folder.
    ///
    /// # Errors
    /// When there is no working folder.
    pub(crate) fn unnamed(label: &str, code: String, language: Language) -> anyhow::Result<Self> {
        let folder = std::env::current_dir().context("cannot find the working folder")?;
        let url = Url::from_file_path(folder.join(label))
            .map_err(|()| anyhow!("the working folder {} has no URL", folder.display()))?;
        Ok(Self { code, url, language, kind: ProgramKind::Program, line: false })
    }

    /// All of the standard input.
    ///
    /// # Errors
    /// When it cannot be read, or is no text.
    pub(crate) fn standard_input(language: Language) -> anyhow::Result<Self> {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).context("cannot read standard input")?;
        let code = String::from_utf8(bytes)
            .map_err(|_| anyhow!("standard input is not a program: it is no text in UTF-8"))?;
        Self::unnamed("[stdin]", code, language)
    }

    /// A file. Its extension tells what it is: `.ts`, `.mts`, `.tsx` and `.jsx`, and a module for `.mjs` and `.mts`.
    ///
    /// # Errors
    /// When it cannot be read, or is no program.
    pub(crate) fn file(path: &Path, language: Language) -> anyhow::Result<Self> {
        let shown = path.display();
        let hint = "give the path of a JavaScript or TypeScript file, or - for standard input";
        let bytes = fs::read(path).map_err(|error| anyhow!("cannot read {shown}: {error}; {hint}"))?;
        // A pipe, such as that of a shell's `<(…)`, has no other path than the one to its descriptor.
        let real = fs::canonicalize(path)
            .or_else(|_| std::path::absolute(path))
            .with_context(|| format!("cannot find the path of {shown}"))?;
        let url = Url::from_file_path(&real).map_err(|()| anyhow!("the path of {shown} has no URL"))?;
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        let kind = match extension {
            "mjs" | "mts" => ProgramKind::Module,
            "json" | "wasm" => {
                bail!("{shown} is no program, but something that programs import; {hint}");
            }
            _ => ProgramKind::Program,
        };
        let code = String::from_utf8(bytes)
            .map_err(|_| anyhow!("{shown} is not a program: it is no text in UTF-8; {hint}"))?;
        Ok(Self { code, url, language, kind, line: false })
    }

    /// The same as a line of a REPL: it may declare again what others have declared, and they find its value as `_`.
    pub(crate) fn into_line(self) -> Self {
        Self { line: true, ..self }
    }

    /// What to run, without limits.
    pub(crate) fn request(&self) -> RunRequest {
        RunRequest {
            name: self.url.to_string(),
            language: self.language,
            kind: self.kind,
            keep_value: self.line,
            ..RunRequest::new(self.code.clone())
        }
    }
}
