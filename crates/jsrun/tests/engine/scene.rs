//! Calls that wait side by side, and a test that hears what they say.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jsrun::{Call, CallCanceller, Error, LimitKind, Runtime, Value, async_function};

use crate::support::runtime;

pub(crate) const LONG: Duration = Duration::from_mins(5);

/// What the test hears: words that JavaScript says, and the answers of its calls.
pub(crate) struct Scene {
    pub(crate) runtime: Runtime,
    sender: Sender<String>,
    heard: Receiver<String>,
    /// What `gate()` waits for.
    gates: Arc<Mutex<Vec<oneshot::Sender<()>>>>,
    /// Has `hold()` return, or the next `released()` tell it.
    releases: Sender<()>,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let runtime = runtime();
        let (sender, heard) = mpsc::channel();
        let says = sender.clone();
        let say = move |args: Vec<Value>| {
            says.send(args.first().and_then(Value::as_str).unwrap_or("?").to_owned())
                .expect("the test listens");
            Ok(Value::Undefined)
        };
        runtime.bind_function("say", say).expect("open");
        let gates: Arc<Mutex<Vec<oneshot::Sender<()>>>> = Arc::default();
        let waiting = Arc::clone(&gates);
        runtime
            .bind_function(
                "gate",
                async_function(move |_| {
                    let (opens, opened) = oneshot::channel();
                    waiting.lock().expect("unpoisoned").push(opens);
                    async move {
                        let _ = opened.await;
                        Ok(Value::Undefined)
                    }
                }),
            )
            .expect("open");
        let (releases, receiver) = mpsc::channel();
        let receiver = Arc::new(Mutex::new(receiver));
        let (holds, waits) = (sender.clone(), Arc::clone(&receiver));
        let hold = move |_: Vec<Value>| {
            holds.send("held".to_owned()).expect("the test listens");
            // A test that has failed is gone.
            let _ = waits.lock().expect("unpoisoned").recv();
            Ok(Value::Undefined)
        };
        runtime.bind_function("hold", hold).expect("open");
        let tell =
            move |_: Vec<Value>| Ok(Value::from(receiver.lock().expect("unpoisoned").try_recv().is_ok()));
        runtime.bind_function("released", tell).expect("open");
        runtime
            .eval("function busy(ms) { const end = Date.now() + ms; while (Date.now() < end) {} }")
            .expect("it runs");
        Self { runtime, sender, heard, gates, releases }
    }

    pub(crate) fn begin(&self, name: &'static str, code: &str, wall: Duration) -> CallCanceller {
        let sender = self.sender.clone();
        self.runtime.begin_call(Call::eval(code).wall(wall).cpu(Duration::MAX), move |result| {
            let text = match result {
                Ok(value) => value.as_str().unwrap_or("?").to_owned(),
                Err(Error::Cancelled) => "cancelled".to_owned(),
                Err(Error::Limit { kind: LimitKind::Wall, .. }) => "too late".to_owned(),
                Err(error) => error.to_string(),
            };
            sender.send(format!("{name}: {text}")).expect("the test listens");
        })
    }

    pub(crate) fn hear(&self) -> String {
        self.heard.recv_timeout(LONG).expect("something is said")
    }

    /// Has JavaScript go on that waits in `hold()`, or asks `released()`.
    pub(crate) fn release(&self) {
        self.releases.send(()).expect("the functions of the host are there");
    }

    /// Waits for a whole turn of the event loop: what has begun before waits for something then.
    pub(crate) fn turn(&self) {
        let timer = "new Promise((done) => setTimeout(() => done('turned'), 1))";
        let turned = self.runtime.call_and_wait(Call::eval(timer).wall(LONG).cpu(Duration::MAX));
        assert_eq!(turned.expect("it runs").as_str(), Some("turned"));
    }

    /// Waits until JavaScript waits at so many gates.
    pub(crate) fn wait_for_gates(&self, count: usize) {
        assert_eq!(self.hear_before_gates(count), None);
    }

    /// Waits until JavaScript waits at so many gates, or something is said before that.
    pub(crate) fn hear_before_gates(&self, count: usize) -> Option<String> {
        let patience = Instant::now() + LONG;
        while self.gates.lock().expect("unpoisoned").len() < count {
            if let Ok(word) = self.heard.try_recv() {
                return Some(word);
            }
            assert!(Instant::now() < patience, "there are no {count} gates");
            std::thread::yield_now();
        }
        None
    }

    /// Opens so many gates, when JavaScript waits there.
    pub(crate) fn open(&self, count: usize) {
        self.wait_for_gates(count);
        let gates = std::mem::take(&mut *self.gates.lock().expect("unpoisoned"));
        for gate in gates {
            // A call that is over waits no more.
            let _ = gate.send(());
        }
    }
}
