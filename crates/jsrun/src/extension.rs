//! What the startup snapshot holds: the web platform and our own JavaScript.
//!
//! The build script includes this file too: a snapshot and the runtime that loads it must agree on every op. So
//! nothing here may need the rest of the crate; what the ops do is behind [`Host`].

#![expect(clippy::needless_pass_by_value, reason = "the op macro hands the state over")]

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use deno_core::{Extension, OpState, op2, v8};

/// Who receives what the snapshot's JavaScript has to say.
pub(crate) trait Host {
    /// A console method was called; `level` counts as in js/console.js.
    fn console<'s>(&self, scope: &mut v8::PinScope<'s, '_>, level: u32, args: v8::Local<'s, v8::Array>);
    /// A timer's callback, an event listener or a microtask threw, and nothing caught it.
    fn uncaught<'s>(&self, scope: &mut v8::PinScope<'s, '_>, thrown: v8::Local<'s, v8::Value>);
    /// A timer was made. When it is one too many, gives how many there may be.
    fn timer_begins(&self, id: f64, repeats: bool) -> Option<u32>;
    /// A timeout has fired, or a timer was cleared.
    fn timer_ends(&self, repeats: bool);
}

deno_core::extension!(
    jsrun,
    deps = [deno_web, deno_crypto],
    ops = [op_console, op_console_now, op_timer_begin, op_timer_end, op_uncaught],
    esm_entry_point = "ext:jsrun/globals.js",
    esm = [dir "js", "console.js", "globals.js", "host_streams.js", "timers.js"],
    state = |state| state.put(ConsoleClock(Instant::now())),
);

/// All extensions, in the order that the snapshot was made with.
pub(crate) fn extensions() -> Vec<Extension> {
    vec![
        deno_webidl::deno_webidl::init(),
        deno_web::deno_web::init(
            Arc::new(deno_web::BlobStore::default()),
            None,
            false,
            deno_web::InMemoryBroadcastChannel::default(),
        ),
        deno_crypto::deno_crypto::init(None),
        jsrun::init(),
    ]
}

/// Where `console.time` counts from.
struct ConsoleClock(Instant);

/// One call of a console method.
#[op2(nofast, reentrant)]
fn op_console<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: Rc<RefCell<OpState>>,
    #[smi] level: u32,
    args: v8::Local<'s, v8::Array>,
) {
    if let Some(host) = host(&state) {
        host.console(scope, level, args);
    }
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

/// A timer waits no more.
#[op2(fast)]
fn op_timer_end(state: &mut OpState, repeats: bool) {
    if let Some(host) = state.try_borrow::<Rc<dyn Host>>() {
        host.timer_ends(repeats);
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
