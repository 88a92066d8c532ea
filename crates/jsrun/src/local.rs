//! The thread-confined runtime: one isolate, one context, their limits and console.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use deno_core::{JsRuntime, v8};
use jsrun_types::{ByteSize, ConversionLimits, Event, LimitKind, Limits, Outcome, RunRequest, Status, Usage};

use crate::allocator::{BufferBudget, allocator};
use crate::bindings::Bindings;
use crate::builder::ConsoleListener;
use crate::call_control::CallControl;
use crate::calls::{Waiting, check_not_driven};
use crate::console::Console;
use crate::debugger_console;
use crate::error::{CloseReason, Error};
use crate::event_loop;
use crate::extension::{Host, extensions};
use crate::handles::Handles;
use crate::heap::{HeapLimit, HeapWatch, LARGEST_HEAP};
use crate::inspector::Inspector;
use crate::intrinsics::{self, Intrinsics};
use crate::modules::{self, Modules};
use crate::owners::{Owner, Owners};
use crate::reactor::Reactor;
use crate::recent_scripts::RecentScripts;
use crate::repl::Repl;
use crate::snapshot::{STARTUP_SNAPSHOT, Snapshot};
use crate::sources::Sources;
use crate::stats::Ledger;
use crate::stop::{Canceller, Running, Stop, StopReason};
use crate::streams::Streams;
use crate::timers::Timers;
use crate::uncaught::{Uncaught, on_promise_reject};
use crate::watchdog::{self, CpuClock, Deadlines, Watch, WatchGuard};
use crate::{
    EngineMode, Globals, InspectorEndpoints, RuntimeBuilder, fork, initialize_v8, platform, stack_trace,
};

/// How often a runtime is looked at that is to be clean before it is given up.
const PATIENCE: usize = 200;

/// A runtime that stays on the thread that made it. State lives on from run to run.
///
/// ```
/// use jsrun::LocalRuntime;
///
/// let mut runtime = LocalRuntime::new()?;
/// runtime.call("const base = 40")?;
/// assert_eq!(runtime.call("base + 2")?.as_f64(), Some(42.0));
/// # Ok::<(), jsrun::Error>(())
/// ```
pub struct LocalRuntime {
    // In this order: the runtime goes before what its callbacks use.
    pub(crate) js: Option<JsRuntime>,
    pub(crate) context: Option<v8::Global<v8::Context>>,
    /// What the isolate's memory is partly in.
    snapshot: Option<Snapshot>,
    pub(crate) tokio: Rc<Reactor>,
    pub(crate) state: Rc<EngineState>,
    pub(crate) stop: Arc<Stop>,
    pub(crate) repl: Option<Repl>,
    pub(crate) inspector: Option<Inspector>,
    pub(crate) watch: WatchGuard,
    /// What calls may use that say nothing else.
    pub(crate) limits: Limits,
    /// Who hears the console during calls.
    pub(crate) listener: Option<ConsoleListener>,
    pub(crate) heap_limited: bool,
    pub(crate) waiting: Waiting,
    /// What the caller holds of the call whose own JavaScript ran last.
    pub(crate) in_hand: Option<Arc<CallControl>>,
    pub(crate) stats: Ledger,
    /// Time in JavaScript of all calls so far.
    pub(crate) busy: Duration,
    pub(crate) cpu_clock: CpuClock,
    pub(crate) buffers: Arc<BufferBudget>,
    heap: Arc<HeapLimit>,
    heap_watch: Arc<HeapWatch>,
    /// The last run was stopped or failed, and may have left timers that would call into the next.
    unclean: bool,
    pub(crate) closed: Option<CloseReason>,
}

