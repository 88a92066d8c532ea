//! Console calls as events, under the output budget.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use deno_core::v8;
use jsrun_types::{
    ByteSize, ConsoleEvent, ConsoleLevel, Event, LimitKind, Position, Preview, console_table, console_text,
};

use crate::debugger_console;
use crate::exception::stack_frames;
use crate::extension::Host;
use crate::local::EngineState;
use crate::owners::Owner;
use crate::platform_scripts;
use crate::preview::Previewer;
use crate::stop::{Stop, StopReason};
use crate::undisturbed;

/// What an event costs of the output budget besides its text: without it, empty ones would be free.
const EVENT: usize = 16;
/// Frames looked at to find the caller: the console's own frames come first.
const FRAMES_FOR_POSITION: usize = 8;
/// Frames of `console.trace`.
const FRAMES_FOR_TRACE: usize = 32;

/// The levels in the order of js/console.js.
const LEVELS: [ConsoleLevel; 12] = [
    ConsoleLevel::Debug,
    ConsoleLevel::Log,
    ConsoleLevel::Info,
    ConsoleLevel::Warn,
    ConsoleLevel::Error,
    ConsoleLevel::Dir,
    ConsoleLevel::Table,
    ConsoleLevel::Trace,
    ConsoleLevel::Group,
    ConsoleLevel::GroupCollapsed,
    ConsoleLevel::GroupEnd,
    ConsoleLevel::Clear,
];

/// The console of one runtime.
pub(crate) struct Console {
    stop: Arc<Stop>,
    run: RefCell<Option<Run>>,
    group: Cell<u32>,
    /// Whether debuggers see the calls.
    debugged: Cell<bool>,
}

struct Run {
    started: Instant,
    limit: u64,
    used: u64,
    on_event: Box<dyn FnMut(Event)>,
}

impl Console {
    pub(crate) fn new(stop: Arc<Stop>) -> Self {
        Self { stop, run: RefCell::new(None), group: Cell::new(0), debugged: Cell::new(false) }
    }

    /// From here on debuggers see the calls.
    pub(crate) fn show_debuggers(&self) {
        self.debugged.set(true);
    }

    /// From here on events go to `on_event`.
    pub(crate) fn begin(&self, started: Instant, limit: ByteSize, on_event: Box<dyn FnMut(Event)>) {
        self.group.set(0);
        *self.run.borrow_mut() = Some(Run { started, limit: limit.as_u64(), used: 0, on_event });
    }

    /// From here on nobody listens. Gives the output so far.
    pub(crate) fn end(&self) -> ByteSize {
        ByteSize::bytes(self.run.borrow_mut().take().map_or(0, |run| run.used))
    }

    /// Whether anybody listens.
    fn is_listened_to(&self) -> bool {
        self.run.borrow().is_some()
    }

    /// What stops the runtime's JavaScript.
    pub(crate) fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Whether the run is being stopped: then there is no time to show anything.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stop.reason().is_some()
    }

    /// How many bytes of the output budget are left.
    pub(crate) fn left(&self) -> usize {
        // Where nobody listens nothing is sent: what is shown then is an error's message, which has limits of its own.
        let left = self.run.borrow().as_ref().map_or(u64::MAX, |run| run.limit.saturating_sub(run.used));
        usize::try_from(left).unwrap_or(usize::MAX)
    }

    /// Takes so many bytes from the output budget. When they are not there the run is stopped.
    pub(crate) fn spend(&self, bytes: usize) -> bool {
        let mut run = self.run.borrow_mut();
        let Some(run) = run.as_mut() else { return false };
        let used = run.used.saturating_add(bytes as u64);
        if used > run.limit {
            self.stop.request(StopReason::Limit(LimitKind::Output));
            return false;
        }
        run.used = used;
        true
    }

    /// `weight` is that of the arguments.
    fn emit(
        &self,
        level: ConsoleLevel,
        args: Vec<Preview>,
        weight: usize,
        text: String,
        position: Option<Position>,
    ) {
        let place = position.as_ref().map_or(0, |position| position.file.len());
        if !self.spend(EVENT + place + text.len() + weight) {
            return;
        }
        let group = self.group.get();
        match level {
            ConsoleLevel::Group | ConsoleLevel::GroupCollapsed => self.group.set(group.saturating_add(1)),
            ConsoleLevel::GroupEnd => self.group.set(group.saturating_sub(1)),
            _ => {}
        }
        if let Some(run) = self.run.borrow_mut().as_mut() {
            let time = run.started.elapsed();
            let event = Event::Console(ConsoleEvent { level, args, text, position, group, time });
            // A panic of the host's must not unwind into V8.
            let _ = catch_unwind(AssertUnwindSafe(|| (run.on_event)(event)));
        }
    }
}

