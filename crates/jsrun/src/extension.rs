//! What the startup snapshot holds: the web platform and our own JavaScript.
//!
//! The build script includes this file too: a snapshot and the runtime that loads it must agree on every op. So
//! nothing here may need the rest of the crate; what the ops do is behind [`Host`].

#![expect(clippy::needless_pass_by_value, reason = "the op macro hands the state over")]

use std::borrow::Cow;
use std::cell::RefCell;
use std::ffi::c_void;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use deno_core::{Extension, JsRuntime, OpState, op2, v8};
use v8::MapFnTo;

/// The platform's scripts are the bodies of functions with this parameter, in which they find what they build on.
pub(crate) const PLATFORM_SCRIPT_PARAMETER: &str = "__bootstrap";

/// Who receives what the snapshot's JavaScript has to say.
pub(crate) trait Host {
    /// A console method was called; `level` counts as in js/console.js.
    fn console<'s>(&self, scope: &mut v8::PinScope<'s, '_>, level: u32, args: &[v8::Local<'s, v8::Value>]);
    /// Whether debuggers are to see console calls.
    fn is_debugged(&self) -> bool;
    /// The console method with a number was called: debuggers are to see it. `format` is the place of the argument that may
    /// have format specifiers.
    fn show_debuggers<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        method: u32,
        args: &[v8::Local<'s, v8::Value>],
        format: Option<usize>,
    );
    /// The console method with a number was called, which has an implementation in js/console.js.
    fn console_implementation<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        method: u32,
        args: &[v8::Local<'s, v8::Value>],
    );
    /// A timer's callback, an event listener or a microtask threw, and nothing caught it.
    fn uncaught<'s>(&self, scope: &mut v8::PinScope<'s, '_>, thrown: v8::Local<'s, v8::Value>);
    /// A timer was made. When it is one too many, gives how many there may be.
    fn timer_begins(&self, id: f64, repeats: bool) -> Option<u32>;
    /// A timeout has fired, or a timer was cleared.
    fn timer_ends(&self, repeats: bool);
    /// The engine's own JavaScript begins with what must not be stopped in the middle. Tells whether it may.
    fn begin_undivided(&self) -> bool;
    /// It may be stopped again.
    fn end_undivided(&self);
    /// The value of a global that the web platform defines. `None` when something was thrown.
    fn load_global<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        name: v8::Local<'s, v8::Name>,
    ) -> Option<v8::Local<'s, v8::Value>>;
    /// A function that evaluates a script of the web platform when it is called. `None` when something was thrown.
    fn platform_script<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        name: &str,
    ) -> Option<v8::Local<'s, v8::Function>>;
    /// Calls a function of the engine's as if no program had run yet, from its beginning to its end. `None` when something was
    /// thrown.
    fn undisturbed<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        work: v8::Local<'s, v8::Function>,
        argument: v8::Local<'s, v8::Value>,
    ) -> Option<v8::Local<'s, v8::Value>>;
}

deno_core::extension!(
    jsrun,
    deps = [deno_web, deno_crypto],
    ops = [
        op_console,
        op_console_method,
        op_console_now,
        op_define_lazily,
        op_platform_script,
        op_queue_microtask,
        op_timer_begin,
        op_timer_end,
        op_undivided_begin,
        op_undivided_end,
        op_uncaught,
        op_undisturbed,
    ],
    esm_entry_point = "ext:jsrun/globals.js",
    esm = [dir "js", "console.js", "globals.js", "host_streams.js", "platform.js", "timers.js", "views.js"],
    state = |state| state.put(ConsoleClock(Instant::now())),
);

/// All extensions, in the order that the snapshot was made with. The platform's scripts are not among what `deno_core` loads:
/// [`Host::platform_script`] has them.
pub(crate) fn extensions() -> Vec<Extension> {
    let mut extensions = platform();
    for extension in &mut extensions {
        extension.lazy_loaded_esm_files = Cow::Borrowed(&[]);
        extension.lazy_loaded_js_files = Cow::Borrowed(&[]);
    }
    let mut own = jsrun::init();
    // Snapshots have it in each property that is still to be read.
    let getter: v8::AccessorNameGetterCallback = read_lazily.map_fn_to();
    own.external_references = Cow::Owned(vec![
        v8::ExternalReference { function: call_console_method.map_fn_to() },
        v8::ExternalReference { pointer: getter as *mut c_void },
    ]);
    extensions.push(own);
    extensions
}

