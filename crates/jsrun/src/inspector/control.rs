//! A debugger's session of our own, from any thread: tells whether the program is paused, and makes it go on.
//!
//! `deno_core`'s inspector blocks the runtime's thread while the program is paused and tells nobody. What it does listen
//! to then are its sessions, so that this is one: asked for something that is possible only in a paused program, V8's
//! answer tells. It never enables the debugger, and so never makes a program pause.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use deno_core::futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use deno_core::{
    InspectorMsg, InspectorMsgKind, InspectorSessionChannels, InspectorSessionKind, InspectorSessionProxy,
};

/// The id of the question, and of what is not answered.
const QUESTION: i32 = 1;
const ASK: &str =
    r#"{"id":1,"method":"Debugger.evaluateOnCallFrame","params":{"callFrameId":"","expression":""}}"#;
/// How V8's answer begins when the program is not paused: `kDebuggerNotPaused` in its v8-debugger-agent-impl.cc.
const NOT_PAUSED: &str = "Can only perform operation while paused.";
/// First those who wait for a debugger go on, then those who are paused, to find themselves terminated.
const GO_ON: [&str; 2] = [
    r#"{"id":2,"method":"Runtime.runIfWaitingForDebugger"}"#,
    r#"{"id":3,"method":"Debugger.resume","params":{"terminateOnResume":true}}"#,
];

pub(crate) struct Control {
    messages: UnboundedSender<String>,
    inspector: UnboundedSender<InspectorSessionProxy>,
    /// Until it is connected: it would be taken for the debugger that the first call waits for.
    session: Mutex<Option<InspectorSessionProxy>>,
    answers: Mutex<Answers>,
    released: AtomicBool,
}

struct Answers {
    receiver: UnboundedReceiver<InspectorMsg>,
    asked: bool,
    paused: bool,
}

impl Control {
    pub(super) fn new(inspector: UnboundedSender<InspectorSessionProxy>) -> Self {
        let (messages, inbound) = unbounded();
        let (outbound, receiver) = unbounded();
        let session = InspectorSessionProxy {
            channels: InspectorSessionChannels::Regular { tx: outbound, rx: inbound },
            kind: InspectorSessionKind::NonBlocking { wait_for_disconnect: false },
        };
        Self {
            messages,
            inspector,
            session: Mutex::new(Some(session)),
            answers: Mutex::new(Answers { receiver, asked: false, paused: false }),
            released: AtomicBool::new(false),
        }
    }

    /// Makes it a session of the inspector's.
    pub(super) fn connect(&self) {
        if let Some(session) = lock(&self.session).take() {
            // An inspector that is gone has nothing to say.
            let _ = self.inspector.unbounded_send(session);
        }
    }

    /// Whether the program was paused when it was last seen. Asks again.
    pub(crate) fn is_paused(&self) -> bool {
        let mut answers = lock(&self.answers);
        while let Ok(answer) = answers.receiver.try_recv() {
            if matches!(answer.kind, InspectorMsgKind::Message(QUESTION)) {
                answers.asked = false;
                answers.paused = !answer.content.contains(NOT_PAUSED);
            }
        }
        if !answers.asked {
            answers.asked = true;
            self.say(ASK);
        }
        answers.paused
    }

    /// Makes a program go on that is paused or waits for a debugger. Its termination must have been asked for.
    pub(crate) fn release(&self) {
        if !self.released.swap(true, Ordering::AcqRel) {
            self.connect();
            for message in GO_ON {
                self.say(message);
            }
        }
    }

    /// The next program may be paused again.
    pub(crate) fn hold(&self) {
        self.released.store(false, Ordering::Release);
    }

    fn say(&self, message: &str) {
        // An inspector that is gone need not listen.
        let _ = self.messages.unbounded_send(message.to_owned());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
