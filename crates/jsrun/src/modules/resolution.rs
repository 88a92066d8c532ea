//! From a specifier to a URL.

use std::collections::BTreeMap;

use deno_core::url::Url;
use import_map::ImportMap;
use jsrun_types::RunRequest;

use super::source::{LoadError, Loader, Resolver};
use crate::sources::{project_url, shown};

/// The URL of a static module goes on with its name.
pub(super) const STATIC_URL: &str = "jsrun://static/";
const STATIC: &str = "static:";
const PROJECT: &str = "file:///";

/// What is tried after a path that is not a file's: TypeScript first, as its compiler does.
const ENDINGS: [&str; 10] =
    [".ts", ".tsx", ".mts", ".js", ".jsx", ".mjs", "/index.ts", "/index.tsx", "/index.js", "/index.jsx"];
/// What a file may really be called that another refers to by the name of what a compiler would make of it.
const COMPILED: [(&str, &[&str]); 3] =
    [(".js", &[".ts", ".tsx", ".jsx"]), (".jsx", &[".tsx"]), (".mjs", &[".mts"])];

/// Where modules can be found.
#[derive(Default)]
pub(super) struct Places {
    /// Sources by URL.
    pub(super) static_modules: BTreeMap<String, String>,
    pub(super) resolver: Option<Resolver>,
    pub(super) loader: Option<Loader>,
    pub(super) import_map: Option<ImportMap>,
    /// The current run's files, by URL.
    pub(super) files: BTreeMap<String, String>,
}

/// Why a specifier means nothing.
#[derive(Debug)]
pub(super) enum Unresolved {
    /// There is no such module at any of these places.
    NotFound(Vec<String>),
    /// The host refused.
    Host(LoadError),
}

impl Places {
    /// The files that the run's program can import, and the program itself if it is a module.
    pub(super) fn files_of(request: &RunRequest) -> BTreeMap<String, String> {
        let url = |path: &String| String::from(project_url(path));
        request.files.iter().map(|(path, text)| (url(path), text.clone())).collect()
    }

    pub(super) fn add_static(&mut self, name: &str, source: String) {
        self.static_modules.insert(format!("{STATIC_URL}{name}"), source);
    }

    /// The URL that a specifier means to `referrer`, a module's URL or a script's name.
    pub(super) fn resolve(&self, specifier: &str, referrer: &str) -> Result<String, Unresolved> {
        if let Some(resolver) = &self.resolver {
            match resolver(specifier, referrer) {
                Ok(Some(url)) if !url.is_empty() => return self.resolved_by_host(&url),
                Ok(_) => {}
                Err(error) => return Err(Unresolved::Host(error)),
            }
        }
        let base = Url::parse(referrer).unwrap_or_else(|_| project_url(referrer));
        if let Some(url) = self.mapped(specifier, &base) {
            return self.find(url);
        }
        let name = specifier.strip_prefix(STATIC).unwrap_or(specifier);
        let static_url = format!("{STATIC_URL}{name}");
        if self.static_modules.contains_key(&static_url) {
            return Ok(static_url);
        }
        let relative = ["./", "../", "/"].iter().any(|prefix| specifier.starts_with(prefix));
        let url = if relative { base.join(specifier) } else { Url::parse(specifier) };
        match url {
            Ok(url) if !specifier.starts_with(STATIC) => self.find(url.into()),
            _ => Err(Unresolved::NotFound(self.beside_files(Vec::new()))),
        }
    }

    fn resolved_by_host(&self, url: &str) -> Result<String, Unresolved> {
        if let Some(name) = url.strip_prefix(STATIC) {
            return Ok(format!("{STATIC_URL}{name}"));
        }
        match Url::parse(url) {
            // A static module's name may be anything.
            Ok(_) if self.static_modules.contains_key(url) => Ok(url.to_owned()),
            Ok(parsed) => self.find(parsed.into()),
            Err(error) => Err(Unresolved::Host(LoadError {
                name: "TypeError".to_owned(),
                message: format!("the module resolver's answer {url:?} is no URL: {error}"),
            })),
        }
    }

