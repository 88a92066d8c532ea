//! Running a program to its end: evaluation, then the event loop until nothing is left in it.

use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use deno_core::{PollEventLoopOptions, v8};
use jsrun_types::{Exception, LimitKind, RunRequest, Status};

use crate::bindings;
use crate::evaluation::{self, Completion};
use crate::local::LocalRuntime;
use crate::preview::Previewer;
use crate::stop::StopReason;
use crate::{exception, last_value, modules, platform};

/// Runs the program. When the run was stopped the status does not matter: the caller knows the reason.
pub(crate) fn run(runtime: &mut LocalRuntime, request: &RunRequest) -> Status {
    let tokio = Rc::clone(&runtime.tokio);
    let guard = tokio.enter();
    let started = evaluation::start(runtime, request);
    drop(guard);
    let completion = match started {
        Ok(completion) => completion,
        Err(status) => return after_error(runtime, status),
    };
    let ended = block_on_event_loop(runtime, &completion);
    let status = match ended {
        Ok(()) => conclude(runtime, request, completion),
        Err(status) => status,
    };
    after_error(runtime, status)
}

/// Whether the exception is V8's for an array buffer that the allocator refused.
pub(crate) fn is_refused_buffer(exception: &Exception) -> bool {
    exception.name.as_deref() == Some("RangeError") && exception.message == "Array buffer allocation failed"
}

/// A refused buffer is an exception to the program and a memory limit to whoever asked for the run.
fn after_error(runtime: &LocalRuntime, status: Status) -> Status {
    if let Status::Error(exception) = &status
        && is_refused_buffer(exception)
        && runtime.buffers_exceeded()
    {
        runtime.stop.request(StopReason::Limit(LimitKind::Memory));
    }
    status
}

fn block_on_event_loop(runtime: &mut LocalRuntime, completion: &Completion) -> Result<(), Status> {
    match completion {
        Completion::Value(value) => handle_rejection(runtime, value),
        // Its promise is handled from the start, and the REPL's is V8's own.
        Completion::Module(_) | Completion::Repl => {}
    }
    let tokio = Rc::clone(&runtime.tokio);
    let stop = Arc::clone(&runtime.stop);
    tokio.block_on(std::future::poll_fn(|context| {
        stop.register(context.waker());
        turn(runtime, context).map_err(|error| match error {
            TurnError::Engine(exception) => Status::Error(exception),
            TurnError::Uncaught => {
                let reason = runtime.state.uncaught.first().expect("there is one");
                Status::Error(describe(runtime, &reason))
            }
        })
    }))
}

/// Whether nothing is left in the event loop. Does what is due.
pub(crate) fn is_idle(runtime: &mut LocalRuntime) -> bool {
    let tokio = Rc::clone(&runtime.tokio);
    let _guard = tokio.enter();
    turn(runtime, &mut Context::from_waker(std::task::Waker::noop())).is_ready()
}

/// Why a turn of the event loop ended it.
pub(crate) enum TurnError {
    /// The engine's own trouble.
    Engine(Exception),
    /// Something was thrown that no code of the program caught; [`EngineState::uncaught`](crate::local::EngineState)
    /// has it.
    Uncaught,
}

/// One turn of the event loop. Ready when nothing is left in it, the run was stopped, or an error ended it.
pub(crate) fn turn(runtime: &mut LocalRuntime, context: &mut Context<'_>) -> Poll<Result<(), TurnError>> {
    if runtime.stop.reason().is_some() {
        return Poll::Ready(Ok(()));
    }
    settle_host_calls(runtime, context);
    let polled = runtime.js().poll_event_loop(context, PollEventLoopOptions::default());
    let tasks_ran = platform::run_foreground_tasks(runtime.js().v8_isolate());
    let imports = modules::poll(runtime, context);
    if runtime.stop.reason().is_some() {
        return Poll::Ready(Ok(()));
    }
    if let Poll::Ready(Err(error)) = &polled {
        return Poll::Ready(Err(TurnError::Engine(Exception::new("Error", error.to_string()))));
    }
    if !runtime.state.uncaught.is_empty() {
        return Poll::Ready(Err(TurnError::Uncaught));
    }
    if tasks_ran || imports.advanced {
        // They may have settled promises: look again at once.
        context.waker().wake_by_ref();
        return Poll::Pending;
    }
    if imports.waiting || runtime.state.bindings.pending() > 0 {
        // New host calls are polled by the next turn, which whoever made them has asked for.
        return Poll::Pending;
    }
    if let (Poll::Pending, Some(inspector)) = (&polled, &runtime.inspector) {
        // A pause during this turn has taken the inspector's waker.
        inspector.poll(context);
    }
    polled.map(|_| Ok(()))
}

