//! Starting a program.

use std::rc::Rc;

use deno_core::{JsRuntime, v8};
use jsrun_types::{Exception, RunRequest, Status};

use crate::local::{EngineState, LocalRuntime};
use crate::program::{self, Program};
use crate::repl::Repl;
use crate::{exception, modules};

/// What a program's synchronous part left.
pub(crate) enum Completion {
    /// Its completion value.
    Value(v8::Global<v8::Value>),
    /// The REPL's answer is to come.
    Repl,
    /// The promise of a module's namespace, whose default export is the value.
    Module(v8::Global<v8::Promise>),
}

/// Starts the program. An error is how it ended already; a stop is seen by the caller.
///
/// Top-level `await` needs V8's REPL mode, which runs the program as an async function; programs without it run as
/// classic scripts, which optimise better.
pub(crate) fn start(runtime: &mut LocalRuntime, request: &RunRequest) -> Result<Completion, Status> {
    runtime.state.modules.begin(request);
    if let Some(longest) = runtime.state.modules.too_long(request.code.len()) {
        let message = format!("the program is too long; it may be {longest} long");
        return Err(Status::Error(Exception::new("RangeError", message)));
    }
    let debugged = runtime.inspector.is_some();
    let state = Rc::clone(&runtime.state);
    let is_stopped = || state.stop().is_stopped();
    let program = program::prepare(&state.sources, request, debugged, &is_stopped);
    match program.map_err(Status::Error)? {
        Program::Script(script) => run_script(runtime.js(), &state, &script.code, &script.name)
            .map(Completion::Value)
            .map_err(Status::Error),
        Program::Repl(script) => {
            let mut repl = match runtime.repl.take() {
                Some(repl) => repl,
                None => Repl::new(runtime),
            };
            repl.evaluate(runtime, &script);
            runtime.repl = Some(repl);
            Ok(Completion::Repl)
        }
        Program::Module => {
            let url = runtime.state.modules.add_program(request);
            import_module(runtime, &url).map(Completion::Module).map_err(Status::Error)
        }
    }
}

/// Begins to import a module, as a program would. The event loop settles the promise, with the module's namespace.
pub(crate) fn import_module(
    runtime: &mut LocalRuntime,
    specifier: &str,
) -> Result<v8::Global<v8::Promise>, Exception> {
    let state = Rc::clone(&runtime.state);
    let js = runtime.js();
    deno_core::scope!(scope, js);
    let promise = modules::import(scope, &state, specifier)
        .ok_or_else(|| Exception::new("Error", "the import was stopped"))?;
    // The engine awaits it.
    promise.mark_as_handled();
    Ok(v8::Global::new(scope, promise))
}

/// Runs a classic script; gives its completion value.
pub(crate) fn run_script(
    js: &mut JsRuntime,
    state: &EngineState,
    code: &str,
    name: &str,
) -> Result<v8::Global<v8::Value>, Exception> {
    deno_core::scope!(scope, js);
    v8::tc_scope!(let scope, scope);
    let Some(source) = v8::String::new(scope, code) else {
        return Err(Exception::new("RangeError", "the program is too long for the engine"));
    };
    if let Some(value) = compile_and_run(scope, source, name) {
        return Ok(v8::Global::new(scope, value));
    }
    let Some(thrown) = scope.exception().filter(|_| !scope.has_terminated()) else {
        // The caller knows why, and this does not matter.
        return Err(Exception::new("Error", "the program was stopped"));
    };
    let message = scope.message();
    Err(exception::describe(scope, state, thrown, message))
}

/// Compiles and runs a classic script. `None` when it threw or was stopped.
pub(crate) fn compile_and_run<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    source: v8::Local<'s, v8::String>,
    name: &str,
) -> Option<v8::Local<'s, v8::Value>> {
    compile(scope, source, name)?.run(scope)
}

/// Compiles a classic script. `None` when V8 threw.
pub(crate) fn compile<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    source: v8::Local<'s, v8::String>,
    name: &str,
) -> Option<v8::Local<'s, v8::Script>> {
    let name = v8::String::new(scope, name)?;
    let origin = v8::ScriptOrigin::new(scope, name.into(), 0, 0, false, -1, None, false, false, false, None);
    v8::Script::compile(scope, source, Some(&origin))
}
