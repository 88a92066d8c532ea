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
use jsrun_types::Exception;

use crate::event_loop;
use crate::local::{EngineState, LocalRuntime};
use crate::program::Script;
use crate::sources::Place;

/// What the session holds for us until it is released.
const OBJECT_GROUP: &str = "run";
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
    /// What the pending evaluation is of.
    script_name: String,
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
        Self { session, _inspector: inspector, inbox, last_id: 0, pending: 0, script_name: String::new() }
    }

    /// Starts the program. Its answer comes when its top-level code has ended.
    pub(crate) fn evaluate(&mut self, runtime: &mut LocalRuntime, script: &Script) {
        // An answer to an evaluation that was stopped is nobody's any more.
        self.inbox.borrow_mut().clear();
        let expression = format!("{}\n//# sourceURL={}", script.code, script.name);
        let parameters = json!({
            "expression": expression,
            "replMode": true,
            "contextId": CONTEXT,
            "objectGroup": OBJECT_GROUP,
        });
        self.script_name.clone_from(&script.name);
        self.pending = self.call(runtime, "Runtime.evaluate", &parameters);
    }

    /// The program's completion value or exception; `None` while its top-level code has not ended.
    pub(crate) fn take_answer(
        &mut self,
        runtime: &mut LocalRuntime,
    ) -> Option<Result<v8::Global<v8::Value>, Exception>> {
        let answer = self.inbox.borrow_mut().remove(&self.pending)?;
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
        let answer = self.inbox.borrow_mut().remove(&id);
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

/// V8 writes a lone surrogate as an escape, which is no character to others: it becomes U+FFFD.
fn without_lone_surrogates(json: &str) -> String {
    let mut clean = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(start) = rest.find('\\') {
        let (before, escape) = rest.split_at(start);
        clean.push_str(before);
        let length = match surrogate(escape) {
            Some(0xd800..0xdc00) if matches!(escape.get(6..).and_then(surrogate), Some(0xdc00..0xe000)) => 12,
            Some(_) => {
                clean.push('\u{fffd}');
                rest = &escape[6..];
                continue;
            }
            // Any other escape: the character after the backslash is not looked at again.
            None => 1 + escape.chars().nth(1).map_or(0, char::len_utf8),
        };
        let (kept, after) = escape.split_at(length.min(escape.len()));
        clean.push_str(kept);
        rest = after;
    }
    clean.push_str(rest);
    clean
}

/// The surrogate that the text begins with, as `\uXXXX`.
fn surrogate(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok().filter(|unit| (0xd800..0xe000).contains(unit))
}

struct Client;

impl V8InspectorClientImpl for Client {}

/// Where V8's answers go.
struct Answers(Inbox);

impl ChannelImpl for Answers {
    fn send_response(&self, call_id: i32, message: v8::UniquePtr<StringBuffer>) {
        let text = message.as_ref().map(|message| message.string().to_string()).unwrap_or_default();
        let answer = serde_json::from_str(&text)
            .or_else(|_| serde_json::from_str(&without_lone_surrogates(&text)))
            .unwrap_or(Value::Null);
        self.0.borrow_mut().insert(call_id, answer);
    }

    fn send_notification(&self, _message: v8::UniquePtr<StringBuffer>) {}

    fn flush_protocol_notifications(&self) {}
}

#[cfg(test)]
mod tests {
    use super::without_lone_surrogates;

    #[test]
    fn only_lone_surrogates_are_replaced() {
        for (json, clean) in [
            (r#""plain""#, r#""plain""#),
            (r#""a\ud800b""#, "\"a\u{fffd}b\""),
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""\ude00\ud83d""#, "\"\u{fffd}\u{fffd}\""),
            (r#""\\ud800 \n \u0041""#, r#""\\ud800 \n \u0041""#),
        ] {
            assert_eq!(without_lone_surrogates(json), clean);
        }
    }
}