/// The extensions whose scripts make the web platform, without those of their ops and classes that no global of ours uses:
/// V8 reads each of them whenever a runtime is made.
pub(crate) fn platform() -> Vec<Extension> {
    let mut extensions = vec![
        deno_webidl::deno_webidl::init(),
        deno_web::deno_web::init(
            Arc::new(deno_web::BlobStore::default()),
            None,
            false,
            deno_web::InMemoryBroadcastChannel::default(),
        ),
        deno_crypto::deno_crypto::init(None),
    ];
    for extension in &mut extensions {
        let ops = extension.ops.iter().filter(|op| is_used(op.name)).copied().collect();
        extension.ops = Cow::Owned(ops);
        if extension.name == "deno_web" {
            extension.objects = Cow::Borrowed(&[]);
        }
    }
    extensions
}

fn is_used(op: &str) -> bool {
    !UNUSED.iter().any(|prefix| op.starts_with(prefix))
}

/// How ops begin of what `deno_web` has beside: Deno's console, streams as resources, channels and locks between threads,
/// geometry.
const UNUSED: [&str; 5] =
    ["op_broadcast_", "op_console_", "op_geometry_", "op_lock_manager_", "op_readable_stream_resource_"];

/// Where `console.time` counts from.
struct ConsoleClock(Instant);

/// Something to show on the console; `level` counts as in js/console.js.
#[op2(nofast, reentrant)]
fn op_console<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: Rc<RefCell<OpState>>,
    #[smi] level: u32,
    args: v8::Local<'s, v8::Array>,
) {
    if let Some(host) = host(&state) {
        let args: Vec<_> = (0..args.length()).filter_map(|index| args.get_index(scope, index)).collect();
        host.console(scope, level, &args);
    }
}

/// What a console method does with its arguments.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Nothing,
    /// So many of them.
    Some(usize),
    All,
    /// All, and makes a string of the first.
    Label,
}

/// The console's methods in the order of js/console.js: their levels, unless they have an implementation there, and what
/// they take.
const METHODS: [(Option<u32>, Takes); 19] = [
    (None, Takes::All),
    (Some(11), Takes::Nothing),
    (None, Takes::Label),
    (None, Takes::Label),
    (Some(0), Takes::All),
    (Some(5), Takes::Some(1)),
    (Some(1), Takes::All),
    (Some(4), Takes::All),
    (Some(8), Takes::All),
    (Some(9), Takes::All),
    (Some(10), Takes::Nothing),
    (Some(2), Takes::All),
    (Some(1), Takes::All),
    (Some(6), Takes::Some(2)),
    (None, Takes::Label),
    (None, Takes::Label),
    (None, Takes::Label),
    (Some(7), Takes::All),
    (Some(3), Takes::All),
];

/// Makes a method of the console. Native, so that the frame above it is the program's own; and with a number only to
/// know itself by: V8 snapshots no function of a template that refers to objects.
#[op2]
fn op_console_method<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    #[smi] number: u32,
    name: v8::Local<'s, v8::String>,
) -> v8::Local<'s, v8::Value> {
    let number = v8::Integer::new_from_unsigned(scope, number);
    let method = v8::Function::builder(call_console_method)
        .data(number.into())
        .constructor_behavior(v8::ConstructorBehavior::Throw)
        .build(scope);
    let Some(method) = method else { return v8::undefined(scope).into() };
    method.set_name(name);
    method.into()
}

/// One call of a console method.
fn call_console_method<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    _result: v8::ReturnValue<'_>,
) {
    let number = arguments.data().uint32_value(scope).unwrap_or(u32::MAX);
    let Some((level, takes)) = METHODS.get(number as usize).copied() else { return };
    let mut args: Vec<_> = (0..arguments.length()).map(|index| arguments.get(index)).collect();
    if takes == Takes::Label && !make_label(scope, &mut args) {
        // What its `toString` threw is thrown.
        return;
    }
    let Some(host) = host(&JsRuntime::op_state_from(scope)) else { return };
    if let Takes::Some(count) = takes {
        args.truncate(count);
    }
    if host.is_debugged() {
        let format = match (level, takes) {
            (None, Takes::All) => Some(1),
            (Some(_), Takes::All) => Some(0),
            _ => None,
        };
        host.show_debuggers(scope, number, &args, format);
    }
    let Some(level) = level else {
        host.console_implementation(scope, number, &args);
        return;
    };
    match takes {
        Takes::Nothing => args.clear(),
        Takes::Some(_) => {
            while args.len() > 1 && args.last().is_some_and(|last| last.is_undefined()) {
                args.pop();
            }
            if args.is_empty() {
                args.push(v8::undefined(scope).into());
            }
        }
        Takes::All | Takes::Label => {}
    }
    host.console(scope, level, &args);
}