/// What V8's callbacks need, found through the isolate's slot.
pub(crate) struct EngineState {
    pub(crate) uncaught: Uncaught,
    pub(crate) console: Console,
    /// The engine reads `error.stack`: the program's `Error.prepareStackTrace` is not to run.
    pub(crate) engine_reads_stack: Cell<bool>,
    /// What the program has changed of what all objects share is taken away: see `undisturbed`.
    pub(crate) is_undisturbed: Cell<bool>,
    /// Where the REPL's capture function leaves a value.
    pub(crate) captured: RefCell<Option<v8::Global<v8::Value>>>,
    pub(crate) conversion: Cell<ConversionLimits>,
    pub(crate) handles: Handles,
    pub(crate) bindings: Bindings,
    pub(crate) streams: Streams,
    pub(crate) timers: Timers,
    pub(crate) owners: Owners,
    buffers: Arc<BufferBudget>,
    pub(crate) sources: Sources,
    pub(crate) modules: Modules,
    pub(crate) recent_scripts: RecentScripts,
    /// What the engine last put into the global `_`.
    pub(crate) last_value: RefCell<Option<v8::Global<v8::Value>>>,
    intrinsics: OnceCell<Intrinsics>,
}

impl EngineState {
    /// Makes the state of a new runtime, puts it where V8's callbacks and the ops find it, and takes the intrinsics.
    pub(crate) fn install(
        js: &mut JsRuntime,
        builder: &RuntimeBuilder,
        stop: &Arc<Stop>,
        buffers: &Arc<BufferBudget>,
    ) -> Result<Rc<Self>, Error> {
        let isolate = js.v8_isolate();
        isolate.set_allow_atomics_wait(false);
        isolate.set_promise_reject_callback(on_promise_reject);
        modules::install(isolate);
        isolate.set_prepare_stack_trace_callback(stack_trace::prepare_stack_trace);
        let state = Rc::new(Self {
            uncaught: Uncaught::default(),
            console: Console::new(Arc::clone(stop)),
            engine_reads_stack: Cell::new(false),
            is_undisturbed: Cell::new(false),
            captured: RefCell::new(None),
            sources: Sources::default(),
            modules: Modules::default(),
            recent_scripts: RecentScripts::default(),
            last_value: RefCell::new(None),
            conversion: Cell::new(builder.conversion),
            handles: Handles::new(),
            bindings: Bindings::default(),
            streams: Streams::default(),
            timers: Timers::new(builder.most_timers),
            owners: Owners::default(),
            buffers: Arc::clone(buffers),
            intrinsics: OnceCell::new(),
        });
        isolate.set_slot(Rc::clone(&state));
        js.op_state().borrow_mut().put::<Rc<dyn Host>>(Rc::clone(&state) as Rc<dyn Host>);
        state.owners.set_context(js.main_context());
        let intrinsics = Intrinsics::take(js)?;
        let _ = state.intrinsics.set(intrinsics);
        Ok(state)
    }

    pub(crate) fn of(isolate: &v8::Isolate) -> Option<Rc<Self>> {
        isolate.get_slot::<Rc<Self>>().cloned()
    }

    /// Whether the runtime has taken its intrinsics.
    pub(crate) fn is_complete(&self) -> bool {
        self.intrinsics.get().is_some()
    }

    /// What the runtime may have of array buffers.
    pub(crate) fn buffers(&self) -> &Arc<BufferBudget> {
        &self.buffers
    }

    /// How many bytes of array buffers there may be.
    pub(crate) fn buffer_limit(&self) -> u64 {
        self.buffers.limit() as u64
    }

    /// What stops the runtime's JavaScript.
    pub(crate) fn stop(&self) -> &Stop {
        self.console.stop()
    }

    pub(crate) fn intrinsics(&self) -> &Intrinsics {
        self.intrinsics.get().expect("a runtime takes its intrinsics before it runs anything")
    }
}

impl LocalRuntime {
    /// Makes a runtime with the defaults of [`RuntimeBuilder`]. Initialises V8 with [`EngineMode::MultiThreaded`]
    /// unless [`initialize_v8`] was called before.
    ///
    /// # Errors
    /// [`Error::Start`] when the system refuses what the runtime needs.
    pub fn new() -> Result<Self, Error> {
        RuntimeBuilder::default().build_local()
    }

