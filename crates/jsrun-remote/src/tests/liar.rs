//! A host against workers that say what none of ours says.

use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::time::Duration;

use jsrun::{
    AnyHandle, Call, Chunk, CloseReason, ConsoleEvent, ConsoleLevel, Error, FunctionHandle, HandleOwner,
    HostFunction, HostReply, HostStream, LimitKind, Limits, TransferLimits, Value, sending,
};
use jsrun_proto::{Decoder, encode_within};
use serde::Serialize;

use super::stage::{Rope, open, pair, read_settings, unhurried};
use crate::failure::Failure;
use crate::message::{Answer, Ask, Command, FromRuntime, Outcome, ToRuntime};
use crate::{Leash, Permit, Remote, RemoteOptions};

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

/// A `console.log()`.
fn empty_log() -> ConsoleEvent {
    ConsoleEvent {
        level: ConsoleLevel::Log,
        args: Vec::new(),
        text: String::new(),
        position: None,
        group: 0,
        time: Duration::ZERO,
    }
}

#[test]
fn what_no_worker_says_ends_the_session() {
    struct Nobody;
    impl HandleOwner for Nobody {
        fn release(&self, _id: u64) {}
    }
    let event = empty_log();
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
        let stage = Stage::new(RemoteOptions { functions, ..unhurried() });
        let answer = stage.begin();
        stage.say(&message);
        stage.assert_crashed(&answer, reason);
    }
}

#[test]
fn bytes_that_are_no_frames_end_the_session() {
    for bytes in [&[3, 0, 0, 0, 255, 255, 255][..], &[0xff; 16], &[0, 0, 0, 0]] {
        let stage = Stage::new(unhurried());
        let answer = stage.begin();
        stage.send(bytes);
        stage.assert_crashed(&answer, "it was killed, because");
    }
    let stage = Stage::new(unhurried());
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
    let Stage { remote, socket, .. } = Stage::new(unhurried());
    let (sender, answer) = std::sync::mpsc::channel();
    remote.begin_call("1", move |result| sender.send(result).expect("the test waits"));
    drop(socket);
    let answer = answer.recv().expect("an answer, whatever happens");
    assert!(matches!(answer, Err(Error::Closed(CloseReason::Crashed))), "{answer:?}");
    assert_eq!(remote.crash_reason(), Some("it was a test"));
}

#[test]
fn a_worker_that_does_not_answer_in_time_is_killed() {
    let limits = Limits { wall: Duration::from_millis(20), ..unhurried().limits };
    let grace = Duration::from_millis(20);
    let stage = Stage::new(RemoteOptions { limits, grace, ..unhurried() });
    let answer = stage.begin();
    stage.assert_crashed(&answer, "did not stop a call in time");
}

#[test]
fn a_call_after_a_long_silence_is_watched_too() {
    let limits = Limits { wall: Duration::from_millis(20), ..unhurried().limits };
    let grace = Duration::from_millis(20);
    let stage = Stage::new(RemoteOptions { limits, grace, ..unhurried() });
    stage.remote.wait_until_unwatched();
    let answer = stage.begin();
    stage.assert_crashed(&answer, "did not stop a call in time");
}

#[test]
fn a_worker_that_does_not_heed_a_cancel_is_killed() {
    let grace = Duration::from_millis(20);
    let stage = Stage::new(RemoteOptions { grace, ..unhurried() });
    let (sender, answer) = std::sync::mpsc::channel();
    let call = Call::eval("1").wall(Duration::MAX);
    let canceller = stage.remote.begin_call(call, move |result| sender.send(result).expect("the test waits"));
    canceller.cancel();
    stage.assert_crashed(&answer, "did not stop a call in time");
}

#[test]
fn a_worker_that_does_not_read_blocks_nobody() {
    let stage = Stage::new(unhurried());
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
    let mut stage = Stage::new(unhurried());
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

/// Options with one function, whose number is 1.
fn with_function(function: impl HostFunction + 'static, grace: Duration) -> RemoteOptions {
    let functions = vec![("f".to_owned(), Arc::new(function) as Arc<dyn HostFunction>)];
    RemoteOptions { functions, grace, ..unhurried() }
}

#[test]
fn a_worker_that_asks_and_does_not_read_the_answers_is_killed_before_they_pile_up() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let answer = move |_: Vec<Value>| {
        counted.fetch_add(1, Ordering::SeqCst);
        Ok(Value::from("x".repeat(1 << 20).as_str()))
    };
    let stage = Stage::new(with_function(answer, Duration::from_millis(50)));
    let answer = stage.begin();
    for ask in 0..200 {
        stage.say(&FromRuntime::Ask { ask, target: 1, what: Ask::Call(Vec::new()) });
    }
    stage.assert_crashed(&answer, "does not read what it is sent");
    assert!(calls.load(Ordering::SeqCst) < 80, "{calls:?}");
}

