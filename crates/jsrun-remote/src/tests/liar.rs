//! A host against workers that say what none of ours says.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jsrun::{
    AnyHandle, Call, CloseReason, ConsoleEvent, ConsoleLevel, Error, FunctionHandle, HandleOwner, Limits,
    TransferLimits, Value, sending,
};
use jsrun_proto::{Decoder, encode_within};
use serde::Serialize;

use super::stage::{open, pair, read_settings};
use crate::message::{Ask, FromRuntime, Outcome, ToRuntime};
use crate::{Remote, RemoteOptions};

/// A session whose worker is the test.
struct Stage {
    remote: Remote,
    killed: Arc<AtomicBool>,
    socket: OwnedFd,
    decoder: Decoder<ToRuntime>,
}

impl Stage {
    fn new(options: RemoteOptions) -> Self {
        let (ours, socket) = pair();
        let (remote, killed) = open(ours, options);
        let (_, decoder) = read_settings(&socket);
        Self { remote, killed, socket, decoder: decoder.followed_by(1 << 20) }
    }

    fn say(&self, message: &FromRuntime) {
        self.send(&encode(message));
    }

    fn send(&self, bytes: &[u8]) {
        let mut unsent = bytes;
        while !unsent.is_empty() {
            match rustix::net::send(&self.socket, unsent, rustix::net::SendFlags::NOSIGNAL) {
                Ok(count) => unsent = &unsent[count..],
                // The host has had enough.
                Err(_) => return,
            }
        }
    }

    /// What the host says next.
    fn hear(&mut self) -> ToRuntime {
        let mut bytes = [0; 4096];
        loop {
            if let Some(message) = self.decoder.next_message().expect("a frame") {
                return message;
            }
            let count = rustix::io::read(&self.socket, &mut bytes).expect("the host lives");
            assert!(count > 0, "the host has ended");
            self.decoder.feed(&bytes[..count]);
        }
    }

    /// A call that the worker owes an answer for.
    fn begin(&self) -> std::sync::mpsc::Receiver<Result<Value, Error>> {
        let (sender, answer) = std::sync::mpsc::channel();
        self.remote.begin_call("1", move |result| sender.send(result).expect("the test waits"));
        answer
    }

    /// The worker is killed for this reason, and who waits is told.
    fn assert_crashed(&self, answer: &std::sync::mpsc::Receiver<Result<Value, Error>>, reason: &str) {
        let answer = answer.recv().expect("an answer, whatever happens");
        assert!(matches!(answer, Err(Error::Closed(CloseReason::Crashed))), "{answer:?}");
        let crash = self.remote.crash_reason().expect("it crashed");
        assert!(crash.contains(reason), "{crash:?} does not tell {reason:?}");
        self.remote.close();
        assert!(self.killed.load(Ordering::SeqCst), "it lives on");
        assert_eq!(self.remote.close_reason(), Some(CloseReason::Crashed));
    }
}

fn encode<M: Serialize>(message: &M) -> Vec<u8> {
    let limits = TransferLimits { depth: u32::MAX, values: u64::MAX, errors: u64::MAX };
    sending(limits, || encode_within(message, usize::MAX)).0.expect("it can be encoded")
}

fn done(id: u64, value: Value) -> FromRuntime {
    FromRuntime::Done { id, result: Ok(Outcome::Value(value)) }
}

#[test]
fn what_no_worker_says_ends_the_session() {
    struct Nobody;
    impl HandleOwner for Nobody {
        fn release(&self, _id: u64) {}
    }
    let event = ConsoleEvent {
        level: ConsoleLevel::Log,
        args: Vec::new(),
        text: String::new(),
        position: None,
        group: 0,
        time: Duration::ZERO,
    };
    let ask = |target, what| FromRuntime::Ask { ask: 1, target, what };
    let handle = FunctionHandle::new(1, Arc::new(Nobody));
    let _: AnyHandle = AnyHandle::Function(handle.clone());
    for (message, reason) in [
        (done(99, Value::Null), "a result of nothing"),
        (FromRuntime::Done { id: 1, result: Ok(Outcome::Nothing) }, "a call's result that is none"),
        (FromRuntime::Began { id: 1 }, "that a call begins which does not"),
        (FromRuntime::Began { id: 99 }, "that a call begins which does not"),
        (FromRuntime::Waits { id: 99 }, "that something waits which does not"),
        (FromRuntime::Console(Box::new(event)), "a console that nobody hears"),
        (ask(99, Ask::Pull), "an ask of nobody"),
        (ask(1, Ask::Pull), "an ask of the wrong kind"),
        (ask(1, Ask::Load { url: String::new() }), "an ask of the wrong kind"),
        (FromRuntime::CancelStream { stream: 1 }, "cancels a stream which is none"),
        (FromRuntime::Failed("for a reason".to_owned()), "for a reason"),
        (done(1, (0..2_000).fold(Value::Null, |inner, _| Value::Array(vec![inner]))), "malformed"),
        (done(1, Value::Array(vec![Value::Null; 3_000_000])), "malformed"),
        (done(1, Value::Bytes(vec![0; 40 << 20])), "exceeds the limit"),
    ] {
        let function = |_: Vec<Value>| Ok(Value::Null);
        let functions = vec![("f".to_owned(), Arc::new(function) as Arc<dyn jsrun::HostFunction>)];
        let stage = Stage::new(RemoteOptions { functions, ..RemoteOptions::default() });
        let answer = stage.begin();
        stage.say(&message);
        stage.assert_crashed(&answer, reason);
    }
}

