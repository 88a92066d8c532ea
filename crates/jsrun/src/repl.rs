//! V8's REPL mode: top-level `await`, and `let` and `const` that may be declared again.
//!
//! Only V8's inspector offers it, so programs go in as messages of the `DevTools` protocol, and values come out
//! through a function of ours that the protocol calls with them.
//! <https://chromedevtools.github.io/devtools-protocol/tot/Runtime/#method-evaluate>

mod session;

use deno_core::serde_json::{self, Value, json};
use deno_core::v8;
use jsrun_types::Exception;

use crate::event_loop;
use crate::local::{EngineState, LocalRuntime};
use crate::program::Script;
use crate::sources::Place;
use session::{CONTEXT, Session};

/// What the session holds for us until it is released.
const OBJECT_GROUP: &str = "run";

/// A session with V8's inspector.
pub(crate) struct Repl {
    session: Session,
    last_id: i32,
    pending: i32,
    /// What the pending evaluation is of.
    script_name: String,
}

impl Repl {
    pub(crate) fn new(runtime: &mut LocalRuntime) -> Self {
        let session = match &runtime.inspector {
            Some(inspector) => Session::shared(inspector),
            None => Session::own(runtime.js()),
        };
        Self { session, last_id: 0, pending: 0, script_name: String::new() }
    }

    /// Starts the program. Its answer comes when its top-level code has ended.
    pub(crate) fn evaluate(&mut self, runtime: &mut LocalRuntime, script: &Script) {
        // An answer to an evaluation that was stopped is nobody's any more.
        self.session.clear();
        let expression = format!("{}\n//# sourceURL={}", script.code, script.name);
        let parameters = json!({
            "expression": expression,
            "replMode": true,
            "contextId": CONTEXT,
            "objectGroup": OBJECT_GROUP,
            // Of the part that runs at once, which has only the pause that program.rs adds for debuggers, if there are any.
            "disableBreaks": self.session.is_shared(),
        });
        self.script_name.clone_from(&script.name);
        self.pending = self.call(runtime, "Runtime.evaluate", &parameters);
    }

    /// The program's completion value or exception; `None` while its top-level code has not ended.
    pub(crate) fn take_answer(
        &mut self,
        runtime: &mut LocalRuntime,
    ) -> Option<Result<v8::Global<v8::Value>, Exception>> {
        let answer = self.session.take(self.pending)?;
        let result = &answer["result"];
        let details = &result["exceptionDetails"];
        let remote = if details.is_null() { &result["result"] } else { &details["exception"] };
        let fetched = self.fetch(runtime, remote);
        // The session would hold the value for as long as it lives.
        let group = json!({ "objectGroup": OBJECT_GROUP });
        self.call(runtime, "Runtime.releaseObjectGroup", &group);
        let Some(value) = fetched else {
            return Some(Err(Exception::new(
                "Error",
                "the value cannot be shown: the program has frozen the global object",
            )));
        };
        if details.is_null() {
            return Some(Ok(value));
        }
        let mut exception = event_loop::describe(runtime, &value);
        // That of a module that the program imports knows its place by itself.
        let own = exception
            .position
            .as_ref()
            .is_none_or(|position| position.file == runtime.state.sources.shown(&self.script_name));
        if own && exception.frames.is_empty() && exception.name.as_deref() == Some("SyntaxError") {
            exception.position = syntax_error_place(details)
                .map(|place| runtime.state.sources.locate(&self.script_name, place));
        }
        Some(Err(exception))
    }

    /// The names of top-level `let`, `const` and `class`.
    pub(crate) fn lexical_names(&mut self, runtime: &mut LocalRuntime) -> Vec<String> {
        let parameters = json!({ "executionContextId": CONTEXT });
        let id = self.call(runtime, "Runtime.globalLexicalScopeNames", &parameters);
        let answer = self.session.take(id);
        let names =
            answer.and_then(|mut answer| serde_json::from_value(answer["result"]["names"].take()).ok());
        names.unwrap_or_default()
    }

