//! Where a runtime finds modules: the host's side.

use std::sync::Arc;

use deno_core::url::Url;

use crate::LocalRuntime;
use crate::modules::{LoadError, LoadedModule};

/// An import map that cannot be used.
///
/// ```
/// use jsrun::Runtime;
///
/// let runtime = Runtime::new()?;
/// let error = runtime.set_import_map("{ \"imports\": 1 }")?.expect_err("imports are an object");
/// assert!(error.to_string().starts_with("the import map cannot be used"));
/// # Ok::<(), jsrun::Error>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[error("the import map cannot be used: {0}")]
pub struct ImportMapError(String);

/// Settings of modules. Each takes effect for what is imported from then on; modules that are loaded stay.
impl LocalRuntime {
    /// Adds a module that programs import as `name` or `static:name`. Its URL is `jsrun://static/name`; the name's
    /// extension tells its language, JavaScript without one. Another of the same name is replaced.
    ///
    /// ```
    /// use jsrun::{LocalRuntime, RunRequest, Status};
    ///
    /// let mut runtime = LocalRuntime::new()?;
    /// runtime.add_static_module("units.ts", "export const metres = (feet: number): number => feet * 0.3048;");
    /// let outcome = runtime.run(&RunRequest::new("import { metres } from 'units.ts'; metres(100)"), |_| {})?;
    /// assert!(matches!(outcome.status, Status::Ok(value) if value.to_text() == "30.48"));
    /// # Ok::<(), jsrun::Error>(())
    /// ```
    pub fn add_static_module(&mut self, name: &str, source: impl Into<String>) {
        self.state.modules.add_static(name, source.into());
    }

    /// Sets who makes URLs of specifiers. It gets the specifier and the importer's URL or name (empty for the host), and
    /// is asked first; `None` and an empty URL leave the specifier to the import map, the static modules and the run's
    /// files. An error is thrown to who imports.
    pub fn set_module_resolver(
        &mut self,
        resolver: impl Fn(&str, &str) -> Result<Option<String>, LoadError> + Send + Sync + 'static,
    ) {
        self.state.modules.set_resolver(Arc::new(resolver));
    }

    /// Sets who loads modules from URLs that are neither a static module's nor a file's of the run. An error is thrown to
    /// who imports.
    pub fn set_module_loader(&mut self, loader: impl Fn(&str) -> LoadedModule + Send + Sync + 'static) {
        self.state.modules.set_loader(Arc::new(loader));
    }

    /// Says that `file:` URLs are those of real files, and from which folder to name them to people: positions and messages
    /// have a file's path from there, or its whole path when it is elsewhere. Otherwise `file:///` is the folder of the run's
    /// files. A program is named by its URL to be such a file.
    pub fn set_working_folder(&mut self, path: &str) {
        self.state.sources.set_folder(path);
    }

    /// Sets the import map, in JSON, as the HTML standard has it. Relative addresses are relative to `file:///`, where the
    /// run's files are.
    ///
    /// # Errors
    /// [`ImportMapError`] for what is no import map; the one before stays.
    pub fn set_import_map(&mut self, json: &str) -> Result<(), ImportMapError> {
        let base = Url::parse("file:///").expect("a literal URL parses");
        let parsed =
            import_map::parse_from_json(base, json).map_err(|error| ImportMapError(error.to_string()))?;
        if let Some(diagnostic) = parsed.diagnostics.first() {
            return Err(ImportMapError(diagnostic.to_string()));
        }
        self.state.modules.set_import_map(parsed.import_map);
        Ok(())
    }
}
