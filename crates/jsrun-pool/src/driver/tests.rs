//! A driver against workers that do what no worker should: the test speaks for the worker, a real process stands in.

use std::io::Write as _;
use std::os::unix::net::UnixStream as StdUnixStream;
use std::process::{Child, Command, Stdio};

use jsrun_proto::Decoder;
use jsrun_types::{ByteSize, ConsoleEvent, ConsoleLevel, Preview};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use tokio::net::UnixStream;

use super::*;
use crate::census::{Census, Kind};
use crate::process::Process;
use crate::worker::KilledOnDrop;
use crate::{PoolConfig, Run};

/// A run whose worker is the test.
struct Stage {
    run: Run,
    /// The worker's end of the socket.
    socket: StdUnixStream,
    process: Arc<Process>,
    exit: Option<oneshot::Sender<Exit>>,
    census: Arc<Census>,
    /// Killed and reaped in the end.
    _child: StandIn,
}

/// A process that does nothing.
struct StandIn(Child);

impl Stage {
    fn new(limits: Limits) -> Self {
        Self::with_code(limits, "1".to_owned())
    }

    fn with_code(limits: Limits, code: String) -> Self {
        // Waits for the end of its input, which does not come.
        let child =
            Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("cat starts");
        let child = StandIn(child);
        let pid = i32::try_from(child.0.id()).ok().and_then(Pid::from_raw).expect("a process id");
        let pidfd = pidfd_open(pid, PidfdFlags::empty()).expect("the child is not reaped");
        let process = Arc::new(Process::new(child.0.id(), pidfd));
        let (ours, socket) = StdUnixStream::pair().expect("a socket pair");
        ours.set_nonblocking(true).expect("a socket can be non-blocking");
        let (exit, exit_receiver) = oneshot::channel();
        let worker = Worker {
            process: KilledOnDrop(Arc::clone(&process)),
            zygote: Arc::clone(&process),
            socket: UnixStream::from_std(ours).expect("a tokio runtime"),
            decoder: Decoder::new(),
            program: ByteSize::default(),
            exit: exit_receiver,
        };
        let config = PoolConfig { grace: Duration::from_millis(50), ..PoolConfig::new("unused") };
        let shared = Arc::new(Shared::new(config));
        let census = Arc::clone(&shared.census);
        let busy = census.count(Kind::Busy);
        let request = RunRequest { limits, ..RunRequest::new(code) };
        let run = Run::start(worker, busy, shared, request);
        Self { run, socket, process, exit: Some(exit), census, _child: child }
    }

    fn send(&mut self, message: &FromWorker) {
        self.send_bytes(&encode(message).expect("fits"));
    }

    fn send_bytes(&mut self, bytes: &[u8]) {
        self.socket.write_all(bytes).expect("the driver reads");
    }

    fn exit(&mut self, status: ExitStatus) {
        self.exit_with(Exit { status, cpu: Duration::from_millis(7), memory: ByteSize::mib(10) });
    }

    fn exit_with(&mut self, exit: Exit) {
        self.exit.take().expect("a process exits once").send(exit).expect("the driver listens");
    }

    /// The events, the outcome, and that nothing comes after it. The worker must be dead then.
    async fn finish(mut self) -> (Vec<Event>, Outcome) {
        let mut events = Vec::new();
        let outcome = loop {
            match self.run.next().await {
                Some(RunItem::Event(event)) => events.push(event),
                Some(RunItem::Outcome(outcome)) => break outcome,
                None => panic!("no outcome"),
            }
        };
        assert_eq!(self.run.next().await, None);
        self.process.ended().await.expect("a pidfd can be waited for");
        assert_eq!(self.census.get(Kind::Busy), 0);
        (events, outcome)
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.0.kill().expect("our child");
        self.0.wait().expect("our child");
    }
}

/// Limits of time that no test comes to, however busy its machine is.
fn unhurried() -> Limits {
    Limits { wall: Duration::from_hours(1), cpu: Duration::from_hours(1), ..Limits::default() }
}

fn event(text: &str) -> Event {
    Event::Console(ConsoleEvent {
        level: ConsoleLevel::Log,
        args: vec![Preview::Null],
        text: text.to_owned(),
        position: None,
        group: 0,
        time: Duration::ZERO,
    })
}

fn outcome(status: Status) -> FromWorker {
    FromWorker::Outcome(Outcome { status, usage: Usage::default() })
}

