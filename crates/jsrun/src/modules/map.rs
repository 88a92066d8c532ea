//! The modules of one runtime.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use deno_core::v8;
use jsrun_types::{ByteSize, Position, RunRequest};

use super::error;
use super::graph::Load;
use super::record::Record;
use super::resolution::{Places, Unresolved};
use super::source::{LoadedModule, Loader, ModuleContent, ModuleKind, ModuleSource, Resolver, SourceFuture};
use crate::dialect::Dialect;
use crate::sources::{project_url, shown};

/// The modules of one runtime, and where more can be found.
#[derive(Default)]
pub(crate) struct Modules {
    // No hash maps: their seeds are drawn when they are made, and forked workers would share them.
    pub(super) places: RefCell<Places>,
    pub(super) entries: RefCell<BTreeMap<Key, Entry>>,
    pub(super) loads: RefCell<Vec<Load>>,
    /// The URL of the current run's program.
    program: RefCell<String>,
    /// The longest module, in bytes; zero for any length.
    longest: Cell<usize>,
    /// The dialect of the current run's program, if it is a module.
    program_dialect: Cell<Option<Dialect>>,
}

/// Under what a module is known: a module imported as JSON is another than the same imported as code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) url: String,
    pub(super) json: bool,
}

/// What is known of a module.
pub(super) enum Entry {
    /// Its source is to come.
    Loading {
        source: SourceFuture,
        /// Where it was asked for.
        position: Option<Position>,
    },
    /// It could not be loaded or compiled; this is thrown to who imports it.
    Failed(v8::Global<v8::Value>),
    /// It is compiled.
    Ready(Rc<Record>),
}

/// Where the source of a module is.
pub(super) enum Found {
    Now(ModuleSource),
    Later(SourceFuture),
}

impl Modules {
    pub(crate) fn set_longest(&self, bytes: usize) {
        self.longest.set(bytes);
    }

    /// Whether a program or module is too long, and what it may be.
    pub(crate) fn too_long(&self, bytes: usize) -> Option<ByteSize> {
        let longest = self.longest.get();
        (longest > 0 && bytes > longest).then(|| ByteSize::bytes(longest as u64))
    }

    pub(crate) fn add_static(&self, name: &str, source: String) {
        self.places.borrow_mut().add_static(name, source);
        let url = format!("{}{name}", super::resolution::STATIC_URL);
        self.entries.borrow_mut().retain(|key, _| key.url != url);
    }

    pub(crate) fn set_resolver(&self, resolver: Resolver) {
        self.places.borrow_mut().resolver = Some(resolver);
    }

    pub(crate) fn set_loader(&self, loader: Loader) {
        self.places.borrow_mut().loader = Some(loader);
    }

    pub(crate) fn set_import_map(&self, map: import_map::ImportMap) {
        self.places.borrow_mut().import_map = Some(map);
    }

    /// Makes a run's files importable, and forgets the modules of other files.
    pub(crate) fn begin(&self, request: &RunRequest) {
        *self.program.borrow_mut() = project_url(&request.name).into();
        self.program_dialect.set(None);
        self.replace_files(Places::files_of(request));
    }

    /// Makes the run's program itself a module. Gives its URL.
    pub(crate) fn add_program(&self, request: &RunRequest) -> String {
        let url = self.program.borrow().clone();
        let dialect = Dialect::of_program(request.language, &request.name);
        self.program_dialect.set(Some(dialect));
        let mut files = self.places.borrow().files.clone();
        files.insert(url.clone(), request.code.clone());
        self.replace_files(files);
        // A program runs each time anew.
        self.entries.borrow_mut().retain(|key, _| key.url != url);
        url
    }

    fn replace_files(&self, files: BTreeMap<String, String>) {
        let mut places = self.places.borrow_mut();
        if places.files == files {
            return;
        }
        // One that did not change may import one that did.
        let before = std::mem::replace(&mut places.files, files);
        self.entries.borrow_mut().retain(|key, _| !before.contains_key(&key.url));
    }

    /// Forgets what a run has begun to import. When it was stopped, or left an import half done, no module can be relied
    /// on: one in the middle of its evaluation will never come to its end.
    pub(crate) fn end_run(&self, stopped: bool) {
        let left = std::mem::take(&mut *self.loads.borrow_mut());
        let whole = left.is_empty() && !stopped;
        self.entries.borrow_mut().retain(|_, entry| whole && matches!(entry, Entry::Ready(_)));
    }

    /// Lets go of all that V8 has made.
    pub(crate) fn clear(&self) {
        self.loads.borrow_mut().clear();
        self.entries.borrow_mut().clear();
    }

    /// Whether a URL is that of the current run's program.
    pub(super) fn is_program(&self, url: &str) -> bool {
        *self.program.borrow() == url
    }

    /// The record of one of V8's modules.
    pub(super) fn record_of<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        module: v8::Local<'s, v8::Module>,
    ) -> Option<Rc<Record>> {
        let hash = module.get_identity_hash();
        let entries = self.entries.borrow();
        let mut records = entries.values().filter_map(|entry| match entry {
            Entry::Ready(record) => Some(record),
            Entry::Loading { .. } | Entry::Failed(_) => None,
        });
        // Modules of earlier runs are gone from here, but not their code, which may still ask for its `import.meta`.
        let found =
            records.find(|record| record.hash == hash && v8::Local::new(scope, &record.module) == module);
        found.cloned()
    }

    /// The URL that a specifier means, or what to throw.
    pub(super) fn resolve(
        &self,
        scope: &mut v8::PinScope<'_, '_>,
        specifier: &str,
        referrer: &str,
        position: Option<&Position>,
    ) -> Result<String, v8::Global<v8::Value>> {
        let resolved = self.places.borrow().resolve(specifier, referrer);
        resolved.map_err(|unresolved| match unresolved {
            Unresolved::Host(host) => error::load_error(scope, &host, position),
            Unresolved::NotFound(tried) => {
                let importer = match position {
                    Some(position) => format!(", imported from {position}"),
                    None if referrer.is_empty() => String::new(),
                    None => format!(", imported from {}", shown(referrer)),
                };
                let tried = tried.join(", ");
                let message =
                    format!("Module import failed: cannot find {specifier:?}{importer} (tried {tried})");
                error::type_error(scope, &message, position)
            }
        })
    }

    /// Finds the source at a URL that [`Modules::resolve`] gave.
    pub(super) fn find(
        &self,
        scope: &mut v8::PinScope<'_, '_>,
        url: &str,
        position: Option<&Position>,
    ) -> Result<Found, v8::Global<v8::Value>> {
        let places = self.places.borrow();
        let given = places.static_modules.get(url).or_else(|| places.files.get(url));
        if let Some(text) = given {
            let dialect = self.program_dialect.get().filter(|_| self.is_program(url));
            let kind = dialect.map(ModuleKind::from);
            return Ok(Found::Now(ModuleSource { content: ModuleContent::Text(text.clone()), kind }));
        }
        let loader = places.loader.clone();
        drop(places);
        match loader.map(|loader| loader(url)) {
            Some(LoadedModule::Now(Ok(source))) => Ok(Found::Now(source)),
            Some(LoadedModule::Now(Err(host))) => Err(error::load_error(scope, &host, position)),
            Some(LoadedModule::Later(future)) => Ok(Found::Later(future)),
            None => {
                let message = format!("Module import failed: there is nothing at {}", shown(url));
                Err(error::type_error(scope, &message, position))
            }
        }
    }
}