    pub(crate) fn from_builder(builder: &RuntimeBuilder) -> Result<Self, Error> {
        let mut runtime = Self::make(builder)?;
        runtime.configure(builder);
        Ok(runtime)
    }

    /// Makes a runtime of the builder's kind, to which all that a made runtime can be told is yet to be told.
    fn make(builder: &RuntimeBuilder) -> Result<Self, Error> {
        initialize_v8(EngineMode::MultiThreaded);
        let tokio = Reactor::new().map_err(|error| Error::Start(error.to_string()))?;
        // Without a limit until all is in place: V8 ends the process when it cannot make the buffers of a snapshot.
        let buffers = BufferBudget::shared_with_heap(usize::MAX);
        let heap = HeapLimit::new(builder.limits.memory.as_usize());
        let create_params = v8::CreateParams::default()
            .heap_limits(builder.initial_heap.as_usize().min(LARGEST_HEAP), LARGEST_HEAP)
            .array_buffer_allocator(allocator(Arc::clone(&buffers)).make_shared());
        let snapshot = builder.snapshot.clone();
        // SAFETY: the runtime keeps the snapshot longer than the isolate.
        let startup = snapshot.as_ref().map_or(STARTUP_SNAPSHOT, |snapshot| unsafe { snapshot.payload() });
        let guard = tokio.enter();
        let mut js = JsRuntime::try_new(deno_core::RuntimeOptions {
            startup_snapshot: Some(startup),
            // The snapshot has them. Made anew, `CryptoKey` would be another class than the keys are of.
            skip_op_registration: true,
            extensions: extensions(),
            create_params: Some(create_params),
            inspector: builder.inspector.is_some(),
            is_main: true,
            // Without it `structuredClone` and `postMessage` transfer nothing.
            shared_array_buffer_store: Some(deno_core::SharedArrayBufferStore::default()),
            ..Default::default()
        })
        .map_err(|error| Error::Start(error.to_string()))?;
        drop(guard);

        let isolate = js.v8_isolate();
        let stop = Stop::new(isolate.thread_safe_handle());
        let watch = Watch::register(Arc::clone(&stop));
        let heap_watch = heap.install(isolate, Arc::clone(&stop), Arc::clone(&buffers));
        let state = EngineState::install(&mut js, builder, &stop, &buffers)?;
        let mut runtime = Self {
            context: Some(js.main_context()),
            js: Some(js),
            snapshot,
            tokio: Rc::new(tokio),
            state,
            stop,
            repl: None,
            inspector: None,
            watch,
            limits: builder.limits,
            listener: None,
            heap_limited: false,
            waiting: Waiting::default(),
            in_hand: None,
            stats: Ledger::default(),
            busy: Duration::ZERO,
            cpu_clock: CpuClock::of_this_thread(),
            buffers,
            heap,
            heap_watch,
            unclean: false,
            closed: None,
        };
        if builder.snapshot.is_some() {
            runtime.reset_time_origin();
        }
        // The scripts of a snapshot had theirs, and may have put something in the place of others.
        if builder.globals == Globals::Minimal && builder.snapshot.is_none() {
            runtime.call_intrinsic(|intrinsics| &intrinsics.remove_web_globals);
        }
        if let Some(options) = &builder.inspector {
            let inspector = Inspector::new(runtime.js(), options)?;
            runtime.stop.set_debugger(inspector.control());
            runtime.watch.watch().set_debugger(inspector.control());
            runtime.state.console.show_debuggers();
            debugger_console::hide(runtime.js());
            runtime.inspector = Some(inspector);
        }
        Ok(runtime)
    }

    /// Takes over what a builder says, but for the kind of runtime.
    pub(crate) fn configure(&mut self, builder: &RuntimeBuilder) {
        self.limits = builder.limits;
        self.heap.expect(builder.limits.memory.as_usize());
        self.listener.clone_from(&builder.on_console);
        self.state.conversion.set(builder.conversion);
        self.state.modules.set_longest(builder.largest_source.as_usize());
        match builder.buffers {
            Some(own) => self.buffers.set_own_limit(own.as_usize()),
            None => self.buffers.begin(builder.limits.memory.as_usize()),
        }
    }