fn ok() -> FromWorker {
    outcome(Status::Ok(Preview::Number(4.0)))
}

#[tokio::test]
async fn events_then_the_outcome() {
    let mut stage = Stage::new(unhurried());
    stage.send(&FromWorker::Event(event("a")));
    assert_eq!(stage.run.next().await, Some(RunItem::Event(event("a"))), "while the run goes on");
    stage.send(&FromWorker::Event(event("b")));
    stage.send(&ok());
    let (events, outcome) = stage.finish().await;
    assert_eq!(events, [event("b")]);
    assert_eq!(outcome.status, Status::Ok(Preview::Number(4.0)));
}

#[tokio::test]
async fn garbage_is_a_crash() {
    for bytes in [&[255; 64][..], &[1, 0, 0, 0, 99], &[2, 0, 0, 0, 0, 0]] {
        let mut stage = Stage::new(unhurried());
        stage.send(&FromWorker::Event(event("kept")));
        stage.send_bytes(bytes);
        stage.exit(ExitStatus::Signal(9));
        let (events, outcome) = stage.finish().await;
        assert_eq!(events, [event("kept")]);
        assert_eq!(outcome.status, Status::Crashed);
        assert_eq!(outcome.usage.cpu, Duration::from_millis(7));
        assert_eq!(outcome.usage.output, ByteSize::bytes(16 + 4 + 8), "an event, its text, and one argument");
    }
}

#[tokio::test]
async fn what_is_out_of_turn_is_a_crash() {
    let after_the_outcome =
        [encode(&ok()).expect("fits"), encode(&FromWorker::Event(event("late"))).expect("fits")].concat();
    let second_ready = encode(&FromWorker::Ready).expect("fits");
    let not_cancelled = encode(&outcome(Status::Cancelled)).expect("fits");
    let failed = encode(&FromWorker::Failed("so".to_owned())).expect("fits");
    for bytes in [after_the_outcome, second_ready, not_cancelled, failed] {
        let mut stage = Stage::new(unhurried());
        stage.send_bytes(&bytes);
        stage.exit(ExitStatus::Signal(9));
        assert_eq!(stage.finish().await.1.status, Status::Crashed);
    }
}

#[tokio::test]
async fn an_exit_code_tells_out_of_memory_from_a_crash() {
    for (exit, status) in [
        (ExitStatus::Code(exit_code::OUT_OF_MEMORY), Status::Limit(LimitKind::Memory)),
        (ExitStatus::Code(exit_code::SERVED), Status::Crashed),
        (ExitStatus::Signal(11), Status::Crashed),
    ] {
        let mut stage = Stage::new(unhurried());
        stage.socket.shutdown(std::net::Shutdown::Both).expect("a socket");
        stage.exit(exit);
        assert_eq!(stage.finish().await.1.status, status);
    }
}

#[tokio::test]
async fn a_death_nobody_tells_of_is_a_crash() {
    let mut stage = Stage::new(unhurried());
    drop(stage.exit.take());
    stage.socket.shutdown(std::net::Shutdown::Both).expect("a socket");
    assert_eq!(stage.finish().await.1.status, Status::Crashed);
}

#[tokio::test]
async fn silence_ends_at_the_deadline_and_what_was_sent_is_kept() {
    let mut stage = Stage::new(Limits { wall: Duration::from_millis(20), ..Limits::default() });
    stage.send(&FromWorker::Event(event("kept")));
    // The socket stays open, as if a descendant of the worker held it.
    let (events, outcome) = stage.finish().await;
    assert_eq!(events, [event("kept")]);
    assert_eq!(outcome.status, Status::Limit(LimitKind::Wall));
    assert!(outcome.usage.wall >= Duration::from_millis(70));
}

#[tokio::test]
async fn the_deadline_holds_when_nobody_polls() {
    let stage = Stage::new(Limits { wall: Duration::from_millis(20), ..Limits::default() });
    stage.process.ended().await.expect("a pidfd can be waited for");
}

#[tokio::test]
async fn a_cancelled_run_is_cancelled_whatever_the_worker_says() {
    let mut stage = Stage::new(unhurried());
    stage.run.cancel();
    stage.run.cancel();
    stage.send(&ok());
    assert_eq!(stage.finish().await.1.status, Status::Cancelled);
}

