//! The web platform's scripts: in the binary as text, compiled when a runtime first needs what they define.

use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use deno_core::v8;
use v8::script_compiler::{CachedData, CompileOptions, NoCacheReason, Source, compile_function};

/// A script, as the body of a function.
struct Script {
    name: &'static str,
    source: &'static str,
}

/// By name, from the build script.
static SCRIPTS: &[Script] = &include!(concat!(env!("OUT_DIR"), "/platform_scripts.rs"));

/// The parameter through which scripts find what they build on.
const PARAMETER: &str = "__bootstrap";

/// What compiling a script for one runtime leaves for the next of the process.
#[derive(Clone)]
enum Compiled {
    Never,
    /// Whoever needs it a second time may well need it more often: keeping the code takes about as long as compiling.
    Once,
    Code(Arc<[u8]>),
}

static COMPILED: LazyLock<Vec<Mutex<Compiled>>> =
    LazyLock::new(|| SCRIPTS.iter().map(|_| Mutex::new(Compiled::Never)).collect());

/// A function that evaluates a script when it is called with what the script builds on. `None` when V8 has thrown.
pub(crate) fn compile<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    name: &str,
) -> Option<v8::Local<'s, v8::Function>> {
    let index = SCRIPTS.binary_search_by_key(&name, |script| script.name).ok()?;
    let Script { name, source } = SCRIPTS[index];
    let text = v8::String::new_external_onebyte_static(scope, source.as_bytes())?;
    let name = v8::String::new(scope, name)?;
    let parameter = v8::String::new(scope, PARAMETER)?;
    let origin = v8::ScriptOrigin::new(scope, name.into(), 0, 0, false, -1, None, false, false, false, None);
    let compiled = COMPILED[index].lock().unwrap_or_else(PoisonError::into_inner).clone();
    let compile = |mut source, options| {
        compile_function(scope, &mut source, &[parameter], &[], options, NoCacheReason::NoReason)
    };
    if let Compiled::Code(code) = compiled {
        let source = Source::new_with_cached_data(text, Some(&origin), CachedData::new(&code));
        // Code that V8 does not take, because its flags have changed, it makes anew.
        return compile(source, CompileOptions::ConsumeCodeCache);
    }
    let function = compile(Source::new(text, Some(&origin)), CompileOptions::NoCompileOptions)?;
    let next = match compiled {
        Compiled::Never => Some(Compiled::Once),
        _ => function.create_code_cache().map(|code| Compiled::Code(Arc::from(&code[..]))),
    };
    if let Some(next) = next {
        *COMPILED[index].lock().unwrap_or_else(PoisonError::into_inner) = next;
    }
    Some(function)
}
