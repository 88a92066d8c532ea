//! The session with V8's inspector that programs in REPL mode go through.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use deno_core::serde_json::{self, Value};
use deno_core::v8;
use deno_core::v8::inspector::{
    Channel, ChannelImpl, StringBuffer, StringView, V8Inspector, V8InspectorClient, V8InspectorClientImpl,
    V8InspectorClientTrustLevel, V8InspectorSession,
};
use deno_core::{InspectorMsgKind, JsRuntime, LocalInspectorSession};

use crate::debugger_console;
use crate::inspector::Inspector;

/// The one context's group and id; V8 counts contexts from 1.
pub(super) const CONTEXT: i32 = 1;

/// The answers, by the numbers of what they answer.
type Inbox = Rc<RefCell<HashMap<i32, Value>>>;

/// A session, and what it has answered.
pub(super) struct Session {
    door: Door,
    inbox: Inbox,
}

enum Door {
    /// An inspector of our own. The session goes before the inspector that it belongs to.
    Own { session: V8InspectorSession, _inspector: V8Inspector },
    /// The inspector that debuggers use: V8 confuses the sessions of two on one isolate. `deno_core` cannot wait in a pause
    /// for as long as it hands on a message of this session.
    Shared(LocalInspectorSession),
}

impl Session {
    pub(super) fn own(js: &mut JsRuntime) -> Self {
        let inbox = Inbox::default();
        let context = js.main_context();
        let empty = StringView::empty();
        let inspector = debugger_console::unseen(js, |js| {
            let inspector = V8Inspector::create(js.v8_isolate(), V8InspectorClient::new(Box::new(Client)));
            deno_core::scope!(scope, js);
            let context = v8::Local::new(scope, context);
            inspector.context_created(context, CONTEXT, empty, empty);
            inspector
        });
        let channel = Channel::new(Box::new(Answers(Rc::clone(&inbox))));
        let session = inspector.connect(CONTEXT, channel, empty, V8InspectorClientTrustLevel::FullyTrusted);
        Self { door: Door::Own { session, _inspector: inspector }, inbox }
    }

    pub(super) fn shared(inspector: &Inspector) -> Self {
        let inbox = Inbox::default();
        let answers = Answers(Rc::clone(&inbox));
        let session = inspector.local_session(Box::new(move |message| match message.kind {
            InspectorMsgKind::Message(id) => answers.put(id, &message.content),
            InspectorMsgKind::Notification => {}
        }));
        Self { door: Door::Shared(session), inbox }
    }

    pub(super) fn is_shared(&self) -> bool {
        matches!(self.door, Door::Shared(_))
    }

    /// Sends a message, in a scope of the isolate's.
    pub(super) fn send(&mut self, message: String) {
        match &mut self.door {
            Door::Own { session, .. } => {
                let units: Vec<u16>;
                let view = if message.is_ascii() {
                    StringView::from(message.as_bytes())
                } else {
                    units = message.encode_utf16().collect();
                    StringView::from(units.as_slice())
                };
                session.dispatch_protocol_message(view);
            }
            Door::Shared(session) => session.dispatch(message),
        }
    }

    /// The answer to a message, if it has come.
    pub(super) fn take(&mut self, id: i32) -> Option<Value> {
        self.inbox.borrow_mut().remove(&id)
    }

    /// Forgets what nobody has taken.
    pub(super) fn clear(&mut self) {
        self.inbox.borrow_mut().clear();
    }
}

struct Client;

impl V8InspectorClientImpl for Client {}

/// Where V8's answers go.
struct Answers(Inbox);

impl Answers {
    fn put(&self, id: i32, text: &str) {
        let answer = serde_json::from_str(text)
            .or_else(|_| serde_json::from_str(&without_lone_surrogates(text)))
            .unwrap_or(Value::Null);
        self.0.borrow_mut().insert(id, answer);
    }
}

impl ChannelImpl for Answers {
    fn send_response(&self, call_id: i32, message: v8::UniquePtr<StringBuffer>) {
        let text = message.as_ref().map(|message| message.string().to_string()).unwrap_or_default();
        self.put(call_id, &text);
    }

    fn send_notification(&self, _message: v8::UniquePtr<StringBuffer>) {}

    fn flush_protocol_notifications(&self) {}
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