#[tokio::test]
async fn a_worker_that_does_not_stop_when_asked_is_killed() {
    let mut stage = Stage::new(unhurried());
    stage.run.cancel();
    let process = Arc::clone(&stage.process);
    let socket = stage.socket.try_clone().expect("a descriptor");
    let death = tokio::spawn(async move {
        // The end itself is waited for elsewhere, which one task at a time can do.
        while process.is_alive() {
            tokio::task::yield_now().await;
        }
        socket.shutdown(std::net::Shutdown::Both).expect("a socket");
    });
    stage.exit(ExitStatus::Signal(9));
    assert_eq!(stage.finish().await.1.status, Status::Cancelled);
    death.await.expect("no panic");
}

#[tokio::test]
async fn a_flood_ends_as_output() {
    let limits = Limits { output: ByteSize::kib(1), ..unhurried() };
    let mut stage = Stage::new(limits);
    let socket = stage.socket.try_clone().expect("a descriptor");
    let flood = std::thread::spawn(move || {
        let frame = encode(&FromWorker::Event(event(&"x".repeat(1000)))).expect("fits");
        // Until the driver closes its end.
        while (&socket).write_all(&frame).is_ok() {}
    });
    stage.exit(ExitStatus::Signal(9));
    let (events, outcome) = stage.finish().await;
    assert_eq!(outcome.status, Status::Limit(LimitKind::Output));
    assert!(!events.is_empty());
    flood.join().expect("no panic");
}

#[tokio::test]
async fn a_caller_that_does_not_read_holds_the_worker_up() {
    let limits =
        Limits { output: ByteSize::mib(1024), wall: Duration::from_millis(200), ..Limits::default() };
    let stage = Stage::new(limits);
    stage.socket.set_nonblocking(true).expect("a socket can be non-blocking");
    let frame = encode(&FromWorker::Event(event(&"x".repeat(100_000)))).expect("fits");
    let mut sent = 0;
    while stage.process.is_alive() {
        match (&stage.socket).write(&frame) {
            Ok(count) => sent += count,
            Err(_) => tokio::task::yield_now().await,
        }
    }
    assert!(sent < 2 << 20, "{sent} bytes were taken");
}

#[tokio::test]
async fn dropping_the_run_kills_the_worker() {
    let Stage { run, process, _child, socket: _socket, .. } = Stage::new(unhurried());
    assert!(process.is_alive());
    drop(run);
    process.ended().await.expect("a pidfd can be waited for");
}

#[tokio::test]
async fn a_program_that_no_frame_holds_ends_as_memory() {
    let code = "x".repeat(65 << 20);
    let stage = Stage::with_code(unhurried(), code);
    assert_eq!(stage.finish().await.1.status, Status::Limit(LimitKind::Memory));
}

#[tokio::test]
async fn a_death_at_a_limit_of_the_kernels_is_that_limits() {
    let limits = unhurried();
    let death = |signal, cpu, memory| Exit { status: ExitStatus::Signal(signal), cpu, memory };
    let (little, much) = (ByteSize::mib(10), ByteSize::mib(400));
    let late = limits.cpu + Duration::from_secs(2);
    let (memory, cpu) = (Status::Limit(LimitKind::Memory), Status::Limit(LimitKind::Cpu));
    for (exit, expected) in [
        (death(libc_signal::KILL, late, little), &cpu),
        (death(libc_signal::XCPU, late, little), &cpu),
        (death(libc_signal::KILL, Duration::ZERO, much), &memory),
        (death(libc_signal::ABORT, Duration::ZERO, much), &memory),
        (death(libc_signal::SEGV, late, little), &Status::Crashed),
        (death(libc_signal::KILL, Duration::ZERO, little), &Status::Crashed),
    ] {
        let mut stage = Stage::new(limits);
        stage.exit_with(exit);
        stage.process.kill();
        drop(std::mem::replace(&mut stage.socket, StdUnixStream::pair().expect("a socket pair").0));
        let (_, outcome) = stage.finish().await;
        assert_eq!(&outcome.status, expected, "{exit:?}");
        assert_eq!(outcome.usage.peak_memory, exit.memory);
    }
}

/// Numbers of signals.
mod libc_signal {
    use rustix::process::Signal;

    pub(super) const KILL: i32 = Signal::KILL.as_raw();
    pub(super) const XCPU: i32 = Signal::XCPU.as_raw();
    pub(super) const ABORT: i32 = Signal::ABORT.as_raw();
    pub(super) const SEGV: i32 = Signal::SEGV.as_raw();
}
