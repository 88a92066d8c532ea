//! The thread that stops runs: one per process, started with the first run or before it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jsrun_types::LimitKind;

use crate::stop::{Stop, StopReason};

/// How often V8's termination flag is raised for a run that should have stopped.
const RAISE_AGAIN: Duration = Duration::from_millis(5);
/// CPU clocks are read at least this often apart, so that a run near its limit does not make the watchdog spin.
const SHORTEST_WAIT: Duration = Duration::from_millis(1);

/// The CPU clock of the thread that made it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CpuClock(libc::clockid_t);

impl CpuClock {
    pub(crate) fn of_this_thread() -> Self {
        let mut clock = libc::CLOCK_THREAD_CPUTIME_ID;
        // SAFETY: the thread is this one, so it lives, and `clock` is a valid place to write to.
        unsafe { libc::pthread_getcpuclockid(libc::pthread_self(), &raw mut clock) };
        Self(clock)
    }

    /// CPU time of the thread so far; zero when it has ended.
    pub(crate) fn now(self) -> Duration {
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: `time` is a valid place to write to; a clock of an ended thread is an error, not undefined.
        unsafe { libc::clock_gettime(self.0, &raw mut time) };
        Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
    }
}

struct Watch {
    id: u64,
    stop: Arc<Stop>,
    wall_deadline: Option<Instant>,
    cpu_clock: CpuClock,
    cpu_deadline: Duration,
}

impl Watch {
    /// Stops the run if it is due; tells when to look again.
    fn look(&self, now: Instant) -> Duration {
        if self.stop.reason().is_some() {
            self.stop.raise();
            return RAISE_AGAIN;
        }
        let cpu_left = self.cpu_deadline.saturating_sub(self.cpu_clock.now());
        let wall_left = self.wall_deadline.map(|deadline| deadline.saturating_duration_since(now));
        if wall_left.is_some_and(|left| left.is_zero()) {
            self.stop.request_from_watchdog(StopReason::Limit(LimitKind::Wall));
            return RAISE_AGAIN;
        }
        if cpu_left.is_zero() {
            self.stop.request_from_watchdog(StopReason::Limit(LimitKind::Cpu));
            return RAISE_AGAIN;
        }
        // CPU time of one thread never passes faster than wall time.
        wall_left.map_or(cpu_left, |wall| wall.min(cpu_left)).max(SHORTEST_WAIT)
    }
}

struct Watchdog {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    watches: Vec<Watch>,
    next_id: u64,
    running: bool,
}

static WATCHDOG: Watchdog = Watchdog {
    state: Mutex::new(State { watches: Vec::new(), next_id: 0, running: false }),
    changed: Condvar::new(),
};

/// Starts the thread now rather than with the first run.
pub(crate) fn start() -> std::io::Result<()> {
    lock().start()
}

impl State {
    fn start(&mut self) -> std::io::Result<()> {
        if !self.running {
            std::thread::Builder::new().name("jsrun-watchdog".to_owned()).spawn(run)?;
            self.running = true;
        }
        Ok(())
    }
}

/// A run under watch; dropping it ends the watch.
pub(crate) struct Watched {
    id: u64,
}

/// Watches a run on this thread until the guard is dropped.
pub(crate) fn watch(stop: Arc<Stop>, wall: Duration, cpu: Duration) -> std::io::Result<Watched> {
    let cpu_clock = CpuClock::of_this_thread();
    let mut state = lock();
    state.start()?;
    let id = state.next_id;
    state.next_id += 1;
    state.watches.push(Watch {
        id,
        stop,
        wall_deadline: Instant::now().checked_add(wall),
        cpu_clock,
        cpu_deadline: cpu_clock.now().saturating_add(cpu),
    });
    drop(state);
    WATCHDOG.changed.notify_one();
    Ok(Watched { id })
}

/// Makes the watchdog look at its runs now, because one of them was told to stop.
pub(crate) fn notice() {
    // With the lock: between a look and the wait that follows the news would be lost.
    drop(lock());
    WATCHDOG.changed.notify_one();
}

impl Drop for Watched {
    fn drop(&mut self) {
        lock().watches.retain(|watch| watch.id != self.id);
    }
}

fn run() {
    let mut state = lock();
    loop {
        let now = Instant::now();
        let wait = state.watches.iter().map(|watch| watch.look(now)).min();
        state = match wait {
            Some(wait) => {
                WATCHDOG.changed.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0
            }
            None => WATCHDOG.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
        };
    }
}

fn lock() -> MutexGuard<'static, State> {
    WATCHDOG.state.lock().unwrap_or_else(PoisonError::into_inner)
}
