//! Starting a program.

use std::rc::Rc;

use deno_core::v8;
use jsrun_types::{Exception, RunRequest, Status};

use crate::exception;
use crate::local::LocalRuntime;
use crate::repl::Repl;

/// What a program's synchronous part left.
pub(crate) enum Completion {
    /// Its completion value.
    Value(v8::Global<v8::Value>),
    /// The REPL's answer is to come.
    Repl(Repl),
}

/// Starts the program. An error is how it ended already; a stop is seen by the caller.
///
/// Top-level `await` needs V8's REPL mode, which runs the program as an async function; programs without it run as
/// classic scripts, which optimise better.
pub(crate) fn start(runtime: &mut LocalRuntime, request: &RunRequest) -> Result<Completion, Status> {
    if request.code.contains("await") {
        let mut repl = match runtime.repl.take() {
            Some(repl) => repl,
            None => Repl::new(runtime),
        };
        repl.evaluate(runtime, request);
        return Ok(Completion::Repl(repl));
    }
    run_script(runtime, request).map(Completion::Value).map_err(Status::Error)
}

fn run_script(runtime: &mut LocalRuntime, request: &RunRequest) -> Result<v8::Global<v8::Value>, Exception> {
    let state = Rc::clone(&runtime.state);
    let js = runtime.js();
    deno_core::scope!(scope, js);
    v8::tc_scope!(let scope, scope);
    let value = compile_and_run(scope, request);
    if let Some(value) = value {
        return Ok(v8::Global::new(scope, value));
    }
    // A termination: nothing of the program may run any more, and the caller knows why.
    let Some(thrown) = scope.exception().filter(|_| !scope.has_terminated()) else {
        return Err(too_long());
    };
    let message = scope.message();
    Err(exception::describe(scope, &state, thrown, message))
}

fn compile_and_run<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    request: &RunRequest,
) -> Option<v8::Local<'s, v8::Value>> {
    let source = v8::String::new(scope, &request.code)?;
    let name = v8::String::new(scope, &request.name)?;
    let origin = v8::ScriptOrigin::new(scope, name.into(), 0, 0, false, -1, None, false, false, false, None);
    v8::Script::compile(scope, source, Some(&origin))?.run(scope)
}

/// V8 has no string of that length, and throws nothing when asked for one.
fn too_long() -> Exception {
    Exception {
        name: Some("RangeError".to_owned()),
        message: "the program is too long for the engine".to_owned(),
        stack: None,
        position: None,
        frames: Vec::new(),
        cause: None,
    }
}
