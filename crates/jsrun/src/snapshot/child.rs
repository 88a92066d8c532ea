//! Making a snapshot, in the process that is there for nothing else.

use std::borrow::Cow;
use std::io::{Read, Write};
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use deno_core::{Extension, JsRuntimeForSnapshot, PollEventLoopOptions, RuntimeOptions, serde_json, v8};
use jsrun_types::{ByteSize, Exception};

use crate::allocator::{BufferBudget, allocator};
use crate::extension::{Host, extensions};
use crate::heap::{HeapLimit, LARGEST_HEAP, set_out_of_memory_hook};
use crate::local::EngineState;
use crate::reactor::Reactor;
use crate::snapshot::globals::Originals;
use crate::snapshot::recipe::{Recipe, Refusal, Script};
use crate::snapshot::{STARTUP_SNAPSHOT, Snapshot, sidecar};
use crate::stop::Stop;
use crate::{RuntimeBuilder, evaluation, exception, intrinsics};

/// The whole of a process that [`SnapshotBuilder::build`](crate::SnapshotBuilder::build) starts: reads what to do from
/// standard input, makes the snapshot, and writes it to standard output. To be called before the process has used V8.
///
/// Gives a failure when nobody reads the answer.
///
/// ```no_run
/// fn main() -> std::process::ExitCode {
///     if std::env::args().nth(1).as_deref() == Some("snapshot-builder") {
///         return jsrun::serve_snapshot_builder();
///     }
///     // What the program is otherwise for.
///     std::process::ExitCode::SUCCESS
/// }
/// ```
pub fn serve_snapshot_builder() -> ExitCode {
    let mut recipe = Vec::new();
    let answer = match std::io::stdin().read_to_end(&mut recipe) {
        Ok(_) => answer(&recipe),
        Err(error) => Err(Refusal::Start(format!("cannot read what to build: {error}"))),
    };
    let bytes = match &answer {
        Ok(snapshot) => snapshot.as_bytes(),
        Err(refusal) => &refusal.to_bytes(),
    };
    if say(bytes).is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn say(bytes: &[u8]) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()
}

fn answer(recipe: &[u8]) -> Result<Snapshot, Refusal> {
    let recipe: Recipe = serde_json::from_slice(recipe)
        .map_err(|error| Refusal::Start(format!("cannot understand what to build: {error}")))?;
    // V8 cannot go on: what is said then is the last thing.
    set_out_of_memory_hook(|| {
        let _ = say(&Refusal::OutOfMemory.to_bytes());
        std::process::exit(0)
    });
    build(&recipe).map(|payload| Snapshot::seal(&payload))
}

fn build(recipe: &Recipe) -> Result<Vec<u8>, Refusal> {
    // Isolates that are alive at the same time share V8's read-only memory, so that it must be the startup snapshot's in
    // every snapshot. By default V8 would move what the scripts' functions consist of there.
    v8::V8::set_flags_from_string("--no-extensible-ro-snapshot");
    let reactor = Reactor::new().map_err(|error| Refusal::Start(error.to_string()))?;
    let _guard = reactor.enter();
    let limit = usize::try_from(recipe.memory).unwrap_or(usize::MAX);
    let buffers = BufferBudget::new(limit);
    let create_params = v8::CreateParams::default()
        .heap_limits(0, LARGEST_HEAP)
        .array_buffer_allocator(allocator(Arc::clone(&buffers)).make_shared());
    let mut js = JsRuntimeForSnapshot::try_new(RuntimeOptions {
        startup_snapshot: Some(STARTUP_SNAPSHOT),
        skip_op_registration: true,
        extensions: extensions().into_iter().map(without_sources).collect(),
        create_params: Some(create_params),
        ..Default::default()
    })
    .map_err(|error| Refusal::Start(error.to_string()))?;
    let stop = Stop::new(js.v8_isolate().thread_safe_handle());
    let heap = HeapLimit::new(limit);
    // Lives on until the isolate is gone, with the snapshot.
    let heap_watch = heap.install(js.v8_isolate(), Arc::clone(&stop), Arc::clone(&buffers));
    heap.set(js.v8_isolate(), &heap_watch, limit);

    let originals =
        Originals::read(&mut js).ok_or_else(|| Refusal::Start("the engine is not complete".to_owned()))?;
    let builder = RuntimeBuilder::default();
    let state = EngineState::install(&mut js, &builder, &stop, &buffers)
        .map_err(|error| Refusal::Start(error.to_string()))?;
    if recipe.minimal {
        deno_core::scope!(scope, js);
        intrinsics::call(scope, &state.intrinsics().remove_web_globals, None, &[]);
    }
    // Everything is taken and goes nowhere.
    state.console.begin(Instant::now(), ByteSize::bytes(u64::MAX), Box::new(|_| ()));
    run(&mut js, &reactor, &state, &stop, &recipe.scripts)?;
    originals.put_back(&mut js, state.intrinsics()).map_err(Refusal::Unfit)?;

    // No handle into the isolate may be left.
    state.uncaught.clear();
    state.console.end();
    js.v8_isolate().remove_slot::<Rc<EngineState>>();
    drop(js.op_state().borrow_mut().try_take::<Rc<dyn Host>>());
    drop(state);
    let snapshot = js.snapshot();
    drop(heap_watch);
    sidecar::with_sources_of(STARTUP_SNAPSHOT, &snapshot, &extensions())
        .ok_or_else(|| Refusal::Start("the snapshot does not fit on the startup snapshot".to_owned()))
}

/// The startup snapshot has evaluated them. What is loaded now would be forgotten, as [`sidecar`] tells.
fn without_sources(extension: Extension) -> Extension {
    Extension {
        js_files: Cow::Borrowed(&[]),
        esm_files: Cow::Borrowed(&[]),
        lazy_loaded_esm_files: Cow::Borrowed(&[]),
        lazy_loaded_js_files: Cow::Borrowed(&[]),
        synthetic_esm_modules: Cow::Borrowed(&[]),
        esm_entry_point: None,
        ..extension
    }
}

/// Runs the scripts one by one, each with all that it leaves in the event loop.
fn run(
    js: &mut JsRuntimeForSnapshot,
    reactor: &Reactor,
    state: &EngineState,
    stop: &Stop,
    scripts: &[Script],
) -> Result<(), Refusal> {
    for Script { name, source } in scripts {
        let result = evaluation::run_script(js, state, source, name).map(drop);
        let result = result.and_then(|()| empty_event_loop(js, reactor, state, stop));
        if stop.reason().is_some() {
            // Nobody cancels here: it is the heap's limit.
            return Err(Refusal::OutOfMemory);
        }
        result.map_err(|exception| Refusal::Threw(Box::new(exception)))?;
    }
    Ok(())
}

fn empty_event_loop(
    js: &mut JsRuntimeForSnapshot,
    reactor: &Reactor,
    state: &EngineState,
    stop: &Stop,
) -> Result<(), Exception> {
    reactor.block_on(std::future::poll_fn(|context| {
        stop.register(context.waker());
        let polled = js.poll_event_loop(context, PollEventLoopOptions::default());
        if stop.reason().is_some() {
            return Poll::Ready(Ok(()));
        }
        if let Poll::Ready(Err(error)) = polled {
            return Poll::Ready(Err(Exception::new("Error", error.to_string())));
        }
        if let Some(reason) = state.uncaught.first() {
            deno_core::scope!(scope, js);
            let reason = v8::Local::new(scope, reason);
            return Poll::Ready(Err(exception::describe(scope, state, reason, None)));
        }
        polled.map(|_| Ok(()))
    }))
}