    /// What the import map says; `None` when it says nothing.
    fn mapped(&self, specifier: &str, base: &Url) -> Option<String> {
        let map = self.import_map.as_ref()?;
        let mapped = map.resolve(specifier, base).ok()?;
        let unmapped = Url::parse(specifier).or_else(|_| base.join(specifier)).ok();
        let is_path = ["./", "../", "/"].iter().any(|prefix| specifier.starts_with(prefix));
        let stays = unmapped.is_some_and(|url| url == mapped) && (is_path || Url::parse(specifier).is_ok());
        (!stays).then(|| mapped.into())
    }

    /// The URL of the module at a URL, which for a project's file may have another ending.
    fn find(&self, url: String) -> Result<String, Unresolved> {
        if self.static_modules.contains_key(&url) || self.files.contains_key(&url) {
            return Ok(url);
        }
        let mut tried = vec![shown(&url)];
        if url.starts_with(PROJECT) && !self.files.is_empty() {
            let compiled = COMPILED.iter().filter_map(|(ending, written)| {
                let stem = url.strip_suffix(ending)?;
                Some(written.iter().map(move |ending| format!("{stem}{ending}")))
            });
            let completed = ENDINGS.iter().map(|ending| format!("{url}{ending}"));
            let directory = url.ends_with('/');
            for candidate in compiled.flatten().chain(completed.filter(|_| !directory)) {
                if self.files.contains_key(&candidate) {
                    return Ok(candidate);
                }
                tried.push(shown(&candidate));
            }
        }
        if self.loader.is_some() && !url.starts_with(STATIC_URL) {
            return Ok(url);
        }
        Err(Unresolved::NotFound(self.beside_files(tried)))
    }

    fn beside_files(&self, mut tried: Vec<String>) -> Vec<String> {
        if self.import_map.is_some() {
            tried.push("the import map".to_owned());
        }
        tried.push("static modules".to_owned());
        tried
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(files: &[&str]) -> Places {
        let files = files.iter().map(|path| (project_url(path).into(), String::new())).collect();
        Places { files, ..Places::default() }
    }

    #[test]
    fn endings_are_tried() {
        let places = places(&["lib/math.ts", "lib/view.tsx", "deep/index.js", "plain.js"]);
        for (specifier, url) in [
            ("./lib/math.ts", "file:///lib/math.ts"),
            ("./lib/math", "file:///lib/math.ts"),
            ("./lib/math.js", "file:///lib/math.ts"),
            ("./lib/view.js", "file:///lib/view.tsx"),
            ("/plain.js", "file:///plain.js"),
            ("./deep", "file:///deep/index.js"),
        ] {
            assert_eq!(places.resolve(specifier, "main.js").ok().as_deref(), Some(url), "{specifier}");
        }
        assert_eq!(
            places.resolve("./view", "file:///lib/math.ts").ok().as_deref(),
            Some("file:///lib/view.tsx")
        );
    }

    #[test]
    fn what_was_tried_is_told() {
        match places(&["a.ts"]).resolve("./b.js", "main.js") {
            Err(Unresolved::NotFound(tried)) => {
                assert_eq!(tried[..3], ["b.js", "b.ts", "b.tsx"]);
                assert_eq!(tried.last().map(String::as_str), Some("static modules"));
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn static_modules_have_two_names_and_a_url() {
        let mut places = places(&[]);
        places.add_static("a", String::new());
        for specifier in ["a", "static:a", "jsrun://static/a"] {
            assert_eq!(places.resolve(specifier, "main.js").ok().as_deref(), Some("jsrun://static/a"));
        }
        places.add_static("b", String::new());
        assert_eq!(places.resolve("./b", "jsrun://static/a").ok().as_deref(), Some("jsrun://static/b"));
        assert!(places.resolve("static:c", "main.js").is_err());
    }
}
