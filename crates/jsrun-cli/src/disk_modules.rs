//! Modules from the disk: what a program of the command line imports.

use std::path::{Path, PathBuf};

use jsrun::{Error, Handle, LoadError, LoadedModule};
use url::Url;

/// What is tried after a path that is no file: TypeScript first, as its compiler does.
const ENDINGS: [&str; 10] =
    [".ts", ".tsx", ".mts", ".js", ".jsx", ".mjs", "/index.ts", "/index.tsx", "/index.js", "/index.jsx"];
/// What a file may really be called that another refers to by the name of what a compiler would make of it.
const COMPILED: [(&str, &[&str]); 3] =
    [(".js", &[".ts", ".tsx", ".jsx"]), (".jsx", &[".tsx"]), (".mjs", &[".mts"])];

/// Lets programs import files, by paths relative to the importing file or by `file:` URLs.
///
/// # Errors
/// [`Error::Closed`].
pub(crate) fn provide(runtime: &Handle, folder: &Path) -> Result<(), Error> {
    let base = Url::from_directory_path(folder).ok();
    let shown_from = folder.to_path_buf();
    runtime.set_module_resolver(move |specifier, referrer| {
        resolve(specifier, referrer, base.as_ref(), &shown_from).transpose()
    })?;
    runtime.set_module_loader(|url| LoadedModule::Now(load(url)))?;
    let folder = folder.to_string_lossy().into_owned();
    runtime.with(move |runtime| runtime.set_working_folder(&folder))
}

/// The URL of a file; `None` for what is none, which the engine resolves or refuses.
fn resolve(
    specifier: &str,
    referrer: &str,
    base: Option<&Url>,
    shown_from: &Path,
) -> Option<Result<String, LoadError>> {
    if referrer.is_empty() {
        // The program itself, which need not be on the disk.
        return None;
    }
    let is_path = ["./", "../", "/"].iter().any(|start| specifier.starts_with(start))
        || matches!(specifier, "." | "..");
    let url = if is_path {
        // A script of the REPL is known by its path from the working folder.
        let referrer = Url::parse(referrer).ok().or_else(|| base?.join(referrer).ok())?;
        referrer.join(specifier).ok()?
    } else {
        Url::parse(specifier).ok()?
    };
    if url.scheme() != "file" {
        return None;
    }
    let path = url.to_file_path().ok()?;
    let mut tried = Vec::new();
    for candidate in candidates(path) {
        if candidate.is_file() {
            return Some(located(&url, &candidate));
        }
        tried.push(candidate.strip_prefix(shown_from).unwrap_or(&candidate).display().to_string());
    }
    Some(Err(LoadError {
        name: "TypeError".to_owned(),
        message: format!("Module import failed: cannot find {specifier:?} (tried {})", tried.join(", ")),
    }))
}

/// The URL of a file that is there, with the query that was asked for: modules with another are others.
fn located(asked: &Url, file: &Path) -> Result<String, LoadError> {
    let mut url = Url::from_file_path(file)
        .map_err(|()| LoadError::new(format!("the path {} has no URL", file.display())))?;
    url.set_query(asked.query());
    Ok(url.into())
}

/// The file itself, and what else may be meant.
fn candidates(path: PathBuf) -> Vec<PathBuf> {
    let with = |stem: &str, ending: &str| PathBuf::from(format!("{stem}{ending}"));
    let mut candidates = Vec::new();
    if let Some(text) = path.to_str() {
        for (ending, written) in COMPILED {
            if let Some(stem) = text.strip_suffix(ending) {
                candidates.extend(written.iter().map(|ending| with(stem, ending)));
            }
        }
        let text = text.trim_end_matches('/');
        candidates.extend(ENDINGS.iter().map(|ending| with(text, ending)));
    }
    candidates.insert(0, path);
    candidates
}

fn load(url: &str) -> Result<jsrun::ModuleSource, LoadError> {
    let path =
        Url::parse(url).ok().filter(|url| url.scheme() == "file").and_then(|url| url.to_file_path().ok());
    let Some(path) = path else {
        return Err(LoadError {
            name: "TypeError".to_owned(),
            message: format!(
                "Module import failed: {url} is not a file; only files are imported, by a path such as ./lib.ts"
            ),
        });
    };
    let bytes = std::fs::read(&path)
        .map_err(|error| LoadError::new(format!("cannot read {}: {error}", path.display())))?;
    Ok(bytes.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_are_resolved() {
        let base = Url::parse("file:///nowhere/").ok();
        for specifier in ["lodash", "https://example.com/a.js", "node:fs", "data:text/javascript,1"] {
            let resolved = resolve(specifier, "file:///nowhere/a.js", base.as_ref(), Path::new("/nowhere"));
            assert_eq!(resolved, None, "{specifier}");
        }
    }

    #[test]
    fn what_was_tried_is_told_by_its_path_from_here() {
        let base = Url::parse("file:///nowhere/").ok();
        let resolved = resolve("./b.js", "[repl]", base.as_ref(), Path::new("/nowhere"));
        let message = resolved.expect("it is a file's").expect_err("which is not there").message;
        assert!(
            message.starts_with(
                "Module import failed: cannot find \"./b.js\" (tried b.js, b.ts, b.tsx, b.jsx, b.js.ts,"
            ),
            "{message}"
        );
    }
}