/// The data as a table, or as `console.log` shows it when it has no rows.
fn table_text(args: &[Preview]) -> String {
    let table = args.first().and_then(|data| console_table(data, args.get(1)));
    table.unwrap_or_else(|| console_text(args.get(..1).unwrap_or_default()))
}

impl EngineState {
    /// One of the functions behind the console's methods.
    fn console_function<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        index: u32,
    ) -> Option<v8::Local<'s, v8::Function>> {
        let functions = v8::Local::new(scope, &self.intrinsics().console_methods);
        functions.get_index(scope, index)?.try_into().ok()
    }
}

impl Host for EngineState {
    fn console<'s>(&self, scope: &mut v8::PinScope<'s, '_>, level: u32, args: &[v8::Local<'s, v8::Value>]) {
        let Some(level) = LEVELS.get(level as usize).copied() else { return };
        // A run that is being stopped says no more, whatever its getters and `toString` still do.
        if self.console.is_stopped() || !self.console.is_listened_to() {
            return;
        }
        let mut previews = Vec::with_capacity(args.len());
        let mut weight = 0;
        for arg in args {
            let preview = Previewer::new(self).preview(scope, *arg);
            // Asked for each argument, so that the previews of all of them never take more than the budget.
            weight += preview.weight();
            if weight > self.console.left() {
                self.console.stop.request(StopReason::Limit(LimitKind::Output));
                return;
            }
            previews.push(preview);
        }
        let mut text = match level {
            ConsoleLevel::Dir => previews.iter().map(Preview::to_source_text).collect(),
            ConsoleLevel::Table => table_text(&previews),
            _ => console_text(&previews),
        };
        let depth = if level == ConsoleLevel::Trace { FRAMES_FOR_TRACE } else { FRAMES_FOR_POSITION };
        let frames = v8::StackTrace::current_stack_trace(scope, depth)
            .map_or_else(Vec::new, |trace| stack_frames(scope, self, trace));
        let position = frames.iter().find_map(|frame| frame.position.clone());
        if level == ConsoleLevel::Trace {
            text = if text.is_empty() { "Trace".to_owned() } else { format!("Trace: {text}") };
            for frame in &frames {
                text.push_str("\n    at ");
                text.push_str(&frame.to_string());
            }
        }
        self.console.emit(level, previews, weight, text, position);
    }

    fn is_debugged(&self) -> bool {
        self.console.debugged.get() && !self.console.is_stopped()
    }

    fn show_debuggers<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        method: u32,
        args: &[v8::Local<'s, v8::Value>],
        format: Option<usize>,
    ) {
        if let Some(method) = self.console_function(scope, method * 2) {
            debugger_console::show(scope, self, method, args, format);
        }
    }

    fn console_implementation<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        method: u32,
        args: &[v8::Local<'s, v8::Value>],
    ) {
        if let Some(function) = self.console_function(scope, method * 2 + 1) {
            let undefined = v8::undefined(scope).into();
            function.call(scope, undefined, args);
        }
    }

    fn uncaught<'s>(&self, scope: &mut v8::PinScope<'s, '_>, thrown: v8::Local<'s, v8::Value>) {
        self.uncaught.throw(v8::Global::new(scope, thrown), Owner::current(scope), &self.owners);
    }

    fn timer_begins(&self, id: f64, repeats: bool) -> Option<u32> {
        self.timers.begin(id, repeats)
    }

    fn timer_ends(&self, repeats: bool) {
        self.timers.end(repeats);
    }

    fn begin_undivided(&self) -> bool {
        self.stop().begin_undivided()
    }

    fn end_undivided(&self) {
        self.stop().end_undivided();
    }

    fn load_global<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        name: v8::Local<'s, v8::Name>,
    ) -> Option<v8::Local<'s, v8::Value>> {
        let load = v8::Local::new(scope, &self.intrinsics().load_global);
        let undefined = v8::undefined(scope).into();
        load.call(scope, undefined, &[name.into()])
    }

    fn platform_script<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        name: &str,
    ) -> Option<v8::Local<'s, v8::Function>> {
        platform_scripts::compile(scope, name)
    }

    fn undisturbed<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        work: v8::Local<'s, v8::Function>,
        argument: v8::Local<'s, v8::Value>,
    ) -> Option<v8::Local<'s, v8::Value>> {
        undisturbed::call(scope, self, work, argument)
    }
}