    /// Where debuggers find the runtime, if it was made with an inspector.
    pub fn inspector_endpoints(&self) -> Option<InspectorEndpoints> {
        self.inspector.as_ref().map(|inspector| inspector.endpoints().clone())
    }

    /// Waits for the debugger that the first call is to wait for.
    pub(crate) fn wait_for_debugger(&mut self) {
        if let Some(inspector) = &mut self.inspector {
            let tokio = Rc::clone(&self.tokio);
            let _guard = tokio.enter();
            inspector.wait();
        }
    }

    /// Serves debuggers while nothing runs. What they evaluate has the time of a call.
    pub(crate) fn serve_debuggers(&mut self, context: &mut std::task::Context<'_>) {
        let Some(inspector) = &self.inspector else { return };
        let deadlines = Deadlines::from_now(self.limits.wall, self.limits.cpu);
        // Without the watchdog nothing runs at all.
        let Ok(armed) = self.watch.arm_to_serve(deadlines, Instant::now()) else { return };
        inspector.poll(context);
        drop(armed);
        if let Some(StopReason::Limit(LimitKind::Wall | LimitKind::Cpu)) = self.stop.reason() {
            self.stop.reset();
        }
    }

    /// Stops the current run, from any thread.
    pub fn canceller(&self) -> Canceller {
        Canceller { stop: Arc::clone(&self.stop) }
    }

    /// Whether the runtime can run nothing more, because it exceeded its memory limit.
    pub fn is_closed(&self) -> bool {
        self.closed.is_some()
    }

    /// Runs a program to its end: its completion value, awaited if it is a promise, and then everything it left in
    /// the event loop. Events go to `on_event` as they happen. A limit ends the run, not the runtime, except for
    /// memory: then the runtime is closed. So is one whose program failed or was stopped and left something waiting,
    /// such as an open `MessagePort`.
    ///
    /// # Errors
    /// [`Error::Closed`] when the runtime is closed, [`Error::Thread`] when the watchdog cannot start.
    pub fn run(
        &mut self,
        request: &RunRequest,
        on_event: impl FnMut(Event) + 'static,
    ) -> Result<Outcome, Error> {
        self.run_as(None, request, on_event)
    }

    /// As [`LocalRuntime::run`], for a caller that may cancel it.
    pub(crate) fn run_as(
        &mut self,
        control: Option<Arc<CallControl>>,
        request: &RunRequest,
        on_event: impl FnMut(Event) + 'static,
    ) -> Result<Outcome, Error> {
        self.check_open()?;
        check_not_driven()?;
        self.state.handles.collect();
        self.wait_for_debugger();
        let running = control.as_ref().map_or(Running::Nothing, |control| control.running());
        self.in_hand = control;
        let limits = request.limits;
        self.set_heap_limit(limits.memory);
        self.buffers.begin(limits.memory.as_usize());
        platform::limit_wasm_memory(limits.memory);
        let started = Instant::now();
        let cpu_clock = CpuClock::of_this_thread();
        let cpu_before = cpu_clock.now();
        self.state.console.begin(started, limits.output, Box::new(on_event));
        let deadlines = Deadlines::from_now(limits.wall, limits.cpu);
        let armed = self.watch.arm(running, deadlines, started).map_err(Error::Thread)?;
        if self.is_cancelled(running) {
            self.stop.request(StopReason::Interrupted);
        }
        self.enter(Owner::NOBODY);
        let result = self.clean().map(|()| event_loop::run(self, request));
        drop(armed);
        let result = match result {
            Ok(result) => result,
            Err(error) => {
                self.state.console.end();
                self.stop.reset();
                return Err(error);
            }
        };
        self.check_heap();
        // Calls have the runtime's own limit.
        self.heap_limited = false;
        let status = self.settle(result);
        let heap_peak = self.buffers.peak_with_heap();
        let usage = Usage {
            wall: started.elapsed(),
            cpu: cpu_clock.now().saturating_sub(cpu_before),
            peak_heap: ByteSize::bytes(heap_peak as u64),
            peak_memory: ByteSize::default(),
            output: self.state.console.end(),
        };
        Ok(Outcome { status, usage })
    }

