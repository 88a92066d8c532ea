//! A pool of the `jsrun` that is under test, and processes seen from outside.

use std::fs;
use std::os::fd::OwnedFd;
use std::time::Duration;

use jsrun_pool::{Checkout, Pool, PoolConfig, Run, RunItem};
use jsrun_types::{Event, Limits, Outcome, Preview, RunRequest, Status};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

/// The defaults, with the program under test.
pub(crate) fn config() -> PoolConfig {
    PoolConfig { ready: 2, ..PoolConfig::new(env!("CARGO_BIN_EXE_jsrun")) }
}

pub(crate) async fn pool() -> Pool {
    Pool::start(config()).await.expect("the pool starts")
}

/// A program that may take its time.
pub(crate) fn request(code: &str) -> RunRequest {
    RunRequest { limits: unhurried(), ..RunRequest::new(code) }
}

/// Limits of time that no program of a test gets to. One that computes has a low priority soon: beside others who compute it may take
/// many times as long as alone.
pub(crate) fn unhurried() -> Limits {
    Limits { wall: Duration::from_mins(2), cpu: Duration::from_mins(2), ..Limits::default() }
}

pub(crate) async fn checkout(pool: &Pool) -> Checkout {
    pool.checkout().await.expect("the pool is open")
}

pub(crate) async fn run(pool: &Pool, code: &str) -> (Vec<Event>, Outcome) {
    run_request(pool, request(code)).await
}

pub(crate) async fn run_request(pool: &Pool, request: RunRequest) -> (Vec<Event>, Outcome) {
    finish(checkout(pool).await.run(request)).await
}

/// All that is left of a run: events, one outcome, nothing after it.
pub(crate) async fn finish(mut run: Run) -> (Vec<Event>, Outcome) {
    let mut events = Vec::new();
    loop {
        match run.next().await {
            Some(RunItem::Event(event)) => events.push(event),
            Some(RunItem::Outcome(outcome)) => {
                assert_eq!(run.next().await, None, "nothing comes after the outcome");
                return (events, outcome);
            }
            None => panic!("a run without an outcome"),
        }
    }
}

/// What a pool must still be able to do after whatever the test did to it.
pub(crate) async fn assert_works(pool: &Pool) {
    let (_, outcome) = run(pool, "2 + 2").await;
    assert_eq!(outcome.status, Status::Ok(Preview::Number(4.0)));
}

/// Waits for the next event of a run, that is: until the program is at that place.
pub(crate) async fn next_text(run: &mut Run) -> String {
    match run.next().await {
        Some(RunItem::Event(Event::Console(event))) => event.text,
        other => panic!("no event but {other:?}"),
    }
}

/// A process, held by its pidfd.
pub(crate) struct Witness {
    pid: u32,
    pidfd: OwnedFd,
}

impl Witness {
    pub(crate) fn of(pid: u32) -> Self {
        Self::find(pid).expect("the process is there")
    }

    /// The process, if there still is one.
    fn find(pid: u32) -> Option<Self> {
        let id = i32::try_from(pid).ok().and_then(Pid::from_raw).expect("a process id");
        match pidfd_open(id, PidfdFlags::empty()) {
            Ok(pidfd) => Some(Self { pid, pidfd }),
            Err(Errno::SRCH) => None,
            Err(error) => panic!("cannot open a pidfd: {error}"),
        }
    }

    pub(crate) fn send(&self, signal: Signal) {
        pidfd_send_signal(&self.pidfd, signal).expect("the process is there");
    }

    /// Kills it. Of a zygote's children some may be dead and reaped by now: the pool ends runs' workers as tests go on.
    pub(crate) fn kill(&self) {
        match pidfd_send_signal(&self.pidfd, Signal::KILL) {
            Ok(()) | Err(Errno::SRCH) => {}
            Err(error) => panic!("cannot kill a process: {error}"),
        }
    }

    pub(crate) fn has_ended(&self) -> bool {
        let mut fds = [PollFd::new(&self.pidfd, PollFlags::IN)];
        poll(&mut fds, Some(&rustix::time::Timespec { tv_sec: 0, tv_nsec: 0 })).expect("a pidfd") > 0
    }

    /// Waits until the process has ended.
    pub(crate) async fn ended(self) {
        tokio::task::spawn_blocking(move || {
            let mut fds = [PollFd::new(&self.pidfd, PollFlags::IN)];
            poll(&mut fds, None).expect("a pidfd");
        })
        .await
        .expect("no panic");
    }

    pub(crate) fn is(&self, pid: u32) -> bool {
        self.pid == pid
    }

    /// The process's children. Zombies count: they are not reaped yet. Who goes meanwhile does not.
    pub(crate) fn children(&self) -> Vec<Witness> {
        children_of(self.pid).into_iter().filter_map(Witness::find).collect()
    }
}

pub(crate) fn zygote(pool: &Pool) -> Witness {
    Witness::of(pool.status().zygote_pid.expect("there is a zygote"))
}

fn children_of(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").expect("there is /proc");
    processes
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .filter(|pid| stat_field(*pid, PARENT).is_some_and(|found| found == parent.to_string()))
        .collect()
}

/// The places in `/proc/<pid>/stat` after the name, which may contain anything.
const PARENT: usize = 1;
pub(crate) const SESSION: usize = 3;

pub(crate) fn stat_field(pid: u32, field: usize) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(") ")?;
    rest.split(' ').nth(field).map(str::to_owned)
}