/// Never answers, and goes on although nobody waits.
struct Endless(Arc<Mutex<Vec<Permit>>>);

impl HostFunction for Endless {
    fn call(&self, _args: Vec<Value>) -> HostReply {
        self.0.lock().expect("no panic").extend(Permit::current());
        HostReply::Later(Box::pin(std::future::pending()))
    }
}

#[test]
fn asks_that_wait_are_bounded_in_size_until_the_hosts_work_is_over() {
    let permits = Arc::new(Mutex::new(Vec::new()));
    let options = with_function(Endless(Arc::clone(&permits)), unhurried().grace);
    let mut stage = Stage::new(options);
    let _answer = stage.begin();
    assert!(matches!(stage.hear(), ToRuntime::Call { .. }));
    let text = Value::from("x".repeat(1 << 20).as_str());
    let mut ask = |ask| {
        stage.say(&FromRuntime::Ask { ask, target: 1, what: Ask::Call(vec![text.clone()]) });
        match stage.hear() {
            ToRuntime::Answer { ask: answered, answer: Answer::Later } if answered == ask => true,
            ToRuntime::Answer { ask: answered, answer: Answer::Now(Err(error)) } if answered == ask => {
                assert_eq!(error.class, "RangeError");
                false
            }
            other => panic!("{other:?}"),
        }
    };
    let accepted = (0..100).take_while(|number| ask(*number)).count();
    assert_eq!(accepted, 63, "64 MiB with the frames");
    let mut give_up = encode(&FromRuntime::GiveUp { ask: 0 });
    give_up.extend(encode(&FromRuntime::GiveUp { ask: 1 }));
    stage.send(&give_up);
    let mut ask = |ask| {
        stage.say(&FromRuntime::Ask { ask, target: 1, what: Ask::Call(vec![text.clone()]) });
        matches!(stage.hear(), ToRuntime::Answer { answer: Answer::Later, .. })
    };
    assert!(!ask(1_000));
    drop(permits.lock().expect("no panic").remove(0));
    assert!(ask(1_001));
    assert!(!ask(1_002));
}

#[test]
fn a_worker_that_asks_while_it_has_nothing_to_do_is_killed() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let count = move |_: Vec<Value>| {
        counted.fetch_add(1, Ordering::SeqCst);
        Ok(Value::Null)
    };
    let mut stage = Stage::new(with_function(count, unhurried().grace));
    let ask = |ask| FromRuntime::Ask { ask, target: 1, what: Ask::Call(Vec::new()) };
    let answer = stage.begin();
    assert!(matches!(stage.hear(), ToRuntime::Call { .. }));
    stage.say(&ask(1));
    assert!(matches!(stage.hear(), ToRuntime::Answer { .. }));
    // Before anybody can make another call.
    stage.send(&[encode(&done(1, Value::from(1))), encode(&ask(2))].concat());
    assert_eq!(answer.recv().expect("an answer").expect("a value"), Value::from(1));
    stage.remote.wait_until_closed();
    assert_eq!(
        stage.remote.crash_reason(),
        Some("it was killed, because it said an ask while it had nothing to do")
    );
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[test]
fn a_session_whose_thread_panics_leaves_nobody_waiting() {
    struct Panicking(Rope);
    impl Leash for Panicking {
        fn kill(&self) {
            self.0.kill();
        }

        fn look(&self) -> Option<LimitKind> {
            panic!("as a bug would")
        }

        fn death(&self) -> String {
            self.0.death()
        }
    }
    let (ours, theirs) = pair();
    let (rope, killed) = Rope::new(&ours);
    let remote = Remote::open(ours, Box::new(Panicking(rope)), unhurried()).expect("a session");
    let (sender, answer) = mpsc::channel();
    let first = sender.clone();
    // The worker is looked at while it owes an answer.
    remote.begin_call("1", move |result| first.send(result).expect("the test waits"));
    let answered = answer.recv().expect("an answer, whatever happens");
    assert!(matches!(answered, Err(Error::Closed(CloseReason::Crashed))), "{answered:?}");
    remote.close();
    assert!(killed.load(Ordering::SeqCst), "it lives on");
    assert_eq!(remote.crash_reason(), Some("it was killed, because the thread that speaks with it failed"));
    remote.begin_call("1", move |result| sender.send(result).expect("the test waits"));
    assert!(answer.recv().expect("an answer").is_err());
    drop(theirs);
}

#[test]
fn what_stops_a_call_does_not_overtake_it() {
    let mut stage = Stage::new(unhurried());
    for _ in 0..50 {
        let ready = Arc::new(Barrier::new(2));
        let mut cancelling = None;
        stage.remote.send_slowly("1", |canceller| {
            let begins = Arc::clone(&ready);
            cancelling = Some(std::thread::spawn(move || {
                begins.wait();
                canceller.cancel();
            }));
            ready.wait();
            // It has every chance to be the first.
            for _ in 0..100 {
                std::thread::yield_now();
            }
        });
        cancelling.expect("it was begun").join().expect("no panic");
        let ToRuntime::Call { id, .. } = stage.hear() else { panic!("not the call") };
        assert!(matches!(stage.hear(), ToRuntime::Cancel { id: cancelled } if cancelled == id));
        stage.say(&FromRuntime::Done { id, result: Err(Failure::Cancelled) });
    }
}

