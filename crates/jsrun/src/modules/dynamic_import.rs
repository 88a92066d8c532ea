//! `import()`.

use deno_core::serde_json;
use deno_core::v8;
use jsrun_types::Position;

use super::error;
use super::graph::Load;
use super::record;
use crate::exception::stack_frames;
use crate::local::EngineState;
use crate::owners::Owner;

/// The import attribute in which a program's import declarations name the exports that they need, as a JSON list.
pub(crate) const NAMES_ATTRIBUTE: &str = "jsrun:names";
/// Frames looked at to find the importer.
const FRAMES: usize = 8;

/// What is imported by whom.
pub(super) struct Import {
    specifier: String,
    referrer: String,
    attributes: Vec<(String, String)>,
    position: Option<Position>,
}

impl Import {
    /// An import by the host.
    pub(super) fn from_host(specifier: &str) -> Self {
        Self {
            specifier: specifier.to_owned(),
            referrer: String::new(),
            attributes: Vec::new(),
            position: None,
        }
    }
}

/// V8's callback for `import(specifier, { with: … })`.
pub(super) fn import_dynamically<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    _options: v8::Local<'s, v8::Data>,
    referrer: v8::Local<'s, v8::Value>,
    specifier: v8::Local<'s, v8::String>,
    attributes: v8::Local<'s, v8::FixedArray>,
) -> Option<v8::Local<'s, v8::Promise>> {
    let state = EngineState::of(scope)?;
    let frames = v8::StackTrace::current_stack_trace(scope, FRAMES)
        .map_or_else(Vec::new, |trace| stack_frames(scope, &state, trace));
    let position = frames.into_iter().find_map(|frame| frame.position);
    let mut referrer = match v8::Local::<v8::String>::try_from(referrer) {
        Ok(name) => name.to_rust_string_lossy(scope),
        Err(_) => String::new(),
    };
    // A script of the REPL has its name in a comment only.
    if referrer.is_empty()
        && let Some(position) = &position
    {
        referrer.clone_from(&position.file);
    }
    let referrer = crate::sources::source_name(&referrer).to_owned();
    let import = Import {
        specifier: specifier.to_rust_string_lossy(scope),
        referrer,
        attributes: record::attributes(scope, attributes, 2),
        position,
    };
    start(scope, &state, import)
}

/// V8's callback for `import.source()` and `import.defer()`, which there are not.
pub(super) fn import_with_phase<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    options: v8::Local<'s, v8::Data>,
    referrer: v8::Local<'s, v8::Value>,
    specifier: v8::Local<'s, v8::String>,
    phase: v8::ModuleImportPhase,
    attributes: v8::Local<'s, v8::FixedArray>,
) -> Option<v8::Local<'s, v8::Promise>> {
    match phase {
        v8::ModuleImportPhase::kEvaluation => {
            import_dynamically(scope, options, referrer, specifier, attributes)
        }
        v8::ModuleImportPhase::kSource | v8::ModuleImportPhase::kDefer => {
            let thrown = error::type_error(scope, "only plain imports are supported", None);
            let thrown = v8::Local::new(scope, thrown);
            let resolver = v8::PromiseResolver::new(scope)?;
            resolver.reject(scope, thrown)?;
            Some(resolver.get_promise(scope))
        }
    }
}

/// Begins an import, which the event loop goes on with.
pub(super) fn start<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    import: Import,
) -> Option<v8::Local<'s, v8::Promise>> {
    let Import { specifier, referrer, mut attributes, position } = import;
    let mut names = Vec::new();
    attributes.retain(|(name, value)| {
        let is_names = name == NAMES_ATTRIBUTE;
        if is_names {
            names = serde_json::from_str(value).unwrap_or_default();
        }
        !is_names
    });
    let target = record::target(scope, state, &specifier, &referrer, &attributes, position.as_ref());
    let resolver = v8::PromiseResolver::new(scope)?;
    let promise = resolver.get_promise(scope);
    let resolver = v8::Global::new(scope, resolver);
    let owner = Owner::current(scope);
    let load = Load { target, resolver, position, names, owner, evaluation: None };
    state.modules.loads.borrow_mut().push(load);
    Some(promise)
}