/// Hands the results of host functions to the promises that JavaScript has of them.
fn settle_host_calls(runtime: &mut LocalRuntime, context: &mut Context<'_>) {
    if runtime.state.bindings.pending() == 0 {
        return;
    }
    let state = Rc::clone(&runtime.state);
    let js = runtime.js();
    deno_core::scope!(scope, js);
    bindings::settle_finished(scope, &state, context);
}

/// The program's completion value is the engine's to await: its rejection is not unhandled.
fn handle_rejection(runtime: &mut LocalRuntime, value: &v8::Global<v8::Value>) {
    let state = Rc::clone(&runtime.state);
    let js = runtime.js();
    deno_core::scope!(scope, js);
    if let Ok(promise) = v8::Local::<v8::Promise>::try_from(v8::Local::new(scope, value)) {
        promise.mark_as_handled();
        state.uncaught.forget(&v8::Global::new(scope, promise));
    }
}

/// The outcome of a program whose event loop is empty.
fn conclude(runtime: &mut LocalRuntime, request: &RunRequest, completion: Completion) -> Status {
    if runtime.stop.reason().is_some() {
        return Status::Cancelled;
    }
    let settled = match completion {
        Completion::Value(value) => settle_promise(runtime, value),
        Completion::Module(promise) => module_value(runtime, promise),
        Completion::Repl => {
            let mut repl = runtime.repl.take().expect("the run was started in it");
            let answer = repl.take_answer(runtime);
            runtime.repl = Some(repl);
            match answer {
                // The value may be a promise still: only the program's own `await` was waited for.
                Some(Ok(value)) => {
                    handle_rejection(runtime, &value);
                    settle_promise(runtime, value)
                }
                Some(Err(exception)) => Err(exception),
                None => Err(still_pending()),
            }
        }
    };
    match settled {
        Ok(value) => {
            if request.keep_value {
                last_value::keep(runtime, &value);
            }
            show(runtime, &value)
        }
        Err(exception) => Status::Error(exception),
    }
}

fn settle_promise(
    runtime: &mut LocalRuntime,
    value: v8::Global<v8::Value>,
) -> Result<v8::Global<v8::Value>, Exception> {
    let state = Rc::clone(&runtime.state);
    let js = runtime.js();
    deno_core::scope!(scope, js);
    let Ok(promise) = v8::Local::<v8::Promise>::try_from(v8::Local::new(scope, &value)) else {
        return Ok(value);
    };
    match promise.state() {
        v8::PromiseState::Fulfilled => Ok(v8::Global::new(scope, promise.result(scope))),
        v8::PromiseState::Rejected => {
            let reason = promise.result(scope);
            Err(exception::describe(scope, &state, reason, None))
        }
        v8::PromiseState::Pending => Err(still_pending()),
    }
}

/// The default export of a module, awaited if it is a promise.
fn module_value(
    runtime: &mut LocalRuntime,
    promise: v8::Global<v8::Promise>,
) -> Result<v8::Global<v8::Value>, Exception> {
    let value = {
        let js = runtime.js();
        deno_core::scope!(scope, js);
        let promise: v8::Local<v8::Value> = v8::Local::new(scope, promise).into();
        v8::Global::new(scope, promise)
    };
    let namespace = settle_promise(runtime, value)?;
    let value = {
        let js = runtime.js();
        deno_core::scope!(scope, js);
        let namespace = v8::Local::new(scope, namespace);
        // A namespace has no getters.
        let default = v8::String::new(scope, "default").and_then(|name| {
            let namespace: v8::Local<v8::Object> = namespace.try_into().ok()?;
            namespace.get(scope, name.into())
        });
        let default = default.unwrap_or_else(|| v8::undefined(scope).into());
        v8::Global::new(scope, default)
    };
    handle_rejection(runtime, &value);
    settle_promise(runtime, value)
}

fn show(runtime: &mut LocalRuntime, value: &v8::Global<v8::Value>) -> Status {
    let state = Rc::clone(&runtime.state);
    let js = runtime.js();
    deno_core::scope!(scope, js);
    let value = v8::Local::new(scope, value);
    let preview = Previewer::new(&state).preview(scope, value);
    // Over the budget the run is stopped, and then this status does not matter.
    state.console.spend(preview.weight());
    Status::Ok(preview)
}

/// Describes a thrown value that nothing on the stack holds.
pub(crate) fn describe(runtime: &mut LocalRuntime, thrown: &v8::Global<v8::Value>) -> Exception {
    let state = Rc::clone(&runtime.state);
    let js = runtime.js();
    deno_core::scope!(scope, js);
    let thrown = v8::Local::new(scope, thrown);
    exception::describe(scope, &state, thrown, None)
}

fn still_pending() -> Exception {
    Exception::new("Error", "the promise is still pending and nothing is left that could settle it")
}