/// Makes a string of the first argument, whose `toString` is to be called once. Tells whether it could.
fn make_label<'s>(scope: &mut v8::PinScope<'s, '_>, args: &mut Vec<v8::Local<'s, v8::Value>>) -> bool {
    let label = match args.first().filter(|label| !label.is_undefined()) {
        Some(label) => label.to_string(scope),
        None => v8::String::new(scope, "default"),
    };
    let Some(label) = label else { return false };
    match args.first_mut() {
        Some(first) => *first = label.into(),
        None => args.push(label.into()),
    }
    true
}

/// An exception that no code of the program caught.
#[op2(fast)]
fn op_uncaught<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: Rc<RefCell<OpState>>,
    thrown: v8::Local<'s, v8::Value>,
) {
    if let Some(host) = host(&state) {
        host.uncaught(scope, thrown);
    }
}

/// Takes note of a timer. Gives how many there may be when it is one too many, and otherwise -1.
#[op2(fast)]
fn op_timer_begin(state: &mut OpState, id: f64, repeats: bool) -> f64 {
    let most = state.try_borrow::<Rc<dyn Host>>().and_then(|host| host.timer_begins(id, repeats));
    most.map_or(-1.0, f64::from)
}

/// Gives the global object a property that is writable, configurable and not enumerable, and whose value
/// [`Host::load_global`] gives when somebody first asks for it.
#[op2(nofast)]
fn op_define_lazily<'s>(scope: &mut v8::PinScope<'s, '_>, name: v8::Local<'s, v8::String>) -> bool {
    let global = scope.get_current_context().global(scope);
    // Nothing of the context may be in it: V8 keeps it in the isolate's part of snapshots.
    let data = v8::undefined(scope).into();
    let defined = global.set_lazy_data_property_with_data(
        scope,
        name.into(),
        read_lazily,
        data,
        v8::PropertyAttribute::DONT_ENUM,
        v8::SideEffectType::HasSideEffect,
        v8::SideEffectType::HasSideEffect,
    );
    defined == Some(true)
}

/// V8 calls this once for each such property.
fn read_lazily<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    name: v8::Local<'s, v8::Name>,
    _: v8::PropertyCallbackArguments<'s>,
    mut result: v8::ReturnValue<'_, v8::Value>,
) {
    let state = JsRuntime::op_state_from(scope);
    // What was thrown, V8 passes on; the property then stays as it is.
    if let Some(value) = host(&state).and_then(|host| host.load_global(scope, name)) {
        result.set(value);
    }
}

/// A script of the web platform, compiled.
#[op2]
fn op_platform_script<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: Rc<RefCell<OpState>>,
    #[string] name: String,
) -> v8::Local<'s, v8::Value> {
    let script = host(&state).and_then(|host| host.platform_script(scope, &name));
    script.map_or_else(|| v8::undefined(scope).into(), Into::into)
}

/// What a function gives for an argument, called where no program is in its way.
#[op2(reentrant)]
fn op_undisturbed<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: Rc<RefCell<OpState>>,
    work: v8::Local<'s, v8::Function>,
    argument: v8::Local<'s, v8::Value>,
) -> v8::Local<'s, v8::Value> {
    let result = host(&state).and_then(|host| host.undisturbed(scope, work, argument));
    result.unwrap_or_else(|| v8::undefined(scope).into())
}

/// Has a function called when what runs now is over, before anything else of the event loop.
#[op2(nofast)]
fn op_queue_microtask(scope: &mut v8::PinScope<'_, '_>, callback: v8::Local<'_, v8::Function>) {
    scope.enqueue_microtask(callback);
}

/// A timer waits no more.
#[op2(fast)]
fn op_timer_end(state: &mut OpState, repeats: bool) {
    if let Some(host) = state.try_borrow::<Rc<dyn Host>>() {
        host.timer_ends(repeats);
    }
}

/// Whether what follows may begin, which must not be stopped in the middle. Not when the program is being stopped: it ends in a
/// moment.
#[op2(fast)]
fn op_undivided_begin(state: &mut OpState) -> bool {
    state.try_borrow::<Rc<dyn Host>>().is_none_or(|host| host.begin_undivided())
}

/// What must not be stopped in the middle has ended.
#[op2(fast)]
fn op_undivided_end(state: &mut OpState) {
    if let Some(host) = state.try_borrow::<Rc<dyn Host>>() {
        host.end_undivided();
    }
}

/// `None` while the snapshot is made.
fn host(state: &RefCell<OpState>) -> Option<Rc<dyn Host>> {
    state.borrow().try_borrow::<Rc<dyn Host>>().cloned()
}

/// Milliseconds on a clock that only goes forward.
#[op2(fast)]
fn op_console_now(state: &mut OpState) -> f64 {
    state.borrow::<ConsoleClock>().0.elapsed().as_secs_f64() * 1e3
}