#[test]
fn a_stream_is_cancelled_once() {
    struct Source(AtomicUsize);
    impl HostStream for Source {
        fn next(&self) -> Chunk {
            Box::pin(std::future::pending())
        }

        fn cancel(&self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let mut stage = Stage::new(unhurried());
    let source = Arc::new(Source(AtomicUsize::new(0)));
    let (remote, stream) = (stage.remote.clone(), Arc::clone(&source));
    let creating = std::thread::spawn(move || remote.create_stream(stream).map(drop));
    let ToRuntime::Do { what: Command::CreateStream { stream }, .. } = stage.hear() else {
        panic!("not a stream")
    };
    for _ in 0..2 {
        stage.say(&FromRuntime::CancelStream { stream });
    }
    let created = creating.join().expect("no panic");
    assert!(matches!(created, Err(Error::Closed(CloseReason::Crashed))), "{created:?}");
    stage.remote.close();
    assert_eq!(source.0.load(Ordering::SeqCst), 1);
}

#[test]
fn a_worker_that_does_not_begin_a_call_is_killed() {
    let limits = Limits { wall: Duration::from_millis(20), ..unhurried().limits };
    let grace = Duration::from_millis(20);
    let mut stage = Stage::new(RemoteOptions { limits, grace, ..unhurried() });
    let (first, second) = mpsc::channel();
    // It has no limit, and waits for a promise: nothing of it runs.
    let endless = Call::eval("1").wall(Duration::MAX);
    stage.remote.begin_call(endless, move |result| first.send(result).expect("the test waits"));
    let ToRuntime::Call { id, .. } = stage.hear() else { panic!("not a call") };
    stage.say(&FromRuntime::Waits { id });
    let answer = stage.begin();
    stage.assert_crashed(&answer, "did not stop a call in time");
    assert!(second.recv().expect("an answer, whatever happens").is_err());
}

#[test]
fn a_worker_that_does_not_obey_a_command_is_killed() {
    let stage = Stage::new(RemoteOptions { grace: Duration::from_millis(20), ..unhurried() });
    stage.remote.wait_until_unwatched();
    let stats = stage.remote.stats();
    assert!(matches!(stats, Err(Error::Closed(CloseReason::Crashed))), "{stats:?}");
}

#[test]
fn who_waits_for_a_command_can_be_interrupted() {
    let interrupted = Box::new(|| true);
    let grace = Duration::from_mins(1);
    let stage = Stage::new(RemoteOptions { grace, interrupted, ..unhurried() });
    let stats = stage.remote.stats();
    assert!(matches!(stats, Err(Error::Cancelled)), "{stats:?}");
    assert!(!stage.remote.is_closed());
}

#[test]
fn an_answer_that_came_while_the_host_slept_is_heard() {
    // On a machine with other things to do a short time may be over before the first event is heard.
    let walls = [500, 5_000, 50_000].map(Duration::from_millis);
    assert!(walls.into_iter().any(is_heard_after_a_sleep), "no event was heard in time");
}

/// Whether the first event was heard in time; if it was, the answer must be.
fn is_heard_after_a_sleep(wall: Duration) -> bool {
    let (entered, enters) = mpsc::channel();
    let (leave, leaves) = mpsc::channel::<()>();
    let leaves = Mutex::new(leaves);
    let on_console = move |_| {
        // A test that tries again is gone.
        let _ = entered.send(());
        let _ = leaves.lock().expect("no panic").recv();
    };
    let stage = Stage::new(RemoteOptions {
        limits: Limits { wall, ..unhurried().limits },
        grace: Duration::from_millis(20),
        on_console: Some(Box::new(on_console)),
        ..unhurried()
    });
    let event = empty_log();
    let answer = stage.begin();
    let event = encode(&FromRuntime::Console(Box::new(event)));
    stage.send(&[event.clone(), event].concat());
    // The first is begun within the call's time, which is over when the second is: that is nobody's but the host's.
    while enters.try_recv().is_err() {
        if stage.remote.is_closed() {
            return false;
        }
        std::thread::yield_now();
    }
    std::thread::sleep(wall + Duration::from_millis(100));
    leave.send(()).expect("the host waits");
    enters.recv().expect("a second event");
    stage.say(&done(1, Value::from(1)));
    std::thread::sleep(Duration::from_millis(200));
    leave.send(()).expect("the host waits");
    assert_eq!(answer.recv().expect("an answer").expect("in time"), Value::from(1));
    true
}