#[test]
fn bytes_that_are_no_frames_end_the_session() {
    for bytes in [&[3, 0, 0, 0, 255, 255, 255][..], &[0xff; 16], &[0, 0, 0, 0]] {
        let stage = Stage::new(RemoteOptions::default());
        let answer = stage.begin();
        stage.send(bytes);
        stage.assert_crashed(&answer, "it was killed, because");
    }
    let stage = Stage::new(RemoteOptions::default());
    let answer = stage.begin();
    let mut frame = encode(&done(1, Value::Null));
    frame.push(0);
    let length = u32::try_from(frame.len() - 4).expect("it is short");
    frame[..4].copy_from_slice(&length.to_le_bytes());
    stage.send(&frame);
    stage.assert_crashed(&answer, "after its message");
}

#[test]
fn a_worker_that_goes_away_ends_the_session() {
    let Stage { remote, socket, .. } = Stage::new(RemoteOptions::default());
    let (sender, answer) = std::sync::mpsc::channel();
    remote.begin_call("1", move |result| sender.send(result).expect("the test waits"));
    drop(socket);
    let answer = answer.recv().expect("an answer, whatever happens");
    assert!(matches!(answer, Err(Error::Closed(CloseReason::Crashed))), "{answer:?}");
    assert_eq!(remote.crash_reason(), Some("it was a test"));
}

#[test]
fn a_worker_that_does_not_answer_in_time_is_killed() {
    let limits = Limits { wall: Duration::from_millis(20), ..Limits::default() };
    let grace = Duration::from_millis(20);
    let stage = Stage::new(RemoteOptions { limits, grace, ..RemoteOptions::default() });
    let answer = stage.begin();
    stage.assert_crashed(&answer, "did not stop a call in time");
}

#[test]
fn a_call_after_a_long_silence_is_watched_too() {
    let limits = Limits { wall: Duration::from_millis(20), ..Limits::default() };
    let grace = Duration::from_millis(20);
    let stage = Stage::new(RemoteOptions { limits, grace, ..RemoteOptions::default() });
    stage.remote.wait_until_unwatched();
    let answer = stage.begin();
    stage.assert_crashed(&answer, "did not stop a call in time");
}

#[test]
fn a_worker_that_does_not_heed_a_cancel_is_killed() {
    let grace = Duration::from_millis(20);
    let stage = Stage::new(RemoteOptions { grace, ..RemoteOptions::default() });
    let (sender, answer) = std::sync::mpsc::channel();
    let call = Call::eval("1").wall(Duration::MAX);
    let canceller = stage.remote.begin_call(call, move |result| sender.send(result).expect("the test waits"));
    canceller.cancel();
    stage.assert_crashed(&answer, "did not stop a call in time");
}

#[test]
fn a_worker_that_does_not_read_blocks_nobody() {
    let stage = Stage::new(RemoteOptions::default());
    let code = "x".repeat(1 << 20);
    let mut begun = 0;
    while !stage.remote.is_busy() {
        stage.remote.begin_call(code.clone(), |_| ());
        begun += 1;
    }
    assert!(begun > 1);
    let (sender, answer) = std::sync::mpsc::channel();
    stage.remote.begin_call("1", move |result| sender.send(result).expect("the test waits"));
    assert!(matches!(answer.recv().expect("at once"), Err(Error::Busy)));
    stage.remote.close();
}

#[test]
fn calls_that_are_not_alone_are_announced() {
    let mut stage = Stage::new(RemoteOptions::default());
    let (first, second) = (stage.begin(), stage.begin());
    for expected in [false, true] {
        let ToRuntime::Call { announce, .. } = stage.hear() else { panic!("not a call") };
        assert_eq!(announce, expected);
    }
    stage.say(&done(1, Value::from(1)));
    stage.say(&FromRuntime::Began { id: 2 });
    stage.say(&done(2, Value::from(2)));
    assert_eq!(first.recv().expect("an answer").expect("a value"), Value::from(1));
    assert_eq!(second.recv().expect("an answer").expect("a value"), Value::from(2));
}
