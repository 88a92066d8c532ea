//! One compiled module, and how it is compiled.

use std::cell::Cell;
use std::num::NonZeroI32;

use deno_core::v8;
use jsrun_types::{Exception, Position};

use super::error;
use super::map::Key;
use super::source::{ModuleContent, ModuleKind, ModuleSource};
use super::wasm;
use crate::dialect::Dialect;
use crate::local::EngineState;
use crate::owners::Owner;
use crate::property::data_property_text;
use crate::sources::{Changes, Place, Preamble};
use crate::transpile;

/// A compiled module.
pub(super) struct Record {
    pub(super) url: String,
    pub(super) module: v8::Global<v8::Module>,
    /// V8's, to find the record of a module.
    pub(super) hash: NonZeroI32,
    /// What it imports.
    pub(super) requests: Vec<Request>,
    /// Who has begun to evaluate it.
    pub(super) evaluator: Cell<Owner>,
    /// Whether its evaluation is known to have ended.
    pub(super) is_finished: Cell<bool>,
    /// The value of a JSON module.
    pub(super) json: Option<v8::Global<v8::Value>>,
    /// The compiled code of a Wasm module.
    pub(super) wasm: Option<v8::Global<v8::Value>>,
}

/// One import of a module.
pub(super) struct Request {
    pub(super) specifier: String,
    pub(super) json: bool,
    pub(super) position: Option<Position>,
    /// What is imported, or what to throw.
    pub(super) target: Result<Key, v8::Global<v8::Value>>,
}

impl Record {
    /// The modules that it imports.
    pub(super) fn targets(&self) -> impl Iterator<Item = &Key> {
        self.requests.iter().filter_map(|request| request.target.as_ref().ok())
    }

    /// Compiles a source. The error is what to throw.
    pub(super) fn compile(
        scope: &mut v8::PinScope<'_, '_>,
        state: &EngineState,
        key: &Key,
        source: ModuleSource,
        position: Option<&Position>,
    ) -> Result<Self, v8::Global<v8::Value>> {
        let otherwise = if key.json { ModuleKind::Json } else { ModuleKind::JavaScript };
        let kind = source.kind.or_else(|| ModuleKind::of_url(&key.url)).unwrap_or(otherwise);
        if let Some(longest) = state.modules.too_long(source.content.len()) {
            let message =
                format!("{} is too long; a module may be {longest} long", state.sources.shown(&key.url));
            return Err(error::named(scope, "RangeError", &message, position));
        }
        if key.json != (kind == ModuleKind::Json) {
            let name = state.sources.shown(&key.url);
            let message = if key.json {
                format!("{name} is not JSON, but was imported with {{ type: \"json\" }}")
            } else {
                format!("{name} is JSON and needs an attribute: import … with {{ type: \"json\" }}")
            };
            return Err(error::type_error(scope, &message, position));
        }
        let dialect = match kind {
            ModuleKind::JavaScript => Dialect::JavaScript,
            ModuleKind::Jsx => Dialect::Jsx,
            ModuleKind::TypeScript => Dialect::TypeScript,
            ModuleKind::Tsx => Dialect::Tsx,
            ModuleKind::Json => {
                let json = text(scope, state, key, source.content)?;
                return json_record(scope, state, key, &json);
            }
            ModuleKind::Wasm => return wasm::compile(scope, state, key, source.content, position),
        };
        let code = text(scope, state, key, source.content)?;
        let shown = state.sources.shown(&key.url);
        let compiled = transpile::transpile(&code, &shown, dialect, &|| state.stop().is_stopped());
        let transpiled = compiled.map_err(|exception| error::from_exception(scope, &exception))?;
        let changes = Changes { map: transpiled.map, preamble: Preamble::default() };
        let script_name = state.sources.register(&key.url, changes);
        Self::of_code(scope, state, key, &transpiled.code, &script_name)
    }

    /// Compiles JavaScript, and resolves what it imports.
    pub(super) fn of_code(
        scope: &mut v8::PinScope<'_, '_>,
        state: &EngineState,
        key: &Key,
        code: &str,
        script_name: &str,
    ) -> Result<Self, v8::Global<v8::Value>> {
        let module = compile(scope, code, script_name)?;
        let mut requests = Vec::new();
        let found = module.get_module_requests();
        for index in 0..found.length() {
            let Some(request) = found.get(scope, index) else { continue };
            let Ok(request) = v8::Local::<v8::ModuleRequest>::try_from(request) else { continue };
            let specifier = request.get_specifier().to_rust_string_lossy(scope);
            let location = module.source_offset_to_location(request.get_source_offset());
            let number = |number: i32| u32::try_from(number).unwrap_or(0) + 1;
            let place = Place {
                line: number(location.get_line_number()),
                column: number(location.get_column_number()),
            };
            let position = (!crate::stack_trace::is_internal(script_name))
                .then(|| state.sources.locate(script_name, place));
            let attributes = attributes(scope, request.get_import_attributes(), 3);
            let target = target(scope, state, &specifier, &key.url, &attributes, position.as_ref());
            let json = is_json(&attributes);
            requests.push(Request { specifier, json, position, target });
        }
        Ok(Self {
            url: key.url.clone(),
            hash: module.get_identity_hash(),
            module: v8::Global::new(scope, module),
            requests,
            evaluator: Cell::new(Owner::NOBODY),
            is_finished: Cell::new(false),
            json: None,
            wasm: None,
        })
    }
}