    /// The value that a message describes.
    fn fetch(&mut self, runtime: &mut LocalRuntime, remote: &Value) -> Option<v8::Global<v8::Value>> {
        if let Some(primitive) = primitive(runtime, remote) {
            return Some(primitive);
        }
        let mut argument = serde_json::Map::new();
        for field in ["objectId", "unserializableValue"] {
            if let Some(value) = remote.get(field) {
                argument.insert(field.to_owned(), value.clone());
            }
        }
        let name = expose_capture(runtime)?;
        let parameters = json!({
            // `this` is the global object. The name is an own property of it, so that nothing of the program runs.
            "functionDeclaration": format!("function (value) {{ this[{name:?}](value); }}"),
            "arguments": [argument],
            "executionContextId": CONTEXT,
        });
        let id = self.call(runtime, "Runtime.callFunctionOn", &parameters);
        self.session.take(id);
        hide_capture(runtime, &name);
        runtime.state.captured.take()
    }

    fn call(&mut self, runtime: &mut LocalRuntime, method: &str, parameters: &Value) -> i32 {
        self.last_id += 1;
        let message = json!({ "id": self.last_id, "method": method, "params": parameters }).to_string();
        let js = runtime.js();
        deno_core::scope!(scope, js);
        v8::tc_scope!(let _scope, scope);
        self.session.send(message);
        self.last_id
    }
}

/// A value that a message tells in full.
fn primitive(runtime: &mut LocalRuntime, remote: &Value) -> Option<v8::Global<v8::Value>> {
    let js = runtime.js();
    deno_core::scope!(scope, js);
    let value: v8::Local<v8::Value> = match (remote["type"].as_str()?, remote.get("value")) {
        ("undefined", _) => v8::undefined(scope).into(),
        (_, Some(Value::Null)) => v8::null(scope).into(),
        (_, Some(Value::Bool(boolean))) => v8::Boolean::new(scope, *boolean).into(),
        (_, Some(Value::Number(number))) => v8::Number::new(scope, number.as_f64()?).into(),
        (_, Some(Value::String(text))) => v8::String::new(scope, text)?.into(),
        _ => return None,
    };
    Some(v8::Global::new(scope, value))
}

/// The protocol counts lines and columns from 0.
fn syntax_error_place(details: &Value) -> Option<Place> {
    let number = |field: &str| u32::try_from(details[field].as_u64()?).ok()?.checked_add(1);
    Some(Place { line: number("lineNumber")?, column: number("columnNumber")? })
}

/// Puts the capture function under a name that no program can guess.
fn expose_capture(runtime: &mut LocalRuntime) -> Option<String> {
    let mut random = [0_u8; 16];
    getrandom::fill(&mut random).ok()?;
    let name = format!("{:032x}", u128::from_le_bytes(random));
    let js = runtime.js();
    deno_core::scope!(scope, js);
    let key = v8::String::new(scope, &name)?;
    let function = v8::Function::new(scope, capture)?;
    let global = scope.get_current_context().global(scope);
    let exposed = global.create_data_property(scope, key.into(), function.into())?;
    exposed.then_some(name)
}

fn hide_capture(runtime: &mut LocalRuntime, name: &str) {
    let js = runtime.js();
    deno_core::scope!(scope, js);
    if let Some(key) = v8::String::new(scope, name) {
        let global = scope.get_current_context().global(scope);
        global.delete(scope, key.into());
    }
}

#[expect(clippy::needless_pass_by_value, reason = "V8's callbacks take their arguments so")]
fn capture(
    scope: &mut v8::PinScope<'_, '_>,
    args: v8::FunctionCallbackArguments<'_>,
    _result: v8::ReturnValue<'_>,
) {
    if let Some(state) = EngineState::of(scope) {
        *state.captured.borrow_mut() = Some(v8::Global::new(scope, args.get(0)));
    }
}