    /// The status of a run, which its stop reason overrides; makes the runtime ready for the next.
    fn settle(&mut self, result: Status) -> Status {
        let reason = self.stop.reason();
        let status = match reason {
            Some(StopReason::Limit(kind)) => Status::Limit(kind),
            Some(StopReason::Cancelled | StopReason::Interrupted) => Status::Cancelled,
            None => result,
        };
        if status == Status::Limit(LimitKind::Memory) {
            self.closed = Some(CloseReason::Memory);
        }
        self.unclean = !matches!(status, Status::Ok(_));
        self.stop.reset();
        self.state.uncaught.clear();
        self.state.modules.end_run(reason.is_some());
        status
    }

    /// Removes what a run that did not end by itself has left. A runtime that cannot be cleaned is closed: what is left
    /// would run in the next program's name.
    fn clean(&mut self) -> Result<(), Error> {
        if !std::mem::take(&mut self.unclean) {
            return Ok(());
        }
        self.state.bindings.give_up_all();
        if !self.state.timers.is_empty() {
            self.call_intrinsic(|intrinsics| &intrinsics.clear_timers);
        }
        // V8's own threads may still be about to finish something that the stopped program made them do.
        let idle = (0..PATIENCE).any(|_| {
            event_loop::is_idle(self) || {
                std::thread::yield_now();
                false
            }
        });
        if !idle {
            self.closed = Some(CloseReason::Unclean);
        }
        self.state.uncaught.clear();
        self.check_open()
    }

    /// Cleans up after a run, for a call that nobody else waits beside.
    pub(crate) fn clean_before_call(&mut self) -> Result<(), Error> {
        self.buffers.forgive();
        if !self.unclean || self.is_waiting() {
            return Ok(());
        }
        let limits = self.limits;
        let deadlines = Deadlines::from_now(limits.wall, limits.cpu);
        self.armed(Instant::now(), Running::Nothing, deadlines, &limits, Self::clean)?
    }

    /// Stops whatever runs when the heap is over its limit.
    pub(crate) fn check_heap(&mut self) {
        let js = self.js.as_mut().expect("only drop takes the runtime");
        self.heap_watch.check(js.v8_isolate());
    }

    /// The largest heap with buffers so far, and the buffers as of now, in bytes.
    pub(crate) fn memory(&self) -> (usize, usize) {
        (self.buffers.peak_with_heap(), self.buffers.used())
    }

    /// Has the console heard during calls, from the first of those that wait together.
    pub(crate) fn listen(&self) {
        if let Some(listener) = self.listener.clone().filter(|_| !self.is_waiting()) {
            let on_event = Box::new(move |event| listener.hear(event));
            self.state.console.begin(Instant::now(), self.limits.output, on_event);
        }
    }

    /// Puts the runtime's memory limit in force, which runs set for themselves. Not earlier than needed: V8 lowers a
    /// limit at any time, and raises one with difficulty.
    pub(crate) fn limit_heap(&mut self) {
        if !self.heap_limited {
            self.set_heap_limit(self.limits.memory);
            self.buffers.begin(self.limits.memory.as_usize());
        }
    }

    fn set_heap_limit(&mut self, limit: ByteSize) {
        self.heap_limited = true;
        let js = self.js.as_mut().expect("only drop takes the runtime");
        self.heap.set(js.v8_isolate(), &self.heap_watch, limit.as_usize());
    }

    /// Whether a buffer was refused for good since the run began.
    pub(crate) fn buffers_exceeded(&self) -> bool {
        self.buffers.exceeded()
    }

