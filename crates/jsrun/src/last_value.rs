//! `_`: the last value of a REPL.

use std::rc::Rc;

use deno_core::v8;

use crate::local::LocalRuntime;
use crate::property::descriptor;

const NAME: &str = "_";

/// Puts a value into the global `_`, unless the program has one of its own. Runs none of the program's code.
pub(crate) fn keep(runtime: &mut LocalRuntime, value: &v8::Global<v8::Value>) {
    let state = Rc::clone(&runtime.state);
    let js = runtime.js();
    deno_core::scope!(scope, js);
    let Some(key) = v8::String::new(scope, NAME) else { return };
    let global = scope.get_current_context().global(scope);
    if let Some(there) = descriptor(scope, global, key.into()) {
        let ours = state.last_value.borrow().as_ref().map(|kept| v8::Local::new(scope, kept));
        let there = crate::property::own_field(scope, there, "value");
        if !matches!((ours, there), (Some(ours), Some(there)) if ours.same_value(there)) {
            return;
        }
    }
    let local = v8::Local::new(scope, value);
    if global.define_own_property(scope, key.into(), local, v8::PropertyAttribute::DONT_ENUM) == Some(true) {
        *state.last_value.borrow_mut() = Some(value.clone());
    }
}