/// What an import means: resolves it and checks its attributes.
pub(super) fn target(
    scope: &mut v8::PinScope<'_, '_>,
    state: &EngineState,
    specifier: &str,
    referrer: &str,
    attributes: &[(String, String)],
    position: Option<&Position>,
) -> Result<Key, v8::Global<v8::Value>> {
    if let Some((name, value)) = attributes.iter().find(|(name, value)| name != "type" || value != "json") {
        let message =
            format!("the import attribute {name}: {value:?} is not supported; there is type: \"json\"");
        return Err(error::type_error(scope, &message, position));
    }
    let url = state.modules.resolve(scope, specifier, referrer, position)?;
    Ok(Key { url, json: is_json(attributes) })
}

pub(super) fn is_json(attributes: &[(String, String)]) -> bool {
    attributes.iter().any(|(name, value)| name == "type" && value == "json")
}

/// Import attributes, which V8 gives as names and values, with `stride` elements for each.
pub(super) fn attributes<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    array: v8::Local<'s, v8::FixedArray>,
    stride: usize,
) -> Vec<(String, String)> {
    let text = |scope: &mut v8::PinScope<'s, '_>, index| {
        let data = array.get(scope, index)?;
        let text: v8::Local<v8::String> = v8::Local::<v8::Value>::try_from(data).ok()?.try_into().ok()?;
        Some(text.to_rust_string_lossy(scope))
    };
    let starts = (0..array.length()).step_by(stride);
    starts.filter_map(|index| Some((text(scope, index)?, text(scope, index + 1)?))).collect()
}

fn compile<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    code: &str,
    name: &str,
) -> Result<v8::Local<'s, v8::Module>, v8::Global<v8::Value>> {
    v8::tc_scope!(let scope, scope);
    if let (Some(code), Some(name)) = (v8::String::new(scope, code), v8::String::new(scope, name)) {
        let origin =
            v8::ScriptOrigin::new(scope, name.into(), 0, 0, false, -1, None, false, false, true, None);
        let mut source = v8::script_compiler::Source::new(code, Some(&origin));
        if let Some(module) = v8::script_compiler::compile_module(scope, &mut source) {
            return Ok(module);
        }
    }
    Err(match scope.exception() {
        Some(thrown) => v8::Global::new(scope, thrown),
        None => error::from_exception(scope, &Exception::new("RangeError", "the module cannot be compiled")),
    })
}

fn text(
    scope: &mut v8::PinScope<'_, '_>,
    state: &EngineState,
    key: &Key,
    content: ModuleContent,
) -> Result<String, v8::Global<v8::Value>> {
    match content {
        ModuleContent::Text(text) => Ok(text),
        ModuleContent::Bytes(bytes) => String::from_utf8(bytes).map_err(|_| {
            let message = format!("{} is not UTF-8", state.sources.shown(&key.url));
            error::type_error(scope, &message, None)
        }),
    }
}

fn json_record(
    scope: &mut v8::PinScope<'_, '_>,
    state: &EngineState,
    key: &Key,
    text: &str,
) -> Result<Record, v8::Global<v8::Value>> {
    let value = parse_json(scope, state, key, text)?;
    let name = v8::String::new(scope, &key.url).unwrap_or_else(|| v8::String::empty(scope));
    let default = v8::String::new(scope, "default").unwrap_or_else(|| v8::String::empty(scope));
    let module = v8::Module::create_synthetic_module(scope, name, &[default], export_json);
    Ok(Record {
        url: key.url.clone(),
        hash: module.get_identity_hash(),
        module: v8::Global::new(scope, module),
        requests: Vec::new(),
        evaluator: Cell::new(Owner::NOBODY),
        is_finished: Cell::new(false),
        json: Some(value),
        wasm: None,
    })
}

fn parse_json(
    scope: &mut v8::PinScope<'_, '_>,
    state: &EngineState,
    key: &Key,
    text: &str,
) -> Result<v8::Global<v8::Value>, v8::Global<v8::Value>> {
    v8::tc_scope!(let scope, scope);
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Some(text) = v8::String::new(scope, text)
        && let Some(value) = v8::json::parse(scope, text)
    {
        return Ok(v8::Global::new(scope, value));
    }
    let reason = scope
        .exception()
        .and_then(|thrown| data_property_text(scope, thrown.try_into().ok()?, "message"))
        .unwrap_or_else(|| "it cannot be read".to_owned());
    let name = state.sources.shown(&key.url);
    let position = Position { file: name.clone(), line: 1, column: 1 };
    Err(error::named(scope, "SyntaxError", &format!("{name}: {reason}"), Some(&position)))
}

/// V8's callback, called when a JSON module is evaluated.
fn export_json<'s>(
    context: v8::Local<'s, v8::Context>,
    module: v8::Local<'s, v8::Module>,
) -> Option<v8::Local<'s, v8::Value>> {
    // SAFETY: V8 called with this context, which is the current one.
    v8::callback_scope!(unsafe scope, context);
    let state = EngineState::of(scope)?;
    let record = state.modules.record_of(scope, module)?;
    let value = v8::Local::new(scope, record.json.as_ref()?);
    let name = v8::String::new(scope, "default")?;
    module.set_synthetic_module_export(scope, name, value)?;
    let resolver = v8::PromiseResolver::new(scope)?;
    let undefined = v8::undefined(scope);
    resolver.resolve(scope, undefined.into())?;
    Some(resolver.get_promise(scope).into())
}