    /// Makes this process ready to fork, with the runtime in place. To be called just before forks, and again when
    /// V8 may have mapped memory since. The process must have one thread, and V8 must be
    /// [`EngineMode::SingleThreaded`].
    ///
    /// # Errors
    /// What the kernel says when it cannot.
    pub fn prepare_fork(&mut self) -> std::io::Result<()> {
        // Compiled when it is first called: here rather than in each child.
        self.reset_time_origin();
        fork::find_randomness()?;
        fork::inherit_all_mappings()
    }

    /// Loads the whole web platform, of which a program otherwise loads what it uses: for a runtime that is in place when its
    /// process forks.
    pub fn load_web_globals(&mut self) {
        self.call_intrinsic(|intrinsics| &intrinsics.load_web_globals);
    }

    /// Starts the thread that stops runs, which would otherwise start with the first run: for a process that is about
    /// to give up making threads.
    ///
    /// # Errors
    /// [`Error::Thread`] when the system refuses.
    pub fn start_watchdog() -> Result<(), Error> {
        watchdog::start().map_err(Error::Thread)
    }

    /// Starts the thread that the Web Crypto API works on, which would otherwise start when a program first needs it:
    /// for a process that is about to give up making threads.
    ///
    /// # Panics
    /// When the system refuses.
    pub fn start_crypto_thread(&self) {
        self.tokio.start_thread();
    }

    /// Makes the runtime of a forked child differ from its siblings: random numbers, the time origin.
    pub fn after_fork(&mut self) {
        fork::reseed();
        self.begin_time();
        self.reset_time_origin();
    }

    /// Has a runtime that was made ahead begin now, as what a builder says.
    pub(crate) fn begin_as(&mut self, builder: &RuntimeBuilder) {
        self.configure(builder);
        self.begin_time();
        // Others have not loaded what has one.
        if self.snapshot.is_some() {
            self.reset_time_origin();
        }
    }

    fn begin_time(&mut self) {
        self.js().op_state().borrow_mut().put(deno_web::StartTime::default());
    }

    /// The snapshot's time origin is that of the build.
    fn reset_time_origin(&mut self) {
        self.call_intrinsic(|intrinsics| &intrinsics.reset_time_origin);
    }

    /// From here on JavaScript is this one's.
    pub(crate) fn enter(&mut self, owner: Owner) {
        let js = self.js();
        deno_core::scope!(scope, js);
        owner.enter(scope);
    }

    fn call_intrinsic(&mut self, choose: impl FnOnce(&Intrinsics) -> &v8::Global<v8::Function>) {
        self.in_context(|scope, state| {
            intrinsics::call(scope, choose(state.intrinsics()), None, &[]);
        });
    }

    /// Does what needs the runtime's context and runs none of the program's code, which would be under no deadline.
    pub(crate) fn in_context<R>(
        &mut self,
        work: impl FnOnce(&mut v8::PinScope<'_, '_>, &EngineState) -> R,
    ) -> R {
        let tokio = Rc::clone(&self.tokio);
        let _guard = tokio.enter();
        let state = Rc::clone(&self.state);
        let js = self.js();
        deno_core::scope!(scope, js);
        work(scope, &state)
    }

    pub(crate) fn js(&mut self) -> &mut JsRuntime {
        self.js.as_mut().expect("only drop takes the runtime")
    }
}

impl Drop for LocalRuntime {
    fn drop(&mut self) {
        let _guard = self.tokio.enter();
        // Handles into the isolate go before it.
        self.repl = None;
        self.inspector = None;
        self.close_calls(|| Error::Closed(CloseReason::Closed));
        self.state.uncaught.clear();
        self.state.streams.clear();
        self.state.bindings.clear();
        self.state.handles.clear();
        self.state.captured.take();
        self.state.last_value.take();
        self.state.modules.clear();
        self.state.recent_scripts.clear();
        self.context = None;
        self.js = None;
    }
}

impl std::fmt::Debug for LocalRuntime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalRuntime").field("closed", &self.closed).finish_non_exhaustive()
    }
}
