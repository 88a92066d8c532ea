//! V8's REPL mode: top-level `await`, and `let` and `const` that may be declared again.
//!
//! Only V8's inspector offers it, so programs go in as messages of the `DevTools` protocol, and values come out
//! through a function of ours that the protocol calls with them.
//! <https://chromedevtools.github.io/devtools-protocol/tot/Runtime/#method-evaluate>

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use deno_core::serde_json::{self, Value, json};
use deno_core::v8;
use deno_core::v8::inspector::{
    Channel, ChannelImpl, StringBuffer, StringView, V8Inspector, V8InspectorClient, V8InspectorClientImpl,
    V8InspectorClientTrustLevel, V8InspectorSession,
};
use jsrun_types::{Exception, Position, RunRequest};

use crate::exception;
use crate::local::{EngineState, LocalRuntime};

/// The one context's group and id; V8 counts contexts from 1.
const CONTEXT: i32 = 1;

type Inbox = Rc<RefCell<HashMap<i32, Value>>>;

/// A session with V8's inspector.
pub(crate) struct Repl {
    // The session goes before the inspector that it belongs to.
    session: V8InspectorSession,
    _inspector: V8Inspector,
    inbox: Inbox,
    last_id: i32,
    pending: i32,
}

impl Repl {
    pub(crate) fn new(runtime: &mut LocalRuntime) -> Self {
        let inbox = Inbox::default();
        let js = runtime.js();
        let context = js.main_context();
        let inspector = V8Inspector::create(js.v8_isolate(), V8InspectorClient::new(Box::new(Client)));
        deno_core::scope!(scope, js);
        let context = v8::Local::new(scope, context);
        let empty = StringView::empty();
        inspector.context_created(context, CONTEXT, empty, empty);
        let channel = Channel::new(Box::new(Answers(Rc::clone(&inbox))));
        let session = inspector.connect(CONTEXT, channel, empty, V8InspectorClientTrustLevel::FullyTrusted);
        Self { session, _inspector: inspector, inbox, last_id: 0, pending: 0 }
    }

    /// Starts the program. Its answer comes when its top-level code has ended.
    pub(crate) fn evaluate(&mut self, runtime: &mut LocalRuntime, request: &RunRequest) {
        let expression = format!("{}\n//# sourceURL={}", request.code, request.name);
        let parameters = json!({ "expression": expression, "replMode": true, "contextId": CONTEXT });
        self.pending = self.call(runtime, "Runtime.evaluate", &parameters);
    }

    /// The program's completion value or exception; `None` while its top-level code has not ended.
    pub(crate) fn take_answer(
        &mut self,
        runtime: &mut LocalRuntime,
        request: &RunRequest,
    ) -> Option<Result<v8::Global<v8::Value>, Exception>> {
        let answer = self.inbox.borrow_mut().remove(&self.pending)?;
        let details = &answer["result"]["exceptionDetails"];
        if details.is_null() {
            return self.fetch(runtime, &answer["result"]["result"]).map(Ok);
        }
        let thrown = self.fetch(runtime, &details["exception"])?;
        let mut exception = describe(runtime, &thrown);
        if exception.frames.is_empty() {
            // A syntax error has no stack; the protocol counts lines and columns from 0.
            let number = |field: &str| {
                details[field].as_u64().and_then(|number| u32::try_from(number).ok()).unwrap_or(0) + 1
            };
            exception.position = Some(Position {
                file: request.name.clone(),
                line: number("lineNumber"),
                column: number("columnNumber"),
            });
        }
        Some(Err(exception))
    }

    /// The value that a message describes.
    fn fetch(&mut self, runtime: &mut LocalRuntime, remote: &Value) -> Option<v8::Global<v8::Value>> {
        let mut argument = serde_json::Map::new();
        for field in ["objectId", "unserializableValue", "value"] {
            if let Some(value) = remote.get(field) {
                argument.insert(field.to_owned(), value.clone());
                break;
            }
        }
        let name = expose_capture(runtime)?;
        let parameters = json!({
            // The name is an own property, so that nothing of the program runs on the way to it.
            "functionDeclaration": format!("function (value) {{ globalThis[{name:?}](value); }}"),
            "arguments": [argument],
            "executionContextId": CONTEXT,
        });
        let id = self.call(runtime, "Runtime.callFunctionOn", &parameters);
        self.inbox.borrow_mut().remove(&id);
        hide_capture(runtime, &name);
        runtime.state.captured.take()
    }

    fn call(&mut self, runtime: &mut LocalRuntime, method: &str, parameters: &Value) -> i32 {
        self.last_id += 1;
        let message = json!({ "id": self.last_id, "method": method, "params": parameters }).to_string();
        let js = runtime.js();
        deno_core::scope!(scope, js);
        let units: Vec<u16>;
        let view = if message.is_ascii() {
            StringView::from(message.as_bytes())
        } else {
            units = message.encode_utf16().collect();
            StringView::from(units.as_slice())
        };
        v8::tc_scope!(let _scope, scope);
        self.session.dispatch_protocol_message(view);
        self.last_id
    }
}

fn describe(runtime: &mut LocalRuntime, thrown: &v8::Global<v8::Value>) -> Exception {
    let state = Rc::clone(&runtime.state);
    let js = runtime.js();
    deno_core::scope!(scope, js);
    let thrown = v8::Local::new(scope, thrown);
    exception::describe(scope, &state, thrown, None)
}

/// Puts the capture function under a name that no program can guess.
fn expose_capture(runtime: &mut LocalRuntime) -> Option<String> {
    let mut random = [0_u8; 16];
    // SAFETY: the buffer is valid for its length; the call cannot fail for so few bytes.
    unsafe { libc::getrandom(random.as_mut_ptr().cast(), random.len(), 0) };
    let name = format!("{:032x}", u128::from_le_bytes(random));
    let js = runtime.js();
    deno_core::scope!(scope, js);
    let key = v8::String::new(scope, &name)?;
    let function = v8::Function::new(scope, capture)?;
    let global = scope.get_current_context().global(scope);
    global.create_data_property(scope, key.into(), function.into())?;
    Some(name)
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

struct Client;

impl V8InspectorClientImpl for Client {}

/// Where V8's answers go.
struct Answers(Inbox);

impl ChannelImpl for Answers {
    fn send_response(&self, call_id: i32, message: v8::UniquePtr<StringBuffer>) {
        let text = message.as_ref().map(|message| message.string().to_string()).unwrap_or_default();
        if let Ok(answer) = serde_json::from_str(&text) {
            self.0.borrow_mut().insert(call_id, answer);
        }
    }

    fn send_notification(&self, _message: v8::UniquePtr<StringBuffer>) {}

    fn flush_protocol_notifications(&self) {}
}
